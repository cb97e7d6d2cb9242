"""What has been published: the versions on the Hub, and whether they are what they claim to be.

The last proof of a release is here too: it loads the release in another process with nothing
cached, and that process runs this module.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from ..about import DRAW_VERSION
from ..checks import check_kind
from ..checksums import checksum_of_batches
from ..configs import Config, resolve_config
from ..destinations import scratch_folder
from ..export._parquet import write_split
from ..splits import open_splits
from ..stages import join_stage
from .checks import released_versions
from .errors import NO_ANSWER, HubError, Meaning, ReleaseError, hub_error
from .hub import HubRepo, Refs, RemoteFile, bounded_answers, connected
from .manifest import (
    CHECKSUMS_NAME,
    BuiltFolder,
    Manifest,
    compare_arrays,
    compare_files,
    data_sha256,
    difference_of,
    manifest_of,
    read_checksums,
    read_shards,
)
from .plan import published_checksums
from .progress import LONGEST_ATTEMPT, Report, Steps

_FOREIGN_SETTINGS = {
    *("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_XET_CACHE", "HF_ASSETS_CACHE"),
    *("HF_DATASETS_CACHE", "HF_MODULES_CACHE", "HF_DATASETS_OFFLINE"),
}


@dataclass(frozen=True)
class PublishedVersion:
    """A version on the Hub.

    Attributes
    ----------
    tag, sha : str
        The tag, and the commit that it points to.
    date : datetime
        Of that commit.
    data_sha256 : str or None
        One SHA-256 for all pixels and labels; None if the version has no ``checksums.json``.
    checksums : dict or None
        The content of ``checksums.json``.
    """

    tag: str
    sha: str
    date: datetime
    data_sha256: str | None
    checksums: dict[str, Any] | None


def published_versions(
    repo_id: str, *, token: str | None = None, report: Report = lambda text: None
) -> list[PublishedVersion]:
    """List the versions of a dataset on the Hub, newest first.

    Parameters
    ----------
    repo_id : str
        NAMESPACE/NAME.
    token : str, optional
        For a private repository; by default, the one the Hub's client is logged in with.
    report : callable
        Called with text for people: what is waited for.

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
    found = []
    with connected(repo_id, token, Steps(report=report)) as hub:
        for version in released_versions(_existing_refs(hub).tags):
            sha = hub.commit_of(version.tag)
            checksums = published_checksums(hub, sha)
            digest = None if checksums is None else data_sha256(checksums)
            date = hub.commits(sha)[0].date
            found.append(PublishedVersion(version.tag, sha, date, digest, checksums))
    return found


def verify_published(
    repo_id: str,
    revision: str | None = None,
    *,
    token: str | None = None,
    report: Report = lambda text: None,
) -> Iterator[tuple[str, str | None]]:
    """Compare a published version with its own checksums and with a fresh local build.

    A config is built again where it must come out the same: the original always, and a drawn config
    if this package has the draw version that made it and knows all of its parameters.

    Parameters
    ----------
    repo_id : str
        NAMESPACE/NAME.
    revision : str, optional
        A tag, branch or commit; by default, the newest version's tag.
    token : str, optional
        For a private repository; by default, the one the Hub's client is logged in with.
    report : callable
        Called with text for people: what is waited for, what is not built again, and why.

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
    is_text = revision is None or isinstance(revision, str)
    check_kind("revision", revision, "a tag, branch or commit", is_text)
    with connected(repo_id, token, Steps(report=report)) as hub:
        refs = _existing_refs(hub)
        if revision is None:
            released = released_versions(refs.tags)
            if not released:
                raise ReleaseError(f"{repo_id} has no version; give a revision, such as main")
            revision = released[0].tag
        sha = hub.commit_of(revision)
        tree = hub.tree(sha)
        if CHECKSUMS_NAME not in tree:
            raise ReleaseError(f"{repo_id} at {sha} has no {CHECKSUMS_NAME}: it is not a release")
        with scratch_folder() as folder:
            files = folder / "files"
            manifest = download_commit(hub, sha, tree, files)
            published = BuiltFolder(files, manifest, read_checksums(files / CHECKSUMS_NAME))
            yield from compare_files(published)
            yield from compare_arrays(published)
            yield from _compare_with_build(published, folder / "build", report)


def _existing_refs(hub: HubRepo) -> Refs:
    hub.steps.say_longest_wait()
    refs = hub.refs()
    if refs is None:
        hint = "" if hub.token else ", or is private; if so, set HF_TOKEN"
        raise ReleaseError(f"{hub.repo_id} does not exist{hint}")
    return refs


def download_commit(
    hub: HubRepo,
    sha: str,
    tree: Mapping[str, RemoteFile],
    folder: Path,
    advance: Callable[[float], object] = lambda share: None,
) -> Manifest:
    """Download every file of a commit into a new folder, bypassing all caches, and digest it.

    Parameters
    ----------
    hub : HubRepo
    sha : str
        The commit.
    tree : mapping of str to RemoteFile
        Its files.
    folder : pathlib.Path
        A folder to create, with room beside it for the client's own files.
    advance : callable
        Called with the share of the work done since the last call.

    Raises
    ------
    ReleaseError
        If a listed path leads out of the folder; nothing is downloaded then.
    """
    for path in tree:
        if not Path(os.path.abspath(folder / path)).is_relative_to(os.path.abspath(folder)):
            raise ReleaseError(f"the Hub lists {path!r}, which leads out of its folder")
    total = sum(file.size for file in tree.values())
    for path, file in tree.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        # The client's cache holds links; their targets are moved, not copied.
        hub.download(path, sha, folder.with_name("cache")).resolve().rename(target)
        advance(file.size / max(1, total))
    return manifest_of(folder)


def _compare_with_build(
    published: BuiltFolder, folder: Path, report: Report
) -> Iterator[tuple[str, str | None]]:
    """Draw splits again, write them, read them back, and compare them with what was published."""
    made_by = published.checksums.get("draw_version")
    for name, recorded in published.checksums["configs"].items():
        try:
            config = resolve_config(name, **recorded["parameters"])
        except (ValueError, TypeError) as error:
            report(f"{name} is not built again, because this package cannot make it: {error}")
            continue
        if not _must_be_equal(config, recorded["parameters"], made_by):
            report(
                f"{name} is not built again: it was made by draw version {made_by}, but this "
                f"package has {DRAW_VERSION}; files and arrays are checked against their own "
                "checksums"
            )
            continue
        for split_name, split in open_splits(config).items():
            found = read_shards(write_split(split, folder / name)).checksums
            right = recorded["splits"].get(split_name)
            difference = "it was not published" if right is None else difference_of(right, found)
            yield f"fresh build of {name}/{split_name}", difference


def _must_be_equal(config: Config, recorded: Mapping[str, Any], made_by: Any) -> bool:
    """Return whether this package must make exactly what was published from recorded parameters.

    A parameter missing from the record is newer than it, and its value at the time is unknown.
    """
    return not config.parameters or (
        made_by == DRAW_VERSION and config.parameters.keys() <= recorded.keys()
    )


def prove_loadable(hub: HubRepo, revision: str, checksums: Mapping[str, Any]) -> None:
    """Load every config with ``load_dataset(repo, name, revision=revision)`` and compare.

    Parameters
    ----------
    hub : HubRepo
    revision : str
        A tag.
    checksums : mapping
        The content of the version's ``checksums.json``.

    Raises
    ------
    ReleaseError
        If a config cannot be loaded, or has other features, rows, pixels or labels, or another
        version.
    """
    parameters = {name: config["parameters"] for name, config in checksums["configs"].items()}
    request = {"repo_id": hub.repo_id, "revision": revision, "configs": parameters}
    for name, found in hub.steps.retried(lambda: _loaded(hub, request)).items():
        _compare(name, found, checksums)


def _loaded(hub: HubRepo, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return another process's report on every config that it loaded."""
    doing = f"load_dataset({hub.repo_id!r}, revision={request['revision']!r})"
    try:
        done = _run(hub, request)
    except subprocess.TimeoutExpired as error:
        raise HubError(doing, NO_ANSWER, f"not done after {LONGEST_ATTEMPT:.0f} s") from error
    if done.returncode != 0:
        why = done.stderr.strip().splitlines()[-1:] or ["it ended without a message"]
        raise ReleaseError(f"{doing}: {why[0]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    if "error" in answer:
        raise HubError(
            doing, Meaning(answer["error"], temporary=answer["temporary"]), wait=answer["wait"]
        )
    return dict(answer["configs"])


def _compare(name: str, found: Mapping[str, Any], checksums: Mapping[str, Any]) -> None:
    right = checksums["configs"][name]["splits"]
    differences = {
        "features": _unequal(found["features"], found["expected_features"]),
        "version": _unequal(found["version"], checksums["version"]),
        "splits": _unequal(sorted(found["splits"]), sorted(right)),
        **{
            split: difference_of(found["splits"][split], right[split])
            for split in right.keys() & found["splits"].keys()
        },
    }
    for what, difference in differences.items():
        if difference is not None:
            raise ReleaseError(f"load_dataset gives another {name} ({what}): {difference}")


def _unequal(found: Any, right: Any) -> str | None:
    return None if found == right else f"{found}, not {right}"


def _run(hub: HubRepo, request: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
    package = Path(__file__).resolve().parents[2]
    with scratch_folder() as home:
        settings = {k: v for k, v in os.environ.items() if k not in _FOREIGN_SETTINGS}
        settings |= {
            "HF_HOME": str(home),
            "HF_ENDPOINT": hub.endpoint,
            # The token is only passed in the environment: not in arguments, not in files.
            "HF_TOKEN": hub.token or "",
            "HF_TOKEN_PATH": os.path.join(home, "token"),
            "HF_HUB_OFFLINE": "0",
            # If it fails, its last line is its error.
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_UPDATE_DOWNLOAD_COUNTS": "0",
            "PYTHONPATH": os.pathsep.join(
                [str(package), *filter(None, [os.environ.get("PYTHONPATH")])]
            ),
        }
        return subprocess.run(
            [sys.executable, "-m", "slash_dataset.release.verify", str(os.getpid())],
            input=json.dumps(request),
            cwd=home,
            env=settings,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_ATTEMPT,
        )


def _load(repo_id: str, revision: str, name: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Load a config with ``load_dataset``; return features, version and checksums."""
    import datasets

    from ..tables import features_of

    config = resolve_config(name, **parameters)
    dataset = datasets.load_dataset(repo_id, name, revision=revision)
    first = next(iter(dataset.values()))
    splits = {}
    for split, rows in dataset.items():
        batches = (
            (
                np.stack([np.asarray(image, config.dtype) for image in batch["image"]]),
                batch["label"],
            )
            for batch in rows.with_format(None).iter(1000)
        )
        splits[split] = checksum_of_batches(batches)
    return {
        "features": str(first.features),
        "expected_features": str(features_of(config, config.default_encoding)),
        "version": str(first.info.version),
        "splits": splits,
    }


def _main() -> None:
    """Answer one request: what was loaded, or what went wrong and whether it may be temporary."""
    parent = int(sys.argv[1])  # not getppid(): the parent may already be dead
    join_stage(Path.cwd().parent)  # so that nobody removes what this process still writes to
    if sys.platform != "win32":  # where the parent may be a launcher of virtual environments
        if os.getppid() != parent:
            return
        threading.Thread(target=_end_with_parent, args=(parent,), daemon=True).start()
    request = json.load(sys.stdin)
    try:
        with bounded_answers():
            answer: dict[str, Any] = {
                "configs": {
                    name: _load(request["repo_id"], request["revision"], name, parameters)
                    for name, parameters in request["configs"].items()
                }
            }
    except Exception as error:
        meant = hub_error(f"loading {request['repo_id']}", error, "repo.content.read")
        said = traceback.format_exception_only(type(error), error)[-1].strip()
        answer = {"error": str(meant or said), "temporary": False, "wait": 0.0}
        if meant is not None:
            answer |= {"temporary": meant.temporary, "wait": meant.wait}
    json.dump(answer, sys.stdout)


def _end_with_parent(parent: int) -> None:
    """End when the release that started this is killed, because nobody waits for the answer."""
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)


if __name__ == "__main__":
    _main()
