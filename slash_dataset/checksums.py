"""SHA-256 of decoded arrays: what a config's pixels and labels are, whatever file they came in.

``checksums.json`` beside this module records, for every named config and split, the SHA-256 of the
images (C-contiguous, little-endian) and of the labels (int64). A checksum of a file changes with
the library that wrote it; these do not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .splits import Split

Checksums = dict[str, Any]


def checksum_of_batches(batches: Iterable[tuple[NDArray[Any], NDArray[Any]]]) -> Checksums:
    """Return row count and SHA-256s of the concatenation of some batches.

    Parameters
    ----------
    batches : iterable of (images, labels)
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
    images_hash, labels_hash, num_rows = hashlib.sha256(), hashlib.sha256(), 0
    for images, labels in batches:
        images_hash.update(_little_endian(np.asarray(images)))
        labels_hash.update(_little_endian(np.asarray(labels).astype(np.int64)))
        num_rows += len(labels)
    return {
        "num_rows": num_rows,
        "images": images_hash.hexdigest(),
        "labels": labels_hash.hexdigest(),
    }


def checksum_of_split(split: Split) -> Checksums:
    """Return what :func:`checksum_of_batches` says of all rows of a split."""
    return checksum_of_batches(split.batches())


@cache
def recorded_checksums() -> dict[str, dict[str, Checksums]]:
    """Return the recorded checksums of every named config: config name, then split name.

    Examples
    --------
    >>> recorded_checksums()["original"]["train"]["num_rows"]
    750
    """
    text = (files(__package__) / "checksums.json").read_text(encoding="utf-8")
    recorded: dict[str, dict[str, Checksums]] = json.loads(text)
    return recorded


def _little_endian(array: NDArray[Any]) -> memoryview:
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<")).data
