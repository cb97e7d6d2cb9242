"""NumPy users get arrays and need to know nothing else."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

import slash_dataset
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
