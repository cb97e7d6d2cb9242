"""What is published can be listed, and compared with what it claims and with a fresh build."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from slash_dataset.cli.group import cli
from slash_dataset.destinations import scratch_folder
from slash_dataset.release import ReleaseError, published_versions, verify, verify_published
from slash_dataset.release.hub import HubRepo
from slash_dataset.release.manifest import read_checksums
from slash_dataset.release.progress import Steps
from tests.release.conftest import REPO, TOKEN, put_release


@pytest.fixture
def run(ada):
    return lambda *arguments: CliRunner().invoke(cli, [str(a) for a in arguments])


def test_versions_are_listed_with_date_commit_and_checksum(ada, built, run):
    shas = [put_release(ada, built(v), f"v{v}") for v in ("1.0.0", "1.0.1", "1.1.0")]
    ada.repo(REPO).set_tag("draft")
    newest, patch, first = published_versions(REPO)
    assert [newest.tag, patch.tag, first.tag] == ["v1.1.0", "v1.0.1", "v1.0.0"]
    assert [first.sha, patch.sha, newest.sha] == shas
    assert patch.data_sha256 == first.data_sha256 != newest.data_sha256
    lines = run("versions", "--repo-id", REPO).stdout.splitlines()
    assert len(lines) == 4
    for line, version in zip(lines[1:], (newest, patch, first), strict=True):
        for text in (version.tag, version.sha, version.data_sha256, f"{version.date:%Y-%m-%d}"):
            assert text in line
    told = json.loads(run("versions", "--repo-id", REPO, "--json").stdout)
    splits = told[0]["checksums"]["configs"]["rotated"]["splits"]
    assert splits["train"]["num_rows"] == 60


def test_a_version_without_checksums_is_listed_as_such(ada, run):
    ada.create_repo(REPO).set_tag("v0.1.0")
    assert "unknown: no checksums.json" in run("versions", "--repo-id", REPO).output


def test_a_published_version_is_what_it_claims(ada, built, run):
    put_release(ada, built("1.0.0"), "v1.0.0")
    result = run("verify", "--repo-id", REPO)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert all(line.endswith(": ok") for line in lines)
    for what in ("README.md", "rotated/train", "fresh build of original/test"):
        assert f"{what}: ok" in lines


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"README.md": b"---\nlicense: mit\n---\n"}, "README.md: DIFFERENT: SHA-256 is"),
        ({"NOTES.md": b"new"}, "NOTES.md: DIFFERENT: it is not in checksums.json"),
        (
            {"rotated/train-00000-of-00001.parquet": b"no table"},
            "rotated/train: DIFFERENT: train-00000-of-00001.parquet is not a Parquet file",
        ),
    ],
)
def test_a_published_version_that_is_something_else_is_found_out(ada, built, run, files, message):
    put_release(ada, built("1.0.0"), "v1.0.0")
    ada.repo(REPO).commit(files)
    result = run("verify", "--repo-id", REPO, "--revision", "main")
    assert result.exit_code == 1
    assert message in result.output
    assert run("verify", "--repo-id", REPO, "--revision", "v1.0.0").exit_code == 0


def test_other_pixels_with_checksums_of_their_own_are_found_out_by_the_fresh_build(
    ada, built, own_copy
):
    folder = own_copy("1.0.0")
    path = folder / "checksums.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["configs"]["rotated"]["parameters"]["seed"] = 7
    path.write_text(json.dumps(document), encoding="utf-8")
    put_release(ada, folder, "v1.0.0")
    found = dict(verify_published(REPO))
    assert found["rotated/train"] is None
    assert "should be" in found["fresh build of rotated/train"]
    assert found["fresh build of original/train"] is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"draw_version": 0},
            "rotated is not built again: it was made by draw version 0, but this package has 1",
        ),
        ({"parameter": "tilt"}, "rotated is not built again, because this package cannot make it"),
        ({"without": "noise"}, "rotated is not built again: it was made by draw version 1"),
    ],
)
def test_an_old_version_is_compared_with_a_fresh_build_only_where_it_must_be_equal(
    ada, built, own_copy, run, change, told
):
    folder = own_copy("1.0.0")
    path = folder / "checksums.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["draw_version"] = change.get("draw_version", 1)
    parameters = document["configs"]["rotated"]["parameters"]
    if "parameter" in change:
        parameters[change["parameter"]] = 3
    parameters.pop(change.get("without"), None)
    path.write_text(json.dumps(document), encoding="utf-8")
    put_release(ada, folder, "v1.0.0")
    result = run("verify", "--repo-id", REPO)
    assert result.exit_code == 0, result.output
    assert told in result.output
    assert "fresh build of rotated" not in result.output
    assert "rotated/train: ok" in result.output
    assert "fresh build of original/train: ok" in result.output


def test_an_old_version_that_is_damaged_is_found_out_without_a_fresh_build(ada, own_copy, run):
    folder = own_copy("1.0.0")
    path = folder / "checksums.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["draw_version"] = 0
    document["configs"]["rotated"]["splits"]["train"]["labels"] = "0" * 64
    path.write_text(json.dumps(document), encoding="utf-8")
    put_release(ada, folder, "v1.0.0")
    result = run("verify", "--repo-id", REPO)
    assert result.exit_code == 1
    assert "rotated/train: DIFFERENT: labels is" in result.output


def test_a_private_dataset_is_verified_with_its_token(ada, built):
    put_release(ada, built("2.0.0"), "v2.0.0")
    ada.repo(REPO).private = True
    with pytest.raises(ReleaseError, match="does not exist, or is private; if so, set HF_TOKEN"):
        list(verify_published(REPO))
    assert not any(difference for _, difference in verify_published(REPO, token=TOKEN))


@pytest.mark.parametrize(
    ("revision", "message"),
    [(None, "has no version; give a revision"), ("main", "has no checksums.json")],
)
def test_what_no_release_made_is_named(ada, run, revision, message):
    ada.create_repo(REPO)
    given = () if revision is None else ("--revision", revision)
    result = run("verify", "--repo-id", REPO, *given)
    assert result.exit_code == 1
    assert message in result.output


def test_a_repository_or_revision_that_is_not_there_is_named(ada, built, run):
    assert f"{REPO} does not exist" in run("versions", "--repo-id", REPO).output
    put_release(ada, built("2.0.0"), "v2.0.0")
    result = run("verify", "--repo-id", REPO, "--revision", "v7.0.0")
    assert result.exit_code == 1
    assert "reading v7.0.0 of ada/slash failed: the Hub has nothing there (404)" in result.output


def test_the_last_proof_holds_all_that_was_loaded_to_what_was_built(
    ada, built, monkeypatch, tmp_path
):
    put_release(ada, built("2.0.0"), "v2.0.0")
    checksums = read_checksums(built("2.0.0") / "checksums.json")
    loaded = []
    load = verify._run

    def prove():
        verify.prove_loadable(HubRepo(REPO, None, Steps()), "v2.0.0", checksums)

    (tmp_path / "file").touch()
    for name in ("HF_HUB_CACHE", "HF_DATASETS_CACHE", "HF_MODULES_CACHE"):
        monkeypatch.setenv(name, str(tmp_path / "file" / name))  # it must keep away from these
    monkeypatch.setattr(verify, "_run", lambda *given: loaded.append(load(*given)) or loaded[0])
    prove()
    answer = json.loads(loaded[0].stdout)

    def require_failure(message, code=0, **changes):
        changed = {"configs": {"long": answer["configs"]["long"] | changes}}
        done = subprocess.CompletedProcess((), code, json.dumps(changed), "")
        monkeypatch.setattr(verify, "_run", lambda *given: done)
        with pytest.raises(ReleaseError, match=message):
            prove()

    splits = answer["configs"]["long"]["splits"]
    require_failure("it ended without a message", 1)
    require_failure(r"another long \(features\): {}, not {'image'", features="{}")
    require_failure(r"another long \(version\): 1.0.0, not 2.0.0", version="1.0.0")
    require_failure(r"another long \(splits\)", splits={"train": splits["train"]})
    other = splits | {"test": splits["test"] | {"labels": "0"}}
    require_failure(r"another long \(test\): labels is 0, but should be", splits=other)


# Starts what loads a version, on the same standard input, and lives on.
STARTS_A_LOADER = """
import os, subprocess, sys, time
loader = [sys.executable, "-m", "slash_dataset.release.verify", str(os.getpid())]
print(subprocess.Popen(loader, stdout=subprocess.DEVNULL).pid, flush=True)
time.sleep(600)
"""


def is_running(pid):
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
def test_what_loads_a_version_ends_when_its_release_is_killed():
    fcntl, termios = pytest.importorskip("fcntl"), pytest.importorskip("termios")
    ours, theirs = os.pipe()
    with scratch_folder() as folder:
        root = Path(__file__).parents[2]
        release = subprocess.Popen(
            [sys.executable, "-c", STARTS_A_LOADER],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(root)},
            stdin=ours,
            stdout=subprocess.PIPE,
            text=True,
        )
        pid = int(release.stdout.readline())
        os.write(theirs, b"{")
        while fcntl.ioctl(ours, termios.FIONREAD, bytes(4)) != bytes(4):
            assert is_running(pid)
            time.sleep(0.05)
        assert is_running(pid)  # it waits for the rest
        release.kill()
        release.wait()
        end = time.monotonic() + 30
        while is_running(pid) and time.monotonic() < end:
            time.sleep(0.05)
        assert not is_running(pid)
    os.close(ours)
    os.close(theirs)
