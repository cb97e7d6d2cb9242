"""NumPy users get arrays and need to know nothing else."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

import slash_dataset
from slash_dataset import draw, render
from slash_dataset.checksums import checksum_of_batches, recorded_checksums


def test_load_data_gives_the_exact_original_as_keras_gives_its_own():
    train, test = slash_dataset.load_data()
    recorded = recorded_checksums("original-float64")
    assert checksum_of_batches([train]) == recorded["train"]
    assert checksum_of_batches([test]) == recorded["test"]
    assert train[0].dtype == np.float64
    assert train[1].dtype == np.int64


def test_load_data_gives_eight_bits_when_asked():
    train, test = slash_dataset.load_data(encoding="uint8")
    assert checksum_of_batches([train]) == recorded_checksums("original")["train"]
    assert checksum_of_batches([test]) == recorded_checksums("original")["test"]


def test_an_unknown_encoding_is_refused_with_those_that_exist():
    with pytest.raises(ValueError, match="encoding='float16' .*'float64', 'uint8'"):
        slash_dataset.load_data(encoding="float16")


def test_the_classes_are_named_in_the_order_of_their_labels():
    assert slash_dataset.CLASSES == ("backslash", "slash")


def test_draw_gives_any_range_of_any_config():
    whole, labels = slash_dataset.draw("long", stop=100)
    some, some_labels, factors = slash_dataset.draw("long", "train", 40, 60, factors=True)
    assert (some == whole[40:60]).all()
    assert (some_labels == labels[40:60]).all()
    assert {name: len(values) for name, values in factors.items()} == dict.fromkeys(
        ("row", "col", "angle"), 20
    )
    assert slash_dataset.draw("long", "test")[0].shape == (2_000, 30, 30)
    assert slash_dataset.draw("long", start=10**9, stop=10**9 + 2)[0].shape == (2, 30, 30)
    assert slash_dataset.draw("original", "test")[0].shape == (250, 30, 30)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"config": "lang"}, ValueError, "did you mean 'long'"),
        ({"split": "valid"}, ValueError, r"split='valid' .*\['train', 'test'\]"),
        ({"noise": -1}, ValueError, "noise=-1"),
        ({"seed": -1}, ValueError, "seed=-1"),
        ({"start": 5, "stop": 3}, IndexError, "start=5, stop=3"),
        ({"stop": 10**12 + 1}, IndexError, "stop=1000000000001"),
        ({"config": "original", "stop": 751}, IndexError, "stop=751"),
        ({"config": "original", "seed": 1}, ValueError, "seed=1 .*fixed"),
        ({"num_train": 5, "stop": 10}, ValueError, "num_train=5 .*start and stop"),
        ({"num_test": 5}, ValueError, "num_test=5 .*start and stop"),
        ({"factors": 1}, ValueError, "factors=1"),
    ],
)
def test_bad_input_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        slash_dataset.draw(**arguments)


def test_a_large_draw_is_the_sum_of_its_rows():
    images, _ = slash_dataset.draw("standard", stop=10_000)
    digest = hashlib.sha256(images).hexdigest()
    assert digest == recorded_checksums("standard")["train"]["images"]


@pytest.mark.parametrize("config", ["standard", "rotated", "shuffled", "shifted"])
def test_rendering_a_row_as_it_is_gives_the_row(config):
    images, labels, factors = draw(config, "test", 90, 110, seed=4, factors=True)
    numbers = np.arange(90, 110)
    plain = render(config, noise_row=numbers, split="test", seed=4)
    said = render(
        config, labels=labels, rows=factors["row"], cols=factors["col"], angles=factors["angle"],
        noise_row=numbers, split="test", seed=4,
    )  # fmt: skip
    assert (plain == images).all()
    assert (said == images).all()


def test_pairs_differ_only_by_the_factor_that_is_chosen():
    look = {"max_rotation": 45, "stroke_length": 9, "noise": 0.3}
    images = render("standard", labels=1, rows=10, cols=[8, 10, 10], angles=[0, 0, 30], **look)
    assert images.shape == (3, 30, 30)
    for other, place in ((images[0], slice(8, 19)), (images[2], slice(8, 21))):
        changed = images[1] != other
        assert changed.any()
        changed[8:21, place] = False
        assert not changed.any()
    # The label is independent of the noise: both classes may have the noise of any row.
    for noise_row in (6, 7):
        pair = render("standard", labels=[0, 1], rows=3, cols=4, noise_row=noise_row)
        assert (pair[0, 3:7, 4:8] != pair[1, 3:7, 4:8]).sum() == 8
        assert (pair[0] != pair[1]).sum() == 8


def test_a_stroke_may_stand_wherever_it_fits():
    """Regions limit where strokes are drawn, not where `render` may place them."""
    corners = render("shifted", rows=[0, 0, 26, 26], cols=[0, 26, 0, 26], noise=0, labels=0)
    assert [tuple(np.argwhere(image == 0)[0]) for image in corners] == [
        (0, 0),
        (0, 26),
        (26, 0),
        (26, 26),
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"config": "original"}, "config='original' is not allowed: the 2019 release is replayed"),
        ({"labels": 2}, "labels=2 is out of range: labels takes a whole number from 0 to 1"),
        (
            {"rows": [0, 27]},
            "rows=27 is out of range: rows takes a whole number from 0 to 26 pixels",
        ),
        ({"cols": -1}, "cols=-1 is out of range"),
        ({"config": "rotated", "rows": 0}, "rows=0 is out of range: rows takes .* from 1 to 14"),
        ({"angles": 1.0}, "angles=1.0 is out of range: angles takes a number from 0 to 0 degrees"),
        ({"noise_row": 10**12}, "noise_row=1000000000000 is out of range"),
        ({"noise_row": None}, "noise_row=None"),
        ({"cols": True}, "cols=True is not allowed"),
        ({"rows": 2.0}, "rows=2.0 is not allowed"),
        ({"rows": [1, 2], "cols": [1, 2, 3]}, r"rows of length 2 .* the longest argument, 3"),
        ({"rows": [[1], [2]]}, r"rows of shape \(2, 1\) is not allowed"),
        ({"labels": [0, 1], "cols": [[[1]]]}, r"cols of shape \(1, 1, 1\) is not allowed"),
        ({"rows": [[1], [2, 3]]}, r"rows=\[\[1\], \[2, 3\]\] is not allowed"),
        ({"rows": []}, r"rows of length 0 is not allowed"),
        ({"num_train": 5}, "num_train=5 is not allowed"),
        ({"split": "dev"}, "split='dev'"),
        ({"row": 3}, "parameter 'row' is unknown"),
    ],
)
def test_factors_that_cannot_be_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        render(**arguments)
