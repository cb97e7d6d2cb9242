"""Dataset repositories: a git store, the large files it may point to, and who may see it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from .accounts import Identity, hidden
from .errors import HubError, entry_not_found, revision_not_found
from .git_rules import INITIAL_ATTRIBUTES
from .git_store import GitStore, TreeItem
from .large_files import POINTER_MAX, LargeFileStore, Pointer

MAIN = "refs/heads/main"


@dataclass(frozen=True)
class Entry:
    """A file or folder of a commit; `size` is that of the file itself, not of its pointer."""

    path: str
    is_folder: bool
    oid: str
    size: int
    pointer: Pointer | None
    pointer_size: int = 0


@dataclass
class DatasetRepo:
    """One dataset. Whoever reads and then writes holds `lock` meanwhile."""

    repo_id: str
    private: bool
    git: GitStore
    large_files: LargeFileStore
    created_at: datetime
    uploaded: set[str] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _pointers: dict[str, Pointer | None] = field(default_factory=dict)

    @property
    def namespace(self) -> str:
        """The user or organisation that owns the repository."""
        return self.repo_id.partition("/")[0]

    def commit_id(self, revision: str) -> str:
        """The full sha of a revision, or 404."""
        sha = self.git.resolve(revision)
        if sha is None:
            raise revision_not_found(revision)
        return sha

    def entries(self, commit: str) -> dict[str, Entry]:
        """Every file and folder of a commit, by path."""
        items = self.git.tree(commit)
        self._learn_pointers(items.values())
        return {path: self._entry(item) for path, item in items.items()}

    def file(self, revision: str, path: str) -> tuple[str, Entry]:
        """The sha of a revision and one file in it, or 404."""
        commit = self.commit_id(revision)
        entry = self.entries(commit).get(path)
        if entry is None or entry.is_folder:
            raise entry_not_found(path, revision, commit)
        return commit, entry

    def read(self, entry: Entry) -> bytes:
        """The bytes of a file."""
        if entry.pointer is not None:
            return self.large_files.path(entry.pointer.oid).read_bytes()
        return self.git.read_blobs([entry.oid])[entry.oid]

    def sha256s(self, commit: str) -> dict[str, tuple[int, str]]:
        """Size and sha256 of every file of a commit, by path."""
        files = [entry for entry in self.entries(commit).values() if not entry.is_folder]
        blobs = self.git.read_blobs(entry.oid for entry in files if entry.pointer is None)
        return {
            entry.path: (
                entry.size,
                entry.pointer.oid
                if entry.pointer
                else hashlib.sha256(blobs[entry.oid]).hexdigest(),
            )
            for entry in files
        }

    def commit(
        self,
        branch: str,
        *,
        files: Mapping[str, bytes | Pointer],
        deleted: Iterable[str] = (),
        message: str,
        author: str,
    ) -> str:
        """Commit to a branch and return its head: the old one if nothing has changed.

        Raises
        ------
        HubError
            412 if the branch moves meanwhile.
        """
        with self.lock:
            ref = f"refs/heads/{branch}"
            parent = self.git.refs(ref).get("")
            contents = {
                path: content.text() if isinstance(content, Pointer) else content
                for path, content in files.items()
            }
            oids = self.git.write_blobs(list(contents.values()))
            changes: dict[str, str | None] = dict.fromkeys(deleted)
            changes.update(zip(contents, oids, strict=True))
            tree = self.git.changed_tree(parent, changes)
            if parent is not None and tree == self.git.tree_oid(parent):
                return parent
            sha = self.git.commit_tree(tree, parent, message, author)
            if not self.git.move_ref(ref, sha, parent):
                raise HubError(412, f"The head of {branch} moved while this commit was made.")
            return sha

    def _learn_pointers(self, items: Iterable[TreeItem]) -> None:
        unknown = []
        for item in items:
            if item.type == "blob" and item.oid not in self._pointers:
                if item.size <= POINTER_MAX:
                    unknown.append(item.oid)
                else:
                    self._pointers[item.oid] = None
        for oid, blob in self.git.read_blobs(unknown).items():
            self._pointers[oid] = Pointer.parse(blob)

    def _entry(self, item: TreeItem) -> Entry:
        if item.type == "tree":
            return Entry(item.path, True, item.oid, 0, None)
        pointer = self._pointers[item.oid]
        if pointer is None:
            return Entry(item.path, False, item.oid, item.size, None)
        return Entry(item.path, False, item.oid, pointer.size, pointer, item.size)


class Repositories:
    """All datasets of the Hub, each a bare git repository below one folder."""

    def __init__(self, root: Path, large_files: LargeFileStore) -> None:
        self._root = root
        self._large_files = large_files
        self._by_id: dict[str, DatasetRepo] = {}
        self._lock = threading.Lock()

    def find(self, repo_id: str) -> DatasetRepo | None:
        """The dataset, for any user; None if there is none."""
        return self._by_id.get(repo_id)

    def visible(self, repo_id: str, identity: Identity | None) -> DatasetRepo:
        """The dataset for somebody who asks, or the Hub's 401 or 404."""
        repo = self.find(repo_id)
        if repo is None:
            raise hidden(identity)
        if repo.private and (identity is None or repo.namespace not in identity.namespaces):
            raise hidden(identity)
        return repo

    def create(self, repo_id: str, *, private: bool) -> DatasetRepo | None:
        """Make a dataset with the Hub's first commit; None if it exists already."""
        with self._lock:
            if repo_id in self._by_id:
                return None
            folder = self._root / f"{repo_id}.git"
            folder.parent.mkdir(exist_ok=True)
            git = GitStore.create(folder)
            now = datetime.now(timezone.utc)
            repo = DatasetRepo(repo_id, private, git, self._large_files, now)
            first = {".gitattributes": INITIAL_ATTRIBUTES.encode()}
            repo.commit("main", files=first, message="initial commit", author="system")
            self._by_id[repo_id] = repo
            return repo
