"""What a command reports while it works: its steps, what it waits for, and the longest wait."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import TracebackType
from typing import Any, TypeVar

from ..checks import check_bool, check_kind
from .errors import HubError

T = TypeVar("T")
Report = Callable[[str], object]
"""Called with text for people."""

WAITS = (1.0, 2.0, 4.0)
"""Seconds between attempts, unless the Hub asks for more."""
PATIENCE = 900.0
"""Total seconds that a command allows a failing Hub: failed attempts and the waits between."""
LONGEST_ATTEMPT = 900.0
"""Seconds that one attempt without an answer may take, whatever is repeated inside it."""


class Steps:
    """The progress of a command: a bar on standard error, and text for people.

    Parameters
    ----------
    count : int
        The number of steps.
    shown : bool
        Whether to show a bar.
    report : callable
        Called with text for people: what the command waits for, and the result.
    """

    def __init__(
        self, count: int = 0, shown: bool = False, report: Report = lambda text: None
    ) -> None:
        from tqdm import tqdm

        check_bool("progress", shown)
        check_kind("report", report, "a function of a text", callable(report))
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
        """Begin the next step; the previous one is done."""
        self._done += 1
        self.bar.n = self._done
        self.bar.set_description_str(what)

    def advance(self, share: float, what: str | None = None) -> None:
        """Count a share of the current step, 0 to 1."""
        self.bar.update(min(share, self._done + 1 - self.bar.n))
        if what is not None:
            self.bar.set_description_str(what)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Leave the terminal to the bars of the Hub's client, which count uploaded bytes."""
        self.bar.clear()
        _show_client_bars(not self.bar.disable)
        try:
            yield
        finally:
            _show_client_bars(False)
            if not self.bar.disable:
                self.bar.fp.write("\x1b[J")  # clear what finished bars left below

    def say(self, text: str) -> None:
        """Report a text, with the bar out of the way."""
        with self.bar.external_write_mode():
            self._report(text)

    def say_longest_wait(self) -> None:
        """Report the longest time that the Hub is waited for."""
        minutes = math.ceil((PATIENCE + LONGEST_ATTEMPT) / 60)
        self.say(f"If the Hub fails or is busy, this waits for at most {minutes} minutes in all.")

    def retried(self, attempt: Callable[[], T]) -> T:
        """Return the result of `attempt`, calling it again while it fails with a temporary error.

        An attempt that changes something must find out for itself what an earlier one has done.

        Raises
        ------
        HubError
            The error of the last attempt: the fourth, or the one at which patience runs out. Any
            other exception passes at once.

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
