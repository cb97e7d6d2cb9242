"""The loopback Hub keeps the promises of the real one to the unmodified client."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    HfApi,
    HfFileSystem,
    hf_hub_download,
    snapshot_download,
)
from huggingface_hub.hf_api import RepoFile, RepoFolder

from tests.hub import Hub
from tests.hub.fixture import PAGE_SIZE

CommitOperation = CommitOperationAdd | CommitOperationDelete
REPO = "ada/strokes"
CARD = b"---\nlicense: cc-by-4.0\npretty_name: Strokes\ntags: [toy]\n---\n# Strokes\n"
PARQUET = b"PAR1" + bytes(range(256)) * 16


@pytest.fixture
def api(hub: Hub) -> HfApi:
    """A client with a write token, and an empty dataset of its user."""
    hub.add_user("ada", "hf_write", orgs=("society",))
    client = HfApi(endpoint=hub.endpoint, token="hf_write")
    client.create_repo(REPO, repo_type="dataset")
    return client


def commit(api: HfApi, files: dict[str, bytes], **options: Any) -> str:
    """Commit files with the real client and return the sha that it was told."""
    operations = [CommitOperationAdd(path, content) for path, content in files.items()]
    options = {"commit_message": "add files", **options}
    done = api.create_commit(REPO, operations, repo_type="dataset", **options)
    return str(done.oid)


def sizes_and_sha256s(files: dict[str, bytes]) -> dict[str, tuple[int, str]]:
    """What ``RepoHandle.tree`` must say about files."""
    return {p: (len(c), hashlib.sha256(c).hexdigest()) for p, c in files.items()}


def test_whoami_tells_name_organisations_and_role(hub: Hub) -> None:
    hub.add_user("ada", "hf_read", role="read", orgs=("society", "club"))
    me = HfApi(endpoint=hub.endpoint, token="hf_read").whoami()
    assert (me["type"], me["name"]) == ("user", "ada")
    assert [org["name"] for org in me["orgs"]] == ["society", "club"]
    assert me["auth"]["accessToken"]["role"] == "read"


def test_create_repo_makes_a_first_commit_by_the_system(hub: Hub, api: HfApi) -> None:
    url = api.create_repo("society/hidden", repo_type="dataset", private=True)
    assert (url.repo_id, url.repo_type) == ("society/hidden", "dataset")
    made = hub.repo("society/hidden")
    assert made.private
    assert not hub.repo(REPO).private
    assert not hub.has_repo("society/other")
    (first,) = made.commits()
    assert (first.author, first.title, first.sha) == ("system", "initial commit", made.head)
    assert list(made.tree()) == [".gitattributes"]


def test_create_repo_again_is_409_or_the_same_repo(api: HfApi) -> None:
    with pytest.raises(huggingface_hub.errors.HfHubHTTPError) as refused:
        api.create_repo(REPO, repo_type="dataset")
    assert refused.value.response.status_code == 409
    assert api.create_repo(REPO, repo_type="dataset", exist_ok=True).repo_id == REPO


def test_commit_stores_small_files_in_git_and_large_ones_as_pointers(hub: Hub, api: HfApi) -> None:
    files = {"README.md": CARD, "data/a.parquet": PARQUET, "b.png": b"\x89PNG", "empty": b""}
    sha = commit(api, files, commit_message="first", commit_description="two\nlines")
    repo = hub.repo(REPO)
    assert repo.head == sha
    held = repo.tree()
    assert held.pop(".gitattributes")
    assert held == sizes_and_sha256s(files)
    assert repo.large_paths() == {"data/a.parquet", "b.png"}
    assert {path: repo.read(path) for path in files} == files
    newest = repo.commits()[0]
    assert (newest.author, newest.title, newest.message) == ("ada", "first", "two\nlines")
    git = ["git", f"--git-dir={repo.git_dir}"]
    assert subprocess.check_output([*git, "rev-parse", "main"], text=True).strip() == sha
    subprocess.run([*git, "fsck", "--strict"], check=True, capture_output=True)
    shown = subprocess.check_output([*git, "show", "main:data/a.parquet"], text=True)
    assert shown.splitlines()[1] == f"oid sha256:{hashlib.sha256(PARQUET).hexdigest()}"


def test_unchanged_files_are_neither_uploaded_nor_committed_again(hub: Hub, api: HfApi) -> None:
    files = {"README.md": CARD, "a.parquet": PARQUET}
    first = commit(api, files)
    hub.log.clear()
    assert commit(api, files) == first
    assert hub.log.count("commit") == hub.log.count("lfs_put") == 0
    commit(api, {**files, "README.md": CARD + b"more"})
    assert not hub.log.requests("commit", body="a.parquet")
    assert len(hub.log.requests("commit", body="README.md")) == 1


def test_a_commit_that_changes_nothing_returns_the_head(hub: Hub, api: HfApi) -> None:
    head = commit(api, {"a.txt": b"a"})
    same: list[CommitOperation] = [
        CommitOperationDelete("a.txt"),
        CommitOperationAdd("a.txt", b"a"),
    ]
    done = api.create_commit(REPO, same, commit_message="same", repo_type="dataset")
    assert hub.log.count("commit") == 2
    assert done.oid == hub.repo(REPO).head == head


def test_files_and_folders_are_deleted(hub: Hub, api: HfApi) -> None:
    commit(api, {"a.txt": b"a", "old/b.txt": b"b", "new/c.parquet": PARQUET})
    operations: list[CommitOperation] = [
        CommitOperationDelete("old/"),
        CommitOperationDelete("a.txt"),
    ]
    api.create_commit(REPO, operations, commit_message="tidy", repo_type="dataset")
    assert set(hub.repo(REPO).tree()) == {".gitattributes", "new/c.parquet"}
    with pytest.raises(huggingface_hub.errors.RemoteEntryNotFoundError, match="trailing '/'"):
        api.delete_file("new", REPO, repo_type="dataset")


def test_a_stale_parent_commit_is_412(hub: Hub, api: HfApi) -> None:
    base = hub.repo(REPO).head
    moved = hub.repo(REPO).commit({"theirs.txt": b"theirs"})
    with pytest.raises(huggingface_hub.errors.HfHubHTTPError) as refused:
        commit(api, {"ours.txt": b"ours"}, parent_commit=base)
    assert refused.value.response.status_code == 412
    assert hub.repo(REPO).head == moved
    assert commit(api, {"ours.txt": b"ours"}, parent_commit=moved) == hub.repo(REPO).head


@pytest.mark.parametrize("extra", [0, 1, PAGE_SIZE, PAGE_SIZE + 1])
def test_trees_are_whole_however_many_pages_they_take(hub: Hub, api: HfApi, extra: int) -> None:
    files = {f"data/{i:02d}.txt": str(i).encode() for i in range(PAGE_SIZE - 2 + extra)}
    hub.repo(REPO).commit(files)
    listed = list(api.list_repo_tree(REPO, repo_type="dataset", recursive=True))
    assert [one.path for one in listed if isinstance(one, RepoFile)] == [".gitattributes", *files]
    assert [one.path for one in listed if isinstance(one, RepoFolder)] == ["data"]
    assert hub.log.count("tree") == -(-len(listed) // PAGE_SIZE)
    below = api.list_repo_tree(REPO, "data", repo_type="dataset")
    assert [one.path for one in below] == list(files)


def test_trees_and_path_infos_tell_oids_sizes_and_last_commits(hub: Hub, api: HfApi) -> None:
    first = commit(api, {"data/a.parquet": PARQUET}, commit_message="one")
    commit(api, {"b.txt": b"b"}, commit_message="two")
    paths = ["data/a.parquet", "b.txt", "data", "missing"]
    infos = api.get_paths_info(REPO, paths, expand=True, repo_type="dataset")
    large, small, folder = infos
    assert isinstance(large, RepoFile)
    assert isinstance(small, RepoFile)
    assert large.lfs is not None
    assert large.last_commit is not None
    assert (large.size, large.lfs.sha256) == (len(PARQUET), hashlib.sha256(PARQUET).hexdigest())
    assert small.blob_id == hashlib.sha1(b"blob 1\0b").hexdigest()
    assert (small.lfs, small.size) == (None, 1)
    assert (large.last_commit.oid, large.last_commit.title) == (first, "one")
    assert isinstance(folder, RepoFolder)
    assert folder.last_commit is not None
    assert folder.last_commit.oid == first
    listed = api.list_repo_tree(REPO, recursive=True, expand=True, repo_type="dataset")
    assert {one.path: one for one in listed}["b.txt"] == small


def test_repo_info_tells_sha_card_and_files(hub: Hub, api: HfApi) -> None:
    sha = commit(api, {"README.md": CARD, "a.parquet": PARQUET})
    info = api.dataset_info(REPO, files_metadata=True)
    assert (info.id, info.sha, info.private) == (REPO, sha, False)
    assert info.card_data is not None
    assert info.card_data.license == "cc-by-4.0"
    assert info.siblings is not None
    sizes = {one.rfilename: one.size for one in info.siblings}
    assert (sizes["README.md"], sizes["a.parquet"]) == (len(CARD), len(PARQUET))
    assert api.dataset_info(REPO, revision=sha[:7]).sha == sha


def test_tags_branches_and_commits(hub: Hub, api: HfApi) -> None:
    one = commit(api, {"a.txt": b"1"}, commit_message="one")
    two = commit(api, {"a.txt": b"2"}, commit_message="two")
    api.create_tag(REPO, tag="1.0.0", tag_message="the first", revision=one, repo_type="dataset")
    api.create_tag(REPO, tag="2.0.0", repo_type="dataset")
    api.create_branch(REPO, branch="fix/1", revision=one, repo_type="dataset")
    repo = hub.repo(REPO)
    assert repo.tags == {"1.0.0": one, "2.0.0": two}
    assert (repo.tag_message("1.0.0"), repo.tag_message("2.0.0")) == ("the first", None)
    refs = api.list_repo_refs(REPO, repo_type="dataset")
    assert {ref.name: ref.target_commit for ref in refs.tags} == repo.tags
    assert {ref.name: ref.target_commit for ref in refs.branches} == {"main": two, "fix/1": one}
    with pytest.raises(huggingface_hub.errors.HfHubHTTPError) as refused:
        api.create_tag(REPO, tag="1.0.0", revision=two, repo_type="dataset")
    assert refused.value.response.status_code == 409
    assert repo.tags["1.0.0"] == one
    with pytest.raises(huggingface_hub.errors.RevisionNotFoundError):
        api.create_tag(REPO, tag="3.0.0", revision="0" * 40, repo_type="dataset")
    history = api.list_repo_commits(REPO, repo_type="dataset")
    assert [item.commit_id for item in history] == [item.sha for item in repo.commits()]
    assert [item.title for item in history] == ["two", "one", "initial commit"]
    assert [item.authors for item in history] == [["ada"], ["ada"], ["system"]]
    assert [item.created_at for item in history] == [item.date for item in repo.commits()]


def test_histories_longer_than_a_page_are_whole(hub: Hub, api: HfApi) -> None:
    made = [hub.repo(REPO).commit({"a": str(i).encode()}) for i in range(PAGE_SIZE + 1)]
    listed = [one.commit_id for one in api.list_repo_commits(REPO, repo_type="dataset")]
    assert listed[:-1] == made[::-1]


def test_downloads_are_those_of_the_revision_asked_for(
    hub: Hub, api: HfApi, tmp_path: Path
) -> None:
    sha = commit(api, {"a.parquet": PARQUET, "b.txt": b"old"})
    api.create_tag(REPO, tag="1.0.0", repo_type="dataset")
    hub.repo(REPO).commit({"a.parquet": b"new", "b.txt": b"new"})
    wanted: dict[str, Any] = {"repo_type": "dataset", "revision": "1.0.0", "endpoint": hub.endpoint}
    one = hf_hub_download(REPO, "b.txt", cache_dir=tmp_path / "one", **wanted)
    assert Path(one).read_bytes() == b"old"
    assert Path(one).parent.name == sha
    folder = Path(snapshot_download(REPO, cache_dir=tmp_path / "all", **wanted))
    assert (folder / "a.parquet").read_bytes() == PARQUET
    assert folder.name == sha
    # The storage is another origin: the client must not have sent its token there.
    assert all("authorization" not in one.headers for one in hub.log.requests("lfs_get"))
    with pytest.raises(huggingface_hub.errors.RemoteEntryNotFoundError):
        hf_hub_download(REPO, "c.txt", cache_dir=tmp_path / "none", **wanted)
    with pytest.raises(huggingface_hub.errors.RevisionNotFoundError):
        hf_hub_download(REPO, "b.txt", repo_type="dataset", revision="9", endpoint=hub.endpoint)


@pytest.mark.parametrize("path", ["a.parquet", "a.bin.txt"])
def test_ranges_of_large_and_small_files_can_be_read(hub: Hub, api: HfApi, path: str) -> None:
    hub.repo(REPO).commit({path: PARQUET})
    files = HfFileSystem(endpoint=hub.endpoint, token="hf_write", skip_instance_cache=True)
    with files.open(f"datasets/{REPO}/{path}", block_size=64) as file:
        file.seek(1000)
        assert file.read(10) == PARQUET[1000:1010]
    ranges = [one for one in hub.log.requests() if "range" in one.headers]
    assert 206 in {one.status for one in ranges}


def test_private_datasets_exist_for_their_owners_only(hub: Hub, api: HfApi) -> None:
    hub.add_user("eve", "hf_eve")
    hub.add_user("bob", "hf_bob", role="read", orgs=("society",))
    hub.create_repo("society/hidden", private=True)
    bob, eve, anybody = (
        HfApi(endpoint=hub.endpoint, token=token) for token in ("hf_bob", "hf_eve", False)
    )
    assert bob.dataset_info("society/hidden").private
    with pytest.raises(huggingface_hub.errors.RepositoryNotFoundError):
        eve.dataset_info("society/hidden")
    for repo_id in ("society/hidden", "society/missing"):  # one cannot be told from the other
        with pytest.raises(huggingface_hub.errors.HfHubHTTPError) as refused:
            anybody.dataset_info(repo_id)
        assert refused.value.response.status_code == 401
    hub.repo("society/hidden").private = False
    assert anybody.dataset_info("society/hidden").id == "society/hidden"


def test_401_over_https_is_repository_not_found_unless_the_token_is_wrong(hub_tls: Hub) -> None:
    hub_tls.add_user("ada", "hf_write")
    hub_tls.create_repo(REPO, private=True)
    assert HfApi(endpoint=hub_tls.endpoint, token="hf_write").dataset_info(REPO).private
    with pytest.raises(huggingface_hub.errors.RepositoryNotFoundError):
        HfApi(endpoint=hub_tls.endpoint, token=False).dataset_info(REPO)
    with pytest.raises(huggingface_hub.errors.HfHubHTTPError, match="Invalid credentials") as bad:
        HfApi(endpoint=hub_tls.endpoint, token="hf_wrong").dataset_info(REPO)
    assert type(bad.value) is huggingface_hub.errors.HfHubHTTPError


def test_only_write_tokens_write_and_only_in_their_own_namespaces(hub: Hub, api: HfApi) -> None:
    hub.add_user("ada", "hf_read", role="read")
    hub.add_user("eve", "hf_eve")
    reader = HfApi(endpoint=hub.endpoint, token="hf_read")
    stranger = HfApi(endpoint=hub.endpoint, token="hf_eve")
    assert reader.create_repo(REPO, repo_type="dataset", exist_ok=True).repo_id == REPO
    for client in (reader, stranger):
        for action in (
            lambda c: commit(c, {"a.txt": b"a"}),
            lambda c: c.create_tag(REPO, tag="1", repo_type="dataset"),
            lambda c: c.create_branch(REPO, branch="b", repo_type="dataset"),
            lambda c: c.create_repo("ada/more", repo_type="dataset"),
        ):
            with pytest.raises(huggingface_hub.errors.HfHubHTTPError) as refused:
                action(client)
            assert refused.value.response.status_code == 403
    assert len(hub.repo(REPO).commits()) == 1
    assert not hub.repo(REPO).tags
    assert not hub.has_repo("ada/more")


def test_an_invalid_card_is_refused_before_anything_is_uploaded(hub: Hub, api: HfApi) -> None:
    card = b"---\nconfigs:\n- config_name: a\n- config_name: a\n---\n"
    with pytest.raises(ValueError, match="must be unique"):
        commit(api, {"README.md": card, "a.parquet": PARQUET})
    assert hub.log.count("preupload") == 0
    with pytest.warns(UserWarning, match="empty or missing yaml metadata"):
        commit(api, {"README.md": b"# no metadata\n"})


@pytest.mark.parametrize("storage", ["xet", "lfs"])
def test_large_files_travel_by_the_storage_that_the_client_chooses(
    hub: Hub, api: HfApi, storage: str, tmp_path: Path
) -> None:
    files = {"a.parquet": PARQUET, "folder/b.png": PARQUET[::-1], "c.txt": b"small"}
    commit(api, files)
    repo = hub.repo(REPO)
    assert repo.tree().items() >= sizes_and_sha256s(files).items()
    assert hub.uploaded() == {hashlib.sha256(files[p]).hexdigest() for p in repo.large_paths()}
    assert (hub.log.count("lfs_batch") > 0) == (storage == "lfs")
    assert (hub.log.count("xet_write_token") > 0) == (storage == "xet")
    hub.log.clear()
    for path, content in files.items():
        found = hf_hub_download(REPO, path, repo_type="dataset", cache_dir=tmp_path)
        assert Path(found).read_bytes() == content == repo.read(path)
    assert (hub.log.count("lfs_get"), hub.log.count("xet_read_token")) == (
        (2, 0) if storage == "lfs" else (0, 2)
    )


def test_what_came_by_xet_is_there_for_clients_without_it(
    hub: Hub, api: HfApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(api, {"a.parquet": PARQUET})
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)
    found = hf_hub_download(REPO, "a.parquet", repo_type="dataset", cache_dir=tmp_path)
    assert Path(found).read_bytes() == PARQUET
    assert hub.log.count("lfs_get") == 1


def test_damage_in_the_storage_reaches_the_client(hub: Hub, api: HfApi, tmp_path: Path) -> None:
    commit(api, {"a.parquet": PARQUET})
    hub.repo(REPO).damage("a.parquet")
    found = hf_hub_download(REPO, "a.parquet", repo_type="dataset", cache_dir=tmp_path)
    assert Path(found).read_bytes() != PARQUET
