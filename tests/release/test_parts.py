"""The small parts of a release: versions, changelog, manifest, plan, errors."""

from __future__ import annotations

import re
import subprocess

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import slash_dataset.release
from slash_dataset.release.checks import (
    DataVersion,
    check_step,
    data_change,
    released_versions,
)
from slash_dataset.release.errors import ReleaseError, without_token
from slash_dataset.release.hub import RemoteFile
from slash_dataset.release.manifest import (
    FileDigest,
    manifest_sha256,
    read_checksums,
    read_shards,
)
from slash_dataset.release.plan import make_plan
from slash_dataset.release.texts import entries_up_to, read_changelog
from slash_dataset.release.verify import download_commit

NUMBERS = st.integers(0, 10**6)
VERSIONS = st.builds(DataVersion, NUMBERS, NUMBERS, NUMBERS)


@given(VERSIONS)
def test_a_version_reads_what_it_writes(version):
    assert DataVersion.parse(str(version)) == version
    assert released_versions([version.tag, str(version)]) == [version]


@given(st.text(max_size=12))
def test_any_other_text_is_refused(text):
    if re.fullmatch(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}", text):
        DataVersion.parse(text)
    else:
        with pytest.raises(ValueError, match="is not allowed: version takes three numbers"):
            DataVersion.parse(text)


SPLITS = st.dictionaries(st.sampled_from(["train", "test"]), st.integers(0, 1), max_size=2)
DATA = st.dictionaries(st.sampled_from("abc"), SPLITS, max_size=3)


# Far apart, any step would do.
STEPS = st.sampled_from([(1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0)])


@given(VERSIONS, STEPS, DATA, DATA)
def test_a_step_is_as_large_as_the_change_of_the_data(newest, step, before, after):
    new = DataVersion(*(number + more for number, more in zip(newest, step, strict=True)))

    def document(data):
        return {
            "configs": {
                n: {"splits": {s: {"images": v} for s, v in d.items()}} for n, d in data.items()
            }
        }

    same = all(after.get(name) == splits for name, splits in before.items())
    least = (newest.major + 1, 0, 0)
    if same:
        least = (newest.major, newest.minor + 1, 0) if after.keys() - before.keys() else newest
    change = data_change(document(before), document(after))
    steps = {"major": not same, "minor": same and bool(after.keys() - before.keys())}
    assert change.step == next((name for name, takes in steps.items() if takes), "patch")
    lowest = {
        "major": DataVersion(newest.major + 1, 0, 0),
        "minor": DataVersion(newest.major, newest.minor + 1, 0),
        "patch": DataVersion(newest.major, newest.minor, newest.patch + 1),
    }
    check_step(lowest[change.step], newest, change)
    if new > newest and new >= least:
        check_step(new, newest, change)
    else:
        with pytest.raises(ValueError, match="is not allowed"):
            check_step(new, newest, change)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("## 1.0.0\n\ntext\n", "has the heading '1.0.0'; every entry begins with"),
        ("## 1.0 (2026-01-02)\n\ntext\n", "version='1.0' is not allowed"),
        ("## 1.0.0 (2026-13-02)\n\ntext\n", "month"),
        ("## 1.0.0 (2026-01-02)\n\n", "says nothing about version 1.0.0"),
        ("## 1.0.0 (2026-01-02)\n\na\n\n## 1.1.0 (2026-01-03)\n\nb\n", "1.0.0 above 1.1.0"),
        ("## 1.0.0 (2026-01-02)\n\na\n\n## 1.0.0 (2026-01-03)\n\nb\n", "1.0.0 above 1.0.0"),
    ],
)
def test_a_changelog_that_cannot_be_trusted_is_refused(tmp_path, text, message):
    path = tmp_path / "CHANGELOG.md"
    path.write_text(f"# Changelog\n\n{text}", encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(message)):
        read_changelog(path)


def test_a_changelog_gives_the_entries_up_to_a_version(sources):
    entries = entries_up_to(sources.changelog, DataVersion(1, 1, 0))
    assert [str(entry.version) for entry in entries] == ["1.1.0", "1.0.1", "1.0.0"]
    assert entries[0].text == "- What 1.1.0 brought."
    with pytest.raises(ValueError, match=r"'1.2.0' has no entry in CHANGELOG.md"):
        entries_up_to(sources.changelog, DataVersion(1, 2, 0))


@pytest.mark.parametrize("content", [b"", b"a", bytes(range(256)) * 9000])
def test_digests_are_those_of_git_and_sha256sum(tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content)
    digest = FileDigest.of(path)
    git = subprocess.run(["git", "hash-object", path], check=True, capture_output=True, text=True)
    sha = subprocess.run(["sha256sum", path], check=True, capture_output=True, text=True)
    assert digest == FileDigest(len(content), sha.stdout.split()[0], git.stdout.strip())


def test_one_checksum_covers_a_whole_manifest():
    one = {"a": FileDigest(1, "x", "b"), "b": FileDigest(1, "y", "b")}
    assert manifest_sha256(one) == manifest_sha256(dict(reversed(one.items())))
    assert manifest_sha256(one) != manifest_sha256({"a": one["b"], "b": one["a"]})


@pytest.mark.parametrize(("rows", "size"), [(1_001, 1), (1, 4_200)], ids=["rows", "bytes"])
def test_a_group_of_too_many_rows_or_bytes_is_not_read(tmp_path, rows, size):
    images = pa.array([np.zeros((size, size), np.uint8).tolist()] * rows)
    table = pa.table({"image": images, "label": pa.array([0] * rows)})
    pq.write_table(table, tmp_path / "x.parquet")
    with pytest.raises(ValueError, match=rf"x.parquet has a group of {rows:,} rows and"):
        read_shards([tmp_path / "x.parquet"])


@pytest.mark.parametrize("text", ["", "no", "[]", "{}", '{"version": "1.0.0"}', "\xff"])
def test_damaged_checksums_are_named(tmp_path, text):
    path = tmp_path / "checksums.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=r"checksums.json is damaged"):
        read_checksums(path)


FILES = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 3), max_size=6)


@given(FILES, FILES, st.booleans())
def test_a_plan_has_every_path_once_and_is_empty_only_for_equal_files(here, there, large):
    # Of equal size: a shard with other pixels often is.
    manifest = {path: FileDigest(10, f"sha{n}", f"blob{n}") for path, n in here.items()}
    tree = {
        path: RemoteFile(10, "pointer" if large else f"blob{n}", f"sha{n}" if large else None)
        for path, n in there.items()
    }
    plan = make_plan(manifest, tree)
    assert sorted(plan.paths("added", "changed", "removed", "unchanged")) == sorted(here | there)
    assert set(plan.paths("added")) == here.keys() - there.keys()
    assert set(plan.paths("removed")) == there.keys() - here.keys()
    both = here.keys() & there.keys()
    assert set(plan.paths("changed")) == {p for p in both if here[p] != there[p]}
    assert plan.is_empty == (here == there)
    assert len(plan.table().splitlines()) == len(here | there) + 2


def test_no_exception_shows_the_token_even_as_its_cause():
    with pytest.raises(ReleaseError) as stopped, without_token("hf_secret"):
        try:
            raise OSError("sent hf_secret")
        except OSError as error:
            raise ValueError("no hf_secret here") from error
    assert str(stopped.value) == "no [token] here"
    assert stopped.value.__cause__ is None
    assert stopped.value.__suppress_context__


def test_everything_that_is_promised_can_be_imported():
    for name in slash_dataset.release.__all__:
        assert getattr(slash_dataset.release, name).__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = slash_dataset.release.nothing


@pytest.mark.parametrize("path", ["../README.md", "/README.md", "a/../../README.md"])
def test_a_listed_path_that_leads_out_of_the_folder_is_refused_before_any_download(path, tmp_path):
    files = {"a": RemoteFile(1, "blob", None), path: RemoteFile(1, "blob", None)}
    with pytest.raises(ReleaseError, match="leads out of its folder"):
        download_commit(None, "0" * 40, files, tmp_path / "folder")
    assert not any(tmp_path.iterdir())
