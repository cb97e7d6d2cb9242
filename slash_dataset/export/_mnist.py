"""Layout `mnist`: MNIST's IDX files, plain and gzipped.

The format is that of Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits":
a big-endian header (two zero bytes, the type 8 for uint8, the number of dimensions, then each
dimension in 32 bits), then the values.
"""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
            _idx_file(raw / f"{stem}-images-idx3-ubyte", shape) as write_images,
            _idx_file(raw / f"{stem}-labels-idx1-ubyte", shape[:1]) as write_labels,
        ):
            for _, batch in watch.rows(split).batches():
                write_images(batch.images)
                write_labels(batch.labels.astype(np.uint8))


@contextmanager
def _idx_file(path: Path, shape: tuple[int, ...]) -> Iterator[Callable[[NDArray[np.uint8]], None]]:
    """Write a header, plain and gzipped; yield a function that writes values to both files."""
    with (
        path.open("xb") as plain,
        path.with_name(path.name + ".gz").open("xb") as packed,
        # The header has no name and no time, so that equal arrays give equal bytes. Higher levels
        # take four times as long to save five percent: noise does not compress.
        gzip.GzipFile(filename="", mode="wb", compresslevel=1, fileobj=packed, mtime=0) as gzipped,
    ):

        def write_both(array: NDArray[np.uint8]) -> None:
            for stream in (plain, gzipped):
                stream.write(np.ascontiguousarray(array).data)

        header = struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape)
        write_both(np.frombuffer(header, np.uint8))
        yield write_both
