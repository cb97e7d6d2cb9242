"""Every promise of the plugin with the oldest libraries that are supported, and the newest."""

from __future__ import annotations

import sys

import pytest

from tests.old_environments import ROOT, old_python, run_old
from tests.promises import PROMISES

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


# What pip takes today, where no other framework holds a library back.
NEWEST = ("datasets", "huggingface-hub", "numpy", "pandas", "pillow", "pyarrow")


def environment(name):
    if sys.version_info >= (3, 13) and name != "newest":
        pytest.skip("NumPy 1.26 needs Python 3.12 or older")
    return old_python(*REQUIREMENTS.get(name, NEWEST))


@pytest.fixture(scope="module")
def python_with_scripts():
    return environment("datasets 3.6")


@pytest.mark.parametrize("name", [*REQUIREMENTS, "newest"])
def test_every_promise_is_kept(name, tmp_path):
    script = ROOT / "tests" / "promises.py"
    # Run as a script: the environment has no pytest, and sees this checkout through its path alone.
    code = f"import runpy; runpy.run_path({str(script)!r}, run_name='__main__')"
    kept = run_old(environment(name), code, tmp_path).split()
    assert kept == [promise.__name__ for promise in PROMISES]


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
