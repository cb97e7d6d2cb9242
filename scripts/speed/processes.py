"""Builds of `datasets` in one process and in two."""

from __future__ import annotations

import os
import tempfile

import slash_dataset

from .scratch import SCRATCH
from .side_by_side import Contender, Groups, SideBySide


def _build(rows: int, num_proc: int) -> Contender:
    def run() -> tuple[int, int]:
        with tempfile.TemporaryDirectory(dir=SCRATCH) as cache:
            train = slash_dataset.load(
                "standard", num_train=rows, num_test=128, cache_dir=cache, num_proc=num_proc
            )["train"]
            return rows, sum(os.path.getsize(file["filename"]) for file in train.cache_files)

    return run


def prepare(rows: int) -> Groups:
    """Return the contenders."""
    import datasets

    datasets.disable_progress_bars()
    return {
        f"build {rows:,} rows with datasets": {
            "load_dataset, 1 process": _build(rows, 1),
            "load_dataset, 2 processes": _build(rows, 2),
        }
    }


MEASUREMENT = SideBySide(prepare, rows=5_000_000, rounds=3)
