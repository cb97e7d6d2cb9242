"""Faults on order: which request goes wrong, and how."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

STEPS = (
    *("whoami", "create_repo", "validate_yaml", "preupload", "commit"),
    *("lfs_batch", "lfs_put", "lfs_verify", "lfs_get"),
    *("xet_write_token", "xet_read_token", "xet_store"),
    *("create_tag", "create_branch", "refs", "commits"),
    *("repo_info", "tree", "paths_info", "resolve"),
)
"""The names of the endpoints.

`xet_store` is a storage: what is ordered for it meets all requests of a client that has asked for a
token, and matches are counted, and `path` is matched, by the requests for tokens.
"""


@dataclass(frozen=True)
class Status:
    """Answer with an error status; the request is not applied."""

    status: int
    headers: tuple[tuple[str, str], ...]
    message: str


@dataclass(frozen=True)
class Reset:
    """Reset the connection when the request has arrived; it is not applied."""


@dataclass(frozen=True)
class ResetAfterAnswer:
    """Apply the request, send this many bytes of the answer's body, reset the connection."""

    size: int


@dataclass(frozen=True)
class CutAnswer:
    """As `ResetAfterAnswer`, but the connection is closed in good order."""

    size: int


@dataclass(frozen=True)
class ResetAfterUpload:
    """Read this many bytes of the request's body, reset the connection; nothing is applied."""

    size: int


@dataclass(frozen=True)
class LostAnswer:
    """Apply the request, then reset the connection without an answer."""


@dataclass(frozen=True)
class Slow:
    """Wait this many seconds, then continue as usual."""

    seconds: float


@dataclass(frozen=True)
class Call:
    """Call a function before the request is applied, or after that and before the answer."""

    function: Callable[[], object]
    when: Literal["before", "after"]


Fault = Status | Reset | ResetAfterAnswer | CutAnswer | ResetAfterUpload | LostAnswer | Slow | Call


@dataclass
class Rule:
    """A fault and the requests that it affects: a number of matches, from the n-th on."""

    step: str
    fault: Fault
    nth: int
    times: int | None
    method: str | None
    path: str | None
    seen: int = 0
    fired: int = 0

    def meets(self, step: str, method: str, path: str) -> bool:
        """Whether this request is one of those, and count it."""
        if step != self.step or self.method not in (None, method):
            return False
        if self.path is not None and self.path not in path:
            return False
        self.seen += 1
        if self.seen < self.nth or (self.times is not None and self.fired >= self.times):
            return False
        self.fired += 1
        return True


class Faults:
    """The faults that tests have ordered.

    Every method orders one. `step` names the endpoint; `nth` is the first matching request that
    is met, counted from now, 1 being the next; `times` is how many are met, None for all from
    then on; `method` and `path` (a part of the percent-encoded path) narrow the match.
    """

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._lock = threading.Lock()
        self.failed_calls: list[str] = []

    def status(
        self,
        step: str,
        status: int,
        *,
        retry_after: int | None = None,
        rate_limit: int | None = None,
        code: str | None = None,
        message: str = "ordered by a test",
        **match: Any,
    ) -> Rule:
        """Answer with an error status instead of applying the request.

        Parameters
        ----------
        retry_after : int, optional
            ``Retry-After`` in seconds. The default is 0 for 429, and no such header otherwise.
        rate_limit : int, optional
            Seconds until the window of ``RateLimit`` ends, in which no request is left; no
            ``Retry-After`` is sent then.
        code : str, optional
            ``X-Error-Code``.
        """
        if not 400 <= status <= 599:
            raise ValueError(f"status must be from 400 to 599, not {status!r}")
        headers = []
        if rate_limit is not None:
            headers.append(("RateLimit", f'"api";r=0;t={rate_limit}'))
            headers.append(("RateLimit-Policy", '"fixed window";"api";q=500;w=300'))
        elif retry_after is None and status == 429:
            retry_after = 0
        if retry_after is not None:
            headers.append(("Retry-After", str(retry_after)))
        if code is not None:
            headers.append(("X-Error-Code", code))
        return self._order(step, Status(status, tuple(headers), message), **match)

    def reset(self, step: str, **match: Any) -> Rule:
        """Reset the connection when the request has arrived, without applying it."""
        return self._order(step, Reset(), **match)

    def reset_after_answer(self, step: str, size: int, **match: Any) -> Rule:
        """Reset the connection after `size` bytes of the answer's body."""
        return self._order(step, ResetAfterAnswer(_at_least_0(size, "size")), **match)

    def cut_answer(self, step: str, size: int, **match: Any) -> Rule:
        """Close the connection in good order after `size` bytes of the answer's body.

        The client continues a download that was cut, and gives up one that was reset.
        """
        return self._order(step, CutAnswer(_at_least_0(size, "size")), **match)

    def reset_after_upload(self, step: str, size: int, **match: Any) -> Rule:
        """Reset the connection after at least `size` bytes of the request's body."""
        return self._order(step, ResetAfterUpload(_at_least_0(size, "size")), **match)

    def lose_answer(self, step: str, **match: Any) -> Rule:
        """Apply the request, and reset the connection instead of answering."""
        return self._order(step, LostAnswer(), **match)

    def slow(self, step: str, seconds: float, **match: Any) -> Rule:
        """Wait before the request is applied."""
        return self._order(step, Slow(_at_least_0(seconds, "seconds")), **match)

    def call(
        self,
        step: str,
        function: Callable[[], object],
        *,
        when: Literal["before", "after"] = "before",
        **match: Any,
    ) -> Rule:
        """Call a function, in its own thread, before or after the request is applied."""
        if when not in ("before", "after"):
            raise ValueError(f"when must be 'before' or 'after', not {when!r}")
        return self._order(step, Call(function, when), **match)

    def clear(self) -> None:
        """Cancel all faults."""
        with self._lock:
            self._rules.clear()

    def take(self, step: str, method: str, path: str) -> list[Fault]:
        """The faults that this request meets, in the order in which they were ordered."""
        with self._lock:
            return [rule.fault for rule in self._rules if rule.meets(step, method, path)]

    def never_met(self) -> list[Rule]:
        """The rules that no request has met so far."""
        with self._lock:
            return [rule for rule in self._rules if rule.fired == 0]

    def _order(
        self,
        step: str,
        fault: Fault,
        *,
        nth: int = 1,
        times: int | None = 1,
        method: str | None = None,
        path: str | None = None,
    ) -> Rule:
        if step not in STEPS:
            raise ValueError(f"step must be one of {STEPS}, not {step!r}")
        if nth < 1:
            raise ValueError(f"nth must be 1 or more, not {nth!r}")
        if times is not None and times < 1:
            raise ValueError(f"times must be 1 or more, or None for ever, not {times!r}")
        rule = Rule(step, fault, nth, times, method, path)
        with self._lock:
            self._rules.append(rule)
        return rule


def _at_least_0(value: float, name: str) -> Any:
    if value < 0:
        raise ValueError(f"{name} must be 0 or more, not {value!r}")
    return value
