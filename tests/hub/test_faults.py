"""Faults that tests order reach the unmodified client as the real ones would."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import huggingface_hub
import pytest
from huggingface_hub import CommitOperationAdd, HfApi, hf_hub_download

from tests.hub import Hub

REPO = "ada/strokes"
LARGE = bytes(range(256)) * 4096  # 1 MiB


@pytest.fixture
def api(hub: Hub) -> HfApi:
    """A client with a write token, and an empty dataset of its user."""
    hub.add_user("ada", "hf_write")
    hub.create_repo(REPO)
    return HfApi(endpoint=hub.endpoint, token="hf_write")


def commit(
    api: HfApi, path: str = "a.txt", content: bytes = b"a", parent_commit: str | None = None
) -> str:
    """Commit one file with the real client."""
    done = api.create_commit(
        REPO,
        [CommitOperationAdd(path, content)],
        commit_message="add",
        parent_commit=parent_commit,
        repo_type="dataset",
    )
    return done.oid


def refs(api: HfApi) -> list[str]:
    """The branches: a request that the client never repeats."""
    return [ref.name for ref in api.list_repo_refs(REPO, repo_type="dataset").branches]


@pytest.mark.parametrize("status", [401, 403, 404, 409, 412, 429, 500, 503])
def test_a_status_reaches_the_client_once(hub: Hub, api: HfApi, status: int) -> None:
    hub.faults.status("refs", status)
    with pytest.raises(huggingface_hub.errors.HfHubHTTPError, match="ordered by a test") as refused:
        refs(api)
    assert refused.value.response.status_code == status
    assert refs(api) == ["main"]
    assert [one.status for one in hub.log.requests("refs")] == [status, 200]


def test_a_status_on_a_write_means_that_nothing_was_applied(hub: Hub, api: HfApi) -> None:
    hub.faults.status("commit", 503)
    hub.faults.status("create_tag", 500)
    head = hub.repo(REPO).head
    with pytest.raises(huggingface_hub.errors.HfHubHTTPError):
        commit(api)
    with pytest.raises(huggingface_hub.errors.HfHubHTTPError):
        api.create_tag(REPO, tag="1.0.0", repo_type="dataset")
    assert (hub.repo(REPO).head, hub.repo(REPO).tags) == (head, {})
    assert hub.log.count("commit") == 1  # the client does not repeat it


def test_error_codes_choose_the_exception(hub: Hub, api: HfApi) -> None:
    hub.faults.status("refs", 404, code="RepoNotFound")
    hub.faults.status("refs", 404, code="RevisionNotFound", nth=2)
    with pytest.raises(huggingface_hub.errors.RepositoryNotFoundError):
        refs(api)
    with pytest.raises(huggingface_hub.errors.RevisionNotFoundError):
        refs(api)


def test_rate_limits_say_when_to_come_back(hub: Hub, api: HfApi) -> None:
    hub.faults.status("preupload", 429, retry_after=1)
    started = time.monotonic()
    commit(api)
    assert time.monotonic() - started >= 2  # the client adds a second to Retry-After
    assert [one.status for one in hub.log.requests("preupload")] == [429, 200]


@pytest.mark.parametrize("storage", ["lfs"])
def test_large_uploads_see_a_status_and_not_a_reset(hub: Hub, api: HfApi) -> None:
    hub.faults.status("lfs_put", 403)
    with pytest.raises(RuntimeError) as failed:
        commit(api, "a.bin", LARGE)
    assert isinstance(failed.value.__cause__, huggingface_hub.errors.HfHubHTTPError)
    assert hub.log.requests("lfs_put")[0].body_size == len(LARGE)


@pytest.mark.parametrize("step", ["create_tag", "commit"])
def test_a_reset_is_a_transport_error_and_nothing_is_applied(
    hub: Hub, api: HfApi, step: str
) -> None:
    hub.faults.reset(step)
    head = hub.repo(REPO).head
    with pytest.raises(httpx2.NetworkError) as failed:
        if step == "commit":
            commit(api)
        api.create_tag(REPO, tag="1.0.0", repo_type="dataset")
    assert _caused_by(failed.value, ConnectionResetError)
    assert (hub.repo(REPO).head, hub.repo(REPO).tags) == (head, {})


def _caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False


def test_a_lost_answer_is_a_transport_error_although_the_commit_exists(
    hub: Hub, api: HfApi
) -> None:
    hub.faults.lose_answer("commit")
    before = hub.repo(REPO).head
    with pytest.raises(httpx2.NetworkError):
        commit(api)
    head = hub.repo(REPO).head
    assert head != before
    assert hub.repo(REPO).read("a.txt") == b"a"
    # The same again, as a careful client does it: a no-op, even with the old parent.
    assert commit(api, parent_commit=before) == head
    assert hub.log.count("commit") == 1


def test_a_lost_answer_to_a_tag_leaves_the_tag(hub: Hub, api: HfApi) -> None:
    hub.faults.lose_answer("create_tag")
    with pytest.raises(httpx2.NetworkError):
        api.create_tag(REPO, tag="1.0.0", repo_type="dataset")
    assert hub.repo(REPO).tags == {"1.0.0": hub.repo(REPO).head}


@pytest.mark.parametrize("storage", ["lfs"])
def test_an_upload_that_is_reset_half_way_leaves_nothing_and_is_repeated(
    hub: Hub, api: HfApi
) -> None:
    hub.faults.reset_after_upload("lfs_put", 100_000)
    commit(api, "a.bin", LARGE)
    first, second = hub.log.requests("lfs_put")
    assert first.status is None
    assert 100_000 <= first.body_size < len(LARGE)
    assert (second.status, second.body_sha256) == (200, hashlib.sha256(LARGE).hexdigest())
    assert hub.repo(REPO).read("a.bin") == LARGE


@pytest.mark.parametrize("status", [403, 500])
@pytest.mark.parametrize("step", ["xet_write_token", "xet_store"])
def test_hf_xet_tells_a_status_of_the_storage_in_words_alone(
    hub: Hub, api: HfApi, step: str, status: int
) -> None:
    hub.faults.status(step, status, times=None)
    with pytest.raises(ConnectionError, match=f"HTTP status .* error \\({status} "):
        commit(api, "a.bin", LARGE)
    assert hub.log.count("commit") == 0
    assert hub.log.requests(step)[0].status == status


def test_a_storage_that_fails_once_gives_way_to_one_that_works(hub: Hub, api: HfApi) -> None:
    hub.faults.status("xet_store", 403, path="write")
    with pytest.raises(ConnectionError):
        commit(api, "a.bin", LARGE)
    commit(api, "a.bin", LARGE)
    assert hub.repo(REPO).read("a.bin") == LARGE


@pytest.mark.parametrize(("step", "path"), [("lfs_get", "a.bin"), ("resolve", "a.txt")])
def test_a_download_that_is_cut_is_begun_again(
    hub: Hub, api: HfApi, tmp_path: Path, step: str, path: str
) -> None:
    hub.repo(REPO).commit({path: LARGE})
    hub.faults.cut_answer(step, 100_000, method="GET")
    file = hf_hub_download(
        REPO, path, repo_type="dataset", endpoint=hub.endpoint, cache_dir=tmp_path / "cache"
    )
    assert Path(file).read_bytes() == LARGE
    assert hub.log.count(step, method="GET") == 2


def test_a_download_that_is_cut_is_continued_after_the_last_whole_chunk(
    hub: Hub, api: HfApi, tmp_path: Path
) -> None:
    chunk = huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE
    content = (LARGE * 12)[: chunk + 1000]
    hub.repo(REPO).commit({"a.bin": content})
    hub.faults.cut_answer("lfs_get", chunk + 500)
    file = api.hf_hub_download(REPO, "a.bin", repo_type="dataset", cache_dir=tmp_path / "cache")
    assert Path(file).read_bytes() == content
    _, second = hub.log.requests("lfs_get")
    assert (second.status, second.headers["range"]) == (206, f"bytes={chunk}-")


def test_a_download_that_is_reset_fails_and_leaves_no_half_of_a_file(
    hub: Hub, api: HfApi, tmp_path: Path
) -> None:
    hub.repo(REPO).commit({"a.bin": LARGE})
    hub.faults.reset_after_answer("lfs_get", 100_000)
    with pytest.raises(httpx2.NetworkError):
        api.hf_hub_download(REPO, "a.bin", repo_type="dataset", cache_dir=tmp_path / "cache")
    assert not [
        one
        for one in (tmp_path / "cache").rglob("*")
        if one.is_file() and one.stat().st_size > 1000
    ]


def test_a_slow_answer_takes_its_time(hub: Hub, api: HfApi) -> None:
    hub.faults.slow("refs", 0.3)
    started = time.monotonic()
    assert refs(api) == ["main"]
    assert time.monotonic() - started >= 0.3


def test_somebody_can_commit_between_two_requests_of_one_commit(hub: Hub, api: HfApi) -> None:
    repo = hub.repo(REPO)
    base = repo.head
    hub.faults.call("commit", lambda: repo.commit({"theirs.txt": b"theirs"}))
    with pytest.raises(huggingface_hub.errors.HfHubHTTPError) as refused:
        commit(api, parent_commit=base)
    assert refused.value.response.status_code == 412
    assert set(repo.tree()) == {".gitattributes", "theirs.txt"}


def test_a_call_after_a_request_sees_it_applied(hub: Hub, api: HfApi) -> None:
    seen: list[bytes] = []
    hub.faults.call("commit", lambda: seen.append(hub.repo(REPO).read("a.txt")), when="after")
    sha = commit(api)
    assert seen == [b"a"]
    assert hub.repo(REPO).head == sha


def test_a_tag_can_be_made_and_moved_by_somebody_else(hub: Hub, api: HfApi) -> None:
    repo = hub.repo(REPO)
    base = repo.head
    hub.faults.call("create_tag", lambda: repo.set_tag("1.0.0", base, message="theirs"))
    with pytest.raises(huggingface_hub.errors.HfHubHTTPError) as refused:
        api.create_tag(REPO, tag="1.0.0", revision=commit(api), repo_type="dataset")
    assert refused.value.response.status_code == 409
    assert repo.tags == {"1.0.0": base}
    repo.set_tag("1.0.0", "main")
    assert repo.tags == {"1.0.0": repo.head}
    repo.delete_tag("1.0.0")
    assert repo.tags == {}


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ({}, [503, 200, 200, 200]),
        ({"nth": 2}, [200, 503, 200, 200]),
        ({"nth": 2, "times": 2}, [200, 503, 503, 200]),
        ({"times": None}, [503, 503, 503, 503]),
        ({"path": "strokes", "method": "GET", "nth": 4}, [200, 200, 200, 503]),
    ],
)
def test_faults_meet_the_requests_that_they_name(
    hub: Hub, api: HfApi, match: dict[str, Any], expected: list[int]
) -> None:
    hub.faults.status("refs", 503, **match)
    with httpx2.Client(trust_env=False, verify=False) as raw:
        for _ in expected:
            raw.get(f"{hub.endpoint}/api/datasets/{REPO}/refs")
    assert [one.status for one in hub.log.requests("refs")] == expected


def test_faults_that_no_request_has_met_fail_the_test(hub: Hub, api: HfApi) -> None:
    hub.faults.status("refs", 503, method="DELETE")
    with pytest.raises(AssertionError, match="faults never met"):
        hub.check()
    hub.faults.clear()
    hub.check()


def test_calls_that_fail_fail_the_test(hub: Hub, api: HfApi) -> None:
    hub.faults.call("refs", lambda: 1 / 0)
    assert refs(api) == ["main"]
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        hub.check()
    hub.faults.failed_calls.clear()


@pytest.mark.parametrize(
    ("order", "message"),
    [
        (lambda faults: faults.status("commits!", 503), "step must be one of"),
        (lambda faults: faults.status("commit", 200), "status must be from 400 to 599, not 200"),
        (lambda faults: faults.reset("commit", nth=0), "nth must be 1 or more, not 0"),
        (lambda faults: faults.reset("commit", times=0), "times must be 1 or more"),
        (lambda faults: faults.slow("commit", -1), "seconds must be 0 or more, not -1"),
        (lambda faults: faults.call("commit", print, when="never"), "when must be"),
    ],
)
def test_orders_that_make_no_sense_are_refused(hub: Hub, order: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        order(hub.faults)


UPLOAD = """
import huggingface_hub as h
operation = h.CommitOperationAdd("a.bin", bytes(range(256)) * 4096)
h.HfApi().create_commit("ada/strokes", [operation], commit_message="add", repo_type="dataset")
"""


@pytest.mark.parametrize(
    ("storage", "step"),
    [("lfs", "lfs_put"), ("lfs", "lfs_verify"), ("xet", "preupload"), ("xet", "xet_write_token")],
)
def test_a_client_killed_before_its_commit_leaves_the_dataset_as_it_was(
    hub: Hub, api: HfApi, tmp_path: Path, step: str
) -> None:
    head = hub.repo(REPO).head
    started: list[subprocess.Popen[bytes]] = []
    hub.faults.call(step, lambda: os.kill(started[0].pid, signal.SIGKILL))
    environment = {**os.environ, **hub.client_environment(tmp_path / "home", "hf_write")}
    started.append(subprocess.Popen([sys.executable, "-c", UPLOAD], env=environment))
    assert started[0].wait(60) == -signal.SIGKILL
    assert hub.log.count("commit") == 0
    assert hub.repo(REPO).head == head
