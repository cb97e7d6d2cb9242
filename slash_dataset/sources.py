"""Random access to drawn rows for data loaders: nothing on disk, nothing prepared."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from itertools import count
from types import EllipsisType
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from .checks import check_bool
from .configs import ROWS, ConfigName, SplitName, check_split, refuse_sizes, resolve_config
from .identity import Identity, split_identity
from .splits import Batch, open_splits

Item = dict[str, Any]

# To type checkers a Source is a Dataset of PyTorch, so that DataLoader(Source(...)) passes them.
if TYPE_CHECKING:
    from torch.utils.data import Dataset

    _Base = Dataset[Item]
else:
    _Base = object


class Source(_Base):
    """A map-style source of examples, drawn when asked for.

    ``torch.utils.data.DataLoader`` and ``grain.MapDataset.source`` take it as it is, unless it is
    endless: they ask for a length. Give them ``num_rows=10**12``, which no training comes to the
    end of and costs nothing. A source may be pickled, sent to workers, and read in any order: an
    example depends on its row alone.

    Parameters
    ----------
    config : str
        A config, see :data:`slash_dataset.CONFIG_NAMES`.
    split : str
        "train" or "test".
    num_rows : int or None
        How many rows the source has, 1 to 10**12; None for endless iteration, where every row
        number is valid and there is no length. Left out, it is the config's own number.
    seed : int, optional
        0 to 2**64 - 1; the config's own if left out.
    factors : bool
        Add `row`, `col` and `angle` of the stroke to each item.
    **params
        Parameters of :class:`~slash_dataset.variants.Variant`.

    Raises
    ------
    ValueError
        If an argument is unknown, out of range or without effect, or if the original, which is
        fixed, is given any number of rows, seed or parameter.

    Examples
    --------
    >>> source = Source("standard", "train", num_rows=1_000, seed=7)
    >>> len(source), sorted(source[0]), source[0]["image"].shape
    (1000, ['image', 'label'], (30, 30))
    >>> source
    <Source slash/standard/train num_train=1000 seed=7: 1000 rows, ...>
    """

    def __init__(
        self,
        config: ConfigName = "standard",
        split: SplitName = "train",
        num_rows: int | EllipsisType | None = ...,
        seed: int | None = None,
        *,
        factors: bool = False,
        **params: Any,
    ) -> None:
        check_split(split)
        refuse_sizes(params, "num_rows is the number of rows of a Source")
        if seed is not None:
            params["seed"] = seed
        resolved = resolve_config(config, **params)
        if num_rows is not ...:
            if not resolved.parameters:
                raise ValueError(
                    f"num_rows={num_rows!r} is not allowed: config {config!r} is the 2019 release "
                    f"and has {resolved.num_rows[split]} rows; drawn configs take any number"
                )
            if num_rows is None:
                resolved = resolved.longest(split)
            else:
                rows = ROWS.check("num_rows", num_rows)
                resolved = resolved.with_parameters(**{f"num_{split}": rows})
        self._endless = num_rows is None
        self._factors = check_bool("factors", factors)
        self._split = open_splits(resolved)[split]

    @property
    def identity(self) -> Identity:
        """What the source is: of an endless one, the number of rows is no part of it."""
        split = self._split
        return split_identity(
            split.config, split.name, num_rows=not self._endless, factors=self._factors
        )

    def __len__(self) -> int:
        if self._endless:
            raise TypeError(
                "an endless source (num_rows=None) has no length: iterate over it, or give a "
                f"loader that asks for one num_rows=10**12 (which is {ROWS.high:,})"
            )
        return len(self._split)

    def __repr__(self) -> str:
        rows = "endless" if self._endless else f"{len(self._split)} rows"
        return f"<Source {self.identity}: {rows}, {self.identity.fingerprint}>"

    @overload
    def __getitem__(self, row: int) -> Item: ...
    @overload
    def __getitem__(self, row: slice) -> list[Item]: ...
    def __getitem__(self, row: int | slice) -> Item | list[Item]:
        """Return one example: `image`, shape (H, W), and `label`; of a slice, a list of them."""
        if not isinstance(row, slice):
            return self.__getitems__([operator.index(row)])[0]
        if not self._endless:
            return self.__getitems__(range(*row.indices(len(self))))
        start, step = (0 if row.start is None else row.start), (row.step or 1)
        if row.stop is None or min(start, row.stop, step) < 0:
            raise IndexError(
                f"{row} is not allowed: an endless source has no last row to count from; give a "
                "start and a stop of 0 or more"
            )
        return self.__getitems__(range(start, row.stop, step))

    def __getitems__(self, rows: Sequence[int]) -> list[Item]:
        """Return several examples at once; a row below zero counts from the end."""
        wanted = _whole_numbers(rows)
        if not self._endless and wanted.dtype.kind == "i":
            from_end = (wanted < 0) & (wanted >= -len(self._split))
            wanted = np.where(from_end, wanted + len(self._split), wanted)
        images, labels, factors = self._split.read(wanted)
        columns: dict[str, Any] = {"label": labels}
        if self._factors:
            columns |= factors
        # An item that is kept must not keep its whole batch in memory: it has a copy of its own.
        several = len(wanted) > 1
        return [
            {"image": image.copy() if several else image}
            | {name: column[i] for name, column in columns.items()}
            for i, image in enumerate(images)
        ]

    def __iter__(self) -> Iterator[Item]:
        """Yield the examples in their order, without end if the source is endless."""
        step = 256
        starts = count(0, step) if self._endless else range(0, len(self), step)
        for start in starts:
            stop = start + step if self._endless else min(start + step, len(self))
            yield from self.__getitems__(range(start, stop))

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield batches of `size` consecutive rows; the fastest way through a source.

        Parameters
        ----------
        size : int
            Rows of a batch, at least 1; the last batch of a source that ends may be smaller.
        """
        return self._split.batches(size)


def _whole_numbers(rows: Sequence[int]) -> NDArray[Any]:
    """Return rows as an array; nothing is rounded, and no truth value is taken for a number."""
    wanted = np.asarray(rows)
    if wanted.size == 0:
        return wanted.astype(np.int64).reshape(-1)
    if wanted.dtype.kind not in "iu":
        for row in rows:
            if isinstance(row, (bool, np.bool_)) or not hasattr(row, "__index__"):
                raise TypeError(f"row {row!r} is not allowed: rows are whole numbers")
        wanted = np.asarray([operator.index(row) for row in rows])
    if wanted.dtype == object:  # more than 64 bits
        largest = max(map(operator.index, rows), key=abs)
        raise IndexError(f"row {largest} is out of range: a source has at most {ROWS.high} rows")
    return wanted
