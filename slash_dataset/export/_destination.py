"""Destinations that no export may take, refused before any work starts."""

from __future__ import annotations

import os
from pathlib import Path

from ..checks import check_path
from ._places import local_path


def check_destination(dest: str | os.PathLike[str]) -> Path:
    """Return the path that `dest` means, or refuse it.

    :mod:`slash_dataset.destinations` refuses files and unwritable places. An export, which can be
    forced, must also not clear a folder that somebody works in.

    Parameters
    ----------
    dest : path-like
        A leading ``~`` is the user's home; a leading ``file://`` is dropped.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ValueError
        If `dest` holds the current folder, the user's home or this package, or is in a home that
        does not exist.

    Examples
    --------
    >>> check_destination(".")
    Traceback (most recent call last):
    ValueError: dest='.' is not allowed: it holds the current folder; give the path of a new folder
    """
    target = Path(os.path.expanduser(local_path(check_path("dest", dest))))
    if target.parts[:1] == ("~",):
        raise ValueError(
            f"dest={str(dest)!r} is not allowed: this user has no home folder; give another path"
        )
    if not target.is_dir():
        return target
    kept = {
        "the current folder": Path.cwd(),
        # A container's user may have no home.
        "your home folder": Path(os.path.expanduser("~")),
        "the package slash_dataset itself": Path(__file__).parent,
    }
    for what, folder in kept.items():
        # The system knows which names are the same: some tell no capitals from small letters.
        places = (folder, *folder.resolve().parents)
        if folder.is_absolute() and folder.is_dir() and any(map(target.samefile, places)):
            raise ValueError(
                f"dest={str(dest)!r} is not allowed: it holds {what}; give the path of a new folder"
            )
    return target
