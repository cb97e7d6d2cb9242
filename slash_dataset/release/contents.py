"""What stands in Parquet shards, decoded: checksums, sizes and statistics of a split."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

from ..checksums import Checksums, checksum_of_batches
from ..variants import CLASSES

Batch = tuple[NDArray[Any], NDArray[np.int64]]
GRAY_LEVELS = 256


@dataclass(frozen=True)
class SplitContents:
    """One split, as read back from its shards.

    Attributes
    ----------
    checksums : dict
        `num_rows`, and the SHA-256 of `images` and `labels`.
    num_bytes : int
        Of the Arrow tables that the shards decode into: what `datasets` calls ``num_bytes``.
    file_bytes : int
        Of the shards themselves.
    histogram : tuple of int
        Pixels of each of the 256 gray levels; float64 pixels count as ``rint(255 * x)``.
    mean, std : float
        Of all pixels, from 0 (black) to 1 (white).
    class_counts : tuple of int
        Rows of each class.
    mean_image : ndarray of float64, shape (H, W)
        The mean of all images, as gray levels from 0 (black) to 255 (white).
    """

    checksums: Checksums
    num_bytes: int
    file_bytes: int
    histogram: tuple[int, ...]
    mean: float
    std: float
    class_counts: tuple[int, ...]
    mean_image: NDArray[np.float64] = field(compare=False)

    @property
    def num_rows(self) -> int:
        """Rows of the split."""
        return int(self.checksums["num_rows"])


def read_shards(paths: Sequence[Path]) -> SplitContents:
    """Decode the shards of a split, as their bytes stand on disk.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        The shards in the order of their rows.

    Returns
    -------
    SplitContents

    Raises
    ------
    ValueError
        If a file is not Parquet, or an image is not 8-bit grayscale.
    """
    seen = _Statistics()
    checksums = checksum_of_batches(seen.watch(decoded_batches(paths)))
    mean, std = seen.mean_and_std()
    return SplitContents(
        checksums=checksums,
        num_bytes=seen.num_bytes,
        file_bytes=sum(path.stat().st_size for path in paths),
        histogram=tuple(seen.histogram.tolist()),
        mean=mean,
        std=std,
        class_counts=tuple(seen.class_counts.tolist()),
        mean_image=seen.sum_of_images / max(1, seen.class_counts.sum()),
    )


def decoded_batches(paths: Sequence[Path]) -> Iterator[tuple[Batch, int]]:
    """Yield (images, labels) and their bytes in Arrow, one row group at a time."""
    for path in paths:
        try:
            with pq.ParquetFile(path) as file:
                for number in range(file.num_row_groups):
                    table = file.read_row_group(number)
                    labels = table.column("label").to_numpy()
                    yield (_images(table.column("image")), labels), table.nbytes
        except pa.ArrowInvalid as error:
            raise ValueError(f"{path.name} is not a Parquet file: {error}") from error


def _images(column: pa.ChunkedArray) -> NDArray[Any]:
    values = column.combine_chunks()
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    if pa.types.is_struct(values.type):
        return np.stack([_pixels(file) for file in values.field("bytes")])
    lines = values.flatten()
    pixels = lines.flatten().to_numpy(zero_copy_only=False)
    height = len(lines) // len(values)
    images: NDArray[Any] = pixels.reshape(len(values), height, -1)
    return images


def _pixels(file: pa.Scalar) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(file.as_py())) as image:
        if image.mode != "L":
            raise ValueError(f"an image has mode {image.mode!r}; 8-bit grayscale is 'L'")
        return np.asarray(image)


class _Statistics:
    """Sums over batches that pass; whole numbers wherever that is possible, so exact."""

    def __init__(self) -> None:
        self.num_bytes = 0
        self.histogram = np.zeros(GRAY_LEVELS, np.int64)
        self.class_counts = np.zeros(len(CLASSES), np.int64)
        self.sum_of_images: NDArray[np.int64] = np.zeros((), np.int64)
        self._sums: list[float] = []
        self._squares: list[float] = []
        self._exact = False

    def watch(self, batches: Iterator[tuple[Batch, int]]) -> Iterator[Batch]:
        for (images, labels), num_bytes in batches:
            self.num_bytes += num_bytes
            gray = images
            if images.dtype != np.uint8:
                self._exact = True
                gray = np.rint(255 * images).astype(np.uint8)
                self._sums += images.sum(axis=(1, 2)).tolist()
                self._squares += np.square(images).sum(axis=(1, 2)).tolist()
            self.histogram += np.bincount(gray.reshape(-1), minlength=GRAY_LEVELS)
            self.sum_of_images = self.sum_of_images + gray.sum(axis=0, dtype=np.int64)
            self.class_counts += np.bincount(labels, minlength=len(CLASSES))
            yield images, labels

    def mean_and_std(self) -> tuple[float, float]:
        count = int(self.histogram.sum())
        if self._exact:
            mean = math.fsum(self._sums) / count
            variance = math.fsum(self._squares) / count - mean**2
            return mean, math.sqrt(variance)
        levels = [int(number) for number in self.histogram]
        total = sum(level * number for level, number in enumerate(levels))
        squares = sum(level**2 * number for level, number in enumerate(levels))
        # Whole numbers up to the last division: the same on every machine.
        variance = (squares * count - total**2) / count**2
        return total / count / 255, math.sqrt(variance) / 255
