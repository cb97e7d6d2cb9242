"""Record the figures that the explorer page tells: writes ``explorer/src/facts.json``.

The overlap finding: two strokes of opposite classes share at most one pixel, so that one shared
pixel speaks for the other class and two or more prove the same class. A kernel machine on
``(overlap - 1) ** 2`` reads that, and knows nothing of neighbours. The figures of the other models
are those of ``docs/benchmark/results.json``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.svm import SVC

from slash_dataset import draw

ROOT = Path(__file__).parents[1]
FILE = ROOT / "explorer" / "src" / "facts.json"


def overlap_finding(config: str, num_train: int = 750, num_test: int = 250) -> dict[str, Any]:
    """Train the overlap reader on the first rows of a config and count what it gets right.

    Parameters
    ----------
    config : str
    num_train, num_test : int
        Rows of each split, from the first.

    Returns
    -------
    dict
        `config`, `num_train`, `num_test`, `train_correct`, `test_correct`, `support_vectors`.
    """
    (train, train_labels), (test, test_labels) = (
        draw(config, split, 0, rows) for split, rows in (("train", num_train), ("test", num_test))
    )
    ink = [(images < 128).reshape(len(images), -1).astype(np.float64) for images in (train, test)]
    reader = SVC(kernel="poly", degree=2, gamma=1, coef0=-1).fit(ink[0], train_labels)
    return {
        "config": config,
        "num_train": num_train,
        "num_test": num_test,
        "train_correct": int((reader.predict(ink[0]) == train_labels).sum()),
        "test_correct": int((reader.predict(ink[1]) == test_labels).sum()),
        "support_vectors": int(reader.n_support_.sum()),
    }


def facts() -> dict[str, Any]:
    """Return everything that ``facts.json`` holds."""
    results = json.loads((ROOT / "docs" / "benchmark" / "results.json").read_text("utf-8"))
    return {
        "overlap": [overlap_finding(config) for config in ("original", "shuffled", "shifted")],
        "table": {
            row["model"]: {
                "num_parameters": row["num_parameters"],
                "test_accuracy": float(np.median(row["test_accuracy"])),
            }
            for row in results["table"]
        },
    }


def main() -> None:
    """Write the file."""
    FILE.write_text(json.dumps(facts(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
