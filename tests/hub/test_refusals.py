"""The loopback Hub refuses what the real one refuses, and takes note of what no client sends."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hub import Hub
from tests.hub.bodies import check_path, parse_commit
from tests.hub.errors import HubError
from tests.hub.fixture import running_hub

REPO = "ada/strokes"
DS = f"/api/datasets/{REPO}"
LFS = f"/datasets/{REPO}.git/info/lfs/objects"
OID = hashlib.sha256(b"large").hexdigest()
OTHER_OID = hashlib.sha256(b"other").hexdigest()
HEADER = {"key": "header", "value": {"summary": "add", "description": ""}}
RAW = httpx2.Client(trust_env=False, verify=False)
LFS_HEADERS = {
    "Accept": "application/vnd.git-lfs+json",
    "Content-Type": "application/vnd.git-lfs+json",
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """One Hub for all refusals of this module: none of them may change it."""
    with running_hub(tmp_path_factory.mktemp("shared") / "hub") as hub:
        hub.add_user("ada", "hf_write")
        hub.create_repo(REPO).commit({"folder/a.txt": b"a"})
        before = (hub.repo(REPO).branches, hub.repo(REPO).tags)
        yield hub
        assert (hub.repo(REPO).branches, hub.repo(REPO).tags) == before
        hub.check()


def send(hub: Hub, method: str, path: str, **options: Any) -> httpx2.Response:
    """Send a request with a write token, past the client."""
    headers = {"Authorization": "Bearer hf_write", **options.pop("headers", {})}
    base = options.pop("base", hub.endpoint)
    return RAW.request(method, base + path, headers=headers, **options)


def send_commit(hub: Hub, *lines: Any, rev: str = "main", **options: Any) -> httpx2.Response:
    """Send a commit, line by line."""
    content = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    headers = {"Content-Type": "application/x-ndjson"}
    return send(hub, "POST", f"{DS}/commit/{rev}", content=content, headers=headers, **options)


def file_line(path: str, content: str = "YQ==", encoding: str = "base64") -> dict[str, Any]:
    """The line of a commit that adds a small file."""
    return {"key": "file", "value": {"path": path, "content": content, "encoding": encoding}}


def lfs_line(**changes: Any) -> dict[str, Any]:
    """The line of a commit that adds a large file."""
    value = {"path": "a.bin", "algo": "sha256", "oid": OID, "size": 5, **changes}
    return {"key": "lfsFile", "value": value}


def header_line(**changes: Any) -> dict[str, Any]:
    """The first line of a commit."""
    return {"key": "header", "value": {"summary": "add", **changes}}


@pytest.mark.parametrize(
    ("status", "method", "path", "options"),
    [
        (404, "GET", "/api/models/ada/strokes", {}),
        (404, "GET", f"{DS}/discussions", {}),
        (404, "PUT", f"/upload/{OID}", {}),  # the storage's, not the Hub's
        (405, "PUT", f"{DS}/commit/main", {}),
        (405, "GET", "/api/repos/create", {}),
        (415, "POST", "/api/repos/create", {"content": b"{}"}),
        (400, "POST", "/api/repos/create", {"json": []}),
        (400, "POST", "/api/repos/create", {"json": {"type": "dataset"}}),
        (400, "POST", "/api/repos/create", {"json": {"name": "x", "type": "space"}}),
        (400, "POST", "/api/repos/create", {"json": {"name": "x/y", "type": "dataset"}}),
        (400, "POST", "/api/repos/create", {"json": {"name": "x", "type": "dataset", "z": 1}}),
        (400, "POST", f"{DS}/tag/main", {"json": {}}),
        (400, "POST", f"{DS}/tag/main", {"json": {"tag": "a..b"}}),
        (400, "POST", f"{DS}/tag/main", {"json": {"tag": "refs/tags/a"}}),
        (400, "POST", f"{DS}/branch/a%20b", {"json": {}}),
        (400, "POST", f"{DS}/preupload/main", {"json": {"files": [{"path": "a", "size": 1}]}}),
        (
            400,
            "POST",
            f"{DS}/preupload/main",
            {"json": {"files": [{"path": "a", "size": 9, "sample": "YQ=="}]}},
        ),
        (415, "POST", f"{DS}/paths-info/main", {"json": {"paths": ["a"]}}),
        (400, "POST", f"{DS}/paths-info/main", {"data": {"paths": ["../a"]}}),
        (400, "GET", f"{DS}/tree/main?recursive=perhaps", {}),
        (400, "GET", f"{DS}/tree/main?cursor=-1", {}),
        (400, "GET", f"/datasets/{REPO}/resolve/main/folder/..%2F..%2Fa", {}),
        (406, "POST", f"{LFS}/batch", {"json": {"operation": "upload", "objects": []}}),
        (
            422,
            "POST",
            f"{LFS}/batch",
            {"json": {"operation": "download", "objects": []}, "headers": LFS_HEADERS},
        ),
        (
            422,
            "POST",
            f"{LFS}/batch",
            {
                "json": {"operation": "upload", "objects": [{"oid": "ab", "size": 1}]},
                "headers": LFS_HEADERS,
            },
        ),
        (404, "POST", f"{LFS}/verify", {"json": {"oid": OTHER_OID, "size": 5}}),
        (400, "POST", f"{LFS}/verify", {"json": {"oid": OTHER_OID, "size": True}}),
    ],
)
def test_requests_that_no_client_sends_are_refused_and_kept(
    shared: Hub, status: int, method: str, path: str, options: dict[str, Any]
) -> None:
    answer = send(shared, method, path, **options)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]
    assert len(shared.log.take_protocol_errors()) == 1


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [file_line("a")],
        [HEADER, HEADER],
        [header_line(summary=" ")],
        [header_line(parentCommit="abc1234")],
        [header_line(parent="0" * 40)],
        [HEADER, {"key": "move", "value": {}}],
        [HEADER, {"key": "file"}],
        [HEADER, file_line("")],
        [HEADER, file_line("/etc/passwd")],
        [HEADER, file_line("../a")],
        [HEADER, file_line("a/../../b")],
        [HEADER, file_line("a//b")],
        [HEADER, file_line("a/.git/config")],
        [HEADER, file_line(".GIT/hooks")],
        [HEADER, file_line("a\0b")],
        [HEADER, file_line("a", content="not base64!")],
        [HEADER, file_line("a", encoding="hex")],
        [HEADER, file_line("folder")],
        [HEADER, file_line("folder/a.txt/b")],
        [HEADER, file_line("a", content=base64.b64encode(bytes(10 * 1024**2 + 1)).decode())],
        [HEADER, lfs_line()],  # never uploaded
        [HEADER, lfs_line(algo="md5")],
        [HEADER, lfs_line(oid=OID.upper())],
        [HEADER, lfs_line(size="5")],
        [HEADER, {"key": "deletedFile", "value": {"path": "a", "recursive": True}}],
    ],
)
def test_commits_that_no_client_sends_are_refused_and_kept(shared: Hub, lines: list[Any]) -> None:
    answer = send_commit(shared, *lines)
    assert answer.status_code == 400, answer.text
    assert len(shared.log.take_protocol_errors()) == 1


@pytest.mark.parametrize(
    ("status", "lines", "rev"),
    [
        (412, [header_line(parentCommit="0" * 40), file_line("b")], "main"),
        (404, [HEADER, file_line("b")], "0" * 40),
        (404, [HEADER, file_line("b")], "main~1"),
        (404, [HEADER, {"key": "deletedFile", "value": {"path": "folder"}}], "main"),
        (404, [HEADER, {"key": "deletedFolder", "value": {"path": "none/"}}], "main"),
        (400, [HEADER, file_line("README.md", "---\na: [\n---\n", "utf-8")], "main"),
    ],
)
def test_commits_that_come_at_the_wrong_time_are_refused_but_no_protocol_error(
    shared: Hub, status: int, lines: list[Any], rev: str
) -> None:
    assert send_commit(shared, *lines, rev=rev).status_code == status
    assert shared.log.take_protocol_errors() == []


def test_one_bad_line_keeps_the_whole_commit_out(shared: Hub) -> None:
    head = shared.repo(REPO).head
    assert send_commit(shared, HEADER, file_line("good"), lfs_line()).status_code == 400
    assert shared.repo(REPO).head == head
    assert len(shared.log.take_protocol_errors()) == 1


def upload_address(hub: Hub, oid: str, size: int) -> str:
    """The signed address at which the storage takes a large file."""
    body = {"operation": "upload", "objects": [{"oid": oid, "size": size}]}
    answer = send(hub, "POST", f"{LFS}/batch", json=body, headers=LFS_HEADERS)
    address: str = answer.json()["objects"][0]["actions"]["upload"]["href"]
    assert address.startswith(hub.storage)
    assert hub.storage != hub.endpoint
    return address


@pytest.mark.parametrize(
    ("status", "content", "headers", "tail"),
    [
        (400, b"other", {}, ""),  # other bytes
        (400, b"larger", {}, ""),  # another size
        (400, b"large", {"Authorization": "Bearer hf_write"}, ""),  # a token and a signature
        (403, b"large", {}, "0"),  # another signature
        (411, iter([b"large"]), {}, ""),  # no size at all
    ],
)
def test_uploads_of_something_else_are_refused_and_nothing_is_stored(
    shared: Hub, status: int, content: Any, headers: dict[str, str], tail: str
) -> None:
    address = upload_address(shared, OID, 5) + tail
    answer = RAW.put(address, content=content, headers=headers)
    assert answer.status_code == status, answer.text
    verified = send(shared, "POST", f"{LFS}/verify", json={"oid": OID, "size": 5})
    assert verified.status_code == 404
    assert len(shared.log.take_protocol_errors()) == 2


def test_an_upload_counts_only_once_it_is_verified(hub: Hub) -> None:
    hub.add_user("ada", "hf_write")
    hub.create_repo(REPO)
    put = RAW.put(upload_address(hub, OID, 5), content=b"large")
    assert put.status_code == 200
    assert send_commit(hub, HEADER, lfs_line()).status_code == 400
    assert send(hub, "POST", f"{LFS}/verify", json={"oid": OID, "size": 4}).status_code == 400
    assert len(hub.log.take_protocol_errors()) == 2
    assert send(hub, "POST", f"{LFS}/verify", json={"oid": OID, "size": 5}).status_code == 200
    assert send_commit(hub, HEADER, lfs_line(size=6)).status_code == 400
    assert len(hub.log.take_protocol_errors()) == 1
    assert send_commit(hub, HEADER, lfs_line()).json()["commitOid"] == hub.repo(REPO).head
    assert hub.repo(REPO).read("a.bin") == b"large"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/api/datasets/ada/missing", "RepoNotFound"),
        (f"{DS}/revision/missing", "RevisionNotFound"),
        (f"{DS}/tree/main~1", "RevisionNotFound"),
        (f"{DS}/tree/main/missing", "EntryNotFound"),
        (f"{DS}/tree/main/folder%2Fa.txt", "EntryNotFound"),
        (f"/datasets/{REPO}/resolve/main/missing", "EntryNotFound"),
        (f"/datasets/{REPO}/resolve/main/folder", "EntryNotFound"),
        (f"/datasets/{REPO}/resolve/refs%2Fconvert%2Fparquet/a", "RevisionNotFound"),
    ],
)
def test_what_is_not_there_is_404_with_its_error_code(shared: Hub, path: str, code: str) -> None:
    answer = send(shared, "GET", path)
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (404, code)


@pytest.mark.parametrize(
    ("given", "status", "span"),
    [("bytes=1-2", 206, "bytes 1-2/3"), ("bytes=-1", 206, "bytes 2-2/3"), ("bytes=9-", 416, None)],
)
def test_ranges_of_a_file(hub: Hub, given: str, status: int, span: str | None) -> None:
    hub.create_repo(REPO).commit({"a.txt": b"abc"})
    url = f"{hub.endpoint}/datasets/{REPO}/resolve/main/a.txt"
    answer = RAW.get(url, headers={"Range": given})
    assert answer.status_code == status
    if span is not None:
        assert answer.headers["Content-Range"] == span
        assert answer.headers["X-Repo-Commit"] == hub.repo(REPO).head


def test_a_protocol_error_that_nobody_takes_fails_the_test(hub: Hub) -> None:
    RAW.get(f"{hub.endpoint}/api/anything")
    with pytest.raises(AssertionError, match="no such endpoint"):
        hub.check()
    assert len(hub.log.take_protocol_errors()) == 1


@settings(max_examples=200, deadline=None)
@given(st.binary() | st.lists(st.sampled_from([HEADER, file_line("a"), lfs_line(), 1, {}])))
def test_any_bytes_are_a_commit_or_a_protocol_error(body: Any) -> None:
    raw = body if isinstance(body, bytes) else "".join(json.dumps(x) + "\n" for x in body).encode()
    try:
        payload = parse_commit(raw)
    except HubError as error:
        assert error.client_bug
        assert error.status in (400, 415)
    else:
        assert payload.summary


@given(st.lists(st.sampled_from(["a", "b.txt", "..", ".", "", ".git", ".gitignore"]), max_size=5))
def test_paths_never_lead_out_of_the_repository(parts: list[str]) -> None:
    path = "/".join(parts)
    good = bool(parts) and all(part not in ("..", ".", "", ".git") for part in parts)
    if good:
        assert check_path(path) == path
    else:
        with pytest.raises(HubError):
            check_path(path)
