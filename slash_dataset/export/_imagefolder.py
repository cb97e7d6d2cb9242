"""Layout `imagefolder`: one PNG file for each row, in a folder for each split and class."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..png import encode_png
from ..variants import CLASSES
from ._export import Export, PathLike

_READING = """
from torchvision.datasets import ImageFolder

train = ImageFolder("DEST/train")
print(train.classes, len(train))
"""


def imagefolder(
    dest: PathLike,
    config: str = "original",
    *,
    force: bool = False,
    progress: bool = False,
    **params: Any,
) -> Path:
    """Write ``{train,test}/{backslash,slash}/000000.png``: one 8-bit grayscale PNG for each row.

    A file is named by the number of its row in the split, with six digits or more, so that sorting
    the files of a split by name gives its rows in their order.

    Parameters
    ----------
    dest : path-like
        The folder to make.
    config : str
        A config with 8-bit pixels, see :data:`slash_dataset.CONFIG_NAMES`.
    force : bool
        Replace `dest` if it is a folder that is not empty.
    progress : bool
        Show a progress bar on standard error.
    **params
        `num_train`, `num_test`, `seed` and the parameters of
        :class:`~slash_dataset.variants.Variant`, for drawn configs.

    Returns
    -------
    pathlib.Path
        `dest`.

    Raises
    ------
    ValueError
        If an argument is unknown or out of range, before any work starts.
    OSError
        If `dest` exists (FileExistsError, NotADirectoryError), or cannot be written, or the disk
        is full; nothing is left at `dest` then.

    Examples
    --------
    >>> import tempfile
    >>> dest = imagefolder(tempfile.mkdtemp() + "/slash")
    >>> sorted(path.name for path in (dest / "test" / "slash").iterdir())[:2]
    ['000001.png', '000004.png']
    """
    export = Export("imagefolder", dest, config, params, force=force, progress=progress)
    with export.folder(_READING) as folder:
        for split in export.splits.values():
            width = max(6, len(str(len(split) - 1)))
            stems = []
            for name in CLASSES:
                (folder / split.name / name).mkdir(parents=True)
                stems.append(os.path.join(folder, split.name, name, ""))
            for batch in export.batches(split):
                files = encode_png(batch.images)
                for row, label, file in zip(batch.rows, batch.labels, files, strict=True):
                    _write_file(f"{stems[label]}{row:0{width}d}.png", file.as_buffer())
    return export.dest


def _write_file(path: str, content: Any) -> None:
    """Write a small file without a buffer between, which takes a third less time."""
    rest = memoryview(content)
    with open(path, "xb", buffering=0) as stream:
        while rest:  # on a full disk, the first write may be short, and the second fails
            rest = rest[stream.write(rest) :]
