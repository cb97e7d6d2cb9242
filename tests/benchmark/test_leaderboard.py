"""A leaderboard only ever gains whole lines."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier

from slash_dataset.benchmark import Evaluation, evaluate
from slash_dataset.benchmark.results import append_line


def test_results_are_appended_and_read_back_as_they_were(tmp_path):
    board = tmp_path / "board.jsonl"
    results = [
        evaluate(DummyClassifier(), seeds=1, name=name, leaderboard=board) for name in ("a", "b")
    ]
    lines = board.read_text().splitlines()
    assert [Evaluation.from_dict(json.loads(line)) for line in lines] == results
    assert pd.read_json(board, lines=True)["model"].tolist() == ["a", "b"]


def test_nothing_is_appended_when_a_model_fails(tmp_path):
    class Fails:
        def fit(self, X, y):
            raise RuntimeError("no memory")

        predict = fit

    with pytest.raises(RuntimeError, match="no memory"):
        evaluate(Fails(), leaderboard=tmp_path / "board.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_writers_at_the_same_time_lose_and_tear_nothing(tmp_path):
    board = tmp_path / "board.jsonl"
    lines = [json.dumps({"writer": i, "padding": "x" * 5_000}) for i in range(400)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda line: append_line(board, line), lines))
    assert sorted(board.read_text().splitlines()) == sorted(lines)


def test_a_torn_last_line_spoils_no_other(tmp_path):
    board = tmp_path / "board.jsonl"
    board.write_text('{"whole": 1}\n{"torn')
    append_line(board, '{"new": 1}')
    assert board.read_text() == '{"whole": 1}\n{"torn\n{"new": 1}\n'


@pytest.mark.parametrize(
    ("path", "error", "message"),
    [
        (".", IsADirectoryError, "is a folder"),
        ("missing/board.jsonl", FileNotFoundError, "missing' is not a folder"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused_before_training(tmp_path, path, error, message):
    class Never:
        def fit(self, X, y):
            pytest.fail("trained before the leaderboard was checked")

        predict = fit

    with pytest.raises(error, match=message):
        evaluate(Never(), leaderboard=tmp_path / path)
