"""`make matrix` reports exactly what it tried; `.ci/run` has a step that runs it."""

from __future__ import annotations

import re
from itertools import product
from subprocess import CompletedProcess

import pytest

from scripts import matrix
from scripts.pages import between
from slash_dataset._registration import TESTED


def test_the_committed_table_has_every_cell_and_none_failed():
    page = matrix.PAGE.read_text(encoding="utf-8")
    line = r"^\| (.+) \| (3\.\d+) \|.*\| (?:\d+ promises kept|skipped: .+) \|$"
    assert re.findall(line, page, re.MULTILINE) == [*product(matrix.ROWS, matrix.PYTHONS)]


def test_the_warning_of_unknown_internals_names_the_ends_of_the_table():
    releases = re.findall(r"datasets==([\d.]+)", str(matrix.ROWS))
    assert (releases[0], releases[-1]) == TESTED


def test_a_broken_promise_fails_its_cell(monkeypatch, tmp_path, capsys):
    broken = CompletedProcess([], 1, stdout="a_promise\n", stderr="AssertionError: another")
    monkeypatch.setattr(matrix, "run_in", lambda *args, **settings: broken)
    monkeypatch.setattr(matrix, "pythons", lambda: matrix.PYTHONS)
    cell = matrix.try_cell(tmp_path, "lowest", matrix.PYTHONS[-1])
    assert cell.result == "failed"
    assert "AssertionError: another" in capsys.readouterr().err
    page = matrix.PAGE.read_text(encoding="utf-8")
    renewed = matrix.renewed(between(page, "matrix"), cell)
    assert " 1 failed," in renewed
    assert renewed.count("promises kept") == page.count("promises kept") - 1


@pytest.mark.parametrize(
    ("row", "python", "have", "reason"),
    [
        ("newest", "3.12", ["3.11"], "no Python 3.12 here"),
        ("datasets 3.6.0, NumPy 1.26.4", "3.13", ["3.13"], "has no wheel for Python 3.13"),
    ],
)
def test_a_cell_that_cannot_be_tried_says_why(monkeypatch, tmp_path, row, python, have, reason):
    monkeypatch.setattr(matrix, "pythons", lambda: have)
    cell = matrix.try_cell(tmp_path, row, python)
    assert cell.result.startswith("skipped: ")
    assert reason in cell.result
