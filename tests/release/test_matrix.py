"""One fault at any request of the protocol: the release is finished, or nothing has changed.

Every cell releases 2.0.0 over 1.1.0, or a first version, with one fault on the way. It ends well or
with one sentence; running again without the fault finishes it. A few cells run each time, all of
them with `make soak`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from slash_dataset.release import ReleaseError
from tests.hub.faults import Faults
from tests.release.conftest import (
    REPO,
    SOAK,
    TOKEN,
    files_in,
    put_release,
    require_finished,
    require_whole_state,
)

LONGEST = 90.0  # seconds, with the short patience that these tests have
EVERY = 90  # one of this many cells runs each time

COMMON = (
    *("whoami", "refs", "commits", "repo_info", "tree", "resolve", "validate_yaml", "preupload"),
    *("commit", "create_tag", "create_repo", "create_branch"),
)
STEPS = {
    "xet": (*COMMON, "xet_write_token", "xet_read_token", "xet_store write", "xet_store read"),
    "lfs": (*COMMON, "lfs_batch", "lfs_put", "lfs_verify", "lfs_get"),
}
Order = Callable[..., Any]
FAULTS: dict[str, Order] = {
    "reset": lambda f, step, **at: f.reset(step, **at),
    "truncated": lambda f, step, **at: f.cut_answer(step, 10, **at),
    **{
        str(status): lambda f, step, status=status, **at: f.status(step, status, **at)
        for status in (401, 403, 404, 409, 412, 500, 503)
    },
    "429 Retry-After": lambda f, step, **at: f.status(step, 429, retry_after=1, **at),
    "429 RateLimit": lambda f, step, **at: f.status(step, 429, rate_limit=1, **at),
    "lost answer": lambda f, step, **at: f.lose_answer(step, **at),
    "slow": lambda f, step, **at: f.slow(step, 0.5, **at),
    "hang": lambda f, step, **at: f.slow(step, 40, **at),
}
# A store that only fails has no answer that could be cut or lost.
CELLS = [
    (storage, step, fault)
    for storage, steps in STEPS.items()
    for step in steps
    for fault in FAULTS
    if not (step.startswith("xet_store") and fault in ("truncated", "lost answer", "slow"))
]


def order(faults: Faults, step: str, fault: str) -> None:
    name, _, path = step.partition(" ")
    FAULTS[fault](faults, name, **({"path": path} if path else {}))


@pytest.mark.parametrize(("storage", "step", "fault"), CELLS if SOAK else CELLS[3::EVERY])
def test_one_fault_at_any_request_finishes_or_changes_nothing(
    ada, publish, built, monkeypatch, record_property, step, fault
):
    monkeypatch.setattr("slash_dataset.release.hub.ANSWER_TIMEOUT", 1.0)
    for name in ("HF_HUB_DOWNLOAD_TIMEOUT", "HF_HUB_ETAG_TIMEOUT"):
        monkeypatch.setattr(f"huggingface_hub.constants.{name}", 1)
    is_first = step in ("create_repo", "create_branch")
    old = "" if is_first else put_release(ada, built("1.1.0"), "v1.1.0")
    options = {"branch": "next"} if step == "create_branch" else {}
    order(ada.faults, step, fault)
    outcome, began = "finished", time.monotonic()
    try:
        publish("2.0.0", **options)
    except (ReleaseError, ValueError) as error:
        outcome = "stopped"
        assert "\n" not in str(error)
        assert TOKEN not in str(error)
        if not is_first:
            require_whole_state(ada, built, old)
    assert time.monotonic() - began < LONGEST
    if outcome == "stopped":
        ada.faults.clear()
        publish("2.0.0", **options)
    if is_first:
        branch = options.get("branch", "main")
        repo = ada.repo(REPO)
        assert repo.tree("v2.0.0") == repo.tree(branch) == files_in(built("2.0.0"))
    else:
        require_finished(ada, built, old)
    record_property("cell", f"{step}/{fault}")
    record_property("outcome", outcome)
