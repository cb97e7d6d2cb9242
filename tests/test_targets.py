"""Boxes and end points agree with the ink, in every reader of a split."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import slash_dataset
from slash_dataset import Source


def targets(config, kind, rows=64, **params):
    return Source(config, targets=kind, factors=True, **params).read(range(rows))


LOOKS = st.fixed_dictionaries(
    {
        "image_size": st.integers(32, 60),
        "stroke_length": st.integers(2, 15),
        "stroke_width": st.sampled_from([1, 1.5, 2, 3, 6.25]),
        "max_rotation": st.sampled_from([0, 3, 20, 45]),
        "seed": st.integers(0, 2**64 - 1),
    }
)


@given(LOOKS)
def test_a_box_is_the_smallest_that_holds_every_pixel_with_ink(look):
    batch = targets("standard", "box", 32, noise=0, **look)
    assert batch["box"].dtype == np.float32
    assert batch["box"].shape == (32, 4)
    for image, (left, top, right, bottom) in zip(
        batch["image"], batch["box"].astype(int), strict=True
    ):
        inked = np.argwhere(image < 255)
        # Ink of less than half a gray level does not show in 8 bits: the box holds it, and no more.
        (first_row, first_col), (last_row, last_col) = inked.min(0), inked.max(0)
        assert 0 <= left <= first_col
        assert last_col < right <= look["image_size"]
        assert 0 <= top <= first_row
        assert last_row < bottom <= look["image_size"]
        assert (
            max(first_col - left, first_row - top, right - 1 - last_col, bottom - 1 - last_row) <= 1
        )


@pytest.mark.parametrize("config", ["original", "standard", "long"])
def test_the_box_of_an_unturned_stroke_is_its_block(config):
    length = 15 if config == "long" else 4
    batch = targets(config, "box")
    corner = np.stack([batch["col"], batch["row"]], axis=1)
    assert (batch["box"] == np.concatenate([corner, corner + length], axis=1)).all()


@given(LOOKS)
def test_points_are_the_ends_of_the_stroke(look):
    batch = targets("standard", "points", 32, noise=0, **look)
    assert batch["points"].dtype == np.float32
    assert batch["points"].shape == (32, 2, 2)
    left, right = batch["points"][:, 0], batch["points"][:, 1]
    assert (left[:, 0] <= right[:, 0] + 1e-4).all()
    length = np.linalg.norm(right - left, axis=1)
    assert np.allclose(length, np.sqrt(2) * (look["stroke_length"] - 1), rtol=1e-5)
    # Counterclockwise turn in degrees, seen with y upwards: -45 for a backslash, 45 for a slash.
    turn = np.degrees(np.arctan2(left[:, 1] - right[:, 1], right[:, 0] - left[:, 0]))
    assert np.allclose(turn - np.where(batch["label"] == 1, 45, -45), batch["angle"], atol=1e-3)
    ink = 255 - batch["image"].astype(float)
    for image, ends in zip(ink, batch["points"], strict=True):
        for x, y in ends:
            assert (
                image[int(y - 1e-4) : int(y + 1e-4) + 1, int(x - 1e-4) : int(x + 1e-4) + 1].max()
                > 0
            )
        centre = [
            (image.sum(axis=axis) @ (np.arange(len(image)) + 0.5)) / image.sum() for axis in (0, 1)
        ]
        assert np.allclose(centre, ends.mean(axis=0), atol=0.02)


def test_a_column_of_datasets_holds_what_a_source_reads(tmp_path):
    for kind in ("box", "points"):
        dataset = slash_dataset.load(
            "rotated",
            num_train=50,
            num_test=20,
            split="test",
            targets=kind,
            cache_dir=str(tmp_path),
        )
        assert dataset.column_names == ["image", "label", kind]
        expected = targets("rotated", kind, 20, split="test")[kind]
        assert (np.asarray(dataset.with_format("numpy")[:][kind]) == expected).all()
        streamed = slash_dataset.load("rotated", split="test", streaming=True, targets=kind)
        assert np.array_equal(next(iter(streamed))[kind], expected[0])


def test_targets_that_do_not_exist_are_refused():
    for read in (Source, slash_dataset.load):
        with pytest.raises(ValueError, match=r"targets='mask' is not allowed: .*'box', 'points'"):
            read("standard", targets="mask")
