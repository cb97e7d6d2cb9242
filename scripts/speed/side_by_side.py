"""Measure several ways of doing one thing in turn, in one run, and compare them.

Machines are noisy and differ: a figure here means little on its own, a ratio within a group means
much. Every contender runs once in each round, so that a slow moment hits all of them alike; what
counts is the median over the rounds, of seconds and of the ratios within a round. Processor time,
of all threads and child processes, is measured as well as wall-clock time: other programs hardly
change it, but it does not show what runs in parallel.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slash_dataset.plot.figures import save_figures
from slash_dataset.plot.style import COLOURS, GRAY, new_figure

# A contender does its work and returns the number of images, and of the bytes they take (or 0).
Contender = Callable[[], tuple[int, int]]
CLOCKS: dict[str, Callable[[], float]] = {
    "seconds": time.perf_counter,
    "cpu_seconds": lambda: time.process_time() + sum(os.times()[2:4]),
}
# By the group's title and the line's name; the first line of a group is its baseline.
Groups = dict[str, dict[str, Contender]]


@dataclass(frozen=True)
class SideBySide:
    """A measurement of contenders in groups.

    Parameters
    ----------
    prepare : callable
        Takes a number of rows and returns the contenders.
    rows, rounds : int
        The number of rows for the contenders (fewer for slow ones), and how often each runs.
    """

    prepare: Callable[[int], Groups]
    rows: int
    rounds: int

    def measure(self, quick: bool = False) -> dict[str, Any]:
        """Run all contenders in turn, after one uncounted run of each."""
        rows, rounds = (self.rows // 10, 3) if quick else (self.rows, self.rounds)
        groups = self.prepare(rows)
        lines: dict[str, dict[str, Any]] = {}
        for title, contenders in groups.items():
            lines[title] = {}
            for name, run in contenders.items():
                images, size = run()
                lines[title][name] = {"images": images, "bytes": size} | {k: [] for k in CLOCKS}
        for _ in range(rounds):
            for title, contenders in groups.items():
                for name, run in contenders.items():
                    starts = [clock() for clock in CLOCKS.values()]
                    run()
                    for (kind, clock), start in zip(CLOCKS.items(), starts, strict=True):
                        lines[title][name][kind].append(clock() - start)
        return {"groups": lines}

    def table(self, found: dict[str, Any]) -> str:
        """Return one Markdown table, with the groups in order."""
        lines = ["| what | images/s | ratio | in CPU time | bytes/image |", "|---|--:|--:|--:|--:|"]
        for title, group in found["groups"].items():
            lines.append(f"| **{title}** | | | | |")
            yardstick = next(iter(group.values()))
            for name, line in group.items():
                # Lines measured before CPU time was have none.
                ratios = [
                    f"{_ratio(line, yardstick, kind):.3g}x" if kind in line else ""
                    for kind in CLOCKS
                ]
                size = f"{line['bytes'] / line['images']:,.0f}" if line["bytes"] else ""
                lines.append(" | ".join([f"| {name}", _short(_rate(line)), *ratios, f"{size} |"]))
        return "\n".join(lines)


def _rate(line: dict[str, Any]) -> float:
    """Images per second."""
    return line["images"] / statistics.median(line["seconds"])


def _ratio(line: dict[str, Any], yardstick: dict[str, Any], kind: str) -> float:
    """A line's rate as a multiple of the baseline's."""
    pairs = zip(line[kind], yardstick[kind], strict=True)
    ratio = statistics.median(other / own for own, other in pairs)
    return ratio * line["images"] / yardstick["images"]


def _short(rate: float) -> str:
    digits = 2 - len(str(int(rate)))
    return f"{round(rate, digits if digits < 0 else 0):,.0f}"


def draw_bars(folder: Path, names: Iterable[str]) -> None:
    """Draw the JSON files of a folder as ``speed.png``: one panel of bars per group."""
    files = [folder / f"{name}.json" for name in names]
    groups = [
        (title, group)
        for file in files
        if file.exists()
        for title, group in json.loads(file.read_text("utf-8")).get("groups", {}).items()
    ]
    if groups:
        save_figures({"speed": lambda: _bars(groups)}, folder, vector=False)


def _bars(groups: list[tuple[str, Any]]) -> Any:
    heights = [len(group) + 1.2 for _, group in groups]
    figure = new_figure(7, 0.26 * sum(heights))
    panels = figure.subplots(len(groups), height_ratios=heights, sharex=True, squeeze=False)
    for panel, (title, group) in zip(panels[:, 0], groups, strict=True):
        rates = [_rate(line) for line in group.values()]
        panel.barh(list(group), rates, color=[GRAY] + [COLOURS[0]] * (len(group) - 1), height=0.7)
        yardstick = next(iter(group.values()))
        for place, line in enumerate(group.values()):
            label = f" {_short(rates[place])}/s"
            label += f"  ({_ratio(line, yardstick, 'seconds'):.3g} x)" if place else ""
            panel.text(rates[place], place, label, va="center", fontsize=7)
        panel.set_title(title, loc="left", fontsize=8, fontweight="bold")
        panel.invert_yaxis()
        panel.set_xscale("log")
        panel.tick_params(labelsize=7)
    rates = [_rate(line) for _, group in groups for line in group.values()]
    panels[-1, 0].set_xlim(min(rates) / 2, max(rates) * 12)
    panels[-1, 0].set_xlabel("images per second (logarithmic); gray: the yardstick", fontsize=8)
    return figure
