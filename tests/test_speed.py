"""The figures in docs/speed.md are the measured ones, and anybody can measure them again.

That the tables are those of the committed measurements is a test of pages.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.speed import MEASUREMENTS, exports
from scripts.speed.alone import alone
from scripts.speed.side_by_side import CLOCKS, SideBySide
from slash_dataset.export import LAYOUTS

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "scripts" / "speed"


def _speed(*arguments):
    command = [sys.executable, "-m", "scripts.speed", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_measurements_import_nothing_from_the_tests():
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in getattr(node, "names", [])]
            assert not [n for n in [getattr(node, "module", None) or "", *names] if "tests" in n]


def test_the_committed_measurements_are_those_of_the_table():
    committed = {path.stem for path in (ROOT / "docs" / "speed").glob("*.json")}
    assert committed == set(MEASUREMENTS)


def test_the_script_measures_writes_and_draws(tmp_path):
    pytest.importorskip("matplotlib")
    done = _speed("png", "--quick", "--out", tmp_path)
    assert "| bulk PNG |" in done.stdout, done.stderr
    written = json.loads((tmp_path / "png.json").read_text(encoding="utf-8"))
    assert {"Pillow PNG, its defaults", "bulk PNG"} <= set(written["groups"]["PNG"])
    assert written["environment"]["libraries"]["numpy"]
    assert (tmp_path / "speed.png").read_bytes().startswith(b"\x89PNG")


def test_a_measurement_that_does_not_exist_is_refused():
    done = _speed("pgn")
    assert done.returncode == 2
    assert "no measurement 'pgn'" in done.stderr


def test_ratios_are_within_a_round_against_the_first_line_of_the_group():
    calls = []

    def contenders(rows):
        one = lambda: (calls.append(1) or rows, 50)  # noqa: E731
        two = lambda: (calls.append(2) or 2 * rows, 0)  # noqa: E731
        return {"group": {"one": one, "two": two}}

    measurement = SideBySide(contenders, rows=10, rounds=3)
    found = measurement.measure()
    assert calls == [1, 2, *[1, 2] * 3]  # each once to warm up, then in turn
    for name, seconds in (("one", [1, 2, 10]), ("two", [1, 1, 5])):
        line = found["groups"]["group"][name]
        assert [len(line[kind]) for kind in CLOCKS] == [3, 3]
        line |= {"seconds": seconds, "cpu_seconds": [1, 1, 1]}
    assert measurement.table(found).splitlines()[2:] == [
        "| **group** | | | | |",
        "| one | 5 | 1x | 1x | 5 |",
        "| two | 20 | 4x | 2x |  |",
    ]


def test_every_layout_is_measured_against_plain_code():
    measured = json.loads((ROOT / "docs" / "speed" / "exports.json").read_text(encoding="utf-8"))
    assert list(exports.PLAIN) == list(LAYOUTS) == list(measured["layouts"])
    assert {found["export"]["rows"] for found in measured["layouts"].values()} == {100_000}


@pytest.mark.parametrize("plain", [False, True])
def test_an_export_is_measured_in_a_process_of_its_own(plain):
    found = alone(exports.export_once, "csv", 60, plain)
    assert found["rows"] == 60
    assert found["rows_per_second"] > 0
    assert found["peak_bytes"] > 10**6
