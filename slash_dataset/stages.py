"""Stages: the hidden folders in which destinations are made, and the moves out of them.

The run that fills a stage shares its lock with the children that work there. A later run for the
same destination takes that lock, removes the stages of dead runs and undoes their half-finished
moves; it never touches a locked stage. For a stage of another user, or of another host, where a
lock tells nothing, it only warns.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import shutil
import socket
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .signals import held

try:
    import fcntl
except ImportError:  # Windows: no run is considered dead, and two of one export go unnoticed
    fcntl = None  # type: ignore[assignment]

PathLike = str | os.PathLike[str]

_HIDDEN, _PARTIAL = ".slash-", ".partial"
_LAST = "README.md"  # the entry that declares a folder complete
LOCK, _JOURNAL, NEW, _OLD = "lock", "journal.json", "new", "old"
# A file system's clock may tick in steps of up to this many seconds.
TICK = 0.02


def _prefix(target: Path, where: Path) -> str:
    """The prefix of the names of a destination's stages; short, however long its own name is.

    Inside a destination, it is the same for every name that a mount or a link gives the folder.
    """
    name = b"" if where == target else os.fsencode(target.name)
    return f"{_HIDDEN}{hashlib.sha256(name).hexdigest()[:8]}-"


@contextmanager
def open_stage(dest: PathLike, target: Path, where: Path) -> Iterator[Path]:
    """Make a hidden folder for a destination, locked while the block runs and then removed.

    It has a new folder `NEW`, for what the block makes.
    """
    made: list[Path] = []
    with held():
        try:
            try:
                stage, lock = _make_stage(target, where, made)
            except OSError as error:
                raise type(error)(
                    error.errno, f"dest={str(dest)!r} cannot be created: {error.strerror}"
                ) from error
            try:
                with held(False):
                    yield stage
            finally:
                empty_stage(stage)
                os.close(lock)
                remove_stage(stage)
        except BaseException:
            # Parents that we made and nobody else used, each before its own.
            for folder in sorted(made, reverse=True):
                with suppress(OSError):
                    folder.rmdir()
            raise


def _make_stage(target: Path, where: Path, made: list[Path]) -> tuple[Path, int]:
    attempts_left = 20
    while True:
        missing = [parent for parent in (where, *where.parents) if not parent.exists()]
        stage = where / f"{_prefix(target, where)}{secrets.token_hex(4)}{_PARTIAL}"
        try:
            where.mkdir(parents=True, exist_ok=True)
            made += missing
            stage.mkdir(0o700)
            lock = os.open(stage / LOCK, os.O_CREAT | os.O_EXCL | os.O_RDWR)
            take_lock(lock)
            os.write(lock, socket.gethostname().encode())  # from here on it may be considered dead
            (stage / NEW).mkdir()
            return stage, lock
        except FileNotFoundError:
            # Another run may remove an empty stage, and a parent that looks unused.
            made += [folder for folder in missing if folder.exists() and folder not in made]
            if not attempts_left:
                raise
            attempts_left -= 1
        except OSError:  # a disk with room for a folder but not for a file
            remove_stage(stage)
            raise


def join_stage(stage: Path) -> None:
    """Share the lock of a stage, for as long as this process lives, as a child of its run."""
    take_lock(os.open(stage / LOCK, os.O_RDONLY))


def take_lock(lock: int, *, alone: bool = False) -> None:
    """Lock an open file, shared or alone, or raise an OSError; on Windows, do nothing."""
    if fcntl is not None:
        fcntl.flock(lock, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)


def empty_stage(stage: Path) -> None:
    """Remove everything but the lock and what could not be moved back."""
    for path in stage.iterdir():
        if path.is_dir() and path.name != _OLD:
            shutil.rmtree(path, ignore_errors=True)
        elif path.name not in (_OLD, LOCK):
            with suppress(OSError):
                path.unlink()


def remove_stage(stage: Path) -> None:
    """Remove a stage, the lock last: it lets a later run find what could not be removed."""
    with suppress(OSError):
        (stage / _OLD).rmdir()
    with suppress(OSError):
        if set(os.listdir(stage)) <= {LOCK}:
            (stage / LOCK).unlink(missing_ok=True)
            stage.rmdir()


def sweep(target: Path) -> None:
    """Clean up after dead runs for a destination, and name stages that may be alive elsewhere."""
    stages: list[Path] = []
    for where in (target, target.parent):
        with suppress(OSError):
            stages += [p for p in where.iterdir() if p.name.startswith(_prefix(target, where))]
    for stage in stages:
        try:
            lock = os.open(stage / LOCK, os.O_RDWR)
        except OSError:
            with suppress(OSError):  # no lock yet, or no longer: removed if empty
                stage.rmdir()
            continue
        try:
            if _is_dead(stage, lock):
                _take_back(stage, target)
                with suppress(FileNotFoundError):  # its run has let go and is removing it
                    empty_stage(stage)
                remove_stage(stage)
        finally:
            os.close(lock)


def _is_dead(stage: Path, lock: int) -> bool:
    """Whether a stage is now ours alone; warn of one whose lock tells nothing here."""
    here, host = socket.gethostname(), os.read(lock, 1024).decode(errors="replace")
    if not host or (fcntl is None and host == here):
        return False
    try:
        if host == here:
            take_lock(lock, alone=True)
        user = stage.lstat().st_uid
    except OSError:
        return False  # a run fills it, or it is gone
    if (host, user) != (here, getattr(os, "geteuid", int)()):
        warnings.warn(
            f"{stage} was made on host {host!r} by user {user}, by a run that may be alive; remove "
            "it if it is not",
            stacklevel=5,
        )
        return False
    return True


def _take_back(stage: Path, target: Path) -> None:
    """Undo the moves of a run that died while moving: ours out, what they displaced back in.

    If it had moved everything, it is finished, and what was displaced is removed.
    """
    try:
        journal = json.loads((stage / _JOURNAL).read_text(encoding="utf-8"))
        written = _changed(stage / _JOURNAL)
    except FileNotFoundError:
        _clear(stage, target)
        return
    except (OSError, ValueError):  # it died while writing this, before moving anything
        return
    for name, inode in journal.items():
        path = target / name
        with suppress(OSError):
            if path.lstat().st_ino == inode:
                if path.is_dir() and not path.is_symlink():
                    _remove_older(path, written)
                else:
                    path.unlink()
    _restore(stage / _OLD, target)


def entries(folder: Path) -> dict[str, int]:
    """The names and inodes of what is in a folder, without any run's stages."""
    return {
        entry.name: entry.inode()
        for entry in os.scandir(folder)
        if not (entry.name.startswith(_HIDDEN) and entry.name.endswith(_PARTIAL))
    }


def move_or_say(source: Path, target: Path, dest: PathLike) -> None:
    """Move exclusively; if `target` exists by now, say so in terms of `dest`."""
    try:
        move_exclusively(source, target)
    except (FileExistsError, NotADirectoryError):
        raise FileExistsError(
            f"dest={str(dest)!r}: {target.name!r} has appeared there meanwhile; it was left as it "
            "is, and nothing was added"
        ) from None


def fill(stage: Path, target: Path, before: dict[str, int], dest: PathLike) -> None:
    """Move the contents of the stage into a folder that exists, all of them or none."""
    began = _changed(stage / LOCK)
    new = sorted(os.scandir(stage / NEW), key=lambda entry: (entry.name == _LAST, entry.name))
    journal = {entry.name: entry.inode() for entry in new}
    time.sleep(TICK)  # so that new entries are older than the journal
    (stage / _OLD).mkdir()
    (stage / _JOURNAL).write_bytes(json.dumps(journal).encode())
    try:
        for name, inode in before.items():
            _make_room(target / name, stage / _OLD / name, inode, began)
        for name in journal:
            move_or_say(stage / NEW / name, target / name, dest)
    except BaseException:
        _take_back(stage, target)
        raise
    (stage / _JOURNAL).unlink()
    _clear(stage, target)


def _clear(stage: Path, target: Path) -> None:
    """Remove what was displaced, but put back what arrived in its folders since the work began."""
    if (stage / _OLD).is_dir():
        for entry in os.scandir(stage / _OLD):
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
        _remove_older(stage / _OLD, _changed(stage / LOCK))
        _restore(stage / _OLD, target)


def _make_room(path: Path, aside: Path, inode: int, began: int) -> None:
    """Set aside what was there when the work began and has not been rewritten since."""
    with suppress(FileNotFoundError):
        is_folder = path.is_dir() and not path.is_symlink()
        if path.lstat().st_ino == inode and (is_folder or _changed(path) < began):
            try:
                os.rename(path, aside)
            except OSError as error:
                if error.errno not in (errno.EBUSY, errno.EXDEV):  # a mount point stays
                    raise


def _changed(path: Path) -> int:
    """Return when a file last changed, in ns; on Windows, when its content did."""
    found = path.lstat()
    return found.st_mtime_ns if sys.platform == "win32" else found.st_ctime_ns


def move_exclusively(source: Path, dest: Path) -> None:
    """Move a file or a folder, but never over anything: raise FileExistsError instead."""
    if os.path.lexists(dest):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(dest))
    if source.is_dir() and not source.is_symlink():
        try:
            os.rename(source, dest)  # this replaces a new folder if it is empty
        except OSError as error:
            if error.errno == errno.ENOTEMPTY:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(dest)) from None
            raise
        return
    try:
        os.link(source, dest, follow_symlinks=False)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):  # no hard links here: claim the name first
        os.close(os.open(dest, os.O_CREAT | os.O_EXCL))
        os.replace(source, dest)
    else:
        source.unlink()


def _remove_older(folder: Path, moment: int) -> None:
    """Remove everything in a folder unchanged since a moment, and folders left empty."""
    for place, _, files in os.walk(folder, topdown=False):
        for name in files:
            path = Path(place, name)
            with suppress(OSError):
                if _changed(path) < moment:
                    path.unlink()
        with suppress(OSError):
            os.rmdir(place)


def _restore(aside: Path, target: Path) -> None:
    """Put back what is in `aside`; what no longer has a place stays there and is reported."""
    for place, folders, files in os.walk(aside):
        there = target / Path(place).relative_to(aside)
        for name in list(folders):
            if not os.path.lexists(there / name):
                os.rename(Path(place, name), there / name)
                folders.remove(name)
        for name in files:
            with suppress(OSError):
                move_exclusively(Path(place, name), there / name)
    kept = [str(Path(place, name)) for place, _, files in os.walk(aside) for name in files]
    if kept:
        warnings.warn(f"the name of what arrived is taken; it is kept at {kept[0]}", stacklevel=5)
    else:
        shutil.rmtree(aside, ignore_errors=True)
