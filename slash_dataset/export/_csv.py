"""Layout `csv`: one line per row, with its label and then every pixel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..configs import ConfigName
from ..splits import Batch
from ._writing import Watch
from .layout import PathLike, export


def csv(
    dest: PathLike,
    config: ConfigName = "original",
    *,
    force: bool = False,
    progress: bool = False,
    **params: Any,
) -> Path:
    """Write ``train/train.csv`` and ``test/test.csv`` in the style of MNIST's CSV files.

    The first line is ``label,pixel0,pixel1,...``; each other line has the label and the pixels of
    one row, in row-major order. Float64 pixels are written so that they read back exactly.

    Arguments, result and errors are those of :func:`slash_dataset.export.export`.

    Examples
    --------
    >>> import tempfile
    >>> dest = csv(tempfile.mkdtemp() + "/slash")
    >>> (dest / "train" / "train.csv").read_text()[:27]
    'label,pixel0,pixel1,pixel2,'
    """
    return export("csv", dest, config, force=force, progress=progress, **params)


# The text of every 8-bit pixel and the comma after it, padded with spaces to one word.
_GRAY_TEXTS = np.frombuffer(b"".join(b"%-4s" % (b"%d," % gray) for gray in range(256)), np.uint32)


def write(folder: Path, watch: Watch) -> None:
    """Write a folder for each split, with one file."""
    for split in watch.splits.values():
        names = ["label", *(f"pixel{i}" for i in range(split.config.image_size**2))]
        lines = _lines_of_8_bits if split.dtype == np.uint8 else _lines_of_floats
        (folder / split.name).mkdir()
        with (folder / split.name / f"{split.name}.csv").open("xb") as stream:
            stream.write((",".join(names) + "\n").encode())
            for _, batch in watch.rows(split).batches():
                stream.write(lines(batch))


def _lines_of_8_bits(batch: Batch) -> bytes:
    """Look all texts up at once, then remove the spaces."""
    count = len(batch.labels)
    values = np.column_stack([batch.labels.astype(np.uint8), batch.images.reshape(count, -1)])
    texts: NDArray[np.uint8] = _GRAY_TEXTS[values].view(np.uint8)
    # "255," has no room for a newline after its comma, so the newline replaces the comma.
    last = texts[:, -4:]
    last[last == ord(",")] = ord("\n")
    return texts.tobytes().replace(b" ", b"")


def _lines_of_floats(batch: Batch) -> bytes:
    # Python writes a float with the fewest digits that read back as the same float.
    flat = batch.images.reshape(len(batch.labels), -1).tolist()
    lines = [
        ",".join([str(label), *map(repr, pixels)])
        for label, pixels in zip(batch.labels.tolist(), flat, strict=True)
    ]
    return ("\n".join(lines) + "\n").encode()
