"""A Source is what data loaders take: a length, items by number, several at once."""

from __future__ import annotations

import pickle
from itertools import islice

import numpy as np
import pytest

from slash_dataset import Source, draw


def test_items_are_the_rows_of_the_draw():
    images, labels, factors = draw("rotated", "test", stop=40, seed=5, factors=True)
    source = Source("rotated", "test", num_rows=40, seed=5, factors=True)
    assert len(source) == 40
    for row, item in enumerate(source):
        assert (item["image"] == images[row]).all()
        assert item["label"] == labels[row]
        assert all(item[name] == values[row] for name, values in factors.items())
    several = source.__getitems__([39, 3, 3])
    assert [item["label"] for item in several] == [1, 1, 1]
    assert (several[0]["image"] == images[39]).all()
    assert (source[-1]["image"] == images[39]).all()
    assert (source[np.int64(7)]["image"] == images[7]).all()


def test_batches_are_the_fast_way_through():
    source = Source("standard", num_rows=100)
    batches = list(source.batches(64))
    assert [len(labels) for _, labels, _ in batches] == [64, 36]
    assert (batches[1][0][0] == source[64]["image"]).all()


def test_the_number_of_rows_is_the_configs_own_if_left_out():
    assert len(Source("standard", "test")) == 2_000
    assert len(Source("original")) == 750
    assert Source("original-float64")[0]["image"].dtype == np.float64


def test_an_endless_source_goes_on_and_has_no_length():
    source = Source("standard", num_rows=None)
    with pytest.raises(TypeError, match="no length"):
        len(source)
    rows = list(islice(source, 600))
    assert (rows[599]["image"] == source[599]["image"]).all()
    assert source[10**11]["image"].shape == (30, 30)
    assert repr(source).startswith("<Source slash/standard/train: endless, ")


def test_a_source_survives_pickling():
    source = Source("long", num_rows=10, stroke_width=2)
    assert (pickle.loads(pickle.dumps(source))[4]["image"] == source[4]["image"]).all()


@pytest.mark.parametrize("workers", [0, 2])
def test_a_torch_loader_takes_it_as_it_is(workers):
    from torch.utils.data import DataLoader

    source = Source("standard", num_rows=500, factors=True)
    loader = DataLoader(source, batch_size=64, shuffle=True, num_workers=workers)
    batches = list(loader)
    images = np.concatenate([batch["image"].numpy() for batch in batches])
    expected, labels = draw("standard", stop=500)
    assert sorted(i.tobytes() for i in images) == sorted(i.tobytes() for i in expected)
    assert sum(int(batch["label"].sum()) for batch in batches) == labels.sum()
    assert set(batches[0]) == {"image", "label", "row", "col", "angle"}


def test_grain_takes_it_as_it_is():
    grain = pytest.importorskip("grain")
    source = Source("standard", num_rows=200)
    batches = list(grain.MapDataset.source(source).shuffle(seed=1).batch(50))
    found = np.concatenate([batch["image"] for batch in batches])
    expected, _ = draw("standard", stop=200)
    assert sorted(i.tobytes() for i in found) == sorted(i.tobytes() for i in expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"config": "standart"}, "did you mean 'standard'"),
        ({"split": "dev"}, "split='dev'"),
        ({"num_rows": 0}, "num_rows=0"),
        ({"num_rows": "all"}, "num_rows='all'"),
        ({"config": "original", "num_rows": None}, "num_rows=None .* 750 rows"),
        ({"config": "original", "num_rows": 5}, "num_rows=5 .* 750 rows"),
        ({"max_rotation": 50}, "max_rotation=50"),
        ({"num_train": 5}, "num_train=5 is not allowed: num_rows is"),
        ({"num_test": 5}, "num_test=5 is not allowed: num_rows is"),
        ({"factors": "row"}, "factors='row'"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Source(**arguments)


@pytest.mark.parametrize("row", [10, -11])
def test_rows_outside_the_source_are_refused(row):
    with pytest.raises(IndexError, match="out of range"):
        Source("standard", num_rows=10)[row]


def test_what_it_prints_is_what_it_is():
    """Loaders compare what a source prints before they resume: no two sources print alike."""
    asked = [{}, {"seed": 1}, {"noise": 0.6}, {"num_rows": 5}, {"factors": True}, {"split": "test"}]
    asked += [{"config": "long"}, {"num_rows": None}, {"image_size": 31}, {"test_region": "left"}]
    printed = [repr(Source(**arguments)) for arguments in asked]
    # The region of the other split touches no row of this one.
    assert printed[-1] == printed[0]
    assert len(set(printed)) == len(printed) - 1
    assert repr(Source(seed=0, noise=0.5)) == printed[0]
    assert "slash/standard/train seed=1" in printed[1]
