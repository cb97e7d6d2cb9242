"""The optimum: the accuracy of the best possible classifier, from the draw's exact distribution.

A pixel of known level has one of 256 gray values, with probabilities counted over the draw's 65,536
noise values. Given a stroke, pixels are independent; so the likelihood of an image under a class
is, up to a common factor, the mean over all strokes of that class of the product over their pixels
of P(gray | ink) / P(gray | canvas). No classifier beats choosing the larger posterior, and the mean
of the larger posterior over fresh images is the highest possible accuracy.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import Bounds, as_array, check_kind, shown
from ..configs import DrawnConfig, resolve_config
from ..drawing import coverage, open_drawer, reachable
from ..variants import Variant

MAX_ERROR = Bounds(1e-4, 0.5, "")
"""With smaller ones, more than 10**7 images would be drawn."""

_MAX_TERMS = 10**8
# Turned strokes: the range of angles is cut into this many cells, and a pixel's distribution is its
# mean over both ends of a cell, so that no angle within is ruled out. A test doubles the cells.
_CELLS = 32
# Above any sum of finite log ratios: a pixel that only ink explains outweighs all others.
_CERTAIN = 2.0**20
_NUMBERS_IN_CACHE = 2**17
_IMAGES = 20_000


class OptimalClassifier:
    """The Bayes-optimal classifier for the test rows of a drawn config; it needs no training.

    It is exact for unturned strokes. The angles of turned strokes are summed over 32 cells, in each
    of which a pixel has its mean distribution: twice as many cells change :func:`optimal_accuracy`
    by less than 0.0005.

    Parameters
    ----------
    config : str
        A drawn config.
    **params
        Parameters of the config.

    Raises
    ------
    ValueError
        If the config is replayed, or the sum for one image has more than 100,000,000 terms.

    Examples
    --------
    >>> from slash_dataset.benchmark import evaluate
    >>> evaluate(OptimalClassifier("noisy"), "noisy", seeds=1).test_accuracy
    (0.9995,)
    """

    classes_ = np.array([0, 1])

    def __init__(self, config: str = "standard", **params: Any) -> None:
        self._config = check_drawn(config, **params)
        variant = self._config.variant
        self._drawer = open_drawer(variant, "test", self._config.seed)
        rows, cols = variant.positions("test")
        self._corners = slice(rows.start, rows.stop), slice(cols.start, cols.stop)
        cells = np.zeros((1, 1))
        if variant.max_rotation:
            edges = np.linspace(-variant.max_rotation, variant.max_rotation, _CELLS + 1)
            cells = np.stack([edges[:-1], edges[1:]], axis=1)
        offsets = reachable(variant)
        terms = 2 * len(cells) * offsets[0].shape[1] * len(rows) * len(cols)
        if terms > _MAX_TERMS:
            raise ValueError(
                f"config={config!r} with {params} is too large: the optimum sums {terms:,} terms "
                f"for each image, and {_MAX_TERMS:,} are allowed; use a smaller image_size, "
                "stroke_length or stroke_width, or max_rotation=0"
            )
        # Stroke pixels with the same levels share a table: by levels, the pixels that have them.
        places: dict[tuple[float, ...], list[tuple[int, int, int]]] = defaultdict(list)
        for label, (row, col) in enumerate(zip(*offsets, strict=True)):
            for cell, angles in enumerate(cells):
                labels = np.full(len(angles), label)
                levels = np.sort(self._drawer.levels(labels, angles[:, None]).round(12), axis=0)
                for i in np.flatnonzero((levels < 1).any(axis=0)):
                    hypothesis = label * len(cells) + cell
                    places[tuple(levels[:, i])].append((hypothesis, int(row[i]), int(col[i])))
        self._tables = [(self._log_ratios(levels), where) for levels, where in places.items()]
        self._num_hypotheses = 2 * len(cells)

    def _log_ratios(self, levels: tuple[float, ...]) -> NDArray[np.float64]:
        """Log of P(gray | ink) / P(gray | canvas) for each of the 256 gray values."""
        noise = np.arange(65536)

        def law(level: float) -> NDArray[np.float64]:
            return np.bincount(self._drawer.gray(level, noise), minlength=256) / 65536

        canvas = law(1.0)
        ink = np.mean([law(level) for level in levels], axis=0)
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(ink) - np.where(canvas > 0, np.log(canvas), -_CERTAIN))

    def fit(self, features: NDArray[Any], labels: Any = None) -> OptimalClassifier:
        """Return the classifier unchanged: there is nothing to learn."""
        del features, labels
        return self

    def predict_proba(self, features: NDArray[Any]) -> NDArray[np.float64]:
        """Return the posterior of both classes.

        Parameters
        ----------
        features : ndarray, shape (n, S * S) or (n, S, S)
            Gray values as uint8, or numbers from 0 (black) to 1 (white).

        Returns
        -------
        ndarray of float64, shape (n, 2)
            One half each if no stroke of the config can have produced the image.

        Raises
        ------
        ValueError
            If the images do not have the config's size.
        """
        given = as_array("features", features)
        size = self._config.image_size
        check_kind("features", features, "images of numbers", given.dtype.kind in "uif")
        pixels = given.reshape(len(given), -1) if given.ndim > 1 and given.size else given[None]
        if pixels.ndim != 2 or pixels.shape[1] != size * size:
            raise ValueError(
                f"features={shown(features)} is not allowed: features takes images of "
                f"{size} x {size} pixels, as {self._config.name!r} has them"
            )
        gray = pixels if pixels.dtype == np.uint8 else np.rint(255 * pixels).astype(np.uint8)
        if self._drawer.permutation is not None:
            gray = gray[:, np.argsort(self._drawer.permutation)]
        rows, cols = (corner.stop - corner.start for corner in self._corners)
        chunk = max(1, _NUMBERS_IN_CACHE // max(size * size, self._num_hypotheses * rows * cols))
        slash = np.empty(len(gray))
        for start in range(0, len(gray), chunk):
            part = np.ascontiguousarray(gray[start : start + chunk].T)
            slash[start : start + chunk] = self._slash(part.reshape(size, size, -1))
        return np.stack([1 - slash, slash], axis=1)

    def _slash(self, gray: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Posterior of a slash for images of shape (S, S, n)."""
        down, right = self._corners
        shape = (down.stop - down.start, right.stop - right.start, gray.shape[2])
        scores = np.zeros((self._num_hypotheses, *shape))
        for table, places in self._tables:
            ratios = np.take(table, gray)
            for hypothesis, row, col in places:
                scores[hypothesis] += ratios[
                    down.start + row : down.stop + row, right.start + col : right.stop + col
                ]
        best = scores.max(axis=(0, 1, 2))
        scores -= np.where(np.isfinite(best), best, 0)
        likelihoods = np.exp(scores, out=scores).reshape(2, -1, len(best)).sum(axis=1)
        total = likelihoods.sum(axis=0)
        posterior: NDArray[np.float64] = np.where(total > 0, likelihoods[1], 0.5)
        return posterior / np.where(total > 0, total, 1)

    def predict(self, features: NDArray[Any]) -> NDArray[np.int64]:
        """Return the likelier class, 0 or 1, of every row; arguments as for `predict_proba`."""
        return (self.predict_proba(features)[:, 1] > 0.5).astype(np.int64)


def optimal_accuracy(
    config: str = "standard", *, max_error: float = 0.0005, **params: Any
) -> tuple[float, float]:
    """Return the accuracy that no classifier of a config's test rows can exceed.

    It is the mean, over fresh images, of the larger of the two posteriors.

    Parameters
    ----------
    config : str
        A drawn config.
    max_error : float
        Images are drawn, 20,000 at a time, until the standard error is no larger; 0.0001 to 0.5.
    **params
        Parameters of the config; `seed` determines the images.

    Returns
    -------
    value : float
        From 0.5 to 1.
    standard_error : float
        Exactly 0 if `value` is exactly 1: no image of the config can come from both classes.
        Otherwise it is at least 1 / images.

    Raises
    ------
    ValueError
        As :class:`OptimalClassifier` does, or if `max_error` is out of range.

    Examples
    --------
    >>> optimal_accuracy("standard")
    (1.0, 0.0)
    >>> value, error = optimal_accuracy("standard", noise=2, max_error=0.002)
    >>> round(value, 2), error <= 0.002
    (0.93, True)
    """
    MAX_ERROR.check("max_error", max_error)
    best = OptimalClassifier(config, **params)
    if never_confused(best._config.variant):
        return 1.0, 0.0
    drawn = (
        best.predict_proba(best._drawer.draw(range(start, start + _IMAGES))[0]).max(axis=1)
        for start in itertools.count(0, _IMAGES)
    )
    value, error, count = mean_until(drawn, max_error)
    return value, max(error, 1 / count)


def mean_until(
    batches: Iterable[NDArray[np.float64]], max_error: float
) -> tuple[float, float, int]:
    """Return mean, standard error and number of values, from as many batches as needed."""
    values = np.empty(0)
    for batch in batches:
        values = np.concatenate([values, batch])
        error = float(values.std() / math.sqrt(len(values)))
        if error <= max_error:
            break
    return float(values.mean()), error, len(values)


def check_drawn(config: str, **params: Any) -> DrawnConfig:
    """Return a drawn config, or raise a ValueError: a replayed one has no distribution."""
    resolved = resolve_config(config, **params)
    if not isinstance(resolved, DrawnConfig):
        raise ValueError(
            f"config={config!r} is not allowed: its rows are fixed; use config 'standard', which "
            "draws from the same distribution"
        )
    return resolved


def never_confused(variant: Variant) -> bool:
    """Whether it is proven that no test image can come from both classes.

    For each pair of a backslash and a slash, some pixel must have a gray value that distinguishes
    them. Pairs of angles are taken in cells, which are halved while that is undecided: an ink
    coverage changes by at most sqrt(2) times the pixel's distance from the stroke's centre times
    the turn in radians.

    Examples
    --------
    >>> never_confused(Variant()), never_confused(Variant(noise=1.2))
    (True, False)
    """
    drawer = open_drawer(variant, "test", 0)
    length = variant.stroke_length
    rows, cols = (offsets.reshape(1, -1) for offsets in reachable(variant))
    from_slash = np.arange(rows.size) >= rows.size // 2
    # Strokes that do not touch are all alike.
    touching = length + 2 * variant.margin
    spans = [min(len(span) - 1, touching) for span in variant.positions("test")]
    shifts = [range(-span, span + 1) for span in spans]

    def differ(pairs: NDArray[np.float64], half_width: float) -> NDArray[np.bool_]:
        """Whether a slash, shifted and turned, differs from a backslash for all these angles."""
        darkest, lightest = [], []
        for label in (0, 1):
            # The pixels of both strokes, counted from the corner of the backslash's block.
            away = np.where(from_slash, 1, 0) - label
            row, col = (
                offsets + away * shift
                for offsets, shift in ((rows, pairs[:, 0:1]), (cols, pairs[:, 1:2]))
            )
            labels, angles = np.full((len(pairs), 1), label), pairs[:, 2 + label, None]
            ink = coverage(length, variant.stroke_width, labels, angles, row, col)
            half = (length - 1) / 2
            slack = math.sqrt(2) * np.hypot(row - half, col - half) * math.radians(half_width)
            darkest.append(drawer.gray(1 - variant.contrast * np.minimum(ink + slack, 1), 0))
            lightest.append(drawer.gray(1 - variant.contrast * np.maximum(ink - slack, 0), 65535))
        apart = np.maximum(*darkest) > np.minimum(*lightest)
        return np.asarray(apart.any(axis=1))

    pairs = np.array([[*shift, 0.0, 0.0] for shift in itertools.product(*shifts)])
    half_width = variant.max_rotation
    while len(pairs):
        parts = np.array_split(pairs, -(-len(pairs) // 1_000))
        pairs = np.concatenate([part[~differ(part, half_width)] for part in parts])
        if len(pairs) and (half_width < 1e-3 or not differ(pairs[:1_000], 0.0).all()):
            return False
        half_width /= 2
        turns = itertools.product((-half_width, half_width), repeat=2)
        pairs = np.concatenate([pairs + np.array([0, 0, *turn]) for turn in turns])
    return True
