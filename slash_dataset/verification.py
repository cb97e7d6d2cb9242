"""Compare configs with their recorded checksums, and a published file with the replay."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .checksums import checksum_of_split, recorded_checksums
from .configs import find_config
from .original import replay
from .splits import open_splits


def verify_config(name: str) -> Iterator[tuple[str, str | None]]:
    """Replay or redraw a config and compare each split with its recorded checksums.

    Parameters
    ----------
    name : str
        A config, see :data:`slash_dataset.CONFIG_NAMES`.

    Yields
    ------
    split : str
    difference : str or None
        The first difference, or None if there is none.

    Examples
    --------
    >>> list(verify_config("original"))
    [('train', None), ('test', None)]
    """
    recorded = recorded_checksums(name)
    for split_name, split in open_splits(find_config(name)).items():
        found = checksum_of_split(split)
        difference = None
        for key, expected in recorded[split_name].items():
            if found[key] != expected:
                difference = f"{key} is {found[key]}, and {expected} is recorded"
                break
        yield split_name, difference


def verify_file(path: str | os.PathLike[str]) -> str | None:
    """Compare somebody's copy of the published ``slash_data.npz`` with the replay, bit for bit.

    Parameters
    ----------
    path : path-like
        An .npz file with the arrays `x` and `y`.

    Returns
    -------
    str or None
        The first difference, or None if there is none.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is not an .npz file, is damaged, or holds no `x` and `y`.
    """
    x, y = _published_arrays(path)
    release = replay()
    return _difference("x", x, release.images) or _difference("y", y, release.labels)


def _published_arrays(path: str | os.PathLike[str]) -> tuple[NDArray[Any], NDArray[Any]]:
    name = os.fspath(path)
    if not os.path.isfile(path):
        raise FileNotFoundError(f"file={name!r} does not exist, or is not a file")
    if not zipfile.is_zipfile(path):
        raise ValueError(f"file={name!r} is not an .npz file")
    with np.load(path, allow_pickle=False) as file:
        missing = [key for key in ("x", "y") if key not in file.files]
        if missing:
            raise ValueError(f"file={name!r} has the arrays {file.files}, and {missing} is missing")
        try:
            return file["x"], file["y"]
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
            raise ValueError(f"file={name!r} is damaged: {error}") from error


def _difference(name: str, found: NDArray[Any], expected: NDArray[Any]) -> str | None:
    if (found.shape, found.dtype) != (expected.shape, expected.dtype):
        return (
            f"{name} is {found.dtype} of shape {found.shape}, and {expected.dtype} of shape "
            f"{expected.shape} is right"
        )
    different = np.argwhere(found != expected)
    if len(different) == 0:
        return None
    place = tuple(int(i) for i in different[0])
    index = ", ".join(map(str, place))
    return (
        f"{name}[{index}] is {found[place]!r}, and {expected[place]!r} is right "
        f"({len(different):,} of {found.size:,} values differ)"
    )
