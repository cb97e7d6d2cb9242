"""Any slice of a split equals the same slice of the whole split."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slash_dataset.splits import even_ranges, open_config

CONFIGS = ["original", "original-float64", "standard", "rotated"]


@given(st.sampled_from(CONFIGS), st.sampled_from(["train", "test"]), st.data())
def test_a_batch_is_that_slice_of_the_whole(config, split_name, data):
    params = {} if config.startswith("original") else {"num_train": 300, "num_test": 100}
    split = open_config(config, **params)[split_name]
    images, labels, factors = split.read(range(len(split)))
    start = data.draw(st.integers(0, len(split)))
    stop = data.draw(st.integers(start, len(split)))
    some, some_labels, some_factors = split.read(range(start, stop))
    assert some.dtype == split.dtype
    assert some.shape == (stop - start, *split.image_shape)
    assert (some == images[start:stop]).all()
    assert (some_labels == labels[start:stop]).all()
    for name, values in factors.items():
        assert (some_factors[name] == values[start:stop]).all()


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("size", [1, 7, 1000, 10**6])
def test_batches_together_are_the_whole(config, size):
    split = open_config(config)["test"]
    stop = min(len(split), 40 if size == 1 else len(split))
    batches = []
    for batch in split.batches(size):
        batches.append(batch)
        if sum(len(batch.labels) for batch in batches) >= stop:
            break
    images = np.concatenate([batch.images for batch in batches])[:stop]
    labels = np.concatenate([batch.labels for batch in batches])[:stop]
    assert (images == split.read(range(stop))[0]).all()
    assert (labels == split.read(range(stop))[1]).all()


@pytest.mark.parametrize(("start", "stop"), [(-1, 3), (3, 2), (0, 751), (751, 751)])
def test_a_range_outside_the_split_is_refused(start, stop):
    with pytest.raises(IndexError, match=f"start={start}, stop={stop} .* 750"):
        open_config()["train"].read(range(start, stop))


@pytest.mark.parametrize("rows", [[750], [-1], [1.5], [[1]], "ab"])
def test_rows_outside_the_split_are_refused(rows):
    with pytest.raises(IndexError, match="row"):
        open_config()["train"].read(rows)


def test_a_batch_size_below_one_is_refused_at_once():
    with pytest.raises(ValueError, match="size=0"):
        open_config()["train"].batches(0)


def test_an_empty_batch_has_the_shape_of_a_batch():
    for config in CONFIGS:
        images, labels, _ = open_config(config)["train"].read(range(5, 5))
        assert images.shape == (0, 30, 30)
        assert labels.shape == (0,)
        assert open_config(config)["train"].read([])[0].shape == (0, 30, 30)


def test_the_original_has_the_authors_shape_and_the_exact_pixels_round_to_it():
    eight_bit, exact = open_config("original"), open_config("original-float64")
    assert {name: len(split) for name, split in eight_bit.items()} == {"train": 750, "test": 250}
    for name in eight_bit:
        rounded = np.rint(255 * exact[name].read(range(250))[0]).astype(np.uint8)
        assert (rounded == eight_bit[name].read(range(250))[0]).all()


def test_batches_of_the_original_belong_to_the_caller():
    split = open_config("original-float64")["train"]
    split.read(range(5))[0][:] = 7
    assert split.read(range(5))[0].max() <= 1


def test_a_split_survives_pickling():
    split = open_config("long", seed=4)["test"]
    split.read(range(3))
    copy = pickle.loads(pickle.dumps(split))
    assert (copy.read(range(10, 20))[0] == split.read(range(10, 20))[0]).all()


def test_a_split_may_be_read_from_several_threads():
    split = open_config("standard", num_train=4000)["train"]
    whole = split.read(range(4000))[0]
    starts = list(range(0, 4000, 40)) * 3
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda start: split.read(range(start, start + 40))[0], starts))
    for start, images in zip(starts, found, strict=True):
        assert (images == whole[start : start + 40]).all()


@pytest.mark.parametrize("count", [0, 1, 3, 10])
def test_even_ranges_are_as_many_as_asked_and_cover_all(count):
    ranges = even_ranges(5, 15, count)
    assert len(ranges) == count
    assert [row for rows in ranges for row in rows] == (list(range(5, 15)) if count else [])
