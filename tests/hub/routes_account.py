"""Endpoints that are about no file: whoami, making a dataset, checking a card."""

from __future__ import annotations

import re

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .accounts import require_user, require_write
from .bodies import read_json
from .card import check_card
from .errors import HubError, malformed
from .state import asking, hub_state

_REPO_NAME = re.compile(r"[A-Za-z0-9._-]{1,96}")


async def whoami(request: Request) -> Response:
    """``GET /api/whoami-v2``: the user, the organisations and the role of the token."""
    return JSONResponse(require_user(asking(request)).whoami())


async def create_repo(request: Request) -> Response:
    """``POST /api/repos/create``: a dataset with its first commit, or 409 with its ``url``."""
    state = hub_state(request)
    nullable = (str, type(None))
    body = await read_json(
        request, {"name": str, "type": str}, {"organization": nullable, "visibility": nullable}
    )
    user = require_user(asking(request))
    if body["type"] != "dataset":
        raise malformed(f'"type" must be dataset on this Hub, not {body["type"]!r}')
    visibility = body.get("visibility") or "public"
    if visibility not in ("public", "private"):
        raise malformed(f'"visibility" must be public or private, not {visibility!r}')
    name, namespace = body["name"], body.get("organization") or user.name
    if not _REPO_NAME.fullmatch(name) or name.endswith(".git") or "--" in name or ".." in name:
        raise malformed(f"Invalid repository name: {name!r}")
    repo_id = f"{namespace}/{name}"
    require_write(user, repo_id, "create a dataset")
    private = visibility == "private"
    made = await run_in_threadpool(state.repositories.create, repo_id, private=private)
    address = {"url": f"{state.endpoint}/datasets/{repo_id}", "name": repo_id}
    if made is None:
        raise HubError(409, "You already created this dataset repo", extra=address)
    return JSONResponse(address)


async def validate_yaml(request: Request) -> Response:
    """``POST /api/validate-yaml``: 400 when a card has errors; warnings do not stop anybody."""
    body = await read_json(request, {"content": str, "repoType": str})
    if body["repoType"] not in ("dataset", "model", "space"):
        raise malformed(f'"repoType" must be dataset, model or space, not {body["repoType"]!r}')
    errors, warnings = check_card(body["content"])
    answer = {
        "errors": [{"message": message} for message in errors],
        "warnings": [{"message": message} for message in warnings],
    }
    return JSONResponse(answer, 400 if errors else 200)
