"""What all endpoints share, and how an endpoint finds out who asks for which dataset."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from starlette.requests import Request

from .accounts import Accounts, Identity, require_user, require_write
from .faults import Fault, Faults
from .large_files import LargeFileStore
from .repositories import DatasetRepo, Repositories
from .request_log import RequestLog
from .xet_store import XetStore


@dataclass
class HubState:
    """One Hub: its accounts, its datasets, and the addresses at which it is served.

    Parameters
    ----------
    endpoint : str
        The address of the Hub itself.
    cdn : str
        The address of the storage that holds large files: another origin, as on the real Hub.
    page_size : int
        Entries on one page of a tree or of a list of commits.
    """

    root: Path
    endpoint: str
    cdn: str
    page_size: int
    accounts: Accounts
    repositories: Repositories
    large_files: LargeFileStore
    xet: XetStore
    log: RequestLog
    faults: Faults
    failing_stores: list[list[Fault]] = field(default_factory=list)

    @classmethod
    def create(cls, root: Path, endpoint: str, cdn: str, page_size: int) -> HubState:
        """An empty Hub that keeps everything below one new folder."""
        (root / "datasets").mkdir(parents=True)
        (root / "large-files").mkdir()
        (root / "served").mkdir()
        (root / "xet").mkdir()
        xet = XetStore(root / "xet")
        store = LargeFileStore(root / "large-files", xet)
        repositories = Repositories(root / "datasets", store)
        accounts, log, faults = Accounts(), RequestLog(), Faults()
        return cls(root, endpoint, cdn, page_size, accounts, repositories, store, xet, log, faults)


def hub_state(request: Request) -> HubState:
    """The Hub that this request reached."""
    state: HubState = request.app.state.hub
    return state


def parameter(request: Request, name: str) -> str:
    """One part of the address, decoded: routing happens on the encoded path, so that a
    revision such as ``refs%2Fconvert%2Fparquet`` stays one part.
    """
    return unquote(request.path_params[name])


def asking(request: Request) -> Identity | None:
    """Who sends this request; None without a token."""
    return hub_state(request).accounts.identify(request.headers.get("authorization"))


def readable(request: Request) -> DatasetRepo:
    """The dataset in the address, if the asker may see it."""
    repo_id = f"{parameter(request, 'namespace')}/{parameter(request, 'name')}"
    return hub_state(request).repositories.visible(repo_id, asking(request))


def writable(request: Request) -> tuple[DatasetRepo, Identity]:
    """The dataset in the address and the asker, if the asker may change it."""
    user = require_user(asking(request))
    repo = readable(request)
    return repo, require_write(user, repo.repo_id, "upload to a repository")
