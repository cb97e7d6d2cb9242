"""Imports point down, and each way into the package imports only what it needs."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import get_args

import pytest

import slash_dataset
from slash_dataset import configs

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "slash_dataset"
MODULES = sorted(PACKAGE.rglob("*.py"))


def floors() -> dict[str, int]:
    """Each room of the floor plan in docs/architecture.md, with its floor: 0 is the ground."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    [plan] = re.findall(r"## Floor plan.*?```\n(.*?)```", text, re.DOTALL)
    lines = plan.strip().splitlines()
    return {room: len(lines) - 1 - i for i, line in enumerate(lines) for room in line.split()}


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> list[tuple[int, str]]:
    """All imports of a module outside TYPE_CHECKING: level and dotted name."""
    found: list[tuple[int, str]] = []

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            return
        if isinstance(node, ast.Import):
            found.extend((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.module is None:
                found.extend((node.level, alias.name) for alias in node.names)
            else:
                found.append((node.level, node.module))
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(path.read_text(encoding="utf-8")))
    return found


def test_the_floor_plan_has_every_room():
    rooms = {room(path) for path in MODULES} - {"__init__", "__main__"}
    assert rooms == set(floors())


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_arrows_point_down(path):
    plan, here = floors(), room(path)
    if here in ("__init__", "__main__"):
        return
    depth = len(path.relative_to(PACKAGE).parts)
    for level, name in imports(path):
        if level == depth or name.startswith("slash_dataset."):
            there = name.removeprefix("slash_dataset.").split(".")[0]
            assert there == here or plan[there] < plan[here], f"{here} imports {there}"
        assert (level, name) != (0, "slash_dataset"), "name the module that is meant"


def test_only_what_builds_for_datasets_imports_it():
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES
        if any(level == 0 and name.split(".")[0] == "datasets" for level, name in imports(path))
    }
    below = {user for user in users if "/" not in user}
    assert below == {"builder.py", "loading.py", "tables.py"}
    assert {user.split("/")[0] for user in users - below} <= {"release"}


HEAVY = "numpy pyarrow datasets pandas torch tensorflow keras jax sklearn matplotlib click PIL tqdm"
SOME = "numpy pyarrow"
LIBRARY = {
    "import slash_dataset": "",
    "import slash_dataset; dir(slash_dataset); slash_dataset.CONFIG_NAMES": "",
    "import slash_dataset; slash_dataset.load_data()": SOME,
    "import slash_dataset; slash_dataset.Source()[0]": SOME,
}
LIBRARY |= {
    f"import slash_dataset; slash_dataset.export.{name}(DEST)": f"{SOME} tqdm"
    for name in ("csv", "npz", "mnist", "imagefolder")
}
COMMANDS = {
    f"import sys; sys.argv[1:] = {line.split()}; from slash_dataset.cli import main; main()": needs
    for line, needs in {
        "--help": "click",
        "--version": "click",
        "export --help": "click",
        "preview --help": "click",
        "verify --help": "click",
        "build --help": "click",
        "release --help": "click",
        "exprot": "click",
        "export csv dest --noise 9": "click",
        "export csv dest": f"click {SOME} tqdm",
    }.items()
}


@pytest.mark.parametrize(("way", "needs"), list((LIBRARY | COMMANDS).items()))
def test_a_way_in_imports_only_what_it_needs(way, needs, tmp_path):
    code = f"""
    import atexit, sys
    DEST = {str(tmp_path / "dest")!r}
    heavy = set({HEAVY.split()!r}) - set({needs.split()!r})
    atexit.register(lambda: print("surplus:", sorted(heavy & set(sys.modules))))
    {way}
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "surplus: []" in done.stdout, done.stdout + done.stderr


def test_the_public_face_is_what_the_table_says():
    public = [name for name in dir(slash_dataset) if not name.startswith("__")]
    assert public == sorted([*slash_dataset.__all__, *slash_dataset._MODULES])
    assert sorted(slash_dataset._HOMES) == sorted(slash_dataset.__all__)
    source = (PACKAGE / "__init__.py").read_text(encoding="utf-8")
    typed = source[source.index("if TYPE_CHECKING") : source.index("# Where each")]
    for name in slash_dataset._MODULES:
        assert f"from . import {name} as {name}\n" in typed
    for name, home in slash_dataset._HOMES.items():
        assert re.search(rf"from \.{home} import .*\b{name}\b", typed)
        assert getattr(slash_dataset, name) is not None


def test_no_public_function_has_the_name_of_a_module():
    modules = {room(path) for path in MODULES}
    assert not modules & set(slash_dataset.__all__)


def test_submodules_are_reached_by_name_alone():
    code = "import slash_dataset; print(slash_dataset.sklearn.load_slash().data.shape)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(750, 900)"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = slash_dataset.nothing


def test_names_for_type_checkers_are_those_of_the_tables():
    assert list(get_args(configs.ConfigName)) == list(configs.CONFIGS)
    assert get_args(configs.SplitName) == configs.SPLIT_NAMES


def test_the_command_line_may_be_called_twice_in_a_process():
    code = (
        "import sys\nfrom slash_dataset import cli\nsys.argv[1:] = ['info', 'long']\n"
        "for _ in range(2):\n    try:\n        cli.main()\n    except SystemExit as end:\n"
        "        assert not end.code\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.count("long: longer strokes") == 2


def test_python_m_is_the_command_line():
    command = [sys.executable, "-m", "slash_dataset", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert slash_dataset.__version__ in done.stdout
