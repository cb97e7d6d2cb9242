"""All writers of the package, and all situations that a destination may be in.

``python -m tests.writers PLACE FOLDER`` tries those situations that need a place of their own: a
mount namespace, or a user who owns nothing. It prints what came of them as JSON.
"""

from __future__ import annotations

import errno
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from slash_dataset import destinations, stages
from slash_dataset.cli.group import cli

ROOT = Path(__file__).parents[1]
# The command line of each writer, before its destination.
WRITERS = {
    "export": "export csv",
    "export tfds": "export tfds",
    "build": "build --configs original --num-proc 1 --no-progress",
    "benchmark --out": "benchmark --models knn-1 --no-progress --out",
    "sweep --out": "sweep --models knn-1 --seeds 1 --num-train 50 --num-test 20 --out",
    "preview --out": "preview --columns 2 --out",
    "explore --out": "explore --out",
}
OF_FILES = {"sweep --out", "preview --out", "explore --out"}
# Appends line by line: there is nothing to force, and no step that is the last.
APPENDS = {"sweep --out"}
# Keeps what is done.
RESUMES = {"export tfds"}


class RefusedError(Exception):
    """The message of a command that writes nothing."""


def write(writer: str, dest: Path, force: bool = False) -> None:
    """Run a writer, or any command; if it fails, raise an error with its last line."""
    arguments = [*WRITERS.get(writer, writer).split(), str(dest), *["--force"] * force]
    done = CliRunner().invoke(cli, arguments, prog_name="slash-dataset")
    if done.exit_code:
        if not isinstance(done.exception, SystemExit):
            raise done.exception
        raise RefusedError((done.stderr.strip() or str(done.exit_code)).splitlines()[-1])


def _folder(dest: Path) -> Path:
    dest.mkdir()
    return dest


def _filled(dest: Path) -> Path:
    (_folder(dest) / "mine").write_text("mine")
    return dest


def _file(dest: Path) -> Path:
    dest.write_text("mine")
    return dest


def _link_to(make: Callable[[Path], Path], name: str) -> Callable[[Path], Path]:
    def link(dest: Path) -> Path:
        (dest.parent / "disk").mkdir()
        make(dest.parent / "disk" / name)
        dest.symlink_to(f"disk/{name}")
        return dest

    return link


def _dangling(dest: Path) -> Path:
    dest.symlink_to("nowhere")
    return dest


def _circular(dest: Path) -> Path:
    dest.symlink_to(dest.name)
    return dest


def _named(name: str) -> Callable[[Path], Path]:
    return lambda dest: dest.with_name(name + dest.suffix)


def _mounted(make: Callable[[Path], Path]) -> Callable[[Path], Path]:
    def mount(dest: Path) -> Path:
        make(dest)
        subprocess.run(["mount", "--bind", str(dest), str(dest)], check=True)
        return dest

    return mount


def _on_a_disk(options: str) -> Callable[[Path], Path]:
    """A full disk of one block, remounted with other options."""

    def mount(dest: Path) -> Path:
        disk = str(_folder(dest.parent / "disk"))
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", disk], check=True)
        (dest.parent / "disk" / "mine").write_bytes(bytes(4096))
        subprocess.run(["mount", "-o", f"remount,{options}", disk], check=True)
        return dest.parent / "disk" / dest.name

    return mount


def _closed_parent(dest: Path) -> Path:
    dest.parent.chmod(0o555)
    return dest


@contextmanager
def _failing_last_step() -> Iterator[None]:
    """Make the last move fail, the one that would complete the destination."""
    move = stages.move_exclusively

    def fails(source: Path, dest: Path) -> None:
        left = [name for name in os.listdir(source.parent) if name != "lock"]
        outermost = str(source).count(".partial") == 1 and "old" not in source.parts
        if outermost and left == [source.name]:
            raise OSError(errno.EIO, "an error of the disk", str(dest))
        move(source, dest)

    destinations.move_exclusively = stages.move_exclusively = fails
    try:
        yield
    finally:
        destinations.move_exclusively = stages.move_exclusively = move


class Situation(NamedTuple):
    """How a destination is made, what else happens, and which place that needs."""

    make: Callable[[Path], Path]
    force: bool = False
    place: str = ""
    meanwhile: Callable[[], object] = nullcontext


SITUATIONS = {
    "missing": Situation(lambda dest: dest),
    "missing, in missing folders": Situation(lambda dest: dest.parent / "a" / "b" / dest.name),
    "missing, and the last step fails": Situation(lambda dest: dest, meanwhile=_failing_last_step),
    "an empty folder": Situation(_folder),
    "an empty folder, and the last step fails": Situation(_folder, meanwhile=_failing_last_step),
    "a folder that is not empty": Situation(_filled),
    "a folder that is not empty, `--force`": Situation(_filled, force=True),
    "not empty, `--force`, and the last step fails": Situation(
        _filled, force=True, meanwhile=_failing_last_step
    ),
    "a file": Situation(_file),
    "a file, `--force`": Situation(_file, force=True),
    "a link to a folder": Situation(_link_to(_folder, "data")),
    "a link to a file, `--force`": Situation(_link_to(_file, "data.png"), force=True),
    "a link that leads nowhere": Situation(_dangling),
    "a link to itself": Situation(_circular),
    "a mount point": Situation(_mounted(_folder), place="mounts"),
    "a mount point that is not empty, `--force`": Situation(
        _mounted(_filled), force=True, place="mounts"
    ),
    "a file that is a mount point, `--force`": Situation(
        _mounted(_file), force=True, place="mounts"
    ),
    "on a full disk": Situation(_on_a_disk("rw"), place="mounts"),
    "on a disk that cannot be written": Situation(_on_a_disk("ro"), place="mounts"),
    "missing, in a folder that I may not write to": Situation(_closed_parent, place="stranger"),
    "my folder in one that I may not write to": Situation(
        lambda dest: _closed_parent(_folder(dest)), place="stranger"
    ),
    "a folder that I may not write to": Situation(
        lambda dest: _closed_parent(_folder(dest) / "x").parent, place="stranger"
    ),
    "below a file": Situation(lambda dest: _file(dest) / "inner.png"),
    "a name of 240 bytes": Situation(_named("x" * 236)),
    "a name of letters beyond ASCII": Situation(_named("d\u00e9p\u00f4t \u65e5\u672c")),
}


def content(folder: Path) -> dict[str, bytes | str | None]:
    """Everything below a folder: bytes of files, targets of links, None for folders."""
    return {
        str(path.relative_to(folder)): os.readlink(path)
        if path.is_symlink()
        else path.read_bytes()
        if path.is_file()
        else None
        for path in folder.rglob("*")
    }


def outcome(writer: str, situation: str, parent: Path) -> str:
    """Write, and say in a few words what came of it."""
    make, force, _, meanwhile = SITUATIONS[situation]
    if writer in APPENDS and (force or meanwhile is not nullcontext):
        return ""
    dest = make(parent / "dest.png")
    before = content(parent)
    try:
        with warnings.catch_warnings(), meanwhile():
            warnings.simplefilter("error", UserWarning)
            write(writer, dest, force)
    except RefusedError as error:
        assert dest.name in str(error), error
        # A file of results is begun empty, and its locks stay beside it.
        after = {k: v for k, v in content(parent).items() if v != b""}
        if writer in RESUMES and after != before:
            assert before.items() <= after.items()
            write(writer, dest, force)
            return "stopped, and goes on when run again"
        assert after == before, error
        return "refused"
    after = content(parent)
    assert not [name for name in after if ".slash-" in name]
    assert {k: v for k, v in after.items() if isinstance(v, str)} == {
        k: v for k, v in before.items() if isinstance(v, str)
    }, "a link is gone"
    assert os.path.isfile(dest) == (writer in OF_FILES)
    if (dest / "mine").exists():
        return "written beside what is there"
    return "written in place" if str(dest.relative_to(parent)) in before else "written"


def outcomes(place: str, folder: Path) -> dict[str, dict[str, str]]:
    """Try every writer in every situation of a place."""
    found = {}
    for number, (name, situation) in enumerate(SITUATIONS.items()):
        if situation.place == place:
            found[name] = {}
            for column, writer in enumerate(WRITERS):
                parent = folder / f"{number}-{column}"
                parent.mkdir()
                found[name][writer] = outcome(writer, name, parent)
    return found


@functools.cache
def outcomes_elsewhere(place: str, time: int) -> dict[str, dict[str, str]]:
    """Try every writer in every situation of a place, in another process."""
    del time
    settings = {name: value for name, value in os.environ.items() if name != "HOME"}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [*into(place), sys.executable, "-m", "tests.writers", place, folder],
            cwd=ROOT,
            env=settings | {"PYTHONPATH": str(ROOT), "TMPDIR": folder},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, str]] = json.loads(done.stdout.splitlines()[-1])
    return found


# Who has no entry in any list of users, and may do nothing but what everybody may.
STRANGER = "12345"
PLACES = {
    "mounts": (["--map-root-user", "--mount"], ["mount", "-t", "tmpfs", "tmpfs", "/mnt"]),
    "stranger": ([f"--map-user={STRANGER}", f"--map-group={STRANGER}"], ["true"]),
}


@functools.cache
def into(place: str) -> list[str]:
    """The prefix of a command that runs in its own place."""
    options, trial = PLACES[place]
    command = ["unshare", "--user", *options]
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare, from util-linux")
    tried = subprocess.run([*command, *trial], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"this system lets nobody do that: {tried.stderr.strip()}")
    return command


if __name__ == "__main__":
    print(json.dumps(outcomes(sys.argv[1], Path(sys.argv[2]))))
