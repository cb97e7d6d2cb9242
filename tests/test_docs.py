"""The docs site builds without a warning, and loads nothing from other sites."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sphinx")
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "--keep-going",
        "-q",
        "-c",
        "docs",
        ".",
        folder,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_of_the_docs_is_built(site):
    for page in [*ROOT.glob("docs/*.md"), *ROOT.glob("docs/*.ipynb")]:
        assert (site / "docs" / page.with_suffix(".html").name).exists()
    assert "docs/index.html" in (site / "index.html").read_text(encoding="utf-8")


def test_every_page_has_one_heading_of_the_first_level_and_a_place_in_the_sidebar(site):
    sidebar = (site / "docs/index.html").read_text(encoding="utf-8").partition("sidebar-tree")[2]
    for page in [*ROOT.glob("docs/*.md"), *ROOT.glob("docs/*.ipynb")]:
        html = page.with_suffix(".html").name
        assert (site / "docs" / html).read_text(encoding="utf-8").count("<h1>") == 1, html
        assert page.name == "index.md" or f'href="{html}"' in sidebar


def test_pictures_follow_the_switch_of_the_theme(site):
    page = (site / "docs/benchmark.html").read_text(encoding="utf-8")
    for theme, name in (("light", "noise.png"), ("dark", "noise-dark.png")):
        [picture] = [tag for tag in re.findall(r"<img [^>]+>", page) if f"/{name}" in tag]
        assert f"only-{theme}" in picture
        assert (site / "_images" / name).exists()


def test_no_page_loads_anything_from_elsewhere(site):
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|img|link|iframe|source)[^>]+(?:src|href)=\"([^\"]+)", text)
        assert not [target for target in loaded if "//" in target], page
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\([\"']?(?:https?:)?//", sheet.read_text(encoding="utf-8")), sheet


def test_the_explorer_is_embedded(site):
    page = site / "docs" / "explorer.html"
    [source] = re.findall(r'<iframe[^>]+src="([^"]+)"', page.read_text(encoding="utf-8"))
    committed = ROOT / "slash_dataset" / "explorer.html"
    assert (page.parent / source).read_bytes() == committed.read_bytes()


def test_the_reference_has_every_public_function_and_every_command(site):
    import slash_dataset
    from slash_dataset.cli.group import COMMANDS

    api = (site / "docs/reference/api.html").read_text(encoding="utf-8")
    functions = {"draw", "explore", "load", "load_data", "open_config", "render", "Source"}
    functions |= {"Stream", "Variant"}
    assert functions <= set(slash_dataset.__all__)
    for name in functions:
        assert f'id="slash_dataset.{name}"' in api
    for module in (slash_dataset.plot, slash_dataset.benchmark):
        for name in module.__all__:
            if callable(getattr(module, name)):
                assert re.search(rf'id="{module.__name__}\.(\w+\.)*{name}"', api), name
    commands = (site / "docs/reference/cli.html").read_text(encoding="utf-8")
    for name in COMMANDS:
        assert f'id="slash-dataset-{name}"' in commands
