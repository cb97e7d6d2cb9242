"""Doing something again that failed, but may go well later."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from .errors import HubError

T = TypeVar("T")
Wait = Callable[[float, str], object]
"""Waits so many seconds, and tells why."""

WAITS = (1.0, 2.0, 4.0)
"""Seconds between attempts, unless the Hub asks for more."""
LONGEST_WAIT = 310.0
"""Seconds: a little more than the Hub's windows of five minutes. No longer wait is granted."""
LONGEST_TRY = 180.0
"""Seconds that all attempts may take together, without the waits, before another one begins."""


def wait_silently(seconds: float, why: str) -> None:
    """Wait, and tell nobody."""
    time.sleep(seconds)


def retried(attempt: Callable[[], T], wait: Wait = wait_silently) -> T:
    """Return what `attempt` returns, calling it again while it fails with something temporary.

    An attempt that changes something must itself find out what an earlier one has done.

    Parameters
    ----------
    attempt : callable
        Without arguments.
    wait : callable
        Waits so many seconds, and tells why.

    Raises
    ------
    HubError
        That of the last attempt. Every other exception passes at once.

    Examples
    --------
    >>> retried(lambda: "done")
    'done'
    """
    spent = 0.0
    for number, pause in enumerate(WAITS, start=2):
        began = time.monotonic()
        try:
            return attempt()
        except HubError as error:
            spent += time.monotonic() - began
            if not error.temporary or error.wait > LONGEST_WAIT or spent > LONGEST_TRY:
                raise
            wait(max(pause, error.wait), f"{error}. Attempt {number} of {len(WAITS) + 1} follows")
    return attempt()
