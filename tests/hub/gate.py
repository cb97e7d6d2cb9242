"""The way into the Hub: every request is routed, recorded, and made to fail if so ordered."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Message, Receive, Scope, Send

from .connection import flush, reset_connection
from .errors import error_response
from .faults import (
    Call,
    CutAnswer,
    Fault,
    LostAnswer,
    Reset,
    ResetAfterAnswer,
    ResetAfterUpload,
    Slow,
    Status,
)
from .request_log import RecordedRequest
from .state import HubState


class Gate:
    """The ASGI application in front of those of the Hub and its storage.

    Parameters
    ----------
    applications : dict of int to Starlette
        By the port at which each is served.
    """

    def __init__(self, state: HubState, applications: dict[int, Starlette]) -> None:
        self._state = state
        self._applications = applications

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        assert scope["type"] == "http"
        application = self._applications[scope["server"][1]]
        # Routing on the encoded path keeps "refs%2Fconvert%2Fparquet" in one part.
        scope = {**scope, "path": scope["raw_path"].decode("ascii")}
        step, status = _endpoint(application, scope)
        record = self._state.log.start(step, scope)
        exchange = Exchange(scope, receive, send, record)
        if step == "xet_store":
            faults = self._state.failing_stores[int(scope["path"].split("/")[2])]
        else:
            faults = self._state.faults.take(step, scope["method"], scope["path"])
        record.fault = ", ".join(map(str, faults)) or None
        try:
            if status != 200:
                await self._refuse(exchange, status)
            else:
                await self._serve(application, exchange, faults)
        except ClientDisconnect:
            pass  # the client has left, as it may
        except Exception:
            self._state.log.server_errors.append(traceback.format_exc())

    async def _refuse(self, exchange: Exchange, status: int) -> None:
        await exchange.drain()
        line = f"{exchange.record.method} {exchange.record.path}: no such endpoint ({status})"
        self._state.log.protocol_errors.append(line)
        await exchange.answer(error_response(status, line))

    async def _serve(
        self, application: Starlette, exchange: Exchange, faults: Sequence[Fault]
    ) -> None:
        afterwards: list[Fault] = []
        for fault in faults:
            if isinstance(fault, Slow):
                await asyncio.sleep(fault.seconds)
            elif isinstance(fault, Call) and fault.when == "before":
                await self._call(fault)
            elif isinstance(fault, Status):
                # Without this, a client that is still sending would see a reset instead.
                await exchange.drain()
                headers = dict(fault.headers)
                await exchange.answer(error_response(fault.status, fault.message, headers=headers))
                return
            elif isinstance(fault, ResetAfterUpload):
                await exchange.drain(fault.size)
                await exchange.reset()
                return
            elif isinstance(fault, Reset):
                # While the client still sends, whether it sees a reset or an end is left to chance.
                await exchange.drain()
                await exchange.reset()
                return
            else:
                afterwards.append(fault)
        if not afterwards:
            await application(exchange.scope, exchange.receive, exchange.send)
            return
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)

        await application(exchange.scope, exchange.receive, hold)
        for fault in afterwards:
            if isinstance(fault, Call):
                await self._call(fault)
            elif isinstance(fault, LostAnswer):
                await exchange.reset()
                return
            elif isinstance(fault, ResetAfterAnswer):
                await exchange.send_part(held, fault.size)
                await exchange.reset()
                return
            elif isinstance(fault, CutAnswer):
                await exchange.send_part(held, fault.size)
                await exchange.close()
                return
        for message in held:
            await exchange.send(message)

    async def _call(self, fault: Call) -> None:
        try:
            await asyncio.to_thread(fault.function)
        except Exception:
            self._state.faults.failed_calls.append(traceback.format_exc())


class Exchange:
    """One request and its answer, as they pass through the gate."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, record: RecordedRequest) -> None:
        self.scope = scope
        self.record = record
        self._receive = receive
        self._send = send

    async def receive(self) -> Message:
        """The next part of the request, which is recorded."""
        message = await self._receive()
        if message["type"] == "http.request":
            self.record.add_body(message.get("body", b""))
        return message

    async def send(self, message: Message) -> None:
        """Send a part of the answer, whose status is recorded."""
        if message["type"] == "http.response.start":
            self.record.status = message["status"]
        await self._send(message)

    async def answer(self, response: Response) -> None:
        """Send a whole answer."""
        await response(self.scope, self.receive, self.send)

    async def drain(self, size: int | None = None) -> None:
        """Read the request's body: all of it, or until this many bytes have arrived."""
        while size is None or self.record.body_size < size:
            message = await self.receive()
            if message["type"] == "http.disconnect" or not message.get("more_body", False):
                return

    async def send_part(self, messages: Sequence[Message], size: int) -> None:
        """Send the head of an answer and this many bytes of its body, and flush them."""
        await self.send(messages[0])
        body = b"".join(message.get("body", b"") for message in messages[1:])
        await self.send({"type": "http.response.body", "body": body[:size], "more_body": True})
        await flush(self.scope["transport"])

    async def reset(self) -> None:
        """Reset the TCP connection and wait until it is gone."""
        reset_connection(self.scope["transport"])
        await self._gone()

    async def close(self) -> None:
        """Close the connection in good order and wait until it is gone."""
        self.scope["transport"].close()
        await self._gone()

    async def _gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


def _endpoint(application: Starlette, scope: Scope) -> tuple[str, int]:
    """The name of the endpoint, and 200, or 404 or 405 if there is none."""
    status = 404
    for route in application.routes:
        assert isinstance(route, Route)
        match, _ = route.matches(scope)
        if match is Match.FULL:
            return route.name, 200
        if match is Match.PARTIAL:
            status = 405
    return "unknown", status
