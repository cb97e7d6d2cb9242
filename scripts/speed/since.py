"""The same work by the package now and at an earlier commit, in one process."""

from __future__ import annotations

import importlib.util
import io
import subprocess
import sys
import tarfile
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np

import slash_dataset

from .scratch import SCRATCH
from .side_by_side import Contender, Groups, SideBySide

ROOT = Path(__file__).resolve().parents[2]
# The last commit before a draw stayed in the processor's cache.
COMMIT = "8a13072"


def _package_at(commit: str) -> ModuleType:
    """Import the package of a commit under another name, beside the current one."""
    archive = ["git", "archive", commit, "slash_dataset"]
    done = subprocess.run(archive, cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"the project's history is needed for commit {commit}: {done.stderr!r}")
    folder, name = SCRATCH / commit, f"slash_dataset_{commit}"
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as files:
        files.extractall(folder, filter="data")
    package = folder / "slash_dataset"
    spec = importlib.util.spec_from_file_location(
        name, package / "__init__.py", submodule_search_locations=[str(package)]
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def _work(package: ModuleType, rows: int) -> dict[str, Contender]:
    """The work of a package, by name."""

    def batches(config: str) -> Contender:
        split = package.open_config(config, num_train=rows)["train"]
        return lambda: (sum(len(batch.images) for batch in split.batches(10_000)), 0)

    shuffled = np.random.RandomState(0).permutation(rows)[: rows // 4].reshape(-1, 250)
    split = package.open_config("standard", num_train=rows)["train"]
    images = split.read(range(rows // 2)).images

    def png() -> tuple[int, int]:
        files = import_module(f"{package.__name__}.png").encode_png(images)
        return len(files), files.nbytes

    return {
        "draw standard": batches("standard"),
        "draw rotated": batches("rotated"),
        "draw shuffled": batches("shuffled"),
        "draw noisy": batches("noisy"),
        "read shuffled rows, 250 at a time": lambda: (
            sum(len(split.read(part).images) for part in shuffled),
            0,
        ),
        "bulk PNG": png,
    }


def prepare(rows: int) -> Groups:
    """Return the contenders."""
    then, now = _work(_package_at(COMMIT), rows), _work(slash_dataset, rows)
    return {what: {f"at {COMMIT}": then[what], "now": now[what]} for what in now}


MEASUREMENT = SideBySide(prepare, rows=100_000, rounds=9)
