"""Batches in one global order, shared by ranks and workers, with a state to resume from."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any, Literal, get_args

from .checks import Bounds, check_choice
from .foreign import shortened
from .identity import Identity
from .sources import Item, Source

Remainder = Literal["uneven", "drop", "pad"]
Piece = tuple[int, int, int]
"""A batch: start, stop and epoch, as :meth:`slash_dataset.sources.Batched.read` takes them."""

_RANKS = Bounds(1, 2**31, "ranks", whole=True)
_EPOCHS = Bounds(0, 2**32, "epochs", whole=True)
# A state stays below 200 bytes: what people read of it is cut, what is compared is not.
_SHOWN = 80


class Stream:
    """An iterable of batches that ranks and workers share, with a state to resume from.

    All rows of an epoch have one global order, which is cut into batches. In each step every rank
    takes the next batch: rank r of w takes batches r, r + w, r + 2 * w and so on, and the workers
    of a rank take its batches in turn. How many ranks and workers there are changes who reads a
    row, and nothing else.

    A stream has a position, as an open file has: iterating moves it, one iteration goes to the end
    of the epoch, and the next one begins the next epoch. Use one iterator at a time.

    This is also the one right way to read an endless source (``num_rows=None``), whose only epoch
    never ends. For a ``DataLoader`` of PyTorch, see :class:`slash_dataset.torch.Loader`.

    Parameters
    ----------
    source : Source
    size : int
        Rows of a batch, at least 1.
    shuffle : int, optional
        0 to 2**64 - 1: the rows of each epoch come in a shuffled order of its own, see
        :func:`~slash_dataset.shuffling.shuffled`.
    rank, world_size : int, optional
        Which of how many processes this one is; 0 and 1 where something else shards. Left out,
        ``torch.distributed`` says so if it is initialized, or else the variables ``RANK`` and
        ``WORLD_SIZE``, or else ``jax.distributed`` if it is initialized, and else there is one.
    remainder : str
        What is done with the rows that are left when not every rank can have a whole batch:
        "uneven" gives each row of an epoch out exactly once, in smaller batches or fewer steps for
        some ranks; "drop" leaves them out; "pad" fills the last step with rows from the beginning
        of the epoch. With "drop" and "pad", all ranks have equal steps and all batches are whole.

    Raises
    ------
    ValueError
        If an argument, or a variable of the environment, is out of range.

    Examples
    --------
    >>> stream = Stream(Source("standard", num_rows=1_000), 256, shuffle=0)
    >>> [len(batch["label"]) for batch in stream]
    [256, 256, 256, 232]

    A state goes with a checkpoint, and any number of ranks and workers resumes from it:

    >>> first = next(iter(stream))
    >>> state = stream.state_dict()
    >>> state["epoch"], state["position"]
    (1, 256)
    >>> again = Stream(Source("standard", num_rows=1_000), 256, shuffle=0)
    >>> again.load_state_dict(state)
    >>> sum(len(batch["label"]) for batch in again)
    744
    """

    def __init__(
        self,
        source: Source,
        size: int,
        *,
        shuffle: int | None = None,
        rank: int | None = None,
        world_size: int | None = None,
        remainder: Remainder = "uneven",
    ) -> None:
        check_choice("remainder", remainder, get_args(Remainder))
        self.batched = source.batched(size, shuffle=shuffle)
        self.rank, self.world_size = _process(rank, world_size)
        self._step = self.world_size * self.batched.size
        # How many rows of a step, from its first, must be there for this rank to take part in it.
        before = {"uneven": self.rank * self.batched.size, "drop": self._step - 1, "pad": 0}
        self._rows_before = before[remainder]
        self._pads = remainder == "pad"
        self._epoch = self._position = 0

    @property
    def identity(self) -> Identity:
        """What the global order is; how it is shared and cut into batches is no part of it."""
        return self.batched.identity

    def __repr__(self) -> str:
        return f"<Stream of {self.batched!r}, rank {self.rank} of {self.world_size}>"

    def __len__(self) -> int:
        """Return the steps of this rank in a whole epoch."""
        len(self.batched)  # an endless source says that it has none
        return (self.batched.num_rows - self._rows_before + self._step - 1) // self._step

    def __iter__(self) -> Iterator[Item]:
        """Yield the batches of this rank, or of this worker of PyTorch, to the epoch's end."""
        worker, workers = _worker()
        ahead = self.ahead(worker, workers)
        return self.delivered((self.batched.read(*piece) for piece in ahead), workers)

    def ahead(self, worker: int = 0, workers: int = 1) -> Iterator[Piece]:
        """Yield what a worker of this rank will read, from the position to the end of the epoch.

        The stream does not move: :meth:`delivered` moves it.
        """
        size, num_rows, epoch = self.batched.size, self.batched.num_rows, self._epoch
        for step in count(self._position + worker * self._step, workers * self._step):
            if step + self._rows_before >= num_rows:
                return
            start = step + self.rank * size
            yield start, start + size if self._pads else min(start + size, num_rows), epoch

    def delivered(self, batches: Iterable[Any], workers: int = 1) -> Iterator[Any]:
        """Yield `batches`, and move on by a step (of each worker) whenever one is handed over."""
        for batch in batches:
            moved = self._position + workers * self._step
            self._position = min(moved, self.batched.num_rows)
            yield batch
        self._epoch, self._position = self._epoch + 1, 0

    def set_epoch(self, epoch: int) -> None:
        """Go to the beginning of an epoch; in an epoch that is begun, stay where it is.

        Workers that read a stream by themselves (see :class:`slash_dataset.torch.Stream`) do not
        tell the main process that an epoch has ended: this does, as loops call it on a
        ``DistributedSampler``.
        """
        if _EPOCHS.check("epoch", epoch) != self._epoch:
            self._epoch, self._position = epoch, 0

    def state_dict(self) -> dict[str, str | int]:
        """Return where the stream is, for any number of ranks, workers and rows of a batch.

        Returns
        -------
        dict
            `identity` (the beginning of its text) and `fingerprint` of the global order, `epoch`,
            and `position`, the rows of the epoch that all ranks together have got; below 200 bytes
            as JSON. When all ranks have taken equal steps, their states are equal: one is enough.
        """
        identity = self.identity
        return {
            "identity": str(identity)[:_SHOWN],
            "fingerprint": identity.fingerprint,
            "epoch": self._epoch,
            "position": self._position,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go to where a state was taken.

        Parameters
        ----------
        state : mapping
            Of :meth:`state_dict`. If rows are not shuffled, there may be more of them now.

        Raises
        ------
        ValueError
            If it is no such state, or one of other rows or of another order.
        """
        own = self.state_dict()
        if not isinstance(state, Mapping) or set(state) != set(own):
            raise ValueError(
                f"state={shortened(state)} is not allowed: a state has {', '.join(own)}"
            )
        if state["fingerprint"] != own["fingerprint"]:
            raise ValueError(
                f"the state is of {state['identity']} ({state['fingerprint']}), and this stream is "
                f"of {own['identity']} ({own['fingerprint']})"
            )
        rows = Bounds(0, self.batched.num_rows, "rows", whole=True)
        position = rows.check("position", state["position"])
        self._epoch, self._position = _EPOCHS.check("epoch", state["epoch"]), position


def _process(rank: int | None, world_size: int | None) -> tuple[int, int]:
    """Return this process's rank, and how many there are: as given, or as its launcher says."""
    if rank is None and world_size is None:
        torch, jax = sys.modules.get("torch.distributed"), sys.modules.get("jax")
        if torch and torch.is_available() and torch.is_initialized():
            return torch.get_rank(), torch.get_world_size()
        if "RANK" in os.environ or "WORLD_SIZE" in os.environ:
            try:
                rank, world_size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
            except (KeyError, ValueError):
                found = {name: os.environ.get(name) for name in ("RANK", "WORLD_SIZE")}
                raise ValueError(
                    f"{found} is not allowed in the environment: both are whole numbers, or "
                    "neither is set; or give rank= and world_size="
                ) from None
        elif jax and getattr(jax.distributed, "is_initialized", bool)():
            return jax.process_index(), jax.process_count()
        else:
            return 0, 1
    ranks = _RANKS.check("world_size", world_size)
    return Bounds(0, ranks - 1, "", whole=True).check("rank", rank), ranks


def _worker() -> tuple[int, int]:
    """Return which of how many workers of PyTorch this process is: 0 and 1 if it is none."""
    torch = sys.modules.get("torch.utils.data")
    info = torch.get_worker_info() if torch else None
    return (info.id, info.num_workers) if info else (0, 1)
