"""The same bytes and the same names with the oldest libraries that are supported."""

from __future__ import annotations

import sys

import pytest

from tests.old_environments import ROOT, old_python, run_old

pytestmark = pytest.mark.old_environment

REQUIREMENTS = {
    "datasets 2.21": (
        "datasets==2.21.0",
        "huggingface-hub==0.24.0",
        "numpy==1.26.4",
        "pandas==2.1.4",
        "pillow==10.1.0",
        "pyarrow==15.0.2",
    ),
    "datasets 3.6": (
        "datasets==3.6.0",
        "numpy==1.26.4",
        "pandas==2.2.3",
        "pillow==11.0.0",
        "pyarrow==18.1.0",
    ),
}


@pytest.fixture(scope="module", params=REQUIREMENTS)
def python(request):
    if sys.version_info >= (3, 13):
        pytest.skip("NumPy 1.26 needs Python 3.12 or older")
    return old_python(*REQUIREMENTS[request.param])


@pytest.fixture(scope="module")
def python_with_scripts():
    if sys.version_info >= (3, 13):
        pytest.skip("NumPy 1.26 needs Python 3.12 or older")
    return old_python(*REQUIREMENTS["datasets 3.6"])


def test_every_config_has_the_same_bytes_with_numpy_1_26(python, tmp_path):
    code = """
import numpy
assert numpy.__version__ == "1.26.4"
import slash_dataset
from slash_dataset.verification import verify_config
for name in slash_dataset.CONFIG_NAMES:
    assert list(verify_config(name)) == [("train", None), ("test", None)], name
"""
    run_old(python, code, tmp_path)


def test_load_dataset_finds_the_plugin(python, tmp_path):
    code = """
import numpy as np
from datasets import get_dataset_config_names, load_dataset
import slash_dataset
from slash_dataset.checksums import checksum_of_batches, recorded_checksums
assert get_dataset_config_names("slash") == list(slash_dataset.CONFIG_NAMES)
for config in ("original", "original-float64"):
    for name, split in load_dataset("slash", config).items():
        dtype = "float64" if "float64" in config else "uint8"
        images = np.stack([np.asarray(image, dtype) for image in split["image"]])
        found = checksum_of_batches([(images, np.array(split["label"]))])
        assert found == recorded_checksums(config)[name], (config, name)
assert len(load_dataset("slash", "rotated", split="train", num_train=200, num_proc=2)) == 200
assert len(list(load_dataset("slash", "long", split="test", num_test=70, streaming=True))) == 70
"""
    run_old(python, code, tmp_path)


def test_the_builder_script_works_where_scripts_do(python_with_scripts, tmp_path):
    code = """
import sys
import numpy as np
from datasets import load_dataset
from slash_dataset.checksums import checksum_of_batches, recorded_checksums
script = sys.argv[1]
loaded = load_dataset(script, trust_remote_code=True)
for name, split in loaded.items():
    images = np.stack([np.asarray(image) for image in split["image"]])
    found = checksum_of_batches([(images, np.array(split["label"]))])
    assert found == recorded_checksums("original")[name], name
some = load_dataset(script, "rotated", split="train", num_train=100, trust_remote_code=True)
assert len(some) == 100
stream = load_dataset(script, "long", split="test", streaming=True, trust_remote_code=True)
assert len(list(stream)) == 2000
"""
    run_old(python_with_scripts, code, tmp_path, str(ROOT / "slash_dataset.py"))
