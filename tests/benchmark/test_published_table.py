"""The published table comes out again."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from slash_dataset.benchmark import MODELS, PUBLISHED, compare
from slash_dataset.benchmark.experiments import measure_table, rows_that_must_agree
from slash_dataset.benchmark.models import ModelName
from slash_dataset.original import replay

# The post's own figures, typed from it and not taken from the package: params, train, test.
DETERMINISTIC = {
    "random-forest": (9183, 1, 0.472),
    "svm-linear": (498600, 0.994667, 0.5),
    "svm-rbf": (675000, 0.838667, 0.532),
    "svm-poly": (675000, 0.84, 0.532),
    "logistic-regression": (901, 0.98, 0.54),
    "knn": (675000, 0.842667, 0.604),
    "knn-1": (675000, 1, 0.908),
}


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_the_three_published_figures_of_a_deterministic_row_come_out_digit_for_digit(name):
    [row] = measure_table([MODELS[name]], seeds=[5, 6])
    [train], [test] = row.train_accuracy, row.test_accuracy
    assert (row.num_parameters, round(train, 6), round(test, 6)) == DETERMINISTIC[name]
    assert compare(row) == "exact"
    assert rows_that_must_agree([row]) == []


def test_the_post_has_nine_rows_in_its_own_order_and_seven_are_deterministic():
    assert list(PUBLISHED) == [*DETERMINISTIC, "vanilla-cnn", "custom-cnn"]
    assert [name for name, row in PUBLISHED.items() if row.deterministic] == list(DETERMINISTIC)
    assert [name for name, model in MODELS.items() if model.group == "published"] == list(PUBLISHED)


def test_the_forest_starts_from_a_copy_of_the_replayed_state():
    before = replay().forest_state[1].copy()
    first, second = (measure_table([MODELS["random-forest"]], [0])[0] for _ in range(2))
    assert first.test_accuracy == second.test_accuracy
    assert np.array_equal(replay().forest_state[1], before)


@pytest.mark.parametrize(
    ("name", "num_parameters"), [("vanilla-cnn", 1041), ("custom-cnn", 80), ("smallest-cnn", 4)]
)
def test_a_cnn_of_the_published_size_learns_the_original_completely(name, num_parameters):
    [row] = measure_table([MODELS[name]], seeds=[0, 1])
    assert row.num_parameters == num_parameters
    assert row.train_accuracy == row.test_accuracy == (1.0, 1.0)
    assert compare(row) == ("within spread" if name in PUBLISHED else "new")


def test_names_for_type_checkers_are_those_of_the_table():
    assert list(get_args(ModelName)) == list(MODELS)
