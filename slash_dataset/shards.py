"""Row ranges of a split to Parquet shards: which shard has which rows, and their bytes.

Both follow from the arguments alone, whoever writes them and whatever was written before. A file
has the schema of :func:`slash_dataset.tables.features_of` with the metadata that `datasets` writes,
so that ``load_dataset`` on a folder of shards knows the features. Names follow the Hugging Face
Hub: ``train-00000-of-00002.parquet``.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .checks import MAX_SHARD_BYTES, SHARD_BYTES
from .splits import Split, even_ranges

MAX_SHARDS = 10**6
"""Upper bound on the shards of a split: each has a name and a record in memory."""

# Row groups stay small: the Hub's viewer reads whole ones to show a page of 100 rows, and a writer
# of lists holds one in memory at twenty times its size.
_GROUP_BYTES, GROUP_ROWS = 2**21, 1_000


@dataclass(frozen=True)
class Shard:
    """One file of a split: its name and its rows."""

    name: str
    rows: range

    def __str__(self) -> str:
        return f"shard {self.name} (rows {self.rows.start:,} to {self.rows.stop - 1:,})"


def shard_ranges(num_rows: int, row_bytes: int, max_shard_bytes: int) -> list[range]:
    """Cut rows of a known size into the fewest small enough shards, as evenly as possible.

    Parameters
    ----------
    num_rows : int
        At least 1.
    row_bytes : int
        Bytes of one row.
    max_shard_bytes : int
        Upper bound on the bytes of a shard, except that every shard has at least one row.

    Returns
    -------
    list of range

    Raises
    ------
    ValueError
        If `max_shard_bytes` is not a positive whole number, or makes more than a million shards.

    Examples
    --------
    >>> shard_ranges(10, row_bytes=1_000, max_shard_bytes=4_000)
    [range(0, 3), range(3, 6), range(6, 10)]
    """
    max_shard_bytes = SHARD_BYTES.check("max_shard_bytes", max_shard_bytes)
    rows_of_shard = max(1, max_shard_bytes // row_bytes)
    count = -(-num_rows // rows_of_shard)
    if count > MAX_SHARDS:
        raise ValueError(
            f"max_shard_bytes={max_shard_bytes} is out of range for {num_rows:,} rows: they would "
            f"make {count:,} shards, and {MAX_SHARDS:,} are allowed"
        )
    return even_ranges(0, num_rows, count)


def plan_shards(
    split: Split,
    *,
    stem: str | None = None,
    encoding: str | None = None,
    max_shard_bytes: int = MAX_SHARD_BYTES,
) -> list[Shard]:
    """Plan the shards of a split, drawing at most one row of it.

    Parameters
    ----------
    split : Split
    stem : str, optional
        How file names begin; the split's name if left out.
    encoding : str, optional
        "png" or "array"; what suits the split's pixels if left out.
    max_shard_bytes : int
        Upper bound on the bytes of a shard, in memory, before Parquet compresses it (as `datasets`
        counts for its own ``max_shard_size``). Files are about half of that.

    Returns
    -------
    list of Shard
        In the order of their rows.

    Raises
    ------
    ValueError
        If the encoding cannot store the split, or `max_shard_bytes` is not a positive whole number.

    Examples
    --------
    >>> from slash_dataset import open_config
    >>> [shard.name for shard in plan_shards(open_config()["train"], max_shard_bytes=500_000)]
    ['train-00000-of-00002.parquet', 'train-00001-of-00002.parquet']
    """
    from .tables import check_encoding, features_of, tables_of_rows

    encoding = encoding or split.config.default_encoding
    features = features_of(split.config, check_encoding(split.config, encoding))
    row_bytes = next(tables_of_rows(split, 0, 1, features)).nbytes
    ranges = shard_ranges(len(split), row_bytes, max_shard_bytes)
    return name_shards(stem or split.name, ranges)


def name_shards(stem: str, ranges: list[range], suffix: str = ".parquet") -> list[Shard]:
    """Name ranges of rows as shards are named on the Hub."""
    return [
        Shard(f"{stem}-{number:05d}-of-{len(ranges):05d}{suffix}", rows)
        for number, rows in enumerate(ranges)
    ]


def rows_of_group(split: Split) -> int:
    """Return the number of rows of a split in one row group."""
    return min(GROUP_ROWS, max(1, _GROUP_BYTES // split.row_bytes))


def write_row_groups(path: Path, schema: pa.Schema, groups: Iterable[pa.Table]) -> None:
    """Write tables to a Parquet file, each as one row group.

    Compression is zstd level 1: higher levels do not make noise smaller. Lists of 8-bit pixels go
    through a dictionary, because Parquet would otherwise store each in 32 bits.
    """
    pixels_of_8_bits = _leaf_type(schema.field("image").type) == pa.uint8()
    with (
        pq.ParquetWriter(
            path,
            schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=True if pixels_of_8_bits else ["label"],
            write_statistics=["label"],
            write_page_index=True,
        ) as writer,
        ThreadPoolExecutor(1) as thread,
    ):
        # Compression releases the GIL, so the next table is drawn meanwhile. No more than two
        # tables exist at a time.
        previous: Future[None] | None = None
        for table in groups:
            if previous is not None:
                previous.result()
            previous = thread.submit(writer.write_table, table, row_group_size=len(table))
        if previous is not None:
            previous.result()


def _leaf_type(kind: Any) -> Any:
    """The value type of a list type, or of an extension type that is stored as lists."""
    kind = getattr(kind, "storage_type", kind)
    while pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind):
        kind = kind.value_type
    return kind
