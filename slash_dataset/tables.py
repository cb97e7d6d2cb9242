"""Batches as Arrow tables, in the storage that `datasets` features have.

Two encodings of an image exist: "png", a :class:`datasets.Image` of PNG bytes, and "array", a
:class:`datasets.Array2D` of the split's own pixels, which needs no decoding.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .configs import Config
from .drawing import Factors
from .png import encode_png
from .splits import Split
from .variants import CLASSES, check_choice

ENCODINGS = ("png", "array")
# A table holds about so many bytes of pixels, so that memory stays bounded for any image size.
_TABLE_BYTES = 2**20


def default_encoding(config: Config) -> str:
    """Return "png" for 8-bit images, and "array" for float64, which PNG cannot hold."""
    return "png" if config.dtype == "uint8" else "array"


def check_encoding(config: Config, encoding: Any) -> str:
    """Return `encoding` if `config` can be stored so, or raise a ValueError that says why not."""
    check_choice("encoding", encoding, ENCODINGS)
    if encoding == "png" and config.dtype != "uint8":
        raise ValueError(
            f"encoding='png' is not allowed for config {config.name!r}: PNG cannot hold its "
            f"{config.dtype} pixels; use encoding='array', or config 'original'"
        )
    return str(encoding)


def features_of(config: Config, encoding: str, factors: bool = False) -> datasets.Features:
    """Return the features of a config's examples.

    Parameters
    ----------
    config : OriginalConfig or DrawnConfig
    encoding : str
        "png" or "array".
    factors : bool
        Add the columns `row`, `col` (int64) and `angle` (float64).

    Returns
    -------
    datasets.Features
        `image`, `label`, and the factors if asked for.

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
    return datasets.Features(columns)


def table_of_batch(
    images: NDArray[Any],
    labels: NDArray[Any],
    features: datasets.Features,
    factors: Factors | None = None,
) -> pa.Table:
    """Return a batch as an Arrow table with the schema of its features.

    Parameters
    ----------
    images : ndarray of uint8 or float64, shape (n, H, W)
    labels : ndarray of int64, shape (n,)
    features : datasets.Features
        As :func:`features_of` gives them.
    factors : dict of str to ndarray, each of shape (n,), optional
        Needed if `features` has them.

    Returns
    -------
    pyarrow.Table, n rows
    """
    schema = features.arrow_schema
    if isinstance(features["image"], datasets.Image):
        image = _png_column(images)
    else:
        image = _array_column(images, schema.field("image").type)
    columns: dict[str, Any] = {"image": image, "label": pa.array(labels, pa.int64())}
    columns |= {name: pa.array(values) for name, values in (factors or {}).items()}
    return pa.table([columns[name] for name in schema.names], schema=schema)


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
        As :func:`features_of` gives them for the split's config.

    Yields
    ------
    pyarrow.Table
        About a megabyte of pixels each.
    """
    row_bytes = split.image_shape[0] * split.image_shape[1] * split.dtype.itemsize
    most = max(2, _TABLE_BYTES // row_bytes)
    for rows in even_ranges(start, stop, -(-(stop - start) // most)):
        images, labels, factors = split.batch_with_factors(rows.start, rows.stop)
        yield table_of_batch(images, labels, features, factors if "angle" in features else None)


def even_ranges(start: int, stop: int, count: int) -> list[range]:
    """Cut the rows from `start` up to `stop` into `count` ranges as even as possible.

    Examples
    --------
    >>> even_ranges(0, 10, 3)
    [range(0, 3), range(3, 6), range(6, 10)]
    """
    edges = [start + (stop - start) * i // count for i in range(count + 1)] if count else []
    return [range(first, last) for first, last in pairwise(edges)]


def _png_column(images: NDArray[np.uint8]) -> pa.StructArray:
    files = encode_png(images)
    paths = pa.nulls(len(files), pa.string())
    return pa.StructArray.from_arrays([files, paths], ["bytes", "path"])


def _array_column(images: NDArray[Any], kind: Any) -> pa.ExtensionArray:
    count, height, width = images.shape
    values = pa.array(np.ascontiguousarray(images).reshape(-1))
    lines = _lists(values, count * height, width)
    return pa.ExtensionArray.from_storage(kind, _lists(lines, count, height))


def _lists(values: pa.Array, count: int, length: int) -> pa.ListArray:
    offsets = np.arange(count + 1, dtype=np.int32) * np.int32(length)
    return pa.ListArray.from_arrays(pa.array(offsets), values)
