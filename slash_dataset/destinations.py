"""Destinations: finished output appears whole, and nothing that belongs to others is lost.

Output is made in a hidden folder, the stage, on the destination's file system:

- a destination that does not exist appears by one rename;
- a folder that exists (perhaps a mount point, a link to another disk, or a folder with its own
  owner and mode) is filled in place: the stage is inside it, and its entries are moved in one by
  one, each only if its name is free; the entry that declares the folder complete comes last;
- with `force`, what was in the folder when the work began is removed at the end. What arrives
  meanwhile is kept, and so is everything if the work fails.

The next run cleans up after a dead one; see :mod:`slash_dataset.stages`.
"""

from __future__ import annotations

import errno
import math
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .signals import ended_by_signals, held
from .stages import (
    NEW,
    TICK,
    PathLike,
    entries,
    fill,
    move_exclusively,
    move_or_say,
    open_stage,
    sweep,
)

# pathlib makes one slash of two.
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")


@contextmanager
def new_folder(dest: PathLike, *, force: bool = False) -> Iterator[Path]:
    """Yield a folder to fill; its content moves to `dest` if the block ends without an error.

    Parameters
    ----------
    dest : path-like
        A folder that is missing or empty; a leading ``~`` is the user's home.
    force : bool
        Replace what is in `dest`. A folder never replaces a file.

    Yields
    ------
    pathlib.Path
        An empty folder.

    Raises
    ------
    FileExistsError
        If `dest` is not empty and `force` is false; or if, at the end, something has arrived in it
        under a name that is needed.
    NotADirectoryError
        If `dest` or one of its parents is a file.
    PermissionError
        If nothing can be written there.
    OSError
        If the disk is full.

    Examples
    --------
    >>> import tempfile
    >>> dest = Path(tempfile.mkdtemp()) / "new"
    >>> with new_folder(dest) as folder:
    ...     _ = (folder / "note.txt").write_text("whole")
    >>> (dest / "note.txt").read_text()
    'whole'
    """
    target = target_of(dest)
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(f"dest={str(dest)!r} is a file; give a new or empty folder")
    with errors_that_name(dest), ended_by_signals():
        exists = target.is_dir()
        where = target if exists else target.parent
        sweep(target)
        before = entries(target) if exists else {}
        if before and not force:
            raise FileExistsError(
                f"dest={str(dest)!r} exists and is not empty; give a new folder, or force=True to "
                "replace it"
            )
        if before:
            time.sleep(TICK)  # so that what is here is older than the stage, and tells itself so
        with open_stage(dest, target, where) as stage:
            yield stage / NEW
            with held():
                if os.path.lexists(target):
                    fill(stage, target, before, dest)
                else:
                    move_or_say(stage / NEW, target, dest)


@contextmanager
def new_file(dest: PathLike, *, force: bool = False) -> Iterator[Path]:
    """Yield a path to write to; it becomes the file `dest` if the block ends without an error.

    Parameters
    ----------
    dest : path-like
        Where the file will be; a leading ``~`` is the user's home.
    force : bool
        Replace a file that exists.

    Yields
    ------
    pathlib.Path
        A free path with the same suffix.

    Raises
    ------
    FileExistsError
        If `dest` exists, at the beginning or at the end, and `force` is false.
    IsADirectoryError
        If `dest` is a folder.
    NotADirectoryError, PermissionError, OSError
        As for :func:`new_folder`.
    """
    target = target_of(dest)
    exists = FileExistsError(
        f"dest={str(dest)!r} exists; give another path, or force=True to replace it"
    )
    if target.is_dir():
        raise IsADirectoryError(f"dest={str(dest)!r} is a folder; give the path of a file")
    with errors_that_name(dest), ended_by_signals():
        sweep(target)
        if os.path.lexists(target) and not force:
            raise exists
        with open_stage(dest, target, target.parent) as stage:
            path = stage / NEW / f"new{target.suffix}"
            yield path
            if force:
                with suppress(FileNotFoundError):
                    shutil.copymode(target, path)
                _replace(path, target)
            else:
                try:
                    move_exclusively(path, target)
                except FileExistsError:
                    raise exists from None


def _replace(path: Path, target: Path) -> None:
    try:
        os.replace(path, target)
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        shutil.copyfile(path, target)  # a file that is a mount point can only be written to


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield an empty folder below TMPDIR that is removed with the block.

    Yields
    ------
    pathlib.Path
        A folder that nobody else can read.

    Examples
    --------
    >>> with scratch_folder() as folder:
    ...     _ = (folder / "note.txt").write_text("short-lived")
    >>> folder.exists()
    False
    """
    target = Path(os.path.realpath(tempfile.gettempdir()), "slash-dataset")
    sweep(target)
    with ended_by_signals(), open_stage(target, target, target.parent) as stage:
        yield stage / NEW


def target_of(dest: PathLike) -> Path:
    """Return the place that `dest` means, with all links resolved, if it can be written."""
    if not os.fspath(dest):
        raise ValueError("dest='' is not allowed: dest takes a path")
    if _URL.match(os.fspath(dest)):
        raise ValueError(
            f"dest={str(dest)!r} is not allowed: dest takes a path of this machine here, not a URL"
        )
    path = Path(os.path.abspath(os.path.expanduser(dest)))
    for link in (path, *path.parents):
        if link.is_symlink() and not link.exists():
            raise ValueError(
                f"dest={str(dest)!r} is not allowed: {link} is a broken symbolic link; "
                "give another path"
            )
    target = Path(os.path.realpath(path))
    places = [target] if target.is_dir() else target.parents
    # Only the nearest that exists is asked; on Windows, a whole drive may be missing.
    for place in [place for place in places if place.exists()][:1]:
        if not place.is_dir():
            raise NotADirectoryError(f"dest={str(dest)!r} cannot be created: {place} is a file")
        if not os.access(place, os.W_OK | os.X_OK):
            raise PermissionError(f"dest={str(dest)!r} cannot be created: {place} is not writable")
    return target


def check_space(folder: Path, at_most: int, needs: Callable[[], int]) -> None:
    """Raise an OSError with both sizes if the output does not fit on the folder's disk.

    Parameters
    ----------
    folder : pathlib.Path
    at_most : int
        A rough upper bound on the bytes needed.
    needs : callable
        Returns the bytes needed; called only if fewer than `at_most` are free.
    """
    free = shutil.disk_usage(folder).free
    needed = needs() if at_most > free else 0
    if needed > free:
        sizes = f"about {size_text(needed)} are needed, and {size_text(free)} are free"
        raise OSError(errno.ENOSPC, sizes)


def size_text(size: float) -> str:
    """Return a size in readable units.

    Examples
    --------
    >>> size_text(999), size_text(1_530_000), size_text(9e14)
    ('999 B', '1.5 MB', '900.0 TB')
    """
    if size < 1000:
        return f"{size:.0f} B"
    power = min(int(math.log10(size)) // 3, 4)
    return f"{size / 1000**power:,.1f} {' kMGT'[power]}B"


@contextmanager
def errors_that_name(
    dest: PathLike, kept: Callable[[], str] = lambda: "nothing was kept there"
) -> Iterator[None]:
    """Turn a full disk into an error that names `dest` and says what is kept there."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise OSError(
            error.errno,
            f"not enough space on the disk for dest={str(dest)!r}: {error.strerror}; {kept()}",
        ) from error
