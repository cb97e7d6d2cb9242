"""Folders for the time of a step, below TMPDIR; those of a run that was killed go with the next.

A folder is in use while somebody holds the lock on the file in it. Process numbers would not tell:
they mean nothing across containers.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "slash-dataset-"
_LOCK = ".in-use"


@contextmanager
def scratch_folder(purpose: str) -> Iterator[Path]:
    """Give an empty folder that goes away with the block, and remove those that nobody uses.

    Parameters
    ----------
    purpose : str
        One word for its name.

    Yields
    ------
    pathlib.Path
        A folder.

    Examples
    --------
    >>> with scratch_folder("example") as folder:
    ...     _ = (folder / "note.txt").write_text("short-lived")
    >>> folder.exists()
    False
    """
    root = Path(tempfile.gettempdir())
    _remove_abandoned(root)
    holder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{purpose}-", dir=root))
    try:
        with _locked(holder):
            folder = holder / "folder"
            folder.mkdir()
            yield folder
    finally:
        shutil.rmtree(holder, ignore_errors=True)


@contextmanager
def _locked(holder: Path) -> Iterator[None]:
    with (holder / _LOCK).open("w", encoding="utf-8") as file:
        _lock(file.fileno())
        file.write(socket.gethostname())
        file.flush()
        yield


def _lock(descriptor: int) -> bool:
    """Take the lock on an open file, or return False if somebody else has it."""
    try:
        import fcntl
    except ImportError:  # a system without such locks: nothing is ever taken for abandoned
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _remove_abandoned(root: Path) -> None:
    """Remove what this user's killed runs on this machine have left; when unsure, keep it."""
    if not hasattr(os, "getuid"):
        return
    for holder in root.glob(f"{_PREFIX}*"):
        with suppress(OSError, UnicodeDecodeError):
            if holder.is_symlink() or holder.stat().st_uid != os.getuid():
                continue
            with (holder / _LOCK).open("r+", encoding="utf-8") as file:
                ours = file.read() == socket.gethostname()
                if ours and _lock(file.fileno()):
                    # The lock goes last: what cannot be removed now is found again by the next run.
                    shutil.rmtree(holder / "folder", ignore_errors=True)
                    if not (holder / "folder").exists():
                        shutil.rmtree(holder, ignore_errors=True)
