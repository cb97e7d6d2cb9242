"""A stream shares one global order among ranks and workers, and resumes from a small state."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from itertools import islice, zip_longest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slash_dataset import Source, Stream
from slash_dataset.shuffling import shuffled

SMALL = {"image_size": 8, "noise": 1.2}


def pixels(batches):
    return np.concatenate([np.asarray(batch["image"]) for batch in batches])


def shared(source, size, ranks, **options):
    """The batches of all ranks, step by step; None if a rank has none."""
    streams = [
        Stream(source, size, rank=rank, world_size=ranks, **options) for rank in range(ranks)
    ]
    lengths = [len(stream) for stream in streams]
    assert [len(list(stream.ahead())) for stream in streams] == lengths
    return list(zip_longest(*streams))


SIZES, RANKS, ROWS = st.integers(1, 9), st.integers(1, 5), st.integers(1, 60)


@given(ROWS, SIZES, RANKS, st.sampled_from([None, 3]))
def test_each_row_is_read_once_in_an_epoch_of_all_ranks(num_rows, size, ranks, shuffle):
    source = Source("standard", num_rows=num_rows, **SMALL)
    steps = shared(source, size, ranks, shuffle=shuffle)
    order = range(num_rows) if shuffle is None else shuffled(range(num_rows), num_rows, shuffle)
    assert (pixels(b for step in steps for b in step if b) == source.read(order)["image"]).all()


@given(ROWS, SIZES, RANKS)
def test_drop_and_pad_give_all_ranks_equal_steps_of_whole_batches(num_rows, size, ranks):
    source = Source("standard", num_rows=num_rows, **SMALL)
    whole = num_rows // (size * ranks) * size * ranks
    for remainder, rows in (
        ("drop", whole),
        ("pad", -(-num_rows // (size * ranks)) * size * ranks),
    ):
        steps = shared(source, size, ranks, remainder=remainder)
        assert all(len(batch["label"]) == size for step in steps for batch in step)
        expected = source.read(np.arange(rows) % num_rows)["image"]
        assert (pixels(b for step in steps for b in step) == expected).all() if rows else not steps


def test_an_endless_stream_is_one_order_for_all_ranks():
    source = Source("standard", num_rows=None, **SMALL)
    streams = [Stream(source, 4, rank=rank, world_size=3) for rank in range(3)]
    steps = list(islice(zip(*streams, strict=True), 5))
    assert (pixels(b for step in steps for b in step) == source.read(range(60))["image"]).all()
    with pytest.raises(TypeError, match=r"endless source .* no length"):
        len(streams[0])
    far = Stream(source, 4, shuffle=1)
    assert len(next(iter(far))["label"]) == 4


def test_each_epoch_has_an_order_of_its_own():
    stream = Stream(Source("original"), 100, shuffle=0)
    first, second = pixels(stream), pixels(stream)
    assert (first != second).any()
    assert sorted(i.tobytes() for i in first) == sorted(i.tobytes() for i in second)
    stream.set_epoch(0)
    assert (pixels(stream) == first).all()
    # Whoever says the number of the epoch at its beginning loses nothing by it in the middle.
    reader = iter(stream)
    head = pixels(islice(reader, 3))
    stream.set_epoch(1)
    assert (np.concatenate([head, pixels(stream)]) == second).all()


def test_iterating_goes_on_from_the_position():
    stream = Stream(Source("standard", num_rows=100, **SMALL), 10)
    for number, _ in enumerate(stream, 1):
        assert stream.state_dict()["position"] == 10 * number
        if number == 4:
            break
    assert len(list(stream)) == 6
    assert (stream.state_dict()["epoch"], stream.state_dict()["position"]) == (1, 0)


def test_a_state_is_small_and_json():
    longest = Source(
        "rotated", "test", 10**12, seed=2**64 - 1, factors=True, image_size=499, stroke_length=101,
        stroke_width=2.7182818284590455, noise=3.1415926535897935, contrast=0.7071067811865476,
        max_rotation=12.345678901234567, pixel_permutation=2**32 - 1,
    )  # fmt: skip
    stream = Stream(longest, 1, shuffle=2**64 - 1)
    whole = {**stream.state_dict(), "epoch": 2**32, "position": 10**12}
    stream.load_state_dict(whole)
    state = json.dumps(stream.state_dict())
    assert len(state) < 200
    assert json.loads(state) == whole


def test_more_rows_of_the_same_split_are_no_other_split():
    old, new = (Stream(Source("standard", num_rows=n, seed=3), 8) for n in (100, 200))
    list(islice(old, 5))
    new.load_state_dict(old.state_dict())
    assert len(list(new)) == 20
    # The other split's region and any other number of rows in a batch change no row of this one.
    other = Stream(
        Source("standard", num_rows=100, seed=3, test_region="left"), 7, rank=0, world_size=2
    )
    other.load_state_dict(old.state_dict())
    assert (next(iter(other))["label"] == old.batched.read(40, 47)["label"]).all()


@pytest.mark.parametrize(
    ("source", "options"),
    [
        ({"seed": 4}, {}),
        ({"noise": 0.6}, {}),
        ({"config": "noisy"}, {}),
        ({"split": "test"}, {}),
        ({"factors": True}, {}),
        ({"num_rows": 101}, {}),  # another number of rows has another shuffled order
        ({}, {"shuffle": 1}),
        ({}, {"shuffle": None}),
    ],
)
def test_a_state_of_other_rows_is_refused(source, options):
    asked = {"config": "standard", "num_rows": 100, "seed": 3}
    state = Stream(Source(**asked), 8, shuffle=0).state_dict()
    stream = Stream(Source(**asked | source), 8, **{"shuffle": 0} | options)
    with pytest.raises(
        ValueError, match=r"the state is of slash/standard/train .*seed=3 shuffle=0 \("
    ):
        stream.load_state_dict(state)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"position": 101}, "position=101 is out of range"),
        ({"position": -1}, "position=-1"),
        ({"position": 1.5}, "position=1.5"),
        ({"epoch": -1}, "epoch=-1"),
        ({"epoch": None}, "epoch=None"),
        (
            {"worker": 1},
            "is not allowed: state takes a dict with identity, fingerprint, epoch, position",
        ),
    ],
)
def test_a_state_that_is_none_is_refused_and_changes_nothing(change, message):
    stream = Stream(Source("standard", num_rows=100), 8)
    next(iter(stream))
    state = stream.state_dict()
    with pytest.raises(ValueError, match=message):
        stream.load_state_dict(state | change)
    assert stream.state_dict() == state


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"size": 0}, "size=0 is out of range"),
        ({"size": 2.0}, "size=2.0 is not allowed"),
        ({"shuffle": True}, "shuffle=True is not allowed: shuffle takes a whole number"),
        ({"shuffle": -1}, "shuffle=-1"),
        ({"rank": 2, "world_size": 2}, "rank=2 is out of range: .* 0 to 1 below world_size"),
        ({"rank": 0}, "world_size=None is not allowed"),
        ({"world_size": 2}, "rank=None is not allowed"),
        ({"world_size": 0, "rank": 0}, "world_size=0"),
        ({"remainder": "keep"}, "remainder='keep' is not allowed: .*'uneven', 'drop', 'pad'"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Stream(Source(), **{"size": 8} | arguments)


def test_the_launchers_variables_say_which_rank_this_is(monkeypatch):
    monkeypatch.setenv("RANK", "2")
    monkeypatch.setenv("WORLD_SIZE", "5")
    stream = Stream(Source(), 8)
    assert (stream.rank, stream.world_size) == (2, 5)
    given = Stream(Source(), 8, rank=0, world_size=1)
    assert (given.rank, given.world_size) == (0, 1)
    for rank, size in (("5", "5"), ("two", "5"), ("2", None)):
        monkeypatch.setenv("RANK", rank)
        monkeypatch.setenv("WORLD_SIZE", size) if size else monkeypatch.delenv("WORLD_SIZE")
        with pytest.raises(ValueError, match=r"rank=5 is out of range|'RANK': .* is not allowed"):
            Stream(Source(), 8)


def test_torch_distributed_says_which_rank_this_is(monkeypatch):
    import torch.distributed
    from torch.testing._internal.distributed.fake_pg import FakeStore

    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "1")
    torch.distributed.init_process_group("fake", store=FakeStore(), rank=3, world_size=4)
    try:
        stream = Stream(Source(), 8)
    finally:
        torch.distributed.destroy_process_group()
    assert (stream.rank, stream.world_size) == (3, 4)


def test_jax_distributed_says_which_rank_this_is():
    pytest.importorskip("jax")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = (
        "import sys, jax\nfrom slash_dataset import Source, Stream\n"
        f"jax.distributed.initialize('127.0.0.1:{port}', 2, int(sys.argv[1]))\n"
        "stream = Stream(Source(), 8)\nprint(stream.rank, stream.world_size)\n"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, rank], stdout=subprocess.PIPE, text=True)
        for rank in "01"
    ]
    assert [one.communicate()[0].split() for one in started] == [["0", "2"], ["1", "2"]]
