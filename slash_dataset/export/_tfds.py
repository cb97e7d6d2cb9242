"""Layouts `tfds` and `tfds-array-record`: datasets that TensorFlow Datasets has not to prepare.

Neither TensorFlow nor TensorFlow Datasets takes part in writing them.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..configs import DATA_VERSION
from ..extras import require
from ..shards import MAX_SHARD_BYTES, shard_ranges
from ._export import Export, PathLike
from ._tf_examples import RECORD_OVERHEAD, encode_examples, frame_records
from ._tfds_metadata import NAME, shard_name, write_default_config, write_metadata

_READING = """
import tensorflow_datasets as tfds

train = tfds.load("slash/{config}", data_dir="DEST", split="train", as_supervised=True)
print(train.cardinality().numpy())
"""
_READING_ARRAY_RECORD = """
import tensorflow_datasets as tfds

train = tfds.data_source("slash/{config}", data_dir="DEST", split="train")
print(len(train), train[0]["label"])
"""

Writer = Callable[[NDArray[np.uint8]], None]


def tfds(
    dest: PathLike,
    config: str = "original",
    *,
    max_shard_bytes: int = MAX_SHARD_BYTES,
    force: bool = False,
    progress: bool = False,
    **params: Any,
) -> Path:
    """Write ``slash/CONFIG/1.0.0/`` with TFRecord shards, for ``tfds.load``.

    `dest` is a ``data_dir`` of TensorFlow Datasets, as it prepares one itself; TensorFlow is not
    needed to write it.

    Parameters
    ----------
    dest : path-like
        The folder to make, or with `force` an existing ``data_dir``.
    config : str
        A config with 8-bit pixels, see :data:`slash_dataset.CONFIG_NAMES`.
    max_shard_bytes : int
        Bytes of a shard at most.
    force : bool
        Write into `dest` if it is a folder that is not empty. What is replaced there is
        ``slash/CONFIG/1.0.0`` alone: other datasets and configs stay.
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
        If google-crc32c is not installed; the extra "export" brings it.
    ValueError
        If an argument is unknown or out of range, before any work starts.
    OSError
        If `dest` exists (FileExistsError, NotADirectoryError), or cannot be written, or the disk
        is full; nothing is left at `dest` then.

    Examples
    --------
    >>> import tempfile
    >>> dest = tfds(tempfile.mkdtemp() + "/data_dir")
    >>> sorted(path.name for path in (dest / "slash/original/1.0.0").glob("slash-*"))
    ['slash-test.tfrecord-00000-of-00001', 'slash-train.tfrecord-00000-of-00001']
    """
    require("google_crc32c", "export")
    export = Export(
        "tfds", dest, config, params, force=force, progress=progress, part=_part(config)
    )
    _write(export, "tfrecord", _tfrecord_file, _READING, max_shard_bytes)
    return export.dest


def tfds_array_record(
    dest: PathLike,
    config: str = "original",
    *,
    max_shard_bytes: int = MAX_SHARD_BYTES,
    force: bool = False,
    progress: bool = False,
    **params: Any,
) -> Path:
    """Write ``slash/CONFIG/1.0.0/`` with ArrayRecord shards, for ``tfds.data_source`` and Grain.

    As :func:`tfds`, but for random access: neither writing nor reading needs TensorFlow.

    Parameters
    ----------
    dest : path-like
        The folder to make, or with `force` an existing ``data_dir``.
    config : str
        A config with 8-bit pixels, see :data:`slash_dataset.CONFIG_NAMES`.
    max_shard_bytes : int
        Bytes of a shard's messages at most, before ArrayRecord compresses them.
    force : bool
        Write into `dest` if it is a folder that is not empty. What is replaced there is
        ``slash/CONFIG/1.0.0`` alone: other datasets and configs stay.
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
        If array_record is not installed; the extra "export" brings it.
    ValueError
        If an argument is unknown or out of range, before any work starts.
    OSError
        If `dest` exists (FileExistsError, NotADirectoryError), or cannot be written, or the disk
        is full; nothing is left at `dest` then.

    Examples
    --------
    >>> import tempfile
    >>> dest = tfds_array_record(tempfile.mkdtemp() + "/data_dir")
    >>> sorted(path.name for path in (dest / "slash/original/1.0.0").glob("slash-*"))
    ['slash-test.array_record-00000-of-00001', 'slash-train.array_record-00000-of-00001']
    """
    require("array_record.python.array_record_module", "export")
    export = Export(
        "tfds-array-record",
        dest,
        config,
        params,
        force=force,
        progress=progress,
        part=_part(config),
    )
    _write(export, "array_record", _array_record_file, _READING_ARRAY_RECORD, max_shard_bytes)
    return export.dest


def _part(config: str) -> str:
    return f"{NAME}/{config}/{DATA_VERSION}"


def _write(
    export: Export,
    file_format: str,
    open_shard: Callable[[Path], AbstractContextManager[Writer]],
    reading: str,
    max_shard_bytes: int,
) -> None:
    blank = np.zeros((1, export.config.image_size, export.config.image_size), np.uint8)
    message_bytes = encode_examples(blank, np.zeros(1, np.int64)).shape[1]
    shards = {
        name: shard_ranges(len(split), message_bytes + RECORD_OVERHEAD, max_shard_bytes)
        for name, split in export.splits.items()
    }
    with export.folder(reading.format(config=export.config.name)) as folder:
        for name, split in export.splits.items():
            for number, rows in enumerate(shards[name]):
                file = folder / shard_name(name, file_format, number, len(shards[name]))
                with open_shard(file) as write:
                    for batch in export.batches(split, rows):
                        write(encode_examples(batch.images, batch.labels))
        write_metadata(
            folder,
            export.config,
            file_format,
            {name: [len(rows) for rows in ranges] for name, ranges in shards.items()},
            {name: message_bytes * len(split) for name, split in export.splits.items()},
        )
        write_default_config(folder.parents[1])


@contextmanager
def _tfrecord_file(path: Path) -> Iterator[Writer]:
    with path.open("xb") as stream:

        def write(messages: NDArray[np.uint8]) -> None:
            stream.write(frame_records(messages).data)

        yield write


@contextmanager
def _array_record_file(path: Path) -> Iterator[Writer]:
    module = require("array_record.python.array_record_module", "export")

    def write(messages: NDArray[np.uint8]) -> None:
        for message in messages:
            writer.write(message.tobytes())

    try:
        # One record to a group is what TFDS writes, and what random access is fastest with.
        writer = module.ArrayRecordWriter(str(path), "group_size:1")
        try:
            yield write
        finally:
            writer.close()
    except RuntimeError as error:
        # The library has one error for everything; its message ends as the system's own.
        if os.strerror(errno.ENOSPC) not in str(error):
            raise
        raise OSError(errno.ENOSPC, str(error)) from error
