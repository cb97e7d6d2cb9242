"""Drawing and writing Parquet shards, compared with plain code and with the compression alone."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import slash_dataset
from slash_dataset.export._parquet import write_split
from slash_dataset.shards import rows_of_group, write_row_groups
from slash_dataset.splits import Split

from .plain import author_loop, pillow_png
from .scratch import SCRATCH
from .side_by_side import Contender, Groups, SideBySide


def _plain(rows: int) -> tuple[int, int]:
    images = np.rint(255 * author_loop(rows)).astype(np.uint8)
    records = [
        {"image": {"bytes": file, "path": None}, "label": number % 2}
        for number, file in enumerate(pillow_png(images))
    ]
    path = SCRATCH / "plain.parquet"
    pq.write_table(pa.Table.from_pylist(records), path, compression="zstd")
    return rows, path.stat().st_size


def _shards(split: Split) -> Contender:
    def run() -> tuple[int, int]:
        with tempfile.TemporaryDirectory(dir=SCRATCH) as folder:
            files = write_split(split, Path(folder))
            return len(split), sum(file.stat().st_size for file in files)

    return run


def _next_to_the_compression(split: Split) -> dict[str, Contender]:
    from slash_dataset.tables import features_of, table_of_batch

    features = features_of(split.config, "png")
    tables = [table_of_batch(batch, features) for batch in split.batches(rows_of_group(split))]
    pieces = [table["image"].chunk(0).field("bytes").buffers()[2] for table in tables]
    zstd, path = pa.Codec("zstd", 1), SCRATCH / "tables.parquet"

    def writer_alone() -> tuple[int, int]:
        write_row_groups(path, features.arrow_schema, tables)
        return len(split), path.stat().st_size

    return {
        "zstd of the same bytes, nothing else": lambda: (
            len(split),
            sum(zstd.compress(piece).size for piece in pieces),
        ),
        "Parquet's writer, tables ready": writer_alone,
        "draw, bulk PNG, shards": _shards(split),
    }


def prepare(rows: int) -> Groups:
    """Return the contenders."""
    split = slash_dataset.open_config("standard", num_train=rows)["train"]
    return {
        "draw and write Parquet, next to plain code": {
            "author's loop, Pillow, Parquet (zstd)": lambda: _plain(min(rows, 2_000)),
            "draw, bulk PNG, shards": _shards(split),
        },
        "draw and write Parquet, next to its compression": _next_to_the_compression(split),
    }


MEASUREMENT = SideBySide(prepare, rows=100_000, rounds=7)
