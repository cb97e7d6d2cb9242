"""Layout `parquet`: flat tables for data frames and SQL, or the tables of the Hugging Face Hub."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ..configs import Config
from ..shards import (
    MAX_SHARD_BYTES,
    Shard,
    name_shards,
    plan_shards,
    rows_of_group,
    shard_ranges,
    write_row_groups,
)
from ..splits import Split
from ..variants import CLASSES, check_choice
from ._export import Batch, Export, PathLike

ENCODINGS = ("flat", "png", "array")

_READING = """
import polars

train = polars.read_parquet("DEST/train-*.parquet")
print(train.schema, len(train))
"""


def parquet(
    dest: PathLike,
    config: str = "original",
    *,
    encoding: str = "flat",
    max_shard_bytes: int = MAX_SHARD_BYTES,
    force: bool = False,
    progress: bool = False,
    **params: Any,
) -> Path:
    """Write ``{train,test}-00000-of-00001.parquet``, ...: tables of `image` and `label`.

    Parameters
    ----------
    dest : path-like
        The folder to make.
    config : str
        Any config, see :data:`slash_dataset.CONFIG_NAMES`.
    encoding : str
        What `image` is: "flat", a list of the H * W pixels, line by line, that data frames and SQL
        compute with; "png" or "array" (a list of lines), as on the Hugging Face Hub and from
        ``load_dataset("slash", encoding=...)``.
    max_shard_bytes : int
        Bytes of a shard at most, counted in memory, before Parquet compresses them.
    force : bool
        Replace `dest` if it is a folder that is not empty.
    progress : bool
        Show a progress bar on standard error.
    **params
        `num_train`, `num_test`, `seed` and the parameters of
        :class:`~slash_dataset.variants.Variant`, for drawn configs.

    Returns
    -------
    pathlib.Path
        `dest`.

    Raises
    ------
    ValueError
        If an argument is unknown or out of range, before any work starts.
    OSError
        If `dest` exists (FileExistsError, NotADirectoryError), or cannot be written, or the disk
        is full; nothing is left at `dest` then.

    Examples
    --------
    >>> import tempfile
    >>> import pyarrow.parquet as pq
    >>> dest = parquet(tempfile.mkdtemp() + "/slash")
    >>> table = pq.read_table(dest / "test-00000-of-00001.parquet")
    >>> table.schema.field("image").type, len(table)
    (FixedSizeListType(fixed_size_list<element: uint8>[900]), 250)
    """
    check_choice("encoding", encoding, ENCODINGS)
    export = Export(
        "parquet", dest, config, params, force=force, progress=progress, dtypes=("uint8", "float64")
    )
    schema, table_of = _tables(export.config, encoding)
    shards = {
        name: _plan(split, encoding, max_shard_bytes) for name, split in export.splits.items()
    }

    def groups(split: Split, rows: range) -> Iterator[pa.Table]:
        for batch in export.batches(split, rows, step=rows_of_group(split)):
            yield table_of(batch)

    with export.folder(_READING) as folder:
        for name, split in export.splits.items():
            for shard in shards[name]:
                write_row_groups(folder / shard.name, schema, groups(split, shard.rows))
    return export.dest


def _plan(split: Split, encoding: str, max_shard_bytes: int) -> list[Shard]:
    if encoding != "flat":
        return plan_shards(split, encoding=encoding, max_shard_bytes=max_shard_bytes)
    label_bytes = 8
    row_bytes = split.image_shape[0] * split.image_shape[1] * split.dtype.itemsize + label_bytes
    return name_shards(split.name, shard_ranges(len(split), row_bytes, max_shard_bytes))


def _tables(config: Config, encoding: str) -> tuple[pa.Schema, Callable[[Batch], pa.Table]]:
    """The schema of the tables, and what makes a table of a batch."""
    if encoding == "flat":
        schema = _flat_schema(config)
        return schema, lambda batch: _flat_table(batch, schema)

    from ..tables import check_encoding, features_of, table_of_batch

    features = features_of(config, check_encoding(config, encoding))
    return features.arrow_schema, lambda batch: table_of_batch(batch.images, batch.labels, features)


def _flat_schema(config: Config) -> pa.Schema:
    """A schema that every release of `datasets` reads features from.

    Those from 4.0 on would themselves write a list as "List", which earlier ones do not know.
    """
    length = config.image_size**2
    features = {
        "image": {
            "feature": {"dtype": config.dtype, "_type": "Value"},
            "length": length,
            "_type": "Sequence",
        },
        "label": {"names": list(CLASSES), "_type": "ClassLabel"},
    }
    pixel = pa.from_numpy_dtype(config.dtype)
    return pa.schema(
        {"image": pa.list_(pixel, length), "label": pa.int64()},
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )


def _flat_table(batch: Batch, schema: pa.Schema) -> pa.Table:
    values = pa.array(np.ascontiguousarray(batch.images).reshape(-1))
    pixels = pa.FixedSizeListArray.from_arrays(values, batch.images[0].size)
    return pa.table([pixels, pa.array(batch.labels)], schema=schema)
