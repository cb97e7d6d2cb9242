"""Two models without convolution classify the published test rows by how strokes cross."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest

from slash_dataset import load_data
from slash_dataset.benchmark import evaluate
from slash_dataset.benchmark.evaluation import flat_pixels
from slash_dataset.benchmark.overlaps import OverlapCounts, TwoMeans, svm_overlap
from slash_dataset.configs import resolve_config
from slash_dataset.splits import open_splits


def strokes(size, length=4):
    places = list(itertools.product(range(size - length + 1), repeat=2))
    return [
        (label, frozenset((r + i, c + (length - 1 - i if label else i)) for i in range(length)))
        for label in (0, 1)
        for r, c in places
    ]


def test_an_inner_stroke_crosses_16_of_the_other_class_and_2_of_its_own():
    """Enumerated: what the weights rest on."""
    all_of_them = strokes(30)
    mine = next(s for label, s in all_of_them if label == 0 and min(s) == (13, 13))
    shared = Counter((label, len(mine & other)) for label, other in all_of_them if mine & other)
    assert shared == {(1, 1): 16, (0, 1): 2, (0, 2): 2, (0, 3): 2, (0, 4): 1}


def test_two_shared_pixels_prove_the_same_class_wherever_strokes_lie():
    for (one, first), (two, second) in itertools.combinations(strokes(12), 2):
        assert one == two or len(first & second) <= 1


@pytest.mark.parametrize("name", ["svm-overlap", "overlap"])
def test_all_250_published_test_rows_are_read(name):
    result = evaluate(name, "original-float64")
    assert (result.train_accuracy, result.test_accuracy) == ((1.0,), (1.0,))


def test_cross_validation_on_the_train_rows_alone_chooses_the_kernel_that_is_zero_at_one():
    (features, labels), _ = load_data()
    search = svm_overlap().fit(features.reshape(750, -1), labels)
    kernel = search.best_params_["svc__kernel"]
    assert kernel.keywords == {"degree": 2, "gamma": 1, "coef0": -1}
    assert search.best_score_ > 0.99


def test_the_one_line_of_the_readme_reads_all_250():
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import Binarizer
    from sklearn.svm import SVC

    (x_train, y_train), (x_test, y_test) = load_data()
    line = make_pipeline(
        Binarizer(threshold=0.5), SVC(kernel="poly", degree=2, gamma=1, coef0=-893)
    )
    fitted = line.fit(x_train.reshape(750, -1), y_train)
    assert fitted.score(x_test.reshape(250, -1), y_test) == 1


@pytest.mark.parametrize("name", ["svm-overlap", "overlap"])
def test_they_learn_places_and_know_nothing_of_those_they_have_not_seen(name):
    assert evaluate(name, "shifted", 3, num_train=500).test_accuracy == (0.5, 0.5, 0.5)
    shares = [
        evaluate(name, config, 2, num_train=500).test_accuracy
        for config in ("standard", "shuffled")
    ]
    assert shares[0] == shares[1]
    assert min(shares[0]) > 0.98


def test_weights_of_one_shared_pixel_and_of_more_have_opposite_signs():
    features, labels = flat_pixels(open_splits(resolve_config("standard", num_train=750))["train"])
    weights = OverlapCounts().fit(features, labels).weights_.coef_[0]
    assert weights[0] < 0 < weights[1:].min()


def test_two_means_finds_the_gap_between_ink_and_canvas():
    pixels = np.array([[0.1, 0.2, 0.8, 0.9, 0.95, 1.0]])
    assert 0.2 < TwoMeans().fit(pixels).threshold_ < 0.8
    assert TwoMeans().fit_transform(pixels).tolist() == [[1, 1, 0, 0, 0, 0]]
    assert TwoMeans().fit_transform(np.ones((2, 3))).tolist() == [[0, 0, 0]] * 2
