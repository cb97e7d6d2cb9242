"""Nothing is imported that an extra does not bring, no network is asked, no foreign bytes are run.

Each extra is used in a process of its own, in which no other library of this environment can be
imported, and which notes every connection that is tried.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import textwrap
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*(ROOT / "slash_dataset").rglob("*.py"), ROOT / "slash_dataset.py"])

# How each extra is used, in a folder of its own.
USES = {
    "": """
        import slash_dataset
        from slash_dataset import export, verification
        from slash_dataset.plot.montages import save_montage
        import datasets
        assert len(datasets.load_dataset("slash", split="test", cache_dir="cache")) == 250
        assert len(slash_dataset.load("long", "train", num_train=9, cache_dir="cache")) == 9
        assert len(list(slash_dataset.load("noisy", "test", streaming=True))) == 2000
        assert list(slash_dataset.Stream(slash_dataset.Source(num_rows=9), 4, shuffle=1))
        slash_dataset.draw(stop=9), slash_dataset.render(rows=3), slash_dataset.load_data()
        for layout in ("csv", "imagefolder", "mnist", "npz", "parquet"):
            export.export(layout, layout)
        assert not any(difference for _, difference in export.verify_folder("parquet"))
        assert not any(difference for _, difference in verification.verify_config("shifted"))
        assert verification.verify_file("npz/slash_data.npz") is None
        save_montage({"rotated": slash_dataset.open_config("rotated")["train"]}, "montage.png", 8)
        slash_dataset.explore()._repr_html_()
    """,
    "cli": """
        from slash_dataset.cli.group import cli
        for line in ("info", "export csv dest", "verify original", "preview --out a.png"):
            cli(line.split(), standalone_mode=False)
    """,
    "plot": """
        import matplotlib
        matplotlib.use("agg")
        from slash_dataset import plot
        plot.show("long"), plot.kernels([[1.0, -1.0]]), plot.response_map([[1]], [[0.0, 1.0]])
    """,
    "torch": """
        import slash_dataset
        stream = slash_dataset.Stream(slash_dataset.Source(num_rows=9), 4)
        assert sum(len(batch["label"]) for batch in slash_dataset.torch.Loader(stream)) == 9
    """,
    "torchvision": """
        from scripts.torchvision_operators import prepare
        prepare()
        import slash_dataset
        slash_dataset.torchvision.Slash()[0]
    """,
    "sklearn": "import slash_dataset; slash_dataset.sklearn.load_slash(as_frame=True)",
    "tfds": """
        import slash_dataset.tfds
        import tensorflow_datasets as tfds
        assert tfds.builder("slash", data_dir="data").info.splits is not None
    """,
    "export": """
        from slash_dataset import export
        for layout in ("webdataset", "tfds", "tfds-array-record"):
            export.export(layout, layout)
    """,
    "ray": "from slash_dataset.extras import require; require('ray', 'ray').is_initialized()",
    "croissant": "from slash_dataset.extras import require; require('mlcroissant', 'croissant')",
    "benchmark": """
        from slash_dataset import benchmark
        from slash_dataset.benchmark.keras_adapter import import_keras
        from slash_dataset.cli.group import cli
        import_keras()
        benchmark.summarize(benchmark.sweep(["knn-1"], num_train=[20, 30], num_test=9, seeds=2))
        cli(["benchmark", "--models", "knn-1", "--out", "found"], standalone_mode=False)
    """,
    "release": """
        from slash_dataset.release import build_folder
        build_folder("folder", configs=["original"])
    """,
    "lab": """
        import torch, slash_dataset
        from slash_dataset import plot
        net = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3))
        plot.feature_map_sliders(net, slash_dataset.draw(stop=1)[0][0])
    """,
}

GUARD = r"""
import json, os, re, sys, sysconfig
from importlib.machinery import PathFinder
strangers, needed = map(set, json.loads(os.environ["STRANGERS"]))
libraries = sysconfig.get_path("purelib")

class Finder(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        # Some libraries carry one of that name with them.
        if path is None and name in strangers:
            path = [each for each in sys.path if each != libraries]
        return super().find_spec(name, path, target)

    @classmethod
    def find_distributions(cls, context):
        if context.name and re.sub(r"[-_.]+", "-", context.name).lower() not in needed:
            return []
        return super().find_distributions(context)

tried = []

def note(event, arguments):
    # What a connection of processes on this machine has for an address is a path.
    if event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], (str, bytes)):
        return
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        tried.append((event, arguments[-1]))
        raise ConnectionRefusedError(event)

sys.meta_path[sys.meta_path.index(PathFinder)] = Finder
sys.addaudithook(note)
import atexit
atexit.register(lambda: print("tried:", tried))
"""


def extras() -> dict[str, list[str]]:
    tomllib = pytest.importorskip("tomllib", reason="tomllib came with Python 3.11")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"": project["dependencies"]} | project["optional-dependencies"]


def needed(extra: str) -> set[str]:
    """The distributions that an extra installs, including their dependencies."""
    todo = [*extras()[""], *extras()[extra]]
    found: set[tuple[str, str]] = set()
    while todo:
        requirement = Requirement(todo.pop())
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        for asked in ("", *requirement.extras):
            if (name, asked) in found:
                continue
            found.add((name, asked))
            if name == "slash-dataset":
                todo += extras()[asked]
                continue
            try:
                of_it = requires(name) or []
            except PackageNotFoundError:  # of another platform
                continue
            for each in of_it:
                marker = Requirement(each).marker
                if marker is None or marker.evaluate({"extra": asked}):
                    todo.append(each)
    return {name for name, _ in found} | {"slash-dataset"}


@pytest.mark.parametrize("extra", USES)
def test_an_extra_needs_nothing_beside_it_and_no_network(extra, tmp_path):
    ours = needed(extra)
    strangers = [
        module
        for module, distributions in packages_distributions().items()
        if module.isidentifier()
        and module != "slash_dataset"
        and not {re.sub(r"[-_.]+", "-", name).lower() for name in distributions} & ours
    ]
    assert len(strangers) > 50
    body = textwrap.indent(textwrap.dedent(USES[extra]), "    ")
    script = tmp_path / "use.py"
    script.write_text(f"{GUARD}\nif __name__ == '__main__':\n{body}", encoding="utf-8")
    settings = {
        "PYTHONPATH": str(ROOT),
        "HF_HOME": "home",
        "STRANGERS": json.dumps([strangers, sorted(ours)]),
    }
    left_out = ("HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "HF_UPDATE_DOWNLOAD_COUNTS")
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    done = subprocess.run(
        [sys.executable, script],
        cwd=tmp_path,
        env=environment | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.splitlines()[-1] == "tried: []"


def test_every_extra_of_the_package_is_tried():
    assert extras().keys() - {"docs", "test"} == USES.keys()


def test_a_connection_would_be_noted(tmp_path):
    code = f"{GUARD}\nimport urllib.request\nurllib.request.urlopen('http://localhost:9')"
    settings = os.environ | {"STRANGERS": "[[], []]"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    assert "tried: [('socket.getaddrinfo'" in done.stdout


def calls(path: Path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), {k.arg: ast.unparse(k.value) for k in node.keywords}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_text_is_run_and_no_foreign_bytes_are_unpickled(path):
    for name, keywords in calls(path):
        assert name not in ("eval", "exec", "compile", "os.system", "os.popen", "__import__"), name
        assert not re.search(r"\b(pickle|marshal|shelve|dill|cloudpickle)\.", name), name
        assert not re.search(r"\b(joblib|yaml|torch)\.load$", name), name
        assert keywords.get("shell") in (None, "False")
        if name == "np.load":
            assert keywords["allow_pickle"] == "False"
