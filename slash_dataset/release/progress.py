"""What a command tells while it works: its steps, what it waits for, and for how long at most."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import TracebackType
from typing import Any, TypeVar

from .errors import HubError

T = TypeVar("T")
Report = Callable[[str], object]
"""Called with text for people."""

WAITS = (1.0, 2.0, 4.0)
"""Seconds between attempts, unless the Hub asks for more."""
PATIENCE = 900.0
"""Seconds that a command gives a Hub that fails, in all: failed attempts, and the waits between."""
LONGEST_ATTEMPT = 900.0
"""Seconds that one attempt without an answer may take, whatever is repeated inside it."""


class Steps:
    """The progress of a command: a bar on standard error, and text for people.

    Parameters
    ----------
    count : int
        How many steps there will be.
    shown : bool
        Whether there is a bar.
    report : callable
        Called with text for people: what is waited for, and what is there at the end.
    """

    def __init__(
        self, count: int = 0, shown: bool = False, report: Report = lambda text: None
    ) -> None:
        from tqdm import tqdm

        form = "{desc} |{bar:24}| {n:.1f}/{total} steps [{elapsed}]"
        self.bar: Any = tqdm(total=count, disable=not shown, bar_format=form, leave=False)
        self.patience = PATIENCE
        self._report = report
        self._done = -1

    def __enter__(self) -> Steps:
        self._client_bars = _show_client_bars(False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _show_client_bars(self._client_bars)
        self.bar.close()

    def begin(self, what: str) -> None:
        """Begin the next step; the one before it is done."""
        self._done += 1
        self.bar.n = self._done
        self.bar.set_description_str(what)

    def advance(self, share: float, what: str | None = None) -> None:
        """Count a share of the present step, 0 to 1."""
        self.bar.update(min(share, self._done + 1 - self.bar.n))
        if what is not None:
            self.bar.set_description_str(what)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Leave the terminal to the bars of the Hub's client, which count the bytes of uploads."""
        self.bar.clear()
        _show_client_bars(not self.bar.disable)
        try:
            yield
        finally:
            _show_client_bars(False)
            if not self.bar.disable:
                self.bar.fp.write("\x1b[J")  # what bars that ended have left below

    def say(self, text: str) -> None:
        """Report a text, with the bar out of its way."""
        with self.bar.external_write_mode():
            self._report(text)

    def say_longest_wait(self) -> None:
        """Report how long the Hub is waited for at most: nobody waits longer."""
        minutes = math.ceil((PATIENCE + LONGEST_ATTEMPT) / 60)
        self.say(f"If the Hub fails or is busy, this waits for {minutes} minutes at most in all.")

    def retried(self, attempt: Callable[[], T]) -> T:
        """Return what `attempt` returns, calling it again while it fails with something temporary.

        An attempt that changes something must itself find out what an earlier one has done.

        Raises
        ------
        HubError
            That of the last attempt, which is the fourth, or the one after which there is no
            patience left. Every other exception passes at once.

        Examples
        --------
        >>> Steps().retried(lambda: "done")
        'done'
        """
        for number, pause in enumerate(WAITS, start=2):
            began = time.monotonic()
            try:
                return attempt()
            except HubError as error:
                pause = max(pause, error.wait)
                self.patience -= time.monotonic() - began + pause
                if not error.temporary or self.patience < 0:
                    raise
                self.say(f"{error}. Attempt {number} of {len(WAITS) + 1} follows in {pause:.0f} s.")
                self._wait(pause)
        return attempt()

    def _wait(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            self.bar.set_description_str(f"waiting for the Hub, {math.ceil(left)} s left")
            time.sleep(min(1.0, left))


def _show_client_bars(shown: bool) -> bool:
    """Show or hide the client's own bars, which count bytes; return whether they were shown."""
    utils: Any = import_module("huggingface_hub.utils")
    before = not utils.are_progress_bars_disabled()
    if import_module("huggingface_hub").constants.HF_HUB_DISABLE_PROGRESS_BARS is None:
        (utils.enable_progress_bars if shown else utils.disable_progress_bars)()
    return before
