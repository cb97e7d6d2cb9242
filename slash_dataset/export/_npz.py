"""Layout `npz`: NumPy arrays in one file; for `original`, the author's published file.

The published file has members compressed with zlib's default level, in a zip without ZIP64 (which
``numpy.savez_compressed`` would force), dated 1980-01-01. With zlib, this module writes it byte for
byte; a Python built with another deflate (zlib-ng) may write the same arrays as other bytes.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from ..configs import ConfigName
from ..original import replay
from ._writing import Rows, Watch
from .layout import PathLike, export

FILE_NAME = "slash_data.npz"

# Up to this many bytes, a member fits into a zip without ZIP64 even if it does not shrink.
_MOST_BYTES = 2 * 10**9


def npz(
    dest: PathLike,
    config: ConfigName = "original",
    *,
    force: bool = False,
    progress: bool = False,
    **params: Any,
) -> Path:
    """Write ``slash_data.npz``.

    For `original`, this is the published file, byte for byte: `x`, float64 (1000, 30, 30) from 0 to
    1, and `y`, int64 (1000,), in the order in which the author drew them, before the split. All
    other configs have the arrays of Keras' own ``mnist.npz``: `x_train`, `y_train`, `x_test` and
    `y_test`, images with the config's pixels, labels int64.

    Arguments, result and errors are those of :func:`slash_dataset.export.export`.

    Examples
    --------
    >>> import hashlib, tempfile
    >>> dest = npz(tempfile.mkdtemp() + "/slash")
    >>> hashlib.sha256((dest / "slash_data.npz").read_bytes()).hexdigest()[:16]
    '456f500c869d5358'
    """
    return export("npz", dest, config, force=force, progress=progress, **params)


def write(folder: Path, watch: Watch) -> None:
    """Write all splits into one archive."""
    published = watch.splits["train"].config.name == "original"
    # Only the published file needs zlib's default level. Elsewhere it would take five times as long
    # to save five percent: noise does not compress.
    level = None if published else 1
    with zipfile.ZipFile(
        folder / FILE_NAME, "x", compression=zipfile.ZIP_DEFLATED, compresslevel=level
    ) as archive:
        if published:
            _write_published(watch, archive)
        else:
            for split in watch.splits.values():
                _write_split(watch.rows(split), archive)


def _write_published(watch: Watch, archive: zipfile.ZipFile) -> None:
    release = replay()
    _write_array(archive, "x", release.images.shape, np.dtype(np.float64), [release.images])
    _write_array(archive, "y", release.labels.shape, np.dtype(np.int64), [release.labels])
    watch.seen("all, in the order of drawing", release.images, release.labels)


def _write_split(rows: Rows, archive: zipfile.ZipFile) -> None:
    # An archive is written one member after another. Labels wait as one byte each.
    labels = bytearray()

    def images() -> Iterator[NDArray[Any]]:
        for _, batch in rows.batches():
            labels.extend(batch.labels.astype(np.uint8).tobytes())
            yield batch.images

    split = rows.split
    shape = (len(split), *split.image_shape)
    _write_array(archive, f"x_{split.name}", shape, split.dtype, images())
    step = 2**20
    chunks = (
        np.frombuffer(labels[start : start + step], np.uint8).astype(np.int64)
        for start in range(0, len(labels), step)
    )
    _write_array(archive, f"y_{split.name}", (len(split),), np.dtype(np.int64), chunks)


def _write_array(
    archive: zipfile.ZipFile,
    name: str,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    chunks: Iterable[NDArray[Any]],
) -> None:
    """Write consecutive pieces of an array as one member of an archive."""
    stored = dtype.newbyteorder("<")
    header = {"descr": npy_format.dtype_to_descr(stored), "fortran_order": False, "shape": shape}
    num_bytes = int(np.prod(shape, dtype=object)) * dtype.itemsize
    # A member opened by name is dated 1980-01-01.
    with archive.open(f"{name}.npy", "w", force_zip64=num_bytes > _MOST_BYTES) as stream:
        npy_format.write_array_header_1_0(stream, header)
        for chunk in chunks:
            stream.write(np.ascontiguousarray(chunk, stored).data)
    archive.getinfo(f"{name}.npy").create_system = 3  # Unix, whatever system writes it
