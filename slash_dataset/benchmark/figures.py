"""The figures of the benchmark, as PNG and SVG: readable at a README's width, and without colour.

Colours are Okabe and Ito's, which colour-blind readers tell apart; markers and labels say the same
again. Equal results give equal files.
"""

from __future__ import annotations

import statistics
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..extras import require
from .experiments import MATRIX_TESTS
from .models import MODELS, title_of, unmeasured
from .post_2019 import PUBLISHED
from .results import CurvePoint, Evaluation, MatrixCell, Results

_ORANGE, _SKY, _GREEN, _YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
_BLUE, _VERMILION, _PURPLE, _BLACK = "#0072B2", "#D55E00", "#CC79A7", "#000000"
_LINES = (
    _BLUE,
    _ORANGE,
    _GREEN,
    _VERMILION,
    _PURPLE,
    _SKY,
    _BLACK,
    "#999999",
    "#8C6D1F",
    "#5B4B9A",
)
_MARKERS = "osD^vPX*<>"
_CHANCE = 0.5
STYLE = {
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    # Without these two, the same figure gives another SVG in every run.
    "svg.hashsalt": "slash-dataset",
    "svg.fonttype": "path",
}


def draw_figures(results: Results, folder: Path) -> list[Path]:
    """Draw a figure of each part of the results that was measured.

    Parameters
    ----------
    results : Results
    folder : pathlib.Path
        An existing folder.

    Returns
    -------
    list of pathlib.Path
        ``published_vs_measured``, ``learning_curves`` and ``generalisation``, each as ``.png``
        (1,200 to 1,500 pixels wide) and ``.svg``.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    matplotlib = require("matplotlib", "benchmark")
    require("matplotlib.figure", "benchmark")
    figures: dict[str, Any] = {}
    with matplotlib.rc_context(STYLE):
        if results.table:
            figures["published_vs_measured"] = _bars(results.table)
        if results.learning_curves:
            figures["learning_curves"] = _curves(results.learning_curves)
        if results.generalisation:
            figures["generalisation"] = _matrix(results.generalisation)
        return save_figures(figures, folder)


def save_figures(figures: Mapping[str, Any], folder: Path) -> list[Path]:
    """Save figures by their names, each as PNG and SVG, and return the paths."""
    written = []
    for name, figure in figures.items():
        written += [folder / f"{name}.png", folder / f"{name}.svg"]
        figure.savefig(written[-2], dpi=140, metadata={"Software": None})
        figure.savefig(written[-1], metadata={"Date": None, "Creator": None})
    return written


def _shares_weights(name: str) -> bool:
    return name in MODELS and MODELS[name].shares_weights


def _new_figure(width: float, height: float) -> Any:
    # A figure of its own, apart from pyplot, touches no window and no state of the caller's.
    figure = require("matplotlib.figure", "benchmark").Figure
    return figure(figsize=(width, height), layout="constrained")


def _bars(table: Sequence[Evaluation]) -> Any:
    """Published and measured test accuracy of each model, worst seed marked."""
    figure = _new_figure(9, 1.5 + 0.4 * len(table))
    axes = figure.subplots()
    for i, row in enumerate(table):
        published = PUBLISHED.get(row.model)
        offset = 0.2 if published else 0.0
        if published:
            label = "published, 2019" if row is _first_published(table) else None
            axes.barh(
                i - offset,
                published.test_accuracy,
                height=0.36,
                facecolor="white",
                edgecolor=_BLACK,
                hatch="////",
                linewidth=0.8,
                label=label,
            )
        axes.barh(
            i + offset,
            row.median_test_accuracy,
            height=0.36,
            color=_ORANGE if _shares_weights(row.model) else _BLUE,
        )
        axes.text(
            max(row.median_test_accuracy, published.test_accuracy if published else 0) + 0.012,
            i,
            _bar_label(row),
            va="center",
            fontsize=10,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
    axes.barh(0, 0, color=_BLUE, label="measured, pixels as separate columns")
    axes.barh(0, 0, color=_ORANGE, label="measured, weights shared across positions")
    axes.axvline(_CHANCE, color=_VERMILION, linestyle="--", linewidth=1.5, label="chance")
    axes.set_yticks(range(len(table)), [title_of(row.model) for row in table])
    new = [i for i, row in enumerate(table) if row.model not in PUBLISHED]
    if new and new[0] > 0:
        axes.axhline(new[0] - 0.5, color="#999999", linewidth=0.8)
        middle = (new[0] + new[-1]) / 2
        axes.text(1.29, middle, "not in the post", rotation=270, va="center", fontsize=10)
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.set_xlim(0, 1.29)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
    axes.set_xlabel("accuracy on the 250 test rows of the original (median over seeds)")
    figure.legend(loc="outside upper center", ncols=2, fontsize=10)
    missing = unmeasured(row.model for row in table)
    if missing:
        text = f"not measured yet: {', '.join(missing)}"
        figure.supxlabel(textwrap.fill(text, 110), fontsize=9)
    return figure


def _first_published(table: Sequence[Evaluation]) -> Evaluation:
    return next(row for row in table if row.model in PUBLISHED)


def _bar_label(row: Evaluation) -> str:
    text = f"{row.median_test_accuracy:.3f}"
    if row.min_test_accuracy < row.median_test_accuracy:
        text += f" (worst {row.min_test_accuracy:.3f})"
    return text


def _curves(points: Sequence[CurvePoint]) -> Any:
    """Test accuracy against train rows: models without shared weights left, with them right."""
    figure = _new_figure(10.5, 5.6)
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    names = list(dict.fromkeys(point.model for point in points))
    for axes, shared in zip(panels, (False, True), strict=True):
        chosen = [name for name in names if _shares_weights(name) is shared]
        for i, name in enumerate(chosen):
            style = {
                "color": _LINES[i % len(_LINES)],
                "marker": _MARKERS[i % len(_MARKERS)],
                # Where curves lie upon one another, the lower ones still show at the rim.
                "markersize": max(4, 9 - i),
            }
            _curve(axes, name, points, style)
        axes.axhline(_CHANCE, color="#666666", linestyle="--", linewidth=1)
        axes.set_title(
            "weights shared across positions" if shared else "pixels as separate columns",
            fontsize=12,
        )
        axes.set_xlabel("train rows")
        axes.grid(axis="y", color="#DDDDDD", linewidth=0.6)
        axes.set_axisbelow(True)
        if chosen:
            axes.legend(
                fontsize=9, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, handlelength=3
            )
    sizes = sorted({point.num_train for point in points})
    panels[0].set_xscale("log", base=2)
    panels[0].set_xticks(
        sizes, [f"{size:,}" if size < 1_000 else f"{size // 1000}k" for size in sizes]
    )
    panels[0].minorticks_off()
    panels[0].set_ylim(0.42, 1.03)
    panels[0].set_ylabel("accuracy on 2,000 test rows of standard")
    panels[0].text(sizes[-1], _CHANCE - 0.03, "chance", fontsize=9, color="#666666", ha="right")
    return figure


def _curve(axes: Any, name: str, points: Sequence[CurvePoint], style: dict[str, Any]) -> None:
    sizes = sorted({point.num_train for point in points if point.model == name})
    values = [
        [point.test_accuracy for point in points if (point.model, point.num_train) == (name, size)]
        for size in sizes
    ]
    label = title_of(name)
    if name in MODELS and MODELS[name].max_train is not None:
        label += f" (to {MODELS[name].max_train:,} rows)"
    axes.plot(
        sizes,
        [statistics.median(of_seeds) for of_seeds in values],
        **style,
        linewidth=1.6,
        label=label,
    )
    lows, highs = [min(of_seeds) for of_seeds in values], [max(of_seeds) for of_seeds in values]
    axes.fill_between(sizes, lows, highs, color=style["color"], alpha=0.15, linewidth=0)


def _matrix(cells: Sequence[MatrixCell]) -> Any:
    """Median accuracy of every model (line) in every test (column), in figures and in shades."""
    names = list(dict.fromkeys(cell.model for cell in cells))
    columns = [(trained, tested) for trained, tests in MATRIX_TESTS.items() for tested in tests]
    figure = _new_figure(10.5, 1.9 + 0.4 * len(names))
    axes = figure.subplots()
    values = [[_cell(cells, name, *column) for column in columns] for name in names]
    image = axes.imshow(values, cmap="cividis", vmin=0.4, vmax=1.0, aspect="auto")
    for i, line in enumerate(values):
        for j, value in enumerate(line):
            axes.text(
                j,
                i,
                f"{value:.2f}",
                ha="center",
                va="center",
                color="black" if value > 0.72 else "white",
            )
    axes.set_xticks(range(len(columns)), [tested for _, tested in columns])
    axes.set_yticks(range(len(names)), [title_of(name) for name in names])
    axes.tick_params(length=0)
    axes.set_xlabel("tested on")
    axes.spines[:].set_visible(False)
    above = axes.secondary_xaxis("top")
    start = 0
    places, labels = [], []
    for trained, tests in MATRIX_TESTS.items():
        places.append(start + (len(tests) - 1) / 2)
        labels.append(f"trained on {trained}" if len(tests) > 1 else f"trained on\n{trained}")
        start += len(tests)
        if start < len(columns):
            axes.axvline(start - 0.5, color="white", linewidth=6)
    above.set_xticks(places, labels)
    above.tick_params(length=0)
    above.spines[:].set_visible(False)
    bar = figure.colorbar(image, ax=axes, pad=0.02, shrink=0.9)
    bar.set_label("test accuracy (0.5 is chance)")
    bar.outline.set_visible(False)
    return figure


def _cell(cells: Sequence[MatrixCell], name: str, trained: str, tested: str) -> float:
    return statistics.median(
        cell.test_accuracy
        for cell in cells
        if (cell.model, cell.trained_on, cell.tested_on) == (name, trained, tested)
    )
