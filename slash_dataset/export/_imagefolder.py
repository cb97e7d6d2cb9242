"""Layout `imagefolder`: one PNG file per row, in a folder for each split and class."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..configs import ConfigName
from ..png import encode_png
from ..variants import CLASSES
from ._writing import Watch
from .layout import PathLike, export


def imagefolder(
    dest: PathLike,
    config: ConfigName = "original",
    *,
    force: bool = False,
    progress: bool = False,
    **params: Any,
) -> Path:
    """Write ``{train,test}/{backslash,slash}/000000.png``: an 8-bit grayscale PNG for each row.

    A file's name is the number of its row in the split, with six digits or more, so that sorting a
    split's files by name gives its rows in order.

    Arguments, result and errors are those of :func:`slash_dataset.export.export`.

    Examples
    --------
    >>> import tempfile
    >>> dest = imagefolder(tempfile.mkdtemp() + "/slash")
    >>> sorted(path.name for path in (dest / "test" / "slash").iterdir())[:2]
    ['000001.png', '000004.png']
    """
    return export("imagefolder", dest, config, force=force, progress=progress, **params)


def write(folder: Path, watch: Watch) -> None:
    """Write a folder for each split and class."""
    for split in watch.splits.values():
        width = max(6, len(str(len(split) - 1)))
        stems = []
        for name in CLASSES:
            (folder / split.name / name).mkdir(parents=True)
            stems.append(os.path.join(folder, split.name, name, ""))
        for rows, batch in watch.rows(split).batches():
            files = encode_png(batch.images)
            for row, label, file in zip(rows, batch.labels, files, strict=True):
                _write_file(f"{stems[label]}{row:0{width}d}.png", file.as_buffer())


def _write_file(path: str, content: Any) -> None:
    """Write a small file unbuffered, which takes a third less time."""
    rest = memoryview(content)
    with open(path, "xb", buffering=0) as stream:
        while rest:  # on a full disk, the first write may be short; then the second fails
            rest = rest[stream.write(rest) :]
