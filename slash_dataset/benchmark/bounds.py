"""An upper bound, by theorem, for learners that do not know neighbours, after n train rows.

Such a learner treats pixels as columns: permuting the columns of train and test rows changes
nothing, or nothing in distribution over its seeds. Nearest neighbours, kernel machines, linear
models, the trees of scikit-learn's forests and dense networks with independent initial weights are
of this kind; convolutions, patches, and trees that break ties by the order of columns are not. The
proof is in ``docs/theory.md``: all that they can know of a test stroke is which train rows have ink
on each of its pixels, and strokes that agree in this get the same answer.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import Bounds
from ..drawing import coverage, reachable
from ..variants import Variant
from .ceilings import MAX_ERROR, check_drawn, mean_until

_ROWS = Bounds(1, 10**6, "rows", whole=True)
_TRAIN_SETS = 50
_BOUND_TAG = 14


def bound(
    config: str, num_train: int, *, max_error: float = 0.0005, **params: Any
) -> tuple[float, float]:
    """Return an upper bound on the expected accuracy of every learner that knows no neighbours.

    Accuracy is the mean over both classes and over train sets of `num_train` rows, whose labels
    alternate. The train rows sort test strokes into groups that they cannot tell apart; the bound
    is the mean over train sets of the accuracy when each group gets the class of its majority.

    Parameters
    ----------
    config : str
        A drawn config.
    num_train : int
        1 to 1,000,000 rows.
    max_error : float
        Train sets are drawn, 50 at a time, until the standard error is no larger; 0.0001 to 0.5.
    **params
        Parameters of the config; `seed` determines the train sets.

    Returns
    -------
    value : float
        From 0.5 to 1.
    standard_error : float

    Raises
    ------
    ValueError
        If the config is replayed, or a value is out of range.

    Examples
    --------
    >>> value, error = bound("standard", 58, max_error=0.002)
    >>> round(value, 2), error <= 0.002
    (0.76, True)
    >>> bound("shifted", 100_000)
    (0.5, 0.0)
    """
    MAX_ERROR.check("max_error", max_error)
    count = _ROWS.check("num_train", num_train)
    resolved = check_drawn(config, **params)
    variant = resolved.variant
    codes, train, test = (*_stroke_pixels(variant, "train"), _stroke_pixels(variant, "test")[1])
    bits = np.random.PCG64DXSM(np.random.SeedSequence((_BOUND_TAG, resolved.seed, count)))
    labels = np.arange(count) % 2

    def drawn() -> float:
        places = (bits.random_raw(count) >> np.uint64(32)) * np.uint64(train.shape[1])
        return share_of_larger_classes(train[labels, places >> np.uint64(32)], test, codes)

    batches = (np.array([drawn() for _ in range(_TRAIN_SETS)]) for _ in itertools.count())
    return mean_until(batches, max_error)[:2]


def swap_bound(config: str, num_train: int, **params: Any) -> float:
    """Return a weaker bound in closed form, which compares only strokes at the same place.

    A place that no train row has touched is read no better than by chance: the two strokes there
    are mirror images, and moving pixels that no row has inked changes nothing for the learner.

    Parameters
    ----------
    config, num_train, **params
        As for :func:`bound`.

    Returns
    -------
    float
        ``1 - mean over places of (1 - p0)**n0 * (1 - p1)**n1 / 2``, where pc is the chance that a
        row of class c has ink on a pixel that mirroring the place moves.

    Examples
    --------
    >>> round(swap_bound("standard", 58), 4)
    0.9015
    """
    count = _ROWS.check("num_train", num_train)
    variant = check_drawn(config, **params).variant
    _, offsets = _inked(variant)
    moved = offsets.transpose(0, 2, 1).reshape(-1, 2)
    moved = moved[2 * moved[:, 1] != variant.stroke_length - 1]
    train, test = variant.positions("train"), variant.positions("test")
    untouched = np.ones((len(test[0]), len(test[1])))
    for label, rows in enumerate((count - count // 2, count // 2)):
        gaps = (moved[:, None] - offsets[label].T).reshape(-1, 2)
        touched = np.zeros_like(untouched)
        for gap in np.unique(gaps, axis=0):
            inside = [
                np.isin(np.array(here) + shift, there)
                for here, there, shift in zip(test, train, gap, strict=True)
            ]
            touched += np.outer(*inside)
        untouched *= (1 - touched / (len(train[0]) * len(train[1]))) ** rows
    return float(1 - untouched.mean() / 2)


def share_of_larger_classes(
    ink: NDArray[np.int64], test: NDArray[np.int64], codes: NDArray[np.int64]
) -> float:
    """Return the share of test strokes that are right if each group gets the class of its majority.

    A pixel's type is the set of train rows that have ink on it, and how much. A group consists of
    strokes whose pixels have the same types, whatever their order among pixels with the same code.

    Parameters
    ----------
    ink : ndarray of int, shape (n, p)
        The pixels with ink of each train row.
    test : ndarray of int, shape (2, k, p)
        The pixels with ink of each test stroke, by class.
    codes : ndarray of int, shape (p,)
        Pixels of a stroke with the same code have the same ink.

    Examples
    --------
    >>> test = np.array([[[0, 3]], [[1, 2]]])  # both strokes of 2 x 2 pixels
    >>> one = share_of_larger_classes(np.array([[0, 3]]), test, np.zeros(2, int))
    >>> none = share_of_larger_classes(np.empty((0, 2), int), test, np.zeros(2, int))
    >>> one, none
    (1.0, 0.5)
    """
    # A set is represented by the sum of its members' words: the chance that two different sets have
    # the same sum is less than one in a million million.
    rows = np.arange(len(ink), dtype=np.uint64)[:, None] << np.uint64(20)
    types = np.zeros(max(ink.max(initial=0), test.max()) + 1, np.uint64)
    np.add.at(types, ink, _word(rows + codes.astype(np.uint64)))
    strokes = _word(types[test] + _word(codes.astype(np.uint64))).sum(axis=2)
    _, group = np.unique(strokes, return_inverse=True)
    counts = [np.bincount(of_class, minlength=group.max() + 1) for of_class in group.reshape(2, -1)]
    return float(np.maximum(*counts).sum() / strokes.size)


def _word(number: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea and Flood, 2014): 64 bits that look random."""
    number = number + np.uint64(0x9E3779B97F4A7C15)
    number = (number ^ (number >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    number = (number ^ (number >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return number ^ (number >> np.uint64(31))


def _inked(variant: Variant) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Codes, shape (p,), and rows and columns, shape (2, 2, p), of a stroke's pixels, by class."""
    rows, cols = reachable(variant)
    if variant.max_rotation:  # any two pixels differ in ink at some angle
        codes = np.arange(rows.shape[1])
    else:
        unturned = np.zeros((1, 1))
        length, width = variant.stroke_length, variant.stroke_width
        ink = coverage(length, width, unturned, unturned, rows[:1], cols[:1])[0]
        codes = np.unique(ink, return_inverse=True)[1]
    return codes, np.stack([rows, cols], axis=1)


def _stroke_pixels(variant: Variant, split: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Codes, shape (p,), and the pixels of every stroke of a split, shape (2, k, p)."""
    codes, offsets = _inked(variant)
    corners = np.array(list(itertools.product(*variant.positions(split))))
    places = offsets[:, None] + corners[:, :, None]
    return codes, places[:, :, 0] * variant.image_size + places[:, :, 1]
