"""Every error that the client, its libraries and the disk can raise has a sentence."""

from __future__ import annotations

import errno
import importlib
import inspect
import itertools
import json
import os
import re
import ssl
from collections.abc import Iterator
from email.utils import formatdate
from types import SimpleNamespace

import pytest

from slash_dataset.release import progress
from slash_dataset.release.errors import (
    CLASSES,
    STATUSES,
    HubError,
    LocalError,
    Meaning,
    ReleaseError,
    hub_error,
    meaning_of,
)
from slash_dataset.release.progress import Steps

LIBRARIES = (
    *("huggingface_hub.errors", "huggingface_hub.utils", "hf_xet"),
    *("httpx", "httpx2", "requests.exceptions", "urllib3.exceptions", "ssl", "socket"),
)


def exceptions_of(module: str) -> Iterator[type[Exception]]:
    """Every class of exceptions that a library has a public name for."""
    try:
        library = importlib.import_module(module)
    except ImportError:
        return
    for name, found in vars(library).items():
        if inspect.isclass(found) and issubclass(found, Exception) and not name.startswith("_"):
            yield found


def disk_errors() -> Iterator[type[Exception]]:
    found = [OSError]
    while found:
        kind = found.pop()
        yield kind
        found += [sub for sub in kind.__subclasses__() if sub.__module__ == "builtins"]


ALL = sorted(
    {
        kind
        for module in LIBRARIES
        for kind in exceptions_of(module)
        if not issubclass(kind, Warning)
    }
    | set(disk_errors()),
    key=lambda kind: f"{kind.__module__}.{kind.__qualname__}",
)


def test_the_libraries_are_those_of_the_client():
    packages = {kind.__module__.split(".")[0].rstrip("2") for kind in ALL}
    assert {"huggingface_hub", "hf_xet", "httpx", "builtins", "ssl"} <= packages


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: f"{kind.__module__}.{kind.__qualname__}")
def test_every_class_has_an_entry_and_a_sentence(kind):
    assert meaning_of(kind) in [*CLASSES.values()]
    # Made without its arguments, which each class has its own of.
    with_text = type(kind.__name__, (kind,), {"__str__": lambda self: "what the library says"})
    error = with_text.__new__(with_text)
    meant = hub_error("trying", error)
    assert isinstance(meant, (HubError, LocalError))
    assert str(meant).startswith("trying failed: ")
    assert "\n" not in str(meant)


def test_every_entry_is_of_a_class_that_exists():
    for name in CLASSES:
        package, _, kind = name.partition(".")
        if kind == "*" or package == "requests":
            continue
        module = {"httpx": "httpx2", "huggingface_hub": "huggingface_hub.errors"}.get(package)
        try:
            library = importlib.import_module(module or package)
        except ImportError:
            library = importlib.import_module(package)
        assert issubclass(getattr(library, kind), Exception)


def answer(status: int, **headers: str) -> Exception:
    error = OSError("the client's words")
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    error.response = SimpleNamespace(status_code=status, headers=names)
    return error


@pytest.mark.parametrize("status", [*STATUSES, 402, 422, 451, 500, 502, 503, 504, 599])
def test_every_status_has_a_sentence_and_is_repeated_only_if_it_may_pass(status):
    meant = hub_error("trying", answer(status))
    assert meant.status == status
    assert f"({status})" in str(meant)
    assert meant.temporary == (status in (408, 429) or status >= 500)


@pytest.mark.parametrize(
    ("words", "status", "temporary"),
    [
        ("Network error: Request error: HTTP status client error (403 X), domain: x", 403, False),
        ("Task error: CAS Client Error: HTTP status client error (401 Unauthorized)", 401, False),
        ("Rate limited: Request error: HTTP status client error (429 X), domain: x", 429, True),
        ("Server error: Request error: HTTP status server error (503 X), domain: x", 503, True),
        ("Network error: error sending request for url (http://x)", None, True),
        ("Data integrity error: hash mismatch", None, True),
        ("Internal error: task panicked", None, True),
    ],
)
@pytest.mark.parametrize("kind", [RuntimeError, ConnectionError])
def test_what_hf_xet_says_in_words_counts_like_an_answer(kind, words, status, temporary):
    meant = hub_error("uploading", kind(words))
    assert (meant.status, meant.temporary) == (status, temporary)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (RuntimeError("Task error: IO Error: No space left on device (os error 28)"), "no space"),
        (OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)), "no space left in .* set TMPDIR"),
        (RuntimeError("IO Error: Permission denied (os error 13)"), "this machine's disk refuses"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "disk refuses: .*'/x'"),
        (FileNotFoundError(errno.ENOENT, "No such file"), "this machine's disk refuses"),
        (OSError(errno.EIO, os.strerror(errno.EIO)), "this machine's disk refuses"),
        (MemoryError(), "no memory left"),
    ],
)
def test_errors_of_this_machine_are_not_the_hubs_and_not_repeated(error, message):
    meant = hub_error("downloading", error)
    assert isinstance(meant, LocalError)
    with pytest.raises(LocalError, match=message):
        raise meant


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(errno.ECONNRESET, "reset"),
        OSError(errno.ENETUNREACH, "Network is unreachable"),
        RuntimeError("connection refused (os error 111)"),
        TimeoutError(),
        OSError("Consistency check failed: file should be of size 3"),
        json.JSONDecodeError("Expecting value", "<html>", 0),
        KeyError("commitOid"),
        ssl.SSLEOFError(8, "EOF occurred in violation of protocol"),
    ],
)
def test_errors_of_the_wire_may_pass(error):
    assert hub_error("trying", error).temporary


def test_what_the_client_wraps_in_an_error_of_its_own_counts():
    error = RuntimeError("Error while uploading 'a.parquet' to the Hub.")
    error.__cause__ = TimeoutError("timed out")
    assert str(hub_error("committing", error)).startswith("committing failed: no answer from the")


def test_what_no_request_raises_is_not_made_a_sentence():
    assert hub_error("trying", KeyboardInterrupt()) is None
    assert hub_error("trying", SystemExit()) is None


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"RateLimit": '"api";r=0;t=20'}, 21),
        (429, {"RateLimit": '"api"; r=0; t=300', "Retry_After": "1"}, 301),
        (429, {"RateLimit": '"api";r=5;t=20', "Retry_After": "3"}, 3),
        (429, {"Retry_After": "17"}, 17),
        (503, {"Retry_After": "1.5"}, 1.5),
        (429, {}, 60),
        (429, {"Retry_After": "soon"}, 60),
        (503, {}, 0),
        (503, {"Retry_After": formatdate(0)}, 0),
    ],
)
def test_a_rate_limit_is_waited_for_by_whichever_header(status, headers, seconds):
    assert hub_error("trying", answer(status, **headers)).wait == seconds


REFUSED = Meaning("refused")


def temporary(wait: float = 0.0) -> HubError:
    return HubError("trying", Meaning("busy", temporary=True), wait=wait)


class Clock:
    """A time that passes only where somebody sleeps."""

    def __init__(self, patch):
        self.now = 0.0
        patch.setattr("time.monotonic", lambda: self.now)
        patch.setattr("time.sleep", self.pass_by)
        patch.setattr(progress, "WAITS", (1.0, 2.0, 4.0))

    def pass_by(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


def attempts(steps: Steps, *outcomes: Exception) -> int:
    """Try with these outcomes, one after the other, and return how many tries it took."""
    left = list(outcomes)

    def attempt():
        raise left.pop(0)

    with pytest.raises(ReleaseError):
        steps.retried(attempt)
    return len(outcomes) - len(left)


def test_what_may_pass_is_tried_four_times_with_longer_waits(clock):
    said = []
    outcomes = [temporary(), temporary(20.0), temporary(), temporary(), temporary()]
    assert attempts(Steps(report=said.append), *outcomes) == 4
    assert clock.now == 1.0 + 20.0 + 4.0
    assert said[0] == "trying failed: busy. Attempt 2 of 4 follows in 1 s."
    assert said[1].endswith("Attempt 3 of 4 follows in 20 s.")


@pytest.mark.parametrize(
    "error",
    [
        temporary(3600.0),
        HubError("x", Meaning("refused")),
        ReleaseError("x"),
        LocalError("x", Meaning("full")),
    ],
)
def test_what_cannot_pass_or_would_take_hours_is_tried_once(clock, error):
    assert attempts(Steps(), error, error) == 1
    assert clock.now == 0.0


def test_nobody_waits_longer_than_what_was_said(clock):
    """Though request after request fails first, and the last takes as long as one can."""
    said, tries = [], itertools.count()
    steps = Steps(report=said.append)
    steps.say_longest_wait()
    (minutes,) = map(int, re.findall(r"for at most (\d+) minutes", said[0]))

    def attempt():
        if next(tries) % 2 == 0:
            clock.pass_by(100.0 if steps.patience > 200 else progress.LONGEST_ATTEMPT)
            raise temporary(180.0)

    with pytest.raises(HubError):
        while True:
            steps.retried(attempt)
    assert 60 * minutes - 120 < clock.now <= 60 * minutes
