"""What is shipped: small, typed, licensed, and without the file that it replays."""

from __future__ import annotations

import subprocess
import sys
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


def test_the_core_is_under_100_kb_its_data_under_10_and_the_page_under_300(wheel):
    tools = ("benchmark", "cli", "export", "release")
    core = data = page = 0
    for file in zipfile.ZipFile(wheel).infolist():
        folders = Path(file.filename).parts
        if file.filename == "slash_dataset/explorer.html":
            page = file.file_size
            continue
        if len(folders) == 2 or folders[1] not in tools:
            core += file.compress_size
        if not file.filename.endswith(".py") and folders[0] == "slash_dataset":
            data += file.compress_size
    assert core < 100_000
    assert data < 10_000
    assert 0 < page < 300_000
    assert wheel.stat().st_size < 350_000


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
