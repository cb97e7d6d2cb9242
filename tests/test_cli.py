"""The command line explains itself, and its exit code says whether it succeeded."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

import slash_dataset
from slash_dataset.checksums import recorded_checksums
from slash_dataset.cli.group import COMMANDS, cli
from slash_dataset.original import replay


@pytest.fixture
def run():
    return lambda *arguments: CliRunner().invoke(
        cli, [str(a) for a in arguments], prog_name="slash-dataset"
    )


def test_help_names_every_command_and_each_has_an_example(run):
    text = run("--help").output
    for name in COMMANDS:
        assert name in text
        own = run(name, "--help")
        assert own.exit_code == 0
        assert f"slash-dataset {name}" in own.output


def test_the_version_is_the_packages(run):
    assert slash_dataset.__version__ in run("--version").output


def test_info_lists_every_config_with_sizes_and_licence(run):
    result = run("info")
    assert result.exit_code == 0
    for text in (*slash_dataset.CONFIG_NAMES, "10,000", "750", "float64 30 x 30", "CC BY 4.0"):
        assert text in result.output


def test_info_of_one_config_has_parameters_and_checksums(run):
    text = run("info", "rotated").output
    assert "max_rotation      10.0" in text
    assert recorded_checksums("rotated")["test"]["images"] in text


def test_info_as_json_is_complete(run):
    about = json.loads(run("info", "--json").output)
    assert list(about["configs"]) == list(slash_dataset.CONFIG_NAMES)
    assert about["configs"]["long"]["parameters"]["stroke_length"] == 15
    assert about["configs"]["original"]["checksums"] == recorded_checksums("original")
    assert about["classes"] == ["backslash", "slash"]


def test_preview_writes_a_picture_and_refuses_to_overwrite_it(run, tmp_path):
    out = tmp_path / "new" / "slash.png"
    assert run("preview", "--out", out).exit_code == 0
    assert out.read_bytes().startswith(b"\x89PNG")
    again = run("preview", "--out", out)
    assert again.exit_code == 1
    assert "exists" in again.output
    arguments = ["long", "rotated", "--noise", 1, "--columns", 2, "--force"]
    assert run("preview", *arguments, "--out", out).exit_code == 0


def test_verify_passes_and_names_each_split(run):
    result = run("verify", "original", "long")
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "original/train: ok",
        "original/test: ok",
        "long/train: ok",
        "long/test: ok",
    ]


def test_verify_names_a_difference_and_exits_with_1(run, monkeypatch):
    wrong = json.loads(json.dumps(recorded_checksums("long")))
    wrong["test"]["images"] = "0" * 64
    monkeypatch.setattr("slash_dataset.verification.recorded_checksums", lambda name: wrong)
    result = run("verify", "long")
    assert result.exit_code == 1
    assert "long/train: ok" in result.output
    assert "long/test: DIFFERENT: images is" in result.output


def _npz(path, **arrays):
    np.savez_compressed(path, **arrays)
    return path


def test_verify_accepts_a_copy_of_the_published_file(run, tmp_path):
    release = replay()
    file = _npz(tmp_path / "copy.npz", x=release.images, y=release.labels)
    result = run("verify", "--file", file)
    assert (result.exit_code, result.output) == (0, f"{file}: ok\n")


def test_verify_names_the_first_pixel_that_differs(run, tmp_path):
    release = replay()
    images = release.images.copy()
    images[17, 3, 4] = np.nextafter(images[17, 3, 4], 2)
    images[40] = 0
    result = run("verify", "--file", _npz(tmp_path / "c.npz", x=images, y=release.labels))
    assert result.exit_code == 1
    assert "x[17, 3, 4] is" in result.output


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p, r: None, "does not exist"),
        (lambda p, r: p.write_text("no"), "not an .npz file"),
        (lambda p, r: _npz(p, x=r.images), "['y'] is missing"),
        (lambda p, r: _npz(p, x=r.images[:9], y=r.labels), "of shape (9, 30, 30)"),
        (lambda p, r: _npz(p, x=r.images.astype("f4"), y=r.labels), "x is float32"),
    ],
)
def test_verify_says_what_is_wrong_with_a_file(run, tmp_path, make, message):
    file = tmp_path / "file.npz"
    make(file, replay())
    result = run("verify", "--file", file)
    assert result.exit_code == 1
    assert message in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["preview", "orignal", "--out", "x.png"], "did you mean 'original'"),
        (["preview", "original", "--noise", "0.9", "--out", "x.png"], "use config 'standard'"),
        (["preview", "long", "--noise", "9", "--out", "x.png"], "--noise 9.0 is out of range"),
        (["preview"], "--out"),
        (["preview", "--out", "x.gif"], "must end with .png, .jpg, .jpeg, .webp"),
        (["verify", "lang"], "did you mean 'long'"),
        (["verify", "long", "--file", "x"], "give only one of CONFIGs"),
        (["info", "nothing"], "config 'nothing' is unknown"),
        (["inform"], "did you mean 'info'"),
        (["exprot"], "did you mean 'export'"),
    ],
)
def test_bad_input_ends_in_one_line_that_says_what_is_allowed(run, arguments, message, tmp_path):
    result = run(*arguments)
    assert result.exit_code != 0
    assert message in result.output
    assert "Traceback" not in result.output
