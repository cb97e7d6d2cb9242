"""Signals that ask a run to end: an exception ends it, but never in the middle of cleaning up."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_held = [False]
_waiting: list[int] = []
_raised: list[int] = []


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Make a polite request to end (SIGTERM, SIGHUP, SIGBREAK) clean up as Ctrl-C does."""
    every = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    names = every if _in_main_thread() else ()
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    defaults = (signal.SIG_DFL, signal.default_int_handler)
    mine = [number for number in numbers if signal.getsignal(number) in defaults]
    before = [signal.signal(number, _end) for number in mine]
    try:
        yield
    finally:
        for number, handler in zip(mine, before, strict=True):
            signal.signal(number, handler)
        if mine:
            _raised.clear()


def insist() -> None:
    """Raise a signal's exception again if the run goes on because a library swallowed it.

    A long loop calls this in each round. Other people's imports and callbacks are full of bare
    excepts, and a signal is sent only once.
    """
    if _raised and _in_main_thread():
        _end(_raised[-1], None)


def _end(number: int, frame: Any) -> None:
    if _held[0]:
        _waiting.append(number)
        return
    _raised.append(number)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    else:
        signal.signal(number, signal.SIG_IGN)  # a second request must not interrupt the clean-up
        raise SystemExit(128 + number)


@contextmanager
def held(hold: bool = True) -> Iterator[None]:
    """Hold signals until the block ends; ``held(False)`` lets them through inside such a block."""
    if not _in_main_thread():  # no other thread is ever interrupted
        yield
        return
    before, _held[0] = _held[0], hold
    try:
        _deliver()
        yield
    finally:
        _held[0] = before
        _deliver()


def _deliver() -> None:
    while _waiting and not _held[0]:
        signal.raise_signal(_waiting.pop())


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
