"""Every recipe of docs/frameworks.md and docs/loaders.md runs, and prints what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from slash_dataset.export import LAYOUTS

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "frameworks.md"
RECIPE = re.compile(r"^## (?P<title>.+?)$|```python\n(?P<code>.*?)```", re.MULTILINE | re.DOTALL)
PROMISE = re.compile(r"[Pp]rints (?P<least>at least )?(?P<value>[0-9.]*[0-9])")


def recipes(page=PAGE):
    text, title, end = page.read_text(encoding="utf-8"), "", 0
    for found in RECIPE.finditer(text):
        if found["title"]:
            title = found["title"]
        else:
            promise = PROMISE.search(text, end, found.start())
            yield pytest.param(found["code"], promise, id=title)
        end = found.end()


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize(("code", "promise"), [*recipes(), *recipes(DOCS / "loaders.md")])
def test_recipe_is_short_and_prints_what_the_page_says(
    code, promise, tmp_path, monkeypatch, capsys
):
    assert len(code.splitlines()) <= 10
    assert promise, "the page does not say what it prints"
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "recipe", "exec"), {"__name__": "recipe"})
    printed = float(capsys.readouterr().out.splitlines()[-1])
    if promise["least"]:
        assert printed >= float(promise["value"])
    else:
        assert printed == float(promise["value"])


def test_page_has_a_recipe_for_every_framework():
    titles = " ".join(parameter.id for parameter in recipes())
    frameworks = "PyTorch Lightning Trainer Keras JAX Grain scikit-learn DuckDB Polars"
    for framework in frameworks.split():
        assert framework in titles


def test_page_names_every_layout():
    text = PAGE.read_text(encoding="utf-8")
    for layout in LAYOUTS:
        assert f"| `{layout}` |" in text
