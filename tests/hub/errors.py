"""The error answers of the Hub: a status, a message, and the two headers that the client reads."""

from __future__ import annotations

from typing import Any, Literal

from starlette.responses import JSONResponse

ErrorCode = Literal["RepoNotFound", "RevisionNotFound", "EntryNotFound"]

INVALID_TOKEN = "Invalid credentials in Authorization header"
NOT_LOGGED_IN = "Invalid username or password."


class HubError(Exception):
    """A request that the Hub refuses.

    Parameters
    ----------
    status : int
        The HTTP status, from 400 to 599.
    message : str
        What went wrong, for the ``error`` field of the body and the ``X-Error-Message`` header.
    code : str, optional
        ``X-Error-Code``, which the client turns into an exception class.
    client_bug : bool
        Whether a correct client can never cause this answer. Such answers are kept in
        ``RequestLog.protocol_errors``.
    extra : dict, optional
        More fields of the body (``url`` of a repository that exists).
    headers : dict, optional
        More headers (``X-Repo-Commit`` of a missing file).
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: ErrorCode | None = None,
        client_bug: bool = False,
        extra: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message
        self.code = code
        self.client_bug = client_bug
        self.extra = extra or {}
        self.headers = headers or {}

    def response(self) -> JSONResponse:
        """The answer that carries this error."""
        return error_response(
            self.status, self.message, code=self.code, extra=self.extra, headers=self.headers
        )


def error_response(
    status: int,
    message: str,
    *,
    code: str | None = None,
    extra: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """An error answer: ``{"error": message}``, ``X-Error-Message``, ``X-Error-Code``."""
    # A header is one line of latin-1; the whole message is in the body in any case.
    line = " ".join(message.split()).encode("latin-1", "replace").decode("latin-1")
    all_headers = {"X-Error-Message": line, **(headers or {})}
    if code is not None:
        all_headers["X-Error-Code"] = code
    return JSONResponse({"error": message, **(extra or {})}, status, headers=all_headers)


def malformed(message: str, status: int = 400) -> HubError:
    """A request that no correct client sends."""
    return HubError(status, message, client_bug=True)


def revision_not_found(revision: str) -> HubError:
    """404 for a branch, tag or commit that is not there."""
    return HubError(404, f"Invalid rev id: {revision}", code="RevisionNotFound")


def entry_not_found(path: str, revision: str, commit: str) -> HubError:
    """404 for a file that is not there; the commit header lets the client remember that."""
    message = f'Entry not found: "{path}" does not exist on "{revision}"'
    return HubError(404, message, code="EntryNotFound", headers={"X-Repo-Commit": commit})
