"""What clients have asked: one record a request, in the order in which they came."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

_KEPT_BODY = 4 * 1024 * 1024


@dataclass
class RecordedRequest:
    """One request.

    Attributes
    ----------
    step : str
        The name of the endpoint (``commit``, ``tree``, ...), or ``unknown``.
    method, path : str
        As sent; the path is percent-encoded, without the query.
    query : dict of str to str
        The query parameters, decoded.
    headers : dict of str to str
        By lower-case name.
    body : bytes
        The first 4 MiB of what was sent; empty for ``lfs_put``, whose size and sha256 are kept.
    body_size : int
        The bytes of the body that arrived.
    body_sha256 : str
        Of the bytes that arrived.
    status : int or None
        The status that was sent; None if the connection was reset before that.
    fault : str or None
        The fault that was injected.
    """

    step: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    body_size: int = 0
    status: int | None = None
    fault: str | None = None
    _digest: Any = field(default_factory=hashlib.sha256, repr=False)

    @property
    def body_sha256(self) -> str:
        """The sha256 of the body as far as it arrived."""
        return str(self._digest.hexdigest())

    def add_body(self, chunk: bytes) -> None:
        """Take note of a part of the body."""
        self.body_size += len(chunk)
        self._digest.update(chunk)
        if self.step != "lfs_put" and len(self.body) < _KEPT_BODY:
            self.body += chunk[: _KEPT_BODY - len(self.body)]


class RequestLog:
    """All requests, and those among them that a correct client never sends.

    Attributes
    ----------
    protocol_errors : list of str
        Requests to endpoints that do not exist, malformed bodies, uploads of other bytes than
        announced, and the like.
    server_errors : list of str
        Failures of this server itself: a test must never see one.
    """

    def __init__(self) -> None:
        self._requests: list[RecordedRequest] = []
        self._lock = threading.Lock()
        self.protocol_errors: list[str] = []
        self.server_errors: list[str] = []

    def start(self, step: str, scope: Any) -> RecordedRequest:
        """Record a request whose head has arrived."""
        record = RecordedRequest(
            step=step,
            method=scope["method"],
            path=scope["raw_path"].decode("ascii"),
            query=dict(parse_qsl(scope["query_string"].decode("ascii"), keep_blank_values=True)),
            headers={k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]},
        )
        with self._lock:
            self._requests.append(record)
        return record

    def requests(
        self,
        step: str | None = None,
        *,
        method: str | None = None,
        path: str | None = None,
        body: bytes | str | None = None,
    ) -> list[RecordedRequest]:
        """The requests so far that match everything given.

        Parameters
        ----------
        step : str, optional
            The name of the endpoint.
        method : str, optional
            ``GET``, ``HEAD``, ``POST``, ``PUT`` or ``DELETE``.
        path : str, optional
            A part of the path.
        body : bytes or str, optional
            A part of the body.
        """
        part = body.encode() if isinstance(body, str) else body
        with self._lock:
            found = list(self._requests)
        return [
            one
            for one in found
            if (step is None or one.step == step)
            and (method is None or one.method == method)
            and (path is None or path in one.path)
            and (part is None or part in one.body)
        ]

    def count(self, step: str, *, method: str | None = None) -> int:
        """How many requests an endpoint has had."""
        return len(self.requests(step, method=method))

    def steps(self) -> list[str]:
        """The names of the endpoints asked, in order."""
        return [one.step for one in self.requests()]

    def clear(self) -> None:
        """Forget the requests; errors stay."""
        with self._lock:
            self._requests.clear()

    def take_protocol_errors(self) -> list[str]:
        """The protocol errors so far, which then count as expected."""
        taken, self.protocol_errors = self.protocol_errors, []
        return taken
