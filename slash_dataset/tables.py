"""Batches as Arrow tables, in the storage types of `datasets` features.

An image has two encodings: "png", a :class:`datasets.Image` of PNG bytes, and "array", a
:class:`datasets.Array2D` of the split's own pixels, which needs no decoding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .checks import check_choice
from .configs import Config
from .png import encode_png
from .splits import Batch, Split, even_ranges
from .targets import TARGETS
from .variants import CLASSES

ENCODINGS = ("png", "array")
# A table holds about this many bytes of pixels, so that memory is bounded for any image size.
_TABLE_BYTES = 2**20


def check_encoding(config: Config, encoding: Any) -> str:
    """Return `encoding` if it can store `config`, or raise a ValueError that says why not."""
    check_choice("encoding", encoding, ENCODINGS)
    if encoding == "png" and config.dtype != "uint8":
        raise ValueError(
            f"encoding='png' is not allowed for config {config.name!r}: PNG cannot hold its "
            f"{config.dtype} pixels; use encoding='array', or config 'original'"
        )
    return str(encoding)


def features_of(
    config: Config, encoding: str, factors: bool = False, targets: str | None = None
) -> datasets.Features:
    """Return the features of a config's examples.

    Parameters
    ----------
    config : Config
    encoding : str
        "png" or "array".
    factors : bool
        Add the columns `row`, `col` (int64) and `angle` (float64).
    targets : str, optional
        Add a column of :mod:`slash_dataset.targets` (float32).

    Returns
    -------
    datasets.Features
        `image`, `label`, and the requested columns.

    Examples
    --------
    >>> from slash_dataset.configs import find_config
    >>> features_of(find_config("standard"), "array")["image"]
    Array2D(shape=(30, 30), dtype='uint8')
    """
    image: Any = datasets.Image(mode="L")
    if encoding == "array":
        image = datasets.Array2D(shape=(config.image_size, config.image_size), dtype=config.dtype)
    columns: dict[str, Any] = {"image": image, "label": datasets.ClassLabel(names=list(CLASSES))}
    if factors:
        columns |= {"row": datasets.Value("int64"), "col": datasets.Value("int64")}
        columns["angle"] = datasets.Value("float64")
    if targets:
        columns[targets] = {
            "box": datasets.Sequence(datasets.Value("float32"), length=4),
            "points": datasets.Array2D(shape=(2, 2), dtype="float32"),
        }[targets]
    return datasets.Features(columns)


def table_of_batch(batch: Batch, features: datasets.Features) -> pa.Table:
    """Return a batch as an Arrow table with the schema of its features.

    Parameters
    ----------
    batch : Batch
        Of n rows.
    features : datasets.Features
        From :func:`features_of`.

    Returns
    -------
    pyarrow.Table, n rows
    """
    schema = features.arrow_schema
    values = {"image": batch.images, "label": batch.labels} | batch.factors
    columns = [_column(values[name], schema.field(name).type) for name in schema.names]
    return pa.table(columns, schema=schema)


def tables_of_rows(
    split: Split, start: int, stop: int, features: datasets.Features
) -> Iterator[pa.Table]:
    """Yield a range of rows of a split as tables of bounded size.

    Parameters
    ----------
    split : Split
    start, stop : int
        ``0 <= start <= stop <= len(split)``.
    features : datasets.Features
        From :func:`features_of` for the split's config.

    Yields
    ------
    pyarrow.Table
        About a megabyte of pixels each.
    """
    most = max(2, _TABLE_BYTES // split.row_bytes)
    for rows in even_ranges(start, stop, -(-(stop - start) // most)):
        batch = split.read(rows)
        for name in features.keys() & TARGETS:
            batch.factors[name] = split.target(name, batch)
        yield table_of_batch(batch, features)


def _column(values: NDArray[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_struct(kind):
        files = encode_png(values)
        paths = pa.nulls(len(files), pa.string())
        return pa.StructArray.from_arrays([files, paths], ["bytes", "path"])
    if isinstance(kind, pa.ExtensionType):
        return _array_column(values, kind)
    if values.ndim == 2:
        return pa.FixedSizeListArray.from_arrays(values.reshape(-1), values.shape[1])
    return pa.array(values)


def _array_column(images: NDArray[Any], kind: Any) -> pa.ExtensionArray:
    count, height, width = images.shape
    values = pa.array(np.ascontiguousarray(images).reshape(-1))
    lines = _lists(values, count * height, width)
    return pa.ExtensionArray.from_storage(kind, _lists(lines, count, height))


def _lists(values: pa.Array, count: int, length: int) -> pa.ListArray:
    offsets = np.arange(count + 1, dtype=np.int32) * np.int32(length)
    return pa.ListArray.from_arrays(pa.array(offsets), values)
