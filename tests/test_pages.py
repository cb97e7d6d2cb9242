"""Tables in README and docs agree with the package, and links have targets."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import click
import numpy as np
import pytest
from PIL import Image

from scripts.pages import FILES, PAGES, renewed, replaced
from scripts.pictures import MONTAGES, first_images
from slash_dataset.about import ADDRESS, CITATION, DATA_VERSION
from slash_dataset.cli.group import cli
from slash_dataset.plot.style import THEMES
from slash_dataset.release.checks import DataVersion
from slash_dataset.release.texts import entries_up_to

ROOT = Path(__file__).parents[1]
# The card is a template.
MARKDOWN = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")} - {ROOT / "dataset_card.md"})


@pytest.mark.parametrize("page", [*PAGES, *FILES])
def test_a_page_has_the_tables_of_the_package(page):
    assert (ROOT / page).read_text(encoding="utf-8") == renewed(page), "run scripts/pages.py"


@pytest.mark.parametrize(
    "page", ["", "<!-- a:end --><!-- a:begin -->", "<!-- a:begin -->", "<!-- a:begin -->" * 2]
)
def test_a_page_without_its_markers_is_refused(page):
    with pytest.raises(SystemExit, match="a:begin"):
        replaced(page, "a", "text")


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda path: path.name)
def test_links_within_the_project_lead_to_files(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#]+)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", [*MARKDOWN, ROOT / "docs/lab.ipynb"], ids=lambda path: path.name)
def test_every_picture_has_words_and_one_for_each_theme(page):
    text = page.read_text(encoding="utf-8")
    pictures = re.findall(r"<picture>(.*?)</picture>", text, flags=re.DOTALL)
    assert len(pictures) == text.count("<img ")
    for picture in pictures:
        [dark], [(alt, light)] = (
            re.findall(r'<source media="\(prefers-color-scheme: dark\)" srcset="(.+?)">', picture),
            re.findall(r'<img alt="(.+?)" src="(.+?)">', picture),
        )
        assert len(alt) > 20
        assert dark == light.replace(".png", "-dark.png")
        assert (page.parent / dark).exists()
        assert (page.parent / light).exists()


@pytest.mark.parametrize("ending", THEMES)
@pytest.mark.parametrize("name", MONTAGES)
def test_the_committed_montages_show_what_their_words_say(name, ending):
    drawn = first_images(name, THEMES[ending]).image
    with Image.open(ROOT / "docs" / "images" / f"{name}{ending}.png") as picture:
        committed = np.asarray(picture.convert("RGB"), float)
    # Letters differ from machine to machine a little.
    assert np.abs(committed - np.asarray(drawn, float)).mean() < 2, "run scripts/pictures.py"


def test_every_page_is_in_the_index():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    for page in ROOT.glob("docs/*.md"):
        if page.name != "index.md":
            assert f"]({page.name})" in index


def test_the_readme_cites_as_the_package_does():
    assert CITATION in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_version_of_the_data_has_an_entry_in_the_changelog():
    newest = entries_up_to(ROOT / "CHANGELOG.md", DataVersion.parse(DATA_VERSION))[0]
    assert str(newest.version) == DATA_VERSION


# Their blocks are recipes, which tests of their own follow.
RECIPES = {"CONTRIBUTING.md", "frameworks.md", "loaders.md"}


def _blocks():
    for page in MARKDOWN:
        text = page.read_text(encoding="utf-8")
        if page.name not in RECIPES:
            for number, code in enumerate(re.findall(r"```python\n(.*?)```", text, re.DOTALL), 1):
                yield pytest.param(code, id=f"{page.name} {number}")


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("code", list(_blocks()))
def test_a_code_block_runs_alone(code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "block", "exec"), {"__name__": "block"})


def _command_lines():
    for page in MARKDOWN:
        text = page.read_text(encoding="utf-8")
        for block in re.findall(r"```(?:bash)?\n(.*?)```", text, re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines():
                if line.startswith("slash-dataset "):
                    yield pytest.param(line, id=f"{page.name} {line[:40]}")


@pytest.mark.parametrize("line", list(_command_lines()))
def test_a_command_line_is_one_that_the_command_takes(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in ("slash_data.npz", "found/results.json"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    name, *arguments = shlex.split(line, comments=True)[1:]
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    command.make_context(name, arguments)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="tomllib came with Python 3.11")
def test_the_address_is_named_in_one_place():
    import tomllib

    urls = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
    assert urls.get("Repository") == ADDRESS
