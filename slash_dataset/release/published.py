"""What has been published: the versions on the Hub, and whether they are what they claim."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ..configs import resolve_config
from ..shards import write_shards
from ..splits import open_splits
from .built import BuiltFolder, compare_arrays, compare_files, difference_of
from .contents import read_shards
from .errors import ReleaseError, without_token
from .hub import HubRepo, Refs
from .manifest import CHECKSUMS_NAME, data_sha256, manifest_of, read_checksums
from .preconditions import find_token, published_checksums
from .repo_id import check_repo_id
from .versions import released_versions


@dataclass(frozen=True)
class PublishedVersion:
    """A version on the Hub.

    Attributes
    ----------
    tag, sha : str
        The tag, and the commit that it leads to.
    date : datetime
        Of that commit.
    data_sha256 : str or None
        One SHA-256 for all pixels and labels; None if the version has no ``checksums.json``.
    checksums : dict or None
        What ``checksums.json`` says.
    """

    tag: str
    sha: str
    date: datetime
    data_sha256: str | None
    checksums: dict[str, Any] | None


def published_versions(repo_id: str, *, token: str | None = None) -> list[PublishedVersion]:
    """List the versions of a dataset on the Hub, the newest first.

    Parameters
    ----------
    repo_id : str
        NAMESPACE/NAME.
    token : str, optional
        For a private repository; the one that the Hub's client is logged in with if left out.

    Returns
    -------
    list of PublishedVersion

    Raises
    ------
    ValueError
        If `repo_id` is not allowed.
    ReleaseError
        If the repository cannot be read.
    """
    token = find_token(token)
    with without_token(token):
        hub = HubRepo(check_repo_id(repo_id), token)
        found = []
        for version in released_versions(_existing_refs(hub).tags):
            sha = hub.commit_of(version.tag)
            checksums = published_checksums(hub, sha)
            digest = None if checksums is None else data_sha256(checksums)
            date = hub.commits(sha)[0].date
            found.append(PublishedVersion(version.tag, sha, date, digest, checksums))
        return found


def verify_published(
    repo_id: str, revision: str | None = None, *, token: str | None = None
) -> Iterator[tuple[str, str | None]]:
    """Compare a published version with its own checksums and with a fresh local build.

    Parameters
    ----------
    repo_id : str
        NAMESPACE/NAME.
    revision : str, optional
        A tag, branch or commit; the newest version's tag if left out.
    token : str, optional
        For a private repository; the one that the Hub's client is logged in with if left out.

    Yields
    ------
    what : str
        A file, a config and split, or a fresh build of one.
    difference : str or None
        The first difference, or None if there is none.

    Raises
    ------
    ValueError
        If `repo_id` is not allowed.
    ReleaseError
        If there is no such revision, it has no ``checksums.json``, or the Hub cannot be read.
    """
    token = find_token(token)
    with without_token(token):
        hub = HubRepo(check_repo_id(repo_id), token)
        refs = _existing_refs(hub)
        if revision is None:
            released = released_versions(refs.tags)
            if not released:
                raise ReleaseError(f"{repo_id} has no version; give a revision, such as main")
            revision = released[0].tag
        sha = hub.commit_of(revision)
        with tempfile.TemporaryDirectory(prefix="slash-dataset-verify-") as folder:
            published = _downloaded(hub, sha, Path(folder))
            yield from compare_files(published)
            yield from compare_arrays(published)
            yield from _compare_with_build(published, Path(folder) / "build")


def _existing_refs(hub: HubRepo) -> Refs:
    refs = hub.refs()
    if refs is None:
        hint = "" if hub.token else ", or is private; if so, set HF_TOKEN"
        raise ReleaseError(f"{hub.repo_id} does not exist{hint}")
    return refs


def _downloaded(hub: HubRepo, sha: str, folder: Path) -> BuiltFolder:
    """Download every file of a commit, with a fresh cache."""
    tree = hub.tree(sha)
    if CHECKSUMS_NAME not in tree:
        raise ReleaseError(f"{hub.repo_id} at {sha} has no {CHECKSUMS_NAME}: no release made it")
    files = folder / "files"
    for path in tree:
        target = files / path
        target.parent.mkdir(parents=True, exist_ok=True)
        # The client's cache holds links; what they lead to is moved, not copied.
        hub.download(path, sha, folder / "cache").resolve().rename(target)
    return BuiltFolder(files, manifest_of(files), read_checksums(files / CHECKSUMS_NAME))


def _compare_with_build(published: BuiltFolder, folder: Path) -> Iterator[tuple[str, str | None]]:
    """Draw every split anew, write it, read it back, and compare it with what was published."""
    for name, recorded in published.checksums["configs"].items():
        try:
            config = resolve_config(name, **recorded["parameters"])
        except ValueError as error:
            yield f"fresh build of {name}", str(error)
            continue
        for split_name, split in open_splits(config).items():
            found = read_shards(write_shards(split, folder / name)).checksums
            right = recorded["splits"].get(split_name)
            difference = "it was not published" if right is None else difference_of(right, found)
            yield f"fresh build of {name}/{split_name}", difference
