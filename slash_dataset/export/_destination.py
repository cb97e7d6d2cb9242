"""Destinations that no export may take, found before any work starts."""

from __future__ import annotations

import os
from pathlib import Path


def check_destination(dest: str | os.PathLike[str]) -> Path:
    """Return the path that `dest` means, or refuse it.

    :mod:`slash_dataset.atomic` refuses files, unwritable places and folders that are not empty.
    Here falls what it would rightly do for a small folder but must not do for an export, which may
    be forced: replace the folder that somebody works in.

    Parameters
    ----------
    dest : path-like
        A leading ``~`` is the user's home.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ValueError
        If `dest` holds the current folder, the user's home or this package, is a symbolic link
        that leads nowhere, for example into itself, or is in a home that does not exist.

    Examples
    --------
    >>> check_destination(".")
    Traceback (most recent call last):
    ValueError: dest='.' is not allowed: it holds the current folder; give the path of a new folder
    """
    target = Path(os.path.expanduser(dest))
    if target.parts[:1] == ("~",):
        raise ValueError(
            f"dest={str(dest)!r} is not allowed: this user has no home folder; give another path"
        )
    if target.is_symlink() and not target.exists():
        raise ValueError(
            f"dest={str(dest)!r} is not allowed: it is a symbolic link that leads nowhere; "
            "give the path of a new folder"
        )
    if not target.is_dir():
        return target
    kept = {
        "the current folder": Path.cwd(),
        # A container's user may have none.
        "your home folder": Path(os.path.expanduser("~")),
        "the package slash_dataset itself": Path(__file__).parent,
    }
    for what, folder in kept.items():
        if folder.is_absolute() and target.resolve() in (
            folder.resolve(),
            *folder.resolve().parents,
        ):
            raise ValueError(
                f"dest={str(dest)!r} is not allowed: it holds {what}; give the path of a new folder"
            )
    return target
