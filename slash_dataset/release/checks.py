"""What must hold before a release changes anything."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from importlib import import_module
from typing import Any

from ..destinations import scratch_folder
from .errors import HubError, ReleaseError
from .hub import WRITE, Account, HubRepo, Refs, RemoteCommit, RemoteFile
from .manifest import CHECKSUMS_NAME, BuiltFolder, FileDigest, read_checksums
from .versions import DataVersion, check_step, data_change, released_versions

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


def check_repo_id(repo_id: str) -> str:
    """Return `repo_id` if it can name the dataset on the Hub.

    Parameters
    ----------
    repo_id : str
        NAMESPACE/NAME; the namespace is a user or an organisation.

    Raises
    ------
    ValueError
        If it is of another form, or the name is that of the package.

    Examples
    --------
    >>> check_repo_id("ada/slash")
    'ada/slash'
    >>> check_repo_id("slash")
    Traceback (most recent call last):
    ValueError: repo_id='slash' is not allowed: it takes NAMESPACE/NAME, for example ada/slash
    """
    utils = import_module("huggingface_hub.utils")
    namespace, _, name = repo_id.partition("/")
    if not namespace or not name:
        raise ValueError(
            f"repo_id={repo_id!r} is not allowed: it takes NAMESPACE/NAME, for example ada/slash"
        )
    try:
        utils.validate_repo_id(repo_id)
    except utils.HFValidationError as error:
        raise ValueError(f"repo_id={repo_id!r} is not allowed: {error}") from error
    if name == "slash_dataset":
        raise ValueError(
            f"repo_id={repo_id!r} is not allowed: a dataset must not be named like the package, "
            "since `datasets` looks there for a script of that name"
        )
    return repo_id


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
    """Refuse a token that cannot write to the repository, as far as the Hub tells.

    Raises
    ------
    ReleaseError
    """
    if account.role == "read":
        raise ReleaseError(
            f"the token of {account.name} is read-only: a release needs one with write access"
        )
    namespace = repo_id.partition("/")[0]
    roles = {name.lower(): role for name, role in account.namespaces.items()}
    if namespace.lower() not in roles:
        raise ReleaseError(
            f"repo_id={repo_id!r} is not allowed: {account.name} can write to "
            f"{', '.join(account.namespaces)}, not to {namespace}"
        )
    if roles[namespace.lower()] == "read":
        raise ReleaseError(
            f"repo_id={repo_id!r} is not allowed: {account.name} may only read in {namespace}; ask "
            "for the role write or contributor there"
        )
    allowed = account.writable
    if allowed is not None and not {namespace.lower(), repo_id.lower()} & {
        *map(str.lower, allowed)
    }:
        raise ReleaseError(
            f"the fine-grained token of {account.name} may write to "
            f"{', '.join(allowed) or 'nothing'}, not to {repo_id}: give it the scope {WRITE} for "
            f"{namespace}, or for {repo_id} if that exists"
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
        check_step(built.version, released[0], data_change(published, built.checksums))


def published_checksums(hub: HubRepo, revision: str) -> dict[str, Any] | None:
    """Return what ``checksums.json`` says at a revision; None if there is no readable one."""
    with scratch_folder() as folder:
        try:
            return read_checksums(hub.download(CHECKSUMS_NAME, revision, folder))
        except HubError as error:
            if error.status == 404:
                return None
            raise
        except ValueError:
            return None


def foreign_commits(hub: HubRepo, refs: Refs, head: str) -> list[RemoteCommit]:
    """Return the commits below `head` that neither a release nor the Hub itself has made.

    The history is followed back to a version's tag. A head without a tag of its own may be a
    release that was interrupted; it is told from somebody's work by its content, never by what a
    message says. A repository without a release is somebody's own work, unless it is as good as
    empty.
    """
    known = {refs.tags[version.tag] for version in released_versions(refs.tags)}
    foreign: list[RemoteCommit] = []
    for commit in hub.commits(head):
        if commit.sha in known:
            break
        foreign.append(commit)
    else:
        if is_fresh(hub.tree(head)):
            return []
    return [] if foreign and is_untagged_release(hub, refs, head) else foreign


def is_untagged_release(hub: HubRepo, refs: Refs, sha: str) -> bool:
    """Say whether a commit holds one whole version, by its ``checksums.json``, that has no tag.

    A commit that goes back to a version that has a tag is somebody's decision, and no release.
    """
    tree = hub.tree(sha)
    recorded = published_checksums(hub, sha) if CHECKSUMS_NAME in tree else None
    if recorded is None or recorded.get("repo_id") != hub.repo_id:
        return False
    try:
        tag = DataVersion.parse(str(recorded["version"])).tag
    except ValueError:
        return False
    return tag not in refs.tags and holds_recorded(hub, sha, tree, recorded["files"])


def holds_recorded(
    hub: HubRepo, sha: str, tree: Mapping[str, RemoteFile], files: Mapping[str, Any]
) -> bool:
    """Say whether a commit holds exactly the files that its ``checksums.json`` lists."""
    if tree.keys() - {CHECKSUMS_NAME} != files.keys():
        return False
    if any(tree[path].size != file["size"] for path, file in files.items()):
        return False
    large = {path for path in files if tree[path].sha256 is not None}
    if any(tree[path].sha256 != files[path]["sha256"] for path in large):
        return False
    # The listing has no SHA-256 of small files.
    with scratch_folder() as folder:
        return all(
            FileDigest.of(hub.download(path, sha, folder)).sha256 == files[path]["sha256"]
            for path in files.keys() - large
        )


def is_fresh(tree: Collection[str]) -> bool:
    """Say whether a repository holds no more than one that was just made on the Hub's site."""
    return _FRESH.issuperset(tree)


def tell_commits(commits: Sequence[RemoteCommit], most: int = 5) -> str:
    """Return a few commits as one line of text."""
    told = "; ".join(str(commit) for commit in commits[:most])
    rest = len(commits) - most
    return told if rest <= 0 else f"{told}; and {rest} more"
