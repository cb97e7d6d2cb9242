"""Batches in one global order, shared by ranks and workers, with a state to resume from."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, get_args

from .checks import Bounds, check_choice, check_kind, shown
from .identity import Identity
from .sources import Item, Source

Remainder = Literal["uneven", "drop", "pad"]
Piece = tuple[int, int, int]
"""A batch: start, stop and epoch, as :meth:`slash_dataset.sources.Batched.read` takes them."""

_RANKS = Bounds(1, 2**31, "ranks", whole=True)
_EPOCHS = Bounds(0, 2**32, "epochs", whole=True)
# Keeps a state below 200 bytes: the part for people is cut, the part that is compared is not.
_SHOWN = 80


class Stream:
    """An iterable of batches that ranks and workers share, with a state to resume from.

    The rows of an epoch have one global order, which is cut into batches. In each step every rank
    takes the next batch: rank r of w takes batches r, r + w, r + 2 * w and so on, and the workers
    of a rank take its batches in turn. The number of ranks and workers changes only who reads a
    row.

    A stream has a position, like an open file. Iterating moves it: one iteration runs to the end of
    the epoch, and the next one begins the next epoch. Use one iterator at a time.

    This is also the right way to read an endless source (``num_rows=None``), whose only epoch never
    ends. For PyTorch's ``DataLoader``, see :class:`slash_dataset.torch.Loader`.

    Parameters
    ----------
    source : Source
    size : int
        Rows per batch, at least 1.
    shuffle : int, optional
        0 to 2**64 - 1: each epoch has its own shuffled order of the rows, see
        :func:`~slash_dataset.shuffling.shuffled`.
    rank, world_size : int, optional
        The rank of this process, and the number of processes; 0 and 1 if something else shards. If
        left out, they come from ``torch.distributed`` if it is initialized, else from the
        environment variables ``RANK`` and ``WORLD_SIZE``, else from ``jax.distributed`` if it is
        initialized, else there is one process.
    remainder : str
        What to do with the rows left over when not every rank can have a whole batch: "uneven"
        gives each row of an epoch exactly once, with smaller batches or fewer steps for some ranks;
        "drop" leaves them out; "pad" fills the last step with rows from the beginning of the epoch.
        With "drop" and "pad", all ranks take equal numbers of steps, and all batches are whole.

    Raises
    ------
    ValueError
        If an argument or an environment variable is out of range.

    Examples
    --------
    >>> stream = Stream(Source("standard", num_rows=1_000), 256, shuffle=0)
    >>> [len(batch["label"]) for batch in stream]
    [256, 256, 256, 232]

    Save the state with a checkpoint; any number of ranks and workers resumes from it:

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
        check_kind("source", source, "a Source", isinstance(source, Source))
        self.batched = source.batched(size, shuffle=shuffle)
        self.rank, self.world_size = _process(rank, world_size)
        self._step = self.world_size * self.batched.size
        # How many rows of a step must exist, from its first, for this rank to take part in it.
        before = {"uneven": self.rank * self.batched.size, "drop": self._step - 1, "pad": 0}
        self._rows_before = before[remainder]
        self._pads = remainder == "pad"
        self._epoch = self._position = 0

    @property
    def identity(self) -> Identity:
        """The identity of the global order, however it is shared and cut into batches."""
        return self.batched.identity

    def __repr__(self) -> str:
        return f"<Stream of {self.batched!r}, rank {self.rank} of {self.world_size}>"

    def __len__(self) -> int:
        """Return the number of steps of this rank in a whole epoch."""
        len(self.batched)  # raises for an endless source
        return (self.batched.num_rows - self._rows_before + self._step - 1) // self._step

    def __iter__(self) -> Iterator[Item]:
        """Yield the batches of this rank, or of this PyTorch worker, to the end of the epoch."""
        worker, workers = _worker()
        ahead = self.ahead(worker, workers)
        return self.delivered((self.batched.read(*piece) for piece in ahead), workers)

    def ahead(self, worker: int = 0, workers: int = 1) -> Iterator[Piece]:
        """Yield the ranges for one worker of this rank, from the position to the end of the epoch.

        The stream does not move; :meth:`delivered` moves it.
        """
        size, num_rows, epoch = self.batched.size, self.batched.num_rows, self._epoch
        first, end = self._position + worker * self._step, num_rows - self._rows_before
        for step in range(first, end, workers * self._step):
            start = step + self.rank * size
            yield start, start + size if self._pads else min(start + size, num_rows), epoch

    def delivered(self, batches: Iterable[Any], workers: int = 1) -> Iterator[Any]:
        """Yield `batches`, and advance by a step (of each worker) whenever one is handed over."""
        for batch in batches:
            moved = self._position + workers * self._step
            self._position = min(moved, self.batched.num_rows)
            yield batch
        self._epoch, self._position = self._epoch + 1, 0

    def set_epoch(self, epoch: int) -> None:
        """Go to the beginning of an epoch; if it is the current one, stay where it is.

        Workers that read a stream on their own (see :class:`slash_dataset.torch.Stream`) do not
        tell the main process that an epoch has ended: call this before each epoch, as for a
        ``DistributedSampler``.
        """
        if _EPOCHS.check("epoch", epoch) != self._epoch:
            self._epoch, self._position = epoch, 0

    def state_dict(self) -> dict[str, str | int]:
        """Return the position of the stream, valid for any number of ranks, workers and batch size.

        Returns
        -------
        dict
            `identity` (the beginning of its text) and `fingerprint` of the global order, `epoch`,
            and `position`, the number of rows of the epoch that all ranks together have received;
            below 200 bytes as JSON. When all ranks have taken the same number of steps, their
            states are equal: one is enough.
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
            From :meth:`state_dict`. If rows are not shuffled, there may be more of them now.

        Raises
        ------
        ValueError
            If it is not a state, or belongs to other rows or another order.
        """
        own = self.state_dict()
        if not isinstance(state, Mapping) or set(state) != set(own):
            raise ValueError(
                f"state={shown(state)} is not allowed: state takes a dict with {', '.join(own)}"
            )
        if state["fingerprint"] != own["fingerprint"]:
            raise ValueError(
                f"the state is of {state['identity']} ({state['fingerprint']}), but this stream is "
                f"of {own['identity']} ({own['fingerprint']})"
            )
        rows = Bounds(0, self.batched.num_rows, "rows", whole=True)
        position = rows.check("position", state["position"])
        self._epoch, self._position = _EPOCHS.check("epoch", state["epoch"]), position


def _process(rank: int | None, world_size: int | None) -> tuple[int, int]:
    """Return this process's rank and the number of processes: as given, or from its launcher."""
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
    return Bounds(0, ranks - 1, "below world_size", whole=True).check("rank", rank), ranks


def _worker() -> tuple[int, int]:
    """Return this PyTorch worker's number and the number of workers: 0 and 1 outside of workers."""
    torch = sys.modules.get("torch.utils.data")
    info = torch.get_worker_info() if torch else None
    return (info.id, info.num_workers) if info else (0, 1)
