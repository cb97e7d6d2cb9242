"""Random access to drawn rows for data loaders: nothing on disk, nothing prepared."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any, Literal

import numpy as np

from .configs import ROWS, DrawnConfig, resolve_config
from .splits import Batch, check_split, open_splits

Item = dict[str, Any]


class Source:
    """A map-style source of examples, drawn when asked for.

    ``torch.utils.data.DataLoader`` and ``grain.MapDataset.source`` take it as it is. It may be
    pickled, sent to workers, and read in any order: an example depends on its row alone.

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
        If an argument is unknown or out of range, or if the original, which is fixed, is given any
        number of rows, seed or parameter.

    Examples
    --------
    >>> source = Source("standard", "train", num_rows=1_000, seed=7)
    >>> len(source), sorted(source[0]), source[0]["image"].shape
    (1000, ['image', 'label'], (30, 30))
    """

    def __init__(
        self,
        config: str = "standard",
        split: str = "train",
        num_rows: int | Literal["config"] | None = "config",
        seed: int | None = None,
        *,
        factors: bool = False,
        **params: Any,
    ) -> None:
        check_split(split)
        if seed is not None:
            params["seed"] = seed
        resolved = resolve_config(config, **params)
        if num_rows != "config":
            if not isinstance(resolved, DrawnConfig):
                raise ValueError(
                    f"num_rows={num_rows!r} is not allowed: config {config!r} is the 2019 release "
                    f"and has {resolved.num_rows[split]} rows; drawn configs take any number"
                )
            rows = ROWS.high if num_rows is None else ROWS.check("num_rows", num_rows)
            resolved = resolve_config(config, **params | {f"num_{split}": rows})
        self._endless = num_rows is None
        self._factors = bool(factors)
        self._split = open_splits(resolved)[split]

    def __len__(self) -> int:
        if self._endless:
            raise TypeError("an endless source (num_rows=None) has no length")
        return len(self._split)

    def __repr__(self) -> str:
        rows = "endless" if self._endless else f"{len(self._split)} rows"
        return f"<Source {self._split.config.name}/{self._split.name}: {rows}>"

    def __getitem__(self, row: int) -> Item:
        """Return one example: `image`, shape (H, W), and `label`."""
        return self.__getitems__([operator.index(row)])[0]

    def __getitems__(self, rows: Sequence[int]) -> list[Item]:
        """Return several examples at once; a row below zero counts from the end."""
        wanted = np.asarray(rows, np.int64)
        if not self._endless:
            wanted = np.where(wanted < 0, wanted + len(self._split), wanted)
        images, labels, factors = self._split.take_with_factors(wanted)
        columns: dict[str, Any] = {"image": images, "label": labels}
        if self._factors:
            columns |= factors
        return [{name: column[i] for name, column in columns.items()} for i in range(len(wanted))]

    def __iter__(self) -> Iterator[Item]:
        """Yield the examples in their order, for ever if the source is endless."""
        step = 256
        starts = count(0, step) if self._endless else range(0, len(self), step)
        for start in starts:
            stop = start + step if self._endless else min(start + step, len(self))
            yield from self.__getitems__(range(start, stop))

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield (images, labels) of `size` consecutive rows; the fastest way through a source.

        Parameters
        ----------
        size : int
            Rows of a batch, at least 1; the last batch of a source that ends may be smaller.
        """
        return self._split.batches(size)
