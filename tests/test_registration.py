"""``load_dataset("slash")`` works however, wherever and whenever this package is imported.

Each case is a fresh process: what is tested is the state that imports leave behind.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from itertools import product

import datasets
import pytest

from slash_dataset._registration import TESTED
from tests.names_of_datasets import moved_names

LOAD = """
loaded = load_dataset("slash", cache_dir=CACHE)
assert {name: len(split) for name, split in loaded.items()} == {"train": 750, "test": 250}
"""


def _run(code: str, folder, **environment: str) -> str:
    code = f"CACHE = {str(folder / 'cache')!r}\n" + textwrap.dedent(code)
    work = folder / "work"
    work.mkdir(exist_ok=True)
    roots = os.pathsep.join([os.getcwd(), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning:slash_dataset", "-c", code],
        cwd=work,
        env=os.environ | {"PYTHONPATH": roots} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize(
    "imports",
    [
        "import slash_dataset\nfrom datasets import load_dataset",
        "from datasets import load_dataset\nimport slash_dataset",
        "import slash_dataset, datasets\nfrom datasets.load import load_dataset",
        "from datasets import load_dataset\nimport slash_dataset, importlib\n"
        "importlib.reload(slash_dataset)",
    ],
    ids=["before", "after", "by module", "reloaded"],
)
def test_the_order_of_imports_does_not_matter(imports, tmp_path):
    _run(imports + "\n" + LOAD, tmp_path)


@pytest.mark.parametrize("offline", ["0", "1"])
def test_no_connection_is_tried(tmp_path, offline):
    code = "import tests.no_network, slash_dataset\ntests.no_network.refuse()\n"
    code += "from datasets import load_dataset\n" + LOAD
    code += 'assert len(list(load_dataset("slash", split="test", streaming=True))) == 250\n'
    _run(code, tmp_path, HF_HUB_OFFLINE=offline, HF_ENDPOINT="http://127.0.0.1:9")


def test_the_working_directory_does_not_matter(tmp_path):
    work = tmp_path / "work"
    (work / "slash").mkdir(parents=True)
    for number in range(10_000):
        (work / f"{number}.png").touch()
    (work / "slash" / "train.csv").write_text("a\n1\n")
    code = "import slash_dataset, time\nfrom datasets import load_dataset\n" + LOAD
    # A folder is still within reach, by a path that is one.
    code += 'assert load_dataset("./slash", cache_dir=CACHE)["train"].column_names == ["a"]\n'
    _run(code, tmp_path)


def test_names_that_are_not_slash_go_their_usual_way(tmp_path):
    code = """
    import slash_dataset
    from datasets import load_dataset
    (data := __import__("pathlib").Path("rows.csv")).write_text("a\\n1\\n2\\n")
    assert len(load_dataset("csv", data_files="rows.csv", split="train", cache_dir=CACHE)) == 2
    try:
        load_dataset("slashes", cache_dir=CACHE)
    except Exception as error:
        assert "slashes" in str(error)
    else:
        raise AssertionError
    """
    _run(code, tmp_path)


def test_configs_and_splits_can_be_listed(tmp_path):
    code = """
    import datasets.inspect
    import slash_dataset
    from datasets import get_dataset_config_names, get_dataset_split_names
    assert get_dataset_config_names("slash") == list(slash_dataset.CONFIG_NAMES)
    assert get_dataset_split_names("slash", "long") == ["train", "test"]
    """
    _run(code, tmp_path)


def test_prepared_and_streamed_splits_survive_pickling_into_a_fresh_process(tmp_path):
    make = """
    import pickle, slash_dataset
    from datasets import load_dataset
    loaded = load_dataset("slash", split="train", cache_dir=CACHE)
    stream = load_dataset("slash", "long", split="test", streaming=True, num_test=70)
    pickle.dump((loaded, stream), open("splits.pickle", "wb"))
    """
    read = """
    import pickle
    loaded, stream = pickle.load(open("splits.pickle", "rb"))
    assert loaded[0]["image"].size == (30, 30)
    assert len(list(stream)) == 70
    """
    _run(make, tmp_path)
    _run(read, tmp_path)


def test_importing_the_package_alone_imports_no_heavy_library(tmp_path):
    code = """
    import sys, slash_dataset
    slash_dataset.load_data()
    slash_dataset.draw(stop=3)
    heavy = {"datasets", "pandas", "torch", "tensorflow", "keras", "jax", "sklearn", "matplotlib",
             "ray", "click", "PIL"}
    assert not heavy & set(sys.modules), heavy & set(sys.modules)
    """
    _run(code, tmp_path)


# What a release to come may have done to its internals.
FUTURES = {
    "a name is gone": "del load.DatasetModule",
    "the factory is gone": "del load.dataset_module_factory",
    "the path has another name": "load.dataset_module_factory = lambda request: None",
    "the factory wants more": "load.dataset_module_factory = lambda path, registry: None",
    "a field has another name": "load.DatasetModule = lambda module, hash, builder_kwargs: None",
    "nothing to be read": "load.dataset_module_factory = type",
    "the registry is gone": "del sys.modules['datasets.load'], datasets.load",
}
PATCH = """
import sys, warnings
from importlib.machinery import SourceFileLoader
execute = SourceFileLoader.exec_module
def execute_and_patch(self, module):
    execute(self, module)
    if module.__name__ == "datasets":
        datasets, load = module, module.load
        {future}
SourceFileLoader.exec_module = execute_and_patch
"""


@pytest.mark.parametrize(
    ("first", "future"),
    [*product(["slash_dataset"], FUTURES), ("datasets", "the registry is gone")],
)
def test_unknown_internals_give_one_warning_and_load_goes_on_working(first, future, tmp_path):
    code = PATCH.format(future=FUTURES[future]) + textwrap.dedent(f"""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        import {first}
        import datasets, importlib, slash_dataset
        importlib.reload(slash_dataset)
    (told,) = (str(w.message) for w in caught if "Slash" in str(w.message))
    assert told.startswith("datasets.load."), told
    assert "tested with {TESTED[0]} to {TESTED[1]}" in told
    assert "slash_dataset.load() does the same" in told
    assert len(slash_dataset.load(split="test", cache_dir=CACHE)) == 250
    """)
    _run(code, tmp_path)


@pytest.mark.parametrize("first", ["slash_dataset", "datasets"])
def test_a_package_of_ones_own_called_datasets_is_left_alone(first, tmp_path):
    own = tmp_path / "work" / "datasets"
    own.mkdir(parents=True)
    (own / "__init__.py").write_text("mine = 1\n")
    code = f"import {first}, datasets, slash_dataset\nassert datasets.mine == 1\n"
    _run(f"import warnings\nwarnings.simplefilter('error')\n{code}", tmp_path)


def test_every_name_of_datasets_that_the_package_relies_on_is_there(monkeypatch):
    assert moved_names() == []
    monkeypatch.delattr(datasets, "Array2D")
    monkeypatch.setattr(datasets, "ClassLabel", lambda classes: None)
    names = ("datasets.Array2D", "datasets.ClassLabel(names=)")
    assert moved_names() == [f"{name} in tables.py" for name in names]


WARNED = """
import os, warnings
import slash_dataset
from datasets import get_dataset_split_names, load_dataset
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for _ in range(2):
        assert load_dataset("slash", split="test", cache_dir=CACHE).num_rows == 250
    get_dataset_split_names("slash")
    slash_dataset.load(split="test", cache_dir=CACHE)
told = [str(w.message) for w in caught if "./slash" in str(w.message)]
"""


@pytest.mark.parametrize("content", ["train.csv", "README.md", "slash.py", "original/a.parquet"])
def test_folder_of_the_same_name_is_told_of_once(content, tmp_path):
    file = tmp_path / "work" / "slash" / content
    file.parent.mkdir(parents=True)
    file.write_text("a\n1\n")
    code = WARNED + "assert len(told) == 1, caught\n"
    code += "assert os.getcwd() in told[0] and 'the package slash_dataset' in told[0], told\n"
    _run(code, tmp_path)


@pytest.mark.parametrize("make", ["nothing", "empty", "file", "another"])
def test_nothing_is_told_where_no_folder_is_shadowed(make, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    if make == "empty":
        (work / "slash").mkdir()
    elif make == "file":
        (work / "slash").write_text("mine")
    elif make == "another":
        (work / "slashes").mkdir()
        (work / "slashes" / "a.csv").write_text("a\n1\n")
    _run(WARNED + "assert not told, told\n", tmp_path)
