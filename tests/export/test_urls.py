"""Exports to object storage: a real S3 server on loopback, which may fail, through fsspec."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections import Counter

import pytest

from slash_dataset import export
from slash_dataset.about import DATA_VERSION
from slash_dataset.export import LAYOUTS, verify_folder
from slash_dataset.export._places import PARTIAL

from .conftest import SHARDED
from .ended_export import ended_export
from .test_export import files_of
from .test_resume import COMMAND, OPTIONS, SMALL, SOAK

s3fs = pytest.importorskip("s3fs", reason="needs s3fs")
pytest.importorskip("moto.server", reason="needs moto[server]")

SHARD = "train/train-00003-of-00007.parquet"


@pytest.fixture(scope="module")
def proxy():
    from .object_storage import s3_server

    with s3_server() as proxy:
        yield proxy


@pytest.fixture(autouse=True)
def _no_faults(proxy):
    proxy.faults.clear()
    proxy.requests.clear()
    yield
    proxy.faults.clear()


@pytest.fixture(scope="module")
def complete(tmp_path_factory):
    """The contents of a folder."""
    return files_of(export.parquet(tmp_path_factory.mktemp("complete") / "x", **SMALL))


@pytest.fixture
def url(request):
    """A separate prefix for each test."""
    return "s3://bucket/" + re.sub(r"\W", "-", request.node.name)


def storage():
    return s3fs.S3FileSystem(skip_instance_cache=True, use_listings_cache=False)


def objects(url):
    root = url.removeprefix("s3://")
    paths = storage().find(root)
    return {path.removeprefix(f"{root}/"): storage().cat_file(path) for path in paths}


def without_md5(files):
    """Objects have records with an MD5, which a folder has no use for."""
    text = re.sub(rb',\s+"md5": "\w+"', b"", files["manifest.json"])
    return files | {"manifest.json": text}


def times_of(url):
    found = storage().find(url.removeprefix("s3://"), detail=True)
    return {
        path: about["LastModified"] for path, about in found.items() if path.endswith(".parquet")
    }


def verdict(url):
    return [difference for _, difference in verify_folder(url) if difference is not None]


@pytest.mark.parametrize("num_proc", [1, 2])
def test_a_url_gets_what_a_folder_gets_with_one_put_a_shard(num_proc, url, proxy, complete):
    assert export.parquet(url, num_proc=num_proc, **SMALL) == url
    puts = Counter(path for method, path in proxy.requests if method == "PUT")
    assert without_md5(objects(url)) == complete
    shards = [path for path in puts if "/train/" in path and PARTIAL not in path]
    assert len(shards) == 7
    assert set(puts.values()) == {1}
    assert not any("uploadId" in path for path in puts)
    assert verdict(url) == []


@pytest.mark.parametrize("layout", [name for name in SHARDED if name != "parquet"])
def test_every_layout_of_shards_goes_to_a_url(layout, url, tmp_path):
    small = SMALL | {"num_train": 20, "num_test": 5, "max_shard_bytes": 10_000}
    export.export(layout, url, **small)
    folder = files_of(export.export(layout, tmp_path / "x", **small))
    found = objects(url)
    assert list(found) == list(folder)
    part = LAYOUTS[layout].part.replace("CONFIG", "standard")
    assert {n: c for n, c in found.items() if "manifest" not in n} == {
        n: c for n, c in folder.items() if "manifest" not in n
    }
    assert verdict(f"{url}/{part}") == []


READERS = [(layout, tool) for layout in SHARDED for tool in LAYOUTS[layout].readers]
# Read a URL with a program of their own, with a library that is not there, or not at all.
NOT_HERE = {("webdataset", "webdataset"), ("parquet", "Ray Data")}


@pytest.mark.parametrize(
    ("layout", "tool"),
    [
        pair
        for pair in READERS
        if LAYOUTS[pair[0]].readers[pair[1]].language == "python"
        and "tfds" not in pair[0]
        and pair not in NOT_HERE
    ],
)
def test_the_lines_of_the_readme_read_a_url(layout, tool, url, tmp_path, monkeypatch, capsys):
    import duckdb

    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")  # no storage but a test's is without TLS
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path)
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", False)  # which is for any network
    # In place of the extension httpfs, which DuckDB would fetch.
    if not duckdb.filesystem_is_registered("s3"):
        duckdb.register_filesystem(storage())
    export.export(layout, url, **SMALL | {"num_train": 150})
    last = sum("-train-" in path for path in storage().find(url)) - 1
    code = LAYOUTS[layout].readers[tool].code.replace("LAST", f"{last:06d}")
    exec(code.replace("DEST", url), {})
    assert "150" in capsys.readouterr().out


@pytest.mark.parametrize("layout", ["tfds", "tfds-array-record"])
def test_tfds_reads_a_copy_of_a_url(layout, url, tmp_path):
    tfds = pytest.importorskip("tensorflow_datasets", reason="needs tensorflow-datasets")
    export.export(layout, url, **SMALL | {"num_train": 150})
    storage().get(url, str(tmp_path / "slash"), recursive=True)
    builder = tfds.builder_from_directory(tmp_path / f"slash/slash/standard/{DATA_VERSION}")
    assert builder.info.splits["train"].num_examples == 150
    source = builder.as_data_source if layout == "tfds-array-record" else builder.as_dataset
    assert len(list(source(split="train"))) == 150


@pytest.mark.parametrize(
    ("method", "kind", "period"),
    [
        pytest.param(method, kind, period, id=f"S3-{method} meets {kind}-{period}")
        for method in (("PUT", "GET", "POST", "HEAD") if SOAK else ("PUT",))
        for kind in (500, 503, "lost")
        for period in ((2, 3, 4, 5, 7) if SOAK else (3,))
    ],
)
def test_a_storage_that_fails_now_and_then_gets_the_same(
    method, kind, period, url, proxy, complete
):
    proxy.faults[method] = (kind, period)
    export.parquet(url, **SMALL)
    proxy.faults.clear()
    assert len(proxy.requests) > 20
    assert without_md5(objects(url)) == complete


def test_a_complete_url_is_judged_by_size_and_stored_checksum_alone(url, proxy):
    export.parquet(url, **SMALL)
    before = times_of(url)
    for check, reads in ((False, 0), (True, 8)):
        proxy.requests.clear()
        export.parquet(url, check=check, **SMALL)
        read = [p for method, p in proxy.requests if method == "GET" and p.endswith(".parquet")]
        assert len(read) == reads
        assert not any(method == "PUT" for method, _ in proxy.requests)
    assert times_of(url) == before


def _flipped(content):
    return content[:100] + bytes([content[100] ^ 1]) + content[101:]


@pytest.mark.parametrize(
    ("damage", "message"),
    [(_flipped, "has SHA-256"), (lambda c: c[:-1], "bytes, not"), (None, "is missing")],
)
def test_what_is_damaged_on_a_url_is_named_and_alone_made_again(damage, message, url, complete):
    export.parquet(url, **SMALL)
    before = times_of(url)
    path = f"{url}/{SHARD}"
    if damage is None:
        storage().rm_file(path)
    else:
        storage().pipe_file(path, damage(complete[SHARD]))
    [difference] = verdict(url)
    assert difference.startswith(SHARD)
    assert message in difference
    time.sleep(1)  # the storage keeps whole seconds
    export.parquet(url, **SMALL)
    assert without_md5(objects(url)) == complete
    changed = {path for path, when in times_of(url).items() if before[path] != when}
    assert changed == {path.removeprefix("s3://")}


def test_surplus_objects_and_another_export_are_refused(url):
    export.parquet(url, **SMALL)
    with pytest.raises(FileExistsError, match="seed is 0, not 1"):
        export.parquet(url, **SMALL | {"seed": 1})
    storage().pipe_file(f"{url}/train/mine", b"mine")
    assert verdict(url) == ["train/mine is not listed in manifest.json"]
    with pytest.raises(FileExistsError, match="has 'train/mine', which is not part of this export"):
        export.parquet(url, **SMALL)
    storage().pipe_file(f"{url}-foreign/mine", b"mine")
    with pytest.raises(FileExistsError, match="is not empty"):
        export.parquet(f"{url}-foreign", **SMALL)


@pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")
@pytest.mark.parametrize(
    "at_shards",
    [
        pytest.param(at, id=f"S3-SIGKILL of 2 processes-{at}")
        for at in (range(1, 7) if SOAK else (2,))
    ],
)
def test_a_killed_export_to_a_url_goes_on_with_what_is_missing(at_shards, url, complete):
    status, _ = ended_export(signal.SIGKILL, at_shards, url, [*OPTIONS, "--num-proc=2"])
    assert status == -signal.SIGKILL
    time.sleep(1.5)  # until its processes have noticed, and for a storage of whole seconds
    before = times_of(url)
    left = objects(url)
    assert f"{PARTIAL}job.json" in left
    export.parquet(url, num_proc=2, **SMALL)
    assert without_md5(objects(url)) == complete
    assert before.items() <= times_of(url).items()


def test_two_exports_to_one_url_share_it(url, complete):
    runs = [subprocess.Popen([*COMMAND, url, *OPTIONS]) for _ in range(2)]
    assert [run.wait(timeout=100) for run in runs] == [0, 0]
    assert without_md5(objects(url)) == complete


def test_of_two_different_exports_to_one_url_one_is_refused(url):
    other = [option.replace("1500", "1501") for option in OPTIONS]
    runs = [
        subprocess.Popen([*COMMAND, url, *options], stderr=subprocess.PIPE, text=True)
        for options in (OPTIONS, other)
    ]
    said = [run.communicate(timeout=100)[1] for run in runs]
    assert sorted(run.returncode for run in runs) == [0, 1]
    assert "holds another export" in "".join(said)
    assert verdict(url) == []
