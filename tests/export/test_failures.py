"""Exports that are killed, interrupted, out of disk, or not allowed to write leave nothing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from slash_dataset.export import LAYOUTS

layouts = pytest.mark.parametrize("layout", LAYOUTS)

# Enough rows that no layout is done before the signal comes.
LONG_EXPORT = """
import sys
from slash_dataset.export import export
export(sys.argv[1], sys.argv[2], "standard", num_train=10**8)
"""

ALL_LAYOUTS = """
import json, sys
from slash_dataset.export import LAYOUTS, export

errors = {}
for layout in LAYOUTS:
    try:
        export(layout, f"{sys.argv[1]}/{layout}", "standard", num_train=20_000)
    except OSError as error:
        errors[layout] = [type(error).__name__, error.errno, str(error)]
print(json.dumps(errors))
"""


def written_under(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def interrupt(layout: str, dest: Path, number: int) -> int:
    """Start a long export, send it a signal when it has begun to write, return its exit code."""
    process = subprocess.Popen(
        [sys.executable, "-c", LONG_EXPORT, layout, str(dest)], stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    try:
        while not written_under(dest.parent):
            assert process.poll() is None, "it ended before it was interrupted"
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(number)
        return process.wait(timeout=60)
    finally:
        process.kill()
        process.wait()


@pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")
@layouts
def test_killed_export_leaves_no_destination(layout, tmp_path):
    assert interrupt(layout, tmp_path / "dest", signal.SIGKILL) == -signal.SIGKILL
    assert not (tmp_path / "dest").exists()
    # Nobody can clean up after a kill, but what is left is hidden and says what it was.
    assert all(name.startswith(".dest.building-") for name in os.listdir(tmp_path))


# One layout that Python writes, one that another library opens, one that C++ writes.
@pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")
@pytest.mark.parametrize("layout", ["csv", "parquet", "tfds-array-record"])
def test_interrupted_export_leaves_nothing(layout, tmp_path):
    assert interrupt(layout, tmp_path / "dest", signal.SIGINT) != 0
    assert os.listdir(tmp_path) == []


def in_own_mounts(options: str, folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run a script where `folder` is a file system of its own, which ends with the process."""
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare, from util-linux")
    wrapped = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    mount = f'mount -t tmpfs -o {options} tmpfs "$1"'
    trial = [*wrapped, mount, "sh", str(folder)]
    tried = subprocess.run(trial, capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"this system lets nobody mount: {tried.stderr.strip()}")
    command = [*wrapped, f'{mount} && exec "$2" -c "$3" "$1"', "sh", str(folder)]
    return subprocess.run(
        [*command, sys.executable, script], capture_output=True, text=True, check=True
    )


def test_full_disk_leaves_no_destination_and_is_named(tmp_path):
    check = ALL_LAYOUTS + "import os; assert os.listdir(sys.argv[1]) == [], os.listdir(sys.argv[1])"
    errors = json.loads(in_own_mounts("size=2m", tmp_path, check).stdout)
    assert list(errors) == list(LAYOUTS)
    for layout, (kind, _, message) in errors.items():
        assert kind == "OSError"
        assert message.startswith(f"[Errno 28] no space left on the disk for dest='{tmp_path}")
        assert layout in message


def test_folder_that_cannot_be_written_is_refused(tmp_path):
    errors = json.loads(in_own_mounts("ro", tmp_path, ALL_LAYOUTS).stdout)
    assert list(errors) == list(LAYOUTS)
    for kind, _, message in errors.values():
        assert kind == "PermissionError"
        assert f"{tmp_path} is not writable" in message


def test_failure_while_writing_leaves_nothing_and_an_old_export_untouched(tmp_path, monkeypatch):
    from slash_dataset.export import _csv, csv

    dest = csv(tmp_path / "dest")
    before = {path: path.read_bytes() for path in dest.rglob("*.*")}
    calls = []

    def fail_later(batch):
        calls.append(batch)
        if len(calls) > 1:
            raise RuntimeError("in the middle")
        return b"half\n"

    monkeypatch.setattr(_csv, "_lines_of_8_bits", fail_later)
    with pytest.raises(RuntimeError, match="in the middle"):
        csv(dest, "standard", force=True)
    assert {path: path.read_bytes() for path in dest.rglob("*.*")} == before
    assert os.listdir(tmp_path) == ["dest"]
