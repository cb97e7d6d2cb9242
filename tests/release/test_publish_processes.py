"""Releases as processes: killed at any moment, two at once, and silent about the token."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter

import pytest

from slash_dataset.destinations import scratch_folder
from slash_dataset.release import build_folder
from tests.hub.fixture import running_hub
from tests.release.conftest import (
    REPO,
    SMALL,
    SOAK,
    TOKEN,
    files_in,
    put_release,
    require_finished,
    require_whole_state,
    start_command,
)


def _split(moment):
    storage, name, seed = moment.split("-")
    return storage, name, int(seed)


MOMENTS = [
    ("xet", "lfs")[seed % 2] + f"-{sent.name}-{seed // 4}"
    for seed, sent in enumerate(
        [signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGTERM] * 8
    )
][: 32 if SOAK else 6]


@pytest.fixture(scope="module")
def requests_of_a_release(tmp_path_factory, built, hub_no_proxy):
    """What one undisturbed release asks of the Hub, in order: pairs of endpoint and method."""
    return {
        storage: _undisturbed(tmp_path_factory.mktemp("undisturbed"), built, storage == "xet")
        for storage in ("xet", "lfs")
    }


def _undisturbed(root, built, xet):
    with running_hub(root / "hub", xet=xet) as hub:
        hub.add_user("ada", TOKEN)
        put_release(hub, built("1.1.0"), "v1.1.0")
        command = ("release", "--repo-id", REPO, "--folder", built("2.0.0"))
        process = start_command(hub, root / "home", *command)
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
        return [(one.step, one.method) for one in hub.log.requests()]


@pytest.mark.parametrize(
    ("storage", "sent", "seed"),
    [(storage, getattr(signal, name), seed) for storage, name, seed in map(_split, MOMENTS)],
    ids=MOMENTS,
)
def test_a_release_that_is_ended_leaves_a_whole_state_and_running_again_finishes_it(
    ada, publish, built, old, requests_of_a_release, tmp_path, monkeypatch, storage, sent, seed
):
    moments = random.Random(f"{storage}-{sent}-{seed}")
    requests = requests_of_a_release[storage]
    number = moments.randrange(len(requests))
    step, method = requests[number]
    nth = Counter(requests[: number + 1])[step, method]
    started = []
    ada.faults.call(
        step,
        lambda: os.kill(started[0].pid, sent),
        when=moments.choice(["before", "after"]),
        nth=nth,
        method=method,
    )
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command = ("release", "--repo-id", REPO, "--folder", built("2.0.0"))
    started.append(start_command(ada, tmp_path / "home", *command, TMPDIR=str(scratch)))
    output, errors = started[0].communicate(timeout=300)
    assert started[0].returncode in (-sent, 128 + sent), errors
    assert TOKEN not in output + errors
    assert sent == signal.SIGKILL or not list(scratch.iterdir())
    require_whole_state(ada, built, old)
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    publish("2.0.0")
    require_finished(ada, built, old)  # with one commit, no matter who made it
    # What loads from the outside lives a moment longer than a release that is killed.
    end = time.monotonic() + 20
    while list(scratch.glob(".slash-*")) and time.monotonic() < end:
        with scratch_folder():
            time.sleep(0.1)
    assert not list(scratch.glob(".slash-*"))


def test_of_two_releases_at_once_one_wins_and_the_other_says_so(ada, built, old, tmp_path, sources):
    other = tmp_path / "other"
    build_folder(other, configs=SMALL["3.0.0"], version="3.0.0", repo_id=REPO, sources=sources)
    folders = {"2.0.0": built("2.0.0"), "3.0.0": other}
    ada.faults.slow("commit", 2, times=2)  # so that both have read the same head by then
    processes = {
        version: start_command(ada, tmp_path / version, "release", "--repo-id", REPO, "--folder", f)
        for version, f in folders.items()
    }
    said = {version: process.communicate(timeout=300) for version, process in processes.items()}
    codes = {version: process.returncode for version, process in processes.items()}
    assert sorted(codes.values()) == [0, 1], said
    winner, loser = sorted(codes, key=codes.get)
    repo = ada.repo(REPO)
    assert repo.tags.keys() == {"v1.1.0", f"v{winner}"}
    assert repo.tree() == repo.tree(f"v{winner}") == files_in(folders[winner])
    assert "somebody else has moved main" in said[loser][1]
    assert f"'Release {winner}'" in said[loser][1]


def test_two_releases_of_the_same_at_once_both_end_well_with_one_commit(ada, built, old, tmp_path):
    ada.faults.slow("commit", 2)
    command = ("release", "--repo-id", REPO, "--folder", built("2.0.0"))
    processes = [start_command(ada, tmp_path / name, *command) for name in "ab"]
    said = [process.communicate(timeout=300) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    require_finished(ada, built, old)


@pytest.mark.parametrize(
    ("storage", "fault"),
    [
        *(("xet", "none"), ("xet", "whoami"), ("xet", "xet_write_token"), ("xet", "xet_store")),
        *(("xet", "commit"), ("xet", "create_tag"), ("xet", "resolve")),
        *(("lfs", "none"), ("lfs", "lfs_put")),
    ],
)
def test_the_token_appears_nowhere(ada, built, old, tmp_path, fault):
    if fault != "none":
        ada.faults.status(fault, 401, times=None)
    home, scratch = tmp_path / "home", tmp_path / "scratch"
    scratch.mkdir()
    command = ("release", "--repo-id", REPO, "--folder", built("2.0.0"), "--progress")
    loud = {"HF_HUB_VERBOSITY": "debug", "HF_DEBUG": "1", "TMPDIR": str(scratch)}
    process = start_command(ada, home, *command, **loud)
    output, errors = process.communicate(timeout=300)
    assert process.returncode == (0 if fault == "none" else 1), errors
    assert "/7 steps" in errors
    counts_bytes = "New Data Upload" if ada.xet else "train-00000-of-00001.parquet: 100%"
    assert (counts_bytes in errors) or fault != "none"
    sha = ada.repo(REPO).tags.get("v2.0.0")
    last = f"{REPO} 2.0.0: commit {sha}, tag v2.0.0, {ada.endpoint}/datasets/{REPO}/tree/v2.0.0"
    assert (output.splitlines()[-1:] == [last]) == (fault == "none")
    assert TOKEN not in output + errors
    assert "Traceback" not in output + errors
    everything = [*tmp_path.rglob("*"), *built("2.0.0").rglob("*")]
    files = [path for path in everything if path.is_file()]
    assert any("hub-server" in str(path) for path in files)
    assert not [path for path in files if TOKEN.encode() in path.read_bytes()]
    assert not list(scratch.iterdir())


def test_a_token_that_is_given_as_something_else_is_not_repeated(ada, tmp_path):
    arguments = ("release", "--repo-id", TOKEN, "--dry-run")
    process = start_command(ada, tmp_path / "home", *arguments)
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 1
    assert TOKEN not in output + errors
    assert "repo_id='[token]' is not allowed" in errors


def test_a_full_disk_stops_the_comparison_before_the_tag(ada, publish, built, old, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ("release", "--repo-id", REPO, "--folder", built("2.0.0"))
    process = start_command(
        ada, tmp_path / "home", *command, small_disk=disk, size="64k", TMPDIR=str(disk)
    )
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 1
    assert f"no space left in {disk}" in errors
    assert "was not tagged; run again" in errors
    assert "Traceback" not in errors
    assert ada.repo(REPO).tags == {"v1.1.0": old}
    publish("2.0.0")
    require_finished(ada, built, old)


def test_a_full_disk_stops_a_build_and_leaves_nothing(ada, built, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ("build", disk / "slash", "--configs", "original-float64")
    process = start_command(ada, tmp_path / "home", *command, small_disk=disk, size="1m")
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 1
    assert f"not enough space on the disk for dest='{disk / 'slash'}'" in errors
    assert "Traceback" not in errors
