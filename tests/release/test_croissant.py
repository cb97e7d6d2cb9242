"""The Croissant file: valid, honest, and the real library reads every config by it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import slash_dataset
from slash_dataset.about import DATA_VERSION
from slash_dataset.configs import CONFIGS
from slash_dataset.release.manifest import manifest_of
from tests.release.conftest import small_configs

# Without `datasets`: its pandas type for arrays cannot be hashed, as this way of reading wants.
READ = """
import json, logging, sys
import numpy as np
records = []
class Keep(logging.Handler):
    def emit(self, record):
        if record.levelno >= logging.WARNING:
            records.append(record.getMessage())
logging.getLogger().addHandler(Keep())
import absl.logging
absl.logging.get_absl_logger().addHandler(Keep())
import mlcroissant
from slash_dataset.checksums import checksum_of_batches
dataset = mlcroissant.Dataset(sys.argv[1])
issues = dataset.metadata.issues
found = {"errors": list(issues.errors), "warnings": list(issues.warnings) + records}
for name, dtype in json.loads(sys.argv[2]).items():
    splits = {}
    for record in dataset.records(name):
        images, labels = splits.setdefault(record[f"{name}/split"].decode(), ([], []))
        images.append(np.asarray(record[f"{name}/image"], dtype).reshape(30, 30))
        labels.append(record[f"{name}/label"])
    found[name] = {
        split: checksum_of_batches([(np.stack(images), np.array(labels))])
        for split, (images, labels) in splits.items()
    }
print(json.dumps(found))
"""


def test_mlcroissant_reads_every_config_without_errors_or_warnings(every_config, tmp_path):
    pytest.importorskip("mlcroissant")
    dtypes = {config.name: config.dtype for config in small_configs()}
    done = subprocess.run(
        [sys.executable, "-c", READ, str(every_config / "croissant.json"), json.dumps(dtypes)],
        env=os.environ | {"PYTHONPATH": str(Path(slash_dataset.__file__).parents[1])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert (found.pop("errors"), found.pop("warnings")) == ([], [])
    said = json.loads((every_config / "checksums.json").read_text(encoding="utf-8"))
    assert found == {name: config["splits"] for name, config in said["configs"].items()}


def test_it_describes_every_shard_by_its_checksum(every_config):
    document = json.loads((every_config / "croissant.json").read_text(encoding="utf-8"))
    objects = [d for d in document["distribution"] if d["@type"] == "cr:FileObject"]
    manifest = manifest_of(every_config)
    assert {d["contentUrl"] for d in objects} == {p for p in manifest if p.endswith(".parquet")}
    for described in objects:
        file = manifest[described["contentUrl"]]
        assert described["sha256"] == file.sha256
        assert described["contentSize"] == f"{file.size} B"


def test_it_says_what_it_is_and_how_responsibly(every_config):
    document = json.loads((every_config / "croissant.json").read_text(encoding="utf-8"))
    assert document["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    assert document["version"] == DATA_VERSION
    assert document["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert [record_set["@id"] for record_set in document["recordSet"]] == list(CONFIGS)
    for name in ("dataCollection", "dataLimitations", "dataBiases", "dataUseCases"):
        assert document[f"rai:{name}"]
    assert "None" in document["rai:personalSensitiveInformation"]
