"""The fixtures `hub` and `hub_tls`: a separate Hub for each test, and a client that uses it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import huggingface_hub
import huggingface_hub.constants
import pytest

from .handle import Hub
from .server import Certificates, HubServer

PAGE_SIZE = 5
"""Small, so that every test with more files than this goes through several pages."""

_URL_TEMPLATE = "/{repo_id}/resolve/{revision}/{filename}"


@contextmanager
def running_hub(
    root: Path,
    *,
    page_size: int = PAGE_SIZE,
    certificates: Certificates | None = None,
    xet: bool = True,
) -> Iterator[Hub]:
    """A Hub that runs while the context lasts, below a folder that does not exist yet."""
    server = HubServer(root, page_size, certificates)
    server.start()
    try:
        yield Hub(server.state, certificates.authority if certificates else None, xet=xet)
    finally:
        server.stop()


@contextmanager
def hub_client(hub: Hub, home: Path) -> Iterator[None]:
    """Settings for a client in this very process: this Hub alone, and one folder.

    The client reads most settings when it is imported, which may long have happened.
    """
    constants = huggingface_hub.constants
    with pytest.MonkeyPatch.context() as patch:
        for name, value in hub.client_environment(home).items():
            patch.setenv(name, value)
        patch.delenv("HF_TOKEN")
        patch.setattr(constants, "ENDPOINT", hub.endpoint)
        patch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", hub.endpoint + _URL_TEMPLATE)
        patch.setattr(constants, "HF_URL_HOSTS", frozenset({"127.0.0.1"}))
        patch.setattr(constants, "HF_HUB_OFFLINE", False)
        patch.setattr(constants, "HF_HUB_DISABLE_XET", not hub.xet)
        patch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", True)
        patch.setattr(constants, "HF_HUB_CACHE", str(home / "hub"))
        patch.setattr(constants, "HF_TOKEN_PATH", str(home / "token"))
        yield


@pytest.fixture(scope="session")
def hub_no_proxy() -> Iterator[None]:
    """No proxy before loopback: the client reads that once, when it first connects."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        huggingface_hub.close_session()
        yield


@pytest.fixture
def storage() -> str:
    """How large files travel: "xet" or "lfs". Tests of both take it as a parameter."""
    return "xet"


@pytest.fixture
def hub(tmp_path: Path, hub_no_proxy: None, storage: str) -> Iterator[Hub]:
    """A Hub at http://127.0.0.1, without users; what ``Hub.check`` finds fails the test."""
    with running_hub(tmp_path / "hub-server", xet=storage == "xet") as running:
        with hub_client(running, tmp_path / "hub-client"):
            yield running
        running.check()


@pytest.fixture(scope="session")
def hub_certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """A certificate authority for all Hubs with TLS."""
    return Certificates.issue(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def hub_tls(tmp_path: Path, hub_certificates: Certificates) -> Iterator[Hub]:
    """As `hub`, at https: some answers to 401 differ there. Large files go by git-LFS: the store
    of hf_xet reads the system's certificates alone.
    """
    with running_hub(tmp_path / "hub-server", certificates=hub_certificates, xet=False) as running:
        with hub_client(running, tmp_path / "hub-client"):
            huggingface_hub.close_session()  # SSL_CERT_FILE is read on reconnection
            yield running
            huggingface_hub.close_session()
        running.check()
