"""One pass over 100,000 rows in batches, prepared by `datasets` or drawn on the fly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import slash_dataset
from scripts.torchvision_operators import prepare as prepare_torchvision

from .scratch import SCRATCH
from .side_by_side import Groups, SideBySide

SIZE = 1_000


def _formatted(split: Any) -> tuple[int, int]:
    return sum(len(np.asarray(batch["image"])) for batch in split.iter(batch_size=SIZE)), 0


def _from_arrow(split: Any) -> tuple[int, int]:
    def images() -> Iterator[np.ndarray]:
        for batch in split.with_format("arrow").iter(batch_size=SIZE):
            image = batch["image"].combine_chunks()
            yield image.storage.flatten().flatten().to_numpy().reshape(-1, *image.type.shape)

    return sum(map(len, images())), 0


def _items(dataset: Any) -> tuple[int, int]:
    for start in range(0, len(dataset), SIZE):
        stop = min(start + SIZE, len(dataset))
        np.stack([np.asarray(dataset[i][0]) for i in range(start, stop)])
    return len(dataset), 0


def prepare(rows: int) -> Groups:
    """Return the contenders; torchvision's only if it is installed."""
    import datasets

    datasets.disable_progress_bars()
    params = {"num_train": rows, "num_test": 1, "split": "train"}
    cache = str(SCRATCH / "epoch")
    png = slash_dataset.load("standard", **params, cache_dir=cache)
    array = slash_dataset.load("standard", **params, cache_dir=cache, encoding="array")
    png, pixels = (split.with_format("numpy", dtype="uint8") for split in (png, array))
    source = slash_dataset.Source("standard", num_rows=rows)
    ways = {
        'encoding="png", as NumPy batches': lambda: _formatted(png),
        'encoding="array", as NumPy batches': lambda: _formatted(pixels),
        'encoding="array", from Arrow, no copy': lambda: _from_arrow(array),
        "Source.batches, drawn as it goes": lambda: (
            sum(len(images) for images, *_ in source.batches(SIZE)),
            0,
        ),
    }
    try:
        prepare_torchvision()
        from slash_dataset.torchvision import Slash
    except ImportError:
        return {"one epoch": ways}
    mnist_style = Slash(config="standard", num_train=rows, num_test=1)
    return {"one epoch": ways | {"torchvision, MNIST-style items": lambda: _items(mnist_style)}}


MEASUREMENT = SideBySide(prepare, rows=100_000, rounds=3)
