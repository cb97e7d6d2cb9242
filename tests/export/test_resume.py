"""Exports of shards: any workers give the same bytes; a rerun makes what is missing or wrong."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from slash_dataset import export
from slash_dataset.cli.group import cli
from slash_dataset.export import LAYOUTS, verify_folder
from slash_dataset.export._places import PARTIAL, open_place
from slash_dataset.workers import JobError

from .conftest import SHARDED
from .ended_export import ended_export
from .test_export import files_of

SMALL = {
    "config": "standard",
    "num_train": 1_500,
    "num_test": 10,
    "image_size": 16,
    "max_shard_bytes": 60_000,
}
SOAK = "SLASH_SOAK" in os.environ
# Processes, and shards that are done when they are killed.
MOMENTS = [(n, at) for n in (1, 2, 3) for at in range(8)] if SOAK else [(2, 0), (2, 2), (1, 5)]
COMMAND = [sys.executable, "-m", "slash_dataset", "export", "parquet"]
OPTIONS = [f"--{name.replace('_', '-')}={value}" for name, value in SMALL.items()]

sharded = pytest.mark.parametrize("layout", SHARDED)


@pytest.fixture(scope="module")
def complete(tmp_path_factory):
    """A complete export of each layout, to be compared with, not to be changed."""
    dests = {}
    for layout in SHARDED:
        dests[layout] = export.export(layout, tmp_path_factory.mktemp("complete") / "x", **SMALL)
    return dests


@pytest.fixture
def copied(complete, tmp_path):
    return Path(shutil.copytree(complete["parquet"], tmp_path / "copied"))


def times_of(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def verdict(folder):
    return [difference for _, difference in verify_folder(folder) if difference is not None]


@sharded
def test_processes_write_the_bytes_of_one(layout, complete, tmp_path):
    dest = export.export(layout, tmp_path / "dest", num_proc=2, **SMALL)
    assert files_of(dest) == files_of(complete[layout])


@sharded
def test_a_complete_export_is_verified_and_made_no_second_time(layout, complete):
    dest = complete[layout]
    before = times_of(dest)
    [manifest] = dest.rglob("manifest.json")
    assert list(verify_folder(manifest.parent)) == [
        ("train", None),
        ("test", None),
        ("other files", None),
    ]
    assert export.export(layout, dest, **SMALL) == dest
    assert times_of(dest) == before


def _truncate(path):
    os.truncate(path, path.stat().st_size - 1)


def _flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_truncate, "bytes, not"),
        (_flip, "has SHA-256"),
        (Path.unlink, "is missing"),
        (lambda path: path.write_bytes(b""), "has 0 bytes"),
    ],
)
@pytest.mark.parametrize("name", ["train/train-00003-of-00007.parquet", "README.md"])
def test_what_is_damaged_is_named_and_alone_made_again(damage, message, name, copied, complete):
    before = times_of(copied)
    damage(copied / name)
    [difference] = verdict(copied)
    assert difference.startswith(name)
    assert message in difference
    export.parquet(copied, **SMALL)
    assert files_of(copied) == files_of(complete["parquet"])
    assert {path for path, when in times_of(copied).items() if before[path] != when} == {
        copied / name
    }


def test_the_first_wrong_shard_is_the_one_that_is_named(copied):
    for number in (5, 2, 4):
        _flip(copied / f"train/train-0000{number}-of-00007.parquet")
    [difference] = verdict(copied)
    assert difference.startswith("train/train-00002-of")


@pytest.mark.parametrize("name", ["train/train-00007-of-00007.parquet", "train/notes.txt", "a"])
def test_a_surplus_file_is_named_and_refused(name, copied):
    (copied / name).write_text("mine")
    assert verdict(copied) == [f"{name} is not listed in manifest.json"]
    with pytest.raises(FileExistsError, match=f"has '{name}', which is not part of this export"):
        export.parquet(copied, **SMALL)
    assert (copied / name).read_text() == "mine"
    assert not (copied / PARTIAL).exists()


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"seed": 1}, "seed is 0, not 1"),
        ({"num_train": 1_499}, "num_train is 1500, not 1499"),
        ({"max_shard_bytes": 59_999}, "max_shard_bytes is 60000, not 59999"),
        ({"encoding": "png"}, "encoding is 'flat', not 'png'"),
    ],
)
def test_another_export_is_refused_and_the_first_difference_named(change, difference, copied):
    before = files_of(copied)
    with pytest.raises(FileExistsError, match=f"holds another export, .*: {difference}"):
        export.parquet(copied, **SMALL | change)
    with pytest.raises(FileExistsError):
        export.webdataset(copied, **SMALL)
    assert files_of(copied) == before


def test_shards_of_another_library_are_not_mixed_with_ours(copied):
    manifest = copied / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"pyarrow": "', '"pyarrow": "0.'))
    with pytest.raises(FileExistsError, match=r"it was made with pyarrow 0\.\d.*, not \d"):
        export.parquet(copied, **SMALL)
    assert [difference for difference in verdict(copied) if "README" in difference] == []


def test_a_folder_without_manifest_or_with_a_damaged_one_is_refused(copied, complete):
    text = (copied / "manifest.json").read_text()
    for damaged in (text[:-100], "[]", "{}"):
        (copied / "manifest.json").write_text(damaged)
        with pytest.raises(ValueError, match=r"manifest.json in .* is damaged"):
            verdict(copied)
        with pytest.raises(ValueError, match=r"manifest.json in .* is damaged"):
            export.parquet(copied, **SMALL)
    (copied / "manifest.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"has no manifest\.json"):
        verdict(copied)
    with pytest.raises(FileExistsError, match="is not empty"):
        export.parquet(copied, **SMALL)
    with pytest.raises(FileNotFoundError, match="there is one in slash/standard/1.0.0"):
        verdict(complete["tfds"])


def test_a_manifest_that_lists_other_rows_than_it_should_is_found(copied):
    path = copied / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["shards"]["train"]["train/train-00006-of-00007.parquet"]
    path.write_text(json.dumps(manifest))
    assert verdict(copied)[0].startswith("manifest.json does not list shard train/train-00006")


def test_force_starts_anew(copied, complete):
    (copied / "mine").write_text("mine")
    _flip(copied / "train/train-00003-of-00007.parquet")
    export.parquet(copied, force=True, **SMALL)
    assert files_of(copied) == files_of(complete["parquet"])


@pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")
@pytest.mark.parametrize(
    ("num_proc", "at_shards"),
    [pytest.param(n, at, id=f"folder-SIGKILL of {n} processes-{at}") for n, at in MOMENTS],
)
def test_a_killed_export_goes_on_with_what_is_missing(num_proc, at_shards, complete, tmp_path):
    dest = tmp_path / "dest"
    options = [*OPTIONS, f"--num-proc={num_proc}"]
    status, _ = ended_export(signal.SIGKILL, at_shards, dest, options)
    assert status == -signal.SIGKILL
    assert not (dest / "manifest.json").exists()
    time.sleep(0.5)  # until the processes that it had have noticed
    kept = {path.name: path.stat().st_mtime_ns for path in dest.rglob("*.parquet")}
    assert len(kept) >= at_shards
    export.parquet(dest, num_proc=num_proc, **SMALL)
    assert files_of(dest) == files_of(complete["parquet"])
    found = {path.name: path.stat().st_mtime_ns for path in dest.rglob("*.parquet")}
    assert kept.items() <= found.items()


@pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")
@pytest.mark.parametrize(
    ("number", "num_proc"), [(signal.SIGINT, 2), (signal.SIGTERM, 1), (signal.SIGINT, 1)]
)
def test_an_interrupted_export_keeps_what_is_done_and_says_how_to_go_on(
    number, num_proc, complete, tmp_path
):
    dest = tmp_path / "dest"
    status, said = ended_export(number, 2, dest, [*OPTIONS, f"--num-proc={num_proc}"])
    assert status == 128 + number
    assert "finished shards are kept; run the same command to make the rest" in said
    assert "Traceback" not in said
    assert len(list(dest.rglob("*.parquet"))) >= 2
    export.parquet(dest, **SMALL)
    assert files_of(dest) == files_of(complete["parquet"])


def test_one_that_died_while_it_moved_its_files_out_goes_on(complete, copied):
    waiting = copied / PARTIAL / "new"
    for name in ("train/train-00001-of-00007.parquet", "README.md", "test"):
        (waiting / name).parent.mkdir(parents=True, exist_ok=True)
        (copied / name).rename(waiting / name)
    manifest = json.loads((copied / "manifest.json").read_text())
    for shards in manifest.pop("shards").values():
        for name, record in shards.items():
            path = copied / PARTIAL / "records" / f"{name}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(record))
    (copied / PARTIAL / "job.json").write_text(json.dumps(manifest))
    (copied / "manifest.json").unlink()
    before = {path.name: path.stat().st_mtime_ns for path in copied.rglob("*.parquet")}
    export.parquet(copied, **SMALL)
    assert files_of(copied) == files_of(complete["parquet"])
    assert {path.name: path.stat().st_mtime_ns for path in copied.rglob("*.parquet")} == before


def test_a_file_that_arrives_meanwhile_is_not_replaced(tmp_path, monkeypatch):
    from slash_dataset.export import _shards

    def arrives(whole, done):
        (tmp_path / "dest" / "test").mkdir()
        (tmp_path / "dest" / "test" / "test-00000-of-00001.parquet").write_text("mine")
        return "text"

    monkeypatch.setattr(_shards, "_readme", arrives)
    with pytest.raises(FileExistsError, match="test-00000.* has appeared there meanwhile"):
        export.parquet(tmp_path / "dest", **SMALL)
    assert (tmp_path / "dest/test/test-00000-of-00001.parquet").read_text() == "mine"
    assert not (tmp_path / "dest" / "manifest.json").exists()


def test_of_two_exports_to_one_folder_one_refuses_and_nothing_is_corrupt(complete, tmp_path):
    command = [*COMMAND, str(tmp_path / "dest"), *OPTIONS]
    runs = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [run.communicate(timeout=100)[1] for run in runs]
    codes = [run.returncode for run in runs]
    assert 0 in codes, said
    for code, text in zip(codes, said, strict=True):
        assert code == 0 or "is in use: another run is writing to it" in text
    assert files_of(tmp_path / "dest") == files_of(complete["parquet"])


def test_a_poison_shard_is_named_with_its_rows_and_the_others_stay(tmp_path, monkeypatch):
    from slash_dataset.export import _parquet

    write = _parquet.write_shard

    def poisoned(path, rows, **options):
        if rows.rows.start == 642:
            path.write_text("half")
            raise ValueError("poison")
        write(path, rows, **options)

    monkeypatch.setattr(_parquet, "write_shard", poisoned)
    result = CliRunner().invoke(cli, ["export", "parquet", str(tmp_path / "dest"), *OPTIONS])
    assert result.exit_code == 1
    assert "train/train-00003-of-00007.parquet (rows 642 to 856) failed: ValueError: poison" in (
        result.stderr
    )
    assert "run the same command to make the rest" in result.stderr
    monkeypatch.undo()
    kept = sorted(path.name for path in (tmp_path / "dest" / PARTIAL / "new").rglob("*.parquet"))
    assert kept == [f"train-0000{number}-of-00007.parquet" for number in range(3)]
    assert not list((tmp_path / "dest" / PARTIAL).glob("tmp-*"))
    export.parquet(tmp_path / "dest", **SMALL)
    assert verdict(tmp_path / "dest") == []


def test_a_worker_with_other_libraries_is_refused(tmp_path, monkeypatch):
    from slash_dataset.export import _shards

    monkeypatch.setattr(_shards, "libraries_of", lambda layout: {"pyarrow": "0.1"})
    with pytest.raises(JobError, match=r"this worker has \{'pyarrow': '0.1'\}, but .* is needed"):
        export.parquet(tmp_path / "dest", **SMALL)
    assert os.listdir(tmp_path) == []


def test_a_worker_that_does_not_see_the_folder_says_so_and_makes_none(tmp_path):
    with pytest.raises(FileNotFoundError, match="dest must be on storage that all machines share"):
        with open_place(tmp_path / "elsewhere").building():
            pass
    assert os.listdir(tmp_path) == []


def test_a_failure_before_the_first_shard_leaves_nothing(tmp_path, monkeypatch):
    from slash_dataset.export import _parquet

    monkeypatch.setattr(_parquet, "write_shard", None)
    with pytest.raises(JobError):
        export.parquet(tmp_path / "a" / "dest", **SMALL)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name not in SHARDED])
@pytest.mark.parametrize(
    "asked", [{"num_proc": 2}, {"engine": "ray"}, {"check": True}, {"dest": "s3://bucket/x"}]
)
def test_other_layouts_refuse_to_be_shared_and_say_why(layout, asked, tmp_path):
    [name] = asked
    with pytest.raises(
        ValueError, match=rf"{name}=.*no independent shards.*: {', '.join(SHARDED)}"
    ):
        export.export(layout, **{"dest": tmp_path / "dest"} | asked)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"num_proc": 0}, "num_proc=0 is out of range"),
        ({"engine": "dask"}, "engine='dask' is not allowed"),
        ({"engine": "ray", "num_proc": 2}, "num_proc=2 is not allowed with engine='ray'"),
        ({"address": "auto"}, "address='auto' is not allowed: engine='ray' takes it"),
        ({"check": 1}, "check=1 is not allowed"),
        ({"dest": "s4://bucket/x"}, "Protocol not known: s4"),
        ({"dest": "s3://bucket/x", "force": True}, "force=True is not allowed for a URL"),
    ],
)
def test_bad_workers_and_urls_are_named_before_any_work(asked, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        export.export("parquet", **{"dest": tmp_path / "dest"} | asked)
    assert os.listdir(tmp_path) == []


def test_progress_shows_rows_and_shards_and_counts_what_is_there_already(copied, capfd):
    _flip(copied / "train/train-00003-of-00007.parquet")
    export.parquet(copied, progress=True, **SMALL)
    shown = capfd.readouterr().err
    assert "1295/1510" in shown
    assert "1510/1510" in shown
    assert "shards: 8 done, 0 running, 0 failed" in shown


def test_the_command_verifies_a_folder(copied):
    def run(*arguments):
        return CliRunner().invoke(cli, ["verify", *arguments])

    result = run("--folder", str(copied), "--num-proc", "2")
    assert (result.exit_code, result.stdout) == (0, "train: ok\ntest: ok\nother files: ok\n")
    _flip(copied / "train/train-00003-of-00007.parquet")
    result = run("--folder", str(copied))
    assert result.exit_code == 1
    assert "train: DIFFERENT: train/train-00003-of-00007.parquet has SHA-256" in result.stdout
    assert "--num-proc needs --folder" in run("--num-proc", "2").stderr
    assert "give only one of CONFIGs" in run("original", "--folder", str(copied)).stderr
