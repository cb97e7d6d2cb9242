"""The release folder loads with the oldest `datasets` that is supported, and one between."""

from __future__ import annotations

import json
import sys

import pytest

from tests.old_environments import old_python, run_old
from tests.release.conftest import small_configs
from tests.test_old_libraries import REQUIREMENTS

pytestmark = pytest.mark.old_environment

# Without the package: what is on the Hub needs only `datasets`.
LOAD = """
import hashlib, json, sys
sys.modules["slash_dataset"] = None
import datasets
import numpy as np
folder, configs = sys.argv[1], json.loads(sys.argv[2])
saved = json.load(open(folder + "/checksums.json"))["configs"]
assert sorted(datasets.get_dataset_config_names(folder)) == sorted(configs)
for name, dtype in [(None, "uint8"), *configs.items()]:
    for split, rows in datasets.load_dataset(folder, name).items():
        images = np.stack([np.asarray(image, dtype) for image in rows["image"]])
        right = saved[name or "original"]["splits"][split]
        assert len(rows) == right["num_rows"], (name, split)
        assert hashlib.sha256(images.tobytes()).hexdigest() == right["images"], (name, split)
        assert hashlib.sha256(np.array(rows["label"]).tobytes()).hexdigest() == right["labels"]
        assert str(rows.info.version) == "1.0.0"
        assert rows.features["label"].names == ["backslash", "slash"]
print(datasets.__version__)
"""


@pytest.mark.parametrize("libraries", REQUIREMENTS)
def test_load_dataset_reads_every_config(every_config, tmp_path, libraries):
    if sys.version_info >= (3, 13):
        pytest.skip("NumPy 1.26 needs Python 3.12 or older")
    python = old_python(*REQUIREMENTS[libraries])
    dtypes = json.dumps({config.name: config.dtype for config in small_configs()})
    version = run_old(python, LOAD, tmp_path, str(every_config), dtypes)
    assert version.strip() in " ".join(REQUIREMENTS[libraries])
