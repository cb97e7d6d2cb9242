"""Every writer treats its destination alike; docs/architecture.md has the table of outcomes.

``python -m tests.test_destinations_of_writers`` renews that table.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from scripts.pages import between, markdown, renew
from tests.writers import ROOT, SITUATIONS, WRITERS, outcome, outcomes_elsewhere

PAGE = ROOT / "docs" / "architecture.md"
HEAD = ["DEST is", *(f"`{writer}`" for writer in WRITERS)]
TIMES = range(6 if os.environ.get("SLASH_SOAK") else 1)


def happens(writer: str, situation: str, folder: Path, time: int = 0) -> str:
    """Say what comes of a writer in a situation."""
    place = SITUATIONS[situation].place
    if place:
        return outcomes_elsewhere(place, time)[situation][writer]
    return outcome(writer, situation, folder)


def cells_of_the_page():
    for line in between(PAGE.read_text(encoding="utf-8"), "destinations").splitlines():
        situation, *outcomes = (cell.strip() for cell in line.strip("|").split("|"))
        for writer, said in zip(WRITERS, outcomes, strict=True):
            for time in TIMES if said and situation in SITUATIONS else ():
                # The soak counts by the part before the second dash.
                name = f"{writer.removesuffix(' --out')}-each DEST-{situation}-{time}"
                yield pytest.param(writer, situation, said, time, id=name)


@pytest.mark.parametrize(("writer", "situation", "said", "time"), list(cells_of_the_page()))
def test_every_writer_does_what_the_page_says(
    writer, situation, said, time, tmp_path, monkeypatch, record_property
):
    # Where a benchmark leaves what it could not write.
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path.parent))
    assert happens(writer, situation, tmp_path, time) == said
    record_property("outcome", {"written": "written", "stopped": "ended"}.get(said[:7], "refused"))


def test_the_page_has_every_writer_and_every_situation():
    head, _, *rows = between(PAGE.read_text(encoding="utf-8"), "destinations").splitlines()
    assert head == markdown(HEAD, [], []).splitlines()[0]
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == list(SITUATIONS)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        rows = []
        for situation in SITUATIONS:
            rows.append([situation])
            for writer in WRITERS:
                rows[-1].append(happens(writer, situation, Path(tempfile.mkdtemp(dir=name))))
        renew(PAGE, "destinations", markdown(HEAD, ["---"] * len(HEAD), rows))
