"""``scripts/speed_exports.py`` measures every layout against plain code."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from slash_dataset.export import LAYOUTS

SCRIPT = Path(__file__).parents[2] / "scripts" / "speed_exports.py"


def test_every_layout_has_plain_code_beside_it():
    spec = importlib.util.spec_from_file_location("speed_exports", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert list(module.PLAIN) == list(LAYOUTS)


def test_figures_are_printed_and_written(tmp_path):
    arguments = ["--rows", "60", "--plain-rows", "30", "--layout", "csv"]
    done = subprocess.run(
        [sys.executable, SCRIPT, *arguments, "--json", tmp_path / "speed.json"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(SCRIPT.parents[1])},
    )
    assert done.stdout.splitlines()[1].startswith("csv ")
    measured = json.loads((tmp_path / "speed.json").read_text(encoding="utf-8"))["layouts"]["csv"]
    assert measured["export"]["rows"] == 60
    assert measured["plain"]["rows"] == 30
    rates = [measured[kind]["rows_per_second"] for kind in ("export", "plain")]
    assert measured["ratio"] == pytest.approx(rates[0] / rates[1])
    assert measured["export"]["peak_bytes"] > 10**6
