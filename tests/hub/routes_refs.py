"""Endpoints about revisions: branches, tags, commits, and a dataset at one of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .bodies import flag, read_json
from .card import card_data
from .errors import HubError, malformed
from .git_store import Commit
from .pages import page_of
from .repositories import DatasetRepo, Entry
from .state import parameter, readable, writable


def hub_date(date: datetime) -> str:
    """A date (UTC) in the one form that the client reads."""
    return date.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _ref_items(repo: DatasetRepo, prefix: str) -> list[dict[str, str]]:
    found = repo.git.refs(prefix)
    return [{"name": n, "ref": prefix + n, "targetCommit": sha} for n, sha in found.items()]


async def refs(request: Request) -> Response:
    """``GET ds/refs``: branches and tags; ``include_prs`` adds the (always empty) list of those."""
    repo = readable(request)

    def answer() -> Response:
        body: dict[str, Any] = {
            "branches": _ref_items(repo, "refs/heads/"),
            "tags": _ref_items(repo, "refs/tags/"),
            "converts": _ref_items(repo, "refs/convert/"),
        }
        if flag(request, "include_prs"):
            body["pullRequests"] = []
        return JSONResponse(body)

    return await run_in_threadpool(answer)


async def create_tag(request: Request) -> Response:
    """``POST ds/tag/{rev}``: a tag, annotated if it has a message; 409 if the name is taken."""
    body = await read_json(request, {"tag": str}, {"message": str})
    repo, user = writable(request)
    revision, tag = parameter(request, "rev"), body["tag"]

    def apply() -> Response:
        ref = f"refs/tags/{tag}"
        if tag.startswith("refs/") or not repo.git.is_ref_name(ref):
            raise malformed(f"Invalid tag name: {tag!r}")
        with repo.lock:
            target = repo.commit_id(revision)
            if body.get("message"):
                target = repo.git.tag_object(tag, target, body["message"], user.name)
            if not repo.git.move_ref(ref, target, None):
                raise HubError(409, f"Tag reference exists already: {tag}")
        return JSONResponse({})

    return await run_in_threadpool(apply)


async def create_branch(request: Request) -> Response:
    """``POST ds/branch/{branch}``: a branch at ``startingPoint`` or at the head of main."""
    body = await read_json(request, {}, {"startingPoint": str})
    repo, _ = writable(request)
    branch = parameter(request, "rev")

    def apply() -> Response:
        ref = f"refs/heads/{branch}"
        if branch.startswith("refs/") or not repo.git.is_ref_name(ref):
            raise malformed(f"Invalid branch name: {branch!r}")
        with repo.lock:
            target = repo.commit_id(body.get("startingPoint", "main"))
            if not repo.git.move_ref(ref, target, None):
                raise HubError(409, f"Branch exists already: {branch}")
        return JSONResponse({})

    return await run_in_threadpool(apply)


async def commits(request: Request) -> Response:
    """``GET ds/commits/{rev}``: the history, newest first, in pages."""
    repo, revision = readable(request), parameter(request, "rev")

    def answer() -> Response:
        history = repo.git.log(repo.commit_id(revision))
        return page_of(request, [_commit_item(one) for one in history])

    return await run_in_threadpool(answer)


def _commit_item(commit: Commit) -> dict[str, Any]:
    return {
        "id": commit.sha,
        "title": commit.title,
        "message": commit.message,
        "authors": [{"user": commit.author}],
        "date": hub_date(commit.date),
    }


async def repo_info(request: Request) -> Response:
    """``GET ds`` and ``GET ds/revision/{rev}``: the dataset at a revision, main by default."""
    repo = readable(request)
    revision = parameter(request, "rev") if "rev" in request.path_params else "main"
    return await run_in_threadpool(_info, request, repo, revision)


def _info(request: Request, repo: DatasetRepo, revision: str) -> Response:
    sha = repo.commit_id(revision)
    files = {p: entry for p, entry in repo.entries(sha).items() if not entry.is_folder}
    card = card_data(repo.read(files["README.md"]).decode()) if "README.md" in files else {}
    with_blobs = flag(request, "blobs")
    body = {
        "_id": f"id-of-{repo.repo_id}",
        "id": repo.repo_id,
        "author": repo.namespace,
        "sha": sha,
        "lastModified": hub_date(repo.git.log(sha)[0].date),
        "createdAt": hub_date(repo.created_at),
        "private": repo.private,
        "gated": False,
        "disabled": False,
        "downloads": 0,
        "likes": 0,
        "tags": card.get("tags", []),
        "cardData": card,
        "usedStorage": sum(entry.size for entry in files.values()),
        "siblings": [_sibling(entry, with_blobs) for entry in files.values()],
    }
    return JSONResponse(body)


def _sibling(entry: Entry, with_blobs: bool) -> dict[str, Any]:
    item: dict[str, Any] = {"rfilename": entry.path}
    if with_blobs:
        item |= {"size": entry.size, "blobId": entry.oid}
        if entry.pointer is not None:
            item["lfs"] = {
                "sha256": entry.pointer.oid,
                "size": entry.size,
                "pointerSize": entry.pointer_size,
            }
    return item
