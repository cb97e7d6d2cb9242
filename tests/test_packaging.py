"""What is shipped: small, typed, licensed, and without the file that it replays."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import metadata, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--quiet", "--wheel-dir", folder, ROOT], check=True)
    (path,) = folder.glob("*.whl")
    return path


def test_the_core_is_under_100_kb_its_data_under_10_and_the_page_under_300(wheel):
    tools = ("benchmark", "cli", "export", "plot", "release")
    core = data = page = 0
    for file in zipfile.ZipFile(wheel).infolist():
        folders = Path(file.filename).parts
        if file.filename == "slash_dataset/explorer.html":
            page = file.file_size
            continue
        if len(folders) > 2 and folders[1] in tools:
            continue
        core += file.compress_size
        if not file.filename.endswith(".py") and folders[0] == "slash_dataset":
            data += file.compress_size
    assert core < 100_000
    assert data < 10_000
    assert 0 < page < 300_000
    assert wheel.stat().st_size < 400_000


def test_the_wheel_has_the_state_the_checksums_and_the_type_marker(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for name in ("original_state.npy", "checksums.json", "py.typed"):
        assert f"slash_dataset/{name}" in names
    assert not [name for name in names if name.endswith(".npz") or name.startswith("tests")]
    assert sum("licenses/LICENSE" in name for name in names) == 2


def test_the_metadata_names_both_licences_and_the_core_dependencies(wheel):
    with zipfile.ZipFile(wheel) as file:
        (name,) = (name for name in file.namelist() if name.endswith("METADATA"))
        metadata = file.read(name).decode()
    assert "License-Expression: Apache-2.0" in metadata
    assert "CC BY 4.0" in metadata
    needed = [line for line in metadata.splitlines() if line.startswith("Requires-Dist:")]
    core = sorted(line.split()[1].split(">")[0] for line in needed if "extra ==" not in line)
    assert core == ["datasets", "huggingface-hub", "numpy", "pillow", "pyarrow"]


def test_a_wheel_from_the_sdist_is_the_wheel_from_the_checkout(wheel, tmp_path):
    build = f"import hatchling.build as b; print(b.build_sdist({str(tmp_path)!r}))"
    made = subprocess.run(
        [sys.executable, "-c", build], cwd=ROOT, capture_output=True, text=True, check=True
    )
    sdist = tmp_path / made.stdout.split()[-1]
    shutil.unpack_archive(sdist, tmp_path / "source")
    [source] = (tmp_path / "source").iterdir()
    for name in ("CHANGELOG.md", "CONTRIBUTING.md", "conftest.py", "dataset_card.md", "Makefile"):
        assert (source / name).is_file()
    page = {path.relative_to(source / "explorer") for path in (source / "explorer").rglob("*")}
    assert {Path("src/app.tsx"), Path("build.mjs"), Path("package-lock.json")} <= page
    assert not [path for path in page if path.parts[0] == "node_modules"]
    build = f"import hatchling.build as b; print(b.build_wheel({str(tmp_path)!r}))"
    made = subprocess.run(
        [sys.executable, "-c", build], cwd=source, capture_output=True, text=True, check=True
    )
    assert _contents(tmp_path / made.stdout.split()[-1]) == _contents(wheel)


def _contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


@pytest.fixture(scope="module")
def without_sources(tmp_path_factory):
    """The package as PyInstaller and images without sources have it: compiled files alone."""
    folder = tmp_path_factory.mktemp("compiled")
    package = folder / "slash_dataset"
    shutil.copytree(ROOT / "slash_dataset", package, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run([sys.executable, "-m", "compileall", "-q", "-b", package], check=True)
    for source in package.rglob("*.py"):
        source.unlink()
    return folder


@pytest.mark.parametrize(
    "code",
    [
        "import slash_dataset as s; assert len(list(s.load(split='test', streaming=True))) == 250",
        "import slash_dataset as s; assert len(s.load('long', 'test', num_train=9)) == 2000",
        "import slash_dataset, datasets; datasets.load_dataset('slash', cache_dir='cache')",
        "from slash_dataset import export; export.parquet('p'); export.csv('c')",
        "import sys; sys.argv[1:] = ['info']; from slash_dataset.cli import main; main()",
        "from slash_dataset.verification import verify_config; assert list(verify_config('long'))",
    ],
)
def test_package_without_sources_works(code, without_sources, tmp_path):
    settings = {"PYTHONPATH": str(without_sources), "HF_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | settings,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_the_constraints_hold_every_requirement_within_its_bounds():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    held = {canonicalize_name(name): version for name, version in (x.split("==") for x in lines)}
    extras = metadata("slash-dataset").get_all("Provides-Extra")
    for requirement in map(Requirement, requires("slash-dataset")):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
            version = held.get(canonicalize_name(requirement.name), "0")
            own = requirement.name == "slash-dataset"
            assert own or version in requirement.specifier, f"{requirement}: `make constraints`"
