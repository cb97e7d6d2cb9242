"""What "exact", "within spread", "off" and "new" mean."""

from __future__ import annotations

from dataclasses import replace

import pytest

from slash_dataset.benchmark import Evaluation, compare
from slash_dataset.benchmark.experiments import rows_that_must_agree

ROW = Evaluation("knn-1", "original-float64", 750, 250, 675_000, (None,), (1.0,), (0.908,), (0.1,))
CNN = Evaluation(
    "custom-cnn", "original-float64", 750, 250, 80, (0, 1), (1.0, 1.0), (0.996, 1.0), (1.0, 1.0)
)


@pytest.mark.parametrize(
    ("row", "status"),
    [
        (ROW, "exact"),
        (replace(ROW, test_accuracy=(0.912,)), "off"),
        (replace(ROW, train_accuracy=(0.998667,)), "off"),
        (replace(ROW, num_parameters=674_100), "off"),
        (replace(ROW, num_parameters=None), "off"),
        (CNN, "within spread"),
        (replace(CNN, test_accuracy=(0.992, 0.996)), "off"),
        (replace(CNN, num_parameters=81), "off"),
        (replace(CNN, model="mlp"), "new"),
    ],
)
def test_status(row, status):
    assert compare(row) == status


def test_only_a_row_in_which_nothing_is_random_must_agree():
    knn_off = replace(ROW, test_accuracy=(0.912,))
    cnn_off = replace(CNN, test_accuracy=(0.5, 0.5))
    assert rows_that_must_agree([ROW, CNN, knn_off, cnn_off]) == [knn_off]
