"""Measure several ways of doing one thing in turn, in one run, and say how they compare.

Machines are noisy and differ: a figure here means little by itself, a ratio within a group means
much. Every contender runs once in each round, so that a slow moment hits all of them alike; the
median over the rounds counts, of seconds and of the ratios within a round.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# A contender does its work and returns how many images it did, and how many bytes they took (or 0).
Contender = Callable[[], tuple[int, int]]
# By the group's title and the line's name; the first line of a group is its yardstick.
Groups = dict[str, dict[str, Contender]]


@dataclass(frozen=True)
class SideBySide:
    """A measurement of contenders in groups.

    Parameters
    ----------
    prepare : callable
        Takes a number of rows and returns the contenders.
    rows, rounds : int
        How many rows the contenders take (the slow ones fewer), and how often each runs.
    """

    prepare: Callable[[int], Groups]
    rows: int
    rounds: int

    def measure(self, quick: bool = False) -> dict[str, Any]:
        """Run all contenders in turn, and each once before, uncounted."""
        rows, rounds = (self.rows // 10, 3) if quick else (self.rows, self.rounds)
        groups = self.prepare(rows)
        lines: dict[str, dict[str, Any]] = {}
        for title, contenders in groups.items():
            lines[title] = {}
            for name, run in contenders.items():
                images, size = run()
                lines[title][name] = {"images": images, "bytes": size, "seconds": []}
        for _ in range(rounds):
            for title, contenders in groups.items():
                for name, run in contenders.items():
                    start = time.perf_counter()
                    run()
                    lines[title][name]["seconds"].append(time.perf_counter() - start)
        return {"groups": lines}

    def table(self, found: dict[str, Any]) -> str:
        """Return one Markdown table, groups in their order."""
        lines = ["| what | images/s | ratio | bytes/image |", "|---|--:|--:|--:|"]
        for title, group in found["groups"].items():
            lines.append(f"| **{title}** | | | |")
            for name, rate, ratio, size in _figures(group):
                in_bytes = f"{size:,.0f}" if size else ""
                lines.append(f"| {name} | {_short(rate)} | {ratio:.3g} x | {in_bytes} |")
        return "\n".join(lines)


def _figures(group: dict[str, Any]) -> Iterable[tuple[str, float, float, float]]:
    """Name, images a second, ratio to the first line, and bytes an image, of each line."""
    rates = {
        name: [line["images"] / seconds for seconds in line["seconds"]]
        for name, line in group.items()
    }
    first = next(iter(rates.values()))
    for name, line in group.items():
        ratios = [own / other for own, other in zip(rates[name], first, strict=True)]
        size = line["bytes"] / line["images"]
        yield name, statistics.median(rates[name]), statistics.median(ratios), size


def _short(rate: float) -> str:
    digits = 2 - len(str(int(rate)))
    return f"{round(rate, digits if digits < 0 else 0):,.0f}"


def draw_bars(folder: Path, names: Iterable[str]) -> None:
    """Draw what is in the JSON files of a folder as ``speed.png``: a panel of bars for a group."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    files = [folder / f"{name}.json" for name in names]
    groups = [
        (title, list(_figures(group)))
        for file in files
        if file.exists()
        for title, group in json.loads(file.read_text("utf-8")).get("groups", {}).items()
    ]
    if not groups:
        return
    heights = [len(figures) + 1.2 for _, figures in groups]
    figure, panels = plt.subplots(
        len(groups),
        figsize=(9, 0.34 * sum(heights)),
        gridspec_kw={"height_ratios": heights},
        sharex=True,
        squeeze=False,
        layout="constrained",
    )
    for panel, (title, figures) in zip(panels[:, 0], groups, strict=True):
        names, rates, ratios, _ = zip(*figures, strict=True)
        panel.barh(names, rates, color=["#999999"] + ["#0072b2"] * (len(names) - 1), height=0.7)
        for place, (rate, ratio) in enumerate(zip(rates, ratios, strict=True)):
            label = f" {_short(rate)}/s" + (f"  ({ratio:.3g} x)" if place else "")
            panel.text(rate, place, label, va="center", fontsize=8)
        panel.set_title(title, loc="left", fontsize=9, fontweight="bold")
        panel.invert_yaxis()
        panel.set_xscale("log")
        panel.tick_params(labelsize=8)
        panel.spines[["top", "right"]].set_visible(False)
    rates = [rate for _, figures in groups for _, rate, _, _ in figures]
    panels[-1, 0].set_xlim(min(rates) / 2, max(rates) * 12)
    panels[-1, 0].set_xlabel("images per second (logarithmic); gray: the yardstick", fontsize=9)
    figure.savefig(folder / "speed.png", dpi=110)
    plt.close(figure)
