"""Batches in PyTorch's loaders: which rows they have, and where an interrupted run resumes."""

from __future__ import annotations

import json
import os
import pickle
import random
import subprocess
import sys
from itertools import islice, zip_longest

import numpy as np
import pytest

from slash_dataset import Source, Stream, load

torch = pytest.importorskip("torch")
from torch.utils.data import DataLoader  # noqa: E402

import slash_dataset.torch as adapter  # noqa: E402

SMALL = {"image_size": 8, "noise": 1.2}
# A loader warns of more workers than the machine has cores.
pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create")


def pixels(batches):
    return np.concatenate([batch["image"].numpy() for batch in batches])


def source(num_rows=200, **params):
    return Source("standard", num_rows=num_rows, **SMALL, **params)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_loader_shuffles_whole_batches(workers):
    batches = source(100, factors=True).batched(16)
    found = list(DataLoader(batches, batch_size=None, shuffle=True, num_workers=workers))
    assert sorted(i.tobytes() for i in pixels(found)) == sorted(
        i.tobytes() for i in source(100).read(range(100))["image"]
    )
    assert sorted(len(batch["label"]) for batch in found) == [4, *[16] * 6]
    assert found[0]["image"].dtype == torch.uint8
    assert found[0]["label"].dtype == torch.int64
    assert set(found[0]) == {"image", "label", "row", "col", "angle"}


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_workers_take_the_batches_of_their_rank_in_turn(workers):
    for rank in range(2):
        options = {"shuffle": 5, "rank": rank, "world_size": 2}
        expected = pixels(
            {"image": torch.as_tensor(b["image"])} for b in Stream(source(), 8, **options)
        )
        stream = adapter.Stream(source(), 8, **options)
        loader = DataLoader(stream, batch_size=None, num_workers=workers)
        assert (pixels(loader) == expected).all()
        assert len(loader) == len(stream)


@pytest.mark.parametrize("persistent", [False, True])
def test_workers_of_a_stream_begin_the_epoch_that_is_asked_for(persistent):
    stream = adapter.Stream(source(), 8, shuffle=1)
    loader = DataLoader(stream, batch_size=None, num_workers=2, persistent_workers=persistent)
    reference = Stream(source(), 8, shuffle=1)
    for epoch in range(3):
        stream.set_epoch(epoch)
        expected = np.concatenate([batch["image"] for batch in reference])
        assert (pixels(loader) == expected).all()


def test_an_endless_stream_in_a_loader_goes_on():
    endless = Source("standard", num_rows=None, **SMALL)
    expected = endless.read(range(50))["image"]
    for loader in (
        DataLoader(adapter.Stream(endless, 10), batch_size=None, num_workers=2),
        adapter.Loader(Stream(endless, 10), num_workers=2),
        adapter.Loader(Stream(endless, 10)),
    ):
        assert (pixels(islice(loader, 5)) == expected).all()


@pytest.mark.parametrize(
    "options", [{}, {"num_workers": 2}, {"num_workers": 2, "persistent_workers": True}]
)
def test_a_loader_goes_through_epochs_and_on_after_a_break(options):
    loader = adapter.Loader(Stream(source(), 16, shuffle=0), **options)
    reference = Stream(source(), 16, shuffle=0)
    epochs = [np.concatenate([batch["image"] for batch in reference]) for _ in range(3)]
    assert len(loader) == 13
    assert (pixels(loader) == epochs[0]).all()
    for number, batch in enumerate(loader):
        assert (batch["image"].numpy() == epochs[1][16 * number : 16 * number + 16]).all()
        if number == 4:
            break
    assert (pixels(loader) == epochs[1][80:]).all()
    loader.set_epoch(0)
    assert (pixels(loader) == epochs[0]).all()
    assert loader.state_dict()["epoch"] == 1


@pytest.mark.parametrize(
    "option",
    [{"batch_size": 8}, {"shuffle": True}, {"sampler": [0]}, {"batch_sampler": [[0]]},
     {"drop_last": True}, {"in_order": False}],
)  # fmt: skip
def test_a_loader_takes_nothing_that_the_stream_decides(option):
    [name] = option
    with pytest.raises(ValueError, match=f"{name}=.* is not allowed: the stream decides"):
        adapter.Loader(Stream(source(), 8), **option)


def test_streams_survive_pickling():
    """As for workers that are spawned and not forked."""
    stream = adapter.Stream(source(), 8, shuffle=2, rank=1, world_size=2)
    next(iter(stream))
    again = pickle.loads(pickle.dumps(stream))
    assert (next(iter(again))["image"] == next(iter(stream))["image"]).all()


def steps_of(loaders):
    """The batches of all ranks, step by step over several epochs; None if a rank has no more."""
    while True:
        yield from zip_longest(*loaders)


def interrupted_run(seed, interruptions, shuffle):
    """Interrupt a training repeatedly; return the rows that it read and the expected ones."""
    chance = random.Random(seed)
    rows = source(chance.randrange(40, 400), seed=seed)
    got, state = [], None
    for part in range(interruptions + 1):
        ranks, workers = chance.randint(1, 3), chance.choice([0, 0, 1, 2, 3])
        if seed == 0 and part < 2:
            ranks, workers = [(2, 8), (1, 3)][part]
        size, persistent = chance.randint(1, 12), workers > 0 and chance.random() < 0.5
        loaders = []
        for rank in range(ranks):
            stream = Stream(rows, size, shuffle=shuffle, rank=rank, world_size=ranks)
            loaders.append(
                adapter.Loader(stream, num_workers=workers, persistent_workers=persistent)
            )
            if state:
                loaders[-1].load_state_dict(json.loads(state))
        for step in islice(steps_of(loaders), chance.randrange(20)):
            got += [batch for batch in step if batch]
        state = json.dumps(loaders[0].state_dict())
        assert len(state) < 200
    count = sum(len(batch["label"]) for batch in got)
    whole, expected = Stream(rows, 7, shuffle=shuffle), []
    while sum(map(len, expected)) < count:
        expected += [batch["image"] for batch in whole]
    return pixels(got), np.concatenate(expected)[:count]


@pytest.mark.parametrize("seed", range(100 if os.environ.get("SLASH_SOAK") else 5))
@pytest.mark.parametrize("interruptions", [5])
@pytest.mark.parametrize("order", ["as they are", "shuffled"])
def test_no_row_is_lost_repeated_or_reordered_by_interruptions(order, interruptions, seed):
    """The numbers of ranks, workers and rows per batch change every time."""
    shuffle = seed if order == "shuffled" else None
    got, expected = interrupted_run(seed, interruptions, shuffle)
    assert got.tobytes() == expected.tobytes()


@pytest.mark.parametrize("workers", [0, 2])
def test_stateful_loaders_resume_a_stream_with_as_many_workers(workers):
    stateful = pytest.importorskip("torchdata.stateful_dataloader")

    def loader(**params):
        stream = adapter.Stream(source(**params), 8, shuffle=3)
        return stateful.StatefulDataLoader(stream, batch_size=None, num_workers=workers)

    whole = pixels(loader())
    first, resumed = loader(), loader()
    head = list(islice(first, 7))
    state = pickle.loads(pickle.dumps(first.state_dict()))
    resumed.load_state_dict(state)
    assert (pixels([*head, *resumed]) == whole).all()
    other = loader(seed=9)
    other.load_state_dict(state)
    with pytest.raises(ValueError, match="the state is of slash/standard/train"):
        next(iter(other))


@pytest.mark.parametrize("workers", [0, 2])
def test_stateful_loaders_resume_shuffled_batches(workers):
    stateful = pytest.importorskip("torchdata.stateful_dataloader")

    def loader():
        torch.manual_seed(0)
        batches = source().batched(8)
        return stateful.StatefulDataLoader(
            batches, batch_size=None, shuffle=True, num_workers=workers
        )

    first, resumed = loader(), loader()
    head = list(islice(first, 7))
    resumed.load_state_dict(first.state_dict())
    assert (pixels([*head, *resumed]) == pixels(loader())).all()


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("encoding", ["png", "array"])
def test_both_encodings_give_tensors_of_one_shape(encoding, streaming, tmp_path):
    how = {"streaming": True} if streaming else {"cache_dir": str(tmp_path)}
    dataset = load("standard", split="test", encoding=encoding, num_train=1, num_test=40, **how)
    dataset = dataset.with_format("torch")
    expected = torch.as_tensor(Source("standard", "test").read(range(40))["image"])
    batches = [adapter.as_tensors(batch) for batch in DataLoader(dataset, 16)]
    batches += [adapter.as_tensors(batch) for batch in dataset.iter(16)]
    assert [batch["image"].shape for batch in batches] == [
        (16, 30, 30),
        (16, 30, 30),
        (8, 30, 30),
    ] * 2
    assert {batch["image"].dtype for batch in batches} == {torch.uint8}
    assert {batch["label"].dtype for batch in batches} == {torch.int64}
    assert (torch.cat([batch["image"] for batch in batches[:3]]) == expected).all()
    one = adapter.as_tensors(next(iter(dataset)))
    assert (one["image"] == expected[0]).all()


def test_exact_pixels_stay_floats():
    batch = adapter.as_tensors(Source("original-float64", targets="points").read([3]))
    assert batch["image"].dtype == torch.float64
    assert batch["image"].shape == (1, 30, 30)
    assert batch["points"].shape == (1, 2, 2)


TRAINING = """
import json, sys
from slash_dataset import Source, Stream
from slash_dataset.torch import Loader
source = Source("standard", num_rows=300, image_size=8, noise=1.2)
loader = Loader(Stream(source, 10, shuffle=1), num_workers=int(sys.argv[1]))
if len(sys.argv) > 2:
    loader.load_state_dict(json.loads(sys.argv[2]))
for batch in loader:
    print(batch["image"].numpy().tobytes().hex(), json.dumps(loader.state_dict()), flush=True)
"""


def test_a_training_that_is_killed_goes_on_from_its_last_checkpoint():
    got, checkpoint = b"", []
    for workers, batches in ((3, 8), (0, 30)):
        command = [sys.executable, "-c", TRAINING, str(workers), *checkpoint]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as training:
            for line in islice(training.stdout, batches):
                rows, state = line.split(" ", 1)
                got, checkpoint = got + bytes.fromhex(rows), [state]
            training.kill()
    expected = Stream(source(300), 300, shuffle=1)
    assert got == next(iter(expected))["image"].tobytes()
