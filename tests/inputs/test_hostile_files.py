"""Files that were damaged, or made to do harm: a clear finding, in bounded memory."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sklearn.dummy import DummyClassifier

from slash_dataset import Source, Stream, export
from slash_dataset.benchmark import evaluate, read_results, sweep
from slash_dataset.benchmark.results import Results
from slash_dataset.cli.group import cli
from slash_dataset.export import verify_folder
from slash_dataset.original import replay
from slash_dataset.release.manifest import open_built

from ..strategies import mutated

EXAMPLES = 5_000 if "SLASH_SOAK" in os.environ else 100


def command(*arguments):
    """Run a command; return its status and what it said. No exception may come out of it."""
    result = CliRunner().invoke(cli, list(map(str, arguments)), prog_name="slash-dataset")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def npy(array=None, *, header=None, version=b"\1\0"):
    """The bytes of an .npy file, whatever its header says."""
    stream = io.BytesIO()
    if header is None:
        np.save(stream, array)
        return stream.getvalue()
    size = len(header).to_bytes(2 if version == b"\1\0" else 4, "little")
    return b"\x93NUMPY" + version + size + header


def zipped(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)
    return path


def header_of(shape, dtype="'<f8'"):
    return f"{{'descr': {dtype}, 'fortran_order': False, 'shape': {shape}}}\n".encode()


def with_flag(path, flag):
    """Set a flag of every member: 1 is a password."""
    data = bytearray(zipped(path, x=npy(replay().images), y=npy(replay().labels)).read_bytes())
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = data.find(mark)
        while place >= 0:
            data[place + offset] |= flag
            place = data.find(mark, place + 1)
    path.write_bytes(data)


def whole(path):
    return zipped(path, x=npy(replay().images), y=npy(replay().labels))


NPZ = {
    "truncated": lambda p: p.write_bytes(whole(p).read_bytes()[:-100_000]),
    "cut in its middle": lambda p: p.write_bytes(
        (data := whole(p).read_bytes())[:50_000] + b"\0" * 50_000 + data[100_000:]
    ),
    "objects": lambda p: zipped(
        p, x=npy(replay().images), y=npy(header=header_of("(1000,)", "'|O'") + b"cos\nsystem\n")
    ),
    "all objects": lambda p: np.savez(p, x=np.array([{}, []], object), y=np.array([0])),
    "NaN": lambda p: zipped(p, x=npy(replay().images * np.nan), y=npy(replay().labels)),
    "integers for pixels": lambda p: zipped(
        p, x=npy(replay().images.astype(int)), y=npy(np.zeros(1))
    ),
    "another shape": lambda p: zipped(p, x=npy(replay().images[:, :, :5]), y=npy(np.zeros(1))),
    "a shape beyond memory": lambda p: zipped(p, x=npy(header=header_of((10**15, 30, 30))), y=b""),
    "a shape of the right size and no data": lambda p: zipped(
        p, x=npy(header=header_of((1000, 30, 30))), y=b""
    ),
    "a deep header": lambda p: zipped(p, x=npy(header=b"(" * 9_000), y=b""),
    "a header of signs": lambda p: zipped(p, x=npy(header=b"-" * 9_000 + b"1"), y=b""),
    "a header that is no text": lambda p: zipped(
        p, x=npy(header=b"\xff" * 99, version=b"\3\0"), y=b""
    ),
    "an unknown version": lambda p: zipped(p, x=npy(header=b"{}", version=b"\x09\0"), y=b""),
    "no arrays": lambda p: zipped(p, x=b"", y=b""),
    "a password": lambda p: with_flag(p, 1),
    "a folder": lambda p: p.mkdir(),
    "a pipe": os.mkfifo,
    "a link to a device": lambda p: p.symlink_to("/dev/zero"),
    "a link to itself": lambda p: p.symlink_to(p.name),
    "empty": lambda p: p.touch(),
}


@pytest.mark.parametrize("make", NPZ.values(), ids=NPZ)
def test_a_copy_of_the_published_file_that_is_none_gets_one_finding(make, tmp_path):
    file = tmp_path / "slash_data.npz"
    make(file)
    code, said = command("verify", "--file", file)
    assert code == 1
    assert len(said.strip().splitlines()) == 1
    assert str(file) in said


@pytest.mark.parametrize("argument", ["--file", "--results", "--folder"])
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda p: os.symlink("/dev/zero", p)])
def test_what_is_no_file_is_never_waited_for(argument, make, tmp_path):
    make(tmp_path / "x")
    name = "benchmark" if argument == "--results" else "verify"
    code, said = command(name, argument, tmp_path / "x")
    assert code in (1, 2)
    assert str(tmp_path / "x") in said


# Of JSON --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def measured():
    """Results of two models, as a benchmark and as a leaderboard write them."""
    rows = [
        evaluate(DummyClassifier(), "original-float64", seeds=2, name=name, test_on=["original"])
        for name in ("a", "knn-1")
    ]
    results = Results(rows, environment={"libraries": {"numpy": "2"}, "cores": 2})
    return json.loads(results.to_json()), [row.to_dict() for row in rows]


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    return tmp_path_factory.mktemp("once")


def examples(test):
    """Let Hypothesis draw `data`."""
    return settings(max_examples=EXAMPLES)(given(data=st.data())(test))


@examples
def test_damaged_results_are_shown_or_refused(measured, once, data):
    file = once / "results.json"
    file.write_text(json.dumps(data.draw(mutated(measured[0]))))
    code, said = command("benchmark", "--results", file)
    assert code in (0, 1, 2)
    assert code != 2 or f"--results '{file}' cannot be read: " in said


@examples
def test_damaged_lines_of_a_leaderboard_are_left_out_or_refused(measured, once, data):
    file = once / "board.jsonl"
    line = data.draw(mutated(measured[1][0]))
    file.write_text(f"{json.dumps(line)}\n{json.dumps(measured[1][1])}\n")

    class Never(DummyClassifier):
        def fit(self, X, y):
            raise AssertionError("trained")

    try:
        sweep({"a": Never()}, config="original-float64", seeds=1, out=file)
    except ValueError as error:
        assert "that is not a result" in str(error) or "another model" in str(error)
    except AssertionError as error:
        assert str(error) == "trained"
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        assert len(read_results(file)) >= 2


@pytest.fixture(scope="module")
def exported(once):
    options = {"num_train": 6, "num_test": 2, "image_size": 8, "stroke_length": 2}
    return export.parquet(once / "parquet", "standard", max_shard_bytes=300, **options)


@examples
def test_a_damaged_manifest_is_a_finding(exported, data):
    file = exported / "manifest.json"
    text = file.read_text()
    try:
        changed = data.draw(mutated(json.loads(text)))
        file.write_text(json.dumps(changed))
        code, said = command("verify", "--folder", exported)
        assert code in (0, 1, 2)
        if code == 2:
            assert str(exported) in said
        elif code == 0:  # what it says of rows, bytes and files is right
            same = ("fingerprint", "identity", "libraries", "images", "labels")
            assert without(changed, same) == without(json.loads(text), same)
    finally:
        file.write_text(text)


def without(value, names):
    if not isinstance(value, dict):
        return value
    return {name: without(each, names) for name, each in value.items() if name not in names}


@examples
def test_a_state_that_is_none_is_refused_and_moves_nothing(data):
    stream = Stream(Source("standard", num_rows=100), 10, shuffle=3)
    next(iter(stream))
    before = stream.state_dict()
    state = data.draw(mutated(before))
    try:
        stream.load_state_dict(state)
    except ValueError as error:
        assert any(word in str(error) for word in ("state", "position", "epoch"))
        assert stream.state_dict() == before
    else:
        assert stream.state_dict()["position"] == state["position"]


# Of shards ------------------------------------------------------------------------------------


def release_of(folder, table, **how):
    """A folder whose checksums.json is right about its files, which are not ours."""
    (folder / "original").mkdir()
    file = folder / "original" / "train-00000-of-00001.parquet"
    if isinstance(table, bytes):
        file.write_bytes(table)
    else:
        pq.write_table(table, file, **how)
    splits = {"train": {"num_rows": 750, "images": "0", "labels": "0"}}
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    document = {
        "version": "1.0.0",
        "configs": {"original": {"parameters": {}, "splits": splits}},
        "files": {f"original/{file.name}": {"size": file.stat().st_size, "sha256": digest}},
    }
    (folder / "checksums.json").write_text(json.dumps(document))


def png(size=(30, 30), mode="L"):
    stream = io.BytesIO()
    Image.new(mode, size).save(stream, "PNG")
    return stream.getvalue()


def rows(*files, labels=None):
    images = pa.array([{"bytes": file, "path": None} for file in files])
    return pa.table({"image": images, "label": pa.array(labels or [0] * len(files))})


TABLES = {
    "other columns": pa.table({"picture": [1], "class": [2]}),
    "no columns": pa.table({}),
    "no rows": rows(png()).slice(0, 0),
    "numbers for images": pa.table({"image": [1, 2], "label": [0, 1]}),
    "texts for labels": pa.table({"image": [[[1, 2], [3, 4]]], "label": ["slash"]}),
    "labels beyond two": rows(png(), labels=[10**12]),
    "labels below zero": rows(png(), labels=[-1]),
    "nothing in a row": pa.table({"image": pa.nulls(1), "label": pa.nulls(1)}),
    "lines of several lengths": pa.table({"image": [[[1, 2], [3]]], "label": [0]}),
    "NaN": pa.table({"image": [[[float("nan"), 1.0], [0.5, 0.5]]], "label": [0]}),
    "images in colour": rows(png(mode="RGB")),
    "images of several sizes": rows(png(), png((8, 8))),
    "images beyond our sizes": rows(png((2_000, 2_000))),
    "images that are none": rows(b"\x89PNG\r\n\x1a\n" + b"x" * 90),
    "images that are cut": rows(png()[:60]),
    "more rows than ours have": pa.table(
        {"image": pa.array(np.zeros(2_000_000, np.int8)), "label": np.zeros(2_000_000, np.int64)}
    ),
    "no Parquet": b"PAR1 and so on PAR1",
}


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_shards_that_are_not_ours_are_a_finding_about_their_split(table, tmp_path):
    release_of(tmp_path, table)
    with pytest.raises(ValueError, match=r"original/train: .*; build it again"):
        open_built(tmp_path)


# Of links -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "finding"),
    [
        (lambda p: p.symlink_to("/dev/zero"), "is missing"),
        (lambda p: p.symlink_to("/etc/hostname"), "bytes, not "),
        (lambda p: p.symlink_to(p.name), "is missing"),
        (os.mkfifo, "is missing"),
        (os.mkdir, "is missing"),
    ],
)
def test_links_pipes_and_folders_in_place_of_shards_are_findings(make, finding, exported, tmp_path):
    copy = Path(shutil.copytree(exported, tmp_path / "copy"))
    shard = sorted((copy / "train").iterdir())[1]
    shard.unlink()
    make(shard)
    found = dict(verify_folder(copy))
    assert re.search(finding, found["train"])
    assert found["test"] is None


# Of size --------------------------------------------------------------------------------------

MEGABYTE = 2**20


def test_memory_is_bounded_whatever_a_file_says(tmp_path):
    spaces = b" " * (256 * MEGABYTE)
    zipped(tmp_path / "header.npz", x=npy(header=spaces, version=b"\2\0"), y=b"")
    shape = header_of((2**28,), "'|u1'")
    zipped(tmp_path / "bomb.npz", x=npy(header=shape) + spaces, y=b"")
    del spaces
    for name, unit in {"deep": "[", "mapping": '{"a":', "long": "1" * 99}.items():
        with open(tmp_path / f"{name}.json", "w") as file:
            for _ in range(100):
                file.write(unit * (MEGABYTE // len(unit)))
    with open(tmp_path / "huge.json", "wb") as file:
        file.truncate(2**40)  # without a block on the disk
    (tmp_path / "manifest").mkdir()
    release_of(tmp_path / "manifest", TABLES["other columns"])
    (tmp_path / "manifest" / "manifest.json").symlink_to("../deep.json")
    child = textwrap.dedent("""
        import re, sys
        from pathlib import Path
        from click.testing import CliRunner
        from slash_dataset.cli.group import cli
        def run(*arguments):
            result = CliRunner().invoke(cli, list(arguments))
            assert isinstance(result.exception, SystemExit), result.exception
            assert result.exit_code in (1, 2), result.output
        def peak():
            status = Path("/proc/self/status").read_text()
            return int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1]) // 1024
        run("verify", "--folder", sys.argv[1])
        run("benchmark", "--results", sys.argv[1] + "/bomb.npz")
        run("verify", "--file", sys.argv[1] + "/deep.json")
        before = peak()
        for name in ("header.npz", "bomb.npz"):
            run("verify", "--file", f"{sys.argv[1]}/{name}")
        arrays = peak()
        for name in ("deep", "mapping", "long", "huge"):
            run("benchmark", "--results", f"{sys.argv[1]}/{name}.json")
        run("sweep", "--models", "knn-1", "--out", sys.argv[1] + "/mapping.json")
        run("verify", "--folder", sys.argv[1] + "/manifest")
        print(before, arrays, peak())
    """)
    done = subprocess.run(
        [sys.executable, "-c", child, str(tmp_path)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    before, arrays, after = map(int, done.stdout.split())
    assert arrays - before < 50  # megabytes
    assert after - before < 500  # the text, as bytes and as characters
