"""TCP connections that can be reset: what uvicorn hides and faults need."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_LINGER_0 = struct.pack("ii", 1, 0)


class ResettableProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, with the transport of the connection in the scope."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        application = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            await application({**scope, "transport": self.transport}, receive, send)

        self.app = with_transport


def reset_connection(transport: asyncio.Transport) -> None:
    """Close a connection so that the other side gets a TCP reset, not an orderly end.

    With ``SO_LINGER`` on and 0 seconds, closing a socket sends RST instead of FIN (socket(7)).
    """
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0)
    transport.abort()


async def flush(transport: asyncio.Transport) -> None:
    """Wait until all that was written is on its way: a reset drops what is still here."""
    while transport.get_write_buffer_size() and not transport.is_closing():
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)
