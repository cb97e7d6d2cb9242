"""Virtual environments with older libraries, made once and kept beside the project's own."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

ROOT = Path(__file__).parents[1]


def old_python(*requirements: str) -> Path:
    """Return the Python of an environment with exactly these requirements installed.

    The project itself is not installed there: give it by PYTHONPATH, as :func:`run_old` does.
    """
    key = hashlib.sha256(repr((sys.version_info[:3], requirements)).encode()).hexdigest()[:12]
    folder = ROOT / f".venv-old-{key}"
    python, done = folder / "bin" / "python", folder / "installed"
    with FileLock(f"{folder}.lock"):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, *requirements], check=True)
            done.touch()
    return python


def run_old(python: Path, code: str, folder: Path, *arguments: str) -> str:
    """Run code in an old environment, with this checkout on its path, and return its output."""
    settings = {"PYTHONPATH": str(ROOT), "HF_HOME": str(folder / "home"), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [python, "-c", code, *arguments],
        cwd=folder,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
