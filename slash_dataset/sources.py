"""Random access to drawn rows for data loaders: no files, no preparation."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from types import EllipsisType
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from .checks import check_bool, check_kind, check_whole, shown
from .configs import ROWS, SEEDS, ConfigName, SplitName, check_split, resolve_any_rows
from .identity import Identity, split_identity
from .shuffling import shuffled
from .splits import Batch, open_splits
from .targets import Target, check_targets

Item = dict[str, Any]

# For type checkers, sources are PyTorch Datasets, so that DataLoader(Source(...)) passes.
if TYPE_CHECKING:
    from torch.utils.data import Dataset

    _Base = Dataset[Item]
else:
    _Base = object


class Source(_Base):
    """A map-style source of examples, drawn on demand.

    ``torch.utils.data.DataLoader`` and ``grain.MapDataset.source`` take it directly; whole batches
    are several times faster, see :meth:`batched`. An endless source has no length, which both of
    them need: read it in batches with :class:`slash_dataset.Stream`, or row by row in your own
    loop. A source can be pickled, sent to workers, and read in any order: an example depends only
    on its row.

    Parameters
    ----------
    config : str
        A config, see :data:`slash_dataset.CONFIG_NAMES`.
    split : str
        "train" or "test".
    num_rows : int or None
        Number of rows, 1 to 10**12; None for endless iteration, where every row number is valid and
        there is no length. If left out, the config's own number.
    seed : int, optional
        0 to 2**64 - 1; the config's own if left out.
    factors : bool
        Add `row`, `col` and `angle` of the stroke to each item.
    targets : str, optional
        Add a column of this name: "box", the smallest box around the stroke, or "points", its two
        end points; see :mod:`slash_dataset.targets`.
    **params
        Parameters of :class:`~slash_dataset.variants.Variant`.

    Raises
    ------
    ValueError
        If an argument is unknown, out of range or has no effect, or if the original, which is
        fixed, is given a number of rows, a seed or a parameter.

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
        targets: Target | None = None,
        **params: Any,
    ) -> None:
        check_split(split)
        resolved = resolve_any_rows(config, seed, params, "a Source takes num_rows")
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
        self._targets = check_targets(targets)
        self._split = open_splits(resolved)[split]

    @property
    def identity(self) -> Identity:
        """The identity of the source; the number of rows is not part of an endless one's."""
        return self.identity_as(num_rows=not self._endless)

    def identity_as(self, *, num_rows: bool, shuffle: int | None = None) -> Identity:
        """Return the identity of the source for a particular reader.

        Parameters
        ----------
        num_rows : bool
            Include the number of rows.
        shuffle : int, optional
            Seed of the order of the rows, 0 to 2**64 - 1.
        """
        split = self._split
        check_bool("num_rows", num_rows)
        how = {"factors": self._factors, "targets": self._targets}
        if shuffle is not None:
            how["shuffle"] = SEEDS.check("shuffle", shuffle)
        return split_identity(split.config, split.name, num_rows=num_rows, **how)

    @property
    def num_rows(self) -> int:
        """The number of rows; for an endless source, more than anybody reads: 10**12."""
        return len(self._split)

    def __len__(self) -> int:
        if self._endless:
            raise TypeError(
                "an endless source (num_rows=None) has no length: read it in batches with "
                "slash_dataset.Stream(source, size), in PyTorch with slash_dataset.torch.Loader"
            )
        return self.num_rows

    def __repr__(self) -> str:
        rows = "endless" if self._endless else f"{self.num_rows} rows"
        return f"<Source {self.identity}: {rows}, {self.identity.fingerprint}>"

    @overload
    def __getitem__(self, row: int) -> Item: ...
    @overload
    def __getitem__(self, row: slice) -> list[Item]: ...
    def __getitem__(self, row: int | slice) -> Item | list[Item]:
        """Return one example: `image`, shape (H, W), and `label`; for a slice, a list of them."""
        if not isinstance(row, slice):
            return self.__getitems__([check_whole("row", row)])[0]
        if not self._endless:
            return self.__getitems__(range(*row.indices(len(self))))
        start, step = (0 if row.start is None else row.start), (1 if row.step is None else row.step)
        if row.stop is None or min(start, row.stop, step - 1) < 0:
            raise IndexError(
                f"{row} is not allowed: an endless source has no last row to count from; give a "
                "start and a stop of 0 or more, and a step of 1 or more"
            )
        return self.__getitems__(range(start, row.stop, step))

    def __getitems__(self, rows: Sequence[int]) -> list[Item]:
        """Return several examples at once; negative rows count from the end."""
        columns = self.read(rows)
        # Each item is a copy, so that keeping one does not keep its whole batch in memory.
        several = len(columns["label"]) > 1
        return [
            {name: column[i].copy() if several else column[i] for name, column in columns.items()}
            for i in range(len(columns["label"]))
        ]

    def read(self, rows: Sequence[int] | NDArray[np.integer[Any]]) -> Item:
        """Return several rows as one batch: a dict of arrays.

        Parameters
        ----------
        rows : range or sequence of int, length n
            Negative rows count from the end. A range is read in one piece, which is faster.

        Returns
        -------
        dict of str to ndarray, each of n rows
            `image`, shape (n, H, W), and `label`, int64, shape (n,); factors and targets if
            requested. The caller owns the arrays.

        Raises
        ------
        IndexError
            If a row is outside the source.
        TypeError
            If a row is not a whole number.

        Examples
        --------
        >>> batch = Source("standard").read([3, 0, -1])
        >>> batch["image"].shape, batch["label"].tolist()
        ((3, 30, 30), [1, 0, 1])
        """
        if not (isinstance(rows, range) and rows.step == 1 and 0 <= rows.start <= rows.stop):
            rows = _whole_numbers(rows)
            if not self._endless and rows.dtype.kind == "i":
                rows = rows.astype(np.int64)  # fewer bits do not hold what is added
                from_end = (rows < 0) & (rows >= -self.num_rows)
                rows = np.where(from_end, rows + self.num_rows, rows)
        batch = self._split.read(rows)
        columns = {"image": batch.images, "label": batch.labels}
        if self._factors:
            columns |= batch.factors
        if self._targets:
            columns[self._targets] = self._split.target(self._targets, batch)
        return columns

    def batched(self, size: int, *, shuffle: int | None = None) -> Batched:
        """Return a map-style source whose items are whole batches; see :class:`Batched`.

        Parameters
        ----------
        size : int
            Rows per batch, at least 1; the last batch may be smaller.
        shuffle : int, optional
            Seed of a shuffled order of the rows, 0 to 2**64 - 1.

        Raises
        ------
        ValueError
            If an argument is out of range.
        """
        return Batched(self, size, shuffle=shuffle)

    def __iter__(self) -> Iterator[Item]:
        """Yield the examples in order, without end if the source is endless."""
        step = 256
        for start in range(0, self.num_rows, step):
            yield from self.__getitems__(range(start, min(start + step, self.num_rows)))

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield batches of `size` consecutive rows; the fastest way through a source.

        Parameters
        ----------
        size : int
            Rows per batch, at least 1; the last batch of a finite source may be smaller.
        """
        return self._split.batches(size)


class Batched(_Base):
    """A map-style source whose item k is one whole batch: a dict of arrays.

    A loader reads it without making items of its own, and if the loader shuffles, it shuffles
    batches. For drawn configs that is as good as shuffling rows, because rows are independent: a
    batch of an even size has as many backslashes as slashes. For the original, or for batches of
    different rows in each epoch, use `shuffle`.

    Parameters
    ----------
    source : Source
    size : int
        Rows per batch, at least 1; the last batch may be smaller.
    shuffle : int, optional
        0 to 2**64 - 1: the rows come in the order of :func:`~slash_dataset.shuffling.shuffled`,
        which takes no memory and is the same on every machine.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> batches = Source("standard", num_rows=1_000).batched(256, shuffle=0)
    >>> len(batches), batches[0]["image"].shape, batches[3]["label"].shape
    (4, (256, 30, 30), (232,))

    A DataLoader turns them into tensors::

        DataLoader(batches, batch_size=None, shuffle=True, num_workers=2)
    """

    def __init__(self, source: Source, size: int, *, shuffle: int | None = None) -> None:
        self._source = source
        self.size: int = ROWS.check("size", size)
        self.shuffle = None if shuffle is None else SEEDS.check("shuffle", shuffle)
        self.num_rows = source.num_rows

    @property
    def identity(self) -> Identity:
        """The identity of the order of rows; their number counts only if it affects the order."""
        shuffle = self.shuffle
        return self._source.identity_as(num_rows=shuffle is not None, shuffle=shuffle)

    def __len__(self) -> int:
        return (len(self._source) + self.size - 1) // self.size

    def __repr__(self) -> str:
        order = "" if self.shuffle is None else f", shuffle={self.shuffle}"
        return f"<Batched {self.size} rows of {self._source!r}{order}>"

    def __getitem__(self, number: int) -> Item:
        """Return a batch as :meth:`Source.read` does; a negative number counts from the end."""
        count = -(-self.num_rows // self.size)
        wanted = check_whole("number", number)
        wanted += count if wanted < 0 else 0
        if not 0 <= wanted < count:
            raise IndexError(f"batch {number} is out of range: batches are 0 to {count - 1}")
        return self.read(wanted * self.size, min((wanted + 1) * self.size, self.num_rows))

    def read(self, start: int, stop: int, epoch: int = 0) -> Item:
        """Return the rows at a range of places in an epoch's order.

        Parameters
        ----------
        start, stop : int
            From 0; past the last place, the order starts again.
        epoch : int
            From 0; if `shuffle` is given, each epoch has its own order.
        """
        places: Any = range(start, stop)
        if stop > self.num_rows:
            places = np.arange(start, stop, dtype=np.int64) % self.num_rows
        if self.shuffle is not None:
            places = shuffled(places, self.num_rows, self.shuffle, epoch)
        return self._source.read(places)


def _whole_numbers(rows: Sequence[int] | NDArray[Any]) -> NDArray[Any]:
    """Return rows as an array; nothing is rounded, and no truth value is taken for a number."""
    try:
        wanted = np.asarray(rows)
    except ValueError:  # lists of several lengths
        wanted = np.empty(())
    check_kind("rows", rows, "a flat list of whole numbers", wanted.ndim == 1)
    if wanted.size == 0:
        return wanted.astype(np.int64).reshape(-1)
    if wanted.dtype.kind not in "iu":
        for row in rows:
            if isinstance(row, (bool, np.bool_)) or not hasattr(row, "__index__"):
                raise TypeError(f"row {shown(row)} is not allowed: row takes a whole number")
        wanted = np.asarray([operator.index(row) for row in rows])
    if wanted.dtype == object:  # more than 64 bits
        largest = max(map(operator.index, rows), key=abs)
        raise IndexError(f"row {shown(largest)} is out of range: row takes 0 to {ROWS.high - 1}")
    return wanted
