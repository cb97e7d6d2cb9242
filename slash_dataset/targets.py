"""Positions of strokes in the forms that detectors and keypoint models are trained on.

Pixel (r, c) covers the square from (x, y) = (c, r) to (c + 1, r + 1). Like `row` and `col`, targets
describe the stroke before any permutation of the pixels.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .checks import check_choice
from .drawing import Factors, coverage, direction, reachable
from .variants import Variant

Target = Literal["box", "points"]


def box(variant: Variant, labels: NDArray[np.int64], factors: Factors) -> NDArray[np.float32]:
    """Return the smallest boxes that hold every pixel with ink.

    Parameters
    ----------
    variant : Variant
    labels : ndarray of int64, shape (n,)
    factors : dict of str to ndarray, each of shape (n,)
        `row`, `col` and `angle`.

    Returns
    -------
    ndarray of float32, shape (n, 4)
        Left, top, right and bottom in pixels, where right and bottom are the edges themselves: an
        unturned stroke of width 1 has ``(col, row, col + stroke_length, row + stroke_length)``.

    Examples
    --------
    >>> factors = {"row": np.array([3]), "col": np.array([5]), "angle": np.array([0.0])}
    >>> box(Variant(), np.array([1]), factors).tolist()
    [[5.0, 3.0, 9.0, 7.0]]
    """
    rows, cols = (pixels[labels] for pixels in reachable(variant))
    angles = factors["angle"][:, None]
    ink = coverage(variant.stroke_length, variant.stroke_width, labels[:, None], angles, rows, cols)
    far = 2 * variant.image_size
    (left, right), (top, bottom) = (
        (
            corner + np.where(ink > 0, pixels, far).min(axis=1),
            corner + np.where(ink > 0, pixels, -far).max(axis=1) + 1,
        )
        for corner, pixels in ((factors["col"], cols), (factors["row"], rows))
    )
    return np.stack([left, top, right, bottom], axis=1).astype(np.float32)


def points(variant: Variant, labels: NDArray[np.int64], factors: Factors) -> NDArray[np.float32]:
    """Return the two ends of each stroke's centre line.

    Parameters
    ----------
    variant, labels, factors
        As for :func:`box`.

    Returns
    -------
    ndarray of float32, shape (n, 2, 2)
        x and y, in pixels, of the left end and of the right end: at 0 degrees, the centres of the
        corner pixels of the stroke's block.

    Examples
    --------
    >>> factors = {"row": np.array([3]), "col": np.array([5]), "angle": np.array([0.0])}
    >>> points(Variant(), np.array([1]), factors).tolist()
    [[[5.5, 6.5], [8.5, 3.5]]]
    """
    down, right = direction(labels, factors["angle"])
    half = (variant.stroke_length - 1) / 2
    ends = [
        (factors[corner] + variant.stroke_length / 2)[:, None] + toward[:, None] * (-half, half)
        for corner, toward in (("col", right), ("row", down))
    ]
    return np.stack(ends, axis=2).astype(np.float32)


TARGETS = {"box": box, "points": points}
"""The function that computes each target."""


def check_targets(name: Any) -> Any:
    """Return `name` if it is a target or None, or raise a ValueError that lists the targets."""
    return None if name is None else check_choice("targets", name, tuple(TARGETS))
