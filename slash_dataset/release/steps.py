"""The steps of a release that write to the Hub, each sure of its outcome before it returns."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Callable
from pathlib import Path

from .built import BuiltFolder
from .errors import HubError, ReleaseError
from .hub import HubRepo, attempts, pause
from .manifest import FileDigest, manifest_sha256
from .plan import Plan, make_plan
from .preconditions import MADE_BY_A_RELEASE, is_fresh, tell_commits


def make_repository(hub: HubRepo, branch: str, private: bool) -> str:
    """Make what is missing of the repository and its branch, and return the branch's head.

    Raises
    ------
    ReleaseError
        If it cannot be made, or somebody else has put something there meanwhile.
    """
    refs = hub.refs()
    is_new = refs is None
    for wait in attempts():
        try:
            if refs is None:
                hub.create(private)
            elif branch not in refs.branches:
                hub.create_branch(branch, refs.branches["main"])
        except HubError as error:
            # It may stand although no answer came, or because somebody else was faster.
            if error.status != 409 and (wait is None or not error.temporary):
                raise
            pause(wait or 0, error)
        refs = hub.refs()
        if refs is not None and branch in refs.branches:
            break
    else:
        raise ReleaseError(f"{branch} of {hub.repo_id} was made, but the Hub does not show it")
    head = refs.branches[branch]
    if is_new and not is_fresh(hub.tree(head)):
        raise ReleaseError(
            f"somebody else has made {hub.repo_id} since this release began: "
            f"{tell_commits(hub.commits(head))}; look at it and run again"
        )
    if is_new and private and not hub.is_private():
        raise ReleaseError(f"somebody else has made {hub.repo_id} meanwhile, and it is public")
    return head


def commit_folder(hub: HubRepo, branch: str, base: str, plan: Plan, built: BuiltFolder) -> str:
    """Make one commit on top of `base` that turns its files into those of the folder.

    Returns
    -------
    str
        The sha of a head of the branch whose files are those of the folder.

    Raises
    ------
    ReleaseError
        If the branch is not at `base` any more and holds other files, or the Hub refuses.
    """
    description = f"{MADE_BY_A_RELEASE} {manifest_sha256(built.manifest)}"
    for wait in attempts():
        try:
            return hub.commit(
                branch,
                base,
                added={path: built.path / path for path in plan.paths("added", "changed")},
                deleted=plan.paths("removed"),
                title=f"Release {built.version}",
                description=description,
            )
        except HubError as error:
            # Whatever the answer was, or if there was none: only the head tells what happened.
            head = hub.commit_of(branch)
            if head != base:
                if make_plan(built.manifest, hub.tree(head)).is_empty:
                    return head
                raise ReleaseError(_moved(hub, branch, base, head)) from error
            if wait is None or not error.temporary:
                raise ReleaseError(
                    f"{error}. {branch} of {hub.repo_id} is as it was, at {base[:12]}; run again"
                ) from error
            pause(wait, error)
    raise AssertionError("the last attempt returns or raises")


def _moved(hub: HubRepo, branch: str, base: str, head: str) -> str:
    """Say who has moved a branch, and what they changed."""
    commits = []
    for commit in hub.commits(head):
        if commit.sha == base:
            break
        commits.append(commit)
    before, after = hub.tree(base), hub.tree(head)
    changed = sorted(
        path for path in before.keys() | after.keys() if before.get(path) != after.get(path)
    )
    return (
        f"somebody else has moved {branch} of {hub.repo_id} since this release began: "
        f"{tell_commits(commits)}; changed: {', '.join(changed)}. Nothing of this release was "
        "applied; look at it and run again"
    )


def compare_with_hub(
    hub: HubRepo, built: BuiltFolder, sha: str, advance: Callable[[float], object]
) -> None:
    """Compare a commit with the folder from the outside: the listing, then every byte.

    Parameters
    ----------
    hub : HubRepo
    built : BuiltFolder
    sha : str
        The commit.
    advance : callable
        Called with the share of the work that was done since the last call.

    Raises
    ------
    ReleaseError
        If anything differs.
    """
    plan = make_plan(built.manifest, hub.tree(sha))
    if not plan.is_empty:
        wrong = ", ".join(plan.paths("added", "changed", "removed"))
        raise ReleaseError(
            f"commit {sha} of {hub.repo_id} does not hold this release: {wrong}. It was not tagged"
        )
    total = sum(file.size for file in built.manifest.values())
    # A folder of its own, so that nothing comes from a cache.
    try:
        with tempfile.TemporaryDirectory(prefix="slash-dataset-compare-") as folder:
            for path, file in built.manifest.items():
                _compare_file(hub, path, sha, file, Path(folder))
                advance(file.size / total)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise ReleaseError(
            f"no space left in {tempfile.gettempdir()} to download commit {sha} and compare it: it "
            "was not tagged; make space or set TMPDIR, and run again"
        ) from error


def _compare_file(hub: HubRepo, path: str, sha: str, right: FileDigest, folder: Path) -> None:
    found = FileDigest.of(hub.download(path, sha, folder)).sha256
    if found != right.sha256:
        raise ReleaseError(
            f"{path} of {hub.repo_id} at {sha} downloads with SHA-256 {found}, and {right.sha256} "
            "is right. It was not tagged"
        )


def set_tag(hub: HubRepo, tag: str, sha: str) -> None:
    """Tag a commit, or find that exactly this tag stands.

    Raises
    ------
    ReleaseError
        If the tag stands elsewhere, or cannot be made.
    """
    for wait in attempts():
        failed: HubError | None = None
        try:
            hub.create_tag(tag, sha, f"Slash dataset {tag.removeprefix('v')}")
        except HubError as error:
            failed = error
        refs = hub.refs()
        if refs is not None and tag in refs.tags:
            target = hub.commit_of(tag)
            if target == sha:
                return
            raise ReleaseError(
                f"somebody else has set {tag} of {hub.repo_id} at {target[:12]}, and this release "
                f"is {sha[:12]}; a tag never moves"
            )
        if failed is None:
            failed = HubError(f"tagging {hub.repo_id} as {tag}", None, "it is not there afterwards")
        if wait is None or not failed.temporary:
            raise ReleaseError(
                f"{failed}. Commit {sha} of {hub.repo_id} is complete and compared, but not "
                "tagged; run again"
            ) from failed
        pause(wait, failed)
