"""The figures of the benchmark, as PNG and SVG: readable at a README's width, and without colour.

Colours are Okabe and Ito's, which colour-blind readers tell apart; markers and labels say the same
again. Equal results give equal files.
"""

from __future__ import annotations

import math
import statistics
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..configs import find_config
from ..extras import require
from .experiments import CURVE_CONFIG, MATRIX_ROWS, MATRIX_TESTS
from .models import MODELS, title_of, unmeasured
from .post_2019 import PUBLISHED
from .results import CurvePoint, Evaluation, MatrixCell, NoisePoint, Results

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
    "#B2475B",
    "#004D40",
)
_MARKERS = "osD^vPX*<>ph"
_CHANCE = 0.5
# A bound above this says nothing that the eye could see.
_NEARLY_ONE = 0.9995
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
        ``published_vs_measured``, ``learning_curves``, ``generalisation`` and ``noise``, each as
        ``.png`` (1,200 to 1,500 pixels wide) and ``.svg``.

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
            figures["learning_curves"] = _curves(results)
        if results.generalisation:
            figures["generalisation"] = _matrix(results)
        if results.noise:
            figures["noise"] = _noise(results)
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


def new_figure(width: float, height: float) -> Any:
    """Return a figure of its own, apart from pyplot: no window is touched and no state."""
    figure = require("matplotlib.figure", "benchmark").Figure
    return figure(figsize=(width, height), layout="constrained")


def _bars(table: Sequence[Evaluation]) -> Any:
    """Published and measured test accuracy of each model, worst seed marked."""
    figure = new_figure(9, 1.5 + 0.4 * len(table))
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


def _curves(results: Results) -> Any:
    """Test accuracy against train rows, below the bound for what knows no neighbours."""
    points = results.learning_curves
    figure, panels = _panels(points, "num_train")
    bounds = [
        (limit.num_train, limit.value)
        for limit in results.limits
        if limit.num_train and limit.config == CURVE_CONFIG and limit.value < _NEARLY_ONE
    ]
    sizes = sorted({point.num_train for point in points})
    if bounds:
        panels[0].plot(*zip(*bounds, strict=True), color=_BLACK, linewidth=2.2, linestyle="-.")
        panels[0].text(bounds[0][0], 0.93, "bound, blind\nto neighbours", fontsize=9)
        sizes = [bounds[0][0], bounds[2][0], *sizes]
    panels[0].set_xscale("log", base=2)
    panels[0].set_xticks(
        sizes,
        [f"{size:,}" if size < 1_000 else f"{size // 1000}k" for size in sizes],
    )
    panels[0].minorticks_off()
    for axes in panels:
        axes.tick_params("x", labelsize=9)
        axes.set_xlabel("train rows")
    panels[0].set_ylabel("accuracy on 2,000 test rows of standard")
    return figure


def _noise(results: Results) -> Any:
    """Test accuracy against noise, under the optimum."""
    figure, panels = _panels(results.noise, "noise")
    best = sorted(
        (limit.noise, limit.value)
        for limit in results.limits
        if limit.kind == "optimum" and limit.config == CURVE_CONFIG
    )
    for axes in panels:
        axes.set_xlabel("noise, peak to peak")
        if best:
            axes.plot(*zip(*best, strict=True), color=_BLACK, linewidth=2.2)
            axes.annotate(
                "optimum", best[-3], xytext=(8, 4), textcoords="offset points", fontsize=10
            )
    panels[0].set_xticks(sorted({point.noise for point in results.noise}))
    panels[0].set_ylabel("accuracy on 2,000 test rows of that noise")
    return figure


def _panels(points: Sequence[CurvePoint] | Sequence[NoisePoint], x: str) -> tuple[Any, Any]:
    """A line a model against `x`: those without shared weights left, those with them right."""
    figure = new_figure(10.5, 6.2)
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
            _curve(axes, name, points, x, style)
        axes.axhline(_CHANCE, color="#666666", linestyle="--", linewidth=1)
        axes.set_title(
            "weights shared across positions" if shared else "pixels as separate columns",
            fontsize=12,
        )
        axes.grid(axis="y", color="#DDDDDD", linewidth=0.6)
        axes.set_axisbelow(True)
        if chosen:
            axes.legend(
                fontsize=9, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, handlelength=3
            )
    panels[0].set_ylim(0.42, 1.03)
    panels[1].text(1, 0.085, "chance", transform=panels[1].transAxes, fontsize=9, ha="right")
    return figure, panels


def _curve(
    axes: Any,
    name: str,
    points: Sequence[CurvePoint] | Sequence[NoisePoint],
    x: str,
    style: dict[str, Any],
) -> None:
    values: dict[float, list[float]] = {}
    for point in points:
        if point.model == name:
            values.setdefault(getattr(point, x), []).append(point.test_accuracy)
    at = sorted(values)
    label = title_of(name)
    if x == "num_train" and name in MODELS and MODELS[name].max_train is not None:
        label += f" (to {MODELS[name].max_train:,} rows)"
    medians = [statistics.median(values[each]) for each in at]
    axes.plot(at, medians, **style, linewidth=1.6, label=label)
    lows, highs = [min(values[each]) for each in at], [max(values[each]) for each in at]
    axes.fill_between(at, lows, highs, color=style["color"], alpha=0.15, linewidth=0)


def _matrix(results: Results) -> Any:
    """Median accuracy of every model (line) in every test (column), in figures and in shades.

    The last lines are the optimum of each column, and the bound for what knows no neighbours.
    """
    cells = results.generalisation
    names = list(dict.fromkeys(cell.model for cell in cells))
    columns = matrix_columns()
    figure = new_figure(10.5, 2.7 + 0.4 * len(names))
    axes = figure.subplots()
    values = [[_cell(cells, name, *column) for column in columns] for name in names]
    titles = [title_of(name) for name in names]
    for title, line in matrix_limits(results).items():
        titles.append(title)
        values.append(line)
    image = axes.imshow(values, cmap="cividis", vmin=0.4, vmax=1.0, aspect="auto")
    for i, line in enumerate(values):
        for j, value in enumerate(line):
            if math.isnan(value):
                continue
            axes.text(
                j,
                i,
                f"{value:.2f}",
                ha="center",
                va="center",
                color="black" if value > 0.72 else "white",
            )
    axes.set_xticks(range(len(columns)), [tested for _, tested in columns])
    axes.set_yticks(range(len(titles)), titles)
    axes.axhline(len(names) - 0.5, color="white", linewidth=6)
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


def matrix_columns() -> list[tuple[str, str]]:
    """Return the columns of the matrix: what models are trained on, and what they are tested on."""
    return [(trained, tested) for trained, tests in MATRIX_TESTS.items() for tested in tests]


def matrix_limits(results: Results) -> dict[str, list[float]]:
    """Return the lines of the matrix that theory fills, by title; NaN where it says nothing."""
    optimum = {
        limit.config: limit.value
        for limit in results.limits
        if limit.kind == "optimum" and limit.noise == find_config(limit.config).parameters["noise"]
    }
    bounds = {
        limit.config: limit.value for limit in results.limits if limit.num_train == MATRIX_ROWS
    }
    if not optimum:
        return {}
    return {
        "Optimum": [optimum[tested] for _, tested in matrix_columns()],
        "Bound without neighbours": [
            bounds[trained] if trained == tested else math.nan
            for trained, tested in matrix_columns()
        ],
    }


def _cell(cells: Sequence[MatrixCell], name: str, trained: str, tested: str) -> float:
    return statistics.median(
        cell.test_accuracy
        for cell in cells
        if (cell.model, cell.trained_on, cell.tested_on) == (name, trained, tested)
    )
