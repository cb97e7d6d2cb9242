"""What the Hub's Xet storage holds, kept by the store for one process that hf_xet has built in.

A client that is given ``local://FOLDER`` as the storage's address runs its whole protocol (chunks,
xorbs, shards, checks of integrity) against files in that folder. It locks them, so every token
leads to a folder of its own: an empty one to write to, a copy to read from.
"""

from __future__ import annotations

import itertools
import os
import shutil
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ENTRY = 48
_END = b"\xff" * 32
_HAS_VERIFICATION, _HAS_METADATA = 1 << 31, 1 << 30


@dataclass(frozen=True)
class XetFile:
    """A file in the storage: its SHA-256, the hash that Xet knows it by, size in bytes, folder."""

    sha256: str
    xet_hash: str
    size: int
    folder: Path


class XetStore:
    """All folders of the storage, below one that exists."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._numbers = itertools.count()
        self._read: set[Path] = set()
        self._files: dict[str, XetFile] = {}
        self._lock = threading.Lock()

    def folder_to_write(self) -> Path:
        """An empty folder for one upload."""
        folder = self._root / f"written-{next(self._numbers)}"
        folder.mkdir()
        return folder

    def folder_to_read(self, file: XetFile) -> Path:
        """A copy of the folder that holds a file: its large parts are links."""
        copy = self._root / f"read-{next(self._numbers)}"

        def link_or_copy(source: str, target: str) -> None:
            # Opening the database changes it in place.
            (shutil.copyfile if source.endswith(".redb") else os.link)(source, target)

        shutil.copytree(file.folder, copy, copy_function=link_or_copy)
        return copy

    def find(self, sha256: str) -> XetFile | None:
        """The file with this SHA-256, if it has arrived whole."""
        if sha256 not in self._files:
            self._look()
        return self._files.get(sha256)

    def sha256s(self) -> set[str]:
        """Every file that has arrived whole."""
        self._look()
        return set(self._files)

    def _look(self) -> None:
        with self._lock:
            for shard in self._root.glob("written-*/xet/xorbs/shards/*.mdb"):
                if shard not in self._read:
                    self._read.add(shard)
                    self._files |= {f.sha256: f for f in _files_of(shard)}

    def download(self, file: XetFile, target: Path) -> None:
        """Write the bytes of a file, put together by hf_xet itself."""
        import hf_xet

        group = hf_xet.XetSession().new_file_download_group(
            endpoint=f"local://{self.folder_to_read(file)}",
            token="server",
            token_expiry_unix_secs=int(time.time()) + 3600,
        )
        with group:
            group.start_download_file(hf_xet.XetFileInfo(file.xet_hash, file.size), str(target))

    def damage(self, file: XetFile) -> None:
        """Flip one bit in every block of the folder that holds a file."""
        for block in (file.folder / "xet" / "xorbs" / "xorbs").iterdir():
            if block.suffix != ".tagset":
                content = bytearray(block.read_bytes())
                content[len(content) // 2] ^= 1
                block.chmod(0o600)
                block.write_bytes(content)


def _files_of(shard: Path) -> Iterator[XetFile]:
    """The files that a shard describes (xet-core's MDB format, its section of files)."""
    raw = shard.read_bytes()
    position = _ENTRY
    while (name := raw[position : position + 32]) != _END:
        flags, count = struct.unpack_from("<II", raw, position + 32)
        position += _ENTRY
        size = 0
        for _ in range(count):
            size += struct.unpack_from("<I", raw, position + 36)[0]
            position += _ENTRY
        if flags & _HAS_VERIFICATION:
            position += count * _ENTRY
        if flags & _HAS_METADATA:
            sha256 = _hexadecimal(raw[position : position + 32])
            position += _ENTRY
            yield XetFile(sha256, _hexadecimal(name), size, shard.parents[3])


def _hexadecimal(stored: bytes) -> str:
    """A hash as it is shown: it is stored as four little-endian numbers."""
    return "".join(f"{number:016x}" for number in struct.unpack("<4Q", stored))
