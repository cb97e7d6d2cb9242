"""Exports that are killed, interrupted, out of space or not permitted leave nothing behind."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from slash_dataset import export
from slash_dataset.export import LAYOUTS

layouts = pytest.mark.parametrize("layout", LAYOUTS)

# Enough rows that no layout is done before the signal comes.
LONG_EXPORT = """
import sys
from slash_dataset.export import export
export(sys.argv[1], sys.argv[2], "standard", num_train=10**7)
"""

ALL_LAYOUTS = """
import json, sys
from slash_dataset.export import LAYOUTS, export

def errors():
    for layout in LAYOUTS:
        try:
            export(layout, f"{sys.argv[1]}/{layout}", "standard", num_train=20_000)
        except OSError as error:
            yield layout, [type(error).__name__, error.errno, str(error)]

print(json.dumps(dict(errors())))
"""

FILLED_MEANWHILE = """
import os
from slash_dataset.export import _writing

assert os.listdir(sys.argv[1]) == [], os.listdir(sys.argv[1])
_writing.check_room = lambda *arguments: None
print(json.dumps(dict(errors())))
assert os.listdir(sys.argv[1]) == [], os.listdir(sys.argv[1])
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
    dest = tmp_path / "dest"
    assert interrupt(layout, dest, signal.SIGKILL) == -signal.SIGKILL
    assert not [p for p in dest.rglob("*") if p.is_file() and "/.slash-" not in str(p)]
    # Nobody can clean up after a kill, but what is left is hidden, and the next run removes it.
    assert all(name.startswith(".slash-") for name in os.listdir(tmp_path) if name != "dest")


# One layout that Python writes, one that another library opens, one that C++ writes.
@pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")
@pytest.mark.parametrize("layout", ["csv", "parquet", "tfds-array-record"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_export_leaves_nothing(layout, number, tmp_path):
    assert interrupt(layout, tmp_path / "dest", number) != 0
    if list(tmp_path.glob("dest/.slash-partial/new/*/*")):
        return  # a shard was done, and stays
    assert os.listdir(tmp_path) == []


def in_own_mounts(options: str, folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run a script where `folder` is a separate file system, which ends with the process."""
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
    """Before the work, if it is known then, with both sizes."""
    done = in_own_mounts("size=6m", tmp_path, ALL_LAYOUTS + FILLED_MEANWHILE)
    before, meanwhile = map(json.loads, done.stdout.splitlines())
    sizes = "about .* MB are needed, and 6.3 MB are free"
    for errors, reason in (before, sizes), (meanwhile, ".*No space left on device.*"):
        assert list(errors) == list(LAYOUTS)
        for layout, (kind, number, message) in errors.items():
            assert (kind, number) == ("OSError", 28)
            named = (
                rf"not enough space on the disk for dest='{tmp_path}/{layout}.*': {reason}; noth"
            )
            assert re.search(named, message), message


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


def exports_at_once(dests, *options):
    """Start exports at the same moment; return their exit codes and what they said."""
    command = [sys.executable, "-m", "slash_dataset", "export"]
    children = [
        subprocess.Popen([*command, *arguments, *options], stderr=subprocess.PIPE, text=True)
        for arguments in dests
    ]
    said = [child.communicate()[1] for child in children]
    return [child.returncode for child in children], said


def test_two_exports_into_one_data_dir_are_both_there(tmp_path):
    rows = ["--num-train", "3000"]
    jobs = [["tfds", str(tmp_path / "data"), "--config", name, *rows] for name in ("long", "noisy")]
    codes, said = exports_at_once(jobs)
    assert codes == [0, 0], said
    assert sorted(os.listdir(tmp_path / "data" / "slash")) == [".config", "long", "noisy"]
    for name in ("long", "noisy"):
        assert len(list((tmp_path / "data" / "slash" / name / "1.0.0").glob("*tfrecord*"))) == 2
    codes, said = exports_at_once([[*jobs[0], "--seed", "1"]])
    assert codes == [1]
    assert "holds another export" in said[0]


def test_of_two_exports_to_one_destination_one_is_refused(tmp_path):
    codes, said = exports_at_once([["csv", str(tmp_path / "d")], ["mnist", str(tmp_path / "d")]])
    assert sorted(codes) == [0, 1], said
    text = (tmp_path / "d" / "README.md").read_text(encoding="utf-8")
    names = {"README.md", "train", "test"} if "layout `csv`" in text else {"README.md", "Slash"}
    assert set(os.listdir(tmp_path / "d")) == names


def test_a_mount_point_is_filled_in_place(tmp_path):
    script = (
        "import os, sys\nfrom slash_dataset import cli\n"
        "sys.argv[1:] = ['export', 'csv', sys.argv[1]]\n"
        "try:\n    cli.main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "print(sorted(os.listdir(sys.argv[3])))\n"
    )
    done = in_own_mounts("size=20m", tmp_path, script)
    assert done.stdout.splitlines()[-1] == "['README.md', 'test', 'train']"


@layouts
def test_more_rows_than_fit_are_refused_with_both_sizes_at_once(layout, tmp_path):
    start = time.monotonic()
    rows = 2**32 - 1 if layout == "mnist" else 10**12
    monstrous = {"num_train": rows, "image_size": 512} if layout == "mnist" else {"num_train": rows}
    with pytest.raises(OSError, match=r"dest='.*': about [\d,.]+ TB are needed, and .* free"):
        export.export(layout, tmp_path / "a" / "dest", "standard", **monstrous)
    assert time.monotonic() - start < 60
    assert os.listdir(tmp_path) == []


@layouts
def test_the_size_that_is_foretold_is_the_size_that_comes(layout, tmp_path, monkeypatch):
    from slash_dataset.export import _writing

    foretold = []
    bytes_needed = _writing.bytes_needed
    monkeypatch.setattr(_writing, "_AT_MOST", 10**9)
    monkeypatch.setattr(
        _writing,
        "bytes_needed",
        lambda *given: foretold.append(bytes_needed(*given)) or foretold[0],
    )
    dest = export.export(layout, tmp_path / layout, "standard", num_train=4_000, num_test=1)
    files = [path.stat() for path in dest.rglob("*") if path.is_file()]
    assert 0.9 < foretold[0] / sum(max(f.st_size, 512 * f.st_blocks) for f in files) < 1.1
