"""Strict reading of requests: paths, JSON bodies, the line-by-line body of a commit."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from .errors import HubError, malformed
from .large_files import SHA256, Pointer

REGULAR_MAX = 10 * 1024 * 1024
"""Files above this size in bytes must be large files."""
_FULL_SHA = re.compile(r"[0-9a-f]{40}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")

Fields = Mapping[str, type | tuple[type, ...]]


@dataclass
class CommitPayload:
    """The operations of a commit: deleted files exist before; additions win over them."""

    summary: str
    description: str
    parent_commit: str | None
    files: dict[str, bytes | Pointer] = field(default_factory=dict)
    deleted_files: list[str] = field(default_factory=list)
    deleted_folders: list[str] = field(default_factory=list)

    @property
    def message(self) -> str:
        """The commit message: the summary, and the description below it."""
        return f"{self.summary}\n\n{self.description}".strip() + "\n"


def check_path(path: Any) -> str:
    """A path inside the repository.

    Raises
    ------
    HubError
        400 for anything that is not a plain relative path, or that leads out or into ``.git``.
    """
    if not isinstance(path, str) or not path or len(path) > 1024 or _CONTROL.search(path):
        raise malformed(f"Invalid path: {path!r}")
    for part in path.split("/"):
        if part in ("", ".", "..") or part.lower() == ".git":
            raise malformed(f"Invalid path: {path!r} (absolute, or with a part {part!r})")
    return path


def check_fields(value: Any, required: Fields, optional: Fields, where: str) -> dict[str, Any]:
    """A JSON object with these fields, of these types, and no others."""
    if not isinstance(value, dict):
        raise malformed(f"{where} must be a JSON object, not {type(value).__name__}")
    for name, kinds in required.items():
        if name not in value:
            raise malformed(f'{where} lacks "{name}"')
        _check_type(value[name], kinds, name, where)
    for name, one in value.items():
        if name not in required:
            if name not in optional:
                raise malformed(f'{where} has an unknown field "{name}"')
            _check_type(one, optional[name], name, where)
    return value


def _check_type(value: Any, kinds: type | tuple[type, ...], name: str, where: str) -> None:
    # bool is an int for Python, and never a size for the Hub.
    if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
        raise malformed(f'"{name}" of {where} has a wrong type: {value!r}')


async def read_json(
    request: Request,
    required: Fields,
    optional: Fields | None = None,
    content_type: str = "application/json",
) -> dict[str, Any]:
    """The JSON object that a request carries."""
    require_content_type(request, content_type)
    value = _parse(await request.body(), "the body")
    return check_fields(value, required, optional or {}, "the body")


def require_content_type(request: Request, expected: str) -> None:
    """Refuse, with 415, a body of another type."""
    given = request.headers.get("content-type", "").partition(";")[0].strip()
    if given != expected:
        raise malformed(f"Content-Type must be {expected}, not {given!r}", status=415)


def _parse(raw: bytes, where: str) -> Any:
    try:
        return json.loads(raw)
    except ValueError as error:
        raise malformed(f"{where} is not JSON: {error}") from error


def parse_commit(raw: bytes) -> CommitPayload:
    """The operations of a commit, one JSON object a line, the header first.

    Raises
    ------
    HubError
        400 for anything that the Hub's format does not allow.
    """
    lines = raw.split(b"\n")
    if lines.pop() != b"" or not lines:
        raise malformed("A commit needs lines that each end with a newline")
    payload: CommitPayload | None = None
    for number, line in enumerate(lines, start=1):
        where = f"line {number}"
        item = check_fields(_parse(line, where), {"key": str, "value": dict}, {}, where)
        key, value = item["key"], item["value"]
        if (payload is None) != (key == "header"):
            raise malformed(f'A commit has one "header", on line 1; line {number} is "{key}"')
        if payload is None:
            payload = _header(value, where)
        elif key in _OPERATIONS:
            _OPERATIONS[key](payload, value, where)
        else:
            raise malformed(f'Unknown operation "{key}" on {where}')
    assert payload is not None  # the first line was a header, or an error
    return payload


def _header(value: dict[str, Any], where: str) -> CommitPayload:
    check_fields(value, {"summary": str}, {"description": str, "parentCommit": str}, where)
    if not value["summary"].strip():
        raise malformed('"summary" must not be empty')
    parent = value.get("parentCommit")
    if parent is not None and not _FULL_SHA.fullmatch(parent):
        raise malformed(f'"parentCommit" must be 40 hexadecimal digits, not {parent!r}')
    return CommitPayload(value["summary"], value.get("description", ""), parent)


def _file(payload: CommitPayload, value: dict[str, Any], where: str) -> None:
    check_fields(value, {"path": str, "content": str, "encoding": str}, {}, where)
    if value["encoding"] == "base64":
        content = decode_base64(value["content"], where)
    elif value["encoding"] == "utf-8":
        content = value["content"].encode()
    else:
        raise malformed(f'"encoding" of {where} must be base64 or utf-8, not {value["encoding"]!r}')
    if len(content) > REGULAR_MAX:
        raise malformed(f"{value['path']} has {len(content)} bytes and must be a large file")
    payload.files[check_path(value["path"])] = content


def _lfs_file(payload: CommitPayload, value: dict[str, Any], where: str) -> None:
    check_fields(value, {"path": str, "algo": str, "oid": str, "size": int}, {}, where)
    if value["algo"] != "sha256":
        raise malformed(f'"algo" of {where} must be sha256, not {value["algo"]!r}')
    pointer = Pointer(check_oid(value["oid"], where), value["size"])
    payload.files[check_path(value["path"])] = pointer


def _deleted_file(payload: CommitPayload, value: dict[str, Any], where: str) -> None:
    check_fields(value, {"path": str}, {}, where)
    path = check_path(value["path"])
    payload.files.pop(path, None)
    payload.deleted_files.append(path)


def _deleted_folder(payload: CommitPayload, value: dict[str, Any], where: str) -> None:
    check_fields(value, {"path": str}, {}, where)
    path = check_path(value["path"].removesuffix("/"))
    for name in [name for name in payload.files if name.startswith(f"{path}/")]:
        del payload.files[name]
    payload.deleted_folders.append(path)


_OPERATIONS = {
    "file": _file,
    "lfsFile": _lfs_file,
    "deletedFile": _deleted_file,
    "deletedFolder": _deleted_folder,
}


def check_oid(value: Any, where: str, status: int = 400) -> str:
    """A sha256 as 64 lower-case hexadecimal digits."""
    if not isinstance(value, str) or not SHA256.fullmatch(value):
        raise malformed(f'"oid" of {where} must be 64 hexadecimal digits, not {value!r}', status)
    return value


def decode_base64(text: str, where: str) -> bytes:
    """The bytes that strict base64 encodes."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise malformed(f"{where} is not base64: {error}") from error


def flag(request: Request, name: str) -> bool:
    """A query parameter that is true or false, and false when absent."""
    value = request.query_params.get(name, "false").lower()
    if value not in ("true", "false", "1", "0"):
        raise HubError(400, f'"{name}" must be true or false, not {value!r}', client_bug=True)
    return value in ("true", "1")
