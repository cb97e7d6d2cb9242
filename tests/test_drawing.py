"""Row i is always the same pure function of (variant, seed, split, i)."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slash_dataset.about import DRAW_VERSION
from slash_dataset.checksums import recorded_checksums
from slash_dataset.configs import CONFIGS
from slash_dataset.drawing import Drawer, coverage
from slash_dataset.splits import open_config
from slash_dataset.variants import Variant
from slash_dataset.verification import verify_config
from tests.strategies import variants

DRAWN = [name for name, config in CONFIGS.items() if config.made == "drawn"]

# The first 16 hexadecimal digits of the SHA-256 of images, for ranges that reach far beyond what
# is recorded for whole splits. A change here is a change of data: it needs a new DRAW_VERSION.
GOLDEN_RANGES = {
    ("standard", "train", 0, 1): "5147aa4f38fc4f55",
    ("standard", "train", 9990, 10010): "c5b978e1fa7ccd11",
    ("standard", "train", 999999999997, 1000000000000): "47875cd6fcfcc7d4",
    ("standard", "test", 77, 333): "2865013c92ac2113",
    ("long", "train", 0, 1): "76d19f023e673799",
    ("long", "train", 9990, 10010): "3db4f333fb3a23b5",
    ("long", "train", 999999999997, 1000000000000): "0fd5db9cadcd0b1e",
    ("long", "test", 77, 333): "59c6117543b0d2ba",
    ("noisy", "train", 0, 1): "782fcb45637c9976",
    ("noisy", "train", 9990, 10010): "e0893e27cfca2619",
    ("noisy", "train", 999999999997, 1000000000000): "a0d0b2e886610786",
    ("noisy", "test", 77, 333): "220f2b4d30a07091",
    ("rotated", "train", 0, 1): "935b8ac8f85ab978",
    ("rotated", "train", 9990, 10010): "76bfed7ec3e09ec0",
    ("rotated", "train", 999999999997, 1000000000000): "0bb1606f1b6e5b35",
    ("rotated", "test", 77, 333): "b7219a24ccb8a2da",
    ("shuffled", "train", 0, 1): "6706093915447922",
    ("shuffled", "train", 9990, 10010): "8c6d32f22f8de03c",
    ("shuffled", "train", 999999999997, 1000000000000): "6b84aedf8957785a",
    ("shuffled", "test", 77, 333): "fa80a7b24edb98b1",
    ("shifted", "train", 0, 1): "dcac35b889dcc696",
    ("shifted", "train", 9990, 10010): "3fe7fb7dead34344",
    ("shifted", "train", 999999999997, 1000000000000): "1bfd4f7baf8b0d2d",
    ("shifted", "test", 77, 333): "8fa14031731b5a8b",
}


def _digest(array: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(array)).hexdigest()[:16]


@pytest.mark.parametrize("config", CONFIGS)
def test_every_config_has_its_recorded_checksums(config):
    assert DRAW_VERSION == 1
    assert list(verify_config(config)) == [("train", None), ("test", None)]
    assert set(recorded_checksums(config)) == {"train", "test"}


@pytest.mark.parametrize(("config", "split", "start", "stop"), GOLDEN_RANGES)
def test_ranges_far_and_near_have_their_golden_checksums(config, split, start, stop):
    rows = open_config(config, num_train=10**12, num_test=10**12)[split]
    assert _digest(rows.read(range(start, stop))[0]) == GOLDEN_RANGES[config, split, start, stop]


def _reference(variant: Variant, split: str, seed: int, row: int) -> np.ndarray:
    """One image, computed pixel by pixel from the documentation of the draw."""
    size = variant.image_size
    words_in_row = 2 + -(-size * size // 4)
    number = {"train": 0, "test": 1}[split]
    entropy = [DRAW_VERSION, number, seed & 0xFFFFFFFF, seed >> 32]
    bits = np.random.PCG64DXSM(np.random.SeedSequence(entropy))
    bits.advance(row * words_in_row)
    words = [int(word) for word in bits.random_raw(words_in_row)]
    rows, cols = variant.positions(split)
    top = rows[(words[0] >> 32) * len(rows) >> 32]
    left = cols[(words[0] & 0xFFFFFFFF) * len(cols) >> 32]
    angle = (2 * (((words[1] >> 11) + 0.5) / 2**53) - 1) * variant.max_rotation
    image = np.empty((size, size), np.uint8)
    for i in range(size * size):
        y, x = divmod(i, size)
        ink = coverage(
            variant.stroke_length,
            variant.stroke_width,
            np.array([[row % 2]]),
            np.array([[angle]]),
            np.array([[y - top]]),
            np.array([[x - left]]),
        )[0, 0]
        noise = words[2 + i // 4] >> 16 * (i % 4) & 0xFFFF
        value = 1 - variant.contrast * ink + variant.noise * ((noise + 0.5) / 65536 - 0.5)
        image[y, x] = np.rint(255 * min(max(value, 0.0), 1.0))
    if variant.pixel_permutation:
        entropy = [DRAW_VERSION, 2, variant.pixel_permutation, size]
        keys = np.random.PCG64DXSM(np.random.SeedSequence(entropy)).random_raw(size * size)
        image = image.reshape(-1)[np.argsort(keys, kind="stable")].reshape(size, size)
    return image


@given(
    variants(max_size=14),
    st.sampled_from(["train", "test"]),
    st.integers(0, 2**64 - 1),
    st.integers(0, 10**12 - 1),
)
def test_the_draw_is_what_its_documentation_says(variant, split, seed, row):
    images, _ = Drawer(variant, split, seed).draw(range(row, row + 1))
    assert (images[0] == _reference(variant, split, seed, row)).all()


@given(variants(), st.lists(st.integers(0, 60), max_size=5), st.integers(0, 2**64 - 1))
def test_any_partition_of_a_range_gives_the_same_images(variant, cuts, seed):
    whole, factors = Drawer(variant, "train", seed).draw(range(60))
    drawer = Drawer(variant, "train", seed)
    edges = sorted({0, 60, *cuts})
    pieces = [range(a, b) for a, b in zip(edges, edges[1:], strict=False)]
    for piece in reversed(pieces):
        images, some = drawer.draw(piece)
        assert (images == whole[piece.start : piece.stop]).all()
        for name in factors:
            assert (some[name] == factors[name][piece.start : piece.stop]).all()


@given(st.lists(st.integers(0, 500), max_size=20))
def test_rows_in_any_order_are_those_of_the_range(rows):
    split = open_config("rotated", num_train=501)["train"]
    whole, whole_labels, _ = split.read(range(501))
    images, labels, _ = split.read(np.array(rows, np.int64))
    assert (images == whole[rows]).all()
    assert (labels == whole_labels[rows]).all()


@pytest.mark.parametrize("noise", [0.1, 0.2, 0.25, 0.5, 1.0])
def test_gray_values_by_arithmetic_are_those_of_the_table(noise):
    drawer = Drawer(Variant(noise=noise), "train", 3)
    images, _ = drawer.draw(range(500))
    assert drawer._stairs is not None
    drawer._stairs = None
    assert (drawer.draw(range(500))[0] == images).all()


@pytest.mark.parametrize("noise", [0.0, 1e-3, 0.65, 1.2, 4.0])
def test_gray_values_whose_steps_differ_are_looked_up(noise):
    assert Drawer(Variant(noise=noise), "train", 3)._stairs is None


def test_labels_alternate():
    assert open_config("long")["test"].read(range(7, 12))[1].tolist() == [1, 0, 1, 0, 1]


def test_seeds_and_splits_draw_different_images():
    first = {
        (seed, split): open_config("standard", seed=seed)[split].read(range(50))[0].tobytes()
        for seed in (0, 1, 2**32, 2**64 - 1)
        for split in ("train", "test")
    }
    assert len(set(first.values())) == len(first)


def test_variants_of_one_seed_are_paired():
    standard, noisy, shuffled = (
        open_config(name)["train"].read(range(100)) for name in ("standard", "noisy", "shuffled")
    )
    assert (standard[2]["row"] == noisy[2]["row"]).all()
    assert (standard[2]["col"] == noisy[2]["col"]).all()
    sort = lambda images: np.sort(images.reshape(100, -1))  # noqa: E731
    assert (sort(standard[0]) == sort(shuffled[0])).all()


def test_the_permutation_is_one_for_all_images_and_both_splits():
    plain, moved = open_config("standard"), open_config("shuffled")
    images = np.concatenate([plain[s].read(range(200))[0] for s in plain]).reshape(400, -1)
    shuffled = np.concatenate([moved[s].read(range(200))[0] for s in moved]).reshape(400, -1)
    # 400 random images give every pixel a unique history, which shows where it went.
    where = {images[:, pixel].tobytes(): pixel for pixel in range(900)}
    found = [where[shuffled[:, pixel].tobytes()] for pixel in range(900)]
    assert sorted(found) == list(range(900))
    assert found != list(range(900))


@pytest.mark.parametrize("label", [0, 1])
def test_an_unturned_stroke_is_hard(label):
    rows, cols = np.mgrid[-2:6, -2:6].reshape(2, 1, -1)
    ink = coverage(4, 1.0, np.array([[label]]), np.zeros((1, 1)), rows, cols).reshape(8, 8)
    expected = np.zeros((8, 8))
    expected[2:6, 2:6] = np.eye(4) if label == 0 else np.fliplr(np.eye(4))
    assert (ink == expected).all()


def test_the_turned_code_at_no_angle_draws_the_unturned_stroke():
    variant = Variant(stroke_length=7, stroke_width=1.5)
    turned = Drawer(replace(variant, max_rotation=1e-300), "train", 5)
    still = Drawer(variant, "train", 5)
    assert turned._variant.margin == still._variant.margin
    assert (turned.draw(range(500))[0] == still.draw(range(500))[0]).all()


def test_a_turned_stroke_keeps_its_ink_and_leans_as_its_angle_says():
    angles = np.linspace(-10, 10, 41)[:, None]
    rows, cols = np.mgrid[-3:18, -3:18].reshape(2, 1, -1)
    for label in (0, 1):
        ink = coverage(15, 1.0, np.full_like(angles, label, int), angles, rows, cols)
        assert np.abs(ink.sum(axis=1) / 15 - 1).max() < 0.08
        x, y = cols - 7.0, 7.0 - rows
        lean = np.degrees(np.arctan2(2 * (ink * x * y).sum(1), (ink * (x * x - y * y)).sum(1)) / 2)
        expected = (45 if label == 1 else -45) + angles[:, 0]
        assert np.abs(lean - expected).max() < 0.5


@given(variants(max_size=24), st.integers(0, 1000))
def test_ink_stays_within_the_box_of_the_factors(variant, seed):
    quiet = replace(variant, noise=0.0, contrast=1.0, pixel_permutation=0)
    images, factors = Drawer(quiet, "train", seed).draw(range(12))
    for image, row, col in zip(images, factors["row"], factors["col"], strict=True):
        box = np.zeros(image.shape, bool)
        margin, length = quiet.margin, quiet.stroke_length
        box[row - margin : row + length + margin, col - margin : col + length + margin] = True
        assert (image[~box] == 255).all()
        assert (image[box] < 255).any()


def test_regions_hold_the_strokes():
    splits = open_config("shifted", image_size=31)
    _, _, train = splits["train"].read(range(3000))
    _, _, test = splits["test"].read(range(2000))
    assert (train["col"].min(), train["col"].max() + 4) == (0, 15)
    assert (test["col"].min(), test["col"].max() + 4) == (16, 31)
    assert (train["row"].min(), train["row"].max() + 4) == (0, 31)
