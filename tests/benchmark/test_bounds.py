"""The bounds agree with enumeration, with simulation and with the models."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import numpy as np
import pytest

from slash_dataset.benchmark import bound, evaluate
from slash_dataset.benchmark.bounds import share_of_larger_classes, swap_bound

LENGTH = 4


def strokes(size):
    """The pixels of both strokes at every place: shape (2, places, 4)."""
    places = range(size - LENGTH + 1)
    return np.array(
        [
            [
                [(r + i) * size + c + (LENGTH - 1 - i if slash else i) for i in range(LENGTH)]
                for r, c in itertools.product(places, places)
            ]
            for slash in (0, 1)
        ]
    )


def share_by_sets(ink, test):
    """`share_of_larger_classes`, with sets in plain Python."""
    groups = Counter()
    for label, of_class in enumerate(test.tolist()):
        for stroke in of_class:
            types = sorted(
                tuple(i for i, row in enumerate(ink.tolist()) if pixel in row) for pixel in stroke
            )
            groups[tuple(types), label] += 1
    kinds = {kind for kind, _ in groups}
    return sum(max(groups[k, 0], groups[k, 1]) for k in kinds) / (2 * test.shape[1])


def enumerated(size, count, share):
    """The mean of a share over all places of all train rows, in any order within a class."""
    test = strokes(size)
    numbers = (count - count // 2, count // 2)
    total = weight = 0.0
    of_class = [
        list(itertools.combinations_with_replacement(range(test.shape[1]), number))
        for number in numbers
    ]
    for chosen in itertools.product(*of_class):
        orders = math.prod(
            math.factorial(len(places)) / math.prod(map(math.factorial, Counter(places).values()))
            for places in chosen
        )
        ink = np.concatenate([test[label, list(places)] for label, places in enumerate(chosen)])
        total += orders * share(ink, test)
        weight += orders
    assert weight == test.shape[1] ** count
    return total / weight


def untouched_share(ink, test):
    """The bound by the swap: a place without ink in any row counts one half."""
    touched = np.isin(test, ink).any(axis=(0, 2))
    return 1 - (~touched).mean() / 2


@pytest.mark.parametrize(("count", "expected"), [(2, 0.8285), (3, 0.9249), (4, 0.9649)])
def test_enumeration_of_6_x_6_gives_the_known_bound(count, expected):
    def share(ink, test):
        return share_of_larger_classes(ink, test, np.zeros(LENGTH, int))

    found = enumerated(6, count, share)
    assert found == pytest.approx(expected, abs=0.00005)
    if count < 3:
        assert found == pytest.approx(enumerated(6, count, share_by_sets), rel=1e-12)


@pytest.mark.parametrize("count", [1, 2])
def test_both_bounds_of_8_x_8_are_those_of_enumeration(count):
    value, error = bound("standard", count, image_size=8, max_error=0.002)
    assert value == pytest.approx(enumerated(8, count, share_by_sets), abs=4 * error + 1e-12)
    swap = swap_bound("standard", count, image_size=8)
    assert swap == pytest.approx(enumerated(8, count, untouched_share), rel=1e-12)
    assert value <= swap + 4 * error


@pytest.mark.parametrize("params", [{}, {"stroke_width": 2.0}, {"stroke_length": 5}])
@pytest.mark.parametrize("count", [9, 40])
def test_the_swap_bound_is_the_mean_of_simulated_train_sets(params, count):
    """The ink on pixels in an independent draw, found from the images."""
    from slash_dataset import draw

    params = {"image_size": 14, "noise": 0.0, **params}
    length = params.get("stroke_length", LENGTH)
    sets = 400
    images = draw("standard", "train", 0, sets * (count + count % 2), **params)
    images = images[0].reshape(sets, -1, 14, 14)[:, :count]
    moved = draw("standard", "test", 0, 4_000, factors=True, **params)
    pixels, places = moved[0] < 255, moved[2]
    seen = {}
    for image, row, col in zip(pixels, places["row"], places["col"], strict=True):
        seen[row, col] = seen.get((row, col), False) | image
    shares = []
    for of_set in images:
        inked = (of_set < 255).any(axis=0)
        free = []
        for (_, col), both in seen.items():
            mirrored = np.zeros_like(both)
            middle = 2 * np.arange(14) == 2 * col + length - 1
            mirrored[:, ~middle] = both[:, ~middle]
            free.append(not (inked & mirrored).any())
        shares.append(1 - np.mean(free) / 2)
    error = np.std(shares) / math.sqrt(sets)
    found = swap_bound("standard", count, **params)
    assert abs(np.mean(shares) - found) < 4 * error + 1e-6
    assert bound("standard", count, **params)[0] <= found + 0.002


@pytest.mark.parametrize(
    "params",
    [{}, {"stroke_width": 2.3}, {"max_rotation": 20.0, "stroke_width": 2.0}, {"stroke_length": 5}],
)
@pytest.mark.parametrize("count", [1, 10, 1_000])
def test_unseen_places_are_read_by_chance_after_any_number_of_rows(params, count):
    assert bound("shifted", count, **params) == (0.5, 0.0)
    assert swap_bound("shifted", count, **params) == 0.5


def test_a_permutation_of_the_pixels_helps_nobody_of_this_kind():
    assert bound("shuffled", 40, image_size=10) == bound("standard", 40, image_size=10)


@pytest.mark.parametrize("name", ["knn-1", "knn", "svm-rbf", "svm-poly", "logistic-regression"])
def test_no_model_of_the_kind_exceeds_the_bound_in_the_mean(name):
    """With so few rows the bound is not trivial; the mean is over train sets."""
    size, count, sets = 12, 12, 40
    params = {"image_size": size, "noise": 0.1, "num_train": count, "num_test": 400}
    found = evaluate(name, "standard", seeds=sets, **params).test_accuracy
    value, error = bound("standard", count, image_size=size)
    assert value < 0.9
    assert np.mean(found) <= value + 4 * math.hypot(error, np.std(found, ddof=1) / math.sqrt(sets))


def test_bad_input_is_refused():
    for num_train in (0, 10**7, 2.5):
        with pytest.raises(ValueError, match=f"num_train={num_train}"):
            bound("standard", num_train)
        with pytest.raises(ValueError, match=f"num_train={num_train}"):
            swap_bound("standard", num_train)
    with pytest.raises(ValueError, match="config='original-float64' is not allowed"):
        bound("original-float64", 10)
