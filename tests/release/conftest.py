"""Release folders, built once, and a Hub with a maintainer on it.

The tool runs in this very process, with the settings that the `hub` fixture gives its client; what
is about processes (kill, output, two at once) runs the command in one of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import slash_dataset.release.progress
from slash_dataset.benchmark.post_2019 import PUBLISHED
from slash_dataset.benchmark.results import Evaluation, Results, describe_environment
from slash_dataset.configs import CONFIGS, Config, resolve_config
from slash_dataset.release import Released, build_folder, release
from slash_dataset.release.manifest import manifest_of
from slash_dataset.release.texts import Sources
from tests.hub import Hub
from tests.hub.fixture import hub, hub_certificates, hub_no_proxy, hub_tls, storage

__all__ = ["hub", "hub_certificates", "hub_no_proxy", "hub_tls", "storage"]

SOAK = bool(os.environ.get("SLASH_SOAK"))
"""Whether every cell of the long matrices runs, as `make soak` wants it."""
REPO = "ada/slash"
TOKEN = "hf_SecretOfAda0123456789"
CHANGELOG = "".join(
    f"## {version} (2026-01-0{day})\n\n- What {version} brought.\n\n"
    for version, day in [("3.0.0", 6), ("2.0.0", 5), ("1.1.0", 4), ("1.0.1", 3), ("1.0.0", 2)]
)
SMALL: dict[str, list[Config]] = {
    "1.0.0": [
        resolve_config("original"),
        resolve_config("rotated", num_train=60, num_test=20),
    ],
    "1.0.1": [
        resolve_config("original"),
        resolve_config("rotated", num_train=60, num_test=20),
    ],
    "1.1.0": [
        resolve_config("original"),
        resolve_config("long", num_train=30, num_test=10),
        resolve_config("rotated", num_train=60, num_test=20),
    ],
    "2.0.0": [resolve_config("long", num_train=30, num_test=10, seed=1)],
    "3.0.0": [resolve_config("long", num_train=30, num_test=10, seed=2)],
}
"""What the small folders of these tests hold, by version: each differs from the one before."""


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    """The project's own sources, but with a changelog that knows several versions."""
    changelog = tmp_path_factory.mktemp("changelog") / "CHANGELOG.md"
    changelog.write_text(f"# Changelog\n\n{CHANGELOG}", encoding="utf-8")
    results = changelog.with_name("results.json")
    results.write_text(benchmark_results().to_json(), encoding="utf-8")
    root = Path(slash_dataset.__file__).parents[1]
    return Sources(root / "dataset_card.md", changelog, results, root)


def benchmark_results() -> Results:
    """Results as if a run had measured just what was published."""
    table = [
        Evaluation(
            model=name,
            config="original-float64",
            num_train=750,
            num_test=250,
            num_parameters=row.num_parameters,
            seeds=(None,) if row.deterministic else (0, 1),
            train_accuracy=(row.train_accuracy,) * (1 if row.deterministic else 2),
            test_accuracy=(row.test_accuracy,) * (1 if row.deterministic else 2),
            seconds=(0.5,) * (1 if row.deterministic else 2),
        )
        for name, row in PUBLISHED.items()
    ]
    return Results(table, environment=describe_environment())


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, sources: Sources) -> Callable[[str], Path]:
    """Give the small release folder of a version, built for REPO; nobody may change it."""
    root = tmp_path_factory.mktemp("built")

    def give(version: str) -> Path:
        folder = root / version
        if not folder.exists():
            configs = SMALL[version]
            build_folder(folder, configs=configs, version=version, repo_id=REPO, sources=sources)
        return folder

    return give


@pytest.fixture(scope="session")
def every_config(tmp_path_factory: pytest.TempPathFactory, sources: Sources) -> Path:
    """A release folder with every config, the drawn ones small; nobody may change it."""
    folder = tmp_path_factory.mktemp("every-config") / "slash"
    build_folder(folder, configs=small_configs(), sources=sources)
    return folder


def small_configs() -> list[Config]:
    """Every named config; of the drawn ones only a few rows."""
    few = {"num_train": 40, "num_test": 20}
    return [
        config.with_parameters(**few) if config.parameters else config
        for name, config in CONFIGS.items()
    ]


@pytest.fixture
def own_copy(built: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Path]:
    """Give a copy of a release folder that the test may change."""

    def give(version: str) -> Path:
        folder = tmp_path / f"copy-{version}"
        shutil.copytree(built(version), folder)
        return folder

    return give


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tool itself waits only a moment between attempts; the client waits as it always does."""
    monkeypatch.setattr(slash_dataset.release.progress, "WAITS", (0.01, 0.02, 0.04))


@pytest.fixture
def ada(hub: Hub) -> Hub:
    """A Hub on which Ada may write."""
    hub.add_user("ada", TOKEN, orgs=("society",))
    return hub


def files_in(folder: Path) -> dict[str, tuple[int, str]]:
    """Size and SHA-256 of every file of a folder, as ``RepoHandle.tree`` gives them."""
    return {path: (file.size, file.sha256) for path, file in manifest_of(folder).items()}


def put_release(hub: Hub, folder: Path, tag: str, repo_id: str = REPO) -> str:
    """Put a release on the Hub past its endpoints, as if made long ago; returns its commit."""
    repo = hub.repo(repo_id) if hub.has_repo(repo_id) else hub.create_repo(repo_id)
    files = {path: (folder / path).read_bytes() for path in manifest_of(folder)}
    gone = repo.tree().keys() - files.keys()
    sha = repo.commit(files, deleted=gone, message=f"Release {tag}", author="ada")
    repo.set_tag(tag, sha)
    return sha


def writes(hub: Hub) -> dict[str, int]:
    """How many requests that change something the Hub has seen, by step."""
    steps = ("create_repo", "commit", "create_tag", "create_branch", "lfs_put", "xet_write_token")
    return {step: hub.log.count(step) for step in steps if hub.log.count(step)}


@pytest.fixture
def old(ada: Hub, built: Callable[[str], Path]) -> str:
    """Version 1.1.0, on the Hub since long; gives its commit. Tests release 2.0.0 over it."""
    return put_release(ada, built("1.1.0"), "v1.1.0")


def require_whole_state(hub: Hub, built: Callable[[str], Path], old: str) -> None:
    """Main is one version or the other, and every tag is on exactly its version."""
    repo = hub.repo(REPO)
    versions = {"v1.1.0": files_in(built("1.1.0")), "v2.0.0": files_in(built("2.0.0"))}
    assert repo.tree() in versions.values()
    assert repo.tags["v1.1.0"] == old
    for tag in repo.tags:
        assert repo.tree(tag) == versions[tag]


def require_finished(hub: Hub, built: Callable[[str], Path], old: str) -> None:
    """Version 2.0.0 exists, tagged, as exactly one commit on top of 1.1.0."""
    require_whole_state(hub, built, old)
    repo = hub.repo(REPO)
    assert repo.tags.keys() == {"v1.1.0", "v2.0.0"}
    assert repo.head == repo.tags["v2.0.0"]
    assert repo.commits()[1].sha == old


# Runs a command where a folder, its first argument, is a separate disk that goes away with it.
_ON_A_SMALL_DISK = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c")


def start_command(
    hub: Hub,
    home: Path,
    *arguments: object,
    token: str | None = TOKEN,
    small_disk: Path | None = None,
    size: str = "1m",
    **settings: str,
) -> subprocess.Popen[str]:
    """Start ``slash-dataset`` in its own process, as a user of this Hub.

    With `small_disk`, that folder is a disk of `size` to the process, and to it alone.
    """
    home.mkdir(parents=True, exist_ok=True)
    root = str(Path(slash_dataset.__file__).parents[1])
    command = [sys.executable, "-c", "from slash_dataset.cli import main; main()"]
    command += map(str, arguments)
    if small_disk is not None:
        mount = f'mount -t tmpfs -o size={size} tmpfs "$0"'
        trial = [*_ON_A_SMALL_DISK, mount, str(small_disk)]
        if shutil.which("unshare") is None or subprocess.run(trial, check=False).returncode != 0:
            pytest.skip("this system lets nobody mount a small disk")
        command = [*_ON_A_SMALL_DISK, f'{mount} && exec "$@"', str(small_disk), *command]
    return subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": root, **hub.client_environment(home, token), **settings},
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


Release = Callable[..., Released | None]


@pytest.fixture
def publish(built: Callable[[str], Path]) -> Release:
    """Release a small folder as Ada; what is reported is kept in `.reported`."""

    def run(version: str, repo_id: str = REPO, **options: Any) -> Released | None:
        run.reported = []  # type: ignore[attr-defined]
        options = {"folder": built(version), "token": TOKEN, **options}
        return release(repo_id, version, report=run.reported.append, **options)  # type: ignore[attr-defined]

    return run
