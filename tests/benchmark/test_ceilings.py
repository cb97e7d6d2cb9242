"""The optimum agrees with a direct sum over all strokes, and no model exceeds it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from slash_dataset.benchmark import OptimalClassifier, ceilings, evaluate, optimal_accuracy
from slash_dataset.configs import CONFIGS, resolve_config
from slash_dataset.drawing import coverage
from slash_dataset.splits import open_splits

SMALL = {"image_size": 8, "num_test": 60}


def law(level, noise):
    """The frequency of each gray value, by the formula of the draw, one noise value at a time."""
    counts = [0] * 256
    for u in range(65536):
        value = level + noise * ((u + 0.5) / 65536 - 0.5)
        counts[round(255 * min(max(value, 0.0), 1.0))] += 1
    return [count / 65536 for count in counts]


def posterior(image, variant):
    """The probability of a slash, by a loop over all strokes and all pixels."""
    laws = {}
    likelihoods = [[], []]
    rows, cols = variant.positions("test")
    pixels = [(r, c) for r in range(variant.image_size) for c in range(variant.image_size)]
    for label in (0, 1):
        for top in rows:
            for left in cols:
                product = 1.0
                for r, c in pixels:
                    place = np.array([[r - top]]), np.array([[c - left]])
                    ink = coverage(
                        variant.stroke_length,
                        variant.stroke_width,
                        np.array([[label]]),
                        np.zeros((1, 1)),
                        *place,
                    )
                    level = 1 - variant.contrast * float(ink[0, 0])
                    if level not in laws:
                        laws[level] = law(level, variant.noise)
                    # Times a constant, so that the product of 64 factors does not vanish.
                    product *= laws[level][image[r, c]] * 100
                likelihoods[label].append(product)
    backslash, slash = (math.fsum(products) for products in likelihoods)
    return slash / (backslash + slash)


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({"noise": 2.0}, 6),
        ({"noise": 1.05}, 4),  # most gray values tell ink from canvas, some do not
        ({"noise": 0.0}, 2),
        ({"noise": 1.3, "stroke_width": 1.6, "contrast": 0.8}, 4),
        ({"noise": 4.0, "stroke_length": 3, "test_region": "right"}, 4),
    ],
)
def test_the_posterior_is_what_a_loop_over_all_strokes_says(params, count):
    config = resolve_config("standard", **SMALL, **params)
    images = open_splits(config)["test"].read(range(count))[0]
    found = OptimalClassifier("standard", **SMALL, **params).predict_proba(images)
    expected = [posterior(image, config.variant) for image in images]
    np.testing.assert_allclose(found[:, 1], expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_a_permutation_of_the_pixels_changes_nothing():
    plain, moved = (
        optimal_accuracy("standard", noise=2, pixel_permutation=number, max_error=0.01, **SMALL)
        for number in (0, 7)
    )
    assert plain == moved


@pytest.mark.parametrize(
    "params",
    [{"noise": 1.2}, {"noise": 2.0}, {"noise": 4.0}, {"noise": 2.0, "stroke_width": 2.5}],
)
def test_it_is_right_as_often_as_it_expects(params):
    num_test = 40_000
    best = OptimalClassifier("standard", image_size=12, **params)
    config = resolve_config("standard", image_size=12, num_test=num_test, **params)
    images, labels, _ = open_splits(config)["test"].read(range(num_test))
    expected = best.predict_proba(images).max(axis=1)
    # Of each image, the chance to be right is known: so is the spread of the sum.
    spread = math.sqrt((expected * (1 - expected)).sum()) / num_test
    hits = (best.predict(images) == labels).mean()
    assert abs(hits - expected.mean()) < 4 * spread


def test_a_standard_error_is_the_spread_over_seeds():
    params = {"image_size": 12, "noise": 2.0, "max_error": 0.002}
    found = [optimal_accuracy("standard", seed=seed, **params) for seed in range(8)]
    values, errors = np.array(found).T
    assert (errors <= 0.002).all()
    assert np.std(values, ddof=1) < 3 * errors.mean()
    assert np.ptp(values) > 0


@pytest.mark.parametrize("name", [name for name in CONFIGS if not name.startswith("original")])
def test_where_classes_cannot_be_confused_the_optimum_is_exactly_one(name):
    """At a config's own noise, only `noisy` has images that are ambiguous."""
    config = resolve_config(name)
    images, labels, _ = open_splits(config)["test"].read(range(300))
    best = OptimalClassifier(name)
    assert ceilings.never_confused(config.variant) is (name != "noisy")
    if name != "noisy":
        assert optimal_accuracy(name) == (1.0, 0.0)
        assert (best.predict_proba(images)[np.arange(300), labels] == 1).all()


@pytest.mark.parametrize(("noise", "never"), [(1.0, True), (1.01, False)])
def test_the_least_noise_that_leaves_a_doubt_is_known(noise, never):
    config = resolve_config("standard", noise=noise, **SMALL)
    assert ceilings.never_confused(config.variant) is never
    value, error = optimal_accuracy("standard", noise=noise, **SMALL)
    assert (error == 0) is never
    assert value > 0.9999


def test_nobody_can_read_what_has_no_contrast():
    value, _ = optimal_accuracy("standard", contrast=0, **SMALL)
    assert value == 0.5


def test_twice_as_many_cells_of_angles_move_the_optimum_by_less_than_is_said(monkeypatch):
    params = {"noise": 3.0, "num_test": 200}
    images = open_splits(resolve_config("rotated", **params))["test"].read(range(200))[0]
    values = []
    for cells in (ceilings._CELLS, 2 * ceilings._CELLS):
        monkeypatch.setattr(ceilings, "_CELLS", cells)
        posteriors = OptimalClassifier("rotated", **params).predict_proba(images)
        values.append(posteriors.max(axis=1).mean())
    assert 0.6 < values[0] < 0.9
    assert abs(values[1] - values[0]) < 0.0005


@pytest.mark.parametrize("name", ["knn-1", "random-convolutions"])
def test_no_model_exceeds_the_optimum(name):
    params = {"noise": 2.0, "num_train": 1_500, "num_test": 1_500}
    value, error = optimal_accuracy("standard", noise=2.0, max_error=0.002)
    found = evaluate(name, "standard", seeds=1, **params).test_accuracy[0]
    assert found < value + 3 * math.hypot(error, 0.5 / math.sqrt(1_500))


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match=r"config='original' is not allowed.*'standard'"):
        optimal_accuracy("original")
    with pytest.raises(ValueError, match=r"too large: the optimum sums [\d,]+ terms.*image_size"):
        OptimalClassifier("standard", image_size=512, stroke_length=100, max_rotation=10)
    with pytest.raises(ValueError, match=r"features=<ndarray of shape .* 12 x 12"):
        OptimalClassifier("standard", image_size=12).predict(np.zeros((2, 900)))
    with pytest.raises(ValueError, match="noise=5 is out of range"):
        optimal_accuracy("standard", noise=5)


def test_an_image_that_no_stroke_explains_is_left_undecided():
    gray = np.full((1, 64), 128, np.uint8)
    assert OptimalClassifier(**SMALL, noise=0.5).predict_proba(gray).tolist() == [[0.5, 0.5]]
