"""Streams for PyTorch's loaders, and tensors of one shape. Needs the extra "torch"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from . import streams
from .checks import check_kind
from .extras import require
from .sources import Batched, Item

if TYPE_CHECKING:
    from torch import Tensor
    from torch.utils.data import DataLoader, Dataset, IterableDataset

    _Loader = DataLoader[Item]
    _Dataset = Dataset[Item]
    _IterableDataset = IterableDataset[Item]
torch = require("torch", "torch")
if not TYPE_CHECKING:
    _data = torch.utils.data
    _Loader, _Dataset, _IterableDataset = _data.DataLoader, _data.Dataset, _data.IterableDataset


class Stream(streams.Stream, _IterableDataset):
    """A :class:`slash_dataset.Stream` that is an ``IterableDataset``, for any PyTorch loader.

    Pass it to ``DataLoader``, or to torchdata's ``StatefulDataLoader``, with ``batch_size=None``:
    its items are batches, and the workers take them in turn. Each worker keeps its own position:

    - with ``persistent_workers=False``, call :meth:`set_epoch` before each epoch;
    - the state of a ``StatefulDataLoader`` holds a state for each worker, and resumes only with the
      same numbers of workers and ranks. The state of :class:`Loader` resumes with any number.

    Examples
    --------
    >>> from torch.utils.data import DataLoader
    >>> from slash_dataset import Source
    >>> stream = Stream(Source("standard", num_rows=None), 64)
    >>> next(iter(DataLoader(stream, batch_size=None)))["image"].shape
    torch.Size([64, 30, 30])
    """


class Loader(_Loader):
    """A ``DataLoader`` for a stream that resumes with any number of workers and ranks.

    The main process decides which rows each worker reads, and counts the batches handed over: when
    a run stops, rows that workers have read ahead are not lost.

    Parameters
    ----------
    stream : slash_dataset.Stream
    **options
        Options of ``DataLoader``, except those that the stream decides: `batch_size`, `shuffle`,
        `sampler`, `batch_sampler`, `drop_last` and `in_order`.

    Raises
    ------
    ValueError
        If the stream decides an option.

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
                    f"{name}={options[name]!r} is not allowed: the stream decides which rows form "
                    "a batch, and the order of batches"
                )
        is_one = isinstance(stream, streams.Stream)
        check_kind("stream", stream, "a slash_dataset.Stream", is_one)
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
        """Return the position of the loader, see :meth:`slash_dataset.Stream.state_dict`."""
        return self.stream.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go to a saved position, see :meth:`slash_dataset.Stream.load_state_dict`."""
        self.stream.load_state_dict(state)


def as_tensors(batch: Mapping[str, Any]) -> dict[str, Tensor]:
    """Return a batch, or one example, with images of one shape and dtype.

    Both encodings of `datasets` give the same result: under ``with_format("torch")`` alone, "png"
    gives images of shape (n, 1, H, W) and uint8, and "array" (n, H, W) and int64.

    Parameters
    ----------
    batch : mapping of str to Tensor or ndarray
        A batch from a `datasets` dataset under ``with_format("torch")``, or from a
        :class:`~slash_dataset.Source`, its batches or a stream.

    Returns
    -------
    dict of str to Tensor
        `image`, shape (n, H, W), or (H, W) for one example: uint8 from 0 to 255, or floats from 0
        to 1 for "original-float64"; `label`, int64; and the other columns as they are.

    Examples
    --------
    >>> import slash_dataset
    >>> batch = as_tensors(slash_dataset.Source("standard").read(range(8)))
    >>> batch["image"].shape, batch["image"].dtype
    (torch.Size([8, 30, 30]), torch.uint8)
    """
    whole = isinstance(batch, Mapping) and {"image", "label"} <= batch.keys()
    check_kind("batch", batch, "a mapping with image and label", whole)
    tensors = {name: torch.as_tensor(values) for name, values in batch.items()}
    image = tensors["image"]
    if not image.is_floating_point():
        image = image.to(torch.uint8)
    return tensors | {"image": image.reshape(*tensors["label"].shape, *image.shape[-2:])}


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
