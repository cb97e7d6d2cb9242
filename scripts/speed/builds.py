"""Builds of `datasets` with 100,000 and 5,000,000 rows: the time per row, and the peak of memory.

Opening the result is not part of it: that maps the file, and the kernel counts pages of a mapped
file as the process's own as long as nothing else needs the memory.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from typing import Any

from .alone import alone, peak_bytes


def build(rows: int) -> dict[str, float]:
    """Build a config, after a small build that imports everything."""
    import datasets

    from slash_dataset.builder import Slash

    datasets.disable_progress_bars()
    with tempfile.TemporaryDirectory() as cache:
        for count in (1_000, rows):
            made = Slash(cache, config_name="standard", num_train=count, num_test=1)
            start = time.perf_counter()
            made.download_and_prepare()
        return {"seconds": time.perf_counter() - start, "peak_bytes": peak_bytes()}


class Builds:
    """Builds of several sizes, in turn."""

    def measure(self, quick: bool = False) -> dict[str, Any]:
        """Build each number of rows in turn."""
        sizes, rounds = ((10_000, 500_000), 1) if quick else ((100_000, 5_000_000), 3)
        builds = [[alone(build, rows) for rows in sizes] for _ in range(rounds)]
        return {"rows": sizes, "builds": builds}

    def table(self, found: dict[str, Any]) -> str:
        """Return the median time per row, and the highest peak."""
        lines = ["| rows | microseconds/row | peak of memory |", "|--:|--:|--:|"]
        for rows, *builds in zip(found["rows"], *found["builds"], strict=True):
            seconds = statistics.median(one["seconds"] for one in builds)
            peak = max(one["peak_bytes"] for one in builds)
            lines.append(f"| {rows:,} | {1e6 * seconds / rows:.2f} | {peak / 1e6:.0f} MB |")
        return "\n".join(lines)


MEASUREMENT = Builds()
