"""SHA-256 of decoded arrays: a config's pixels and labels, independent of any file format.

``checksums.json`` beside this module records, for every named config and split, the SHA-256 of the
images (C-contiguous, little-endian) and of the labels (int64). A checksum of a file changes with
the library that wrote it; these do not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .configs import find_config
from .splits import Split

Checksums = dict[str, Any]


class RunningChecksum:
    """SHA-256s of rows that arrive in order.

    Attributes
    ----------
    num_rows : int
        Rows so far.
    dtype : str
        Dtype of the images so far; empty before the first.

    Examples
    --------
    >>> checksum = RunningChecksum()
    >>> checksum.update(np.zeros((2, 30, 30), np.uint8), np.array([0, 1]))
    >>> checksum.result()["num_rows"]
    2
    """

    def __init__(self) -> None:
        self.num_rows = 0
        self.dtype = ""
        self._images = hashlib.sha256()
        self._labels = hashlib.sha256()

    def update(self, images: NDArray[Any], labels: NDArray[Any]) -> None:
        """Add rows: images of shape (n, H, W), labels of shape (n,)."""
        self.num_rows += len(labels)
        self.dtype = images.dtype.name
        self._images.update(_little_endian(images))
        self._labels.update(_little_endian(labels.astype(np.int64)))

    def result(self) -> Checksums:
        """Return `num_rows` (int), and `images` and `labels` (hexadecimal SHA-256)."""
        return {
            "num_rows": self.num_rows,
            "images": self._images.hexdigest(),
            "labels": self._labels.hexdigest(),
        }


def checksum_of_batches(batches: Iterable[Sequence[Any]]) -> Checksums:
    """Return row count and SHA-256s of the concatenation of some batches.

    Parameters
    ----------
    batches : iterable of Batch, or of (images, labels)
        images of shape (n, H, W), uint8 or float64; labels of shape (n,), whole numbers.

    Returns
    -------
    dict
        `num_rows` (int), `images` and `labels` (hexadecimal SHA-256).

    Examples
    --------
    >>> from slash_dataset import open_config
    >>> checksum_of_batches(open_config("original")["test"].batches())["images"][:16]
    '0bc409add2645c8e'
    """
    checksum = RunningChecksum()
    for images, labels, *_ in batches:
        checksum.update(np.asarray(images), np.asarray(labels))
    return checksum.result()


def checksum_of_split(split: Split) -> Checksums:
    """Return :func:`checksum_of_batches` of all rows of a split."""
    return checksum_of_batches(split.batches())


def recorded_checksums(name: str) -> dict[str, Checksums]:
    """Return the recorded checksums of a named config, by split.

    Raises
    ------
    ValueError
        If the config is unknown, or its checksums are not recorded yet.

    Examples
    --------
    >>> recorded_checksums("original")["train"]["num_rows"]
    750
    """
    if find_config(name).name not in _all_recorded():
        raise ValueError(
            f"config {name!r} has no recorded checksums: run python scripts/record_checksums.py"
        )
    return _all_recorded()[name]


@cache
def _all_recorded() -> dict[str, dict[str, Checksums]]:
    text = (files(__package__) / "checksums.json").read_text(encoding="utf-8")
    recorded: dict[str, dict[str, Checksums]] = json.loads(text)
    return recorded


def _little_endian(array: NDArray[Any]) -> memoryview:
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<")).data
