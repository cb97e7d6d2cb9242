"""Exports of two configs in every layout, in shards, and what must be read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slash_dataset import open_config
from slash_dataset.checksums import checksum_of_batches, checksum_of_split, recorded_checksums
from slash_dataset.export import LAYOUTS
from slash_dataset.export import export as export_layout

SHARDED = [name for name, layout in LAYOUTS.items() if "max_shard_bytes" in layout.options]
# Small enough that the train split of each case fills several shards.
MAX_SHARD_BYTES = 400_000


@dataclass(frozen=True)
class Case:
    """A config with parameters, and the checksums of its splits."""

    config: str
    params: dict[str, Any]

    @property
    def expected(self) -> dict[str, Any]:
        if not self.params:
            return recorded_checksums(self.config)
        splits = open_config(self.config, **self.params)
        return {name: checksum_of_split(split) for name, split in splits.items()}

    @property
    def image_size(self) -> int:
        return self.params.get("image_size", 30)

    def check(self, split: str, images: Any, labels: Any) -> None:
        """Assert that decoded images, in the order of their rows, and labels are the split's."""
        images = np.asarray(images)
        assert images.dtype in (np.uint8, np.float64)
        assert images.ndim == 3
        assert checksum_of_batches([(images, np.asarray(labels))]) == self.expected[split]


CASES = {
    "original": Case("original", {}),
    "odd-sizes": Case("standard", {"image_size": 33, "num_train": 1001, "num_test": 77, "seed": 5}),
}


@pytest.fixture(scope="session", params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture(scope="session")
def export_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Export a case in a layout, in small shards, once for all tests."""
    done: dict[tuple[str, str], Path] = {}

    def export(layout: str, case: Case) -> Path:
        key = (layout, case.config)
        if key not in done:
            dest = tmp_path_factory.mktemp("exports") / "-".join(key)
            sizes = {"max_shard_bytes": MAX_SHARD_BYTES} if layout in SHARDED else {}
            done[key] = export_layout(layout, dest, case.config, **sizes, **case.params)
        return done[key]

    return export


def by_file_name(paths: list[Any], *columns: Any) -> tuple[Any, ...]:
    """Sort columns by the files they came from, whatever folders these are in."""
    order = np.argsort([Path(str(path)).name for path in paths])
    return tuple(np.asarray(column)[order] for column in columns)
