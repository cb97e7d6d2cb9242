"""Drawing into memory, compared with the author's loop and with the generator's raw words."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

import slash_dataset
from slash_dataset.original import replay

from .plain import author_loop
from .side_by_side import Contender, Groups, SideBySide


def _raw_words(rows: int, threads: int, passes: bool = False) -> Contender:
    """The words for the rows of `standard`, optionally with the fewest passes over them."""
    # As many rows at a time as fit in a core's own cache.
    block, width = 288, 227

    def part(seed: int) -> None:
        words = np.random.PCG64DXSM(seed)
        images, last = np.empty((block, 900), np.uint8), np.full(4 * width, 32511, np.uint16)
        for _ in range(0, rows // threads, block):
            noise = words.random_raw(block * width).view(np.uint16).reshape(block, -1)
            if passes:
                np.minimum(noise, last, out=noise)
                noise += np.uint16(385)
                noise //= np.uint16(514)
                images[...] = noise[:, 8:]
                images += np.uint8(191)

    def run() -> tuple[int, int]:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(part, range(threads)))
        return rows, 0

    return run


def _words_of_each_row(rows: np.ndarray) -> Contender:
    """The two calls of the generator for a row that does not follow the previous one."""
    gaps = (227 * (np.diff(np.sort(rows), axis=1, prepend=-1) - 1)).tolist()

    def run() -> tuple[int, int]:
        for part in gaps:
            words = np.random.PCG64DXSM(0)
            for gap in part:
                words.advance(gap).random_raw(227)
        return rows.size, 0

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
    split = slash_dataset.open_config("standard", num_train=rows)["train"]
    shuffled = np.random.RandomState(0).permutation(rows)[: rows // 4].reshape(-1, 250)
    return {
        "draw, next to the author's loop": {
            "the author's loop": lambda: (few, author_loop(few).nbytes),
            "replay of the original, float64": _replayed,
            "draw: standard": _drawn("standard", rows),
            "draw: rotated, anti-aliased": _drawn("rotated", rows),
            "draw: shuffled": _drawn("shuffled", rows),
        },
        "draw, next to the generator, two threads": {
            "raw words": _raw_words(rows, 2),
            "raw words, and the fewest passes over them": _raw_words(rows, 2, passes=True),
            "draw: standard, 10,000 at a time": lambda: (
                sum(len(batch.images) for batch in split.batches(10_000)),
                0,
            ),
        },
        "rows in any order, 250 at a time, one thread": {
            "two calls of the generator for each row": _words_of_each_row(shuffled),
            "draw: standard": lambda: (sum(len(split.read(part).images) for part in shuffled), 0),
        },
    }


MEASUREMENT = SideBySide(prepare, rows=100_000, rounds=9)
