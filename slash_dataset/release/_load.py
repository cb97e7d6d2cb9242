"""Run in a process of its own: load a published dataset as any user would, and say what came.

Reads a JSON request from standard input and writes a JSON answer to standard output.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import traceback
from typing import Any

import numpy as np

from slash_dataset.release.errors import HubError, hub_error
from slash_dataset.release.hub import bound_answers


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


def main() -> None:
    """Answer one request: what was loaded, or what went wrong and whether it may pass."""
    parent = int(sys.argv[1])  # not getppid(): it may have been killed before this line
    if os.getppid() != parent:
        return
    threading.Thread(target=_end_with_parent, args=(parent,), daemon=True).start()
    request = json.load(sys.stdin)
    bound_answers()
    try:
        configs = {
            name: loaded(request["repo_id"], request["revision"], name, parameters)
            for name, parameters in request["configs"].items()
        }
    except Exception as error:
        meant = hub_error(f"loading {request['repo_id']}", error, "repo.content.read")
        said = traceback.format_exception_only(type(error), error)[-1].strip()
        answer = {
            "error": str(meant or said),
            "temporary": isinstance(meant, HubError) and meant.temporary,
            "wait": meant.wait if isinstance(meant, HubError) else 0.0,
        }
    else:
        answer = {"configs": configs}
    json.dump(answer, sys.stdout)


def _end_with_parent(parent: int) -> None:
    """End when the release that asked has been killed: nobody waits for the answer any more."""
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)


if __name__ == "__main__":
    main()
