"""The lab runs from the first cell to the last, and its solutions pass its checks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbclient")
from scripts.lab import run  # noqa: E402 - needs both

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def lab():
    return nbformat.read(DOCS / "lab.ipynb", as_version=4)


def printed(notebook):
    return [
        output["text"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output["output_type"] == "stream"
    ]


def test_the_lab_runs_and_the_solutions_pass_its_checks(lab, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(DOCS.parent))
    page = (DOCS / "lab-solution.md").read_text(encoding="utf-8")
    solutions = dict(re.findall(r"```python\n(.*?(?:def (my_\w+)).*?)```", page, re.DOTALL))
    for cell in lab.cells:
        for code, name in solutions.items():
            if f"def {name}(" in cell.source:
                cell.source = code
    run(lab)
    text = "".join(printed(lab))
    assert [f"{part}: " in text for part in "ABC"] == [True] * 3
    assert text.count(" - done") == 3, text


def test_the_lab_is_committed_with_its_pictures_and_small():
    path = DOCS / "lab.ipynb"
    assert path.stat().st_size < 400_000
    notebook = nbformat.read(path, as_version=4)
    pictures = [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert len(pictures) >= 8
    assert not any("Traceback" in text or "Warning" in text for text in printed(notebook))
    assert "pip install" in next(c for c in notebook.cells if c.cell_type == "code").source
