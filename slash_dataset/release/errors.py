"""What goes wrong on the way to the Hub, in one form, whatever HTTP library the client uses."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

_SAID = {
    401: "the Hub does not accept the token",
    403: "the Hub does not allow it",
    404: "the Hub has nothing there",
    409: "the Hub says that it exists already",
    412: "the Hub says that the branch has moved",
    429: "the Hub asks to come back later",
}


class ReleaseError(RuntimeError):
    """A release that stops; the message says why, what stands now, and what to do."""


class HubError(ReleaseError):
    """A request to the Hub that failed.

    Attributes
    ----------
    status : int or None
        Of the answer; None if there was none, so that nobody knows whether it was applied.
    retry_after : float
        Seconds that the Hub asks to wait, 0 if it does not.
    code : str
        The Hub's own name for the error, such as RepoNotFound; empty if it gives none.
    """

    def __init__(self, doing: str, status: int | None, text: str, **details: Any) -> None:
        self.status = status
        self.retry_after: float = details.get("retry_after", 0.0)
        self.code: str = details.get("code", "")
        reason = "no answer from the Hub"
        if status is not None:
            what = _SAID.get(status, "the Hub is in trouble" if status >= 500 else "refused")
            reason = f"{what} ({status})"
        super().__init__(f"{doing} failed: {reason}{': ' if text else ''}{text}")

    @property
    def temporary(self) -> bool:
        """Whether the same request may go well later."""
        return self.status is None or self.status == 429 or self.status >= 500


def hub_error(doing: str, error: BaseException) -> HubError | None:
    """Return what an exception of the Hub's client means, or None for anything else.

    Parameters
    ----------
    doing : str
        What failed, as the beginning of a sentence.
    error : BaseException
        The client wraps its own errors: the first in the chain of causes that is one counts.
    """
    utils = import_module("huggingface_hub.utils")
    # HTTPError of httpx, or RequestException of requests: what the client builds its own errors
    # on, and the base of everything that goes wrong on the wire.
    bases = utils.HfHubHTTPError.__mro__
    wire: Any = bases[bases.index(OSError) - 1]
    found: BaseException | None = error
    while found is not None:
        response = getattr(found, "response", None) if isinstance(found, wire) else None
        if response is not None:
            # Where the client has wrapped its own error, the wrapping says more.
            said = getattr(found, "server_message", None) or ""
            text = said if found is error else str(error)
            return HubError(
                doing,
                response.status_code,
                " ".join(text.split()),
                retry_after=_seconds(response.headers.get("Retry-After", "")),
                code=response.headers.get("X-Error-Code", ""),
            )
        if isinstance(found, (wire, ConnectionError, TimeoutError)):
            return HubError(doing, None, " ".join(str(found).split()))
        found = found.__cause__ or found.__context__
    # In trouble, the Hub answers with a page for people where the client reads JSON.
    if isinstance(error, json.JSONDecodeError):
        return HubError(doing, None, f"the answer is no JSON: {error}")
    # A download whose length is wrong is a plain OSError, without a number of the system.
    without_number = type(error) is OSError and error.errno is None
    if without_number or isinstance(error, utils.LocalEntryNotFoundError):
        return HubError(doing, None, " ".join(str(error).split()))
    return None


def _seconds(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:  # a date, or nothing
        return 0.0


@contextmanager
def without_token(token: str | None) -> Iterator[None]:
    """Let no exception pass that shows the token anywhere in its traceback."""
    try:
        yield
    except Exception as error:
        if not token or token not in "".join(traceback.format_exception(error)):
            raise
        raise ReleaseError(str(error).replace(token, "[token]")) from None
