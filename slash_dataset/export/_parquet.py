"""Layout `parquet`: flat tables for data frames and SQL, or the tables of the Hugging Face Hub."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from ..checks import MAX_SHARD_BYTES
from ..configs import Config, ConfigName
from ..shards import (
    Shard,
    name_shards,
    plan_shards,
    rows_of_group,
    shard_ranges,
    write_row_groups,
)
from ..splits import Batch, Split
from ..variants import CLASSES
from ._writing import Rows
from .layout import PathLike, export


def parquet(
    dest: PathLike,
    config: ConfigName = "original",
    *,
    encoding: Literal["flat", "png", "array"] = "flat",
    max_shard_bytes: int = MAX_SHARD_BYTES,
    force: bool = False,
    progress: bool = False,
    **params: Any,
) -> Path:
    """Write ``{train,test}/{train,test}-00000-of-00001.parquet``, ...: `image` and `label`.

    A split's folder holds nothing but its tables, so that readers can take the folder.

    Arguments, result and errors are those of :func:`slash_dataset.export.export`.

    Examples
    --------
    >>> import tempfile
    >>> import pyarrow.parquet as pq
    >>> dest = parquet(tempfile.mkdtemp() + "/slash")
    >>> table = pq.read_table(dest / "test")
    >>> table.schema.field("image").type, len(table)
    (FixedSizeListType(fixed_size_list<element: uint8>[900]), 250)
    """
    return export(
        "parquet",
        dest,
        config,
        encoding=encoding,
        max_shard_bytes=max_shard_bytes,
        force=force,
        progress=progress,
        **params,
    )


def plan(split: Split, encoding: str, max_shard_bytes: int) -> list[Shard]:
    """Plan the shards of a split."""
    stem = f"{split.name}/{split.name}"
    if encoding != "flat":
        return plan_shards(split, stem=stem, encoding=encoding, max_shard_bytes=max_shard_bytes)
    label_bytes = 8
    ranges = shard_ranges(len(split), split.row_bytes + label_bytes, max_shard_bytes)
    return name_shards(stem, ranges)


def write_shard(path: Path, rows: Rows, encoding: str, max_shard_bytes: int) -> None:
    """Write one Parquet file."""
    batches = (batch for _, batch in rows.batches(rows_of_group(rows.split)))
    if encoding == "flat":
        schema = _flat_schema(rows.split.config)
        write_row_groups(path, schema, (_flat_table(batch, schema) for batch in batches))
    else:
        from ..tables import features_of, table_of_batch

        features = features_of(rows.split.config, encoding)
        tables = (table_of_batch(batch, features) for batch in batches)
        write_row_groups(path, features.arrow_schema, tables)


def write_split(
    split: Split,
    folder: Path,
    *,
    stem: str | None = None,
    encoding: str | None = None,
    max_shard_bytes: int = MAX_SHARD_BYTES,
) -> list[Path]:
    """Write a split as it is on the Hub, in this process; return the files in order.

    Parameters
    ----------
    split : Split
    folder : pathlib.Path
        Created if missing; it must not have files of these names.
    stem, encoding, max_shard_bytes
        As for :func:`slash_dataset.shards.plan_shards`.
    """
    encoding = encoding or split.config.default_encoding
    shards = plan_shards(split, stem=stem, encoding=encoding, max_shard_bytes=max_shard_bytes)
    folder.mkdir(parents=True, exist_ok=True)
    for shard in shards:
        rows = Rows(split, shard.rows, lambda batch: None)
        write_shard(folder / shard.name, rows, encoding, max_shard_bytes)
    return [folder / shard.name for shard in shards]


def _flat_schema(config: Config) -> pa.Schema:
    """A schema from which every release of `datasets` reads features.

    Releases from 4.0 on would write a list as "List", which earlier ones do not know.
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
