"""A Source is what data loaders expect: it has a length, items by number, and several at once."""

from __future__ import annotations

import gc
import pickle
import weakref
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
        ({"num_train": 5}, "num_train=5 is not allowed: a Source takes num_rows"),
        ({"num_test": 5}, "num_test=5 is not allowed: a Source takes num_rows"),
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
    """Before they resume, loaders compare the `repr` of sources, so it must be unique."""
    asked = [{}, {"seed": 1}, {"noise": 0.6}, {"num_rows": 5}, {"factors": True}, {"split": "test"}]
    asked += [{"config": "long"}, {"num_rows": None}, {"image_size": 31}, {"test_region": "left"}]
    printed = [repr(Source(**arguments)) for arguments in asked]
    # The region of the other split touches no row of this one.
    assert printed[-1] == printed[0]
    assert len(set(printed)) == len(printed) - 1
    assert repr(Source(seed=0, noise=0.5)) == printed[0]
    assert "slash/standard/train seed=1" in printed[1]


@pytest.mark.parametrize(
    "part",
    [
        slice(0, 5),
        slice(None, 3),
        slice(-4, None),
        slice(8, 99),
        slice(None, None, -3),
        slice(7, 2),
        slice(9, 0, -4),
        slice(-3, 10**13),
    ],
)
def test_a_slice_gives_what_it_gives_of_a_list(part):
    source = Source("standard", num_rows=10)
    expected = [source[row] for row in list(range(10))[part]]
    found = source[part]
    assert isinstance(found, list)
    assert [item["image"].tobytes() for item in found] == [i["image"].tobytes() for i in expected]


def test_a_slice_of_an_endless_source_needs_an_end():
    source = Source("standard", num_rows=None)
    assert [item["label"] for item in source[:4]] == [0, 1, 0, 1]
    assert len(source[10**11 : 10**11 + 6 : 2]) == 3
    for part in (slice(5, None), slice(-3, 5), slice(0, -1), slice(5, 0, -1)):
        with pytest.raises(IndexError, match="no last row to count from"):
            source[part]
    with pytest.raises(IndexError, match="row -1 is out of range"):
        source[-1]


@pytest.mark.parametrize(
    "rows", [[0.9], [1.0], ["1"], "12", [True, False], [None], [1, 2.5], np.array([0.5])]
)
def test_rows_that_are_no_whole_numbers_are_refused(rows):
    with pytest.raises(
        TypeError, match=r"rows?.* is not allowed: rows? takes a (flat list of )?whole number"
    ):
        Source("standard", num_rows=10).__getitems__(rows)


@pytest.mark.parametrize("rows", [[2**63], [2**70, 1], [-(2**70)], [10], [-11], [10**12]])
def test_several_rows_outside_the_source_are_refused(rows):
    with pytest.raises(IndexError, match=f"row {rows[0]} is out of range"):
        Source("standard", num_rows=10).__getitems__(rows)


def test_rows_may_be_anything_that_counts():
    torch = pytest.importorskip("torch")
    source = Source("standard", num_rows=10)
    expected = [item["image"].tobytes() for item in source.__getitems__([3, 9, 9])]
    for rows in (
        np.array([3, 9, -1]),
        np.array([3, 9, 9], np.uint8),
        (3, -1, 9),
        torch.tensor([3, 9, 9]),
        [np.int64(3), torch.tensor(9), 9],
    ):
        assert [item["image"].tobytes() for item in source.__getitems__(rows)] == expected
    assert source.__getitems__([]) == []


@pytest.mark.parametrize("config", ["original", "original-float64", "standard", "rotated"])
def test_an_item_that_is_kept_keeps_no_batch_alive(config):
    def bytes_kept(image):
        while isinstance(image.base, np.ndarray):
            image = image.base
        return image.nbytes

    source = Source(config)
    items = source.__getitems__(range(100)) + source[5:70] + [source[3]] + list(islice(source, 300))
    for item in items:
        assert bytes_kept(item["image"]) == item["image"].nbytes
        assert item["image"].flags.writeable
    first = items[0]["image"]
    gone = weakref.ref(items[1]["image"])
    del items, item
    gc.collect()
    assert gone() is None
    assert first.any()


def grain_loader(**params):
    import grain.python as gp

    source = Source(**{"config": "standard", "num_rows": 100} | params)
    return gp.DataLoader(
        data_source=source,
        sampler=gp.SequentialSampler(100, gp.NoSharding()),
        operations=[gp.Batch(4)],
        worker_count=0,
    )


@pytest.mark.parametrize(
    "params",
    [{"seed": 2}, {"noise": 1.2}, {"image_size": 64}, {"factors": True}, {"split": "test"},
     {"config": "noisy"}, {"num_rows": 101}, {"train_region": "left"}, {"contrast": 0.5}],
)  # fmt: skip
def test_grain_refuses_a_checkpoint_of_other_data(params):
    pytest.importorskip("grain")
    reader = iter(grain_loader(seed=1))
    next(reader)
    state = reader.get_state()
    with pytest.raises(ValueError, match="does not match"):
        iter(grain_loader(**{"seed": 1} | params)).set_state(state)


def test_grain_resumes_where_it_was_on_the_same_data():
    pytest.importorskip("grain")
    reader = iter(grain_loader(seed=1))
    next(reader)
    state, expected = reader.get_state(), next(reader)
    # How it was written does not matter: the test region touches no train row.
    for params in ({"seed": 1}, {"seed": np.int64(1), "noise": 0.5}, {"test_region": "left"}):
        resumed = iter(grain_loader(**{"seed": 1} | params))
        resumed.set_state(state)
        assert (next(resumed)["image"] == expected["image"]).all()


@pytest.mark.parametrize("workers", [0, 2])
def test_a_loader_of_torch_reads_on_without_end(workers):
    from torch.utils.data import DataLoader

    loader = DataLoader(Source("standard", num_rows=10**12), 32, num_workers=workers)
    batches = list(islice(loader, 3))
    images, _ = draw("standard", stop=96)
    assert (np.concatenate([batch["image"].numpy() for batch in batches]) == images).all()


def test_grain_reads_on_without_end():
    grain = pytest.importorskip("grain")
    rows = grain.MapDataset.source(Source("standard", num_rows=10**12)).batch(32)
    images, _ = draw("standard", stop=96)
    assert (np.concatenate([rows[i]["image"] for i in range(3)]) == images).all()


def test_an_endless_source_says_how_it_is_read():
    from torch.utils.data import DataLoader

    endless = Source("standard", num_rows=None)
    reads = [lambda: next(iter(DataLoader(endless, 32))), lambda: DataLoader(endless, shuffle=True)]
    reads.append(lambda: len(endless.batched(32)))
    grain = pytest.importorskip("grain")
    reads.append(lambda: len(grain.MapDataset.source(endless)))
    for read in reads:
        with pytest.raises(TypeError, match=r"read it in batches with slash_dataset\.Stream\("):
            read()


def test_a_batch_is_an_item():
    source = Source("rotated", num_rows=100, factors=True)
    batches = source.batched(32)
    assert len(batches) == 4
    expected = draw("rotated", stop=100, factors=True)
    for number, batch in enumerate(batches):
        rows = slice(32 * number, 32 * number + 32)
        assert (batch["image"] == expected[0][rows]).all()
        assert (batch["label"] == expected[1][rows]).all()
        assert all((batch[name] == values[rows]).all() for name, values in expected[2].items())
    assert number == 3
    assert len(batches[-1]["label"]) == 4
    for number in (4, -5):
        with pytest.raises(IndexError, match=f"batch {number} is out of range: .* 0 to 3"):
            batches[number]
    endless = Source("standard", num_rows=None).batched(10)
    assert (endless[10**10]["image"] == draw("standard", start=10**11, stop=10**11 + 10)[0]).all()


@pytest.mark.parametrize("config", ["original", "original-float64", "standard"])
def test_shuffled_batches_hold_each_row_once(config):
    source = Source(config)
    several = [source.batched(64, shuffle=seed) for seed in (0, 1, 0)]
    found = [np.concatenate([batch["image"] for batch in batches]) for batches in several]
    assert (found[0] == found[2]).all()
    assert (found[0] != found[1]).any()
    expected = source.read(range(len(source)))["image"]
    assert sorted(i.tobytes() for i in found[0]) == sorted(i.tobytes() for i in expected)
    labels = [batch["label"].mean() for batch in several[0]]
    assert len(set(labels)) > 3  # no longer as many of each class in every batch


def test_shuffling_takes_no_memory():
    batch = Source("standard", num_rows=10**12).batched(100, shuffle=1)[123_456_789]
    assert batch["image"].shape == (100, 30, 30)


def test_batches_print_what_they_are():
    source = Source("standard")
    several = [source.batched(8), source.batched(9), source.batched(8, shuffle=0)]
    several += [source.batched(8, shuffle=1), Source("standard", seed=1).batched(8)]
    assert len({repr(batches) for batches in several}) == 5
    assert len({batches.identity.fingerprint for batches in several}) == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"size": 0}, "size=0 is out of range"),
        ({"size": True}, "size=True is not allowed"),
        ({"size": 8, "shuffle": True}, "shuffle=True is not allowed"),
        ({"size": 8, "shuffle": 2**64}, "shuffle=18446744073709551616 is out of range"),
    ],
)
def test_batches_of_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Source("standard").batched(**arguments)


def test_grain_shuffles_shares_and_resumes_batches():
    grain = pytest.importorskip("grain")
    source = Source("standard", num_rows=200)

    def readers():
        batches = grain.MapDataset.source(source.batched(16, shuffle=0)).shuffle(seed=1)
        return [iter(batches[rank::2].to_iter_dataset()) for rank in range(2)]

    both = [batch for reader in readers() for batch in reader]
    assert len(both) == 13
    found = np.concatenate([batch["image"] for batch in both])
    expected = source.read(range(200))["image"]
    assert sorted(i.tobytes() for i in found) == sorted(i.tobytes() for i in expected)
    first, resumed = readers()[0], readers()[0]
    head = [next(first) for _ in range(3)]
    resumed.set_state(first.get_state())
    tail = np.concatenate([batch["image"] for batch in [*head, *resumed]])
    assert (tail == np.concatenate([batch["image"] for batch in both[:7]])).all()


def test_grain_refuses_a_checkpoint_of_other_batches():
    gp = pytest.importorskip("grain.python")

    def reader(size, **options):
        batches = Source("standard", num_rows=100).batched(size, **options)
        sampler = gp.SequentialSampler(len(batches), gp.NoSharding())
        return iter(gp.DataLoader(data_source=batches, sampler=sampler, worker_count=0))

    first = reader(10, shuffle=0)
    next(first)
    state, expected = first.get_state(), next(first)
    resumed = reader(10, shuffle=0)
    resumed.set_state(state)
    assert (next(resumed)["image"] == expected["image"]).all()
    for other in (reader(10), reader(10, shuffle=1), reader(9, shuffle=0)):
        with pytest.raises(ValueError, match="does not match"):
            other.set_state(state)
