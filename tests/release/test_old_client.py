"""A release with the Hub's older client, which is built on another HTTP library."""

from __future__ import annotations

import subprocess

import pytest

from scripts.matrix import pythons, run_in
from tests.release.conftest import REPO, TOKEN, require_finished, require_whole_state

RELEASE = """
import sys
from slash_dataset.release import hub, progress, release
if len(sys.argv) > 4:
    hub.ANSWER_TIMEOUT, progress.WAITS = float(sys.argv[4]), ()
release(*sys.argv[1:3], folder=sys.argv[3], progress=True)
"""
FAULTS = {
    "none": lambda f: None,
    "several": lambda f: (
        f.status("refs", 503),
        f.status("lfs_batch", 429, retry_after=1),
        f.lose_answer("commit"),
        f.reset("create_tag"),
    ),
}


@pytest.fixture
def release(ada, built, tmp_path):
    """Release 2.0.0 with the older client; given seconds, once, and no longer for an answer."""
    settings = ada.client_environment(tmp_path / "home", TOKEN)

    def run(*timeout: float) -> subprocess.CompletedProcess[str]:
        arguments = map(str, (REPO, "2.0.0", built("2.0.0"), *timeout))
        return run_in("lowest", pythons()[0], "-c", RELEASE, *arguments, **settings)

    return run


@pytest.mark.parametrize("fault", FAULTS)
def test_the_client_on_requests_releases_and_overcomes(ada, built, old, release, fault):
    FAULTS[fault](ada.faults)
    done = release()
    assert done.returncode == 0, done.stderr[-3000:]
    require_finished(ada, built, old)
    assert "train-00000-of-00001.parquet: 100%" in done.stderr  # of the bytes
    told = "the Hub asks to come back later (429)" in done.stdout
    assert told == (fault == "several")


# A file is sent by a thread of the client's own, a tag by that of the release.
@pytest.mark.parametrize(
    ("step", "left"), [("lfs_put", "is as it was"), ("create_tag", "but not tagged; run again")]
)
def test_a_hub_that_hangs_is_given_up(ada, built, old, release, step, left):
    ada.faults.slow(step, 120, times=None)
    done = release(1.0)
    assert done.returncode == 1
    (error,) = (line for line in done.stderr.splitlines() if "release.errors.ReleaseError" in line)
    assert "no answer from the Hub" in error
    assert left in error
    require_whole_state(ada, built, old)
