"""Writers in separate processes: ended at a given moment, or several at once."""

from __future__ import annotations

import functools
import itertools
import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.writers import RefusedError, Situation, content, write

# What happens below the destination's parent: each is a moment at which a writer may end.
_EVENTS = {"open", "os.mkdir", "os.rename", "os.link", "os.remove", "os.rmdir"}
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(
    [
        *("tests.writers", "slash_dataset.release.build", "slash_dataset.plot.figures"),
        *("sklearn.neighbors", "mlcroissant", "pandas", "scipy.stats", "tqdm", "google_crc32c"),
    ]
)

Ending = tuple[int, int]
"""A signal, and the number of the event at which it is sent."""


def _run(start: Any, said: Any, writer: str, dest: Path, force: bool, ending: Ending) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    seen, (number, moment) = itertools.count(), ending

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        here = event in _EVENTS and any(str(each).startswith(place) for each in arguments[:2])
        if here and next(seen) == moment:
            os.kill(os.getpid(), number)

    place = str(dest.parent)
    sys.addaudithook(watch)
    start.wait()
    error = ""
    try:
        write(writer, dest, force)
    except RefusedError as refused:
        error = str(refused)
    said.send((error, next(seen)))


class Run:
    """A writer in its own process, which begins when all processes that share `start` are ready.

    Attributes
    ----------
    error : str or None
        What it said when it ended by itself, nothing if all went well; None if it did not.
    moments : int
        How many moments it had.
    """

    def __init__(
        self, writer: str, dest: Path, force: bool, ending: Ending = (0, -1), start: Any = None
    ) -> None:
        self._said, said = _PROCESSES.Pipe(duplex=False)
        self._start = start or _PROCESSES.Barrier(1)  # until it ends, the process needs it
        arguments = (self._start, said, writer, dest, force, ending)
        self._process = _PROCESSES.Process(target=_run, args=arguments)
        self._process.start()
        said.close()

    def end(self) -> Run:
        """Wait for its end."""
        self.error, self.moments = None, -1
        if self._said.poll(120):
            with suppress(EOFError):
                self.error, self.moments = self._said.recv()
        self._process.join(120)
        assert self._process.exitcode is not None, "it hangs"
        return self


def at_once(writers: Sequence[tuple[str, Path, bool]]) -> list[Run]:
    """Run writers that begin at the same moment, to their end."""
    start = _PROCESSES.Barrier(len(writers))
    return [run.end() for run in [Run(*each, start=start) for each in writers]]


@functools.cache
def undisturbed(writer: str, situation: Situation) -> tuple[int, frozenset[str]]:
    """The number of events in a run, and the names that exist at its end."""
    with tempfile.TemporaryDirectory() as folder:
        dest = situation.make(Path(folder) / "dest.png")
        run = Run(writer, dest, situation.force).end()
        assert run.error == "", run.error
        return run.moments, frozenset(content(Path(folder)))
