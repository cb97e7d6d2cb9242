"""The recipes in CONTRIBUTING.md work exactly as written, on a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STEP = re.compile(r"<!-- recipe (\w+): (.+?) -->\n```\w*\n(.*?)```", re.DOTALL)


def steps(recipe: str) -> list[tuple[str, str]]:
    """The steps of a recipe: each a place, and the text to put there or the command to run."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return [(where, code) for name, where, code in STEP.findall(text) if name == recipe]


def run(copy: Path, *command: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(copy)}
    done = subprocess.run(
        [sys.executable, *command], cwd=copy, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


def follow(copy: Path, recipe: str) -> None:
    """Do to a copy what a recipe says."""
    for where, code in steps(recipe):
        if where == "run":
            for line in code.strip().splitlines():
                run(copy, *line.removeprefix("python ").split())
            continue
        path, place = where.split(", ", 1)
        file = copy / path
        if place == "new":
            assert not file.exists()
            file.write_text(code, encoding="utf-8")
            continue
        text = file.read_text(encoding="utf-8")
        file.write_text(inserted(text, place, code), encoding="utf-8")


def inserted(text: str, place: str, code: str) -> str:
    if place == "end":
        return f"{text.rstrip()}\n\n\n{code}"
    if place.startswith("after "):
        anchor = place.removeprefix("after ").strip('"') + "\n"
        assert text.count(anchor) == 1
        return text.replace(anchor, anchor + code)
    name = place.removeprefix("end of ")
    start = re.search(rf"^{name}\b.*= ", text, re.MULTILINE).start()
    rest = text[start:]
    if "Literal[" in rest.split("\n", 1)[0]:
        # One line or several: the recipe's line goes before the bracket that ends the list.
        before, _, after = rest.partition("\n]")
        return f"{text[:start]}{before.rstrip(',')},\n{code.rstrip()}\n]{after}"
    before, _, after = rest.partition("\n    )\n}")
    return f"{text[:start]}{before}\n{code.rstrip()}\n    )\n}}{after}"


@pytest.fixture
def copy(tmp_path):
    ignored = shutil.ignore_patterns(".git", ".venv*", "build", "node_modules", ".*_cache")
    return Path(shutil.copytree(ROOT, tmp_path / "copy", ignore=ignored))


def pytest_passes(copy: Path, *arguments: str) -> None:
    found = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header", *arguments)
    assert re.search(r"\d+ passed", found), found


PAGES = "tests/test_pages.py::test_a_page_has_the_tables_of_the_package"


def test_a_config_is_added_as_the_recipe_says(copy):
    follow(copy, "config")
    command = ("-m", "slash_dataset")
    assert "contrast          0.5" in run(copy, *command, "info", "faint")
    assert "faint/train: ok" in run(copy, *command, "verify", "faint")
    load = "import slash_dataset; print(len(slash_dataset.load('faint', 'test', cache_dir='c')))"
    assert run(copy, "-c", load).strip() == "2000"
    run(copy, *command, "export", "csv", "out", "--config", "faint", "--num-train", "3")
    assert "| `faint` |" in (copy / "README.md").read_text(encoding="utf-8")
    files = ["tests/test_configs.py", PAGES, "tests/test_identity.py"]
    pytest_passes(copy, *files, "tests/test_drawing.py", "-k", "config or page or identit")


def test_a_config_without_recorded_checksums_is_told_what_to_run(copy):
    [(where, record), (also, name), _] = steps("config")
    for place, code in ((where, record), (also, name)):
        path, target = place.split(", ", 1)
        file = copy / path
        file.write_text(inserted(file.read_text(encoding="utf-8"), target, code), encoding="utf-8")
    for command in (["info", "faint"], ["verify", "faint"]):
        done = subprocess.run(
            [sys.executable, "-m", "slash_dataset", *command],
            cwd=copy,
            env=os.environ | {"PYTHONPATH": str(copy)},
            capture_output=True,
            text=True,
        )
        assert done.returncode != 0
        assert "config 'faint' has no recorded checksums: run python scripts/record_" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_layout_is_added_as_the_recipe_says(copy):
    follow(copy, "layout")
    run(copy, "-m", "slash_dataset", "export", "npy", "out")
    code = "import numpy as np; print(np.load('out/train-labels.npy').shape)"
    assert run(copy, "-c", code).strip() == "(750,)"
    assert "`npy`" in (copy / "README.md").read_text(encoding="utf-8")
    pytest_passes(copy, "tests/export/test_export.py", "-k", "npy or type_checkers")
    pytest_passes(copy, PAGES, "--doctest-modules", "slash_dataset/export/_npy.py")


def test_a_model_is_added_as_the_recipe_says(copy):
    follow(copy, "model")
    code = (
        "from slash_dataset.benchmark import evaluate\n"
        "print(evaluate('nearest-centroid', 'standard', 1, num_train=50, num_test=50).model)"
    )
    assert run(copy, "-c", code).strip() == "nearest-centroid"
    found = run(copy, "-m", "slash_dataset", "benchmark", "--models", "nearest-centroid")
    assert "Nearest centroid" in found
    files = ["tests/benchmark/test_published_table.py", "tests/benchmark/test_report.py"]
    pytest_passes(copy, *files, "-k", "type_checkers or not_measured")
