"""A bare git repository, driven by git's own plumbing: its object ids are the Hub's."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

_FULL_SHA = re.compile(r"[0-9a-f]{40}")
_SHORT_SHA = re.compile(r"[0-9a-f]{7,39}")
_NO_OBJECT = "0" * 40
# Nothing of the machine's own git settings may change an object id or stop a commit.
_BASE_ENV = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "LC_ALL": "C",
    "TZ": "UTC",
}


class GitError(RuntimeError):
    """A git command that failed, with what it said."""


@dataclass(frozen=True)
class TreeItem:
    """One line of ``git ls-tree``: a blob or a tree, with the size of the blob in bytes."""

    path: str
    type: str
    oid: str
    size: int


@dataclass(frozen=True)
class Commit:
    """One commit: its sha, author, date (UTC), the first line of its message and the rest."""

    sha: str
    author: str
    date: datetime
    title: str
    message: str
    parents: tuple[str, ...]


class GitStore:
    """One bare repository.

    Parameters
    ----------
    path : Path
        The folder of the repository; ``GitStore.create`` makes it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._trees: dict[str, dict[str, TreeItem]] = {}

    @classmethod
    def create(cls, path: Path) -> GitStore:
        """Make an empty bare repository whose default branch is main."""
        command = ["git", "init", "--quiet", "--bare", "--initial-branch=main", "--template="]
        subprocess.run([*command, str(path)], check=True, env=_BASE_ENV)
        return cls(path)

    def git(
        self,
        *arguments: str,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        accept: Sequence[int] = (0,),
    ) -> bytes:
        """Run one git command in this repository and return what it writes.

        Raises
        ------
        GitError
            The command ends with a status that is not in `accept`.
        """
        done = subprocess.run(
            ["git", f"--git-dir={self.path}", *arguments],
            input=stdin,
            capture_output=True,
            env={**_BASE_ENV, **(env or {})},
        )
        if done.returncode not in accept:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise GitError(f"git {' '.join(arguments)} ended with {done.returncode}: {said}")
        return done.stdout

    # -- revisions and refs ---------------------------------------------------------------------

    def resolve(self, revision: str) -> str | None:
        """The full sha of a branch, a tag, a full ref name or a (short) commit id; None if none."""
        candidates = [f"refs/heads/{revision}", f"refs/tags/{revision}"]
        if revision.startswith("refs/"):
            candidates.append(revision)
        for ref in candidates:
            # Only plain ref names: git's own revision syntax (main~1, @{1}) is not the Hub's.
            if self.is_ref_name(ref) and (sha := self._commit_id(ref)) is not None:
                return sha
        if _FULL_SHA.fullmatch(revision) or _SHORT_SHA.fullmatch(revision):
            return self._commit_id(revision)
        return None

    def _commit_id(self, name: str) -> str | None:
        found = self.git(
            "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", accept=(0, 1, 128)
        )
        return found.decode().strip() or None

    def is_ref_name(self, ref: str) -> bool:
        """Whether git accepts a full ref name."""
        if not ref.startswith("refs/") or "\0" in ref:
            return False
        done = subprocess.run(["git", "check-ref-format", ref], capture_output=True, env=_BASE_ENV)
        return done.returncode == 0

    def refs(self, prefix: str) -> dict[str, str]:
        """Names below a prefix (``refs/heads/``) and the commit that each points to."""
        lines = self.git(
            "for-each-ref", "--format=%(refname) %(objectname) %(*objectname)", prefix
        ).decode()
        found = {}
        for line in lines.splitlines():
            name, direct, peeled = line.split(" ")
            found[name.removeprefix(prefix)] = peeled or direct
        return found

    def move_ref(self, ref: str, new: str, old: str | None) -> bool:
        """Point a ref to an object if it still points to `old`, None if new; whether it did."""
        try:
            self.git("update-ref", ref, new, old if old is not None else _NO_OBJECT)
        except GitError:
            if self.refs(ref).get("") == old:
                raise
            return False
        return True

    def force_ref(self, ref: str, new: str) -> None:
        """Point a ref to an object, whatever it pointed to."""
        self.git("update-ref", ref, new)

    def delete_ref(self, ref: str) -> None:
        """Delete a ref that exists."""
        self.git("update-ref", "-d", ref)

    def tag_object(self, name: str, commit: str, message: str, author: str) -> str:
        """Write an annotated tag and return its object id."""
        tagger = f"{author} <{_email(author)}> {int(_now().timestamp())} +0000"
        text = f"object {commit}\ntype commit\ntag {name}\ntagger {tagger}\n\n{message}\n"
        return self.git("mktag", stdin=text.encode()).decode().strip()

    # -- objects --------------------------------------------------------------------------------

    def write_blobs(self, contents: Sequence[bytes]) -> list[str]:
        """Write blobs in one git process and return their ids in order."""
        if not contents:
            return []
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for number, content in enumerate(contents):
                path = Path(folder, str(number))
                path.write_bytes(content)
                paths.append(str(path))
            listed = "\n".join(paths).encode()
            written = self.git("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=listed)
        return written.decode().split()

    def read_blobs(self, oids: Iterable[str]) -> dict[str, bytes]:
        """The contents of blobs, read in one git process."""
        wanted = list(dict.fromkeys(oids))
        if not wanted:
            return {}
        raw = self.git("cat-file", "--batch", stdin="\n".join(wanted).encode())
        contents, position = {}, 0
        for oid in wanted:
            header_end = raw.index(b"\n", position)
            header = raw[position:header_end].decode().split(" ")
            if header[1:2] != ["blob"]:
                raise GitError(f"{oid} is not a blob: {' '.join(header)}")
            size = int(header[2])
            contents[oid] = raw[header_end + 1 : header_end + 1 + size]
            position = header_end + 1 + size + 1
        return contents

    def tree(self, commit: str) -> dict[str, TreeItem]:
        """Every file and folder of a commit, by path, in git's order."""
        if commit not in self._trees:
            raw = self.git("ls-tree", "-r", "-t", "-z", "-l", "--full-tree", commit)
            items = {}
            for line in raw.split(b"\0")[:-1]:
                head, _, path = line.partition(b"\t")
                _mode, kind, oid, size = head.decode().split()
                name = path.decode()
                items[name] = TreeItem(name, kind, oid, 0 if size == "-" else int(size))
            self._trees[commit] = items  # a commit never changes, so neither does this
        return self._trees[commit]

    def tree_oid(self, commit: str) -> str:
        """The object id of a commit's tree."""
        return self.git("rev-parse", "--verify", f"{commit}^{{tree}}").decode().strip()

    @contextmanager
    def index(self, commit: str | None) -> Iterator[dict[str, str]]:
        """The environment of a temporary index, filled with the tree of a commit."""
        with tempfile.TemporaryDirectory() as folder:
            env = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
            if commit is not None:
                self.git("read-tree", commit, env=env)
            yield env

    def changed_tree(self, parent: str | None, changes: Mapping[str, str | None]) -> str:
        """The tree of a commit after changes: path to blob id, or None for a deleted path."""
        lines = []
        for path, oid in changes.items():
            mode = "0" if oid is None else "100644"
            lines.append(f"{mode} {oid or _NO_OBJECT}\t{path}\0".encode())
        with self.index(parent) as env:
            self.git("update-index", "-z", "--index-info", stdin=b"".join(lines), env=env)
            return self.git("write-tree", env=env).decode().strip()

    def commit_tree(self, tree: str, parent: str | None, message: str, author: str) -> str:
        """Write a commit and return its sha; no ref moves."""
        stamp = f"{int(_now().timestamp())} +0000"
        env = {}
        for role in ("AUTHOR", "COMMITTER"):
            env[f"GIT_{role}_NAME"] = author
            env[f"GIT_{role}_EMAIL"] = _email(author)
            env[f"GIT_{role}_DATE"] = stamp
        parents = ["-p", parent] if parent is not None else []
        written = self.git("commit-tree", tree, *parents, stdin=message.encode(), env=env)
        return written.decode().strip()

    # -- history --------------------------------------------------------------------------------

    def log(self, commit: str) -> list[Commit]:
        """The commits that lead to one, newest first."""
        fields = "%H%x00%an%x00%ct%x00%P%x00%s%x00%b%x00%x01"
        raw = self.git("log", "--topo-order", f"--format={fields}", commit).decode()
        commits = []
        for record in raw.split("\x01")[:-1]:
            sha, author, seconds, parents, title, message, _ = record.lstrip("\n").split("\0")
            date = datetime.fromtimestamp(int(seconds), timezone.utc)
            ids = tuple(parents.split())
            commits.append(Commit(sha, author, date, title, message.strip("\n"), ids))
        return commits

    def last_commits(self, commit: str) -> dict[str, Commit]:
        """For every path of a commit, files and folders, the newest commit that changed it."""
        by_sha = {one.sha: one for one in self.log(commit)}
        raw = self.git(
            "log", "--topo-order", "--root", "-z", "-t", "--name-only", "--format=%x01%H", commit
        )
        found: dict[str, Commit] = {}
        for record in raw.decode().split("\x01")[1:]:
            sha, *paths = [part.strip("\n") for part in record.split("\0")]
            for path in filter(None, paths):
                found.setdefault(path, by_sha[sha])
        return found


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _email(author: str) -> str:
    return f"{author.replace(' ', '-')}@users.noreply.hub.invalid"
