"""Tables in README and docs are those of the package, and links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.pages import PAGES, renewed, replaced
from slash_dataset.about import CITATION, DATA_VERSION
from slash_dataset.release.texts import entries_up_to
from slash_dataset.release.versions import DataVersion

ROOT = Path(__file__).parents[1]
# The card is a template.
MARKDOWN = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")} - {ROOT / "dataset_card.md"})


@pytest.mark.parametrize("page", PAGES)
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


def _blocks():
    for page in ("README.md", "docs/benchmark.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        for number, code in enumerate(re.findall(r"```python\n(.*?)```", text, re.DOTALL), 1):
            yield pytest.param(code, id=f"{page} {number}")


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("code", list(_blocks()))
def test_a_code_block_runs_alone(code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "block", "exec"), {"__name__": "block"})
