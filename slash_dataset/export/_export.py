"""What all layouts share: checked arguments, a folder that appears whole, batches, a README."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..atomic import new_folder
from ..checksums import RunningChecksum
from ..configs import resolve_config
from ..drawing import Factors
from ..splits import Split, open_splits
from ._destination import check_destination
from ._readme import readme_text

PathLike = str | os.PathLike[str]

# A batch holds about so many bytes of pixels, so that memory stays bounded for any image size.
_BATCH_BYTES = 2**20


class Batch(NamedTuple):
    """Consecutive rows of a split: the number of the first, and what is in them."""

    start: int
    images: NDArray[Any]
    labels: NDArray[np.int64]
    factors: Factors

    @property
    def rows(self) -> range:
        """The rows' numbers in their split."""
        return range(self.start, self.start + len(self.labels))


class Export:
    """One export: its arguments, checked, and what has passed through it so far.

    Parameters
    ----------
    layout : str
        The layout's name.
    dest : path-like
        The folder to make.
    config : str
        A config, see :data:`slash_dataset.CONFIG_NAMES`.
    params : dict
        Parameters of a drawn config.
    force : bool
        Replace `dest` if it is a folder that is not empty.
    progress : bool
        Show a progress bar on standard error.
    dtypes : tuple of str
        The pixels that the layout can hold.
    part : str
        For layouts whose `dest` may hold other datasets too: the folder in it that is this one's.
        With `force` only that one is replaced.

    Raises
    ------
    ValueError
        If an argument is unknown or out of range, or the layout cannot hold the config's pixels.
    """

    def __init__(
        self,
        layout: str,
        dest: PathLike,
        config: str,
        params: dict[str, Any],
        *,
        force: bool,
        progress: bool,
        dtypes: tuple[str, ...] = ("uint8",),
        part: str = "",
    ) -> None:
        self.layout = layout
        self.config = resolve_config(config, **params)
        if self.config.dtype not in dtypes:
            raise ValueError(
                f"config={config!r} is not allowed: layout {layout!r} holds 8-bit pixels, and this "
                f"config has {self.config.dtype} pixels; use config 'original', or one of the "
                "layouts npz, parquet and csv"
            )
        self.splits = open_splits(self.config)
        self.dest = check_destination(dest)
        self._part = part
        self._force = force
        self._progress = progress
        self._checksums: dict[str, RunningChecksum] = {}
        self._bar: Any = None

    @contextmanager
    def folder(self, reading: str) -> Iterator[Path]:
        """Give the folder to fill, which appears at `dest` when the block ends without an error.

        Parameters
        ----------
        reading : str
            Python code for the README that reads the layout from the folder "DEST".

        Yields
        ------
        pathlib.Path
            The folder, or that part of it which the export is about.
        """
        with self._building() as folder, self._progress_bar() as self._bar:
            yield folder
            text = readme_text(self.config, self.layout, self._checksums, reading)
            (folder / "README.md").write_text(text, encoding="utf-8")

    def _progress_bar(self) -> Any:
        from tqdm import tqdm

        return tqdm(
            total=sum(len(split) for split in self.splits.values()),
            desc=f"{self.config.name} as {self.layout}",
            unit=" rows",
            disable=not self._progress,
        )

    @contextmanager
    def _building(self) -> Iterator[Path]:
        shared = self._part and self._force and self.dest.is_dir() and any(self.dest.iterdir())
        if shared:
            with new_folder(self.dest / self._part, force=True) as folder:
                yield folder
        else:
            with new_folder(self.dest, force=self._force) as folder:
                part = folder / self._part
                part.mkdir(parents=True, exist_ok=True)
                yield part

    def batches(
        self, split: Split, rows: range | None = None, *, step: int | None = None
    ) -> Iterator[Batch]:
        """Yield rows of a split, all by default, in batches of about a megabyte of pixels.

        The rows of a split must pass in their order: their checksum is taken on the way.
        """
        if rows is None:
            rows = range(len(split))
        if step is None:
            row_bytes = split.image_shape[0] * split.image_shape[1] * split.dtype.itemsize
            step = max(1, _BATCH_BYTES // row_bytes)
        checksum = self._checksum(split.name, starts=rows.start == 0)
        for start in range(rows.start, rows.stop, step):
            batch = Batch(start, *split.batch_with_factors(start, min(start + step, rows.stop)))
            checksum.update(batch.images, batch.labels)
            yield batch
            self._bar.update(len(batch.labels))

    def passed(self, name: str, images: NDArray[Any], labels: NDArray[np.int64]) -> None:
        """Note rows that do not come from a split, but belong into the checksums."""
        self._checksum(name, starts=True).update(images, labels)
        self._bar.update(len(labels))

    def _checksum(self, name: str, starts: bool) -> RunningChecksum:
        if starts:
            self._checksums[name] = RunningChecksum()
        return self._checksums[name]
