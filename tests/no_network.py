"""Refuse every connection of this process and of its forked children."""

from __future__ import annotations

import socket
from typing import Any

ATTEMPTS: list[Any] = []
"""What was tried: a library may catch the refusal."""

_connect = socket.socket.connect


def _refuse(host: Any) -> None:
    ATTEMPTS.append(host)
    raise AssertionError(f"the network was asked for {host!r}")


def _connect_to(self: socket.socket, address: Any) -> None:
    if self.family != socket.AF_UNIX:  # by which processes talk
        _refuse(address)
    _connect(self, address)


def refuse() -> None:
    """Begin to refuse; there is no way back."""
    socket.socket.connect = socket.socket.connect_ex = _connect_to
    socket.getaddrinfo = lambda host, *args, **kwargs: _refuse(host)
