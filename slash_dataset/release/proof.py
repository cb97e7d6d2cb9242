"""The last proof of a release: another process loads it by its tag, with nothing cached.

A process of its own has none of this one's caches, settings and loaded modules, and its working
directory holds no folder that ``load_dataset`` could take for the dataset.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .built import difference_of
from .errors import ReleaseError
from .hub import HubRepo, attempts

_FOREIGN_SETTINGS = {
    *("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_XET_CACHE", "HF_ASSETS_CACHE"),
    *("HF_DATASETS_CACHE", "HF_MODULES_CACHE", "HF_DATASETS_OFFLINE"),
}


def prove_loadable(hub: HubRepo, revision: str, checksums: Mapping[str, Any]) -> None:
    """Load every config with ``load_dataset(repo, name, revision=revision)`` and compare.

    Parameters
    ----------
    hub : HubRepo
    revision : str
        A tag.
    checksums : mapping
        What ``checksums.json`` says of the version.

    Raises
    ------
    ReleaseError
        If a config cannot be loaded, or has other features, rows, pixels, labels or another
        version.
    """
    parameters = {name: config["parameters"] for name, config in checksums["configs"].items()}
    request = {"repo_id": hub.repo_id, "revision": revision, "configs": parameters}
    for wait in attempts():
        done = _run(hub, request)
        if done.returncode == 0:
            break
        if wait is None:
            why = done.stderr.strip().splitlines()[-1:] or ["it ended without a word"]
            raise ReleaseError(f"load_dataset({hub.repo_id!r}, revision={revision!r}): {why[0]}")
    for name, found in json.loads(done.stdout).items():
        _compare(name, found, checksums)


def _compare(name: str, found: Mapping[str, Any], checksums: Mapping[str, Any]) -> None:
    right = checksums["configs"][name]["splits"]
    differences = {
        "features": _unequal(found["features"], found["expected_features"]),
        "version": _unequal(found["version"], checksums["version"]),
        "splits": _unequal(sorted(found["splits"]), sorted(right)),
    }
    for split in right.keys() & found["splits"].keys():
        differences[split] = difference_of(found["splits"][split], right[split])
    for what, difference in differences.items():
        if difference is not None:
            raise ReleaseError(f"load_dataset gives another {name} ({what}): {difference}")


def _unequal(found: Any, right: Any) -> str | None:
    return None if found == right else f"{found}, and {right} is right"


def _run(hub: HubRepo, request: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
    package = Path(__file__).resolve().parents[2]
    with tempfile.TemporaryDirectory(prefix="slash-dataset-proof-") as home:
        settings = {k: v for k, v in os.environ.items() if k not in _FOREIGN_SETTINGS}
        settings |= {
            "HF_HOME": home,
            "HF_ENDPOINT": hub.endpoint,
            # The token travels in the environment alone: not in arguments, not in files.
            "HF_TOKEN": hub.token or "",
            "HF_TOKEN_PATH": os.path.join(home, "token"),
            "HF_HUB_OFFLINE": "0",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_UPDATE_DOWNLOAD_COUNTS": "0",
            "PYTHONPATH": os.pathsep.join(
                [str(package), *filter(None, [os.environ.get("PYTHONPATH")])]
            ),
        }
        return subprocess.run(
            [sys.executable, "-m", "slash_dataset.release._load"],
            input=json.dumps(request),
            cwd=home,
            env=settings,
            capture_output=True,
            text=True,
            check=False,
        )
