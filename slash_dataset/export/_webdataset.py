"""Layout `webdataset`: numbered tar files, read from one end to the other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..extras import require
from ..png import encode_png
from ..shards import MAX_SHARD_BYTES, shard_ranges
from ..variants import CLASSES
from ._export import Batch, Export, PathLike

_READING = """
import webdataset

train = webdataset.WebDataset("DEST/slash-train-{{000000..{last:06d}}}.tar", shardshuffle=False)
train = train.decode("l8").to_tuple("png", "cls")
print(sum(1 for image, label in train))
"""

# A member of a tar file has a header of one block, and is filled up to whole blocks.
_BLOCK = 512


def webdataset(
    dest: PathLike,
    config: str = "original",
    *,
    max_shard_bytes: int = MAX_SHARD_BYTES,
    force: bool = False,
    progress: bool = False,
    **params: Any,
) -> Path:
    """Write ``slash-{train,test}-000000.tar``, ...: ``.png``, ``.cls``, ``.json`` for each row.

    ``.cls`` has the label; ``.json`` has the row's number in the split (`index`), the name of the
    class (`label`), and where the stroke stands: `row` and `col`, the top left corner of its block
    in pixels, and `angle`, its counterclockwise turn in degrees. Equal arguments give equal bytes.

    Parameters
    ----------
    dest : path-like
        The folder to make.
    config : str
        A config with 8-bit pixels, see :data:`slash_dataset.CONFIG_NAMES`.
    max_shard_bytes : int
        Bytes of a tar file at most, but for the blocks that end it.
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
    ImportError
        If webdataset is not installed; the extra "export" brings it.
    ValueError
        If an argument is unknown or out of range, before any work starts.
    OSError
        If `dest` exists (FileExistsError, NotADirectoryError), or cannot be written, or the disk
        is full; nothing is left at `dest` then.

    Examples
    --------
    >>> import tarfile, tempfile
    >>> dest = webdataset(tempfile.mkdtemp() + "/slash")
    >>> tarfile.open(dest / "slash-test-000000.tar").getnames()[:3]
    ['000000.cls', '000000.json', '000000.png']
    """
    writer_of = require("webdataset", "export").TarWriter
    export = Export("webdataset", dest, config, params, force=force, progress=progress)
    shards = {}
    for name, split in export.splits.items():
        first = next(_samples(Batch(0, *split.batch_with_factors(0, 1)), split_rows=len(split)))
        row_bytes = _tar_bytes(first)
        shards[name] = shard_ranges(len(split), row_bytes, max_shard_bytes)
    with export.folder(_READING.format(last=len(shards["train"]) - 1)) as folder:
        for name, split in export.splits.items():
            for number, rows in enumerate(shards[name]):
                with (
                    (folder / f"slash-{name}-{number:06d}.tar").open("xb") as stream,
                    # Fixed owners and times, so that equal rows give equal bytes.
                    writer_of(stream, encoder=False, user="", group="", mtime=0) as writer,
                ):
                    for batch in export.batches(split, rows):
                        for sample in _samples(batch, split_rows=len(split)):
                            writer.write(sample)
    return export.dest


def _samples(batch: Batch, split_rows: int) -> Iterator[dict[str, Any]]:
    width = max(6, len(str(split_rows - 1)))
    factors = {name: values.tolist() for name, values in batch.factors.items()}
    labels = batch.labels.tolist()
    for i, file in enumerate(encode_png(batch.images)):
        about = {"index": batch.start + i, "label": CLASSES[labels[i]]}
        about |= {name: values[i] for name, values in factors.items()}
        yield {
            "__key__": f"{batch.start + i:0{width}d}",
            "png": file.as_buffer().to_pybytes(),
            "cls": b"%d" % labels[i],
            "json": json.dumps(about).encode(),
        }


def _tar_bytes(sample: dict[str, Any]) -> int:
    """Bytes that a sample takes in a tar file: a JSON text never grows over one block."""
    files = [content for name, content in sample.items() if not name.startswith("__")]
    return sum(_BLOCK + -(-len(content) // _BLOCK) * _BLOCK for content in files)
