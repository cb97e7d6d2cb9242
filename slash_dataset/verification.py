"""Compare configs with their recorded checksums, and a published file with the replay."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator

import numpy as np

from .checks import shown
from .checksums import checksum_of_split, recorded_checksums
from .configs import find_config
from .original import replay
from .splits import open_splits

# More than the header of any array that NumPy writes of plain numbers.
_HEAD_BYTES = 2**14


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
        differences = [
            f"{key} is {found[key]}, but {expected} is recorded"
            for key, expected in recorded[split_name].items()
            if found[key] != expected
        ]
        yield split_name, differences[0] if differences else None


def verify_file(path: str | os.PathLike[str]) -> str | None:
    """Compare a copy of the published ``slash_data.npz`` with the replay, bit for bit.

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
        If the file does not exist.
    ValueError
        If it is not an .npz file, is damaged, or lacks `x` or `y`.
    """
    name = os.fspath(path)
    if not os.path.isfile(path):
        raise FileNotFoundError(f"file={name!r} does not exist or is not a file")
    if not zipfile.is_zipfile(path):
        raise ValueError(f"file={name!r} is not an .npz file")
    try:
        with zipfile.ZipFile(path) as file:
            return _difference_of_arrays(file)
    except Exception as error:  # such a file may contain anything, and raise anything
        raise ValueError(f"file={name!r} is damaged: {error}") from error


def _difference_of_arrays(file: zipfile.ZipFile) -> str | None:
    release = replay()
    arrays = [each.removesuffix(".npy") for each in file.namelist()]
    missing = [name for name in ("x", "y") if name not in arrays]
    if missing:
        raise ValueError(f"it has the arrays {shown(arrays)}, but {missing} is missing")
    for name, expected in {"x": release.images, "y": release.labels}.items():
        # No more is unpacked than an array of the right shape takes.
        with file.open(f"{name}.npy") as stream:
            head = io.BytesIO(stream.read(_HEAD_BYTES))
            version = np.lib.format.read_magic(head)
            read = getattr(np.lib.format, f"read_array_header_{version[0]}_{version[1]}")
            shape, _, dtype = read(head)
            if (shape, dtype) != (expected.shape, expected.dtype):
                return (
                    f"{name} is {dtype} of shape {shape}, but should be {expected.dtype} of shape "
                    f"{expected.shape}"
                )
            stream.seek(0)
            found = np.lib.format.read_array(stream)
        different = np.argwhere(found != expected)
        if len(different):
            place = tuple(different[0].tolist())
            index = ", ".join(map(str, place))
            return (
                f"{name}[{index}] is {found[place]!r}, but should be {expected[place]!r} "
                f"({len(different):,} of {found.size:,} values differ)"
            )
    return None
