"""The endpoints of the Hub and of its storage, by address."""

from __future__ import annotations

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import routes_account, routes_files, routes_lfs, routes_refs, routes_upload
from .errors import HubError
from .git_store import GitError
from .state import HubState, hub_state

_DS = "/api/datasets/{namespace}/{name}"
_LFS = "/datasets/{namespace}/{name}.git/info/lfs/objects"


def _hub_routes() -> list[Route]:
    files, refs, upload, lfs = routes_files, routes_refs, routes_upload, routes_lfs
    account = routes_account
    return [
        Route("/api/whoami-v2", account.whoami, name="whoami"),
        Route("/api/repos/create", account.create_repo, methods=["POST"], name="create_repo"),
        Route("/api/validate-yaml", account.validate_yaml, methods=["POST"], name="validate_yaml"),
        Route(f"{_LFS}/batch", lfs.lfs_batch, methods=["POST"], name="lfs_batch"),
        Route(f"{_LFS}/verify", lfs.lfs_verify, methods=["POST"], name="lfs_verify"),
        Route(f"{_DS}/preupload/{{rev}}", upload.preupload, methods=["POST"], name="preupload"),
        Route(f"{_DS}/commit/{{rev}}", upload.commit, methods=["POST"], name="commit"),
        Route(f"{_DS}/tag/{{rev}}", refs.create_tag, methods=["POST"], name="create_tag"),
        Route(f"{_DS}/branch/{{rev}}", refs.create_branch, methods=["POST"], name="create_branch"),
        Route(f"{_DS}/refs", refs.refs, name="refs"),
        Route(f"{_DS}/commits/{{rev}}", refs.commits, name="commits"),
        Route(f"{_DS}/xet-read-token/{{rev}}", lfs.xet_read_token, name="xet_read_token"),
        Route(f"{_DS}/xet-write-token/{{rev}}", lfs.xet_write_token, name="xet_write_token"),
        Route(f"{_DS}/tree/{{rev}}", files.tree, name="tree"),
        Route(f"{_DS}/tree/{{rev}}/{{path:path}}", files.tree, name="tree"),
        Route(f"{_DS}/paths-info/{{rev}}", files.paths_info, methods=["POST"], name="paths_info"),
        Route(f"{_DS}/revision/{{rev}}", refs.repo_info, name="repo_info"),
        Route(_DS, refs.repo_info, name="repo_info"),
        Route(
            "/datasets/{namespace}/{name}/resolve/{rev}/{path:path}", files.resolve, name="resolve"
        ),
    ]


def _storage_routes() -> list[Route]:
    return [
        Route("/upload/{oid}", routes_lfs.lfs_put, methods=["PUT"], name="lfs_put"),
        Route("/download/{oid}", routes_lfs.lfs_get, name="lfs_get"),
        Route(
            "/xet/{number}/{path:path}",
            routes_lfs.xet_store,
            methods=["GET", "HEAD", "POST", "PUT"],
            name="xet_store",
        ),
    ]


async def _hub_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HubError)
    if error.client_bug:
        line = f"{request.method} {request.url.path}: {error}"
        hub_state(request).log.protocol_errors.append(line)
    return error.response()


async def _git_error(request: Request, error: Exception) -> Response:
    hub_state(request).log.server_errors.append(f"{request.method} {request.url.path}: {error}")
    return HubError(500, "Internal error").response()


def _application(state: HubState, routes: list[Route]) -> Starlette:
    handlers: dict[type[Exception], Callable[..., object]] = {
        HubError: _hub_error,
        GitError: _git_error,
    }
    app = Starlette(routes=list(routes), exception_handlers=handlers)  # type: ignore[arg-type]
    app.state.hub = state
    return app


def hub_application(state: HubState) -> Starlette:
    """The application behind the endpoint."""
    return _application(state, _hub_routes())


def storage_application(state: HubState) -> Starlette:
    """The application behind the storage's address."""
    return _application(state, _storage_routes())
