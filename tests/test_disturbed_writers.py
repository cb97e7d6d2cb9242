"""Writers that are ended at any moment, or run at once, lose nothing and leave nothing behind.

A few cells run each time, all of them with `make soak`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from slash_dataset import CONFIG_NAMES
from tests.disturbed import Run, at_once, undisturbed
from tests.writers import APPENDS, OF_FILES, RESUMES, SITUATIONS, WRITERS, content, write

MOMENTS = 24
SIGNALS = ("SIGINT", "SIGTERM", "SIGKILL")


def _cells():
    for writer in WRITERS:
        situations = ["missing", "an empty folder", "a folder that is not empty, `--force`"]
        if writer in OF_FILES:
            situations = ["missing", "a file, `--force`"]
        if writer in APPENDS:
            situations = ["missing"]
        for situation in situations:
            for name in SIGNALS:
                for part in range(MOMENTS):
                    yield writer, situation, name, part


def _ids(cells):
    # The soak counts by the part before the second dash.
    return [f"{c[0].removesuffix(' --out')}-{c[2]}-{c[1]}-{c[3]}" for c in cells]


CELLS = list(_cells())
SOAK = bool(os.environ.get("SLASH_SOAK"))
CHOSEN = CELLS if SOAK else CELLS[5::97]


def visible(folder):
    """The names in a folder, without those of stages."""
    return {name for name in content(folder) if ".slash-" not in name}


@pytest.mark.parametrize(("writer", "situation", "name", "part"), CHOSEN, ids=_ids(CHOSEN))
def test_what_is_ended_leaves_what_was_there_and_the_next_run_clears_the_rest(
    writer, situation, name, part, tmp_path, record_property
):
    record_property("outcome", "ended")
    made = SITUATIONS[situation]
    moments, names = undisturbed(writer, made)
    dest = made.make(tmp_path / "dest.png")
    before = content(tmp_path)
    run = Run(writer, dest, made.force, (getattr(signal, name), part * moments // MOMENTS)).end()
    assert run.error != "", "it did not end"
    if name != "SIGKILL" and writer not in RESUMES:
        assert not [left for left in content(tmp_path) if ".slash-" in left]
        if writer not in APPENDS:
            assert content(tmp_path) == before or visible(tmp_path) == names
    again = Run(writer, dest, made.force).end()
    # What was whole before it was ended is refused the second time.
    assert again.error == "" or "exists" in again.error, again.error
    assert content(tmp_path).keys() == names
    if dest.is_file():
        assert dest.read_bytes() != b"mine"


TIMES = range(6 if SOAK else 1)
CROWDS = [
    (writer, crowd, force, time)
    for writer in WRITERS
    for crowd in (2, 8)
    for force in (False, True)
    for time in TIMES
    if not (force and writer in APPENDS)
]
CROWDS = CROWDS if SOAK else [cell for cell in CROWDS if cell[0] in ("export", "preview --out")]


@pytest.mark.parametrize(
    ("writer", "crowd", "force", "time"),
    CROWDS,
    ids=[f"{c[0].removesuffix(' --out')}-{c[1]} at once-{c[2]}-{c[3]}" for c in CROWDS],
)
def test_of_several_at_once_one_writes_and_the_others_are_refused(
    writer, crowd, force, time, tmp_path, record_property
):
    record_property("outcome", "written")
    kind = "file" if writer in OF_FILES else "folder that is not empty"
    made = SITUATIONS[f"a {kind}, `--force`" if force else "missing"]
    _, names = undisturbed(writer, made)
    dest = made.make(tmp_path / "dest.png")
    errors = {run.error for run in at_once([(writer, dest, force)] * crowd)}
    assert "" in errors, errors
    assert None not in errors, "one crashed"
    assert content(tmp_path).keys() == names


PARTS = [name for name in CONFIG_NAMES if name != "original-float64"]


@pytest.mark.parametrize("time", TIMES, ids=lambda i: f"export tfds-7 parts at once-{i}")
def test_of_several_parts_of_one_folder_each_is_there(time, tmp_path, record_property):
    record_property("outcome", "written")
    runs = at_once([(f"export tfds --config {part}", tmp_path / "data", False) for part in PARTS])
    assert {run.error for run in runs} == {""}
    assert sorted(os.listdir(tmp_path / "data" / "slash")) == [".config", *sorted(PARTS)]
    for part in PARTS:
        assert len(list((tmp_path / "data" / "slash" / part / "1.0.0").glob("*tfrecord*"))) == 2


def test_a_build_that_is_killed_takes_its_processes_with_it(tmp_path):
    """Otherwise they would keep writing, and hold its lock forever."""
    dest = tmp_path / "slash"
    command = [sys.executable, "-m", "slash_dataset", "build", str(dest), "--num-proc", "2"]
    process = subprocess.Popen(command, start_new_session=True)
    while not list(tmp_path.glob(".slash-*/new/*/*")):
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.wait()
    with suppress(ProcessLookupError):
        while True:
            os.killpg(process.pid, 0)
            time.sleep(0.02)
    write("build", dest)
    assert os.listdir(tmp_path) == ["slash"]
