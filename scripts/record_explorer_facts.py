"""Record the figures that the explorer page shows: writes ``explorer/src/facts.json``.

The overlap result is that of the benchmark's contender ``svm-overlap``; the figures of the other
models are those of ``docs/benchmark/results.json``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from slash_dataset import draw
from slash_dataset.benchmark.overlaps import svm_overlap

ROOT = Path(__file__).parents[1]
FILE = ROOT / "explorer" / "src" / "facts.json"
#: Models without convolution that come close; the page names them.
TOLD = ("knn-1", "svm-tuned")


def overlap_finding(config: str, num_train: int = 750, num_test: int = 250) -> dict[str, Any]:
    """Train the contender on the first rows of a config and count its correct answers.

    Parameters
    ----------
    config : str
    num_train, num_test : int
        Rows of each split, from the first.

    Returns
    -------
    dict
        `config`, `num_train`, `num_test`, `train_correct`, `test_correct`, `support_vectors`, and
        the kernel that it chose: `degree` and `coef0`.
    """
    train, train_labels = draw(config, "train", 0, num_train)
    test, test_labels = draw(config, "test", 0, num_test)
    train, test = (images.reshape(len(images), -1) for images in (train, test))
    reader = svm_overlap().fit(train, train_labels)
    machine = reader.best_estimator_[-1]
    return {
        "config": config,
        "num_train": num_train,
        "num_test": num_test,
        "train_correct": int((reader.predict(train) == train_labels).sum()),
        "test_correct": int((reader.predict(test) == test_labels).sum()),
        "support_vectors": int(machine.n_support_.sum()),
        "degree": machine.kernel.keywords["degree"],
        "coef0": machine.kernel.keywords["coef0"],
    }


def facts() -> dict[str, Any]:
    """Return the content of ``facts.json``."""
    results = json.loads((ROOT / "docs" / "benchmark" / "results.json").read_text("utf-8"))
    return {
        "overlap": [overlap_finding(config) for config in ("original", "shuffled", "shifted")],
        "test_accuracy": {
            row["model"]: float(np.median(row["test_accuracy"]))
            for row in results["table"]
            if row["model"] in TOLD
        },
    }


def main() -> None:
    """Write the file."""
    FILE.write_text(json.dumps(facts(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
