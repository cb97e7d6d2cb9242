"""One dataset repository on the Hub: what stands there, and the few ways in which it is changed.

Reads are repeated when that may help. Writes are not: whoever calls must first find out whether the
last attempt was applied.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from .errors import HubError, hub_error

T = TypeVar("T")

WAITS = (1.0, 2.0, 4.0)
"""Seconds between attempts, unless the Hub asks for more."""
LONGEST_WAIT = 300.0
"""Seconds; a Hub that asks for more is not waited for."""


@dataclass(frozen=True)
class Account:
    """Who a token belongs to: the user, where they may write, and the token's role."""

    name: str
    namespaces: tuple[str, ...]
    role: str


@dataclass(frozen=True)
class Refs:
    """Branches and tags, and the commits that they lead to."""

    branches: dict[str, str]
    tags: dict[str, str]


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
    message: str
    date: datetime

    def __str__(self) -> str:
        return f"{self.sha[:12]} by {self.author}: {self.title!r}"


class HubRepo:
    """A dataset repository, and the token that it is used with.

    Parameters
    ----------
    repo_id : str
        NAMESPACE/NAME.
    token : str or None
        Without one, only what is public can be read.
    """

    def __init__(self, repo_id: str, token: str | None) -> None:
        import huggingface_hub

        self.repo_id = repo_id
        self.token = token
        # False: not even the token that is stored on this machine.
        self._api: Any = huggingface_hub.HfApi(token=token or False)
        self._dataset: dict[str, Any] = {"repo_id": repo_id, "repo_type": "dataset"}

    @property
    def endpoint(self) -> str:
        """The Hub's address."""
        return str(self._api.endpoint)

    def account(self) -> Account:
        """Say who the token belongs to."""
        answer = self._read("asking who the token belongs to", self._api.whoami)
        orgs = [org["name"] for org in answer.get("orgs", [])]
        role = answer.get("auth", {}).get("accessToken", {}).get("role", "")
        return Account(answer["name"], (answer["name"], *orgs), role)

    def refs(self) -> Refs | None:
        """Read branches and tags; None if there is no such repository, or none to be seen."""
        try:
            refs = self._read(
                f"reading the branches of {self.repo_id}",
                lambda: self._api.list_repo_refs(**self._dataset),
            )
        except HubError as error:
            # Without a token, the Hub does not tell what is private from what is not there.
            if error.code == "RepoNotFound" or (error.status == 401 and self.token is None):
                return None
            raise
        branches = {ref.name: ref.target_commit for ref in refs.branches}
        return Refs(branches, {ref.name: ref.target_commit for ref in refs.tags})

    def commit_of(self, revision: str) -> str:
        """Return the full sha that a branch, tag or commit stands for."""
        info = self._read(
            f"reading {revision} of {self.repo_id}",
            lambda: self._api.dataset_info(self.repo_id, revision=revision),
        )
        return str(info.sha)

    def is_private(self) -> bool:
        """Say whether the repository is private."""
        info = self._read(f"reading {self.repo_id}", lambda: self._api.dataset_info(self.repo_id))
        return bool(info.private)

    def tree(self, revision: str) -> dict[str, RemoteFile]:
        """List every file of a revision, by its path."""

        def entries() -> list[Any]:
            return list(
                self._api.list_repo_tree(revision=revision, recursive=True, **self._dataset)
            )

        found = self._read(f"listing the files of {self.repo_id} at {revision[:12]}", entries)
        # Folders have no blob_id.
        return {
            entry.path: RemoteFile(entry.size, entry.blob_id, entry.lfs and entry.lfs.sha256)
            for entry in found
            if hasattr(entry, "blob_id")
        }

    def commits(self, revision: str) -> list[RemoteCommit]:
        """List the history of a revision, the newest first."""
        found = self._read(
            f"reading the history of {self.repo_id}",
            lambda: self._api.list_repo_commits(revision=revision, **self._dataset),
        )
        return [
            RemoteCommit(
                c.commit_id, ", ".join(c.authors) or "nobody", c.title, c.message, c.created_at
            )
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
        """Make the repository."""
        self._write(
            f"making {self.repo_id}",
            lambda: self._api.create_repo(private=private, **self._dataset),
        )

    def create_branch(self, branch: str, sha: str) -> None:
        """Make a branch at a commit."""
        self._write(
            f"making the branch {branch} of {self.repo_id}",
            lambda: self._api.create_branch(branch=branch, revision=sha, **self._dataset),
        )

    def create_tag(self, tag: str, sha: str, message: str) -> None:
        """Make a tag at a commit."""
        self._write(
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
            The new head's sha. If the branch holds these files already, its head: not necessarily
            a child of `parent`.
        """
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        operations: list[Any] = [CommitOperationDelete(path) for path in deleted]
        operations += [CommitOperationAdd(path, str(file)) for path, file in added.items()]
        done = self._write(
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
        for wait in attempts():
            try:
                return self._write(doing, call)
            except HubError as error:
                if wait is None or not error.temporary:
                    raise
                pause(wait, error)
        raise AssertionError("the last attempt returns or raises")

    def _write(self, doing: str, call: Callable[[], T]) -> T:
        try:
            return call()
        except Exception as error:
            meant = hub_error(doing, error)
            if meant is None:
                raise
            raise meant from error


def attempts() -> Iterator[float | None]:
    """Yield, for each attempt at something, how long to wait after it: None after the last."""
    yield from WAITS
    yield None


def pause(wait: float, error: HubError) -> None:
    """Wait before another attempt, at least as long as the Hub asks for."""
    if error.retry_after > LONGEST_WAIT:
        raise error
    time.sleep(max(wait, error.retry_after))
