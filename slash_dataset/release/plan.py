"""What a release changes on the Hub: which files come, change, go and stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .hub import RemoteFile
from .manifest import FileDigest, Manifest

_ORDER = ("added", "changed", "removed", "unchanged")


@dataclass(frozen=True)
class Change:
    """One path: its kind, and its size in bytes before and after (None: not there)."""

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
    def is_empty(self) -> bool:
        """Whether the Hub holds exactly the folder's files."""
        return not self.paths("added", "changed", "removed")

    @property
    def upload_bytes(self) -> int:
        """The size of all files that are new or changed."""
        return sum(c.after or 0 for c in self.changes if c.kind in ("added", "changed"))

    def table(self) -> str:
        """Return the plan as a table with a line for each path, and a last line that sums up."""
        lines = [("", "path", "before", "after")]
        lines += [(c.kind, c.path, size_text(c.before), size_text(c.after)) for c in self.changes]
        widths = [max(len(line[column]) for line in lines) for column in range(4)]
        text = [
            f"{kind:<{widths[0]}}  {path:<{widths[1]}}  {before:>{widths[2]}}  {after:>{widths[3]}}"
            for kind, path, before, after in lines
        ]
        counts = [f"{len(self.paths(kind))} {kind}" for kind in _ORDER]
        return "\n".join([*text, f"{', '.join(counts)}; {size_text(self.upload_bytes)} to upload"])


def make_plan(manifest: Manifest, tree: Mapping[str, RemoteFile]) -> Plan:
    """Compare a folder with what stands on the Hub.

    Examples
    --------
    >>> plan = make_plan({"a": FileDigest(1, "s", "b")}, {"z": RemoteFile(2, "b", None)})
    >>> print(plan.table())
             path  before  after
    added    a             1 B
    removed  z     2 B
    1 added, 0 changed, 1 removed, 0 unchanged; 1 B to upload
    """
    changes = []
    for path in sorted(manifest.keys() | tree.keys()):
        here, there = manifest.get(path), tree.get(path)
        if there is None:
            kind = "added"
        elif here is None:
            kind = "removed"
        else:
            kind = "unchanged" if is_same(here, there) else "changed"
        before = None if there is None else there.size
        changes.append(Change(kind, path, before, None if here is None else here.size))
    return Plan(tuple(sorted(changes, key=lambda change: _ORDER.index(change.kind))))


def is_same(here: FileDigest, there: RemoteFile) -> bool:
    """Say whether a file and one on the Hub have the same bytes."""
    if here.size != there.size:
        return False
    if there.sha256 is not None:
        return here.sha256 == there.sha256
    return here.blob_id == there.blob_id


def size_text(size: int | None) -> str:
    """Return a size for people, such as "1.5 MB"; nothing for None.

    Examples
    --------
    >>> size_text(999), size_text(1_530_000)
    ('999 B', '1.5 MB')
    """
    if size is None:
        return ""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1e3:.1f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"
