"""Pages: a slice of a list, and the ``Link`` header that leads to the next one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .errors import HubError
from .state import hub_state


def page_of(request: Request, items: list[Any]) -> Response:
    """One page of a list; the ``cursor`` of the query says where it begins.

    Raises
    ------
    HubError
        400 for a cursor or a limit that is no number of this list.
    """
    state = hub_state(request)
    query = dict(request.query_params)
    start = _number(query.get("cursor", "0"), "cursor", 0)
    size = min(_number(query.get("limit", str(state.page_size)), "limit", 1), state.page_size)
    if start > len(items):
        raise HubError(400, f'"cursor" is beyond the end of the list: {start}', client_bug=True)
    headers = {}
    if start + size < len(items):
        path = request.scope["raw_path"].decode("ascii")
        following = urlencode({**query, "cursor": start + size})
        headers["Link"] = f'<{state.endpoint}{path}?{following}>; rel="next"'
    return JSONResponse(items[start : start + size], headers=headers)


def _number(text: str, name: str, least: int) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise HubError(400, f'"{name}" must be {least} or more, not {text!r}', client_bug=True)
    return int(text)
