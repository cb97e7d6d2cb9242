"""What is shipped: small, typed, licensed, and without the file that it replays."""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--quiet", "--wheel-dir", folder, ROOT], check=True)
    (path,) = folder.glob("*.whl")
    return path


def test_what_loads_the_dataset_is_under_100_kb_and_the_data_in_it_under_10(wheel):
    tools = ("benchmark", "cli", "export", "release")
    core = data = 0
    for file in zipfile.ZipFile(wheel).infolist():
        folders = Path(file.filename).parts
        if len(folders) == 2 or folders[1] not in tools:
            core += file.compress_size
        if not file.filename.endswith(".py") and folders[0] == "slash_dataset":
            data += file.compress_size
    assert core < 100_000
    assert data < 10_000
    assert wheel.stat().st_size < 250_000


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
    assert core == ["datasets", "huggingface-hub", "numpy", "pillow"]


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
    build = f"import hatchling.build as b; print(b.build_wheel({str(tmp_path)!r}))"
    made = subprocess.run(
        [sys.executable, "-c", build], cwd=source, capture_output=True, text=True, check=True
    )
    assert _contents(tmp_path / made.stdout.split()[-1]) == _contents(wheel)


def _contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def test_the_package_works_without_its_sources(tmp_path):
    """As frozen applications and images without sources have it: .pyc files alone."""
    ignored = shutil.ignore_patterns("__pycache__")
    copy = Path(shutil.copytree(ROOT / "slash_dataset", tmp_path / "slash_dataset", ignore=ignored))
    assert compileall.compile_dir(copy, quiet=2, legacy=True)
    for file in copy.rglob("*.py"):
        file.unlink()
    code = """
        import slash_dataset
        from datasets import load_dataset
        from slash_dataset import export
        assert slash_dataset.__file__.endswith(".pyc")
        assert slash_dataset.draw("long", "test", 0, 3)[1].tolist() == [0, 1, 0]
        assert len(list(slash_dataset.load(streaming=True)["test"])) == 250
        assert len(load_dataset("slash", split="train", cache_dir="cache")) == 750
        rows = {"num_train": 70, "num_test": 5, "num_proc": 2}
        assert len(load_dataset("slash", "long", cache_dir="cache", **rows)["test"]) == 5
        export.csv("exported")
    """
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        check=True,
    )
