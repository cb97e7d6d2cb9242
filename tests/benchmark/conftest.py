"""Results that are cheap to measure, shared by the tests of reports and figures."""

from __future__ import annotations

from pathlib import Path

import pytest
import sklearn.neural_network  # noqa: F401 - whose thread pools are to be limited
from threadpoolctl import threadpool_limits

from slash_dataset.benchmark import MODELS
from slash_dataset.benchmark.experiments import (
    measure_learning_curves,
    measure_matrix,
    measure_noise,
    measure_table,
)
from slash_dataset.benchmark.results import Results, describe_environment, load_results

COMMITTED = Path(__file__).parents[2] / "docs" / "benchmark" / "results.json"


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """On a busy machine, threads that wait for each other take ten times as long as one."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session")
def results(one_thread):
    table = [MODELS[name] for name in ("logistic-regression", "knn-1", "random-convolutions")]
    drawn = [MODELS[name] for name in ("knn-1", "svm-poly", "random-convolutions")]
    return Results(
        table=measure_table(table, range(3)),
        learning_curves=measure_learning_curves(drawn, range(2), sizes=(250, 500, 1_000)),
        generalisation=measure_matrix(drawn, range(2), num_train=250),
        noise=measure_noise([MODELS["knn-1"]], [0]),
        limits=load_results(COMMITTED).limits,
        environment=describe_environment(),
    )
