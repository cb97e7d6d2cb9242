"""The figures of speed in the README are those that were measured, and anybody can measure them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.pages import between
from scripts.side_by_side import markdown_table, measure, read_json
from scripts.speed_exports import exports_table
from slash_dataset.export import LAYOUTS

ROOT = Path(__file__).parents[1]


def test_the_table_in_the_readme_is_the_committed_measurement():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    results = read_json(ROOT / "docs" / "speed" / "speed.json")
    assert between(readme, "speed") == markdown_table(results)


def test_the_table_of_exports_in_the_readme_is_the_committed_measurement():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    measured = ROOT / "docs" / "speed" / "exports.json"
    assert between(readme, "exports") == exports_table(measured)
    layouts = json.loads(measured.read_text(encoding="utf-8"))["layouts"]
    assert [found["export"]["rows"] for found in layouts.values()] == [100_000] * len(LAYOUTS)


def test_the_script_measures_writes_and_draws(tmp_path):
    pytest.importorskip("matplotlib")
    command = [sys.executable, "scripts/speed.py", "--quick", "--only", "png", "--out", tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "| bulk PNG |" in done.stdout
    written = json.loads((tmp_path / "speed.json").read_text())
    assert [row["name"] for row in written["results"]] == ["Pillow PNG, its defaults", "bulk PNG"]
    assert written["machine"]["versions"]["numpy"]
    assert (tmp_path / "speed.png").read_bytes().startswith(b"\x89PNG")


def test_ratios_are_against_the_first_and_every_round_counts():
    calls = []
    results = measure(
        "group",
        {"one": lambda: (calls.append(1) or 10, 50), "two": lambda: (calls.append(2) or 20, 0)},
        rounds=3,
    )
    assert calls == [1, 2, *[1, 2] * 3]  # each once to warm up, then in turn
    assert results[0].ratio == 1
    assert results[1].ratio == results[1].rate / results[0].rate
    assert [len(result.seconds) for result in results] == [3, 3]
    assert results[0].bytes_per_image == 5
