"""Shared by all layouts while writing: rows in batches, and a watch on what has been written."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from ..checksums import RunningChecksum
from ..configs import Config
from ..destinations import check_space
from ..shards import Shard
from ..signals import insist
from ..splits import Batch, Split, open_splits
from ._readme import README, readme_of
from .layout import Layout, progress_bar

# A batch holds about this many bytes of pixels, so that memory is bounded for any image size.
_BATCH_BYTES = 2**20
_SAMPLE_BYTES = 2**22
# No export takes more than this many times the bytes of its pixels: not even PNG files of 8 x 8
# pixels, each in a block of 4 KB.
_AT_MOST = 100

Plans = Mapping[str, list[Shard]]
"""The shards of each split."""


@dataclass(frozen=True)
class Rows:
    """Consecutive rows of a split to read in batches; `seen` is called with each batch."""

    split: Split
    rows: range
    seen: Callable[[Batch], object]

    def batches(self, size: int | None = None) -> Iterator[tuple[range, Batch]]:
        """Yield the rows' numbers and contents, about a megabyte of pixels at a time."""
        size = size or max(1, _BATCH_BYTES // self.split.row_bytes)
        start = self.rows.start
        for batch in self.split.batches(size, self.rows):
            insist()
            yield range(start, start + len(batch.labels)), batch
            self.seen(batch)
            start += len(batch.labels)


class Watch:
    """Sees every batch of an export, to take checksums and advance the progress bar.

    Attributes
    ----------
    checksums : dict of str to RunningChecksum
        By split.
    """

    def __init__(self, splits: Mapping[str, Split], bar: Any) -> None:
        self.splits = splits
        self.checksums: dict[str, RunningChecksum] = {}
        self._bar = bar

    def rows(self, split: Split) -> Rows:
        """Return all rows of a split; they must be read in order."""
        return Rows(
            split,
            range(len(split)),
            lambda batch: self.seen(split.name, batch.images, batch.labels),
        )

    def seen(self, name: str, images: Any, labels: Any) -> None:
        """Note that rows have been written."""
        self.checksums.setdefault(name, RunningChecksum()).update(images, labels)
        self._bar.update(len(labels))


def write_unsharded(
    folder: Path, layout: Layout, config: Config, options: Mapping[str, Any], progress: bool
) -> None:
    """Fill a folder in a layout that is written sequentially."""
    check_room(folder, [(layout.writer(), config, options)])
    with progress_bar(layout, config, progress) as bar:
        watch = Watch(open_splits(config), bar)
        layout.writer().write(folder, watch, **options)
        checksums = {name: seen.result() for name, seen in watch.checksums.items()}
        text = readme_of(layout, config, checksums)
        (folder / README).write_bytes(text.encode())


def check_room(
    folder: Path,
    exports: Sequence[tuple[ModuleType, Config, Mapping[str, Any]]],
    already: int = 0,
) -> None:
    """Raise an OSError if an export does not fit on the disk of a folder.

    If a rough bound does not fit, samples are written there to find out. Some of the bytes may
    exist `already`.
    """
    pixels = sum(config.pixel_bytes * sum(config.num_rows.values()) for _, config, _ in exports)
    check_space(
        folder,
        _AT_MOST * pixels - already,
        lambda: sum(bytes_needed(folder, *each) for each in exports) - already,
    )


def bytes_needed(
    folder: Path, writer: ModuleType, config: Config, options: Mapping[str, Any]
) -> int:
    """Return roughly how many bytes an export takes on a disk.

    Two samples of different sizes are written and compared, so that the fixed part of a file does
    not count.
    """
    rows = sum(config.num_rows.values())
    many = max(16, min(1_000, _SAMPLE_BYTES // config.pixel_bytes))
    few = many // 4
    if rows <= many or not config.parameters:
        return _sample_bytes(folder, writer, config, options)
    less, more = (
        _sample_bytes(folder, writer, config.with_parameters(num_train=n, num_test=1), options)
        for n in (few, many)
    )
    return rows * (more - less) // (many - few)


def _sample_bytes(
    folder: Path, writer: ModuleType, config: Config, options: Mapping[str, Any]
) -> int:
    from tqdm import tqdm

    splits = open_splits(config)
    with tempfile.TemporaryDirectory(dir=folder) as sample:
        if hasattr(writer, "write"):
            writer.write(Path(sample), Watch(splits, tqdm(disable=True)), **options)
        else:
            for name, split in splits.items():
                rows = Rows(split, range(len(split)), lambda batch: None)
                writer.write_shard(Path(sample, name), rows, **options)
        found = [path.stat() for path in Path(sample).rglob("*") if path.is_file()]
    # A small file takes a whole block; some disks do not yet know how many blocks it will take.
    return sum(max(file.st_size, 512 * getattr(file, "st_blocks", 0)) for file in found)
