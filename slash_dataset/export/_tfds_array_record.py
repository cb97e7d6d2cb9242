"""Layout `tfds-array-record`: a dataset for TensorFlow Datasets, as ArrayRecord shards.

Writing or reading it needs neither TensorFlow nor TensorFlow Datasets.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from ..checks import MAX_SHARD_BYTES
from ..configs import ConfigName
from ..extras import require
from ..shards import Shard
from ..splits import Split
from ._tf_examples import encode_examples
from ._tfds_metadata import metadata_files, plan_examples, shared_files  # noqa: F401
from ._writing import Plans, Rows
from .layout import PathLike, export

_FORMAT = "array_record"


def tfds_array_record(
    dest: PathLike,
    config: ConfigName = "original",
    *,
    max_shard_bytes: int = MAX_SHARD_BYTES,
    force: bool = False,
    progress: bool = False,
    **params: Any,
) -> Path:
    """Write ``slash/CONFIG/VERSION/`` with ArrayRecord shards, for ``tfds.data_source`` and Grain.

    Like :func:`tfds`, but for random access; neither writing nor reading needs TensorFlow.

    Arguments, result and errors are those of :func:`slash_dataset.export.export`.

    Examples
    --------
    >>> import tempfile
    >>> dest = tfds_array_record(tempfile.mkdtemp() + "/data_dir")
    >>> sorted(path.name for path in (dest / "slash/original").rglob("slash-*"))
    ['slash-test.array_record-00000-of-00001', 'slash-train.array_record-00000-of-00001']
    """
    return export(
        "tfds-array-record",
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
    """Write one ArrayRecord file."""
    module = require("array_record.python.array_record_module", "export")
    try:
        # TFDS writes one record per group, which is also the fastest for random access.
        with closing(module.ArrayRecordWriter(str(path), "group_size:1")) as writer:
            for _, batch in rows.batches():
                for message in encode_examples(batch.images, batch.labels):
                    writer.write(message.tobytes())
    except RuntimeError as error:
        # The library has one exception for everything; its message ends like the system's own.
        if os.strerror(errno.ENOSPC) not in str(error):
            raise
        raise OSError(errno.ENOSPC, str(error)) from error


def files_beside(splits: Mapping[str, Split], plans: Plans) -> dict[str, bytes]:
    """Return the metadata that TFDS reads."""
    return metadata_files(splits, _FORMAT, plans)
