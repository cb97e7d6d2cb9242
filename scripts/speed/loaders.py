"""An epoch of 100,000 rows in batches of 256, in the loaders of PyTorch and of Grain."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import slash_dataset
from slash_dataset.targets import Target

from .side_by_side import Groups, SideBySide

SIZE = 256


def _read(batches: Iterable[Any]) -> tuple[int, int]:
    return sum(len(batch["label"]) for batch in batches), 0


def prepare(rows: int) -> Groups:
    """Return the contenders; those that read item by item take a tenth of the rows."""
    import grain
    import torch
    from torch.utils.data import BatchSampler, DataLoader, RandomSampler, TensorDataset

    from slash_dataset.torch import Loader

    # As in workers; on a busy machine, torch's threads wait for each other at every batch.
    torch.set_num_threads(1)
    source, few = (slash_dataset.Source("standard", num_rows=n) for n in (rows, rows // 10))
    columns = source.read(range(rows)).values()
    held = TensorDataset(*map(torch.as_tensor, columns))

    def shuffled(items: Any, size: int | None = None, **options: Any) -> tuple[int, int]:
        return _read(DataLoader(items, size, shuffle=True, **options))

    def in_memory() -> tuple[int, int]:
        batches = BatchSampler(RandomSampler(held), SIZE, drop_last=False)
        return sum(len(labels) for _, labels in DataLoader(held, None, sampler=batches)), 0

    def targets(name: Target | None) -> tuple[int, int]:
        return len(slash_dataset.Source("rotated", targets=name).read(range(len(few)))["label"]), 0

    def in_grain(items: Any) -> Any:
        return grain.MapDataset.source(items).shuffle(seed=0)

    return {
        "an epoch in PyTorch's DataLoader": {
            "Source, item by item": lambda: shuffled(few, SIZE),
            "Source.batched": lambda: shuffled(source.batched(SIZE)),
            "Source.batched, 2 workers": lambda: shuffled(source.batched(SIZE), num_workers=2),
            "Source.batched, rows shuffled": lambda: shuffled(source.batched(SIZE, shuffle=0)),
            "Loader of a Stream": lambda: _read(Loader(slash_dataset.Stream(source, SIZE))),
        },
        "batches in memory against batches drawn as they are read": {
            "TensorDataset, by a BatchSampler": in_memory,
            "Source.batched": lambda: shuffled(source.batched(SIZE)),
        },
        "an epoch in Grain": {
            "Source, item by item": lambda: _read(in_grain(few).batch(SIZE)),
            "Source.batched": lambda: _read(in_grain(source.batched(SIZE))),
        },
        "rows of rotated, and where their strokes are": {
            "Source.read": lambda: targets(None),
            'Source.read, targets="points"': lambda: targets("points"),
            'Source.read, targets="box"': lambda: targets("box"),
            "render, labels given": lambda: (
                len(slash_dataset.render("rotated", labels=1, noise_row=range(len(few)))),
                0,
            ),
        },
    }


MEASUREMENT = SideBySide(prepare, rows=100_000, rounds=5)
