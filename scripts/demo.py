"""The main job, end to end: load the dataset, verify its checksums, draw its first images."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from datasets import Array2D, load_dataset

import slash_dataset
from slash_dataset.checksums import checksum_of_batches, recorded_checksums
from slash_dataset.plot.montages import save_montage

PICTURE = Path("build/demo/slash.png")


def decoded(split: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the decoded images and labels of a loaded split."""
    feature = split.features["image"]
    dtype = feature.dtype if isinstance(feature, Array2D) else "uint8"
    for start in range(0, len(split), 250):
        rows = split[start : start + 250]
        yield np.stack([np.asarray(i, dtype) for i in rows["image"]]), np.array(rows["label"])


def main() -> None:
    """Run the demo, and report what was done and where."""
    for config in ("original", "original-float64", "rotated"):
        start = time.perf_counter()
        splits = load_dataset("slash", config)
        seconds = time.perf_counter() - start
        print(f'load_dataset("slash", "{config}"): {seconds:.2f} s')
        for name, split in splits.items():
            found = checksum_of_batches(decoded(split))
            if found != recorded_checksums(config)[name]:
                raise SystemExit(f"{config}/{name} differs from its recorded checksums: {found}")
            print(f"  {name:<5} {len(split):>6,} rows, pixels and labels verified by SHA-256")
        print(f"  cached in {Path(split.cache_files[0]['filename']).parent}")
    train = {"original": slash_dataset.open_config("original")["train"]}
    save_montage(train, PICTURE, force=True)
    print(f"first images drawn to {PICTURE}")


if __name__ == "__main__":
    main()
