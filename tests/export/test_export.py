"""What every layout promises, whatever it writes."""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import re
from pathlib import Path
from typing import get_args

import pytest

from slash_dataset import export, open_config
from slash_dataset.about import DATA_VERSION
from slash_dataset.checksums import checksum_of_batches
from slash_dataset.export import LAYOUTS

from .conftest import CASES, SHARDED

EIGHT_BIT = [name for name, layout in LAYOUTS.items() if layout.dtypes == ("uint8",)]
SMALL = {"config": "standard", "num_train": 30, "num_test": 20, "image_size": 8}
layouts = pytest.mark.parametrize("layout", LAYOUTS)

# SHA-256 over names and contents of the files of `original`, where our own code or a format that
# never changes decides every byte. Parquet and ArrayRecord carry the versions of their libraries,
# and gzip follows the deflate that Python was built with. That of csv was 3a10f7f7... while its two
# files were in one folder: their contents are the same, only their names have changed.
GOLDEN = {
    "imagefolder": "e9b77dcccf829886c57b507d74c630b65ea63eae135d0e6c73a9b11ea4e39786",
    "mnist": "6050a483185d34bc7103f1ae830f33eaad78c4499c6049d0d96e546df8c4fdc3",
    "tfds": "75923f26036e96a87635eb81ece94029df6937bac90f15a0e9dd2a508259637b",
    "webdataset": "688d6957f23caf9774b0cbf23d49d376f3875557fa1b2204175537ed966b1733",
    "csv": "0cfd9411025c48c5bb59f3418fb07990f6a18d8221b4c4dba3792020c0f6699f",
}


# What describes the data may change without it.
_TEXTS = (
    ".gz",
    "README.md",
    "manifest.json",
    "dataset_info.json",
    f"{DATA_VERSION}/metadata.json",
)


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def leftovers(parent: Path) -> list[str]:
    return [str(path) for path in parent.rglob(".slash-*")]


@layouts
def test_every_layout_is_a_public_function_with_the_same_arguments(layout):
    record = LAYOUTS[layout]
    assert record.function in export.__all__
    assert record.function in dir(export)
    function = getattr(export, record.function)
    parameters = inspect.signature(function).parameters
    assert list(parameters)[:2] == ["dest", "config"]
    assert parameters["config"].default == "original"
    assert parameters["force"].default is parameters["progress"].default is False
    own = {name: p.default for name, p in parameters.items() if name in record.options}
    assert own == {name: option.default for name, option in record.options.items()}


@layouts
def test_a_layouts_function_is_export_with_its_name(layout, tmp_path):
    first = getattr(export, LAYOUTS[layout].function)(tmp_path / "first", **SMALL)
    second = export.export(layout, tmp_path / "second", **SMALL)
    assert files_of(first) == files_of(second)


def test_names_for_type_checkers_are_those_of_the_table():
    assert list(get_args(export.LayoutName)) == list(LAYOUTS)
    source = Path(export.__file__).read_text(encoding="utf-8")
    for record in LAYOUTS.values():
        assert f"from .{record.module} import {record.function} as {record.function}" in source


@layouts
def test_same_arguments_give_the_same_bytes(layout, tmp_path):
    first = export.export(layout, tmp_path / "first", **SMALL)
    second = export.export(layout, tmp_path / "second", **SMALL)
    assert files_of(first) == files_of(second)


@pytest.mark.parametrize("layout", GOLDEN)
def test_bytes_of_the_original_never_change(layout, tmp_path):
    digest = hashlib.sha256()
    for name, content in files_of(export.export(layout, tmp_path / "dest")).items():
        if not name.endswith(_TEXTS):
            digest.update(name.encode() + b"\0" + content)
    assert digest.hexdigest() == GOLDEN[layout]


@layouts
def test_readme_has_licence_version_parameters_and_checksums(layout, export_once):
    case = CASES["odd-sizes"]
    [readme] = export_once(layout, case).rglob("README.md")
    text = readme.read_text(encoding="utf-8")
    assert "CC BY 4.0" in text
    assert "Sophie Searcy" in text
    assert f"version of the data: {DATA_VERSION}" in text
    assert f"slash-dataset export {layout} DEST --config standard --num-train 1001" in text
    assert "--image-size 33" in text
    for name, expected in case.expected.items():
        in_one_piece = layout not in SHARDED or name == "test"
        assert (expected["images"] in text) == in_one_piece
        assert expected["labels"] in text or not in_one_piece
        assert f"| {name} | {expected['num_rows']} |" in text


@layouts
def test_code_in_the_readme_reads_the_folder(layout, export_once, capsys):
    dest = export_once(layout, CASES["original"])
    [readme] = dest.rglob("README.md")
    codes = re.findall(r"```python\n(.*?)```", readme.read_text(encoding="utf-8"), re.DOTALL)
    readers = LAYOUTS[layout].readers.values()
    assert len(codes) == sum(reader.language == "python" for reader in readers)
    for code in codes:
        if "import ray" in code:
            continue  # test_ray has a cluster for it
        exec(compile(code.replace("DEST", str(dest)), str(readme), "exec"), {"__name__": "reading"})
        assert ("1000" if layout == "npz" else "750") in capsys.readouterr().out
    for reader in readers:
        assert f"```{reader.language}\n" in readme.read_text(encoding="utf-8")


@pytest.mark.parametrize("layout", EIGHT_BIT)
def test_layouts_of_8_bit_pixels_refuse_float64_and_say_which_take_it(layout, tmp_path):
    with pytest.raises(ValueError, match=r"original-float64.*float64 pixels.*npz, parquet and csv"):
        export.export(layout, tmp_path / "dest", "original-float64")
    assert not list(tmp_path.iterdir())


@layouts
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"config": "orignal"}, "did you mean 'original'"),
        ({"config": "original", "noise": 1.0}, "noise=1.0 is not allowed"),
        ({"config": "standard", "nosie": 1.0}, "did you mean 'noise'"),
        ({"config": "standard", "num_train": 0}, "num_train=0 is out of range"),
    ],
)
def test_bad_arguments_are_named_before_any_work(layout, arguments, message, tmp_path):
    with pytest.raises(ValueError, match=re.escape(message)):
        export.export(layout, tmp_path / "dest", **arguments)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("layout", SHARDED)
@pytest.mark.parametrize("value", [0, -1, 1.5, "1MB", True])
def test_bad_shard_sizes_are_named_before_any_work(layout, value, tmp_path):
    with pytest.raises(ValueError, match=f"max_shard_bytes={value!r}"):
        export.export(layout, tmp_path / "dest", max_shard_bytes=value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("layout", SHARDED)
def test_shards_are_no_larger_than_asked_for(layout, export_once):
    from .conftest import MAX_SHARD_BYTES

    for case in CASES.values():
        files = [p for p in export_once(layout, case).rglob("*") if "train" in p.name]
        assert len(files) > 1
        # Ends of tar files and the blocks of ArrayRecord come on top.
        assert max(file.stat().st_size for file in files) <= MAX_SHARD_BYTES + 2**17


def test_parquet_refuses_png_for_float64_and_unknown_encodings(tmp_path):
    with pytest.raises(ValueError, match="encoding='png' is not allowed"):
        export.parquet(tmp_path / "dest", "original-float64", encoding="png")
    with pytest.raises(ValueError, match="encoding='jpeg' is not allowed"):
        export.parquet(tmp_path / "dest", encoding="jpeg")
    assert not list(tmp_path.iterdir())


def test_idx_files_refuse_more_rows_than_they_can_count(tmp_path):
    with pytest.raises(ValueError, match="num_train=4294967296 is out of range"):
        export.mnist(tmp_path / "dest", "standard", num_train=2**32)
    assert not list(tmp_path.iterdir())


@layouts
def test_folder_that_is_not_empty_is_refused_unless_forced(layout, tmp_path):
    dest = tmp_path / "dest"
    # A data_dir of TFDS may hold other datasets: there, the config's own folder is meant.
    part = dest / LAYOUTS[layout].part.replace("CONFIG", SMALL["config"])
    (part / "inner").mkdir(parents=True)
    (part / "inner" / "note.txt").write_text("mine")
    (dest / "other").mkdir(exist_ok=True)
    with pytest.raises(FileExistsError, match="is not empty"):
        export.export(layout, dest, **SMALL)
    assert (part / "inner" / "note.txt").read_text() == "mine"
    assert export.export(layout, dest, force=True, **SMALL) == dest
    assert list(dest.rglob("README.md"))
    assert not (part / "inner" / "note.txt").exists()
    assert (dest / "other").exists() == bool(LAYOUTS[layout].part)


@pytest.mark.parametrize("layout", [name for name, record in LAYOUTS.items() if record.part])
def test_a_data_dir_may_hold_other_datasets(layout, tmp_path):
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / "note.txt").write_text("mine")
    export.export(layout, tmp_path, **SMALL)
    export.export(layout, tmp_path, **SMALL | {"config": "long", "stroke_length": 4})
    assert sorted(os.listdir(tmp_path / "slash")) == [".config", "long", "standard"]
    assert (tmp_path / "mnist" / "note.txt").read_text() == "mine"


@pytest.mark.parametrize("layout", ["tfds", "tfds-array-record"])
def test_forced_export_replaces_an_earlier_one_of_the_same_config(layout, tmp_path):
    dest = export.export(layout, tmp_path / "dest", **SMALL, max_shard_bytes=1000)
    export.export(layout, dest, **SMALL, force=True)
    fresh = export.export(layout, tmp_path / "fresh", **SMALL)
    assert files_of(dest) == files_of(fresh)


@layouts
def test_empty_folder_and_missing_parents_are_taken(layout, tmp_path):
    (tmp_path / "empty").mkdir()
    for dest in (tmp_path / "empty", tmp_path / "new" / "deep"):
        assert export.export(layout, dest, **SMALL) == dest
        assert list(dest.rglob("README.md"))
    assert not leftovers(tmp_path)


@layouts
@pytest.mark.parametrize("force", [False, True])
def test_destination_that_is_a_file_or_in_one_is_refused(layout, force, tmp_path):
    file = tmp_path / "file"
    file.write_text("mine")
    for dest in (file, file / "inner"):
        with pytest.raises(NotADirectoryError, match="is a file"):
            export.export(layout, dest, force=force, **SMALL)
    assert file.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [file]


@layouts
@pytest.mark.parametrize("force", [False, True])
def test_destination_that_holds_the_current_folder_is_refused(layout, force, tmp_path, monkeypatch):
    inner = tmp_path / "dest" / "inner"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    for dest in (".", "..", tmp_path / "dest"):
        with pytest.raises(ValueError, match="it holds the current folder"):
            export.export(layout, dest, force=force, **SMALL)
    assert inner.is_dir()
    assert os.listdir(tmp_path) == ["dest"]


def test_destination_that_holds_home_or_the_package_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    with pytest.raises(ValueError, match="it holds your home folder"):
        export.csv(tmp_path / "home", force=True)
    with pytest.raises(ValueError, match="it holds the package"):
        export.csv(Path(export.__file__).parents[1], force=True)


def test_symbolic_link_into_itself_is_refused(tmp_path):
    dest = tmp_path / "dest"
    dest.symlink_to(dest)
    with pytest.raises(ValueError, match="broken symbolic link"):
        export.csv(dest, force=True)
    assert os.listdir(tmp_path) == ["dest"]


@pytest.mark.parametrize("layout", SHARDED)
def test_the_manifest_has_the_checksums_of_the_rows_of_every_shard(layout, export_once):
    case = CASES["odd-sizes"]
    [path] = export_once(layout, case).rglob("manifest.json")
    splits = json.loads(path.read_text(encoding="utf-8"))["shards"]
    for name, split in open_config(case.config, **case.params).items():
        shards = splits[name]
        assert len(shards) > (name == "train")
        edges = [edge for record in shards.values() for edge in record["rows"]]
        assert edges[0] == 0
        assert edges[-1] == len(split)
        assert edges[1:-1:2] == edges[2::2]
        for file, record in shards.items():
            content = (path.parent / file).read_bytes()
            assert record["bytes"] == len(content)
            assert record["sha256"] == hashlib.sha256(content).hexdigest()
            found = checksum_of_batches([split.read(range(*record["rows"]))])
            assert (record["images"], record["labels"]) == (found["images"], found["labels"])


def test_progress_counts_every_row_on_standard_error(tmp_path, capfd):
    export.csv(tmp_path / "quiet", **SMALL)
    assert capfd.readouterr() == ("", "")
    for layout in LAYOUTS:
        export.export(layout, tmp_path / layout, progress=True, **SMALL)
        shown = capfd.readouterr()
        assert shown.out == ""
        assert "50/50" in shown.err
        assert layout in shown.err
    export.npz(tmp_path / "published", progress=True)
    assert "1000/1000" in capfd.readouterr().err
    with pytest.raises(FileExistsError):
        export.npz(tmp_path / "published", progress=True)
    assert capfd.readouterr() == ("", "")
