"""``slash-dataset explore`` and ``slash_dataset.explore()``."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import slash_dataset
from slash_dataset.cli.group import cli
from slash_dataset.explorer import page


def run(*arguments):
    return CliRunner().invoke(cli, ["explore", *map(str, arguments)])


def test_the_page_is_written_and_never_over_another_file(tmp_path):
    out = tmp_path / "page.html"
    assert run("--out", out).exit_code == 0
    assert out.read_text(encoding="utf-8") == page()
    out.write_text("mine")
    refused = run("--out", out)
    assert refused.exit_code == 1
    assert "--force" in refused.output
    assert out.read_text() == "mine"
    assert run("--out", out, "--force").exit_code == 0
    assert out.read_text(encoding="utf-8") == page()


def test_the_page_is_opened_or_the_user_is_told_where_it_is(monkeypatch):
    opened = []
    monkeypatch.setattr(click, "launch", lambda path: opened.append(path) or len(opened) - 1)
    assert run().exit_code == 0
    assert Path(opened[0]).read_text(encoding="utf-8") == page()
    failed = run()
    assert failed.exit_code == 1
    assert opened[1] in failed.output


def test_a_frame_has_the_height_that_is_asked_for_within_its_bounds():
    assert "height: 500px" in slash_dataset.explore(500)._repr_html_()
    with pytest.raises(ValueError, match="height=5 is out of range: height takes"):
        slash_dataset.explore(5)
