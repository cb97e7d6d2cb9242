"""A release needs no checkout: wheel and source distribution carry what it is made from."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from slash_dataset.release import build_folder
from slash_dataset.release.manifest import manifest_of
from tests.release.conftest import REPO, TOKEN

ROOT = Path(__file__).parents[2]
NEW = "## 1.1.0 (2027-01-02)\n\n- The config `long`.\n\n"


def run(*command: object, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command where no checkout is on the path."""
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": "", **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """The source distribution, unpacked."""
    folder = tmp_path_factory.mktemp("sdist")
    run("-m", "hatchling", "build", "-t", "sdist", "-d", folder, folder=ROOT)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


@pytest.fixture(scope="module")
def installed(source, tmp_path_factory):
    """What a wheel installs that is made from the source distribution, with one more version."""
    changelog = source / "CHANGELOG.md"
    text = changelog.read_text(encoding="utf-8")
    changelog.write_text(text.replace("## 1.0.0", f"{NEW}## 1.0.0", 1), encoding="utf-8")
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--wheel-dir")
    run("-m", "pip", "wheel", *options, folder, source, folder=folder)
    changelog.write_text(text, encoding="utf-8")
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "installed")
    return folder / "installed"


def test_the_source_distribution_has_all_that_tests_and_releases_need(source):
    for name in ("CHANGELOG.md", "dataset_card.md", "conftest.py", "docs/benchmark/results.json"):
        assert (source / name).read_bytes() == (ROOT / name).read_bytes()


def test_a_wheel_builds_the_same_folder_as_a_checkout(installed, tmp_path):
    command = "from slash_dataset.cli import main; main()"
    arguments = ("build", tmp_path / "wheel", "--configs", "original", "--repo-id", REPO)
    run("-c", command, *arguments, folder=tmp_path, PYTHONPATH=str(installed))
    build_folder(tmp_path / "checkout", configs=["original"], repo_id=REPO)
    assert manifest_of(tmp_path / "wheel") == manifest_of(tmp_path / "checkout")


def test_a_minor_version_with_one_more_config_is_released_from_a_wheel(ada, installed, tmp_path):
    """As docs/releasing.md tells it: an entry in the changelog, a look at the plan, the release."""
    said = []

    def release(version, configs, *options):
        command = "from slash_dataset.cli import main; main()"
        arguments = ("release", "--repo-id", REPO, "--version", version, "--configs", configs)
        settings = {
            **ada.client_environment(tmp_path / "home", TOKEN),
            "PYTHONPATH": str(installed),
        }
        done = run("-c", command, *arguments, *options, folder=tmp_path, **settings)
        said.append(done.stdout)

    release("1.0.0", "original")
    release("1.1.0", "original,long", "--dry-run")
    assert "Dry run: nothing was changed." in said[-1]
    release("1.1.0", "original,long")
    repo = ada.repo(REPO)
    assert repo.tags.keys() == {"v1.0.0", "v1.1.0"}
    assert repo.tags["v1.1.0"] == repo.head
    new = {path for path in repo.tree() if path not in repo.tree("v1.0.0")}
    assert new == {"long/train-00000-of-00001.parquet", "long/test-00000-of-00001.parquet"}
    assert "The config `long`." in repo.read("README.md").decode()
    assert said[-1].splitlines()[-1].startswith(f"{REPO} 1.1.0: commit {repo.head}, tag v1.1.0")
