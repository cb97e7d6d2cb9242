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


def test_two_names_of_one_file_share_its_lock(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "board.jsonl").symlink_to("disk/board.jsonl")
    append_line(tmp_path / "board.jsonl", "1")
    append_line(tmp_path / "disk" / "board.jsonl", "2")
    assert (tmp_path / "board.jsonl").read_text() == "1\n2\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["board.jsonl", "disk"]


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
        ("loop", FileNotFoundError, "a link to itself"),
        ("away", FileNotFoundError, "unmounted' is not a folder"),
        ("x" * 250, OSError, "name too long"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused_before_training(tmp_path, path, error, message):
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "away").symlink_to("unmounted/board.jsonl")

    class Never:
        def fit(self, X, y):
            pytest.fail("trained before the leaderboard was checked")

        predict = fit

    with pytest.raises(error, match=message):
        evaluate(Never(), leaderboard=tmp_path / path)
