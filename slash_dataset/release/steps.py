"""The steps of a release that write to the Hub, each sure of its outcome before it returns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..destinations import scratch_folder
from .checks import is_fresh, tell_commits
from .errors import NO_ANSWER, HubError, LocalError, ReleaseError
from .hub import HubRepo, Refs, RemoteCommit
from .manifest import BuiltFolder, FileDigest, manifest_sha256
from .plan import Plan, make_plan
from .retries import retried

_LONGEST_HISTORY = 20
# For people who read the history: nothing is ever recognised by it.
_MANIFEST_LINE = "Manifest-SHA256:"


def make_repository(hub: HubRepo, branch: str, private: bool) -> str:
    """Make what is missing of the repository and its branch, and return the branch's head.

    Raises
    ------
    ReleaseError
        If it cannot be made, or somebody else has put something there meanwhile.
    """
    is_new = hub.refs() is None

    def attempt() -> Refs:
        failed: HubError | None = None
        try:
            refs = hub.refs()
            if refs is None:
                hub.create(private)
                refs = hub.refs()
            if refs is not None and branch not in refs.branches:
                hub.create_branch(branch, refs.base_of(branch))
        except HubError as error:
            failed = error
        # Whatever the answer was, it may be there: no answer came, or somebody else was faster.
        refs = hub.refs()
        if refs is not None and branch in refs.branches:
            return refs
        if refs is None and failed is not None and failed.status == 409:
            raise ReleaseError(
                f"{hub.repo_id} exists, but this token cannot see it: use a token with the scopes "
                "repo.content.read and repo.write for it. Nothing was changed"
            )
        doing = f"making {branch} of {hub.repo_id}"
        raise failed or HubError(doing, NO_ANSWER, "it is not there afterwards")

    head = retried(attempt, hub.wait).branches[branch]
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
        The sha of a commit whose files are those of the folder: the branch's head, unless somebody
        has committed on top of it before the Hub's answer was read.

    Raises
    ------
    ReleaseError
        If the branch is not at `base` any more and holds other files, or the Hub refuses.
    """

    def attempt() -> str:
        try:
            return hub.commit(
                branch,
                base,
                added={path: built.path / path for path in plan.paths("added", "changed")},
                deleted=plan.paths("removed"),
                title=f"Release {built.version}",
                description=f"{_MANIFEST_LINE} {manifest_sha256(built.manifest)}",
            )
        except (HubError, LocalError) as error:
            # Whatever the answer was, or if there was none: only the head tells what happened.
            head = _head_after(hub, branch, error)
            if head == base:
                raise
            return _applied(hub, branch, base, head, built, error)

    try:
        return retried(attempt, hub.wait)
    except (HubError, LocalError) as error:
        raise ReleaseError(
            f"{error}. {branch} of {hub.repo_id} is as it was, at {base[:12]}; run again"
        ) from error


def _head_after(hub: HubRepo, branch: str, error: ReleaseError) -> str:
    try:
        return hub.commit_of(branch)
    except (HubError, LocalError) as unread:
        raise ReleaseError(
            f"{error}. Whether the commit was applied is not known, since {unread}. Run again: "
            "that finishes it, or makes it"
        ) from error


def _applied(
    hub: HubRepo, branch: str, base: str, head: str, built: BuiltFolder, error: ReleaseError
) -> str:
    """Return the commit since `base` that holds the folder, or say who has moved the branch."""
    since: list[RemoteCommit] = []
    for commit in hub.commits(head):
        if commit.sha == base:
            break
        since.append(commit)
    for number, commit in enumerate(since[:_LONGEST_HISTORY]):
        if make_plan(built.manifest, hub.tree(commit.sha)).is_empty:
            if number:
                hub.say(
                    f"The commit of this release was applied as {commit.sha[:12]}, and {branch} "
                    f"has moved on since: {tell_commits(since[:number])}"
                )
            return commit.sha
    before, after = hub.tree(base), hub.tree(head)
    changed = sorted(
        path for path in before.keys() | after.keys() if before.get(path) != after.get(path)
    )
    raise ReleaseError(
        f"somebody else has moved {branch} of {hub.repo_id} since this release began: "
        f"{tell_commits(since)}; changed: {', '.join(changed) or 'nothing'}. None of these commits "
        "is that of this release; look at it and run again"
    ) from error


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
    try:
        # A folder of its own, so that nothing comes from a cache.
        with scratch_folder() as folder:
            for path, file in built.manifest.items():
                _compare_file(hub, path, sha, file, folder)
                advance(file.size / total)
    except (HubError, LocalError) as error:
        raise ReleaseError(
            f"{error}. Commit {sha} of {hub.repo_id} is complete but not compared, and was not "
            "tagged; run again"
        ) from error


def _compare_file(hub: HubRepo, path: str, sha: str, right: FileDigest, folder: Path) -> None:
    found = FileDigest.of(hub.download(path, sha, folder)).sha256
    if found != right.sha256:
        raise ReleaseError(
            f"{path} of {hub.repo_id} at {sha} downloads with SHA-256 {found}, and {right.sha256} "
            "is right. It was not tagged"
        )


def set_tag(hub: HubRepo, tag: str, sha: str) -> None:
    """Tag a commit, or find that exactly this tag is there.

    Raises
    ------
    ReleaseError
        If the tag is at another commit, or cannot be made.
    """

    def attempt() -> None:
        failed: HubError | None = None
        try:
            hub.create_tag(tag, sha, f"Slash dataset {tag.removeprefix('v')}")
        except HubError as error:
            failed = error
        refs = hub.refs()
        if refs is None or tag not in refs.tags:
            doing = f"tagging {hub.repo_id} as {tag}"
            raise failed or HubError(doing, NO_ANSWER, "it is not there afterwards")
        target = hub.commit_of(tag)
        if target != sha:
            raise ReleaseError(
                f"somebody else has set {tag} of {hub.repo_id} at {target[:12]}, and this release "
                f"is {sha[:12]}; a tag never moves"
            )

    try:
        retried(attempt, hub.wait)
    except HubError as error:
        raise ReleaseError(
            f"{error}. Commit {sha} of {hub.repo_id} is complete and compared, but not tagged; run "
            "again"
        ) from error
