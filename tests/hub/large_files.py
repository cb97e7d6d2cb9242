"""Large files: a content-addressed store on disk, git-LFS pointers, and signed addresses."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from .errors import HubError, malformed
from .xet_store import XetFile, XetStore

SHA256 = re.compile(r"[0-9a-f]{64}")
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\noid sha256:([0-9a-f]{64})\nsize (\d+)\n"
)
POINTER_MAX = 200
"""No git-LFS pointer of this form is longer, in bytes."""


@dataclass(frozen=True)
class Pointer:
    """The pointer to a large file in git: its sha256 and its size in bytes."""

    oid: str
    size: int

    def text(self) -> bytes:
        """The pointer as the blob that git stores."""
        return (
            f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.oid}\nsize {self.size}\n"
        ).encode()

    @staticmethod
    def parse(blob: bytes) -> Pointer | None:
        """The pointer that a blob is, or None for any other blob."""
        match = _POINTER.fullmatch(blob)
        return Pointer(match[1].decode(), int(match[2])) if match else None


class LargeFileStore:
    """Files on disk, each under its own sha256.

    Parameters
    ----------
    root : Path
        An existing folder.
    xet : XetStore
        What has come by way of Xet, and is put together here when it is asked for as a whole.
    """

    def __init__(self, root: Path, xet: XetStore) -> None:
        self._root = root
        self._xet = xet
        self._secret = secrets.token_bytes(32)

    def path(self, oid: str) -> Path:
        """Where the file with this sha256 is, or would be."""
        target = self._root / oid[:2] / oid
        file = None if target.is_file() else self._xet.find(oid)
        if file is not None:
            target.parent.mkdir(exist_ok=True)
            self._xet.download(file, target)
        return target

    def has(self, oid: str) -> bool:
        """Whether the file is here whole."""
        return self.path(oid).is_file()

    def in_xet(self, oid: str) -> XetFile | None:
        """The file as the Xet storage knows it; None if it did not come that way."""
        return self._xet.find(oid)

    def size(self, oid: str) -> int:
        """The size in bytes of a file that is here."""
        file = self._xet.find(oid)
        return self.path(oid).stat().st_size if file is None else file.size

    def damage(self, oid: str) -> None:
        """Flip one bit of a file wherever it is stored."""
        if (file := self._xet.find(oid)) is not None:
            self._xet.damage(file)
        stored = self.path(oid)
        content = bytearray(stored.read_bytes())
        content[len(content) // 2] ^= 1
        stored.write_bytes(content)

    def put(self, content: bytes) -> str:
        """Store a file and return its sha256."""
        oid = hashlib.sha256(content).hexdigest()
        if not self.has(oid):
            with tempfile.NamedTemporaryFile(dir=self._root, delete=False) as file:
                file.write(content)
            self._move_in(file.name, oid)
        return oid

    async def receive(self, oid: str, size: int, body: AsyncIterator[bytes]) -> None:
        """Store an upload, or nothing at all if it is not the file it was announced as.

        Raises
        ------
        HubError
            400 for other bytes than announced.
        """
        digest, received = hashlib.sha256(), 0
        with tempfile.NamedTemporaryFile(dir=self._root, delete=False) as file:
            try:
                async for chunk in body:
                    digest.update(chunk)
                    received += len(chunk)
                    file.write(chunk)
            except BaseException:  # the sender left: no half of a file may stay
                os.unlink(file.name)
                raise
        if (digest.hexdigest(), received) != (oid, size):
            os.unlink(file.name)
            got = f"{received} bytes with sha256 {digest.hexdigest()}"
            raise malformed(f"BadDigest: announced {size} bytes with sha256 {oid}, got {got}")
        self._move_in(file.name, oid)

    def _move_in(self, temporary: str, oid: str) -> None:
        self.path(oid).parent.mkdir(exist_ok=True)
        os.replace(temporary, self.path(oid))

    # -- signed addresses, which work without a token --------------------------------------------

    def sign(self, action: str, oid: str, **values: str) -> str:
        """A path and query that allows one action (``upload``, ``download``) on one file."""
        signature = self._signature(action, oid, values)
        return f"/{action}/{oid}?" + urlencode({**values, "signature": signature})

    def check_signature(self, action: str, oid: str, query: dict[str, str]) -> None:
        """Refuse, with 403, an address that this store did not sign."""
        values = {name: value for name, value in query.items() if name != "signature"}
        given = query.get("signature", "")
        if not hmac.compare_digest(self._signature(action, oid, values), given):
            raise HubError(403, "SignatureDoesNotMatch", client_bug=True)

    def _signature(self, action: str, oid: str, values: dict[str, str]) -> str:
        signed = urlencode([("action", action), ("oid", oid), *sorted(values.items())])
        return hmac.new(self._secret, signed.encode(), hashlib.sha256).hexdigest()
