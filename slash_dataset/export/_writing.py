"""What all layouts share while they are written: rows in batches, and what has passed so far."""

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
from ..splits import Batch, Split, open_splits

# A batch holds about this many bytes of pixels, so that memory stays bounded for any image size.
_BATCH_BYTES = 2**20
_SAMPLE_BYTES = 2**22
# So many times the bytes of its pixels no export takes: not even PNG files of 8 x 8 pixels, each in
# a block of 4 KB.
_AT_MOST = 100

Plans = Mapping[str, list[Shard]]
"""The shards of each split; empty for a layout that has none."""


@dataclass(frozen=True)
class Rows:
    """Consecutive rows of a split, to be read in batches; `seen` is shown each of them."""

    split: Split
    rows: range
    seen: Callable[[Batch], object]

    def batches(self, size: int | None = None) -> Iterator[tuple[range, Batch]]:
        """Yield the rows' numbers and what is in them, about a megabyte of pixels at a time."""
        size = size or max(1, _BATCH_BYTES // self.split.row_bytes)
        start = self.rows.start
        for batch in self.split.batches(size, self.rows):
            yield range(start, start + len(batch.labels)), batch
            self.seen(batch)
            start += len(batch.labels)


class Watch:
    """Sees every batch of an export: takes checksums and moves the progress bar.

    Attributes
    ----------
    checksums : dict of str to RunningChecksum
        By the name of a split.
    """

    def __init__(self, splits: Mapping[str, Split], bar: Any) -> None:
        self.splits = splits
        self.checksums: dict[str, RunningChecksum] = {}
        self._bar = bar

    def rows(self, split: Split, rows: range | None = None) -> Rows:
        """Return rows of a split, all by default; they must be read in the order of the split."""
        chosen = range(len(split)) if rows is None else rows
        return Rows(split, chosen, lambda batch: self.seen(split.name, batch.images, batch.labels))

    def seen(self, name: str, images: Any, labels: Any) -> None:
        """Note rows that have been written."""
        self.checksums.setdefault(name, RunningChecksum()).update(images, labels)
        self._bar.update(len(labels))


def plan_shards(
    writer: ModuleType, splits: Mapping[str, Split], options: Mapping[str, Any]
) -> Plans:
    """Say which shards a layout's module will write."""
    if not hasattr(writer, "plan"):
        return {}
    return {name: writer.plan(split, **options) for name, split in splits.items()}


def write_files(
    writer: ModuleType, folder: Path, watch: Watch, plans: Plans, options: Mapping[str, Any]
) -> None:
    """Fill a folder with what a layout's module writes."""
    if not plans:
        writer.write(folder, watch, **options)
        return
    for name, shards in plans.items():
        split = watch.splits[name]
        for shard in shards:
            writer.write_shard(folder / shard.name, watch.rows(split, shard.rows), **options)
    if hasattr(writer, "finish"):
        writer.finish(folder, watch.splits, plans)


def check_room(
    folder: Path, exports: Sequence[tuple[ModuleType, Config, Mapping[str, Any]]]
) -> None:
    """Refuse exports that do not fit on the disk of an empty folder, with an OSError.

    Where they might not, samples of them are written there to find out.
    """
    pixels = sum(config.pixel_bytes * sum(config.num_rows.values()) for _, config, _ in exports)
    check_space(
        folder, _AT_MOST * pixels, lambda: sum(bytes_needed(folder, *each) for each in exports)
    )


def bytes_needed(
    folder: Path, writer: ModuleType, config: Config, options: Mapping[str, Any]
) -> int:
    """Return about how many bytes an export takes on a disk.

    Two samples of different sizes are written and compared, so that what a file has beside its rows
    does not count.
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
        plans = plan_shards(writer, splits, options)
        write_files(writer, Path(sample), Watch(splits, tqdm(disable=True)), plans, options)
        found = [path.stat() for path in Path(sample).rglob("*") if path.is_file()]
    # A small file takes a whole block; some disks do not know yet how many they will take.
    return sum(max(file.st_size, 512 * getattr(file, "st_blocks", 0)) for file in found)
