"""ArrayRecord shards, read by TFDS and Grain in a process that has no TensorFlow."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np

READER = """
import json, sys
from importlib.machinery import PathFinder

class WithoutTensorFlow(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] == "tensorflow":
            return None
        return PathFinder.find_spec(name, path, target)

sys.meta_path[:] = [WithoutTensorFlow if f is PathFinder else f for f in sys.meta_path]

import grain
import numpy as np
import tensorflow_datasets as tfds

jobs, out = json.loads(sys.argv[1]), sys.argv[2]
for name, (config, data_dir) in jobs.items():
    sources = tfds.data_source("slash/" + config, data_dir=data_dir)
    for split, source in sources.items():
        assert source.dataset_info.features["label"].names == ["backslash", "slash"]
        rows = [source[i] for i in range(len(source))]
        images = np.stack([row["image"][..., 0] for row in rows])
        labels = np.array([row["label"] for row in rows])
        np.savez(f"{out}/{name}-{split}.npz", images=images, labels=labels)
        batches = list(grain.MapDataset.source(source).to_iter_dataset().batch(100))
        images = np.concatenate([batch["image"][..., 0] for batch in batches])
        labels = np.concatenate([batch["label"] for batch in batches])
        np.savez(f"{out}/{name}-{split}-grain.npz", images=images, labels=labels)
assert "tensorflow" not in sys.modules
assert "slash_dataset" not in sys.modules
"""


def test_data_source_and_grain_read_array_records_without_tensorflow(export_once, tmp_path):
    from .conftest import CASES

    jobs = {
        name: (case.config, str(export_once("tfds-array-record", case)))
        for name, case in CASES.items()
    }
    subprocess.run(
        [sys.executable, "-c", READER, json.dumps(jobs), str(tmp_path)], check=True, cwd=tmp_path
    )
    for name, case in CASES.items():
        folder = export_once("tfds-array-record", case) / "slash" / case.config / "1.0.0"
        assert len(list(folder.glob("slash-train.array_record-*"))) > 1
        for split in ("train", "test"):
            for suffix in ("", "-grain"):
                with np.load(tmp_path / f"{name}-{split}{suffix}.npz") as read:
                    case.check(split, read["images"], read["labels"])
