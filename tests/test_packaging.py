"""What is shipped: small, typed, licensed, without the published file; and how it is installed."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from email import message_from_bytes
from importlib.metadata import metadata, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from readme_renderer import markdown

from slash_dataset.about import ADDRESS
from tests.writers import into

ROOT = Path(__file__).parents[1]


def build(source: Path, folder: Path) -> tuple[Path, Path]:
    """Build wheel and source distribution."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d"]
    subprocess.run([*command, folder], cwd=source, capture_output=True, check=True)
    [wheel], [sdist] = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, sdist


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(ROOT, tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def wheel(built):
    return built[0]


@pytest.fixture(scope="module")
def source(built, tmp_path_factory):
    """The source distribution, unpacked."""
    folder = tmp_path_factory.mktemp("source")
    shutil.unpack_archive(built[1], folder, filter="data")
    [source] = folder.iterdir()
    return source


def test_the_core_is_under_100_kb_its_data_under_10_and_the_page_under_300(wheel):
    tools = ("benchmark", "cli", "export", "plot", "release")
    core = data = page = 0
    for file in zipfile.ZipFile(wheel).infolist():
        folders = Path(file.filename).parts
        if file.filename == "slash_dataset/explorer.html":
            page = file.file_size
            continue
        # Beside the package are its description, its licences and the list of its files.
        if folders[0] != "slash_dataset" or (len(folders) > 2 and folders[1] in tools):
            continue
        core += file.compress_size
        if not file.filename.endswith(".py"):
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


def test_the_sdist_holds_the_project_and_nothing_installed(source):
    for name in ("CHANGELOG.md", "CONTRIBUTING.md", "conftest.py", "dataset_card.md", "Makefile"):
        assert (source / name).is_file()
    page = {path.relative_to(source / "explorer") for path in (source / "explorer").rglob("*")}
    assert {Path("src/app.tsx"), Path("build.mjs"), Path("package-lock.json")} <= page
    assert not [path for path in page if path.parts[0] == "node_modules"]


def test_wheel_and_sdist_from_the_sdist_are_those_from_the_checkout_byte_for_byte(
    built, source, tmp_path
):
    again = build(source, tmp_path)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in built]


@pytest.mark.parametrize("tool", ["twine check --strict", "check_wheel_contents"])
def test_a_package_index_takes_them(tool, built):
    files = built if tool.startswith("twine") else built[:1]
    command = [sys.executable, "-m", *tool.split(), *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def description(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as file:
        [name] = (name for name in file.namelist() if name.endswith("METADATA"))
        payload = message_from_bytes(file.read(name)).get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def links(text: str) -> list[str]:
    page = markdown.render(text)
    assert page is not None
    return re.findall(r'(?:href|src)="([^"#][^"]*)"', page)


def test_the_readme_renders_on_a_package_index(wheel):
    page = markdown.render(description(wheel))
    assert page.count("<table>") >= 4
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert page.count("<img") == readme.count("![") + readme.count("<img") > 0


def test_no_link_of_the_readme_is_relative_once_there_is_an_address():
    absolute = runpy.run_path(str(ROOT / "hatch_build.py"))["absolute"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    page = absolute(readme, "https://forge.example/slash")
    assert 'srcset="docs' not in page
    found = links(page)
    assert not [link for link in found if not link.startswith("https://")]
    for link in found:
        path = re.fullmatch("https://forge.example/slash/(raw|blob)/HEAD/(.*)", link)
        assert path is None or (ROOT / path[2]).is_file(), link
    assert "https://forge.example/slash/raw/HEAD/docs/images/explorer.png" in found
    assert "https://forge.example/slash/blob/HEAD/docs/SPEC.md" in found


def test_links_of_the_description_lead_somewhere(wheel):
    relative = [link for link in links(description(wheel)) if "://" not in link]
    if ADDRESS is None:
        assert relative
        pytest.skip(f"{len(relative)} lead nowhere on an index until about.ADDRESS has a value")
    assert not relative


@pytest.fixture(scope="module")
def without_sources(tmp_path_factory):
    """The package as compiled files only, as in PyInstaller and in images without sources."""
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


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The Python of an environment that has only the wheel and its dependencies.

    It is on a path with spaces and letters beyond ASCII, and nobody may write to it.
    """
    folder = tmp_path_factory.mktemp("a place") / "Umläute 雪 🙂"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", python, "install", "--no-index", "--quiet"]
    subprocess.run([*install, "--no-deps", "--no-compile", wheel], check=True)
    [packages] = folder.glob("lib/*/site-packages")
    # Paths in such a file are taken as they are: other such files there do not count.
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    for path in [*folder.rglob("*"), folder]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o222)
    yield python
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | 0o200)


USE = """
import os, sys
import slash_dataset
from slash_dataset import export
place = os.path.dirname(slash_dataset.__file__)
assert place.startswith(sys.prefix) and not os.access(place, os.W_OK)
import datasets
assert len(datasets.load_dataset("slash", split="test")) == 250
assert len(slash_dataset.load("rotated", "train", num_train=70, num_proc=2)) == 70
for layout in ("csv", "parquet", "webdataset"):
    export.export(layout, layout)
assert not any(difference for _, difference in export.verify_folder("parquet"))
assert "slash" in slash_dataset.explore()._repr_html_()
sys.argv[1:] = ["preview", "--out", "preview.png"]
from slash_dataset.cli import main
main()
"""


def use(python, code, folder, *flags, before=(), **settings):
    """Run code where no checkout is on the path."""
    # A child may import what it is not to run.
    script = folder / "use.py"
    script.write_text(f"if __name__ == '__main__':\n{re.sub('(?m)^', '    ', code)}\n")
    home = {"HF_HOME": str(folder / "home"), "PYTHONPATH": ""}
    environment = {k: v for k, v in (os.environ | home | settings).items() if v is not None}
    command = [*before, python, *flags, script]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("flags", "settings"),
    [
        ((), {}),
        (("-O",), {}),
        (("-W", "error"), {}),
        (("-X", "utf8=0"), {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}),
    ],
    ids=lambda given: " ".join(given) or "plain",
)
def test_the_wheel_works_where_nobody_may_write(installed, flags, settings, tmp_path):
    done = use(installed, USE, tmp_path, *flags, before=into("stranger"), **settings)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout == "wrote preview.png\n"


def test_the_command_of_the_wheel_runs(installed):
    command = [installed.with_name("slash-dataset"), "info", "original"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("original: the 2019 release")


@pytest.mark.parametrize(
    "load", ["datasets.load_dataset('slash'{})", "slash_dataset.load('long'{})"]
)
def test_with_a_home_that_is_read_only_the_error_says_what_to_set(installed, load, tmp_path):
    (tmp_path / "read only").mkdir(mode=0o555)
    home = {"HF_HOME": None, "HOME": str(tmp_path / "read only"), "XDG_CACHE_HOME": None}
    before = into("stranger")
    code = f"import datasets, slash_dataset; {load}"
    done = use(installed, code.format(""), tmp_path, before=before, **home)
    said = done.stderr.splitlines()[-1]
    assert re.search(r"PermissionError: .* cannot write to its cache .*: set HF_HOME to a", said)
    done = use(installed, code.format(", cache_dir='cache'"), tmp_path, before=before, **home)
    assert done.returncode == 0, done.stderr[-2000:]


def test_the_sdist_passes_its_own_tests(source):
    tests = ("identity", "configs", "png", "architecture")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, *(f"tests/test_{name}.py" for name in tests)],
        cwd=source,
        env=os.environ | {"PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
