"""Processes and threads use the dataset at once: none blocks, and all get the same rows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from . import concurrent_use as use

SOAK = "SLASH_SOAK" in os.environ


# Ids are what starts, what it does, and the number of the repetition.
def repeated(start, count):
    return pytest.mark.parametrize(
        "number", range(200 if SOAK else count), ids=lambda n: f"{start}-read a source-{n}"
    )


def assert_all_read(source, found):
    whole = use.digest(source.read(use.ROWS))
    assert found == [(True, True, whole)] * len(found)


@repeated("8 threads", 1)
def test_threads_share_sources(number):
    for source in use.SOURCES.values():
        assert_all_read(source, use.in_threads(source))


@repeated("2 forked processes", 4)
def test_forked_workers_read_while_threads_of_their_parent_draw(number):
    source = list(use.SOURCES.values())[number % 3]
    assert_all_read(source, use.in_processes("fork", source))


@repeated("2 spawned processes", 1)
def test_spawned_workers_read_while_threads_of_their_parent_draw(number):
    source = list(use.SOURCES.values())[number % 3]
    assert_all_read(source, use.in_processes("spawn", source))


@pytest.mark.parametrize(
    "number", range(20 if SOAK else 1), ids=lambda n: f"8 processes-load on one empty cache-{n}"
)
def test_processes_load_on_one_empty_cache_at_once(number, tmp_path):
    root = Path(__file__).parents[1]
    times = 10 if SOAK else 1
    subprocess.run(
        [sys.executable, "-m", "tests.concurrent_use", str(tmp_path), str(times)],
        cwd=root,
        check=True,
        timeout=600,
    )
