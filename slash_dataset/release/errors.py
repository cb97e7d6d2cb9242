"""Everything that goes wrong on the way to the Hub: one table of messages for all libraries."""

from __future__ import annotations

import errno
import re
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Any

RATE_LIMIT_WAIT = 60.0
"""Seconds to wait for a Hub that asks to come back later without saying when."""

_SHORTEST_TOKEN = 8


class ReleaseError(RuntimeError):
    """A release that stops; the message says why, what exists now, and what to do."""


class HubError(ReleaseError):
    """A request to the Hub that failed.

    Attributes
    ----------
    status : int or None
        Of the answer; None if there was none, so that nobody knows whether the request was applied.
    temporary : bool
        Whether the same request may succeed later.
    wait : float
        Seconds that the Hub asks to wait; 0 if it does not.
    code : str
        The Hub's own name for the error, such as RepoNotFound; empty if it gives none.
    """

    def __init__(
        self,
        doing: str,
        meaning: Meaning,
        text: str = "",
        *,
        status: int | None = None,
        wait: float = 0.0,
        code: str = "",
    ) -> None:
        self.status, self.wait, self.code = status, wait, code
        self.temporary = meaning.temporary
        number = "" if status is None else f" ({status})"
        told = f"{doing} failed: {meaning.reason}{number}" + (f": {text}" if text else "")
        super().__init__(f"{told.rstrip('.')}; {meaning.advice}" if meaning.advice else told)


class LocalError(HubError):
    """A request that failed because of this machine: its disk, its files or its settings."""


@dataclass(frozen=True)
class Meaning:
    """The meaning of a kind of error.

    Attributes
    ----------
    reason : str
        What happened.
    advice : str
        What to do; empty if the only thing to do is run again.
    temporary : bool
        Whether the same request may succeed later.
    local : bool
        Whether it happened on this machine.
    """

    reason: str
    advice: str = ""
    temporary: bool = False
    local: bool = False


NO_ANSWER = Meaning("no answer from the Hub", temporary=True)
_UNREADABLE = Meaning("the answer from the Hub cannot be read", temporary=True)
_STORAGE = Meaning("the Hub's storage of large files is in trouble", temporary=True)
_TROUBLE = Meaning("the Hub is in trouble", temporary=True)
_REFUSED = Meaning("the Hub refuses")
_TOKEN = Meaning(
    "the Hub does not accept the token", "log in again with `hf auth login`, or set HF_TOKEN"
)
_ABSENT = Meaning("the Hub has nothing there")
_CLIENT = Meaning("the Hub's client gives up", "look at its message")
_SETTING = Meaning("the Hub's client refuses", "look at its message", local=True)
_DISK = Meaning("this machine's disk refuses", "look at the path and its rights", local=True)
_FULL = Meaning("no space left", "make space, or set TMPDIR to a larger disk", local=True)
_CERTIFICATE = Meaning(
    "the connection to the Hub is not secure", "look at HF_ENDPOINT and the certificates"
)

STATUSES: Mapping[int, Meaning] = {
    400: Meaning("the Hub refuses what it was sent"),
    401: _TOKEN,
    403: Meaning("the Hub does not allow it", "use a token that has the scope {scope} there"),
    404: _ABSENT,
    408: NO_ANSWER,
    409: Meaning("the Hub says that it exists already"),
    412: Meaning("the Hub says that the branch has moved"),
    429: Meaning("the Hub asks to come back later", temporary=True),
}
"""The meaning of an answer's status; 500 and above are trouble, all others are refusals."""

CLASSES: Mapping[str, Meaning] = {
    # huggingface_hub, if there is no answer whose status says more
    "huggingface_hub.OfflineModeIsEnabled": Meaning(
        "HF_HUB_OFFLINE=1 is set", "unset it to reach the Hub", local=True
    ),
    "huggingface_hub.LocalTokenNotFoundError": Meaning(
        "there is no token", "set HF_TOKEN, or run `hf auth login`", local=True
    ),
    "huggingface_hub.HFValidationError": _SETTING,
    "huggingface_hub.LocalEntryNotFoundError": NO_ANSWER,
    "huggingface_hub.FileMetadataError": _UNREADABLE,
    "huggingface_hub.XetDownloadError": _STORAGE,
    "huggingface_hub.HfHubHTTPError": NO_ANSWER,
    "huggingface_hub.EntryNotFoundError": _ABSENT,
    "huggingface_hub.*": _CLIENT,
    # hf_xet, besides the RuntimeErrors and ConnectionErrors that it raises for most things
    "hf_xet.XetAuthenticationError": _TOKEN,
    "hf_xet.XetObjectNotFoundError": _STORAGE,
    "hf_xet.*": _STORAGE,
    # httpx, and requests in clients before 1.0
    "httpx.UnsupportedProtocol": _SETTING,
    "httpx.InvalidURL": _SETTING,
    "httpx.ProxyError": Meaning("the proxy refuses", "look at HTTPS_PROXY", local=True),
    "httpx.DecodingError": _UNREADABLE,
    "httpx.*": NO_ANSWER,
    "requests.MissingSchema": _SETTING,
    "requests.InvalidSchema": _SETTING,
    "requests.InvalidURL": _SETTING,
    "requests.InvalidHeader": _SETTING,
    "requests.SSLError": _CERTIFICATE,
    "requests.JSONDecodeError": _UNREADABLE,
    "requests.*": NO_ANSWER,
    "urllib3.*": NO_ANSWER,
    "http.*": NO_ANSWER,
    # the system
    "ssl.SSLCertVerificationError": _CERTIFICATE,
    "ssl.*": NO_ANSWER,
    "builtins.TimeoutError": NO_ANSWER,
    "builtins.ConnectionError": NO_ANSWER,
    "socket.gaierror": NO_ANSWER,
    "builtins.OSError": _DISK,
    "builtins.MemoryError": Meaning("this machine has no memory left", local=True),
    # errors of the client on an answer that is cut off or comes from another server
    "builtins.ValueError": _UNREADABLE,
    "builtins.LookupError": _UNREADABLE,
    "builtins.TypeError": _UNREADABLE,
    "builtins.AttributeError": _UNREADABLE,
    "builtins.AssertionError": _UNREADABLE,
    "builtins.RuntimeError": _STORAGE,
}
"""The meaning of an exception without an answer, by its class or the nearest base class.

``PACKAGE.*`` covers all other classes of a package.
"""

_RATE_LIMIT = re.compile(r";\s*r\s*=\s*0\s*;\s*t\s*=\s*(\d+)")
# hf_xet has no exceptions for statuses or system errors, only text.
_STATUS_IN_WORDS = re.compile(r"HTTP status (?:client|server) error \((\d{3})")
_ERRNO_IN_WORDS = re.compile(r"\(os error (\d+)\)")
_FULL_DISK = {errno.ENOSPC, errno.EDQUOT}
# The system's error numbers for problems with the connection.
_OF_THE_WIRE = {
    *(errno.ECONNREFUSED, errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE, errno.ETIMEDOUT),
    *(errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.ENOTCONN, errno.EADDRNOTAVAIL),
}


def hub_error(doing: str, error: BaseException, scope: str = "repo.write") -> HubError | None:
    """Return the meaning of an exception of the Hub's client; None if it is not in the table.

    Parameters
    ----------
    doing : str
        What failed, as the beginning of a sentence.
    error : BaseException
        The client wraps its own errors: the first one in the chain of causes with an answer counts.
    scope : str
        The scope that a fine-grained token needs for the request.

    Returns
    -------
    HubError or None
    """
    chain = list(_causes(error))
    text = " ".join(str(error).split())
    for found in chain:
        response: Any = getattr(found, "response", None)
        if hasattr(response, "status_code"):
            # If the client wrapped its own error, the wrapping says more.
            said = text if found is not error else getattr(found, "server_message", None) or ""
            return HubError(
                doing,
                _of_status(response.status_code, scope),
                " ".join(said.split()),
                status=response.status_code,
                wait=_seconds_to_wait(response.status_code, response.headers),
                code=response.headers.get("X-Error-Code", ""),
            )
    for found in chain:
        if match := _STATUS_IN_WORDS.search(str(found)):
            status = int(match[1])
            wait = _seconds_to_wait(status, {})
            return HubError(doing, _of_status(status, scope), text, status=status, wait=wait)
    # The cause that the client wraps in its own RuntimeError says more than the wrapping.
    chain.sort(key=lambda found: type(found) is RuntimeError)
    meanings = [*map(_of_number, chain), *(meaning_of(type(found)) for found in chain)]
    meaning = next(filter(None, meanings), None)
    if meaning is None:
        return None
    return (LocalError if meaning.local else HubError)(doing, meaning, text)


def meaning_of(kind: type[BaseException]) -> Meaning | None:
    """Return the table's entry for an exception class: its own, or that of the nearest base.

    Examples
    --------
    >>> meaning_of(ConnectionResetError).reason
    'no answer from the Hub'
    >>> meaning_of(KeyboardInterrupt) is None
    True
    """
    named = [(base.__module__.split(".")[0].rstrip("2"), base.__name__) for base in kind.__mro__]
    for package, name in named:
        # hf_xet claims that some of its classes are builtins, and httpx that it is httpx2.
        if found := CLASSES.get(f"{package}.{name}"):
            return found
        if found := CLASSES.get(f"{package}.*"):
            own = [CLASSES.get(f"{p}.{n}") for p, n in named if p == package]
            return next(filter(None, own), found)
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__ or found.__context__


def _of_status(status: int, scope: str) -> Meaning:
    meaning = STATUSES.get(status, _TROUBLE if status >= 500 else _REFUSED)
    return replace(meaning, advice=meaning.advice.format(scope=scope))


def _of_number(error: BaseException) -> Meaning | None:
    """The meaning of a system error number, if the error has one or mentions one."""
    number = None
    if match := _ERRNO_IN_WORDS.search(str(error)):
        number = int(match[1])
    elif isinstance(error, OSError) and not isinstance(error, (ConnectionError, TimeoutError)):
        # A name that cannot be resolved has its own number.
        number = None if type(error).__module__ in ("socket", "ssl") else error.errno
    if number in _OF_THE_WIRE or (type(error) is OSError and number is None):
        return NO_ANSWER  # the client raises a plain OSError for a download of the wrong length
    if number in _FULL_DISK:
        return replace(_FULL, reason=f"{_FULL.reason} in {tempfile.gettempdir()}")
    return None if number is None else _DISK


def _seconds_to_wait(status: int, headers: Mapping[str, str]) -> float:
    """Seconds that an answer asks to wait, in whichever header it has.

    ``RateLimit: "api";r=0;t=20`` (draft-ietf-httpapi-ratelimit-headers) says when the window ends;
    ``Retry-After`` has seconds or a date.
    """
    after = headers.get("Retry-After", "").strip()
    if limit := _RATE_LIMIT.search(headers.get("RateLimit", "")):
        return float(limit[1]) + 1  # rounded down
    if re.fullmatch(r"\d+(\.\d+)?", after):
        return float(after)
    try:
        return max(0.0, parsedate_to_datetime(after).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError, OSError):  # no date, or none of this system
        return RATE_LIMIT_WAIT if status == 429 else 0.0


@contextmanager
def without_token(token: str | None) -> Iterator[None]:
    """Let no exception through that shows the token anywhere in its traceback."""
    try:
        yield
    except Exception as error:
        # What is shorter is no token of the Hub's, but may be a part of any word.
        secret = token if len(token or "") >= _SHORTEST_TOKEN else None
        if secret is None or secret not in "".join(traceback.format_exception(error)):
            raise
        raise ReleaseError(str(error).replace(secret, "[token]")) from None
