"""Every writer treats its destination alike; docs/architecture.md has the table of outcomes."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import pytest
from click.testing import CliRunner

from scripts.pages import between, markdown
from slash_dataset import export, open_config
from slash_dataset.cli.group import cli
from slash_dataset.montage import save_montage

PAGE = Path(__file__).parents[1] / "docs" / "architecture.md"


def _benchmark(dest: Path, force: bool) -> None:
    arguments = ["benchmark", "--models", "knn-1", "--out", str(dest)]
    result = CliRunner().invoke(cli, arguments + ["--force"] * force)
    assert "KNN, k=1" in result.output or result.exit_code
    if result.exit_code:
        raise OSError(result.stderr.strip().splitlines()[-1])


WRITERS = {
    "`export`": lambda dest, force: export.csv(dest, force=force),
    "`export` of TFDS": lambda dest, force: export.tfds(dest, force=force),
    "`benchmark --out`": _benchmark,
    "`preview`": lambda dest, force: save_montage(
        {"train": open_config()["train"]}, dest, columns=2, force=force
    ),
}
FILES = {"`preview`"}


def _folder(dest: Path) -> Path:
    dest.mkdir()
    return dest


def _filled(dest: Path) -> Path:
    (_folder(dest) / "mine").write_text("mine")
    return dest


def _file(dest: Path) -> Path:
    dest.write_text("mine")
    return dest


def _link(dest: Path) -> Path:
    (dest.parent / "disk").mkdir()
    dest.symlink_to("disk")
    return dest


def _dangling(dest: Path) -> Path:
    dest.symlink_to("nowhere")
    return dest


def _named(name: str):
    return lambda dest: dest.with_name(name + dest.suffix)


SITUATIONS = {
    "missing": lambda dest: dest,
    "missing, in missing folders": lambda dest: dest.parent / "a" / "b" / dest.name,
    "an empty folder": _folder,
    "a folder that is not empty": _filled,
    "the same, with `--force`": _filled,
    "a file": _file,
    "the same, with `--force` ": _file,
    "a link to a folder": _link,
    "a link that leads nowhere": _dangling,
    "a name of 240 bytes": _named("x" * 236),
    "a name of letters beyond ASCII": _named("d\u00e9p\u00f4t \u65e5\u672c"),
    "below a file": lambda dest: _file(dest) / "inner.png",
}


def outcome(writer: str, situation: str, parent: Path) -> str:
    """Write, and say in a few words what came of it."""
    dest = SITUATIONS[situation](parent / "dest.png")
    was_link, before = dest.is_symlink(), set(os.listdir(parent))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            WRITERS[writer](dest, "--force" in situation)
    except (OSError, ValueError) as error:
        assert "dest" in str(error) or "DEST" in str(error) or "--out" in str(error)
        assert set(os.listdir(parent)) == before, "something was left behind"
        for kept in (dest / "mine", dest, dest.parent):
            if kept.is_file():
                assert kept.read_text() == "mine"
        return "refused"
    assert dest.is_symlink() == was_link
    assert not list(parent.rglob(".slash-*"))
    assert dest.is_file() == (writer in FILES)
    if (dest / "mine").exists():
        return "written beside what is there"
    return "written" if not before - {"disk"} else "written in place"


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    rows = []
    for number, situation in enumerate(SITUATIONS):
        cells = []
        for writer in WRITERS:
            parent = tmp_path_factory.mktemp(f"situation-{number}")
            cells.append(outcome(writer, situation, parent))
        rows.append([situation.strip(), *cells])
    return markdown(["DEST is", *WRITERS], ["---"] * (1 + len(WRITERS)), rows)


def test_the_table_of_outcomes_is_what_happens(table):
    page = PAGE.read_text(encoding="utf-8")
    assert between(page, "destinations") == table, f"docs/architecture.md should have\n{table}"
