"""Exports that end by a signal once they have some shards.

The command sends the signal to itself: sent from outside, it may come too late on a busy machine.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ENDS_ITSELF = """
import os, sys
from slash_dataset.cli import main
from slash_dataset.workers import Workers

number, at_shards = int(sys.argv.pop(1)), int(sys.argv.pop(1))
all_results = Workers.map

def some_results(self, function, jobs):
    end_at(0 if jobs else None)
    for done, result in enumerate(all_results(self, function, jobs), 1):
        end_at(done)
        yield result

def end_at(done):
    if done == at_shards:
        os.kill(os.getpid(), number)

Workers.map = some_results
main()
"""


def ended_export(
    number: int, at_shards: int, dest: str | Path, options: Sequence[str]
) -> tuple[int, str]:
    """Export Parquet shards until a signal comes; return the status and the messages."""
    command = [sys.executable, "-c", ENDS_ITSELF, str(int(number)), str(at_shards)]
    command += ["export", "parquet", str(dest), *options]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=300, check=False)
    return done.returncode, done.stderr
