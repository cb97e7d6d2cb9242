"""Every writer treats its destination alike; docs/architecture.md has the table of outcomes.

``python -m tests.test_destinations_of_writers`` renews that table.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from scripts.pages import between, markdown, renew
from tests.writers import ROOT, SITUATIONS, WRITERS, outcome, outcomes_elsewhere

PAGE = ROOT / "docs" / "architecture.md"


def row(situation: str, folder: Path) -> list[str]:
    """What comes of one situation, writer by writer."""
    place = SITUATIONS[situation].place
    if place:
        found = outcomes_elsewhere(place)[situation]
    else:
        found = {}
        for number, writer in enumerate(WRITERS):
            (folder / str(number)).mkdir()
            found[writer] = outcome(writer, situation, folder / str(number))
    return [situation, *found.values()]


def table(rows: list[list[str]]) -> str:
    """Return rows as they stand in the page."""
    head = ["DEST is", *(f"`{writer}`" for writer in WRITERS)]
    return markdown(head, ["---"] * len(head), rows)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_every_writer_does_what_the_page_says(situation, tmp_path, monkeypatch):
    # Where a benchmark leaves what it could not write.
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    happened = table([row(situation, tmp_path)]).splitlines()
    page = between(PAGE.read_text(encoding="utf-8"), "destinations").splitlines()
    assert happened[:2] == page[:2]
    assert happened[2] in page[2:]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        rows = []
        for number, situation in enumerate(SITUATIONS):
            (Path(name) / str(number)).mkdir()
            rows.append(row(situation, Path(name) / str(number)))
        renew(PAGE, "destinations", table(rows))
