"""Stages: the hidden folders in which destinations are made, and the moves out of them.

The run that fills a stage shares a lock on it with its children that work there. A later run for
the same destination removes the stages of dead runs and takes back what they had half done, alone
with each; it never touches a stage that is locked. One that another user made, or another host,
where a lock says nothing, it names in a warning.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import shutil
import socket
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .signals import held

try:
    import fcntl
except ImportError:  # Windows: no stage of another run is ever taken for dead
    fcntl = None  # type: ignore[assignment]

PathLike = str | os.PathLike[str]

_HIDDEN, _PARTIAL = ".slash-", ".partial"
_LAST = "README.md"  # the entry that declares a folder complete
_LOCK, _JOURNAL, NEW, _OLD = "lock", "journal.json", "new", "old"
# A clock of a file system ticks in steps of up to this many seconds.
TICK = 0.02


def _prefix(target: Path, where: Path) -> str:
    """What the names of a destination's stages begin with; short, however long its own name is.

    Inside a destination it is the same for every name that a mount or a link gives it.
    """
    name = b"" if where == target else os.fsencode(target.name)
    return f"{_HIDDEN}{hashlib.sha256(name).hexdigest()[:8]}-"


@contextmanager
def open_stage(dest: PathLike, target: Path, where: Path) -> Iterator[Path]:
    """Make a hidden folder for a destination, locked while the block runs and removed after it."""
    made: list[Path] = []
    with held():
        try:
            try:
                stage, lock = _make_stage(target, where, made)
            except OSError as error:
                raise type(error)(
                    error.errno, f"dest={str(dest)!r} cannot be made: {error.strerror}"
                ) from error
            try:
                with held(False):
                    yield stage
            finally:
                _empty_stage(stage)
                os.close(lock)
                _remove_stage(stage)
        except BaseException:
            for folder in made:  # those of our parents that nobody has put anything into
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
            lock = os.open(stage / _LOCK, os.O_CREAT | os.O_EXCL | os.O_RDWR)
            if fcntl is not None:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            os.write(lock, socket.gethostname().encode())  # from here on it may be taken for dead
            return stage, lock
        except FileNotFoundError:
            # Another run may remove a stage that is empty, and a parent that it takes for unused.
            made += [folder for folder in missing if folder.exists() and folder not in made]
            if not attempts_left:
                raise
            attempts_left -= 1
        except OSError:  # a disk that has room for a folder, but not for a file
            _remove_stage(stage)
            raise


def join_stage(stage: Path) -> None:
    """Share the lock of a stage, for as long as this process lives, as a child of its run."""
    if fcntl is not None:
        fcntl.flock(os.open(stage / _LOCK, os.O_RDONLY), fcntl.LOCK_SH | fcntl.LOCK_NB)


def _empty_stage(stage: Path) -> None:
    """Remove all but the lock, and what could not be put back."""
    for path in stage.iterdir():
        if path.is_dir() and path.name != _OLD:
            shutil.rmtree(path, ignore_errors=True)
        elif path.name not in (_OLD, _LOCK):
            with suppress(OSError):
                path.unlink()


def _remove_stage(stage: Path) -> None:
    """Remove a stage, the lock last: by it, a later run finds what could not be removed."""
    with suppress(OSError):
        (stage / _OLD).rmdir()
    with suppress(OSError):
        if set(os.listdir(stage)) <= {_LOCK}:
            (stage / _LOCK).unlink(missing_ok=True)
            stage.rmdir()


def sweep(target: Path) -> None:
    """Take back what dead runs for a destination left, and name what may be alive elsewhere."""
    stages: list[Path] = []
    for where in (target, target.parent):
        with suppress(OSError):
            stages += [p for p in where.iterdir() if p.name.startswith(_prefix(target, where))]
    for stage in stages:
        try:
            lock = os.open(stage / _LOCK, os.O_RDWR)
        except OSError:
            with suppress(OSError):  # no lock yet, or no longer: gone, if there is nothing in it
                stage.rmdir()
            continue
        try:
            if _is_dead(stage, lock):
                _take_back(stage, target)
                with suppress(FileNotFoundError):  # its run has let go, and is just removing it
                    _empty_stage(stage)
                _remove_stage(stage)
        finally:
            os.close(lock)


def _is_dead(stage: Path, lock: int) -> bool:
    """Whether a stage is ours alone now; warn of one whose lock says nothing here."""
    here, host = socket.gethostname(), os.read(lock, 1024).decode(errors="replace")
    if not host or (fcntl is None and host == here):
        return False
    try:
        if host == here:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        user = stage.lstat().st_uid
    except OSError:
        return False  # a run fills it, or it has just gone
    if (host, user) != (here, getattr(os, "geteuid", int)()):
        warnings.warn(
            f"{stage} was made on host {host!r} by user {user}, by a run that may be alive; remove "
            "it if it is not",
            stacklevel=5,
        )
        return False
    return True


def _take_back(stage: Path, target: Path) -> None:
    """Undo the moves of a run that died while it moved: ours out, what made room for them in.

    One that had moved everything is finished: what made room goes.
    """
    try:
        journal = json.loads((stage / _JOURNAL).read_text(encoding="utf-8"))
        written = (stage / _JOURNAL).stat().st_ctime_ns
    except FileNotFoundError:
        _clear(stage, target)
        return
    except (OSError, ValueError):  # it died while it wrote this, before it moved anything
        return
    for name, inode in journal.items():
        path = target / name
        with suppress(OSError):
            if path.lstat().st_ino != inode:
                continue
            if path.is_dir() and not path.is_symlink():
                _remove_older(path, written)
            else:
                path.unlink()
    _restore(stage / _OLD, target)


def entries(folder: Path) -> dict[str, int]:
    """The names and inodes of what is in a folder, without the stages of any run."""
    return {
        entry.name: entry.inode()
        for entry in os.scandir(folder)
        if not (entry.name.startswith(_HIDDEN) and entry.name.endswith(_PARTIAL))
    }


def move_or_say(source: Path, target: Path, dest: PathLike) -> None:
    """Move exclusively; if something has arrived at `target`, say so in terms of `dest`."""
    try:
        move_exclusively(source, target)
    except (FileExistsError, NotADirectoryError):
        raise FileExistsError(
            f"dest={str(dest)!r}: somebody else has put {target.name!r} there meanwhile; what is "
            "there was left as it is, and nothing was added"
        ) from None


def fill(stage: Path, target: Path, before: dict[str, int], dest: PathLike) -> None:
    """Move what is in the stage into a folder that exists, all of it or nothing."""
    began = (stage / _LOCK).stat().st_ctime_ns
    new = sorted(os.scandir(stage / NEW), key=lambda entry: (entry.name == _LAST, entry.name))
    journal = {entry.name: entry.inode() for entry in new}
    time.sleep(TICK)  # so that what is new is older than the journal
    (stage / _OLD).mkdir()
    (stage / _JOURNAL).write_text(json.dumps(journal), encoding="utf-8")
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
    """Remove what made room, but put back what has arrived in its folders since the work began."""
    if (stage / _OLD).is_dir():
        for entry in os.scandir(stage / _OLD):
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
        _remove_older(stage / _OLD, (stage / _LOCK).stat().st_ctime_ns)
        _restore(stage / _OLD, target)


def _make_room(path: Path, aside: Path, inode: int, began: int) -> None:
    """Set aside what was there when the work began, and has not been written anew since."""
    with suppress(FileNotFoundError):
        found = path.lstat()
        is_folder = path.is_dir() and not path.is_symlink()
        if found.st_ino == inode and (is_folder or found.st_ctime_ns < began):
            try:
                os.rename(path, aside)
            except OSError as error:
                if error.errno not in (errno.EBUSY, errno.EXDEV):  # a mount point stays
                    raise


def move_exclusively(source: Path, dest: Path) -> None:
    """Move a file or a folder, but never over anything; FileExistsError if something is there."""
    if os.path.lexists(dest):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(dest))
    if source.is_dir() and not source.is_symlink():
        try:
            os.rename(source, dest)  # onto a folder that has just come it works if that is empty
        except OSError as error:
            if error.errno == errno.ENOTEMPTY:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(dest)) from None
            raise
        return
    try:
        os.link(source, dest, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: the name is taken first
        os.close(os.open(dest, os.O_CREAT | os.O_EXCL))
        os.replace(source, dest)
    else:
        source.unlink()


def _remove_older(folder: Path, moment: int) -> None:
    """Remove all below a folder that has not changed since a moment, and folders left empty."""
    for place, _, files in os.walk(folder, topdown=False):
        for name in files:
            path = Path(place, name)
            with suppress(OSError):
                if path.lstat().st_ctime_ns < moment:
                    path.unlink()
        with suppress(OSError):
            os.rmdir(place)


def _restore(aside: Path, target: Path) -> None:
    """Put back what is in `aside`; what has no place any more stays there, and is named."""
    if not aside.is_dir():
        return
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
        warnings.warn(f"what arrived under a name that is taken is kept: {kept[0]}", stacklevel=5)
    else:
        shutil.rmtree(aside, ignore_errors=True)
