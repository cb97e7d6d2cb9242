"""Exports on a Ray cluster of two nodes, one of which is killed: see ``ray_scenarios.py``."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from .ray_scenarios import Scenarios

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("ray_scenarios.py")
# Ray listens on all interfaces where there is a default route: here, there is none.
ALONE = ["unshare", "--user", "--map-root-user", "--net"]


def go_through_them(folder: Path) -> None:
    done = subprocess.run(
        [*ALONE, sys.executable, SCRIPT, folder],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=1_500,
        check=False,
    )
    assert (folder / "outcomes.json").exists(), done.stdout + done.stderr


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory, worker_id):
    for module in ("ray", "moto", "s3fs"):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"needs {module}")
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare, from util-linux")
    tried = subprocess.run([*ALONE, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"this system lets nobody have a network of their own: {tried.stderr.strip()}")
    # One cluster serves all processes of a run.
    root = tmp_path_factory.getbasetemp()
    folder = (root if worker_id == "master" else root.parent) / "on-ray"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            folder.mkdir()
            go_through_them(folder)
    return json.loads((folder / "outcomes.json").read_text())


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, id=f"Ray-{name.replace('_', ' ')}")
        for name in vars(Scenarios)
        if not name.startswith("_")
    ],
)
def test_on_ray(name, outcomes):
    assert name in outcomes, "the scenarios ended before this one"
    assert outcomes[name] == ""
