"""The command line where tools run: in pipes, on full disks, in containers, with old locales."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import pytest

from tests.writers import into

SMALL = "--config standard --num-train 20 --num-test 4"
EXPORTED = ["README.md", "test", "train"]


def shell(script, folder, **environment):
    """Run a Bash script in a folder, in which ``slash`` is the command line."""
    prelude = f'slash() {{ "{sys.executable}" -m slash_dataset "$@"; }}\n'
    path = os.pathsep.join([os.getcwd(), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        ["bash", "-c", prelude + script],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": path} | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="surrogateescape",
    )


@pytest.mark.parametrize(
    "command",
    ["verify original original-float64 long", "info", "info --json", "info rotated"],
)
@pytest.mark.parametrize("also", ["", "2>&1"])
def test_a_reader_that_goes_away_ends_the_command_without_a_word(command, also, tmp_path):
    done = shell(f"slash {command} {also} | true; exit ${{PIPESTATUS[0]}}", tmp_path)
    assert (done.returncode, done.stderr) == (128 + 13, "")


def test_head_gets_the_first_line(tmp_path):
    done = shell("slash verify original original-float64 long | head -1", tmp_path)
    assert (done.stdout, done.stderr) == ("original/train: ok\n", "")


def test_an_export_whose_reader_goes_away_is_complete(tmp_path):
    done = shell(f"slash export csv dest {SMALL} | true; exit ${{PIPESTATUS[0]}}", tmp_path)
    assert done.returncode == 128 + 13
    assert sorted(os.listdir(tmp_path / "dest")) == EXPORTED


def test_ctrl_c_has_the_status_of_other_tools_and_no_traceback(tmp_path):
    begin = "set -m; slash export csv dest --config standard --num-train 9000000 &"
    end = 'until [ -n "$(ls -A)" ]; do sleep 0.05; done; kill -INT %1; wait %1'
    done = shell(f"{begin} {end}", tmp_path)
    assert done.returncode == 128 + 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "Abort" not in done.stderr
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("stream", [">/dev/full", ">&-", ">&- <&-"])
@pytest.mark.parametrize("command", ["info", "verify original", "--help", "--version"])
def test_output_that_cannot_be_written_is_an_error(command, stream, tmp_path):
    done = shell(f"slash {command} {stream}", tmp_path)
    assert done.returncode == 1
    assert re.fullmatch(r"Error: cannot write to standard output: .+\n", done.stderr)


@pytest.mark.parametrize("stream", [">/dev/full", ">&-"])
@pytest.mark.parametrize(
    ("command", "made"), [(f"export csv dest {SMALL}", "dest"), ("preview --out a.png", "a.png")]
)
def test_what_is_complete_is_said_to_be_though_output_fails(command, made, stream, tmp_path):
    done = shell(f"slash {command} {stream}", tmp_path)
    assert done.returncode == 1
    assert f"{made} is complete" in done.stderr
    assert os.listdir(tmp_path) == [made]


@pytest.mark.parametrize("stream", ["2>&-", "2>/dev/full", "2>&- <&-", "<&-"])
@pytest.mark.parametrize("progress", ["", "--progress"])
def test_messages_that_cannot_be_written_change_nothing(stream, progress, tmp_path):
    done = shell(f"slash export csv dest {SMALL} {progress} {stream}", tmp_path)
    assert (done.returncode, done.stdout) == (0, "dest\n")
    assert sorted(os.listdir(tmp_path / "dest")) == EXPORTED


@pytest.mark.parametrize("stream", ["2>&-", "2>/dev/full", ">&- 2>&- <&-"])
def test_status_of_bad_input_needs_no_stream(stream, tmp_path):
    assert shell(f"slash info nothing {stream}", tmp_path).returncode == 2
    assert shell(f"slash verify --file nothing {stream}", tmp_path).returncode == 1


def test_files_take_no_number_of_a_closed_stream(tmp_path):
    """Otherwise the file would contain what a library prints."""
    script = f"""
exec 2>&- <&-
slash export mnist closed {SMALL}
"""
    shell(script, tmp_path)
    shell(f"slash export mnist plain {SMALL}", tmp_path)
    for file in (tmp_path / "plain").rglob("*ubyte"):
        closed = tmp_path / "closed" / file.relative_to(tmp_path / "plain")
        assert closed.read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "POSIX"},
        {"LC_ALL": "no_SUCH.locale"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"PYTHONUTF8": "0", "LANG": "", "LC_ALL": ""},
    ],
)
def test_any_locale_can_name_any_file(environment, tmp_path):
    name = "tëst-\udcff"
    if environment.get("PYTHONIOENCODING") == "latin-1":
        expected = name.encode("latin-1", "surrogateescape")
    else:
        expected = os.fsencode(name)
    done = shell(f"slash export csv $'t\\xc3\\xabst-\\xff' {SMALL}", tmp_path, **environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.encode("utf-8", "surrogateescape") == expected + b"\n"
    readme = (tmp_path / name / "README.md").read_bytes().decode("utf-8")
    assert "Sophie Searcy" in readme


def test_characters_that_an_encoding_does_not_have_are_escaped(tmp_path):
    done = shell(f"slash export csv ж {SMALL}", tmp_path, PYTHONIOENCODING="latin-1")
    assert (done.returncode, done.stdout) == (0, "\\u0436\n")
    done = shell("slash info nж", tmp_path, PYTHONIOENCODING="latin-1")
    assert done.returncode == 2
    assert "config 'n\\u0436' is unknown" in done.stderr


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (["export", "csv", "dest", *SMALL.split()], 0),
        (["export", "parquet", "dest", *SMALL.split()], 0),
        (["export", "webdataset", "dest", *SMALL.split()], 0),
        (["export", "csv", "dest", "--force", *SMALL.split()], 0),
        (["preview", "--out", "dest.gif"], 2),
        (["preview", "--out", "dest.png"], 0),
        (["verify", "original"], 0),
        (["info"], 0),
        (["export", "csv", "~/dest"], 2),
        (["build", "dest", "--configs", "original"], 0),
        (["benchmark", "--models", "knn-1", "--out", "dest"], 0),
    ],
)
def test_neither_a_home_nor_an_entry_in_the_list_of_users_is_needed(command, status, tmp_path):
    """As for a container's user that is a mere number."""
    (tmp_path / "dest").mkdir()
    settings = {k: v for k, v in os.environ.items() if k not in ("HOME", "HF_HOME")}
    done = subprocess.run(
        [*into("stranger"), sys.executable, "-m", "slash_dataset", *command],
        cwd=tmp_path,
        env=settings | {"PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
    )
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "~").exists()


@pytest.mark.parametrize("no_color", ["", "1"])
def test_a_terminal_gets_a_bar_and_no_colours(no_color, tmp_path):
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("4H", 24, 100, 0, 0))
    done = subprocess.Popen(
        [sys.executable, "-m", "slash_dataset", "export", "csv", "dest", *SMALL.split()],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.getcwd(), "TERM": "xterm", "NO_COLOR": no_color},
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    shown = b""
    while True:
        try:
            part = os.read(leader, 4096)
        except OSError:  # the last writer has gone
            break
        if not part:
            break
        shown += part
    os.close(leader)
    assert done.wait() == 0
    assert b"24/24" in shown
    assert not re.search(rb"\x1b\[[0-9;]*m", shown)


def test_without_a_terminal_nothing_but_the_result_is_printed(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "slash_dataset", "export", "csv", "dest", *SMALL.split()],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.getcwd(), "TERM": ""},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "dest\n", "")


@pytest.mark.parametrize(
    "command",
    [
        f"export csv dest {SMALL} --seed -1",
        "export csv dest --config standard --noise 4.01",
        "export csv dest --config standard --image-size 1000",
        "export csv dest --config nothing",
        "export cvs dest",
        "export csv dest --encoding png",
        "export parquet dest --encoding jpeg",
        "export webdataset dest --max-shard-bytes 0",
        "export mnist dest --config original-float64",
        "export csv dest --config original --num-train 5",
        "export csv .",
        "preview --out a.png --columns 0",
        "preview --out a.png --split dev",
        "preview nothing --out a.png",
        "preview standard --out a.png --noise -1",
        "verify nothing",
        "info nothing",
        "build dest --configs nothing",
        "build dest --num-proc 0",
        "nothing",
    ],
)
def test_out_of_range_and_unknown_alike_are_bad_usage(command, tmp_path, monkeypatch):
    from click.testing import CliRunner

    from slash_dataset.cli.group import cli

    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, command.split(), prog_name="slash-dataset")
    assert result.exit_code == 2, result.output
    assert "Usage: slash-dataset" in result.stderr
    assert "Error: " in result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["preview --out", "explore --out", "benchmark --out"])
def test_a_destination_is_named_as_it_was_given(command, tmp_path, monkeypatch):
    from click.testing import CliRunner

    from slash_dataset.cli.group import cli

    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.png").symlink_to("nowhere")
    result = CliRunner().invoke(cli, [*command.split(), "a.png"])
    assert result.exit_code == 2
    assert "Error: --out 'a.png' is not allowed: " in result.stderr
