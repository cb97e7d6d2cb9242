"""Places where a set of files grows, over several runs if need be, until it is complete.

A place is a folder, or a URL that `fsspec` opens, such as ``s3://bucket/slash``. An incomplete
place has a hidden ``.slash-partial``, which says what the place will hold:

- in a folder, finished files wait there, and are moved out exclusively when all exist;
- objects cannot be renamed: each is put directly where it belongs, whole, and only the manifest,
  which is put last, declares them complete.

Each file has a record, written before it, so that a file without a record is not ours.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import secrets
import socket
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, NamedTuple

from ..checks import check_path
from ..destinations import errors_that_name, target_of
from ..foreign import check_regular, parse_json, read_bytes
from ..signals import ended_by_signals, held
from ..stages import LOCK, empty_stage, move_or_say, remove_stage, sweep, take_lock

PARTIAL = ".slash-partial/"
JOB = f"{PARTIAL}job.json"
"""What the place will hold, written before anything else."""

_RECORDS, _NEW = f"{PARTIAL}records/", f"{PARTIAL}new/"
_CHUNK_BYTES = 2**20
# A killed run keeps its lock until the last of its processes has noticed, in seconds.
_LOCK_WAIT = 2.0


class File(NamedTuple):
    """A file's size in bytes, and the MD5 that its storage keeps, if known."""

    size: int
    md5: str | None = None


def is_url(dest: str | os.PathLike[str]) -> bool:
    """Return whether `dest` is a URL of storage other than this machine's folders."""
    return isinstance(dest, str) and "://" in dest and not dest.startswith("file://")


def open_place(dest: str | os.PathLike[str]) -> Place:
    """Return the place that a path or a URL means.

    Raises
    ------
    ValueError
        If the URL's protocol is unknown.
    ImportError
        If the library that opens such URLs is missing; the message names it.

    Examples
    --------
    >>> open_place("s4://bucket/slash")
    Traceback (most recent call last):
    ValueError: dest='s4://bucket/slash' is not allowed: Protocol not known: s4
    """
    if is_url(dest):
        return _UrlPlace(str(dest))
    return _FolderPlace(local_path(dest))


def local_path(dest: str | os.PathLike[str]) -> str:
    """Return a path, or the one that a URL of this machine means."""
    path = os.fspath(dest).removeprefix("file://")
    return path.removeprefix("/") if sys.platform == "win32" and path[2:3] == ":" else path


def check_destination(dest: str | os.PathLike[str]) -> Path:
    """Return the path that `dest` means, or refuse it.

    :mod:`slash_dataset.destinations` refuses files and unwritable places. An export, which can be
    forced, must also not clear a folder that somebody works in.

    Parameters
    ----------
    dest : path-like
        A leading ``~`` is the user's home; a leading ``file://`` is dropped.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ValueError
        If `dest` holds the current folder, the user's home or this package, or is in a home that
        does not exist.

    Examples
    --------
    >>> check_destination(".")
    Traceback (most recent call last):
    ValueError: dest='.' is not allowed: it holds the current folder; give the path of a new folder
    """
    target = Path(os.path.expanduser(local_path(check_path("dest", dest))))
    if target.parts[:1] == ("~",):
        raise ValueError(
            f"dest={str(dest)!r} is not allowed: this user has no home folder; give another path"
        )
    if not target.is_dir():
        return target
    kept = {
        "the current folder": Path.cwd(),
        # A container's user may have no home.
        "your home folder": Path(os.path.expanduser("~")),
        "the package slash_dataset itself": Path(__file__).parent,
    }
    for what, folder in kept.items():
        # The system knows which names are the same: some tell no capitals from small letters.
        places = (folder, *folder.resolve().parents)
        if folder.is_absolute() and folder.is_dir() and any(map(target.samefile, places)):
            raise ValueError(
                f"dest={str(dest)!r} is not allowed: it holds {what}; give the path of a new folder"
            )
    return target


class Place(ABC):
    """A set of files; their names have forward slashes.

    Attributes
    ----------
    dest : str
        What reopens the place, also on another machine.
    waiting : str
        The prefix of finished files' names until all are finished.
    disk : pathlib.Path, optional
        A local folder where files are made while the block of :meth:`working` runs.
    digests : tuple of str
        The kinds of digests in a record: SHA-256, and MD5 for storage that keeps one itself.
    """

    dest: str
    waiting: ClassVar[str]
    disk: Path | None = None
    digests: ClassVar[tuple[str, ...]] = ("sha256",)

    @abstractmethod
    def working(self) -> Any:
        """Keep other runs away while the block runs, where possible, and clean up after it."""

    @abstractmethod
    def files(self) -> dict[str, File]:
        """List all files."""

    @abstractmethod
    def open(self, name: str) -> BinaryIO:
        """Open a file for reading."""

    @abstractmethod
    def write(self, name: str, data: bytes, *, exclusive: bool = False) -> None:
        """Write a small file, which appears whole; FileExistsError if it must be new and is not."""

    @abstractmethod
    def building(self) -> Any:
        """Yield a local path at which to make a file; it is removed with the block."""

    @abstractmethod
    def publish(self, names: Iterable[str], ours: Collection[str]) -> None:
        """Move finished files into place, overwriting only `ours`."""

    @abstractmethod
    def clear(self) -> None:
        """Remove everything that was only needed for the work."""

    @abstractmethod
    def _take(self, path: Path, name: str) -> None:
        """Take a newly made file."""

    @abstractmethod
    def read_all(self, names: Collection[str]) -> dict[str, bytes]:
        """Read small files; skip those that have disappeared."""

    def keep(self, name: str, path: Path, about: Mapping[str, Any]) -> dict[str, Any]:
        """Take a finished file; return its record: what is known `about` it, size and digests."""
        with path.open("rb") as stream:
            digests = _digests(stream, self.digests)
        record = dict(about) | {"bytes": path.stat().st_size} | digests
        self.write(f"{_RECORDS}{name}.json", json.dumps(record).encode())
        self._take(path, self.waiting + name)
        return record

    def records(self, found: Mapping[str, File]) -> dict[str, dict[str, Any]]:
        """Return the records among some files, by the names of the files they describe."""
        names = {name.removeprefix(_RECORDS): name for name in found if name.startswith(_RECORDS)}
        texts = self.read_all(names.values())
        read = {}
        for name, stored in names.items():
            with suppress(
                ValueError, KeyError
            ):  # damaged or gone: of what is there, nothing is known
                read[name.removesuffix(".json")] = parse_json(texts[stored])
        return read

    def sha256(self, name: str) -> str:
        """Return the hexadecimal SHA-256 of a file, read a megabyte at a time."""
        with self.open(name) as stream:
            return _digests(stream, ("sha256",))["sha256"]


def _digests(stream: BinaryIO, kinds: Iterable[str]) -> dict[str, str]:
    """Return hexadecimal digests of each kind, from one reading."""
    running = {kind: hashlib.new(kind, usedforsecurity=False) for kind in kinds}
    while chunk := stream.read(_CHUNK_BYTES):
        for digest in running.values():
            digest.update(chunk)
    return {kind: digest.hexdigest() for kind, digest in running.items()}


class _FolderPlace(Place):
    waiting = _NEW

    def __init__(self, dest: str) -> None:
        self._given = dest
        self._root = Path(os.path.realpath(os.path.expanduser(dest)))
        self.dest = str(self._root)
        self.disk: Path = self._root / PARTIAL

    @contextmanager
    def working(self) -> Iterator[None]:
        if target_of(self._given).is_file():
            raise NotADirectoryError(f"dest={self._given!r} is a file; give a new or empty folder")
        with errors_that_name(self._given, self._what_is_kept), ended_by_signals(), held():
            made = [p for p in (self._root, *self._root.parents) if not p.exists()]
            sweep(self._root)
            lock = self._lock()
            try:
                for path in self.disk.glob("tmp-*"):
                    path.unlink()
                with held(False):
                    yield
            except BaseException:
                found = self.files()
                moved = JOB in found and any(not name.startswith(PARTIAL) for name in found)
                if not moved and not any(name.startswith(_NEW) for name in found):
                    self.clear()
                    for folder in made:
                        with suppress(OSError):
                            folder.rmdir()
                raise
            finally:
                os.close(lock)
                if sys.platform == "win32":  # where an open file cannot be removed
                    remove_stage(self.disk)

    def _what_is_kept(self) -> str:
        if self.disk.exists():
            return "finished shards are kept there, and the same command resumes"
        return "nothing was kept there"

    def _lock(self) -> int:
        path, end = self.disk / LOCK, time.monotonic() + _LOCK_WAIT
        while True:
            with suppress(FileNotFoundError):  # another run has just finished and cleaned up
                path.parent.mkdir(parents=True, exist_ok=True)
                lock = os.open(path, os.O_CREAT | os.O_RDWR)
                try:
                    take_lock(lock, alone=True)
                    if os.fstat(lock).st_ino == path.stat().st_ino:
                        return lock
                except OSError as error:
                    if not isinstance(error, FileNotFoundError) and time.monotonic() > end:
                        os.close(lock)
                        raise BlockingIOError(
                            f"dest={self._given!r} is in use: another run is writing to it"
                        ) from None
                os.close(lock)
            time.sleep(0.05)

    def files(self) -> dict[str, File]:
        found = {}
        for folder, _, names in os.walk(self._root):
            for name in names:
                path = Path(folder, name)
                with suppress(OSError):  # gone meanwhile, a pipe, or a broken link
                    found[path.relative_to(self._root).as_posix()] = File(check_regular(path))
        return found

    def open(self, name: str) -> BinaryIO:
        return (self._root / name).open("rb")

    def read_all(self, names: Collection[str]) -> dict[str, bytes]:
        return {name: read_bytes(self._root / name) for name in names}

    def write(self, name: str, data: bytes, *, exclusive: bool = False) -> None:
        del exclusive  # the lock keeps all others from writing here
        with self.building() as path:
            path.write_bytes(data)
            self._take(path, name)

    @contextmanager
    def building(self) -> Iterator[Path]:
        # No folder is created here: if one is missing, this is not the intended storage.
        path = self.disk / f"tmp-{secrets.token_hex(8)}"
        if not path.parent.is_dir():
            raise FileNotFoundError(
                f"{path.parent} does not exist on host {socket.gethostname()}: dest must be on "
                "storage that all machines share"
            )
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _take(self, path: Path, name: str) -> None:
        _sync(path)
        target = self._root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, target)

    def publish(self, names: Iterable[str], ours: Collection[str]) -> None:
        folders = set()
        for name in names:
            source, target = self._root / _NEW / name, self._root / name
            if not source.exists():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            if name in ours:
                os.replace(source, target)
            else:
                move_or_say(source, target, self._given)
            folders.add(target.parent)
        for folder in folders:
            _sync(folder)

    def clear(self) -> None:
        empty_stage(self.disk)
        # The lock goes last: a run that waits for it must not enter a folder being removed.
        remove_stage(self.disk)


def _sync(path: Path) -> None:
    """Ensure that a file, or the names in a folder, are on the disk."""
    is_folder = path.is_dir()
    if is_folder and sys.platform == "win32":  # where no folder can be opened
        return
    descriptor = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _UrlPlace(Place):
    waiting = ""
    digests = ("sha256", "md5")

    def __init__(self, dest: str) -> None:
        import fsspec

        try:
            self._system, root = fsspec.core.url_to_fs(dest)
        except ValueError as error:
            raise ValueError(f"dest={dest!r} is not allowed: {error}") from None
        self._root = f"{root.rstrip('/')}/"
        self.dest = dest

    def working(self) -> Any:
        return ended_by_signals()

    def files(self) -> dict[str, File]:
        self._system.invalidate_cache()
        try:
            found = self._system.find(self._root, detail=True)
        except FileNotFoundError:
            return {}
        return {  # without the prefix itself, which some storage lists
            path.removeprefix(self._root): File(about["size"], _stored_md5(about))
            for path, about in found.items()
            if path.startswith(self._root) and path != self._root
        }

    def open(self, name: str) -> BinaryIO:
        stream: BinaryIO = self._system.open(self._root + name, "rb")
        return stream

    def read_all(self, names: Collection[str]) -> dict[str, bytes]:
        if not names:
            return {}
        found = self._system.cat([self._root + name for name in names], on_error="omit")
        return {path.removeprefix(self._root): data for path, data in found.items()}

    def write(self, name: str, data: bytes, *, exclusive: bool = False) -> None:
        how = {"mode": "create"} if exclusive else {}
        self._system.pipe_file(self._root + name, data, **how)

    @contextmanager
    def building(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="slash-dataset-") as folder:
            yield Path(folder) / "shard"

    def _take(self, path: Path, name: str) -> None:
        self._system.put_file(str(path), self._root + name)

    def publish(self, names: Iterable[str], ours: Collection[str]) -> None:
        """Do nothing: objects are already in place."""

    def clear(self) -> None:
        with suppress(FileNotFoundError):
            self._system.rm(self._root + PARTIAL.rstrip("/"), recursive=True)


def _stored_md5(about: Mapping[str, Any]) -> str | None:
    """The MD5 in a storage's description of an object: S3's ETag of a single put, or GCS's own."""
    tag = str(about.get("ETag", "")).strip('"')
    if re.fullmatch("[0-9a-f]{32}", tag):
        return tag
    return base64.b64decode(about["md5Hash"]).hex() if about.get("md5Hash") else None
