"""Endpoints of git-LFS, and the storage that its addresses lead to."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from .bodies import check_fields, check_oid, read_json
from .errors import HubError, malformed
from .repositories import DatasetRepo
from .state import HubState, hub_state, readable, writable

_LFS_JSON = "application/vnd.git-lfs+json"


async def lfs_batch(request: Request) -> Response:
    """``POST {id}.git/info/lfs/objects/batch``: where to upload what is not there yet."""
    if request.headers.get("accept") != _LFS_JSON:
        raise malformed(f"Accept must be {_LFS_JSON}", 406)
    body = await read_json(
        request,
        {"operation": str, "objects": list},
        {"transfers": list, "hash_algo": str, "ref": dict},
        content_type=_LFS_JSON,
    )
    repo, _ = writable(request)
    if body["operation"] != "upload":
        raise malformed(f'"operation" must be upload, not {body["operation"]!r}', 422)
    if "basic" not in body.get("transfers", ["basic"]):
        raise malformed(f'"transfers" must allow basic, not {body["transfers"]!r}', 422)
    if body.get("hash_algo", "sha256") != "sha256":
        raise malformed(f'"hash_algo" must be sha256, not {body["hash_algo"]!r}', 409)
    state = hub_state(request)
    answers = [_batch_object(state, repo, i, one) for i, one in enumerate(body["objects"])]
    # Clients before 1.0 ask here whether to use Xet.
    transfer = "xet" if "xet" in body.get("transfers", []) else "basic"
    answer = {"transfer": transfer, "hash_algo": "sha256", "objects": answers}
    return JSONResponse(answer, media_type=_LFS_JSON)


def _batch_object(state: HubState, repo: DatasetRepo, index: int, item: Any) -> dict[str, Any]:
    where = f"objects[{index}]"
    check_fields(item, {"oid": str, "size": int}, {}, where)
    oid, size = check_oid(item["oid"], where, 422), item["size"]
    answer = {"oid": oid, "size": size}
    if size <= 0:
        # Storage takes no empty files: the client sends them as regular ones.
        return {**answer, "error": {"code": 422, "message": "size must be 1 or more"}}
    if oid in repo.uploaded:
        return answer
    # This answer must not reveal what another repository has uploaded.
    upload = state.cdn + state.large_files.sign("upload", oid, size=str(size))
    verify = f"{state.endpoint}/datasets/{repo.repo_id}.git/info/lfs/objects/verify"
    return {
        **answer,
        "authenticated": True,
        "actions": {"upload": {"href": upload}, "verify": {"href": verify}},
    }


async def lfs_verify(request: Request) -> Response:
    """``POST {id}.git/info/lfs/objects/verify``: from here on, commits may name the object."""
    body = await read_json(request, {"oid": str, "size": int})
    repo, _ = writable(request)
    oid = check_oid(body["oid"], "the body")
    if not repo.large_files.has(oid):
        raise HubError(404, f"Object {oid} was not uploaded", client_bug=True)
    if repo.large_files.size(oid) != body["size"]:
        raise malformed(f"Object {oid} has {repo.large_files.size(oid)} bytes, not {body['size']}")
    with repo.lock:
        repo.uploaded.add(oid)
    return JSONResponse({"message": "ok"})


async def lfs_put(request: Request) -> Response:
    """``PUT {storage}/upload/{oid}``: the bytes of a large file, at a signed address."""
    store, oid = hub_state(request).large_files, request.path_params["oid"]
    _refuse_token(request)
    query = dict(request.query_params)
    store.check_signature("upload", oid, query)
    length = request.headers.get("content-length")
    if length is None:
        raise malformed("MissingContentLength", 411)
    if length != query["size"]:
        raise malformed(f"Content-Length is {length}, the file was announced with {query['size']}")
    await store.receive(oid, int(query["size"]), request.stream())
    return Response(status_code=200, headers={"ETag": f'"{oid}"'})


async def lfs_get(request: Request) -> Response:
    """``GET`` and ``HEAD {storage}/download/{oid}``: a large file, whole or a range of it."""
    store, oid = hub_state(request).large_files, request.path_params["oid"]
    _refuse_token(request)
    query = dict(request.query_params)
    store.check_signature("download", oid, query)
    return FileResponse(store.path(oid), headers={"ETag": f'"{oid}"'}, filename=query["filename"])


def _refuse_token(request: Request) -> None:
    # As S3: a signed address and a header are two ways to authenticate, and one is allowed.
    if "authorization" in request.headers:
        raise malformed("InvalidArgument: Only one auth mechanism allowed")


async def xet_write_token(request: Request) -> Response:
    """``GET ds/xet-write-token/{rev}``: where an upload by way of Xet goes to."""
    writable(request)
    state = hub_state(request)
    return _xet_token(request, state.xet.folder_to_write)


async def xet_read_token(request: Request) -> Response:
    """``GET ds/xet-read-token/{rev}``: where a file comes from by way of Xet."""
    repo = readable(request)
    state = hub_state(request)
    oid = check_oid(request.query_params.get("file"), "the query")
    file = repo.large_files.in_xet(oid)
    if file is None:
        raise HubError(404, f"{oid} is not in the Xet storage", client_bug=True)
    return _xet_token(request, lambda: state.xet.folder_to_read(file))


def _xet_token(request: Request, folder: Callable[[], Path]) -> Response:
    state = hub_state(request)
    faults = state.faults.take("xet_store", request.method, request.url.path)
    if faults:
        # This storage is the Hub's own and does nothing but fail: each token leads to one of its.
        address = f"{state.cdn}/xet/{len(state.failing_stores)}"
        state.failing_stores.append(faults)
        expires = int(time.time()) + 50  # so soon that no client keeps it for the next file
    else:
        address, expires = f"local://{folder()}", int(time.time()) + 3600
    token = secrets.token_hex(8)
    return JSONResponse(
        {"casUrl": address, "accessToken": token, "exp": expires},
        headers={
            "X-Xet-Cas-Url": address,
            "X-Xet-Access-Token": token,
            "X-Xet-Token-Expiration": str(expires),
        },
    )


async def xet_store(request: Request) -> Response:
    """A storage that was ordered to fail, and has nothing to give where it does not."""
    raise HubError(404, "This storage only fails")
