"""Learning curves and the generalisation matrix: which rows each model is trained and tested on."""

from __future__ import annotations

import numpy as np
import pytest

from slash_dataset import open_config
from slash_dataset.benchmark import MODELS, evaluate, experiments
from slash_dataset.benchmark.evaluation import flat_pixels
from slash_dataset.benchmark.keras_adapter import KerasClassifier
from slash_dataset.benchmark.keras_models import vision_transformer
from slash_dataset.benchmark.models import Model, scaled_epochs


class Spy:
    """Remembers what it was fitted on and tested on."""

    def __init__(self):
        self.fitted, self.tested = [], []

    def fit(self, X, y):
        self.fitted.append(X)

    def predict(self, X):
        self.tested.append(X)
        return np.zeros(len(X), int)


@pytest.fixture
def spy():
    return Spy()


def as_model(spy, **settings):
    return Model("spy", "Spy", "contender", "overlap", lambda seed, num_train: spy, **settings)


def test_all_sizes_are_tested_on_the_test_split_of_standard(spy):
    points = experiments.measure_learning_curves([as_model(spy)], [0, 1], sizes=(250, 500))
    assert [(p.num_train, p.seed) for p in points] == [(250, 0), (250, 1), (500, 0), (500, 1)]
    test, _ = flat_pixels(open_config("standard")["test"])
    tested = [X for X in spy.tested if len(X) == 2_000]
    assert len(tested) == 4
    assert all(np.array_equal(X, test) for X in tested)


def test_smaller_train_sets_are_the_beginning_of_larger_ones_and_seeds_draw_their_own(spy):
    experiments.measure_learning_curves([as_model(spy)], [0, 1], sizes=(250, 500))
    small_0, small_1, large_0, _ = spy.fitted
    assert np.array_equal(large_0[:250], small_0)
    assert not np.array_equal(small_0, small_1)
    own, _ = flat_pixels(open_config("standard")["train"], 250)
    assert not any(np.array_equal(X[:250], own) for X in spy.fitted)


def test_a_model_is_left_out_above_the_rows_that_it_can_take(spy):
    points = experiments.measure_learning_curves(
        [as_model(spy, max_train=300)], [0], sizes=(250, 300, 301)
    )
    assert [p.num_train for p in points] == [250, 300]


def test_nearest_neighbours_learn_by_heart_and_a_linear_model_learns_nothing():
    names = ("knn-1", "logistic-regression")
    models = [MODELS[name] for name in names]
    points = experiments.measure_learning_curves(models, [0], sizes=(250, 4_000))
    few, many, linear_few, linear_many = (p.test_accuracy for p in points)
    assert few < 0.75 < 0.99 < many
    assert max(linear_few, linear_many) < 0.56


def test_the_matrix_trains_on_three_configs_and_tests_as_it_says(spy):
    cells = experiments.measure_matrix([as_model(spy)], [0, 1], num_train=40)
    assert [(c.trained_on, c.tested_on) for c in cells] == [
        ("standard", "standard"),
        ("standard", "long"),
        ("standard", "noisy"),
        ("standard", "rotated"),
        ("standard", "shifted"),
        ("shifted", "shifted"),
        ("shuffled", "shuffled"),
    ]
    for cell, X in zip(cells, spy.tested, strict=True):
        expected, _ = flat_pixels(open_config(cell.tested_on)["test"])
        assert np.array_equal(X, expected)


def test_a_model_that_takes_seeds_gets_all_of_them_in_the_matrix(spy):
    cells = experiments.measure_matrix([as_model(spy, seeded=True)], [0, 1], num_train=40)
    assert {c.seed for c in cells} == {0, 1}
    assert len(spy.fitted) == 2 * len(experiments.MATRIX_TESTS)
    assert {c.seed for c in experiments.measure_matrix([as_model(spy)], [0, 1], num_train=40)} == {
        0
    }


def test_nearest_neighbours_do_not_mind_the_permutation_but_convolutions_do():
    models = [MODELS["knn-1"], MODELS["random-convolutions"]]
    cells = experiments.measure_matrix(models, [0], num_train=1_000)
    found = {(c.model, c.trained_on, c.tested_on): c.test_accuracy for c in cells}
    on = {name: [found[m.name, name, name] for m in models] for name in experiments.MATRIX_TESTS}
    assert on["standard"][0] == on["shuffled"][0]  # the same pixels in another order
    assert on["standard"][1] > 0.99 > 0.6 > on["shuffled"][1]
    assert on["shifted"][1] > 0.99 > 0.6 > on["shifted"][0]


@pytest.mark.parametrize("name", [name for name, model in MODELS.items() if not model.keras])
def test_every_model_of_the_benchmark_can_be_fitted_on_a_drawn_config(name):
    result = evaluate(name, "standard", 1, num_train=600, num_test=50)
    assert result.train_accuracy[0] > 0.5
    assert result.num_parameters > 0


def test_the_transformer_has_the_size_that_it_says():
    # What it learns is in the committed results: a short training decides nothing.
    classifier = KerasClassifier(lambda: vision_transformer(1), epochs=1, batch_size=16)
    result = evaluate(lambda: classifier, "long", 1, num_train=64, num_test=20, noise=0.2)
    assert result.num_parameters == 19_169


def test_networks_take_equally_many_steps_whatever_the_number_of_rows():
    assert [scaled_epochs(20, n) for n in (250, 750, 1_500, 15_000)] == [60, 20, 10, 2]
