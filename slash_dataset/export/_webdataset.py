"""Layout `webdataset`: numbered tar files, read sequentially."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..checks import MAX_SHARD_BYTES
from ..configs import ConfigName
from ..extras import require
from ..png import encode_png
from ..shards import Shard, shard_ranges
from ..splits import Batch, Split
from ..variants import CLASSES
from ._writing import Rows
from .layout import PathLike, export

# A member of a tar file has a header of one block, and is padded to whole blocks.
_BLOCK = 512


def webdataset(
    dest: PathLike,
    config: ConfigName = "original",
    *,
    max_shard_bytes: int = MAX_SHARD_BYTES,
    force: bool = False,
    progress: bool = False,
    **params: Any,
) -> Path:
    """Write ``slash-{train,test}-000000.tar``, ...: ``.png``, ``.cls``, ``.json`` for each row.

    ``.cls`` has the label; ``.json`` has the row's number in the split (`index`), the name of the
    class (`label`), and the stroke's position: `row` and `col`, the top left corner of its block in
    pixels, and `angle`, its counterclockwise turn in degrees. Equal arguments give equal bytes.

    Arguments, result and errors are those of :func:`slash_dataset.export.export`.

    Examples
    --------
    >>> import tarfile, tempfile
    >>> dest = webdataset(tempfile.mkdtemp() + "/slash")
    >>> tarfile.open(dest / "slash-test-000000.tar").getnames()[:3]
    ['000000.cls', '000000.json', '000000.png']
    """
    return export(
        "webdataset",
        dest,
        config,
        max_shard_bytes=max_shard_bytes,
        force=force,
        progress=progress,
        **params,
    )


def plan(split: Split, max_shard_bytes: int) -> list[Shard]:
    """Plan the shards of a split."""
    first = next(_samples(range(1), split.read(range(1)), len(split)))
    ranges = shard_ranges(len(split), _tar_bytes(first), max_shard_bytes)
    return [Shard(f"slash-{split.name}-{i:06d}.tar", rows) for i, rows in enumerate(ranges)]


def write_shard(path: Path, rows: Rows, max_shard_bytes: int) -> None:
    """Write one tar file."""
    writer_of = require("webdataset", "export").TarWriter
    with (
        path.open("xb") as stream,
        # Owners and times are fixed, so that equal rows give equal bytes.
        writer_of(stream, encoder=False, user="", group="", mtime=0) as writer,
    ):
        for numbers, batch in rows.batches():
            for sample in _samples(numbers, batch, len(rows.split)):
                writer.write(sample)


def _samples(rows: range, batch: Batch, split_rows: int) -> Iterator[dict[str, Any]]:
    width = max(6, len(str(split_rows - 1)))
    factors = {name: values.tolist() for name, values in batch.factors.items()}
    labels = batch.labels.tolist()
    for i, (row, file) in enumerate(zip(rows, encode_png(batch.images), strict=True)):
        about = {"index": row, "label": CLASSES[labels[i]]}
        about |= {name: values[i] for name, values in factors.items()}
        yield {
            "__key__": f"{row:0{width}d}",
            "png": file.as_buffer().to_pybytes(),
            "cls": b"%d" % labels[i],
            "json": json.dumps(about).encode(),
        }


def _tar_bytes(sample: dict[str, Any]) -> int:
    """The size of a sample in a tar file: its JSON text always fits in one block."""
    files = [content for name, content in sample.items() if not name.startswith("__")]
    return sum(_BLOCK + -(-len(content) // _BLOCK) * _BLOCK for content in files)
