"""Each bad input gets its own error, before anything is sent or written."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from slash_dataset.cli.group import cli
from slash_dataset.configs import resolve_config
from slash_dataset.release import ReleaseError, build_folder, release
from slash_dataset.release.checks import Account, check_account, check_branch
from tests.release.conftest import REPO, TOKEN


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"repo_id": "slash"}, "repo_id='slash' is not allowed: repo_id takes NAMESPACE/NAME"),
        ({"repo_id": "ada/"}, "repo_id takes NAMESPACE/NAME"),
        ({"repo_id": "ada/sl ash"}, "repo_id='ada/sl ash' is not allowed"),
        ({"repo_id": "ada/slash/more"}, "repo_id='ada/slash/more' is not allowed"),
        ({"repo_id": "ada/slash_dataset"}, "must not have the package.s name"),
        ({"version": "1.0"}, "version='1.0' is not allowed: version takes three numbers"),
        ({"version": "v1.0.0"}, "version='v1.0.0' is not allowed"),
        ({"version": "01.0.0"}, "version='01.0.0' is not allowed"),
        ({"version": "1.1.0"}, "version='1.1.0' is not allowed: folder=.* was built as 1.0.0"),
        ({"branch": "a b"}, "branch='a b' is not allowed"),
        ({"branch": "refs/heads/x"}, "branch='refs/heads/x' is not allowed"),
        ({"configs": ["original"]}, r"configs=\['original'\] is not allowed with folder="),
        ({"folder": "/nowhere"}, "folder='/nowhere' is not allowed: it has no checksums.json"),
        ({"repo_id": "ada/other"}, "it was built for ada/slash, as its card says"),
    ],
)
def test_a_release_refuses_arguments_before_anything_is_written(ada, built, options, message):
    given = {"repo_id": REPO, "folder": built("1.0.0"), "token": TOKEN, **options}
    with pytest.raises(ValueError, match=message):
        release(given.pop("repo_id"), given.pop("version", None), **given, report=print)
    assert {one.step for one in ada.log.requests()} <= {"whoami"}


@pytest.mark.parametrize("branch", ["main", "next", "next/2.0", "a-b_c.d"])
def test_ordinary_branches_are_allowed(branch):
    check_branch(branch)


@pytest.mark.parametrize(
    "branch", ["", "-x", "a..b", "a//b", "a/", "a.lock", "a/.b", "a~1", "a^", "a:b", ".a", "a b"]
)
def test_what_git_does_not_take_as_a_branch_is_refused(branch):
    with pytest.raises(ValueError, match="branch="):
        check_branch(branch)


def test_without_a_token_only_a_dry_run_begins(ada, publish):
    with pytest.raises(ValueError, match="there is no token: set HF_TOKEN"):
        publish("1.0.0", token=None)
    assert ada.log.requests() == []
    publish("1.0.0", token=None, dry_run=True)


def test_offline_nothing_begins(ada, publish, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ValueError, match="HF_HUB_OFFLINE=1 is set"):
        publish("1.0.0")
    assert ada.log.requests() == []


def test_a_token_that_the_hub_does_not_know_is_refused(ada, publish):
    with pytest.raises(ReleaseError, match=r"the Hub does not accept the token \(401\)"):
        publish("1.0.0", token="hf_unknown")


def test_a_read_only_token_is_refused_before_anything_is_made(ada, publish):
    ada.add_user("ada", "hf_readonly", role="read")
    with pytest.raises(ReleaseError, match="the token of ada is read-only"):
        publish("1.0.0", token="hf_readonly")
    assert ada.log.count("create_repo") == 0


def test_a_namespace_of_somebody_else_is_refused(ada, publish):
    ada.add_user("eve", "hf_eve", orgs=("club",))
    with pytest.raises(ReleaseError, match="eve can write to eve, club, not to ada"):
        publish("1.0.0", token="hf_eve")
    assert [one.step for one in ada.log.requests()] == ["whoami"]


@pytest.mark.parametrize(
    ("user", "repo_id", "message"),
    [
        (
            {"role": "fineGrained", "scopes": (("ada/other", "repo.write"), ("ada", "repo.read"))},
            REPO,
            "the fine-grained token of ada may write to ada/other, not to ada/slash: .*repo.write",
        ),
        ({"role": "fineGrained"}, REPO, "may write to nothing, not to ada/slash"),
        ({"orgs": ("society:read",)}, "society/slash", "ada may only read in society"),
    ],
)
def test_what_a_token_may_not_do_is_said_before_anything_is_built(ada, user, repo_id, message):
    ada.add_user("ada", "hf_narrow", **user)
    with pytest.raises(ReleaseError, match=message):
        release(repo_id, "1.0.0", token="hf_narrow", report=print)
    assert [one.step for one in ada.log.requests()] == ["whoami"]


@pytest.mark.parametrize("name", ["ada", REPO])
def test_a_fine_grained_token_that_may_write_releases(ada, publish, name):
    ada.add_user("ada", "hf_narrow", role="fineGrained", scopes=((name, "repo.write"),))
    assert publish("2.0.0", token="hf_narrow").tag == "v2.0.0"


def test_a_hub_that_does_not_tell_what_a_token_may_do_says_it_with_a_403(ada, publish):
    ada.add_user("ada", "hf_narrow", role="fineGrained")
    account = Account("ada", {"ada": ""}, "fineGrained")
    check_account(account, REPO)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("slash_dataset.release.publish.check_account", lambda *a: None)
        with pytest.raises(ReleaseError, match=r"\(403\).*that has the scope repo.write"):
            publish("2.0.0", token="hf_narrow")


def test_a_public_repository_is_not_taken_for_a_private_one(ada, publish):
    ada.create_repo(REPO)
    with pytest.raises(ValueError, match="private=True is not allowed: ada/slash exists and is"):
        publish("1.0.0", private=True)
    assert ada.log.count("commit") == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"version": "1.0"}, "version='1.0' is not allowed"),
        ({"version": "9.9.9"}, r"version='9.9.9' has no entry in CHANGELOG.md \(there: 3.0.0, "),
        ({"configs": []}, r"configs=\[\] is not allowed"),
        ({"configs": "original"}, "configs='original' is not allowed: configs takes a list"),
        ({"configs": ["orignal"]}, "did you mean 'original'"),
        ({"num_proc": 0}, "num_proc=0 is out of range"),
        ({"repo_id": "slash"}, "repo_id='slash' is not allowed"),
        (
            {"configs": [resolve_config("long"), resolve_config("long", seed=3)]},
            "configs has 'long' twice",
        ),
    ],
)
def test_a_build_refuses_arguments_before_it_begins(tmp_path, sources, options, message):
    with pytest.raises(ValueError, match=message):
        build_folder(tmp_path / "slash", sources=sources, **options)
    assert not (tmp_path / "slash").exists()


@pytest.mark.parametrize("inside", ["", "slash_dataset", "slash_dataset/new", "tests/new"])
def test_nothing_is_built_inside_the_source_checkout(sources, inside):
    with pytest.raises(ValueError, match="is not allowed: it is inside the source checkout"):
        build_folder(sources.root / inside, sources=sources, force=True)


def test_no_folder_is_named_like_the_package(tmp_path, sources):
    with pytest.raises(ValueError, match="must not have the package.s name"):
        build_folder(tmp_path / "slash_dataset", sources=sources)


def test_what_exists_is_not_replaced_unless_asked(tmp_path, sources):
    (tmp_path / "slash").mkdir()
    (tmp_path / "slash" / "mine.txt").write_text("mine", encoding="utf-8")
    options = {"configs": [resolve_config("long", num_train=4, num_test=2)], "sources": sources}
    with pytest.raises(FileExistsError, match="exists and is not empty"):
        build_folder(tmp_path / "slash", **options)
    assert (tmp_path / "slash" / "mine.txt").read_text(encoding="utf-8") == "mine"
    build_folder(tmp_path / "slash", force=True, **options)
    assert not (tmp_path / "slash" / "mine.txt").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build", "x", "--configs", "original,rotatd"], "did you mean 'rotated'"),
        (["build", "x", "--version", "1"], "--version '1' is not allowed"),
        (["build", "x", "--num-proc", "0"], "num-proc"),
        (["release", "--repo-id", "slash"], "--repo-id 'slash' is not allowed"),
        (["release"], "--repo-id"),
        (["versions"], "--repo-id"),
        (["versions", "--repo-id", "slash"], "--repo-id 'slash' is not allowed"),
        (["verify", "--revision", "v1.0.0"], "--revision needs --repo-id"),
        (["verify", "original", "--repo-id", "ada/slash"], "give only one of CONFIGs"),
    ],
)
def test_the_command_line_says_it_in_one_line(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code != 0
    assert message in result.output
    assert "Traceback" not in result.output
    assert not list(tmp_path.iterdir())
