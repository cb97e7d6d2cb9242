"""A leaderboard is a file of JSON lines, one evaluation each: made to be appended to and shared."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from filelock import FileLock


def check_leaderboard(path: str | os.PathLike[str]) -> None:
    """Raise the error that appending would raise, before a model is trained.

    Raises
    ------
    IsADirectoryError
        If `path` is a folder.
    FileNotFoundError
        If its folder does not exist.
    PermissionError
        If it, or its folder, cannot be written.
    """
    file = Path(path)
    if file.is_dir():
        raise IsADirectoryError(f"leaderboard={str(path)!r} is a folder; give the path of a file")
    if not file.parent.is_dir():
        raise FileNotFoundError(
            f"leaderboard={str(path)!r} cannot be made: {str(file.parent)!r} is not a folder"
        )
    # The folder too, even if the file exists: the lock that appending takes stands beside it.
    for place in (file, file.parent):
        if place.exists() and not os.access(place, os.W_OK):
            raise PermissionError(f"leaderboard={str(path)!r}: {str(place)!r} is not writable")


def append_line(path: str | os.PathLike[str], line: str) -> None:
    """Append one line, however many threads and processes share the file.

    A file whose last line has no end, because its writer was killed, gets one first. The lock file
    ``.NAME.lock`` stays beside the leaderboard; it may be deleted when nobody writes.

    Raises
    ------
    OSError
        If the disk is full; the leaderboard is as it was then.
    """
    file = Path(path)
    # Without the lock, a line that another process has half written would pass for a torn one.
    with (
        FileLock(file.with_name(f".{file.name}.lock")),
        open(file, "ab+", buffering=0) as stream,
    ):
        size = stream.seek(0, os.SEEK_END)
        torn = b""
        if size:
            stream.seek(-1, os.SEEK_END)
            torn = b"" if stream.read(1) == b"\n" else b"\n"
        record = torn + line.encode() + b"\n"
        if stream.write(record) != len(record):
            stream.truncate(size)
            raise OSError(errno.ENOSPC, f"no space left on the disk for leaderboard={str(path)!r}")
