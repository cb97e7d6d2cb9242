"""A release to the loopback Hub: its contents afterwards, and the requests sent on the way."""

from __future__ import annotations

import json
import shutil

import pytest

from slash_dataset.release import ReleaseError, build_folder, release
from slash_dataset.release.hub import HubRepo
from slash_dataset.release.manifest import open_built
from slash_dataset.release.progress import Steps
from slash_dataset.release.publish import compare_with_hub
from tests.release.conftest import REPO, SMALL, TOKEN, files_in, put_release, writes

pytestmark = pytest.mark.parametrize("storage", ["xet", "lfs"])


def test_a_first_release_is_complete_and_tagged(ada, publish, built):
    done = publish("1.0.0")
    repo = ada.repo(REPO)
    assert repo.tags == {"v1.0.0": done.sha}
    assert repo.head == done.sha
    assert repo.tree("v1.0.0") == files_in(built("1.0.0"))
    assert len(repo.commits()) == 2  # the Hub's own first, and one of the release
    assert not repo.private
    assert done.is_new
    last = publish.reported[-1]
    assert last == f"{REPO} 1.0.0: commit {done.sha}, tag v1.0.0, {done.url}"
    assert done.url == f"{ada.endpoint}/datasets/{REPO}/tree/v1.0.0"


def test_every_step_of_a_release_is_told_in_its_turn(ada, publish, monkeypatch):
    begun = []
    monkeypatch.setattr(Steps, "begin", lambda self, what: begun.append(what))
    publish("1.0.0")
    assert begun == [
        *("checking the token", "building", "reading the Hub", "committing", "comparing"),
        *("tagging", "loading"),
    ]


def test_pictures_and_tables_are_large_files_and_text_is_not(ada, publish):
    publish("1.0.0")
    repo = ada.repo(REPO)
    assert {path.rpartition(".")[2] for path in repo.large_paths()} == {"parquet", "png"}
    assert not any(path.endswith(".py") for path in repo.tree())


def test_the_same_version_again_sends_nothing(ada, publish, built):
    sha = put_release(ada, built("1.0.0"), "v1.0.0")
    again = publish("1.0.0")
    assert (again.sha, again.is_new) == (sha, False)
    assert writes(ada) == {}
    assert "exists already" in publish.reported[1]


def test_a_new_version_sends_only_what_changed(ada, publish, built):
    old = put_release(ada, built("1.0.0"), "v1.0.0")
    done = publish("1.1.0")
    repo = ada.repo(REPO)
    assert repo.tags == {"v1.0.0": old, "v1.1.0": done.sha}
    assert repo.tree("v1.0.0") == files_in(built("1.0.0"))
    assert repo.tree() == files_in(built("1.1.0"))
    new = repo.tree("v1.1.0").items() - repo.tree("v1.0.0").items()
    assert ada.uploaded() == {sha for path, (_, sha) in new if path.endswith((".parquet", ".png"))}


def test_files_of_a_removed_config_go_away(ada, publish, built):
    put_release(ada, built("1.1.0"), "v1.1.0")
    publish("2.0.0")
    assert ada.repo(REPO).tree() == files_in(built("2.0.0"))
    assert any(line.startswith("removed") for line in publish.reported[2].splitlines())


def test_a_patch_that_changes_no_data_is_released(ada, publish, built):
    put_release(ada, built("1.0.0"), "v1.0.0")
    assert publish("1.0.1").tag == "v1.0.1"


def test_a_private_repository_stays_private_and_is_readable_with_the_token(ada, publish):
    publish("1.0.0", private=True)
    assert ada.repo(REPO).private
    publish("1.1.0", dry_run=True)
    assert ada.repo(REPO).private


def test_an_organisation_of_the_user_takes_a_release(ada, publish, tmp_path, sources):
    folder = tmp_path / "society"
    configs = SMALL["2.0.0"]
    build_folder(folder, configs=configs, version="2.0.0", repo_id="society/slash", sources=sources)
    assert publish("2.0.0", "society/slash", folder=folder).repo_id == "society/slash"


def test_a_repository_that_was_made_on_the_site_takes_a_release(ada, publish, built):
    ada.create_repo(REPO).commit({"README.md": b"# Coming soon\n"}, author="ada")
    publish("1.0.0")
    assert ada.repo(REPO).tree() == files_in(built("1.0.0"))


def test_another_branch_is_made_and_main_stays(ada, publish, built):
    old = put_release(ada, built("1.0.0"), "v1.0.0")
    done = publish("2.0.0", branch="next/2.0")
    repo = ada.repo(REPO)
    assert repo.branches == {"main": old, "next/2.0": done.sha}
    assert repo.tags["v2.0.0"] == done.sha


def test_a_dry_run_prints_the_plan_and_sends_nothing(ada, publish, built):
    put_release(ada, built("1.1.0"), "v1.1.0")
    assert publish("2.0.0", dry_run=True, token=None) is None
    assert writes(ada) == {}
    assert ada.log.count("whoami") == 0
    patience, head, table, last = publish.reported
    assert patience == "If the Hub fails or is busy, this waits for at most 30 minutes in all."
    assert head.startswith(f"v2.0.0 to main of {REPO}, at ")
    assert last == "Dry run: nothing was changed."
    lines = table.splitlines()
    kinds = {"added", "changed", "removed", "unchanged"}
    assert kinds >= {line.split()[0] for line in lines[1:-1]} >= {"changed", "removed"}
    assert all(f" {path} " in table for path in files_in(built("2.0.0")))
    assert "to upload" in lines[-1]


def test_a_dry_run_before_the_first_release_needs_no_repository(ada, publish):
    publish("1.0.0", dry_run=True, token=None)
    assert "does not exist yet" in publish.reported[1]
    assert not ada.has_repo(REPO)


def test_a_dry_run_of_what_is_released_says_so(ada, publish, built):
    put_release(ada, built("1.0.0"), "v1.0.0")
    assert publish("1.0.0", dry_run=True) is None
    assert "exists already" in publish.reported[1]


def test_a_commit_that_was_never_tagged_is_finished_and_not_repeated(ada, publish, built):
    sha = put_release(ada, built("1.0.0"), "v1.0.0")
    ada.repo(REPO).delete_tag("v1.0.0")
    done = publish("1.0.0")
    assert done.sha == sha
    assert ada.log.count("commit") == 0


def test_an_interrupted_release_is_known_by_its_content_whatever_its_message(ada, publish, built):
    put_release(ada, built("1.0.0"), "v1.0.0")
    untagged = put_release(ada, built("1.1.0"), "v1.1.0")
    ada.repo(REPO).delete_tag("v1.1.0")
    done = publish("2.0.0")
    assert [commit.sha for commit in ada.repo(REPO).commits()][:2] == [done.sha, untagged]


def test_a_file_beside_an_interrupted_release_is_somebodys_work(ada, publish, built):
    put_release(ada, built("1.0.0"), "v1.0.0")
    put_release(ada, built("1.1.0"), "v1.1.0")
    ada.repo(REPO).delete_tag("v1.1.0")
    ada.repo(REPO).commit({"NOTES.md": b"theirs"}, message="my notes", author="eve")
    with pytest.raises(ReleaseError, match="commits that no release made: .* by eve: 'my notes'"):
        publish("2.0.0")
    assert "NOTES.md" in ada.repo(REPO).tree()


@pytest.mark.parametrize("change", [{"repo_id": "eve/slash"}, {"version": "draft"}], ids=str)
def test_a_whole_folder_that_no_release_to_here_made_is_somebodys_work(
    ada, publish, built, own_copy, change
):
    put_release(ada, built("1.0.0"), "v1.0.0")
    path = own_copy("1.1.0") / "checksums.json"
    document = json.loads(path.read_text(encoding="utf-8")) | change
    path.write_text(json.dumps(document), encoding="utf-8")
    put_release(ada, path.parent, "draft")
    with pytest.raises(ReleaseError, match="commits that no release made: .* by ada"):
        publish("2.0.0")


def test_a_revert_that_quotes_a_release_is_somebodys_decision(ada, publish, built):
    put_release(ada, built("1.0.0"), "v1.0.0")
    put_release(ada, built("1.1.0"), "v1.1.0")
    old = {path: ada.repo(REPO).read(path, "v1.0.0") for path in ada.repo(REPO).tree("v1.0.0")}
    gone = ada.repo(REPO).tree().keys() - old.keys()
    message = "Revert\n\nThis reverts: Release 1.1.0\n\nManifest-SHA256: 1234"
    ada.repo(REPO).commit(old, deleted=gone, message=message, author="eve")
    with pytest.raises(ReleaseError, match="commits that no release made: .* by eve: 'Revert'"):
        publish("2.0.0")
    assert publish("2.0.0", replace=True).tag == "v2.0.0"


@pytest.mark.parametrize("path", ["README.md", "rotated/train-00000-of-00001.parquet"])
@pytest.mark.parametrize("untagged", [False, True])
def test_a_file_of_equal_size_with_other_bytes_is_replaced(ada, publish, built, path, untagged):
    put_release(ada, built("1.0.0"), "v1.0.0")
    if untagged:
        put_release(ada, built("1.1.0"), "v1.1.0")
        ada.repo(REPO).delete_tag("v1.1.0")
    content = bytearray(ada.repo(REPO).read(path))
    content[len(content) // 2] ^= 1
    ada.repo(REPO).commit({path: bytes(content)}, author="eve")
    with pytest.raises(ReleaseError, match="commits that no release made: .* by eve"):
        publish("1.1.0")
    publish("1.1.0", replace=True)
    (line,) = (one for one in publish.reported[2].splitlines() if f" {path} " in one)
    assert line.startswith("changed")
    assert ada.repo(REPO).tree("v1.1.0") == files_in(built("1.1.0"))


def test_a_commit_on_top_of_one_whose_answer_was_lost_does_not_hide_it(ada, publish, built):
    put_release(ada, built("1.0.0"), "v1.0.0")
    repo = ada.repo(REPO)

    def somebody():
        repo.commit({"NOTES.md": b"theirs"}, message="my notes", author="eve")

    ada.faults.call("commit", somebody, when="after")
    ada.faults.lose_answer("commit")
    done = publish("1.1.0")
    theirs, ours, *_ = repo.commits()
    assert (done.sha, repo.tags["v1.1.0"], repo.head) == (ours.sha, ours.sha, theirs.sha)
    (told,) = (text for text in publish.reported if "has moved on since" in text)
    assert "my notes" in told


def test_a_repository_that_the_token_cannot_see_is_named_at_once(ada, publish):
    ada.create_repo(REPO)
    ada.faults.status("refs", 404, code="RepoNotFound", times=None)
    with pytest.raises(ReleaseError, match="exists, but this token cannot see it: .*repo.write"):
        publish("1.0.0")
    assert ada.log.count("create_repo") == 1


def test_a_new_repository_that_shows_only_later_takes_a_release(ada, publish):
    # Asked before, twice, and in the attempt before and after it is made.
    ada.faults.status("refs", 404, code="RepoNotFound", times=4)
    assert publish("1.0.0").is_new
    assert ada.log.count("create_repo") == 1


def test_a_repository_without_main_names_the_branches_that_it_has(ada, publish):
    repo = ada.create_repo(REPO)
    repo.git("branch", "-m", "main", "master")
    with pytest.raises(ValueError, match="branch='main' is not allowed: .* there: master"):
        publish("1.0.0")
    publish("1.0.0", branch="master", replace=True)
    assert repo.tags["v1.0.0"] == repo.branches["master"]


@pytest.mark.parametrize("when", ["before", "while"])
def test_a_repository_that_somebody_else_wrote_to_stops_the_release(ada, publish, built, when):
    old = put_release(ada, built("1.0.0"), "v1.0.0")
    repo = ada.repo(REPO)

    def somebody():
        repo.commit({"NOTES.md": b"theirs"}, message="my notes", author="eve")

    if when == "before":
        somebody()
    else:
        ada.faults.call("commit", somebody)
    with pytest.raises(ReleaseError, match="eve: 'my notes'") as stopped:
        publish("1.1.0")
    assert ("NOTES.md" in str(stopped.value)) == (when == "while")
    assert repo.tags == {"v1.0.0": old}
    assert repo.tree() == files_in(built("1.0.0")) | {"NOTES.md": repo.tree()["NOTES.md"]}
    if when == "before":
        done = publish("1.1.0", replace=True)
        assert repo.tree() == files_in(built("1.1.0"))
        assert repo.tags["v1.1.0"] == done.sha


def test_a_dataset_of_somebody_else_is_not_replaced(ada, publish):
    repo = ada.create_repo(REPO)
    repo.commit({"data.csv": b"1,2\n"}, message="years of work", author="eve")
    with pytest.raises(ReleaseError, match="commits that no release made: .*years of work"):
        publish("1.0.0")
    assert "data.csv" in repo.tree()


def test_a_repository_that_somebody_else_makes_meanwhile_stops_the_release(ada, publish):
    def somebody():
        ada.create_repo(REPO).commit({"data.csv": b"1,2\n"}, message="mine", author="eve")

    ada.faults.call("create_repo", somebody)
    with pytest.raises(ReleaseError, match="since this release began: .*eve: 'mine'"):
        publish("1.0.0")
    assert ada.repo(REPO).tags == {}
    assert "data.csv" in ada.repo(REPO).tree()


def test_a_public_repository_of_somebody_else_gets_nothing_private(ada, publish):
    ada.faults.call("create_repo", lambda: ada.create_repo(REPO))
    with pytest.raises(ReleaseError, match="meanwhile created .*, and it is public"):
        publish("1.0.0", private=True)
    assert ada.repo(REPO).tree().keys() == {".gitattributes"}


def test_a_tag_on_another_commit_stops_the_release(ada, publish, built):
    put_release(ada, built("1.0.0"), "v1.1.0")
    tags, head = ada.repo(REPO).tags, ada.repo(REPO).head
    with pytest.raises(ReleaseError, match=r"v1\.1\.0 .* with other content .*a tag never moves"):
        publish("1.1.0")
    assert (ada.repo(REPO).tags, ada.repo(REPO).head) == (tags, head)


def test_a_tag_that_somebody_else_sets_meanwhile_stops_the_release(ada, publish, built):
    old = put_release(ada, built("1.0.0"), "v1.0.0")
    repo = ada.repo(REPO)
    ada.faults.call("create_tag", lambda: repo.set_tag("v1.1.0", old, message="theirs"))
    with pytest.raises(ReleaseError, match=r"somebody else has set v1\.1\.0"):
        publish("1.1.0")
    assert repo.tags == {"v1.0.0": old, "v1.1.0": old}


@pytest.mark.parametrize(
    ("released", "version", "message"),
    [
        ("1.1.0", "1.0.0", r"v1\.1\.0 has been released, and a new version must be higher"),
        ("2.0.0", "1.0.1", r"v2\.0\.0 has been released, and a new version must be higher"),
    ],
)
def test_a_version_that_is_not_higher_is_refused(ada, publish, built, released, version, message):
    put_release(ada, built(released), f"v{released}")
    head = ada.repo(REPO).head
    with pytest.raises(ValueError, match=message):
        publish(version)
    assert ada.repo(REPO).head == head


def test_a_patch_that_changes_data_is_refused(ada, publish, built, tmp_path, sources):
    put_release(ada, built("1.0.0"), "v1.0.0")
    folder = tmp_path / "changed"
    configs = SMALL["2.0.0"]
    build_folder(folder, configs=configs, version="1.0.1", repo_id=REPO, sources=sources)
    with pytest.raises(ValueError, match=r"original is gone since v1\.0\.0, .* lowest is 2\.0\.0"):
        publish("1.0.1", folder=folder)
    assert ada.repo(REPO).tags.keys() == {"v1.0.0"}


def test_a_tag_of_others_without_checksums_counts_as_other_data(ada, publish):
    repo = ada.create_repo(REPO)
    repo.set_tag("v1.0.0")
    for version in ("1.0.1", "1.1.0"):
        with pytest.raises(ValueError, match="requires a major version; the lowest is 2.0.0"):
            publish(version)
    assert publish("2.0.0", dry_run=True) is None


def test_tags_that_are_no_versions_do_not_matter(ada, publish, built):
    old = put_release(ada, built("1.0.0"), "v1.0.0")
    for tag in ("latest", "v9", "v9.9.9-rc1", "9.9.9"):
        ada.repo(REPO).set_tag(tag, old)
    publish("1.1.0", dry_run=True)
    assert publish.reported[-1] == "Dry run: nothing was changed."


def test_a_folder_that_was_changed_is_not_released(ada, publish, own_copy):
    for change in ("changed", "missing", "new"):
        folder = own_copy("1.0.0")
        if change == "changed":
            (folder / "README.md").write_text("# other\n", encoding="utf-8")
        elif change == "missing":
            (folder / "LICENSE").unlink()
        else:
            (folder / "slash.py").write_text("import os\n", encoding="utf-8")
        with pytest.raises(ValueError, match="differs from its checksums.json"):
            publish("1.0.0", folder=folder)
        shutil.rmtree(folder)
    assert len(ada.log.requests()) == ada.log.count("whoami")


def test_a_folder_that_decodes_to_other_arrays_is_not_released(ada, publish, own_copy):
    path = own_copy("2.0.0") / "checksums.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["configs"]["long"]["splits"]["test"]["labels"] = "0"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ValueError, match=r"differs from its checksums.json: long/test: labels"):
        publish("2.0.0", folder=path.parent)
    assert not ada.has_repo(REPO)


def test_what_the_hub_gives_is_compared_with_the_folder_before_it_is_tagged(ada, publish, built):
    path = "rotated/train-00000-of-00001.parquet"
    ada.faults.call("commit", lambda: ada.repo(REPO).damage(path), when="after")
    with pytest.raises(ReleaseError, match="downloads with SHA-256 .* It was not tagged"):
        publish("1.0.0")
    assert ada.repo(REPO).tags == {}


def test_a_commit_with_a_file_too_many_or_too_few_is_not_this_release(ada, built):
    built_folder = open_built(built("2.0.0"))
    put_release(ada, built("2.0.0"), "v2.0.0")
    hub, repo = HubRepo(REPO, None, Steps()), ada.repo(REPO)
    compare_with_hub(hub, built_folder, repo.head)
    for files, gone in (({"NOTES.md": b"theirs"}, ()), ({}, ("NOTES.md", "LICENSE"))):
        sha = repo.commit(files, deleted=gone)
        with pytest.raises(ReleaseError, match="does not hold this release: .*was not tagged"):
            compare_with_hub(hub, built_folder, sha)


def test_a_release_builds_what_no_folder_is_given_for(ada, monkeypatch, tmp_path, sources):
    monkeypatch.setattr("slash_dataset.release.build.Sources.find", lambda: sources)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    said = []
    done = release(REPO, "1.0.0", configs=["original"], token=TOKEN, report=said.append)
    assert ada.repo(REPO).tags == {"v1.0.0": done.sha}
    assert not list(tmp_path.glob("slash-dataset-*"))
