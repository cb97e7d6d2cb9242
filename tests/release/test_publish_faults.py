"""Whatever fails at whatever step: the finished release or the old state, and never a mixture.

Each case orders one thing to go wrong while 2.0.0 is released over 1.1.0, whose files mostly go
away. Running again without the fault finishes what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from slash_dataset.release import ReleaseError, verify
from tests.hub.faults import Faults
from tests.release.conftest import (
    REPO,
    files_in,
    require_finished,
    require_whole_state,
)

Order = Callable[[Faults], Any]

FOR_EVER = {"times": None}

# What ends well although something went wrong: the tool, or the client, tries again.
OVERCOME: dict[str, Order] = {
    "whoami 503": lambda f: f.status("whoami", 503),
    "whoami 429, come back in a second": lambda f: f.status("whoami", 429, retry_after=1),
    "refs reset": lambda f: f.reset("refs"),
    "refs cut": lambda f: f.cut_answer("refs", 20),
    "tree reset": lambda f: f.reset("tree"),
    "commits 503": lambda f: f.status("commits", 503),
    "validation reset": lambda f: f.reset("validate_yaml"),
    "commit 429": lambda f: f.status("commit", 429),
    "commit 503 three times": lambda f: f.status("commit", 503, times=3),
    "commit reset": lambda f: f.reset("commit"),
    "commit without an answer": lambda f: f.lose_answer("commit"),
    "commit with half an answer": lambda f: f.reset_after_answer("commit", 10),
    "commit without an answer, and the head not readable": lambda f: (
        f.lose_answer("commit"),
        f.status("repo_info", 503),
    ),
    "slow commit": lambda f: f.slow("commit", 0.5),
    "head of a file 503": lambda f: f.status("resolve", 503, method="HEAD"),
    "tag reset": lambda f: f.reset("create_tag"),
    "tag without an answer": lambda f: f.lose_answer("create_tag"),
    "tag without an answer, and the refs not readable": lambda f: (
        f.lose_answer("create_tag"),
        f.status("refs", 503, nth=2),
    ),
}

# The same for what only one of the storages has.
OVERCOME_IN: dict[str, dict[str, Order]] = {
    "lfs": {
        "negotiation 503": lambda f: f.status("lfs_batch", 503),
        "upload reset half-way": lambda f: f.reset_after_upload("lfs_put", 2_000),
        "upload without an answer": lambda f: f.lose_answer("lfs_put"),
        "verification of an upload without an answer": lambda f: f.lose_answer("lfs_verify"),
        "file 500": lambda f: f.status("lfs_get", 500),
        "file reset half-way": lambda f: f.reset_after_answer("lfs_get", 3_000),
        "file cut half-way": lambda f: f.cut_answer("lfs_get", 3_000),
    },
    "xet": {
        "token to write 503": lambda f: f.status("xet_write_token", 503),
        "token to write reset": lambda f: f.reset("xet_write_token"),
        "token to write cut": lambda f: f.cut_answer("xet_write_token", 20),
        "storage of an upload 503": lambda f: f.status("xet_store", 503, path="write"),
        "storage of an upload reset": lambda f: f.reset("xet_store", path="write"),
        "storage of an upload hangs": lambda f: f.slow("xet_store", 60, path="write"),
        "token to read 503": lambda f: f.status("xet_read_token", 503),
        "storage of a file 503": lambda f: f.status("xet_store", 503, path="read"),
        "storage of a file reset": lambda f: f.reset("xet_store", path="read"),
        "storage of a file hangs": lambda f: f.slow("xet_store", 60, path="read"),
    },
}

# What stops the release, with what message, and whether the commit exists by then.
STOPS: dict[str, tuple[Order, str, bool]] = {
    "whoami 401": (lambda f: f.status("whoami", 401), "does not accept the token", False),
    "whoami 500 for ever": (lambda f: f.status("whoami", 500, **FOR_EVER), "in trouble", False),
    "refs 403": (lambda f: f.status("refs", 403), "does not allow it", False),
    "refs reset for ever": (lambda f: f.reset("refs", **FOR_EVER), "no answer", False),
    "tree 403": (lambda f: f.status("tree", 403), "listing the files .* does not allow", False),
    "tree 404": (lambda f: f.status("tree", 404), "listing the files .* nothing there", False),
    "checksums 403": (lambda f: f.status("resolve", 403), "downloading checksums.json", False),
    "card refused": (
        lambda f: f.status("validate_yaml", 400, message="a card like this is refused"),
        "committing to main .* as it was",
        False,
    ),
    "preupload 403": (lambda f: f.status("preupload", 403), "does not allow it", False),
    "commit 403": (lambda f: f.status("commit", 403), "is as it was", False),
    "commit 409": (lambda f: f.status("commit", 409), "is as it was", False),
    "commit 412 though nobody moved": (lambda f: f.status("commit", 412), "as it was", False),
    "commit 503 for ever": (lambda f: f.status("commit", 503, **FOR_EVER), "as it was", False),
    "commit without an answer, and then no Hub": (
        lambda f: (f.lose_answer("commit"), f.reset("repo_info", nth=1, **FOR_EVER)),
        "no answer .* Whether the commit was applied is unknown, because reading main",
        True,
    ),
    "tree of the commit 403": (
        lambda f: f.call("commit", lambda: f.status("tree", 403), when="after"),
        "listing the files",
        True,
    ),
    "tag 403": (lambda f: f.status("create_tag", 403), "not tagged; run again", True),
    "tag 409 though there is none": (lambda f: f.status("create_tag", 409), "not tagged", True),
    "tag 503 for ever": (lambda f: f.status("create_tag", 503, **FOR_EVER), "not tagged", True),
}


STOPS_IN: dict[str, dict[str, tuple[Order, str, bool]]] = {
    "lfs": {
        "negotiation 403": (lambda f: f.status("lfs_batch", 403), "does not allow it", False),
        "upload 403": (lambda f: f.status("lfs_put", 403), "does not allow it", False),
        "verification 404": (lambda f: f.status("lfs_verify", 404), "run again", False),
        "file 403": (lambda f: f.status("lfs_get", 403), "downloading .* does not allow", True),
        "file 503 for ever": (lambda f: f.status("lfs_get", 503, **FOR_EVER), "downloading", True),
    },
    "xet": {
        "token to write 403": (
            lambda f: f.status("xet_write_token", 403),
            r"does not allow it \(403\).* has the scope repo.write .* is as it was",
            False,
        ),
        "storage of an upload 401": (
            lambda f: f.status("xet_store", 401, path="write"),
            r"does not accept the token \(401\).* is as it was",
            False,
        ),
        "storage of an upload 403": (
            lambda f: f.status("xet_store", 403, path="write"),
            r"does not allow it \(403\).* is as it was",
            False,
        ),
        "storage of an upload 503 for ever": (
            lambda f: f.status("xet_store", 503, path="write", **FOR_EVER),
            r"in trouble \(503\).* is as it was",
            False,
        ),
        "storage of an upload reset for ever": (
            lambda f: f.reset("xet_store", path="write", **FOR_EVER),
            "no answer .* is as it was",
            False,
        ),
        "token to read 403": (
            lambda f: f.status("xet_read_token", 403, **FOR_EVER),
            "downloading .* does not allow it .* complete but not compared",
            True,
        ),
        "storage of a file 403": (
            lambda f: f.status("xet_store", 403, path="read", **FOR_EVER),
            r"downloading .* does not allow it \(403\)",
            True,
        ),
        "storage of a file 500 for ever": (
            lambda f: f.status("xet_store", 500, path="read", **FOR_EVER),
            r"downloading .* in trouble \(500\)",
            True,
        ),
    },
}

# These leave large files behind that no commit names.
HALF_UPLOADED = {"upload 403", "verification 404", "commit 403"}

BOTH = ("xet", "lfs")


@pytest.mark.parametrize(
    ("storage", "fault", "order"),
    [(storage, fault, order) for storage in BOTH for fault, order in OVERCOME_IN[storage].items()]
    + [("xet", fault, order) for fault, order in OVERCOME.items()]
    + [("lfs", fault, order) for fault, order in OVERCOME.items() if fault.startswith("commit")],
)
def test_what_passes_is_overcome(ada, publish, built, old, fault, order):
    order(ada.faults)
    done = publish("2.0.0")
    assert done.sha == ada.repo(REPO).tags["v2.0.0"]
    require_finished(ada, built, old)


@pytest.mark.parametrize(
    ("storage", "fault", "case"),
    [(storage, fault, case) for storage in BOTH for fault, case in STOPS_IN[storage].items()]
    + [("xet", fault, case) for fault, case in STOPS.items()]
    + [("lfs", fault, case) for fault, case in STOPS.items() if fault.startswith("commit")],
)
def test_what_stays_stops_the_release_and_running_again_finishes_it(
    ada, publish, built, old, fault, case
):
    order, message, committed = case
    order(ada.faults)
    with pytest.raises(ReleaseError, match=message):
        publish("2.0.0")
    require_whole_state(ada, built, old)
    assert ada.repo(REPO).tags == {"v1.1.0": old}
    assert (ada.repo(REPO).head != old) == committed
    if not (committed or fault in HALF_UPLOADED):
        return  # nothing was left behind: running again is a first run
    ada.faults.clear()
    publish("2.0.0")
    require_finished(ada, built, old)


FIRST = {
    "refs 404 as if there were none": (lambda f: f.status("refs", 404, code="RepoNotFound"), None),
    "creation 403": (lambda f: f.status("create_repo", 403), "creating .* does not allow it"),
    "creation 500": (lambda f: f.status("create_repo", 500), None),
    "creation reset": (lambda f: f.reset("create_repo"), None),
    "creation without an answer": (lambda f: f.lose_answer("create_repo"), None),
    "branch without an answer": (lambda f: f.lose_answer("create_branch"), None),
    "branch 500": (lambda f: f.status("create_branch", 500), None),
    "branch 403": (lambda f: f.status("create_branch", 403), "creating the branch .* not allow"),
}


@pytest.mark.parametrize("fault", FIRST)
def test_a_first_release_overcomes_or_stops_before_anything_is_there(ada, publish, built, fault):
    order, message = FIRST[fault]
    order(ada.faults)
    branch = "next" if "branch" in fault else "main"
    if message is not None:
        with pytest.raises(ReleaseError, match=message):
            publish("2.0.0", branch=branch)
        assert not ada.has_repo(REPO) or ada.repo(REPO).tree().keys() == {".gitattributes"}
    publish("2.0.0", branch=branch)
    repo = ada.repo(REPO)
    assert repo.tree("v2.0.0") == repo.tree(branch) == files_in(built("2.0.0"))
    assert len(repo.commits(branch)) == 2


@pytest.mark.parametrize(
    ("order", "message"),
    [
        (lambda f, at: f.status("resolve", 404, path=at, times=None), "the last proof failed"),
        (lambda f, at: f.status("resolve", 503, path=at), None),
    ],
    ids=["for ever", "once"],
)
def test_the_last_proof_fails_loudly_or_is_repeated(
    ada, publish, built, old, monkeypatch, order, message
):
    """Only a request by the tag's commit for the tag's own process: what comes after the tag."""
    loads, load = [], verify._run
    monkeypatch.setattr(verify, "_run", lambda *given: loads.append(given) or load(*given))
    ada.faults.call("create_tag", lambda: order(ada.faults, "long/train"), when="after")
    if message is not None:
        with pytest.raises(ReleaseError, match=message):
            publish("2.0.0")
        assert len(loads) == 1  # what is permanent is not tried again
        require_finished(ada, built, old)
        ada.faults.clear()
    publish("2.0.0")
    require_finished(ada, built, old)


@pytest.mark.parametrize(
    ("headers", "seconds"), [({"rate_limit": 1}, 2), ({"retry_after": 1}, 1)], ids=str
)
@pytest.mark.parametrize("step", ["refs", "commit", "create_tag"])
def test_it_says_that_it_waits_for_the_hub_and_how_long(ada, publish, old, step, headers, seconds):
    ada.faults.status(step, 429, **headers)
    publish("2.0.0")
    (told,) = (text for text in publish.reported if "Attempt" in text)
    assert "the Hub asks to come back later (429)" in told
    assert told.endswith(f"Attempt 2 of 4 follows in {seconds} s.")


def test_a_hub_that_does_not_answer_is_told_about_and_given_up(ada, publish, old, monkeypatch):
    monkeypatch.setattr("slash_dataset.release.hub.ANSWER_TIMEOUT", 0.5)
    monkeypatch.setattr("slash_dataset.release.hub.SILENCE", 0.2)
    ada.faults.slow("create_tag", 60, times=None)
    with pytest.raises(ReleaseError, match="no answer from the Hub.* but not tagged; run again"):
        publish("2.0.0")
    assert any(text.endswith("still waiting for the Hub") for text in publish.reported)
    ada.faults.clear()
