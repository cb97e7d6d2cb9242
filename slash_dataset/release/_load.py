"""Run in a process of its own: load a published dataset as any user would, and say what came.

Reads a JSON request from standard input and writes a JSON answer to standard output.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np


def loaded(repo_id: str, revision: str, name: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Load a config with ``load_dataset`` and return features, version and checksums."""
    import datasets

    from slash_dataset.checksums import checksum_of_batches
    from slash_dataset.configs import resolve_config
    from slash_dataset.tables import features_of

    config = resolve_config(name, **parameters)
    dataset = datasets.load_dataset(repo_id, name, revision=revision)
    first = next(iter(dataset.values()))
    splits = {}
    for split, rows in dataset.items():
        batches = (
            (_images(batch["image"], config.dtype), np.array(batch["label"]))
            for batch in rows.with_format(None).iter(1000)
        )
        splits[split] = checksum_of_batches(batches)
    return {
        "features": str(first.features),
        "expected_features": str(features_of(config, config.default_encoding)),
        "version": str(first.info.version),
        "splits": splits,
    }


def _images(column: list[Any], dtype: str) -> Any:
    return np.stack([np.asarray(image, dtype) for image in column])


if __name__ == "__main__":
    request = json.load(sys.stdin)
    answer = {
        name: loaded(request["repo_id"], request["revision"], name, parameters)
        for name, parameters in request["configs"].items()
    }
    json.dump(answer, sys.stdout)
