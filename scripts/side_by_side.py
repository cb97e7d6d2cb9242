"""Measure several ways of doing one thing in turn, in one run, and say how they compare.

Machines are noisy and differ: a figure here means little by itself, a ratio within a group means
much. Every contender runs once in each round, so that a slow moment hits all of them alike; the
median over the rounds counts.
"""

from __future__ import annotations

import json
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

# A contender does its work and returns how many images it did, and how many bytes they took (or 0).
Contender = Callable[[], tuple[int, int]]


@dataclass
class Measurement:
    """One contender of one group."""

    group: str
    name: str
    images: int
    seconds: list[float] = field(default_factory=list)
    bytes_per_image: float = 0.0
    ratio: float = 1.0

    @property
    def median(self) -> float:
        """Median seconds of a round."""
        return statistics.median(self.seconds)

    @property
    def rate(self) -> float:
        """Images per second, by the median round."""
        return self.images / self.median


def measure(group: str, contenders: dict[str, Contender], rounds: int = 5) -> list[Measurement]:
    """Run the contenders in turn; ratios are against the first, the yardstick.

    Each is run once before, uncounted.
    """
    found: dict[str, Measurement] = {}
    for name, run in contenders.items():
        images, size = run()
        found[name] = Measurement(group, name, images, bytes_per_image=size / images)
    for _ in range(rounds):
        for name, run in contenders.items():
            start = time.perf_counter()
            run()
            found[name].seconds.append(time.perf_counter() - start)
    results = list(found.values())
    for result in results:
        result.ratio = result.rate / results[0].rate
    return results


def markdown_table(results: list[Measurement]) -> str:
    """Write the results as one Markdown table, groups in their order."""
    lines = ["| what | images/s | ratio | bytes/image |", "|---|--:|--:|--:|"]
    group = ""
    for result in results:
        if result.group != group:
            group = result.group
            lines.append(f"| **{group}** | | | |")
        size = f"{result.bytes_per_image:,.0f}" if result.bytes_per_image else ""
        lines.append(f"| {result.name} | {_short(result.rate)} | {result.ratio:.3g} x | {size} |")
    return "\n".join(lines)


def _short(rate: float) -> str:
    digits = 2 - len(str(int(rate)))
    return f"{round(rate, digits if digits < 0 else 0):,.0f}"


def machine() -> dict[str, Any]:
    """Say what the figures were measured on: processor, cores, versions."""
    import os
    from importlib.metadata import PackageNotFoundError, version

    versions = {}
    for name in ("numpy", "pyarrow", "pillow", "datasets", "torch", "torchvision"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": versions,
    }


def write_json(results: list[Measurement], path: Path, **more: Any) -> None:
    """Write everything that was measured, every round of it."""
    rows = [asdict(r) | {"images_per_second": r.rate, "median_seconds": r.median} for r in results]
    text = json.dumps({"machine": machine(), "results": rows, **more}, indent=2)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")


def read_json(path: Path) -> list[Measurement]:
    """Read back what :func:`write_json` wrote."""
    names = {"group", "name", "images", "seconds", "bytes_per_image", "ratio"}
    rows = json.loads(path.read_text(encoding="utf-8"))["results"]
    return [Measurement(**{key: row[key] for key in names}) for row in rows]


def draw_bars(results: list[Measurement], path: Path) -> None:
    """Draw one panel of bars for each group, on a logarithmic scale, with the ratios."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    groups: dict[str, list[Measurement]] = {}
    for result in results:
        groups.setdefault(result.group, []).append(result)
    heights = [len(members) + 1.2 for members in groups.values()]
    figure, panels = plt.subplots(
        len(groups),
        figsize=(9, 0.34 * sum(heights)),
        gridspec_kw={"height_ratios": heights},
        sharex=True,
        squeeze=False,
        layout="constrained",
    )
    for panel, (group, members) in zip(panels[:, 0], groups.items(), strict=True):
        names = [member.name for member in members]
        colors = ["#999999"] + ["#0072b2"] * (len(members) - 1)
        panel.barh(names, [member.rate for member in members], color=colors, height=0.7)
        for place, member in enumerate(members):
            label = f" {_short(member.rate)}/s"
            label += f"  ({member.ratio:.3g} x)" if place else ""
            panel.text(member.rate, place, label, va="center", fontsize=8)
        panel.set_title(group, loc="left", fontsize=9, fontweight="bold")
        panel.invert_yaxis()
        panel.set_xscale("log")
        panel.tick_params(labelsize=8)
        panel.spines[["top", "right"]].set_visible(False)
    rates = [result.rate for result in results]
    panels[-1, 0].set_xlim(min(rates) / 2, max(rates) * 12)
    panels[-1, 0].set_xlabel("images per second (logarithmic); gray: the yardstick", fontsize=9)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)
