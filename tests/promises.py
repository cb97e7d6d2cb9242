"""What the plugin promises with every set of libraries: run as a script, without a test framework.

``python -m tests.promises FOLDER LIBRARY ...`` prints the name of each promise that is kept, and
fails at the first that is not; then the version of each library. It needs nothing but the package,
its own dependencies, and a release in a folder.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import tempfile
import warnings
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

import datasets
import datasets.inspect
import numpy as np
from datasets import get_dataset_config_names, get_dataset_split_names, load_dataset
from datasets import load_dataset_builder as builder_of

import slash_dataset
from scripts import record_vectors
from slash_dataset.builder import Slash
from slash_dataset.checksums import checksum_of_batches, recorded_checksums
from slash_dataset.verification import verify_config
from tests.names_of_datasets import moved_names

ROOT = Path(__file__).parents[1]
CACHE = tempfile.mkdtemp()
SMALL = {"num_train": 200, "num_test": 70, "cache_dir": CACHE}


@contextmanager
def refusal(text):
    try:
        yield
    except ValueError as error:
        assert text in str(error), error
    else:
        raise AssertionError(f"nothing was refused with {text!r}")


def checksum(split):
    image = split.features["image"]
    dtype = image.dtype if isinstance(image, datasets.Array2D) else "uint8"
    images = np.stack([np.asarray(image, dtype) for image in split["image"]])
    return checksum_of_batches([(images, np.array(split["label"]))])


def fresh(code, *arguments):
    """Run code in a separate process, and return what it prints."""
    begin = "import sys\nimport tests.no_network\ntests.no_network.refuse()\n"
    code = f"{begin}{code}\nassert not tests.no_network.ATTEMPTS"
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def labels_of(rows):
    return [row["label"] for row in rows]


def every_name_that_the_package_uses_is_there():
    assert moved_names() == []


def configs_and_splits_are_listed():
    assert get_dataset_config_names("slash") == list(slash_dataset.CONFIG_NAMES)
    assert get_dataset_split_names("slash", "long") == ["train", "test"]
    assert datasets.inspect.get_dataset_default_config_name("slash") == "original"
    info = datasets.inspect.get_dataset_config_info("slash", "rotated")
    assert info.splits["test"].num_examples == 2000
    assert set(datasets.inspect.get_dataset_infos("slash")) == set(slash_dataset.CONFIG_NAMES)


def every_config_has_its_recorded_bytes():
    for name in slash_dataset.CONFIG_NAMES:
        assert list(verify_config(name)) == [("train", None), ("test", None)], name


def the_vectors_of_the_specification_are_drawn():
    for name, text in record_vectors.vectors().items():
        assert (record_vectors.FOLDER / name).read_text(encoding="utf-8") == text, name


def the_release_loads_with_its_recorded_pixels():
    for config in ("original", "original-float64"):
        for name, split in load_dataset("slash", config, cache_dir=CACHE).items():
            assert checksum(split) == recorded_checksums(config)[name], (config, name)


def the_default_config_has_images_and_named_labels():
    train = load_dataset("slash", split="train", cache_dir=CACHE)
    assert train.features["label"].names == ["backslash", "slash"]
    assert (train[0]["image"].mode, train[0]["image"].size) == ("L", (30, 30))


def numbers_of_rows_are_known_before_anything_is_drawn():
    splits = builder_of("slash", "standard", num_train=10**9).info.splits
    rows = {name: split.num_examples for name, split in splits.items()}
    assert rows == {"train": 10**9, "test": 2000}


def rows_are_those_of_the_draw_however_they_are_prepared():
    images, labels = slash_dataset.draw("rotated", stop=200)
    expected = checksum_of_batches([(images, labels)])
    for how in ({}, {"num_proc": 2}, {"encoding": "array"}, {"verification_mode": "all_checks"}):
        arguments = SMALL | {"cache_dir": tempfile.mkdtemp()} | how
        assert checksum(load_dataset("slash", "rotated", split="train", **arguments)) == expected
    stream = load_dataset("slash", "rotated", split="train", streaming=True, **SMALL)
    rows = list(stream)
    assert (np.stack([np.asarray(row["image"]) for row in rows]) == images).all()
    assert [row["label"] for row in rows] == labels.tolist()


def slices_and_sums_of_splits_load():
    assert len(load_dataset("slash", split="train[:100]", cache_dir=CACHE)) == 100
    assert len(load_dataset("slash", split="train+test", cache_dir=CACHE)) == 1000


def factors_are_columns_when_asked_for():
    split = load_dataset("slash", "rotated", split="test", factors=True, **SMALL)
    _, _, factors = slash_dataset.draw("rotated", "test", stop=70, factors=True)
    assert all(split[name][:] == values.tolist() for name, values in factors.items())


def equal_parameters_share_a_cache_entry_and_others_do_not():
    asked = [{}, {"noise": 0.65}, {"seed": 0}, {"seed": 1}, {"noise": 0.7}, {"encoding": "array"}]
    folders = [Slash(CACHE, config_name="long", **params).cache_dir for params in asked]
    assert len(set(folders[:3])) == 1
    assert len(set(folders)) == 4


def a_second_call_draws_nothing():
    load_dataset("slash", "noisy", **SMALL)
    draw, Slash._generate_tables = Slash._generate_tables, None
    try:
        assert len(load_dataset("slash", "noisy", **SMALL)["train"]) == 200
    finally:
        Slash._generate_tables = draw


def bad_input_is_named_and_nothing_is_written():
    folder = tempfile.mkdtemp()
    labels_as_numbers = datasets.Features(
        {"image": datasets.Image(mode="L"), "label": datasets.Value("int8")}
    )
    for text, arguments in {
        "did you mean 'noise'": {"name": "standard", "nois": 1},
        "noise=9 is out of range": {"name": "standard", "noise": 9},
        "use config 'standard'": {"name": "original", "num_train": 5},
        "revision='v1' is not allowed": {"revision": "v1"},
        "features['label']": {"features": labels_as_numbers},
    }.items():
        with refusal(text):
            load_dataset("slash", cache_dir=folder, **arguments)
    assert not os.listdir(folder)


def splits_survive_pickling_into_a_fresh_process():
    prepared = load_dataset("slash", split="test", cache_dir=CACHE)
    stream = load_dataset("slash", "long", split="test", streaming=True, num_test=70)
    file = Path(CACHE, "splits.pickle")
    file.write_bytes(pickle.dumps((prepared, stream)))
    code = """
import pickle
with open(sys.argv[1], "rb") as file:
    for rows in pickle.load(file):
        print([row["label"] for row in rows])
"""
    assert fresh(code, file) == f"{labels_of(prepared)}\n{labels_of(stream)}\n"


def spawned_workers_read_and_prepare():
    prepared = load_dataset("slash", "rotated", split="test", **SMALL)
    stream = load_dataset("slash", "rotated", split="test", streaming=True, **SMALL)
    with get_context("spawn").Pool(1) as pool:
        assert pool.map(labels_of, [prepared, stream]) == [prepared["label"][:]] * 2
    code = """
import multiprocess
multiprocess.set_start_method("spawn")
import slash_dataset
from datasets import load_dataset
arguments = {"num_train": 200, "num_test": 70, "cache_dir": sys.argv[1], "num_proc": 2}
print(load_dataset("slash", "rotated", **arguments)["test"]["label"][:])
"""
    assert fresh(code, tempfile.mkdtemp()) == f"{prepared['label'][:]}\n"


def a_release_folder_loads_without_the_package():
    code = """
sys.modules["slash_dataset"] = None
import hashlib, json
import datasets
import numpy as np
folder = sys.argv[1]
saved = json.load(open(folder + "/checksums.json"))["configs"]
assert sorted(datasets.get_dataset_config_names(folder)) == sorted(saved)
for name in [None, *saved]:
    for split, rows in datasets.load_dataset(folder, name, cache_dir=sys.argv[2]).items():
        right = saved[name or "original"]["splits"][split]
        dtype = "float64" if str(name).endswith("float64") else "uint8"
        images = np.stack([np.asarray(image, dtype) for image in rows["image"]])
        assert len(rows) == right["num_rows"], (name, split)
        assert hashlib.sha256(images.tobytes()).hexdigest() == right["images"], (name, split)
        assert hashlib.sha256(np.array(rows["label"]).tobytes()).hexdigest() == right["labels"]
        assert rows.features["label"].names == ["backslash", "slash"]
"""
    fresh(code, sys.argv[1], CACHE)


def the_builder_script_loads():
    loaded = partial(load_dataset, str(ROOT / "slash_dataset.py"), trust_remote_code=True)
    for name, split in loaded(cache_dir=CACHE).items():
        assert checksum(split) == recorded_checksums("original")[name], name
    assert len(loaded("rotated", split="train", **SMALL)) == 200
    stream = loaded("rotated", split="test", streaming=True, **SMALL)
    _, labels = slash_dataset.draw("rotated", "test", stop=70)
    assert labels_of(stream) == labels.tolist()


def load_does_what_load_dataset_does():
    by_name = load_dataset("slash", "long", **SMALL)
    assert slash_dataset.load("long", **SMALL)["test"].cache_files == by_name["test"].cache_files
    arguments = SMALL | {"keep_in_memory": True, "download_mode": "force_redownload"}
    assert slash_dataset.load("long", "test", **arguments).cache_files == []
    with refusal("token is not an argument"):
        slash_dataset.load(token="x")


def a_folder_of_the_same_name_is_told_of():
    os.chdir(tempfile.mkdtemp())
    os.mkdir("slash")
    with open("slash/train.csv", "w") as stream:
        stream.write("a\n1\n")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert len(load_dataset("slash", split="test", cache_dir=CACHE)) == 250
    assert sum("./slash" in str(warning.message) for warning in caught) == 1
    assert load_dataset("./slash", cache_dir=CACHE)["train"].column_names == ["a"]


PROMISES = [
    every_name_that_the_package_uses_is_there,
    configs_and_splits_are_listed,
    every_config_has_its_recorded_bytes,
    the_vectors_of_the_specification_are_drawn,
    the_release_loads_with_its_recorded_pixels,
    the_default_config_has_images_and_named_labels,
    numbers_of_rows_are_known_before_anything_is_drawn,
    rows_are_those_of_the_draw_however_they_are_prepared,
    slices_and_sums_of_splits_load,
    factors_are_columns_when_asked_for,
    equal_parameters_share_a_cache_entry_and_others_do_not,
    a_second_call_draws_nothing,
    bad_input_is_named_and_nothing_is_written,
    splits_survive_pickling_into_a_fresh_process,
    spawned_workers_read_and_prepare,
    load_does_what_load_dataset_does,
    a_release_folder_loads_without_the_package,
    a_folder_of_the_same_name_is_told_of,
]
if int(datasets.__version__.split(".")[0]) < 4:
    PROMISES.append(the_builder_script_loads)

if __name__ == "__main__":
    from tests import no_network

    no_network.refuse()
    for promise in PROMISES:
        promise()
        assert not no_network.ATTEMPTS, promise.__name__
        print(promise.__name__, flush=True)
    print(json.dumps({name: version(name) for name in sys.argv[2:]}))
