"""One dataset repository on the Hub: its contents, and the few ways to change it.

Reads are repeated if that may help. Writes are not: the caller must first find out whether the last
attempt was applied. Every request ends, with an answer or after a bounded time.
"""

from __future__ import annotations

import copy
import functools
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from ..signals import ended_by_signals
from .checks import WRITE, Account, check_repo_id, find_token
from .errors import HubError, hub_error, without_token
from .progress import Steps

T = TypeVar("T")

HUB = "https://huggingface.co"
ANSWER_TIMEOUT = 60.0
"""Seconds without a byte after which a request to the Hub is abandoned."""
SILENCE = 15.0
"""Seconds after which a request still under way is reported."""
STORAGE_SETTINGS = {
    "HF_XET_CLIENT_CONNECT_TIMEOUT": "20s",
    "HF_XET_CLIENT_READ_TIMEOUT": "60s",
    "HF_XET_CLIENT_RETRY_MAX_ATTEMPTS": "0",
}
"""How long hf_xet keeps trying a failing storage, unless the environment says otherwise.

By default it waits for 15 minutes and longer: it tries each of its requests six times, and an
upload has several. The release repeats whole attempts, and says so.
"""
_READ = "repo.content.read"


@dataclass(frozen=True)
class Refs:
    """Branches and tags, and the commits that they point to."""

    branches: dict[str, str]
    tags: dict[str, str]

    def base_of(self, branch: str) -> str:
        """Return the head of a branch; a new branch starts at main.

        Raises
        ------
        ValueError
            If there is neither.
        """
        for name in (branch, "main"):
            if name in self.branches:
                return self.branches[name]
        there = ", ".join(sorted(self.branches)) or "none"
        raise ValueError(
            f"branch={branch!r} is not allowed: there is neither such a branch nor a main to start "
            f"it from; branches there: {there}"
        )


@dataclass(frozen=True)
class RemoteFile:
    """A file on the Hub; `sha256` only for large files, whose `blob_id` is that of a pointer."""

    size: int
    blob_id: str
    sha256: str | None


@dataclass(frozen=True)
class RemoteCommit:
    """A commit on the Hub."""

    sha: str
    author: str
    title: str
    date: datetime

    def __str__(self) -> str:
        return f"{self.sha[:12]} by {self.author}: {self.title!r}"


class HubRepo:
    """A dataset repository, and the token used with it.

    Parameters
    ----------
    repo_id : str
        NAMESPACE/NAME.
    token : str or None
        Without one, only what is public can be read.
    steps : Steps
        Told what the release is waiting for.
    """

    def __init__(self, repo_id: str, token: str | None, steps: Steps) -> None:
        import huggingface_hub

        self.repo_id = repo_id
        self.token = token
        self.steps = steps
        # False: not even the token stored on this machine.
        self._api: Any = huggingface_hub.HfApi(token=token or False)
        self._dataset: dict[str, Any] = {"repo_id": repo_id, "repo_type": "dataset"}

    @property
    def endpoint(self) -> str:
        """The Hub's address."""
        return str(self._api.endpoint)

    def account(self) -> Account:
        """Return the owner of the token."""
        return self._read(
            "asking who the token belongs to", lambda: Account.of_answer(self._api.whoami())
        )

    def refs(self) -> Refs | None:
        """Read branches and tags; None if there is no such repository, or it is not visible."""
        try:
            refs = self._read(
                f"reading the branches of {self.repo_id}",
                lambda: self._api.list_repo_refs(**self._dataset),
            )
        except HubError as error:
            # Without a token, the Hub does not distinguish private from missing.
            if error.code == "RepoNotFound" or (error.status == 401 and self.token is None):
                return None
            raise
        return Refs(
            {ref.name: ref.target_commit for ref in refs.branches},
            {ref.name: ref.target_commit for ref in refs.tags},
        )

    def commit_of(self, revision: str) -> str:
        """Return the full sha of a branch, tag or commit."""
        info = self._read(
            f"reading {revision} of {self.repo_id}",
            lambda: self._api.dataset_info(self.repo_id, revision=revision),
        )
        return str(info.sha)

    def is_private(self) -> bool:
        """Return whether the repository is private."""
        info = self._read(f"reading {self.repo_id}", lambda: self._api.dataset_info(self.repo_id))
        return bool(info.private)

    def tree(self, revision: str) -> dict[str, RemoteFile]:
        """List every file of a revision, by path."""
        found = self._read(
            f"listing the files of {self.repo_id} at {revision[:12]}",
            lambda: list(
                self._api.list_repo_tree(revision=revision, recursive=True, **self._dataset)
            ),
        )
        # Folders have no blob_id.
        return {
            entry.path: RemoteFile(entry.size, entry.blob_id, entry.lfs and entry.lfs.sha256)
            for entry in found
            if hasattr(entry, "blob_id")
        }

    def commits(self, revision: str) -> list[RemoteCommit]:
        """List the history of a revision, newest first."""
        found = self._read(
            f"reading the history of {self.repo_id}",
            lambda: self._api.list_repo_commits(revision=revision, **self._dataset),
        )
        return [
            RemoteCommit(c.commit_id, ", ".join(c.authors) or "nobody", c.title, c.created_at)
            for c in found
        ]

    def download(self, path: str, revision: str, folder: Path) -> Path:
        """Download a file into a folder that the client has never used as its cache."""
        import huggingface_hub

        file = self._read(
            f"downloading {path} of {self.repo_id} at {revision[:12]}",
            lambda: huggingface_hub.hf_hub_download(
                filename=path,
                revision=revision,
                cache_dir=folder,
                token=self.token or False,
                **self._dataset,
            ),
        )
        return Path(file)

    def create(self, private: bool) -> None:
        """Create the repository."""
        self._once(
            f"creating {self.repo_id}",
            lambda: self._api.create_repo(private=private, **self._dataset),
        )

    def create_branch(self, branch: str, sha: str) -> None:
        """Create a branch at a commit."""
        self._once(
            f"creating the branch {branch} of {self.repo_id}",
            lambda: self._api.create_branch(branch=branch, revision=sha, **self._dataset),
        )

    def create_tag(self, tag: str, sha: str, message: str) -> None:
        """Create a tag at a commit."""
        self._once(
            f"tagging {self.repo_id} as {tag}",
            lambda: self._api.create_tag(
                tag=tag, revision=sha, tag_message=message, **self._dataset
            ),
        )

    def commit(
        self,
        branch: str,
        parent: str,
        *,
        added: dict[str, Path],
        deleted: Iterable[str],
        title: str,
        description: str,
    ) -> str:
        """Commit files to a branch whose head is still `parent`, all at once or not at all.

        Returns
        -------
        str
            The new head's sha. If the branch already holds these files, its head: not necessarily a
            child of `parent`.
        """
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        operations: list[Any] = [CommitOperationDelete(path) for path in deleted]
        operations += [CommitOperationAdd(path, str(file)) for path, file in added.items()]
        with self.steps.aside():
            done = self._once(
                f"committing to {branch} of {self.repo_id}",
                lambda: self._api.create_commit(
                    operations=operations,
                    commit_message=title,
                    commit_description=description,
                    revision=branch,
                    parent_commit=parent,
                    **self._dataset,
                ),
            )
        return str(done.oid)

    def _read(self, doing: str, call: Callable[[], T]) -> T:
        return self.steps.retried(lambda: self._once(doing, call, _READ))

    def _once(self, doing: str, call: Callable[[], T], scope: str = WRITE) -> T:
        text = f"{doing}: still waiting for the Hub"
        told = threading.Timer(SILENCE, self.steps.say, [text])
        told.daemon = True
        told.start()
        try:
            with bounded_answers():
                return call()
        except Exception as error:
            meant = hub_error(doing, error, scope)
            if meant is None:
                raise
            raise meant from error
        finally:
            told.cancel()


@contextmanager
def connected(repo_id: str, token: str | None, steps: Steps) -> Iterator[HubRepo]:
    """Yield a repository whose every request ends, and whose token no error shows.

    Raises
    ------
    ValueError
        If `repo_id` is not allowed.
    """
    token = find_token(token)
    with without_token(token), steps, _patient_storage(), ended_by_signals():
        yield HubRepo(check_repo_id(repo_id), token, steps)


@contextmanager
def bounded_answers() -> Iterator[None]:
    """Make the client's requests end after `ANSWER_TIMEOUT` seconds of silence.

    By default, many would wait forever. An answer that asks to come back later is an error at once:
    the caller waits and reports it, whereas the client would wait for hours in silence.
    """
    utils: Any = import_module("huggingface_hub.utils")
    session = utils.get_session()
    if hasattr(session, "event_hooks"):  # httpx
        before = session.event_hooks
        session.event_hooks = {
            "request": [*before["request"], _bound_request],
            "response": [*before["response"], _raise_trouble],
        }
        restore = functools.partial(setattr, session, "event_hooks", before)
    else:  # requests: each thread has its own session

        def bounded() -> Any:
            made = copy.deepcopy(session)
            made.send = functools.partial(_send_bounded, made.send)
            return made

        utils.configure_http_backend(bounded)
        restore = functools.partial(
            utils.configure_http_backend, functools.partial(copy.deepcopy, session)
        )
    try:
        yield
    finally:
        restore()


def _bound_request(request: Any) -> None:
    bounds = request.extensions.get("timeout") or dict.fromkeys(("connect", "read", "write"))
    given = {name: ANSWER_TIMEOUT if value is None else value for name, value in bounds.items()}
    request.extensions = {**request.extensions, "timeout": given}


def _send_bounded(send: Callable[..., Any], request: Any, **options: Any) -> Any:
    given = {**options, "timeout": options.get("timeout") or ANSWER_TIMEOUT}
    response = send(request, **given)
    _raise_trouble(response)
    return response


def _raise_trouble(response: Any) -> None:
    if response.status_code == 429 or response.status_code >= 500:
        if hasattr(response, "read"):  # httpx
            response.read()
        import_module("huggingface_hub.utils").hf_raise_for_status(response)


@contextmanager
def _patient_storage() -> Iterator[None]:
    added = {name: v for name, v in STORAGE_SETTINGS.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def hub_url(repo_id: str, revision: str | None = None, endpoint: str = HUB) -> str:
    """Return the address of a dataset on the Hub, at a revision if one is given.

    Examples
    --------
    >>> hub_url("ada/slash", "v1.0.0")
    'https://huggingface.co/datasets/ada/slash/tree/v1.0.0'
    """
    url = f"{endpoint}/datasets/{repo_id}"
    return url if revision is None else f"{url}/tree/{revision}"
