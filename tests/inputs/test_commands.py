"""Every command, with anything: it works, or one line says what is wrong with which option."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slash_dataset.cli.group import COMMANDS, cli

from .calls import EXAMPLES, Watched, ways_to_show

RESULTS = Path(__file__).parents[2] / "docs" / "benchmark" / "results.json"
SMALL = [*("--config", "standard", "--image-size", "8", "--stroke-length", "3")]
SMALL += [*("--num-train", "4", "--num-test", "2")]

# What each command can do at once; those that take minutes, or a Hub, are given what they refuse.
WORKS = {
    "info": [],
    "preview": ["--out", "new.png"],
    "explore": ["--out", "new.html"],
    "verify": ["original"],
    "export": ["csv", "new", *SMALL],
    "benchmark": ["--results", str(RESULTS)],
    "sweep": ["--models", "knn-1", "--seeds", "1", *SMALL],
}
REFUSED = {
    "scaling": ["--models", "nothing"],
    "build": ["new", "--configs", "nothing"],
    "release": ["--repo-id", "slash"],
    "versions": ["--repo-id", "slash"],
}

TEXTS = st.sampled_from(
    [
        *("", " ", "0", "-1", "9", "1.5", "1e400", "nan", "inf", "-inf", "9" * 5_000, "x", "all"),
        *("orignal", "original", "long,standard", ",", "train", "../x", "new", "no/such/x.png"),
        *("\udcff", "é", "--", "-h", "--nois", "s4://bucket/x", "{}", "%s", "a" * 300),
    ]
) | st.text(max_size=5).map(lambda text: text.replace("\0", ""))


def options(name):
    command = cli.get_command(click.Context(cli), name)
    return [option for option in command.params if isinstance(option, click.Option)]


def odd(name):
    """Options of a command with any text, and texts where nothing is expected."""
    found = [st.lists(TEXTS, min_size=1, max_size=1)]
    for option in options(name):
        flags = st.sampled_from([*option.opts, *option.secondary_opts])
        # Processes that are as many as asked for are slow to begin.
        texts = (
            TEXTS.filter(lambda t: not t.strip("-").isdigit())
            if option.name in ("jobs", "num_proc")
            else TEXTS
        )
        if option.name == "out":
            # Only a process of its own, in test_cli_streams, can print such a name.
            texts = texts.filter(lambda t: t != "\udcff")
        found.append(
            flags.map(lambda flag: [flag]) if option.is_flag else st.tuples(flags, texts).map(list)
        )
    return st.one_of(found)


def test_every_command_is_tried():
    assert {*WORKS, *REFUSED} == set(COMMANDS)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(click, "launch", lambda url: 0)
    # Its figures take seconds.
    monkeypatch.setattr("slash_dataset.plot.figures.draw_figures", lambda *_: None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)  # and back, at the end
    return tmp_path


def run(place, arguments):
    """Run a command in an empty folder of an empty place; return its status and what it said."""
    (place / "here").mkdir()
    os.chdir(place / "here")
    with Watched() as watched:
        result = CliRunner().invoke(cli, arguments, prog_name="slash-dataset")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    assert result.exit_code in (0, 1, 2)
    left = [path for path in place.rglob("*") if path.is_file() and path.suffix != ".lock"]
    os.chdir(place)
    for path in place.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    if result.exit_code == 2:
        assert not left
        assert not watched.begun
        assert "Error: " in result.output
    return result.exit_code, result.output


@pytest.mark.parametrize("name", WORKS)
def test_what_each_command_is_tried_with_works(name, place):
    assert run(place, [name, *WORKS[name]])[0] == 0


@pytest.mark.parametrize("name", COMMANDS, ids=[f"{name}-odd" for name in COMMANDS])
def test_a_command_works_or_names_what_is_wrong(name, place):
    usual = {**WORKS, **REFUSED}[name]

    @settings(
        max_examples=EXAMPLES,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(odd(name))
    def check(more):
        code, said = run(place, [name, *usual, *more])
        is_asked = "HF_HUB_OFFLINE" in said
        assert code == 2 or name not in REFUSED or is_asked or "--help" in more or "-h" in more
        if code == 2 and len(more) > 1:
            # What a command refuses anyway may be named instead.
            flags = [more[0], *((name in REFUSED and usual) or ())]
            names = [each for flag in flags for each in (flag, flag.strip("-").replace("-", "_"))]
            assert any(each and each in said for each in names), said
            if name not in REFUSED and not re.search("give only one|needs", said):
                given = [each.strip() for each in more[1].split(",")]
                values = [more[1], click.format_filename(more[1]), *given, *numbers(more[1])]
                assert any(each in said for value in values for each in ways_to_show(value)), said

    check()


def numbers(text):
    """What a text is read as."""
    for kind in (int, float):
        with suppress(ValueError):
            yield kind(text)


@pytest.mark.parametrize("name", ["info", "preview", "export", "verify"])
def test_a_process_of_its_own_ends_in_a_message_too(name, tmp_path):
    words = [b"9" * 5_000, b"\xff\xfe", b"--num-train", b"--out", "é".encode()]
    command = [sys.executable, "-m", "slash_dataset", name, *words]
    settings = os.environ | {"LC_ALL": "C", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, cwd=tmp_path, env=settings, capture_output=True)
    assert done.returncode == 2
    assert b"Error: " in done.stderr
    assert b"Traceback" not in done.stderr
    assert os.listdir(tmp_path) == []
