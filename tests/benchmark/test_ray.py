"""A sweep runs on a Ray cluster, here of one machine, and gives the same rows."""

from __future__ import annotations

import joblib
import pandas as pd
import pytest

from slash_dataset.benchmark import sweep

ray = pytest.importorskip("ray")


def test_a_cluster_gives_the_rows_of_one_process(tmp_path, monkeypatch):
    from ray.util.joblib import register_ray

    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    asked = {"noise": [0.5, 1], "num_train": 60, "num_test": 40, "seeds": 2}
    register_ray()
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        with joblib.parallel_config(backend="ray"):
            found = sweep(["knn-1"], jobs=2, out=tmp_path / "sweep.jsonl", **asked)
    finally:
        ray.shutdown()
    alone = sweep(["knn-1"], **asked)
    pd.testing.assert_frame_equal(found.drop(columns="seconds"), alone.drop(columns="seconds"))
    assert len((tmp_path / "sweep.jsonl").read_text().splitlines()) == 4
