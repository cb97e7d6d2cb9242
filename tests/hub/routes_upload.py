"""Endpoints that write files: what to upload how, and the commit."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .bodies import (
    REGULAR_MAX,
    CommitPayload,
    check_fields,
    check_path,
    decode_base64,
    parse_commit,
    read_json,
    require_content_type,
)
from .card import check_card
from .errors import HubError, malformed, revision_not_found
from .git_rules import tracked_by_lfs
from .large_files import Pointer
from .repositories import DatasetRepo, Entry
from .state import hub_state, parameter, writable

_SAMPLE = 512
_MAX_FILES = 256


async def preupload(request: Request) -> Response:
    """``POST ds/preupload/{rev}``: whether each file is large, ignored, or there already."""
    body = await read_json(request, {"files": list}, {"gitIgnore": str})
    repo, _ = writable(request)
    _refuse_pull_request(request)
    files = [_preupload_file(item, f"files[{i}]") for i, item in enumerate(body["files"])]
    if len(files) > _MAX_FILES:
        raise malformed(f"{len(files)} files in one request, {_MAX_FILES} are allowed", 413)
    revision = parameter(request, "rev")

    def answer() -> Response:
        commit = repo.commit_id(revision)
        entries = repo.entries(commit)
        paths = [item["path"] for item in files]
        large = tracked_by_lfs(repo.git, commit, paths)
        large |= {item["path"] for item in files if item["size"] > REGULAR_MAX}
        answers: list[dict[str, Any]] = []
        for path in paths:
            mode = "lfs" if path in large else "regular"
            item = {"path": path, "uploadMode": mode, "shouldIgnore": False}
            if path in entries and not entries[path].is_folder:
                item["oid"] = _content_id(entries[path])
            answers.append(item)
        return JSONResponse({"files": answers})

    return await run_in_threadpool(answer)


def _preupload_file(item: Any, where: str) -> dict[str, Any]:
    check_fields(item, {"path": str, "size": int, "sample": str}, {}, where)
    check_path(item["path"])
    sample = decode_base64(item["sample"], where)
    if item["size"] < 0 or len(sample) != min(item["size"], _SAMPLE):
        raise malformed(f'"sample" of {where} must be the first {_SAMPLE} bytes of the file')
    return dict(item)


def _content_id(entry: Entry) -> str:
    return entry.pointer.oid if entry.pointer is not None else entry.oid


def _refuse_pull_request(request: Request) -> None:
    if "create_pr" in request.query_params:
        raise malformed("This Hub has no pull requests")


async def commit(request: Request) -> Response:
    """``POST ds/commit/{rev}``: all operations as one commit on a branch, or none of them.

    412 when ``parentCommit`` is not the head any more. A commit that changes nothing is not
    made: the answer names the head.
    """
    repo, user = writable(request)
    _refuse_pull_request(request)
    require_content_type(request, "application/x-ndjson")
    payload = parse_commit(await request.body())
    revision, endpoint = parameter(request, "rev"), hub_state(request).endpoint

    def apply() -> Response:
        with repo.lock:
            branches = repo.git.refs("refs/heads/")
            branch = revision.removeprefix("refs/heads/")
            if branch not in branches:
                raise revision_not_found(revision)
            head = branches[branch]
            if payload.parent_commit not in (None, head):
                message = "A commit has happened since. Please refresh and try again."
                raise HubError(412, message)
            deleted = _deletions(repo, payload, head)
            files = {path: _checked(repo, path, one) for path, one in payload.files.items()}
            _refuse_conflicts(repo, head, deleted, set(files))
            sha = repo.commit(
                branch, files=files, deleted=deleted, message=payload.message, author=user.name
            )
        address = f"{endpoint}/datasets/{repo.repo_id}/commit/{sha}"
        return JSONResponse(
            {"success": True, "commitOid": sha, "commitUrl": address, "hookOutput": ""}
        )

    return await run_in_threadpool(apply)


def _deletions(repo: DatasetRepo, payload: CommitPayload, head: str) -> set[str]:
    entries = repo.entries(head)
    deleted = set()
    for path in payload.deleted_files:
        if path not in entries or entries[path].is_folder:
            raise _nothing_to_delete(f"A file with this name doesn't exist: {path}", head)
        deleted.add(path)
    for folder in payload.deleted_folders:
        if folder not in entries or not entries[folder].is_folder:
            raise _nothing_to_delete(f"A folder with this name doesn't exist: {folder}", head)
        below = (p for p, e in entries.items() if p.startswith(f"{folder}/") and not e.is_folder)
        deleted.update(below)
    return deleted


def _nothing_to_delete(message: str, head: str) -> HubError:
    return HubError(404, message, code="EntryNotFound", headers={"X-Repo-Commit": head})


def _checked(repo: DatasetRepo, path: str, content: bytes | Pointer) -> bytes | Pointer:
    if isinstance(content, Pointer):
        if content.oid not in repo.uploaded and repo.large_files.in_xet(content.oid) is None:
            message = "LFS pointer pointed to a file that does not exist"
            raise malformed(f"{message}: {path} ({content.oid})")
        size = repo.large_files.size(content.oid)
        if content.size != size:
            raise malformed(f"{path} was uploaded with {size} bytes, not {content.size}")
        return Pointer(content.oid, size)
    if path == "README.md":
        errors, _ = check_card(content.decode("utf-8", "replace"))
        if errors:
            raise HubError(400, f"Invalid metadata in README.md: {'; '.join(errors)}")
    return content


def _refuse_conflicts(repo: DatasetRepo, head: str, deleted: set[str], added: set[str]) -> None:
    """No path may be a file and a folder at once: git's index would silently drop the file."""
    stay = {p for p, entry in repo.entries(head).items() if not entry.is_folder} - deleted
    files = stay | added
    for path in files:
        parts = path.split("/")
        for depth in range(1, len(parts)):
            if (parent := "/".join(parts[:depth])) in files:
                raise malformed(f"{parent!r} would be a file and a folder")
