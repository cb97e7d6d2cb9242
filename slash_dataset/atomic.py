"""New files and folders that appear whole or not at all.

Everything is built beside its destination, on the same file system, and renamed at the end. What is
killed half-way leaves at most a hidden ``.NAME.building-*`` beside the destination, never something
under its name. Nothing that exists is overwritten unless the caller says so.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def new_folder(dest: str | os.PathLike[str], *, force: bool = False) -> Iterator[Path]:
    """Give a folder to fill, which becomes `dest` when the block ends without an error.

    Parameters
    ----------
    dest : path-like
        Where the folder will stand. It must not exist, or be an empty folder.
    force : bool
        Replace a folder that is not empty. A file is never replaced by a folder.

    Yields
    ------
    pathlib.Path
        An empty folder beside `dest`.

    Raises
    ------
    FileExistsError
        If `dest` is a folder that is not empty, and not `force`.
    NotADirectoryError
        If `dest` or one of its parents is a file.
    PermissionError
        If nothing can be written beside `dest`.
    OSError
        If the disk is full; the message says so and names `dest`.

    Examples
    --------
    >>> dest = Path(tempfile.mkdtemp()) / "new"
    >>> with new_folder(dest) as folder:
    ...     _ = (folder / "note.txt").write_text("whole")
    >>> (dest / "note.txt").read_text()
    'whole'
    """
    target = _checked_target(dest)
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(f"dest={str(dest)!r} is a file; give a new or empty folder")
    if target.is_dir() and any(target.iterdir()) and not force:
        raise FileExistsError(
            f"dest={str(dest)!r} exists and is not empty; give a new folder, or force=True to "
            "replace it"
        )
    with _errors_that_name(dest):
        made = _make_parents(target)
        building = Path(tempfile.mkdtemp(prefix=f".{target.name}.building-", dir=target.parent))
    done = False
    try:
        with _errors_that_name(dest):
            yield building
            building.chmod(0o777 & ~_umask())
            _replace_folder(building, target)
        done = True
    finally:
        if not done:
            shutil.rmtree(building, ignore_errors=True)
            _remove_empty(made)


@contextmanager
def new_file(dest: str | os.PathLike[str], *, force: bool = False) -> Iterator[Path]:
    """Give a path to write to, which becomes the file `dest` when the block ends without an error.

    Parameters
    ----------
    dest : path-like
        Where the file will stand.
    force : bool
        Replace a file that exists.

    Yields
    ------
    pathlib.Path
        A path beside `dest`, with the same suffix, at which nothing stands.

    Raises
    ------
    FileExistsError
        If `dest` exists, and not `force`.
    IsADirectoryError
        If `dest` is a folder.
    NotADirectoryError, PermissionError, OSError
        As for :func:`new_folder`.
    """
    target = _checked_target(dest)
    if target.is_dir():
        raise IsADirectoryError(f"dest={str(dest)!r} is a folder; give the path of a file")
    if target.exists() and not force:
        raise FileExistsError(
            f"dest={str(dest)!r} exists; give another path, or force=True to replace it"
        )
    with _errors_that_name(dest):
        made = _make_parents(target)
        holder = Path(tempfile.mkdtemp(prefix=f".{target.name}.building-", dir=target.parent))
    done = False
    try:
        with _errors_that_name(dest):
            yield holder / target.name
            os.replace(holder / target.name, target)
        done = True
    finally:
        shutil.rmtree(holder, ignore_errors=True)
        if not done:
            _remove_empty(made)


def _checked_target(dest: str | os.PathLike[str]) -> Path:
    """The absolute path of `dest`, once it is certain that its parents are, or can be, folders."""
    if not os.fspath(dest):
        raise ValueError("dest='' is not allowed: dest takes a path")
    target = Path(os.path.abspath(os.path.expanduser(dest)))
    for parent in target.parents:
        if parent.is_dir():
            if not os.access(parent, os.W_OK | os.X_OK):
                raise PermissionError(
                    f"dest={str(dest)!r} cannot be made: {parent} is not writable"
                )
            break
        if parent.exists():
            raise NotADirectoryError(f"dest={str(dest)!r} cannot be made: {parent} is a file")
    return target


def _make_parents(target: Path) -> list[Path]:
    """Make the missing parents of `target` and return them, the innermost first."""
    missing = [parent for parent in target.parents if not parent.exists()]
    target.parent.mkdir(parents=True, exist_ok=True)
    return missing


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:  # somebody else has put something there
            return


def _replace_folder(building: Path, target: Path) -> None:
    """Rename `building` to `target`; what stood there is set aside first and removed last."""
    if not target.is_dir():
        os.rename(building, target)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.replaced-", dir=target.parent))
    os.rename(target, aside / target.name)
    try:
        os.rename(building, target)
    except BaseException:
        os.rename(aside / target.name, target)
        aside.rmdir()
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def _errors_that_name(dest: str | os.PathLike[str]) -> Iterator[None]:
    """Turn a full disk into an error that names `dest`."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise OSError(
            error.errno, f"no space left on the disk for dest={str(dest)!r}; nothing was kept there"
        ) from error
