"""Layout `mnist`: MNIST's IDX files, plain and gzipped.

The format is that of Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits":
a big-endian header (two zero bytes, the type 8 for uint8, the number of dimensions, then each
dimension in 32 bits), then the values.
"""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from ..configs import ConfigName
from ._writing import Watch
from .layout import PathLike, export

# MNIST, and all its readers, call the test split "t10k".
_STEMS = {"train": "train", "test": "t10k"}


def mnist(
    dest: PathLike,
    config: ConfigName = "original",
    *,
    force: bool = False,
    progress: bool = False,
    **params: Any,
) -> Path:
    """Write ``Slash/raw/{train,t10k}-{images-idx3,labels-idx1}-ubyte`` and their ``.gz`` forms.

    A subclass of torchvision's ``MNIST`` named ``Slash`` reads them, as does any MNIST reader that
    does not assume 28 x 28 pixels.

    Arguments, result and errors are those of :func:`slash_dataset.export.export`.

    Examples
    --------
    >>> import tempfile
    >>> dest = mnist(tempfile.mkdtemp() + "/slash")
    >>> (dest / "Slash" / "raw" / "t10k-labels-idx1-ubyte").read_bytes()[:12].hex(" ")
    '00 00 08 01 00 00 00 fa 00 01 00 00'
    """
    return export("mnist", dest, config, force=force, progress=progress, **params)


def write(folder: Path, watch: Watch) -> None:
    """Write the images and the labels of each split, plain and gzipped."""
    raw = folder / "Slash" / "raw"
    raw.mkdir(parents=True)
    for split in watch.splits.values():
        stem, shape = _STEMS[split.name], (len(split), *split.image_shape)
        with (
            _idx_file(raw / f"{stem}-images-idx3-ubyte", shape) as images_file,
            _idx_file(raw / f"{stem}-labels-idx1-ubyte", shape[:1]) as labels_file,
        ):
            for _, batch in watch.rows(split).batches():
                images_file.write(batch.images)
                labels_file.write(batch.labels.astype(np.uint8))


class _Both:
    """Write the same bytes to a plain and to a gzipped file."""

    def __init__(self, streams: list[BinaryIO]) -> None:
        self._streams = streams

    def write(self, array: NDArray[np.uint8]) -> None:
        for stream in self._streams:
            stream.write(np.ascontiguousarray(array).data)


@contextmanager
def _idx_file(path: Path, shape: tuple[int, ...]) -> Iterator[_Both]:
    with ExitStack() as stack:
        plain = stack.enter_context(path.open("xb"))
        packed = stack.enter_context(path.with_name(path.name + ".gz").open("xb"))
        # The header has no name and no time, so that equal arrays give equal bytes. Higher levels
        # take four times as long to save five percent: noise does not compress.
        gzipped = stack.enter_context(
            gzip.GzipFile(filename="", mode="wb", compresslevel=1, fileobj=packed, mtime=0)
        )
        both = _Both([plain, cast(BinaryIO, gzipped)])
        header = struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape)
        both.write(np.frombuffer(header, np.uint8))
        yield both
