"""One progress bar over all steps of a command."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any


class Steps:
    """A bar on standard error that counts steps, and parts of a step.

    Parameters
    ----------
    count : int
        How many steps there will be.
    shown : bool
        Whether there is a bar at all.
    """

    def __init__(self, count: int, shown: bool) -> None:
        from tqdm import tqdm

        form = "{desc} |{bar:24}| {n:.1f}/{total} steps [{elapsed}]"
        self._bar: Any = tqdm(total=count, disable=not shown, bar_format=form, leave=False)
        self._done = -1

    def __enter__(self) -> Steps:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.close()

    def begin(self, what: str) -> None:
        """Begin the next step; the one before it is done."""
        self._done += 1
        self._bar.n = self._done
        self._bar.set_description_str(what)

    def advance(self, share: float, what: str | None = None) -> None:
        """Count a share of the present step, 0 to 1."""
        self._bar.update(min(share, self._done + 1 - self._bar.n))
        if what is not None:
            self._bar.set_description_str(what)

    def printing(self, report: Callable[[str], object]) -> Callable[[str], object]:
        """Return `report`, but with the bar out of the way while it prints."""

        def print_beside(text: str) -> None:
            with self._bar.external_write_mode():
                report(text)

        return print_beside

    def waiting(self, report: Callable[[str], object]) -> Callable[[float, str], None]:
        """Return a function that waits so many seconds, and tells how long and why."""

        def wait(seconds: float, why: str) -> None:
            report(f"{why} in {seconds:.0f} s.")
            ends = time.monotonic() + seconds
            while (left := ends - time.monotonic()) > 0:
                self._bar.set_description_str(f"waiting for the Hub, {math.ceil(left)} s left")
                time.sleep(min(1.0, left))

        return wait
