"""The one interface that every consumer reads: a config opens into splits that hand out batches.

A split is replayed (the 2019 release) or drawn (a variant); who reads it cannot tell. Splits hold
no open resource, may be pickled, and may be read from several threads.
"""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .configs import DEFAULT_CONFIG_NAME, SPLIT_NAMES, Config, DrawnConfig, resolve_config
from .drawing import Factors, open_drawer
from .original import replay
from .variants import check_choice

Batch = tuple[NDArray[Any], NDArray[np.int64]]


class Split(ABC):
    """The rows of one split of a config.

    Attributes
    ----------
    config : OriginalConfig or DrawnConfig
    name : str
        "train" or "test".
    image_shape : tuple of int
        Height and width of an image in pixels.
    dtype : numpy.dtype
        Of the images: uint8 (0 is black, 255 white), or float64 from 0 to 1.
    """

    def __init__(self, config: Config, name: str) -> None:
        self.config = config
        self.name = name
        self.image_shape = (config.image_size, config.image_size)
        self.dtype = np.dtype(config.dtype)

    def __len__(self) -> int:
        return self.config.num_rows[self.name]

    def __repr__(self) -> str:
        return f"<{self.config.name}/{self.name}: {len(self)} rows>"

    def batch(self, start: int, stop: int) -> Batch:
        """Return the rows from `start` up to `stop`.

        Parameters
        ----------
        start, stop : int
            ``0 <= start <= stop <= len(split)``.

        Returns
        -------
        images : ndarray of `dtype`, shape (stop - start, H, W)
        labels : ndarray of int64, shape (stop - start,)
            0 is a backslash, 1 a slash.

        Raises
        ------
        IndexError
            If the range does not lie within the split.

        Examples
        --------
        >>> images, labels = open_config("original")["train"].batch(0, 32)
        >>> images.shape, images.dtype, labels.dtype
        ((32, 30, 30), dtype('uint8'), dtype('int64'))
        """
        images, labels, _ = self._read(self._checked_range(start, stop))
        return images, labels

    def batch_with_factors(self, start: int, stop: int) -> tuple[NDArray[Any], Any, Factors]:
        """Return a batch and, for each row, where its stroke stands.

        Returns
        -------
        images, labels : ndarray
            As :meth:`batch` returns them.
        factors : dict of str to ndarray, each of shape (stop - start,)
            `row` and `col`, int64: top left corner of the stroke's block in pixels; `angle`,
            float64: counterclockwise turn in degrees.
        """
        return self._read(self._checked_range(start, stop))

    def take(self, rows: ArrayLike) -> Batch:
        """Return the given rows, in the given order.

        Parameters
        ----------
        rows : array_like of int, shape (n,)
            Each from 0 to ``len(split) - 1``; a row may come more than once.

        Returns
        -------
        images : ndarray of `dtype`, shape (n, H, W)
        labels : ndarray of int64, shape (n,)

        Raises
        ------
        IndexError
            If a row does not lie within the split.
        """
        images, labels, _ = self._take(rows)
        return images, labels

    def take_with_factors(self, rows: ArrayLike) -> tuple[NDArray[Any], Any, Factors]:
        """Return the given rows and their factors, as :meth:`batch_with_factors` does."""
        return self._take(rows)

    def batches(self, size: int = 1024) -> Iterator[Batch]:
        """Yield all rows in their order, in batches of `size` rows (the last may be smaller).

        Raises
        ------
        ValueError
            If `size` is not positive.
        """
        if size < 1:
            raise ValueError(f"size={size!r} is out of range: a batch has 1 row or more")
        return (
            self.batch(start, min(start + size, len(self))) for start in range(0, len(self), size)
        )

    def _checked_range(self, start: int, stop: int) -> range:
        start, stop = operator.index(start), operator.index(stop)
        if not 0 <= start <= stop <= len(self):
            raise IndexError(
                f"start={start}, stop={stop} is out of range: "
                f"0 <= start <= stop <= {len(self)} in split {self.name!r}"
            )
        return range(start, stop)

    def _take(self, rows: ArrayLike) -> tuple[NDArray[Any], NDArray[np.int64], Factors]:
        wanted = np.asarray(rows)
        if wanted.ndim != 1 or (wanted.size and wanted.dtype.kind not in "iu"):
            raise IndexError(f"rows must be a flat list of whole numbers, got {rows!r}")
        for row in wanted[(wanted < 0) | (wanted >= len(self))][:1]:
            raise IndexError(
                f"row {row} is out of range: split {self.name!r} has rows 0 to {len(self) - 1}"
            )
        return self._read(wanted.astype(np.int64))

    @abstractmethod
    def _read(
        self, rows: range | NDArray[np.int64]
    ) -> tuple[NDArray[Any], NDArray[np.int64], Factors]:
        """Read checked rows: a range in one piece, or an array in any order."""


class OriginalSplit(Split):
    """A split of the 2019 release, in the author's order."""

    def _read(
        self, rows: range | NDArray[np.int64]
    ) -> tuple[NDArray[Any], NDArray[np.int64], Factors]:
        release = replay()
        drawn_as = release.split_rows[self.name]
        chosen = drawn_as[rows.start : rows.stop] if isinstance(rows, range) else drawn_as[rows]
        images: NDArray[Any] = release.images[chosen]
        if self.dtype == np.uint8:
            images = np.rint(255 * images).astype(np.uint8)
        factors: Factors = {
            "row": release.rows[chosen],
            "col": release.cols[chosen],
            "angle": np.zeros(len(chosen)),
        }
        return images, release.labels[chosen], factors


class DrawnSplit(Split):
    """A split of a variant; each row is drawn when it is read."""

    config: DrawnConfig

    def _read(
        self, rows: range | NDArray[np.int64]
    ) -> tuple[NDArray[Any], NDArray[np.int64], Factors]:
        drawer = open_drawer(self.config.variant, self.name, self.config.seed)
        images, factors = drawer.draw(rows)
        return images, np.asarray(rows, np.int64) % 2, factors


def open_splits(config: Config) -> dict[str, Split]:
    """Return the splits of a resolved config, by name; nothing is drawn yet."""
    kind = DrawnSplit if isinstance(config, DrawnConfig) else OriginalSplit
    return {name: kind(config, name) for name in SPLIT_NAMES}


def open_config(name: str = DEFAULT_CONFIG_NAME, **params: Any) -> dict[str, Split]:
    """Open a config: return its splits by name, "train" first; nothing is drawn yet.

    Parameters
    ----------
    name : str
        A config, see :data:`slash_dataset.CONFIG_NAMES`.
    **params
        `num_train`, `num_test`, `seed` and the parameters of
        :class:`~slash_dataset.variants.Variant`, for drawn configs.

    Returns
    -------
    dict of str to Split

    Raises
    ------
    ValueError
        If the name or a parameter is unknown or out of range.

    Examples
    --------
    >>> open_config("standard", num_train=500)
    {'train': <standard/train: 500 rows>, 'test': <standard/test: 2000 rows>}
    """
    return open_splits(resolve_config(name, **params))


def check_split(name: Any) -> Any:
    """Return `name` if it names a split, or raise a ValueError that lists the splits."""
    return check_choice("split", name, SPLIT_NAMES)
