"""Drawing into memory, next to the author's loop and next to the generator's raw words."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

import slash_dataset
from slash_dataset.original import replay

from .plain import author_loop
from .side_by_side import Contender, Groups, SideBySide


def _raw_words(rows: int, threads: int) -> Contender:
    """The words that the rows of `standard` are made of, thrown away as they come."""

    def part(seed: int) -> None:
        words = np.random.PCG64DXSM(seed)
        for _ in range(0, rows // threads, 1_000):
            words.random_raw(1_000 * 227)

    def run() -> tuple[int, int]:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(part, range(threads)))
        return rows, 0

    return run


def _drawn(config: str, rows: int) -> Contender:
    def run() -> tuple[int, int]:
        images, _ = slash_dataset.draw(config, stop=rows)
        return rows, images.nbytes

    return run


def _replayed() -> tuple[int, int]:
    replay.cache_clear()
    images = replay().images
    return len(images), images.nbytes


def prepare(rows: int) -> Groups:
    """Return the contenders."""
    few = min(rows, 2_000)
    return {
        "draw, next to the author's loop": {
            "the author's loop": lambda: (few, author_loop(few).nbytes),
            "replay of the original, float64": _replayed,
            "draw: standard": _drawn("standard", rows),
            "draw: rotated, anti-aliased": _drawn("rotated", rows),
            "draw: shuffled": _drawn("shuffled", rows),
        },
        "draw, next to the generator": {
            "raw words of the generator, two threads": _raw_words(rows, 2),
            "raw words of the generator, one thread": _raw_words(rows, 1),
            "draw: standard, two threads": _drawn("standard", rows),
        },
    }


MEASUREMENT = SideBySide(prepare, rows=100_000, rounds=9)
