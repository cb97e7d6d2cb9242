"""Endpoints that read files: trees, path infos, and the files themselves."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response

from .bodies import check_path, flag, require_content_type
from .errors import HubError, entry_not_found, malformed
from .git_store import Commit
from .pages import page_of
from .repositories import DatasetRepo, Entry
from .routes_refs import hub_date
from .state import HubState, hub_state, parameter, readable

_MAX_PATHS = 1000


async def tree(request: Request) -> Response:
    """``GET ds/tree/{rev}[/{path}]``: the entries of a folder, or all below it."""
    repo, revision = readable(request), parameter(request, "rev")
    folder = parameter(request, "path") if "path" in request.path_params else ""
    recursive, expand = flag(request, "recursive"), flag(request, "expand")

    def answer() -> Response:
        commit = repo.commit_id(revision)
        entries = repo.entries(commit)
        if folder and (folder not in entries or not entries[folder].is_folder):
            raise entry_not_found(folder, revision, commit)
        prefix = f"{folder}/" if folder else ""
        chosen = [
            entry
            for path, entry in entries.items()
            if path.startswith(prefix) and (recursive or "/" not in path[len(prefix) :])
        ]
        history = repo.git.last_commits(commit) if expand else None
        return page_of(request, [_tree_item(entry, history) for entry in chosen])

    return await run_in_threadpool(answer)


async def paths_info(request: Request) -> Response:
    """``POST ds/paths-info/{rev}``: the entries at some paths, those that are there."""
    repo, revision = readable(request), parameter(request, "rev")
    require_content_type(request, "application/x-www-form-urlencoded")
    try:
        form = parse_qsl((await request.body()).decode(), strict_parsing=True, max_num_fields=2000)
    except ValueError as error:
        raise malformed(f"The form cannot be read: {error}") from error
    if unknown := {name for name, _ in form} - {"paths", "expand"}:
        raise malformed(f"The form has unknown fields: {sorted(unknown)}")
    paths = [check_path(value.removesuffix("/")) for name, value in form if name == "paths"]
    if not paths:
        raise malformed('The form lacks "paths"')
    if len(paths) > _MAX_PATHS:
        raise HubError(413, f"too many parameters: {len(paths)} paths, {_MAX_PATHS} are allowed")
    expand = dict(form).get("expand", "false").lower() in ("true", "1")

    def answer() -> Response:
        commit = repo.commit_id(revision)
        entries = repo.entries(commit)
        history = repo.git.last_commits(commit) if expand else None
        return JSONResponse([_tree_item(entries[p], history) for p in paths if p in entries])

    return await run_in_threadpool(answer)


def _tree_item(entry: Entry, history: dict[str, Commit] | None) -> dict[str, Any]:
    item: dict[str, Any] = {
        "type": "directory" if entry.is_folder else "file",
        "oid": entry.oid,
        "size": entry.size,
        "path": entry.path,
    }
    if entry.pointer is not None:
        item["lfs"] = {
            "oid": entry.pointer.oid,
            "size": entry.pointer.size,
            "pointerSize": entry.pointer_size,
        }
    if history is not None:
        last = history[entry.path]
        item["lastCommit"] = {"id": last.sha, "title": last.title, "date": hub_date(last.date)}
    return item


async def resolve(request: Request) -> Response:
    """``GET`` and ``HEAD /datasets/{id}/resolve/{rev}/{path}``: a file.

    A small one is answered here; a large one is a redirect to the storage, which is another
    origin, and the headers of the redirect describe it.
    """
    repo, revision = readable(request), parameter(request, "rev")
    path = check_path(parameter(request, "path"))
    return await run_in_threadpool(_resolved, hub_state(request), repo, revision, path)


def _resolved(state: HubState, repo: DatasetRepo, revision: str, path: str) -> Response:
    commit, entry = repo.file(revision, path)
    headers = {"X-Repo-Commit": commit}
    name = path.rpartition("/")[2]
    if entry.pointer is None:
        headers["ETag"] = f'"{entry.oid}"'
        served = _served(state, repo, entry)
        return FileResponse(
            served, headers=headers, filename=name, content_disposition_type="inline"
        )
    headers |= {
        "ETag": f'"{entry.oid}"',
        "X-Linked-Etag": f'"{entry.pointer.oid}"',
        "X-Linked-Size": str(entry.pointer.size),
        "Accept-Ranges": "bytes",
    }
    if (file := state.large_files.in_xet(entry.pointer.oid)) is not None:
        route = f"{state.endpoint}/api/datasets/{repo.repo_id}/xet-read-token/{commit}"
        route += f"?file={file.sha256}"
        headers |= {
            "X-Xet-Hash": file.xet_hash,
            "X-Xet-Refresh-Route": route,
            "Link": f'<{route}>; rel="xet-auth"',
        }
    address = state.cdn + state.large_files.sign("download", entry.pointer.oid, filename=name)
    return RedirectResponse(address, 302, headers=headers)


def _served(state: HubState, repo: DatasetRepo, entry: Entry) -> Path:
    """The blob as a file on disk, where ranges of it can be read."""
    path = state.root / "served" / entry.oid
    if not path.exists():
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(repo.read(entry))
        os.replace(file.name, path)
    return path
