"""The original's 1,000 images through `datasets`, with an empty and with a warm cache."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import slash_dataset

from .scratch import SCRATCH
from .side_by_side import Contender, Groups, SideBySide


def prepare(_: int) -> Groups:
    """Return the contenders."""
    import datasets
    from datasets import load_dataset

    datasets.disable_progress_bars()
    made = Path(tempfile.mkdtemp(dir=SCRATCH))
    folder, parquet = made / "imagefolder", made / "parquet"
    parquet.mkdir()
    for name, split in slash_dataset.load(cache_dir=str(made / "cache")).items():
        split.to_parquet(parquet / f"{name}-00000-of-00001.parquet")
        for number, row in enumerate(split):
            target = folder / name / slash_dataset.CLASSES[row["label"]] / f"{number:06d}.png"
            target.parent.mkdir(parents=True, exist_ok=True)
            row["image"].save(target)

    def load(way: Callable[..., Any], cold: bool) -> Contender:
        warm_cache = tempfile.mkdtemp(dir=SCRATCH)

        def run() -> tuple[int, int]:
            cache = tempfile.mkdtemp(dir=SCRATCH) if cold else warm_cache
            return sum(map(len, way(cache_dir=cache).values())), 0

        return run

    ways: dict[str, Callable[..., Any]] = {
        'load_dataset("imagefolder")': lambda **o: load_dataset(
            "imagefolder", data_dir=folder, **o
        ),
        'load_dataset("parquet")': lambda **o: load_dataset("parquet", data_dir=parquet, **o),
        'load_dataset("slash")': lambda **o: load_dataset("slash", **o),
    }
    return {
        f"load the original's 1,000 images, {cache} cache": {
            name: load(way, cold) for name, way in ways.items()
        }
        for cache, cold in (("empty", True), ("warm", False))
    }


MEASUREMENT = SideBySide(prepare, rows=1_000, rounds=7)
