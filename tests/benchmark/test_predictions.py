"""The predicted exponents follow from how strokes cross, and from the distribution of pixels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm, skellam

from slash_dataset.benchmark.scaling import SIZES, Need, fit_exponent, num_places
from slash_dataset.benchmark.scaling_models import ARCHITECTURES
from slash_dataset.drawing import open_drawer
from slash_dataset.variants import Variant

LENGTH = 4


def crossings(size):
    """How many strokes share 1, 2, 3, 4 pixels with one, by its place, and of the other class 1."""
    at = np.arange(size - LENGTH + 1)
    row, col = np.meshgrid(at, at, indexing="ij")
    down, right = row[..., None, None] - at[:, None], col[..., None, None] - at[None]
    own = np.where(down == right, LENGTH - np.abs(down), 0)
    # Pixel i of a backslash is pixel j of a slash if both their rows and their columns agree.
    i, j = (LENGTH - 1 - down - right) / 2, (LENGTH - 1 + down - right) / 2
    cross = (i % 1 == 0) & (i >= 0) & (i < LENGTH) & (j >= 0) & (j < LENGTH)
    counts = [(own == k).sum((2, 3)) for k in range(1, LENGTH + 1)] + [cross.sum((2, 3))]
    return np.stack(counts, axis=-1).reshape(-1, LENGTH + 1)


def of_overlap_weights(size, rows):
    """Ideal weights: two shared pixels prove a class, one is counted; rows are Poisson."""
    one, *more, other = crossings(size).T
    rate = rows / (2 * num_places(size))
    lead = skellam(other * rate, np.maximum(one * rate, 1e-12))
    return 1 - (np.exp(-sum(more) * rate) * (lead.cdf(-1) + lead.pmf(0) / 2)).mean()


def of_nearest_neighbour(size, rows):
    """The probability that the nearest row has the same class, for normal distances."""
    drawer, noise, values = (
        open_drawer(Variant(), "test", 0),
        np.arange(65536),
        np.arange(256) / 255,
    )
    laws = [np.bincount(drawer.gray(v, noise), minlength=256) / 65536 for v in (1.0, 0.0)]
    squares = (values[:, None] - values) ** 2
    (cc, ci), (ic, ii) = (
        [mine @ (squares**2 @ theirs - (squares @ theirs) ** 2) for theirs in laws] for mine in laws
    )
    canvas, ink = (law @ values for law in laws)
    gap, spread = (canvas - ink) ** 2, laws[0] @ values**2 - canvas**2

    def deviation(k):
        canvas_alone, ink_once = size**2 - 2 * LENGTH + k, LENGTH - k
        return np.sqrt(canvas_alone * cc + ink_once * (ci + ic + 4 * gap * spread) + k * ii)

    rate = rows / (2 * num_places(size))
    at = np.linspace(-8 * gap - 8 * deviation(0), 8 * deviation(0), 2_001)
    kinds, weights = np.unique(crossings(size), axis=0, return_counts=True)
    found = 0.0
    for (*own, other), weight in zip(kinds, weights, strict=True):
        mine = [num_places(size) - sum(own), *own]
        theirs = [num_places(size) - other, other]
        expected, density = [], []
        for counts in (mine, theirs):
            z = [(at + 2 * gap * k) / deviation(k) for k in range(len(counts))]
            each = [rate * m for m in counts]
            expected.append(sum(m * norm.cdf(x) for m, x in zip(each, z, strict=True)))
            per = [norm.pdf(x) / deviation(k) for k, x in enumerate(z)]
            density.append(sum(m * p for m, p in zip(each, per, strict=True)))
        found += weight * np.trapezoid(density[0] * np.exp(-sum(expected)), at)
    return found / weights.sum()


def test_the_crossings_are_those_of_the_interior():
    assert crossings(30).reshape(27, 27, 5)[13, 13].tolist() == [2, 2, 2, 1, 16]


@pytest.mark.parametrize(("rows", "expected"), [(58, 0.491), (250, 0.659), (750, 0.903)])
def test_the_integral_of_the_nearest_neighbour_is_what_was_derived(rows, expected):
    assert of_nearest_neighbour(30, rows) == pytest.approx(expected, abs=0.0006)


@pytest.mark.parametrize(
    ("name", "accuracy"), [("overlap", of_overlap_weights), ("knn-1", of_nearest_neighbour)]
)
def test_the_exponent_is_the_predicted_one(name, accuracy):
    needs = [
        Need(size, brentq(lambda rows: accuracy(size, rows) - 0.9, 5, 4_000, rtol=0.001), True)  # noqa: B023
        for size in SIZES
    ]
    low, high = ARCHITECTURES[name].predicted
    assert f"{fit_exponent(needs)[0]:.2f}" == f"{(low + high) / 2:.2f}"
    assert ARCHITECTURES[name].prediction.startswith(f"{(low + high) / 2:.2f}")
