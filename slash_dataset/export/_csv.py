"""Layout `csv`: one line for each row, its label and then every pixel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._export import Batch, Export, PathLike

_READING = """
import pandas

train = pandas.read_csv("DEST/train.csv")
print(train["label"].mean(), train.drop(columns="label").shape)
"""

# The text of every 8-bit pixel and the comma after it, filled up with spaces to one word.
_GRAY_TEXTS = np.frombuffer(b"".join(b"%-4s" % (b"%d," % gray) for gray in range(256)), np.uint32)


def csv(
    dest: PathLike,
    config: str = "original",
    *,
    force: bool = False,
    progress: bool = False,
    **params: Any,
) -> Path:
    """Write ``train.csv`` and ``test.csv`` in the style of MNIST's CSV files.

    The first line is ``label,pixel0,pixel1,...``; each further line has the label and the pixels of
    one row, line by line of the image. Float64 pixels are written so that they read back exactly.

    Parameters
    ----------
    dest : path-like
        The folder to make.
    config : str
        Any config, see :data:`slash_dataset.CONFIG_NAMES`.
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
    >>> dest = csv(tempfile.mkdtemp() + "/slash")
    >>> (dest / "train.csv").read_text()[:27]
    'label,pixel0,pixel1,pixel2,'
    """
    export = Export(
        "csv", dest, config, params, force=force, progress=progress, dtypes=("uint8", "float64")
    )
    names = ["label", *(f"pixel{i}" for i in range(export.config.image_size**2))]
    with export.folder(_READING) as folder:
        for split in export.splits.values():
            with (folder / f"{split.name}.csv").open("xb") as stream:
                stream.write((",".join(names) + "\n").encode())
                for batch in export.batches(split):
                    lines = _lines_of_8_bits if split.dtype == np.uint8 else _lines_of_floats
                    stream.write(lines(batch))
    return export.dest


def _lines_of_8_bits(batch: Batch) -> bytes:
    """Look all texts up at once, then take the spaces out."""
    count = len(batch.labels)
    values = np.column_stack([batch.labels.astype(np.uint8), batch.images.reshape(count, -1)])
    texts: NDArray[np.uint8] = _GRAY_TEXTS[values].view(np.uint8)
    # "255," has no room for a newline after its comma, so the newline takes the comma's place.
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
