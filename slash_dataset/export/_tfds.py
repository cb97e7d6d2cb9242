"""Layout `tfds`: a dataset already prepared for TensorFlow Datasets, as TFRecord shards.

Writing it needs neither TensorFlow nor TensorFlow Datasets.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..checks import MAX_SHARD_BYTES
from ..configs import ConfigName
from ..shards import Shard
from ..splits import Split
from ._tf_examples import encode_examples, frame_records
from ._tfds_metadata import metadata_files, plan_examples, shared_files  # noqa: F401
from ._writing import Plans, Rows
from .layout import PathLike, export

_FORMAT = "tfrecord"


def tfds(
    dest: PathLike,
    config: ConfigName = "original",
    *,
    max_shard_bytes: int = MAX_SHARD_BYTES,
    force: bool = False,
    progress: bool = False,
    **params: Any,
) -> Path:
    """Write ``slash/CONFIG/VERSION/`` with TFRecord shards, for ``tfds.load``.

    `dest` is a ``data_dir`` like those that TensorFlow Datasets prepares itself; TensorFlow is not
    needed to write it. With `force`, other datasets and configs in it are kept.

    Arguments, result and errors are those of :func:`slash_dataset.export.export`.

    Examples
    --------
    >>> import tempfile
    >>> dest = tfds(tempfile.mkdtemp() + "/data_dir")
    >>> sorted(path.name for path in (dest / "slash/original").rglob("slash-*"))
    ['slash-test.tfrecord-00000-of-00001', 'slash-train.tfrecord-00000-of-00001']
    """
    return export(
        "tfds",
        dest,
        config,
        max_shard_bytes=max_shard_bytes,
        force=force,
        progress=progress,
        **params,
    )


def plan(split: Split, max_shard_bytes: int) -> list[Shard]:
    """Plan the shards of a split."""
    return plan_examples(split, _FORMAT, max_shard_bytes)


def write_shard(path: Path, rows: Rows, max_shard_bytes: int) -> None:
    """Write one TFRecord file."""
    with path.open("xb") as stream:
        for _, batch in rows.batches():
            stream.write(frame_records(encode_examples(batch.images, batch.labels)).data)


def files_beside(splits: Mapping[str, Split], plans: Plans) -> dict[str, bytes]:
    """Return the metadata that TFDS reads."""
    return metadata_files(splits, _FORMAT, plans)
