"""A leaderboard is a file of JSON lines, one evaluation each: made to be appended to and shared."""

from __future__ import annotations

import errno
import os
from pathlib import Path


def check_leaderboard(path: str | os.PathLike[str]) -> None:
    """Raise the error that appending would raise, before a model is trained.

    Raises
    ------
    IsADirectoryError
        If `path` is a folder.
    FileNotFoundError
        If its folder does not exist.
    PermissionError
        If it cannot be written.
    """
    file = Path(path)
    if file.is_dir():
        raise IsADirectoryError(f"leaderboard={str(path)!r} is a folder; give the path of a file")
    if not file.parent.is_dir():
        raise FileNotFoundError(
            f"leaderboard={str(path)!r} cannot be made: {str(file.parent)!r} is not a folder"
        )
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise PermissionError(f"leaderboard={str(path)!r} is not writable")


def append_line(path: str | os.PathLike[str], line: str) -> None:
    """Append one line in one write, so that several processes may share the file.

    A file whose last line has no end, because its writer was killed, gets one first.

    Raises
    ------
    OSError
        If the disk is full; the leaderboard is as it was then.
    """
    with open(path, "ab+", buffering=0) as stream:
        size = stream.seek(0, os.SEEK_END)
        torn = b""
        if size:
            stream.seek(-1, os.SEEK_END)
            torn = b"" if stream.read(1) == b"\n" else b"\n"
        record = torn + line.encode() + b"\n"
        if stream.write(record) != len(record):
            stream.truncate(size)
            raise OSError(errno.ENOSPC, f"no space left on the disk for leaderboard={str(path)!r}")
