"""What a release changes on the Hub: which files, whose work they replace, and the commit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from ..destinations import scratch_folder, size_text
from .checks import check_step, data_change, released_versions
from .errors import HubError, ReleaseError
from .hub import HubRepo, Refs, RemoteCommit, RemoteFile
from .manifest import (
    CHECKSUMS_NAME,
    BuiltFolder,
    FileDigest,
    Manifest,
    compare_files,
    manifest_sha256,
    read_checksums,
)

_ORDER = ("added", "changed", "removed", "unchanged")
# The files of a repository that its owner has just created on the Hub's site.
_FRESH = {".gitattributes", "README.md"}
_LONGEST_HISTORY = 20


@dataclass(frozen=True)
class Change:
    """One path: its kind, and its size in bytes before and after (None: missing)."""

    kind: str
    path: str
    before: int | None
    after: int | None


@dataclass(frozen=True)
class Plan:
    """All paths of the folder and of the Hub, by kind and path."""

    changes: tuple[Change, ...]

    def paths(self, *kinds: str) -> list[str]:
        """Return the paths of some kinds."""
        return [change.path for change in self.changes if change.kind in kinds]

    @property
    def differing(self) -> list[str]:
        """The paths that differ between the folder and the Hub."""
        return self.paths("added", "changed", "removed")

    @property
    def is_empty(self) -> bool:
        """Whether the Hub holds exactly the folder's files."""
        return not self.differing

    @property
    def upload_bytes(self) -> int:
        """The total size of new and changed files."""
        return sum(c.after or 0 for c in self.changes if c.kind in ("added", "changed"))

    def table(self) -> str:
        """Return the plan as a table with one line per path, and a summary line."""
        lines = [("", "path", "before", "after")]
        for change in self.changes:
            was, will = ("" if n is None else size_text(n) for n in (change.before, change.after))
            lines.append((change.kind, change.path, was, will))
        widths = [max(len(line[column]) for line in lines) for column in range(4)]
        text = [
            f"{kind:<{widths[0]}}  {path:<{widths[1]}}  {before:>{widths[2]}}  {after:>{widths[3]}}"
            for kind, path, before, after in lines
        ]
        counts = [f"{len(self.paths(kind))} {kind}" for kind in _ORDER]
        return "\n".join([*text, f"{', '.join(counts)}; {size_text(self.upload_bytes)} to upload"])


def make_plan(manifest: Manifest, tree: Mapping[str, RemoteFile]) -> Plan:
    """Compare a folder with what is on the Hub.

    Examples
    --------
    >>> plan = make_plan({"a": FileDigest(1, "s", "b")}, {"z": RemoteFile(2, "b", None)})
    >>> print(plan.table())
             path  before  after
    added    a             1 B
    removed  z     2 B
    1 added, 0 changed, 1 removed, 0 unchanged; 1 B to upload
    """
    both = manifest.keys() & tree.keys()
    same = {path for path in both if is_same(manifest[path], tree[path])}
    by_kind = {
        "added": manifest.keys() - tree.keys(),
        "changed": both - same,
        "removed": tree.keys() - manifest.keys(),
        "unchanged": same,
    }
    before = {path: file.size for path, file in tree.items()}
    after = {path: file.size for path, file in manifest.items()}
    return Plan(
        tuple(
            Change(kind, path, before.get(path), after.get(path))
            for kind, paths in by_kind.items()
            for path in sorted(paths)
        )
    )


def is_same(here: FileDigest, there: RemoteFile) -> bool:
    """Return whether a file and one on the Hub have the same bytes."""
    if there.sha256 is None:
        return (here.size, here.blob_id) == (there.size, there.blob_id)
    return (here.size, here.sha256) == (there.size, there.sha256)


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
    """Return the content of ``checksums.json`` at a revision; None if there is no readable one."""
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
    """Return the commits below `head` that neither a release nor the Hub itself made.

    The history is followed back to a version's tag. A head without a tag may be an interrupted
    release; its content, never its message, distinguishes it from other people's work. A repository
    without any release counts as other people's work, unless it is practically empty.
    """
    known = {refs.tags[version.tag] for version in released_versions(refs.tags)}
    history = hub.commits(head)
    foreign = list(takewhile(lambda commit: commit.sha not in known, history))
    if foreign == history and is_fresh(hub.tree(head)):
        return []
    return [] if foreign and is_untagged_release(hub, refs, head) else foreign


def is_untagged_release(hub: HubRepo, refs: Refs, sha: str) -> bool:
    """Return whether a commit holds one whole version, by its ``checksums.json``, without a tag.

    A commit that goes back to a tagged version is somebody's decision, not a release.
    """
    tree = hub.tree(sha)
    recorded = published_checksums(hub, sha) if CHECKSUMS_NAME in tree else None
    if recorded is None or recorded.get("repo_id") != hub.repo_id:
        return False
    tag = f"v{recorded['version']}"
    if tag in refs.tags or not released_versions([tag]):
        return False
    large = {
        path: FileDigest(file.size, file.sha256, file.blob_id)
        for path, file in tree.items()
        if file.sha256 is not None
    }
    with scratch_folder() as folder:
        # The listing has no SHA-256 for small files.
        small = {
            path: FileDigest.of(hub.download(path, sha, folder))
            for path in tree
            if path not in large
        }
    whole = compare_files(BuiltFolder(folder, large | small, recorded))
    return all(difference is None for _, difference in whole)


def is_fresh(tree: Collection[str]) -> bool:
    """Return whether a repository holds no more than one just created on the Hub's site."""
    return _FRESH.issuperset(tree)


def tell_commits(commits: Sequence[RemoteCommit], most: int = 5) -> str:
    """Return a few commits as one line of text."""
    told = "; ".join(str(commit) for commit in commits[:most])
    rest = len(commits) - most
    return told if rest <= 0 else f"{told}; and {rest} more"


def commit_folder(hub: HubRepo, branch: str, base: str, plan: Plan, built: BuiltFolder) -> str:
    """Make one commit on top of `base` that turns its files into those of the folder.

    Returns
    -------
    str
        The sha of a commit with the folder's files: the branch's head, unless somebody committed on
        top of it before the Hub's answer was read.

    Raises
    ------
    ReleaseError
        If the branch is no longer at `base` and holds other files, or the Hub refuses.
    """

    def attempt() -> str:
        try:
            return hub.commit(
                branch,
                base,
                added={path: built.path / path for path in plan.paths("added", "changed")},
                deleted=plan.paths("removed"),
                title=f"Release {built.version}",
                # For people who read the history: it is never used to recognise anything.
                description=f"Manifest-SHA256: {manifest_sha256(built.manifest)}",
            )
        except HubError as error:
            # Whatever the answer was, and even without one: only the head tells what happened.
            head = _head_after(hub, branch, error)
            if head == base:
                raise
            return _applied(hub, branch, base, head, built, error)

    try:
        return hub.steps.retried(attempt)
    except HubError as error:
        raise ReleaseError(
            f"{error}. {branch} of {hub.repo_id} is as it was, at {base[:12]}; run again"
        ) from error


def _head_after(hub: HubRepo, branch: str, error: ReleaseError) -> str:
    try:
        return hub.commit_of(branch)
    except HubError as unread:
        raise ReleaseError(
            f"{error}. Whether the commit was applied is unknown, because {unread}. Run again: "
            "that finishes or makes it"
        ) from error


def _applied(
    hub: HubRepo, branch: str, base: str, head: str, built: BuiltFolder, error: ReleaseError
) -> str:
    """Return the commit since `base` that holds the folder, or say who moved the branch."""
    since = list(takewhile(lambda commit: commit.sha != base, hub.commits(head)))
    for number, commit in enumerate(since[:_LONGEST_HISTORY]):
        if make_plan(built.manifest, hub.tree(commit.sha)).is_empty:
            if number:
                hub.steps.say(
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
        "is this release; look at it and run again"
    ) from error
