"""The interface that every consumer reads: a config opens into splits that hand out batches.

A split is replayed (the 2019 release) or drawn (a variant); readers cannot tell which. Splits hold
no open resources, can be pickled, and can be read from several threads.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import check_kind, shown
from .configs import (
    DEFAULT_CONFIG_NAME,
    ROWS,
    SPLIT_NAMES,
    Config,
    ConfigName,
    DrawnConfig,
    resolve_config,
)
from .drawing import Drawer, Factors, labels_of, open_drawer
from .identity import split_identity
from .original import replay
from .targets import TARGETS


class Batch(NamedTuple):
    """Some rows of a split.

    Attributes
    ----------
    images : ndarray of uint8 or float64, shape (n, H, W)
        0 (black) to 255 (white), or 0 to 1.
    labels : ndarray of int64, shape (n,)
        0 is a backslash, 1 a slash.
    factors : dict of str to ndarray, each of shape (n,)
        `row` and `col`, int64: top left corner of the stroke's block in pixels; `angle`, float64:
        its counterclockwise turn in degrees.
    """

    images: NDArray[Any]
    labels: NDArray[np.int64]
    factors: Factors


class Split(ABC):
    """The rows of one split of a config.

    Attributes
    ----------
    config : Config
    name : str
        "train" or "test".
    image_shape : tuple of int
        Height and width of an image in pixels.
    dtype : numpy.dtype
        Of the images: uint8 (0 is black, 255 white), or float64 from 0 to 1.
    row_bytes : int
        Bytes of the pixels of one row.
    """

    def __init__(self, config: Config, name: str) -> None:
        self.config = config
        self.name = name
        self.image_shape = (config.image_size, config.image_size)
        self.dtype = np.dtype(config.dtype)
        self.row_bytes = config.pixel_bytes

    def __len__(self) -> int:
        return self.config.num_rows[self.name]

    def __repr__(self) -> str:
        identity = split_identity(self.config, self.name)
        return f"<{identity}: {len(self)} rows, {identity.fingerprint}>"

    def read(self, rows: range | ArrayLike) -> Batch:
        """Return the given rows, in the given order.

        Parameters
        ----------
        rows : range or array_like of int, shape (n,)
            Each from 0 to ``len(split) - 1``; repeats are allowed. A range is read in one piece,
            which is faster.

        Returns
        -------
        Batch
            n rows; the caller owns the arrays.

        Raises
        ------
        IndexError
            If a row is outside the split.

        Examples
        --------
        >>> images, labels, factors = open_config("original")["train"].read(range(32))
        >>> images.shape, images.dtype, labels.dtype, sorted(factors)
        ((32, 30, 30), dtype('uint8'), dtype('int64'), ['angle', 'col', 'row'])
        >>> open_config("original")["train"].read([749, 0]).labels.tolist()
        [0, 0]
        """
        if isinstance(rows, range) and rows.step == 1:
            self._check_bounds(rows)
            return self._read(rows)
        wanted = np.asarray(rows)
        if wanted.ndim != 1 or (wanted.size and wanted.dtype.kind not in "iu"):
            raise IndexError(f"rows must be a flat list of whole numbers, got {shown(rows)}")
        for row in wanted[(wanted < 0) | (wanted >= len(self))][:1]:
            raise IndexError(
                f"row {row} is out of range: split {self.name!r} has rows 0 to {len(self) - 1}"
            )
        return self._read(wanted.astype(np.int64))

    def batches(self, size: int = 1024, rows: range | None = None) -> Iterator[Batch]:
        """Yield rows in order, in batches of `size` rows (the last may be smaller).

        Parameters
        ----------
        size : int
            At least 1.
        rows : range, optional
            By default, all rows.

        Raises
        ------
        ValueError
            If `size` is less than 1.
        IndexError
            If `rows` are outside the split.
        """
        ROWS.check("size", size)
        wanted = range(len(self)) if rows is None else rows
        in_a_piece = isinstance(wanted, range) and wanted.step == 1
        check_kind("rows", rows, "a range in steps of 1", in_a_piece)
        self._check_bounds(wanted)
        return (self.read(wanted[start : start + size]) for start in range(0, len(wanted), size))

    def _check_bounds(self, rows: range) -> None:
        """Raise an IndexError unless a range lies within the split."""
        if not 0 <= rows.start <= rows.stop <= len(self):
            raise IndexError(
                f"start={shown(rows.start)}, stop={shown(rows.stop)} is out of range: "
                f"0 <= start <= stop <= {len(self)} in split {self.name!r}"
            )

    def target(self, name: str, batch: Batch) -> NDArray[np.float32]:
        """Return a column of :data:`~slash_dataset.targets.TARGETS` for a batch of the split."""
        return TARGETS[name](self.config.variant, batch.labels, batch.factors)

    @abstractmethod
    def render(self, rows: NDArray[np.int64], given: Factors) -> NDArray[np.uint8]:
        """Return images of rows with some of `label`, `row`, `col` and `angle` replaced.

        Parameters
        ----------
        rows : ndarray of int64, shape (n,)
            The rows that supply the noise and every factor that is not given.
        given : dict of str to ndarray, each of shape (n,)
            The replacements, already checked to lie within the image.

        Raises
        ------
        ValueError
            If the split is not drawn.
        """

    @abstractmethod
    def _read(self, rows: range | NDArray[np.int64]) -> Batch:
        """Read checked rows: a range in one piece, or an array in any order."""


class OriginalSplit(Split):
    """A split of the 2019 release, in the author's order."""

    def render(self, rows: NDArray[np.int64], given: Factors) -> NDArray[np.uint8]:  # noqa: D102
        raise ValueError(
            f"config={self.config.name!r} is not allowed: the 2019 release is replayed and cannot "
            "be drawn with other factors; use config 'standard', which has the same distribution"
        )

    def _read(self, rows: range | NDArray[np.int64]) -> Batch:
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
        return Batch(images, release.labels[chosen], factors)


class DrawnSplit(Split):
    """A split of a variant; each row is drawn when it is read."""

    config: DrawnConfig

    def render(self, rows: NDArray[np.int64], given: Factors) -> NDArray[np.uint8]:  # noqa: D102
        return self._drawer.draw(rows, given)[0]

    @property
    def _drawer(self) -> Drawer:
        return open_drawer(self.config.variant, self.name, self.config.seed)

    def _read(self, rows: range | NDArray[np.int64]) -> Batch:
        images, factors = self._drawer.draw(rows)
        return Batch(images, labels_of(rows), factors)


def open_splits(config: Config) -> dict[str, Split]:
    """Return the splits of a resolved config, by name; nothing is drawn yet."""
    kind = DrawnSplit if isinstance(config, DrawnConfig) else OriginalSplit
    return {name: kind(config, name) for name in SPLIT_NAMES}


def open_config(name: ConfigName = DEFAULT_CONFIG_NAME, **params: Any) -> dict[str, Split]:
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
    >>> open_config("standard", num_train=500)["train"]
    <slash/standard/train num_train=500: 500 rows, ...>
    """
    return open_splits(resolve_config(name, **params))


def even_ranges(start: int, stop: int, count: int) -> list[range]:
    """Cut the rows from `start` up to `stop` into `count` ranges, as evenly as possible.

    Examples
    --------
    >>> even_ranges(0, 10, 3)
    [range(0, 3), range(3, 6), range(6, 10)]
    """
    edges = [start + (stop - start) * i // count for i in range(count + 1)] if count else []
    return [range(first, last) for first, last in pairwise(edges)]
