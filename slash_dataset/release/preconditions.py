"""What must hold before a release changes anything."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from .built import BuiltFolder
from .errors import HubError, ReleaseError
from .hub import Account, HubRepo, Refs, RemoteCommit
from .manifest import CHECKSUMS_NAME, data_sha256, read_checksums
from .versions import check_step, released_versions

MADE_BY_A_RELEASE = "Manifest-SHA256:"
"""Begins the line by which a commit of this tool is recognised."""

_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]*")
# What a repository may hold that its owner has just made on the Hub's site.
_FRESH = {".gitattributes", "README.md"}


def find_token(token: str | None) -> str | None:
    """Return the given token, or the one that the Hub's client is logged in with, or None."""
    if token:
        return token
    import huggingface_hub

    return huggingface_hub.get_token() or None


def check_online(token: str | None, dry_run: bool) -> None:
    """Refuse to begin without a network or, unless nothing will be written, without a token.

    Raises
    ------
    ValueError
    """
    import huggingface_hub

    if huggingface_hub.constants.HF_HUB_OFFLINE:
        raise ValueError("HF_HUB_OFFLINE=1 is set: unset it to reach the Hub")
    if token is None and not dry_run:
        raise ValueError(
            "there is no token: set HF_TOKEN to one with write access, or run `hf auth login` "
            "(only --dry-run needs none)"
        )


def check_branch(branch: str) -> None:
    """Refuse what git does not take as the name of a branch, or what the Hub keeps for itself.

    Raises
    ------
    ValueError

    Examples
    --------
    >>> check_branch("a b")
    Traceback (most recent call last):
    ValueError: branch='a b' is not allowed: a branch is named like main or next/2.0
    """
    bad = (".." in branch, "//" in branch, branch.endswith(("/", ".", ".lock")), "/." in branch)
    if not _BRANCH.fullmatch(branch) or any(bad) or branch.startswith("refs/"):
        raise ValueError(
            f"branch={branch!r} is not allowed: a branch is named like main or next/2.0"
        )


def check_account(account: Account, repo_id: str) -> None:
    """Refuse a token that cannot write to the namespace.

    Raises
    ------
    ReleaseError
    """
    if account.role == "read":
        raise ReleaseError(
            f"the token of {account.name} is read-only: a release needs one with write access"
        )
    namespace = repo_id.partition("/")[0]
    if namespace.lower() not in [name.lower() for name in account.namespaces]:
        raise ReleaseError(
            f"repo_id={repo_id!r} is not allowed: {account.name} can write to "
            f"{', '.join(account.namespaces)}, not to {namespace}"
        )


def check_version(hub: HubRepo, refs: Refs, built: BuiltFolder) -> None:
    """Refuse a version that must not follow the newest one on the Hub.

    Raises
    ------
    ValueError
    """
    released = released_versions(refs.tags)
    if released:
        published = published_checksums(hub, released[0].tag)
        changed = published is None or data_sha256(published) != data_sha256(built.checksums)
        check_step(built.version, released[0], changed)


def published_checksums(hub: HubRepo, revision: str) -> dict[str, Any] | None:
    """Return what ``checksums.json`` says at a revision; None if there is no readable one."""
    with tempfile.TemporaryDirectory(prefix="slash-dataset-checksums-") as folder:
        try:
            return read_checksums(hub.download(CHECKSUMS_NAME, revision, Path(folder)))
        except HubError as error:
            if error.status == 404:
                return None
            raise
        except ValueError:
            return None


def foreign_commits(hub: HubRepo, refs: Refs, head: str) -> list[RemoteCommit]:
    """Return the commits below `head` that neither a release nor the Hub itself has made.

    The history is followed back to the newest commit of a release. A repository without one is
    somebody's own work, unless it is as good as empty.
    """
    known = {refs.tags[version.tag] for version in released_versions(refs.tags)}
    foreign: list[RemoteCommit] = []
    for commit in hub.commits(head):
        if commit.sha in known or MADE_BY_A_RELEASE in commit.message:
            return foreign
        foreign.append(commit)
    return [] if is_fresh(hub.tree(head)) else foreign


def is_fresh(tree: Collection[str]) -> bool:
    """Say whether a repository holds no more than one that was just made on the Hub's site."""
    return _FRESH.issuperset(tree)


def tell_commits(commits: Sequence[RemoteCommit], most: int = 5) -> str:
    """Return a few commits as one line of text."""
    told = "; ".join(str(commit) for commit in commits[:most])
    rest = len(commits) - most
    return told if rest <= 0 else f"{told}; and {rest} more"
