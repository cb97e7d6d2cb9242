"""Splits as models read them: one row of numbers from 0 to 1 for each image."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..splits import Split

Features = NDArray[Any]
Labels = NDArray[np.int64]


def flat_pixels(split: Split, num_rows: int | None = None) -> tuple[Features, Labels]:
    """Return the first rows of a split, flattened.

    Parameters
    ----------
    split : Split
    num_rows : int, optional
        All rows if left out.

    Returns
    -------
    features : ndarray of float64, shape (n, H * W)
        From 0 (black) to 1 (white): uint8 pixels divided by 255, float64 pixels as they are.
    labels : ndarray of int64, shape (n,)

    Examples
    --------
    >>> from slash_dataset import open_config
    >>> features, labels = flat_pixels(open_config("original")["test"])
    >>> features.shape, float(features.max())
    ((250, 900), 1.0)
    """
    images, labels, _ = split.read(range(len(split) if num_rows is None else num_rows))
    features = images.reshape(len(images), -1)
    return (features / 255 if features.dtype == np.uint8 else features), labels
