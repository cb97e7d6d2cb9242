"""What a test holds in its hands: the Hub from the inside, and as somebody else's workplace."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from .accounts import Role
from .bodies import REGULAR_MAX
from .faults import Faults
from .git_rules import tracked_by_lfs
from .git_store import Commit
from .large_files import Pointer
from .repositories import DatasetRepo
from .request_log import RequestLog
from .state import HubState

SOMEBODY = "somebody-else"


class RepoHandle:
    """One dataset, seen and changed past the endpoints: none of this is recorded or fails.

    ``private`` can be set; everything else is read anew from git at each call.
    """

    def __init__(self, repo: DatasetRepo) -> None:
        self._repo = repo

    @property
    def private(self) -> bool:
        """Whether only its owner sees the dataset."""
        return self._repo.private

    @private.setter
    def private(self, value: bool) -> None:
        self._repo.private = value

    @property
    def git_dir(self) -> Path:
        """The bare git repository."""
        return self._repo.git.path

    def git(self, *arguments: str) -> None:
        """Run git in the repository, past everything."""
        self._repo.git.git(*arguments)

    @property
    def head(self) -> str:
        """The sha of main."""
        return self.branches["main"]

    @property
    def branches(self) -> dict[str, str]:
        """The branches and their commits, by name."""
        return self._repo.git.refs("refs/heads/")

    @property
    def tags(self) -> dict[str, str]:
        """The tags and the commits that they lead to, by name."""
        return self._repo.git.refs("refs/tags/")

    def tag_message(self, tag: str) -> str | None:
        """The message of a tag; None for a tag without one."""
        ref = f"refs/tags/{tag}"
        if self._repo.git.git("cat-file", "-t", ref).strip() != b"tag":
            return None
        return self._repo.git.git("cat-file", "tag", ref).decode().partition("\n\n")[2].strip()

    def commits(self, revision: str = "main") -> list[Commit]:
        """The history of a revision, newest first."""
        return self._repo.git.log(self._repo.commit_id(revision))

    def tree(self, revision: str = "main") -> dict[str, tuple[int, str]]:
        """Size in bytes and sha256 of every file of a revision, by path."""
        return self._repo.sha256s(self._repo.commit_id(revision))

    def large_paths(self, revision: str = "main") -> set[str]:
        """The files of a revision that are git-LFS pointers in git."""
        entries = self._repo.entries(self._repo.commit_id(revision))
        return {path for path, entry in entries.items() if entry.pointer is not None}

    def read(self, path: str, revision: str = "main") -> bytes:
        """The bytes of a file at a revision."""
        return self._repo.read(self._repo.file(revision, path)[1])

    def commit(
        self,
        files: Mapping[str, bytes],
        *,
        deleted: Iterable[str] = (),
        message: str = "a commit by somebody else",
        author: str = SOMEBODY,
        branch: str = "main",
    ) -> str:
        """Commit as somebody else, straight to a branch; returns its new head.

        What `.gitattributes` or the size makes a large file is stored as one.
        """
        repo = self._repo
        with repo.lock:
            large = tracked_by_lfs(repo.git, repo.commit_id(branch), list(files))
            large |= {path for path, content in files.items() if len(content) > REGULAR_MAX}
            stored: dict[str, bytes | Pointer] = dict(files)
            for path in large:
                oid = repo.large_files.put(files[path])
                repo.uploaded.add(oid)
                stored[path] = Pointer(oid, len(files[path]))
            return repo.commit(
                branch, files=stored, deleted=deleted, message=message, author=author
            )

    def set_tag(self, tag: str, revision: str = "main", message: str | None = None) -> None:
        """Make a tag, or move one that exists, as somebody else."""
        repo = self._repo
        with repo.lock:
            target = repo.commit_id(revision)
            if message is not None:
                target = repo.git.tag_object(tag, target, message, SOMEBODY)
            repo.git.force_ref(f"refs/tags/{tag}", target)

    def damage(self, path: str, revision: str = "main") -> None:
        """Flip one bit of a large file where it is stored, as a failing disk would.

        Raises
        ------
        ValueError
            It is no large file.
        """
        pointer = self._repo.file(revision, path)[1].pointer
        if pointer is None:
            raise ValueError(f"path must be that of a large file, not {path!r}")
        self._repo.large_files.damage(pointer.oid)

    def delete_tag(self, tag: str) -> None:
        """Delete a tag as somebody else."""
        self._repo.git.delete_ref(f"refs/tags/{tag}")


class Hub:
    """A Hub that runs.

    Attributes
    ----------
    endpoint : str
        Its address, for ``HfApi(endpoint=...)`` and ``HF_ENDPOINT``.
    storage : str
        The address of its storage of large files.
    log : RequestLog
        What clients have asked.
    faults : Faults
        Where to order what goes wrong.
    certificate_authority : Path or None
        The certificate that clients must trust; None for a Hub without TLS.
    xet : bool
        Whether its clients send and get large files by way of Xet, as they do if nothing else is
        set; by git-LFS otherwise. The Hub itself serves both.
    """

    def __init__(
        self, state: HubState, certificate_authority: Path | None = None, *, xet: bool = True
    ) -> None:
        self._state = state
        self.xet = xet
        self.endpoint = state.endpoint
        self.storage = state.cdn
        self.log: RequestLog = state.log
        self.faults: Faults = state.faults
        self.certificate_authority = certificate_authority

    def add_user(
        self,
        name: str,
        token: str,
        role: Role = "write",
        orgs: tuple[str, ...] = (),
        scopes: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Let a token act for a user, who may write as one of some organisations too."""
        self._state.accounts.add(name, token, role, orgs, scopes)

    def has_repo(self, repo_id: str) -> bool:
        """Whether a dataset exists, private or not."""
        return self._state.repositories.find(repo_id) is not None

    def repo(self, repo_id: str) -> RepoHandle:
        """A dataset that exists.

        Raises
        ------
        KeyError
            There is no such dataset.
        """
        repo = self._state.repositories.find(repo_id)
        if repo is None:
            raise KeyError(f"no dataset {repo_id!r} on this Hub")
        return RepoHandle(repo)

    def create_repo(self, repo_id: str, *, private: bool = False) -> RepoHandle:
        """Make a dataset past the endpoints.

        Raises
        ------
        ValueError
            It exists already.
        """
        if self._state.repositories.create(repo_id, private=private) is None:
            raise ValueError(f"repo_id must be new, not {repo_id!r}")
        return self.repo(repo_id)

    def uploaded(self) -> set[str]:
        """The sha256s of all large files that clients have sent, whichever way."""
        sent = {one.body_sha256 for one in self.log.requests("lfs_put") if one.status == 200}
        return sent | self._state.xet.sha256s()

    def client_environment(self, home: Path, token: str | None = None) -> dict[str, str]:
        """The settings with which a client talks to this Hub alone and keeps to one folder.

        For a new process: ``env={**os.environ, **hub.client_environment(home, token)}``. They
        have no effect on a client that is imported already; see ``hub_client``.
        """
        settings = {
            "HF_ENDPOINT": self.endpoint,
            "HF_TOKEN": token or "",
            "HF_TOKEN_PATH": str(home / "token"),
            "HF_HOME": str(home),
            "HF_HUB_CACHE": str(home / "hub"),
            "HF_DATASETS_CACHE": str(home / "datasets"),
            "HF_HUB_OFFLINE": "0",
            "HF_DATASETS_OFFLINE": "0",
            "HF_HUB_DISABLE_XET": "0" if self.xet else "1",
            # The patience of hf_xet with a storage that fails; it waits 3 seconds by default.
            "HF_XET_CLIENT_RETRY_BASE_DELAY": "10ms",
            "HF_XET_CLIENT_READ_TIMEOUT": "1s",
            "HF_XET_TELEMETRY_ENABLED": "0",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_UPDATE_DOWNLOAD_COUNTS": "0",
            "NO_PROXY": "127.0.0.1,localhost",
        }
        if self.certificate_authority is not None:
            settings["SSL_CERT_FILE"] = str(self.certificate_authority)
        return settings

    def check(self) -> None:
        """Fail if something happened that no test may leave unseen.

        Raises
        ------
        AssertionError
            Requests that a correct client never sends, unless ``log.take_protocol_errors()``
            has taken them; failures of the server; faults that no request has met; calls that
            failed.
        """
        found = {
            "protocol errors": self.log.protocol_errors,
            "server errors": self.log.server_errors,
            "failed calls": self.faults.failed_calls,
            "faults never met": [str(rule) for rule in self.faults.never_met()],
        }
        trouble = {name: list(lines) for name, lines in found.items() if lines}
        assert not trouble, json.dumps(trouble, indent=1)
