"""`datasets` reads a dataset from the loopback Hub as it does from the real one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from huggingface_hub import CommitOperationAdd, HfApi

from tests.hub import Hub

REPO = "ada/strokes"

LOAD = """
import json, sys
import datasets
repo, revision = sys.argv[1:]
assert datasets.get_dataset_config_names(repo, revision=revision) == ["small", "other"]
found = {}
for streaming in (False, True):
    loaded = datasets.load_dataset(repo, revision=revision, streaming=streaming)
    found[str(streaming)] = {split: list(rows["label"]) for split, rows in loaded.items()}
found["version"] = str(datasets.load_dataset_builder(repo, "other", revision=revision).config.name)
print(json.dumps(found))
"""


def test_load_dataset_reads_a_tag_from_a_fresh_cache(hub: Hub, tmp_path: Path) -> None:
    def parquet(labels: list[int]) -> bytes:
        sink = pa.BufferOutputStream()
        pq.write_table(pa.table({"label": labels}), sink)
        return bytes(sink.getvalue())

    card = """
        ---
        configs:
        - config_name: small
          default: true
          data_files:
          - {split: train, path: small/train-*}
          - {split: test, path: small/test-*}
        - config_name: other
          data_files: other/*.parquet
        ---
    """
    files = {
        "README.md": textwrap.dedent(card).lstrip().encode(),
        "small/train-00000-of-00002.parquet": parquet([0, 1, 0]),
        "small/train-00001-of-00002.parquet": parquet([1]),
        "small/test-00000-of-00001.parquet": parquet([1, 1]),
        "other/all.parquet": parquet([5]),
    }
    hub.add_user("ada", "hf_write")
    api = HfApi(endpoint=hub.endpoint, token="hf_write")
    api.create_repo(REPO, repo_type="dataset")
    operations = [CommitOperationAdd(path, content) for path, content in files.items()]
    api.create_commit(REPO, operations, commit_message="add", repo_type="dataset")
    api.create_tag(REPO, tag="1.0.0", repo_type="dataset")
    hub.repo(REPO).commit({"small/test-00000-of-00001.parquet": parquet([9])})
    hub.repo(REPO).private = True
    done = subprocess.run(
        [sys.executable, "-c", LOAD, REPO, "1.0.0"],
        env={**os.environ, **hub.client_environment(tmp_path / "home", "hf_write")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    rows = {"train": [0, 1, 0, 1], "test": [1, 1]}
    assert json.loads(done.stdout) == {"False": rows, "True": rows, "version": "other"}
