"""What a killed run has left goes with the next one, and nothing else does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from slash_dataset.release.scratch import scratch_folder

HOLD = """
from slash_dataset.destinations import ended_by_signals
from slash_dataset.release.scratch import scratch_folder
import time
with ended_by_signals(), scratch_folder("held") as folder:
    (folder / "part").write_text("half")
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def holder(temporary):
    """Another process with a folder of its own."""
    root = str(Path(__file__).parents[2])
    settings = {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": root}
    command = [sys.executable, "-c", HOLD]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=settings)
    process.folder = Path(process.stdout.readline().strip())
    yield process
    process.kill()
    process.wait()


def test_a_folder_in_use_is_kept(holder):
    with scratch_folder("mine"):
        assert (holder.folder / "part").read_text() == "half"


def test_the_folder_of_a_process_that_was_killed_goes_with_the_next(holder, temporary):
    holder.kill()
    holder.wait()
    assert holder.folder.is_dir()
    with scratch_folder("mine"):
        assert not holder.folder.exists()
    assert not list(temporary.iterdir())


def test_sigterm_leaves_nothing(holder, temporary):
    holder.send_signal(signal.SIGTERM)
    assert holder.wait(30) == 128 + signal.SIGTERM
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("lock", [None, "another-host"])
def test_what_may_be_somebody_elses_is_kept(temporary, lock):
    theirs = temporary / "slash-dataset-compare-x"
    theirs.mkdir()
    (theirs / "notes.txt").write_text("mine")
    if lock is not None:
        (theirs / ".in-use").write_text(lock)
    with scratch_folder("mine"):
        pass
    assert (theirs / "notes.txt").read_text() == "mine"


def test_an_error_inside_leaves_nothing(temporary):
    with pytest.raises(ValueError, match="inside"), scratch_folder("mine"):
        raise ValueError("inside")
    assert not list(temporary.iterdir())
