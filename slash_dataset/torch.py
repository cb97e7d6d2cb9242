"""Streams for PyTorch's loaders. Needs the extra "torch"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from . import streams
from .extras import require
from .sources import Batched, Item

if TYPE_CHECKING:
    from torch.utils.data import DataLoader, Dataset, IterableDataset

    _Loader = DataLoader[Item]
    _Dataset = Dataset[Item]
    _IterableDataset = IterableDataset[Item]
else:
    _data = require("torch.utils.data", "torch")
    _Loader, _Dataset, _IterableDataset = _data.DataLoader, _data.Dataset, _data.IterableDataset


class Stream(streams.Stream, _IterableDataset):
    """A :class:`slash_dataset.Stream` that is an ``IterableDataset``, for any loader of PyTorch.

    Give it to ``DataLoader`` or to ``StatefulDataLoader`` of torchdata with ``batch_size=None``:
    its items are batches, and the workers take them in turn. Each worker counts for itself:

    - with ``persistent_workers=False``, call :meth:`set_epoch` before each epoch;
    - the state of a ``StatefulDataLoader`` holds a state of each worker, and resumes with as many
      workers and ranks as it was taken with. The state of :class:`Loader` resumes with any number.

    Examples
    --------
    >>> from torch.utils.data import DataLoader
    >>> from slash_dataset import Source
    >>> stream = Stream(Source("standard", num_rows=None), 64)
    >>> next(iter(DataLoader(stream, batch_size=None)))["image"].shape
    torch.Size([64, 30, 30])
    """


class Loader(_Loader):
    """A ``DataLoader`` of a stream that resumes with any number of workers and ranks.

    The main process decides which rows each worker reads, and counts the batches that it has
    handed over: what workers have read ahead when a run is stopped is not lost.

    Parameters
    ----------
    stream : slash_dataset.Stream
    **options
        What ``DataLoader`` takes, but for what the stream decides: `batch_size`, `shuffle`,
        `sampler`, `batch_sampler`, `drop_last` and `in_order`.

    Raises
    ------
    ValueError
        If an option is one that the stream decides.

    Examples
    --------
    >>> from slash_dataset import Source, Stream
    >>> loader = Loader(Stream(Source("standard", num_rows=1_000), 256, shuffle=0))
    >>> for batch in loader:
    ...     state = loader.state_dict()  # goes with each checkpoint
    ...     break
    >>> batch["image"].shape, batch["image"].dtype, batch["label"].dtype
    (torch.Size([256, 30, 30]), torch.uint8, torch.int64)
    >>> resumed = Loader(Stream(Source("standard", num_rows=1_000), 256, shuffle=0), num_workers=2)
    >>> resumed.load_state_dict(state)
    >>> sum(len(batch["label"]) for batch in resumed)
    744
    """

    def __init__(self, stream: streams.Stream, **options: Any) -> None:
        for name in ("batch_size", "shuffle", "sampler", "batch_sampler", "drop_last", "in_order"):
            if name in options:
                raise ValueError(
                    f"{name}={options[name]!r} is not allowed: the stream decides which rows make "
                    "a batch, and in which order they come"
                )
        self.stream = stream
        super().__init__(
            _Pieces(stream.batched), batch_size=None, sampler=_Ahead(stream), **options
        )

    def __iter__(self) -> Iterator[Item]:  # type: ignore[override]
        """Yield tensors from the stream's position to the end of the epoch."""
        return self.stream.delivered(super().__iter__())

    def set_epoch(self, epoch: int) -> None:
        """Go to the beginning of another epoch, see :meth:`slash_dataset.Stream.set_epoch`."""
        self.stream.set_epoch(epoch)

    def state_dict(self) -> dict[str, str | int]:
        """Return where the loader is, see :meth:`slash_dataset.Stream.state_dict`."""
        return self.stream.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go there, see :meth:`slash_dataset.Stream.load_state_dict`."""
        self.stream.load_state_dict(state)


class _Ahead:
    """What a loader's main process asks its workers for."""

    def __init__(self, stream: streams.Stream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[streams.Piece]:
        return self._stream.ahead()

    def __len__(self) -> int:
        return len(self._stream)


class _Pieces(_Dataset):
    """What workers read it from."""

    def __init__(self, batched: Batched) -> None:
        self._batched = batched

    def __getitem__(self, piece: streams.Piece) -> Item:
        return self._batched.read(*piece)
