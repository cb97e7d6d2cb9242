"""The Hub as a running server: two addresses on loopback, in a thread of this process."""

from __future__ import annotations

import asyncio
import socket
import threading
from dataclasses import dataclass
from pathlib import Path

import trustme
import uvicorn
from uvicorn.server import ServerState

from .app import hub_application, storage_application
from .connection import ResettableProtocol
from .gate import Gate
from .state import HubState

_HOST = "127.0.0.1"
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Certificates:
    """The files of one certificate authority and of the server's certificate."""

    authority: Path
    chain: Path
    key: Path

    @classmethod
    def issue(cls, folder: Path) -> Certificates:
        """Make an authority and a certificate for loopback, and write both to a folder."""
        authority = trustme.CA()
        certificate = authority.issue_cert(_HOST, "localhost")
        made = cls(folder / "authority.pem", folder / "chain.pem", folder / "key.pem")
        authority.cert_pem.write_to_path(made.authority)
        certificate.private_key_pem.write_to_path(made.key)
        for blob in certificate.cert_chain_pems:
            blob.write_to_path(made.chain, append=True)
        return made


class HubServer:
    """A Hub that answers from ``start`` to ``stop``.

    Parameters
    ----------
    root : Path
        A folder that does not exist yet, for all that the Hub keeps.
    page_size : int
        Entries on one page of a tree or of a list of commits.
    certificates : Certificates, optional
        With them, the Hub speaks https.
    """

    def __init__(self, root: Path, page_size: int, certificates: Certificates | None) -> None:
        # Two ports are two origins: the client then drops its token at the storage, as it does
        # between the real Hub and its CDN.
        self._sockets = [_listening(), _listening()]
        hub_port, storage_port = (one.getsockname()[1] for one in self._sockets)
        scheme = "http" if certificates is None else "https"
        endpoint, storage = (f"{scheme}://{_HOST}:{port}" for port in (hub_port, storage_port))
        self.state = HubState.create(root, endpoint, storage, page_size)
        gate = Gate(
            self.state,
            {
                hub_port: hub_application(self.state),
                storage_port: storage_application(self.state),
            },
        )
        self._config = uvicorn.Config(
            gate,
            interface="asgi3",
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            ssl_certfile=certificates.chain if certificates else None,
            ssl_keyfile=certificates.key if certificates else None,
        )
        self._config.load()
        self._loop = asyncio.new_event_loop()
        self._ended = asyncio.Event()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hub", daemon=True)

    def start(self) -> None:
        """Serve from a thread; returns when the Hub answers.

        Raises
        ------
        RuntimeError
            The Hub does not start in time.
        """
        self._thread.start()
        if not self._started.wait(_PATIENCE_SECONDS):
            raise RuntimeError("the Hub did not start")

    def stop(self) -> None:
        """Stop serving; connections that are still open are cut.

        Raises
        ------
        RuntimeError
            The Hub does not stop in time.
        """
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(_PATIENCE_SECONDS)
        if self._thread.is_alive():
            raise RuntimeError("the Hub did not stop")

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        # uvicorn's own Server polls, and waits 100 ms and more to stop: too long for each test.
        shared = ServerState()

        def connection() -> ResettableProtocol:
            return ResettableProtocol(self._config, shared, {}, _loop=self._loop)

        listeners = [
            await self._loop.create_server(connection, sock=one, ssl=self._config.ssl)
            for one in self._sockets
        ]
        self._started.set()
        await self._ended.wait()
        for listener in listeners:
            listener.close()
        for open_one in list(shared.connections):
            open_one.transport.abort()
        unfinished = list(shared.tasks)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        await self._loop.shutdown_default_executor()


def _listening() -> socket.socket:
    # asyncio switches Nagle's algorithm off only where the protocol is named: without that, every
    # answer would wait 40 ms for an acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind((_HOST, 0))
    listener.listen(128)
    return listener
