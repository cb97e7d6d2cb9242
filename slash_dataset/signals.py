"""Signals that ask a run to end: an exception ends it, but not in the middle of cleaning up."""

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
    """Let a polite request to end (SIGTERM, SIGHUP) clean up as Ctrl-C does."""
    names = ("SIGINT", "SIGTERM", "SIGHUP") if _in_main_thread() else ()
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    defaults = (signal.SIG_DFL, signal.default_int_handler)
    mine = {number: handler for number, handler in before.items() if handler in defaults}
    for number in mine:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number, handler in mine.items():
            signal.signal(number, handler)
        if mine:
            _raised.clear()


def insist() -> None:
    """Raise again what a signal has raised, if the run goes on: some library has swallowed it.

    A long loop calls this in each round. Imports and callbacks of others are full of excepts that
    take everything, and the signal is sent only once.
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
        signal.signal(number, signal.SIG_IGN)  # a second request must not stop the cleaning up
        raise SystemExit(128 + number)


@contextmanager
def held(hold: bool = True) -> Iterator[None]:
    """Let signals wait until the block has ended; ``held(False)`` lets them through within one."""
    if not _in_main_thread():  # no other is ever interrupted
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
