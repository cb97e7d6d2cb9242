"""Pixels to PNG files in memory, compared with Pillow."""

from __future__ import annotations

import zlib

import numpy as np

import slash_dataset
from slash_dataset.png import encode_png

from .plain import pillow_png
from .side_by_side import Groups, SideBySide


def prepare(rows: int) -> Groups:
    """Return the contenders."""
    images, _ = slash_dataset.draw("standard", stop=rows)
    few = images[:2_000]

    def bulk() -> tuple[int, int]:
        files = encode_png(images)
        return len(files), files.nbytes

    lines = np.pad(images, [(0, 0), (0, 0), (1, 0)]).reshape(rows, -1)

    def checksum() -> tuple[int, int]:
        np.fromiter(map(zlib.crc32, lines), np.uint32, rows)
        return rows, 0

    return {
        "PNG": {
            "Pillow PNG, its defaults": lambda: (len(few), sum(map(len, pillow_png(few)))),
            "bulk PNG": bulk,
            "CRC-32 of each file alone, by zlib": checksum,
        }
    }


MEASUREMENT = SideBySide(prepare, rows=50_000, rounds=9)
