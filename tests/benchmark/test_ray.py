"""A sweep on a Ray cluster, here of one machine, gives the same rows."""

from __future__ import annotations

import time

import joblib
import numpy as np
import pandas as pd
import pytest

from slash_dataset.benchmark import sweep

ray = pytest.importorskip("ray")

FEW = {"num_train": 60, "num_test": 40, "seeds": 2}


@pytest.fixture(scope="module")
def cluster():
    from ray.util.joblib import register_ray

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        register_ray()
        ray.init("local", num_cpus=2, include_dashboard=False, log_to_driver=False)
        try:
            with joblib.parallel_config(backend="ray"):
                yield
        finally:
            ray.shutdown()


class Quick:
    def fit(self, X, y):
        pass

    def predict(self, X):
        return np.zeros(len(X), int)


class Waits(Quick):
    """Fails once another run has left its line, and says so."""

    def __init__(self, out):
        self.out = out

    def fit(self, X, y):
        until = time.monotonic() + 60
        while not self.out.exists() and time.monotonic() < until:
            time.sleep(0.02)
        raise RuntimeError(f"{self.out.read_text().count(chr(10))} line before this one")


def test_a_cluster_gives_the_rows_of_one_process(cluster, tmp_path):
    out = tmp_path / "sweep.jsonl"
    found = sweep(["knn-1"], noise=[0.5, 1], jobs=2, out=out, **FEW)
    assert len(out.read_text().splitlines()) == 4
    with joblib.parallel_config(backend="loky"):
        alone = sweep(["knn-1"], noise=[0.5, 1], **FEW)
    pd.testing.assert_frame_equal(found.drop(columns="seconds"), alone.drop(columns="seconds"))


def test_a_run_is_a_line_before_the_next_one_ends_and_an_error_loses_none(cluster, tmp_path):
    out = tmp_path / "sweep.jsonl"
    models = {"quick": Quick(), "waits": Waits(out)}
    with pytest.raises(RuntimeError, match="1 line before this one"):
        sweep(models, jobs=2, out=out, **FEW | {"seeds": 1})
    assert out.read_text().startswith('{"model": "quick"')
    again = sweep({"quick": Quick(), "waits": Quick()}, jobs=2, out=out, **FEW | {"seeds": 1})
    assert again.model.tolist() == ["quick", "waits"]
