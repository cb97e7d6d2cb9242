"""``slash-dataset export``."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from slash_dataset import export
from slash_dataset.cli.group import cli
from slash_dataset.export import LAYOUTS


@pytest.fixture
def run():
    return lambda *args: CliRunner().invoke(cli, ["export", *map(str, args)])


def test_help_lists_every_layout_with_its_files_and_options(run):
    text = run("--help").output
    for layout in LAYOUTS.values():
        assert f"{layout.name:<19}{layout.files}" in text
        assert all(f"--{name.replace('_', '-')}" in text for name in layout.options)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_command_writes_what_the_function_writes(layout, run, tmp_path):
    options = ["--config", "standard", "--num-train", "12", "--num-test", "6", "--image-size", "16"]
    result = run(layout, tmp_path / "by-command", *options)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{tmp_path / 'by-command'}\n"
    export.export(layout, tmp_path / "by-call", "standard", num_train=12, num_test=6, image_size=16)
    written = {
        folder: {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        for folder in (tmp_path / "by-command", tmp_path / "by-call")
    }
    first, second = written.values()
    assert first == second


def test_options_of_a_layout_reach_it(run, tmp_path):
    result = run("parquet", tmp_path / "dest", "--encoding", "png", "--max-shard-bytes", "300000")
    assert result.exit_code == 0, result.output
    expected = export.parquet(tmp_path / "expected", encoding="png", max_shard_bytes=300_000)
    names = sorted(path.name for path in (tmp_path / "dest").rglob("*.*"))
    assert names == sorted(path.name for path in expected.rglob("*.*"))
    assert len(names) > 3


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ["csv", "DEST", "--encoding", "png"],
            "--encoding 'png' is not allowed: it is not an option",
        ),
        (
            ["npz", "DEST", "--max-shard-bytes", "5"],
            "layouts that take it: tfds, tfds-array-record",
        ),
        (["csv", "DEST", "--config", "orignal"], "did you mean 'original'"),
        (["csv", "DEST", "--config", "standard", "--noise", "9"], "--noise 9"),
        (["csv", "DEST", "--noise", "1"], "config 'original' is the 2019 release"),
        (["mnist", "DEST", "--config", "original-float64"], "has float64 pixels"),
        (["jpeg", "DEST"], "layout 'jpeg' is unknown"),
        (["parqet", "DEST"], "did you mean 'parquet'"),
    ],
)
def test_bad_input_ends_in_one_line_that_names_it(args, message, run, tmp_path):
    result = run(*(tmp_path / "dest" if arg == "DEST" else arg for arg in args))
    assert result.exit_code != 0
    assert message in result.stderr
    assert "Traceback" not in result.output
    assert not list(tmp_path.iterdir())


def test_folder_that_is_not_empty_needs_force(run, tmp_path):
    (tmp_path / "note.txt").write_text("mine")
    result = run("csv", tmp_path)
    assert result.exit_code == 1
    assert "is not empty" in result.stderr
    result = run("csv", tmp_path, "--force")
    assert result.exit_code == 0
    assert not (tmp_path / "note.txt").exists()


def test_progress_is_shown_when_asked_for_and_not_in_a_pipe(run, tmp_path):
    assert "rows" not in run("csv", tmp_path / "quiet").stderr
    assert "1000/1000" in run("csv", tmp_path / "shown", "--progress").stderr


def test_help_needs_none_of_the_libraries_that_write():
    script = (
        "import sys\n"
        "from slash_dataset.cli.export import export_command\n"
        "export_command(['--help'], standalone_mode=False)\n"
        "heavy = {'datasets', 'webdataset', 'array_record', 'tensorflow', 'torch', 'tqdm'}\n"
        "heavy |= {'numpy', 'pyarrow'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "tfds-array-record" in done.stdout
