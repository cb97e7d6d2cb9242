"""Pictures of results (extra "plot"): accuracy as bars, as lines, and across configs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, get_args

from ..benchmark.experiments import CURVE_CONFIG, matrix_columns, matrix_limits
from ..benchmark.models import MODELS, Family, title_of
from ..benchmark.post_2019 import PUBLISHED
from ..benchmark.results import (
    CurvePoint,
    Evaluation,
    Limit,
    MatrixCell,
    NoisePoint,
    check_frame,
    check_numbers,
)
from ..benchmark.scaling import Law
from ..benchmark.scaling_models import ARCHITECTURES
from ..checks import check_choice, check_kind
from ..extras import require
from .style import CHANCE, COLOURS, GRAY, check_axes, ink, looks_of, new_axes, spread

# Distances in inches between labels at the ends of lines, and between lines that coincide.
_LABEL_GAP, _LANE = 0.17, 0.018
# The same on a logarithmic axis, as a share of a decade.
_LOG_LANE = 0.03
# A bound above this is indistinguishable from 1 in the picture.
_NEARLY_ONE = 0.9995


def accuracy(
    results: Any,
    x: str | None = None,
    by: str = "model",
    *,
    y: str = "test_accuracy",
    ax: Any = None,
) -> Any:
    """Draw accuracies: train and test as bars, or one of them against a parameter.

    A bar is the median over the runs of a model, with a thin line from the worst to the best.
    Against a parameter, a line joins medians, with a band from the worst to the best; it is
    labelled at its end, so that no legend is needed. Lines that coincide are drawn side by side.

    Parameters
    ----------
    results : pandas.DataFrame
        Of :func:`slash_dataset.benchmark.sweep`, :func:`~slash_dataset.benchmark.read_results`, or
        :meth:`~slash_dataset.benchmark.Evaluation.to_frame`: a row for each run.
    x : str, optional
        The column on the horizontal axis, of numbers, such as ``"noise"``. By default, bars.
    by : str
        The column whose values get bars, or a line, each.
    y : str
        The column with the accuracy of the lines, from 0 to 1.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default, new axes.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If there is no such column, `x` holds no numbers, or there is no row. Runs that differ in
        more than `x`, `by` and the seed would share a bar or a band: select rows first.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> from slash_dataset.benchmark import sweep
    >>> frame = sweep(["knn-1"], noise=[0.5, 2], num_train=250, num_test=100, seeds=2)
    >>> accuracy(frame, "noise").get_xlabel()
    'noise'
    """
    check_axes(ax)
    columns = check_frame(results)
    wanted = {"by": by, "y": y} if x is None else {"x": x, "by": by, "y": y}
    for argument, name in wanted.items():
        check_choice(argument, name, columns)
    _refuse_empty("results", results)
    if x is not None:
        check_numbers(results, x=x, y=y)
        ax = ax or new_axes(7, 4.5)
        ax.set(xlabel=x, ylabel=y.replace("_", " "))
        _lines(results, x, by, y, ax)
        return ax
    splits = [s for s in ("train", "test") if f"{s}_accuracy" in results]
    groups = results.groupby(by, sort=False)
    ax = ax or new_axes(7, 1 + 0.55 * len(groups))
    height = 0.8 / len(splits)
    for k, (split, colour) in enumerate(zip(splits, (COLOURS[5], COLOURS[0]), strict=False)):
        places = [i + (k - (len(splits) - 1) / 2) * height for i in range(len(groups))]
        _bars(ax, places, groups[f"{split}_accuracy"], height, color=colour, label=split)
    _name_bars(ax, range(len(groups)), list(groups.groups))
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, frameon=False)
    return ax


def published(table: Sequence[Evaluation], *, ax: Any = None) -> Any:
    """Draw test accuracies of models as bars, with the figures of the 2019 post as marks.

    Models that are not in the post form a separate group, and models that share weights across
    positions have their own colour. A thin line goes from the worst seed to the best.

    Parameters
    ----------
    table : sequence of Evaluation
        On the original, from :func:`~slash_dataset.benchmark.experiments.measure_table`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default, new axes.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If `table` is empty.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> from slash_dataset.benchmark.experiments import measure_table
    >>> axes = published(measure_table(["svm-rbf"], seeds=[0]))
    >>> [text.get_text() for text in axes.texts]
    ['in the 2019 post', '0.532']
    """
    _check(ax, "table", table, Evaluation)
    ax = ax or new_axes(7, 1.6 + 0.3 * len(table))
    places: dict[str, float] = {}
    for title, is_published in (("in the 2019 post", True), ("not in the post", False)):
        names = [row.model for row in table if (row.model in PUBLISHED) is is_published]
        if names:
            heading = len(places) + (0.9 if places else -1)
            ax.text(0.008, heading, title, va="center", fontweight="bold")
            places |= {name: heading + 1 + i for i, name in enumerate(names)}
    frame = require("pandas", "plot").concat(row.to_frame() for row in table)
    for shared, colour, what in (
        (False, COLOURS[0], "pixels as separate columns"),
        (True, COLOURS[1], "weights shared across positions"),
    ):
        chosen = frame[frame["model"].map(shares_weights) == shared]
        runs = chosen.groupby("model", sort=False)["test_accuracy"]
        _bars(ax, [places[name] for name in runs.groups], runs, 0.68, color=colour, label=what)
    marks = {places[name]: PUBLISHED[name].test_accuracy for name in places if name in PUBLISHED}
    how = {"color": ink(), "markerfacecolor": "white", "clip_on": False, "zorder": 5}
    ax.plot(list(marks.values()), list(marks), "D", label="published, 2019", markersize=5, **how)
    _name_bars(ax, list(places.values()), [title_of(name) for name in places])
    ax.set(
        ylim=(max(places.values()) + 0.6, -1.6),
        xlabel="accuracy on the 250 test rows of the original (dashed: chance)",
    )
    ax.legend(loc="lower center", bbox_to_anchor=(0.4, 1), ncols=3, columnspacing=1, frameon=False)
    return ax


def learning_curves(
    points: Sequence[CurvePoint], limits: Sequence[Limit] = (), *, ax: Any = None
) -> Any:
    """Draw test accuracy against the number of train rows, with one line for each model.

    A line joins medians over the seeds, in a band from the worst to the best; the model's name is
    at its end. Lines that coincide lie side by side.

    Parameters
    ----------
    points : sequence of CurvePoint
        Of :func:`~slash_dataset.benchmark.experiments.measure_learning_curves`.
    limits : sequence of Limit, optional
        Of :func:`~slash_dataset.benchmark.experiments.compute_limits`; the bound for models that do
        not know which pixels are neighbours is drawn.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default, new axes.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If `points` is empty.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> from slash_dataset.benchmark.experiments import measure_learning_curves
    >>> points = measure_learning_curves(["knn-1"], seeds=[0], sizes=[250, 2_000])
    >>> [text.get_text() for text in learning_curves(points).texts]
    ['KNN, k=1']
    """
    _check(ax, "points", points, CurvePoint, limits)
    ax = ax or new_axes(7, 4.5)
    ax.set_xscale("log", base=2)
    sizes = sorted({point.num_train for point in points})
    bounds = [
        (limit.num_train, limit.value)
        for limit in limits
        if limit.num_train and limit.config == CURVE_CONFIG and limit.value < _NEARLY_ONE
    ]
    if bounds:
        ax.plot(*zip(*bounds, strict=True), color=ink(), linewidth=2, linestyle="-.")
        ax.text(bounds[0][0], 0.93, "bound, blind\nto neighbours", fontsize=9)
        sizes = [n for n, _ in bounds[::2] if 2 * n < sizes[0]] + sizes
    _lines(_frame(points), "num_train", "model", "test_accuracy", ax, _with_limit)
    ax.set_xticks(sizes, [f"{n:,}" if n < 1_000 else f"{n // 1_000}k" for n in sizes])
    ax.minorticks_off()
    ax.set(xlabel="train rows", ylabel="test accuracy")
    return ax


def noise(points: Sequence[NoisePoint], limits: Sequence[Limit] = (), *, ax: Any = None) -> Any:
    """Draw test accuracy against the noise of train and test rows, with one line for each model.

    Lines are as in :func:`learning_curves`, with names where they begin.

    Parameters
    ----------
    points : sequence of NoisePoint
        Of :func:`~slash_dataset.benchmark.experiments.measure_noise`.
    limits : sequence of Limit, optional
        Of :func:`~slash_dataset.benchmark.experiments.compute_limits`; the optimum is drawn.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default, new axes.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If `points` is empty.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> from slash_dataset.benchmark.results import NoisePoint
    >>> points = [NoisePoint("knn-1", 0.5, 0, 0.994), NoisePoint("knn-1", 2.0, 0, 0.502)]
    >>> noise(points).get_xlabel()
    'noise, peak to peak'
    """
    _check(ax, "points", points, NoisePoint, limits)
    ax = ax or new_axes(7, 4.5)
    best = sorted(
        (limit.noise, limit.value)
        for limit in limits
        if limit.kind == "optimum" and limit.config == CURVE_CONFIG
    )
    if best:
        ax.plot(*zip(*best, strict=True), color=ink(), linewidth=2)
        ax.annotate("optimum", best[-3:][0], xytext=(8, 4), textcoords="offset points", fontsize=9)
    ax.yaxis.tick_right()
    ax.yaxis.set_label_position("right")
    ax.spines["right"].set_visible(True)
    _lines(_frame(points), "noise", "model", "test_accuracy", ax, title_of, "left")
    ax.set_xticks(sorted({point.noise for point in points}))
    ax.set(xlabel="noise, peak to peak", ylabel="test accuracy")
    return ax


def generalisation(
    cells: Sequence[MatrixCell], limits: Sequence[Limit] = (), *, ax: Any = None
) -> Any:
    """Draw the median accuracy of models (rows) on configs (columns), as figures and colours.

    Colours diverge from chance, which has the colour of the paper. Models of one family
    are side by side.

    Parameters
    ----------
    cells : sequence of MatrixCell
        Of :func:`~slash_dataset.benchmark.experiments.measure_matrix`.
    limits : sequence of Limit, optional
        Of :func:`~slash_dataset.benchmark.experiments.compute_limits`: the last two rows.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default, new axes.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If `cells` is empty.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> from slash_dataset.benchmark.experiments import measure_matrix
    >>> axes = generalisation(measure_matrix(["knn-1"], seeds=[0], num_train=250))
    >>> [label.get_text() for label in axes.get_yticklabels()]
    ['KNN, k=1']
    """
    _check(ax, "cells", cells, MatrixCell, limits)
    frame = _frame(cells)
    of_each = frame.groupby(["model", "trained_on", "tested_on"])["test_accuracy"].median()
    columns = matrix_columns()
    rows: list[tuple[str, str, list[float]]] = [
        (
            MODELS[name].family if name in MODELS else "yours",
            title_of(name),
            [of_each.get((name, *column), math.nan) for column in columns],
        )
        for name in frame["model"].unique()
    ]
    rows += [("theory", title, line) for title, line in matrix_limits(limits).items()]
    order = [*get_args(Family), "yours", "theory"]
    rows.sort(key=lambda row: order.index(row[0]))
    families, titles, values = (list(part) for part in zip(*rows, strict=True))
    ax = ax or new_axes(7, 1.3 + 0.27 * len(rows))
    mpl = require("matplotlib", "plot")
    paper = mpl.rcParams["axes.facecolor"]
    shades = mpl.colors.LinearSegmentedColormap.from_list(
        "chance", [COLOURS[3], mpl.rcParams["grid.color"], COLOURS[0]]
    )
    ax.imshow(values, cmap=shades, vmin=0, vmax=1, aspect="auto")
    for i, line in enumerate(values):
        for j, value in enumerate(line):
            if not math.isnan(value):
                bright = sum(shades(value)[:3]) > 1.5  # of 3
                colour = "black" if bright else "white"
                ax.text(j, i, f"{value:.2f}", ha="center", va="center", color=colour)
    ax.set_xticks(range(len(columns)), [tested for _, tested in columns], fontsize=9)
    ax.set_yticks(range(len(rows)), titles)
    ax.set_xlabel("tested on")
    above, right = ax.secondary_xaxis("top"), ax.secondary_yaxis("right")
    for axis, groups, rule in (
        (above.xaxis, [trained for trained, _ in columns], ax.axvline),
        (right.yaxis, families, ax.axhline),
    ):
        names = dict.fromkeys(groups)
        starts = [groups.index(name) for name in names]
        ends = [start + groups.count(name) - 1 for start, name in zip(starts, names, strict=True)]
        axis.set_ticks(
            [(a + b) / 2 for a, b in zip(starts, ends, strict=True)], list(names), fontsize=9
        )
        for start in starts[1:]:
            rule(start - 0.5, color=paper, linewidth=5)
    above.set_xlabel("trained on")
    for each in (ax, above, right):
        each.tick_params(length=0)
        each.spines[:].set_visible(False)
    return ax


def scaling(laws: Sequence[Law], *, ax: Any = None) -> Any:
    """Draw train rows needed for 90 % against the number of places, with the slope of each line.

    Parameters
    ----------
    laws : sequence of Law
        Of :func:`slash_dataset.benchmark.scaling.find_law`. A size at which 90 % was not reached is
        an open mark with an arrow, at the most rows that were tried.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default, new axes.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If `laws` is empty.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> from slash_dataset.benchmark.scaling import find_law, measure_scaling
    >>> runs = measure_scaling(["overlap"], sizes=(8, 10), seeds=2)
    >>> scaling([find_law("overlap", runs)]).get_xscale()
    'log'
    """
    _check(ax, "laws", laws, Law)
    ax = ax or new_axes(7, 4.6)
    ax.set(xscale="log", yscale="log")
    ax.margins(y=0.1)  # an arrow at the highest mark needs room
    ends = []
    looks = looks_of([law.model for law in laws])
    sizes = {
        k: need.image_size for law in laws for k, need in zip(law.places, law.needs, strict=True)
    }
    rows = _frame(
        {"model": law.model, "places": k, "rows": math.log10(need.num_train)}
        for law in laws
        for k, need in zip(law.places, law.needs, strict=True)
    )
    lanes = 10 ** _lanes(rows, "places", "model", "rows", _LOG_LANE)
    for law in laws:
        colour, marker = looks[law.model]
        line = lanes[law.model].dropna()
        ax.plot(line.index, line, color=colour)
        for (place, height), need in zip(line.items(), law.needs, strict=True):
            face = colour if need.reached else "none"
            ax.plot(place, height, marker, color=colour, markerfacecolor=face, zorder=3)
            if not need.reached:
                arrow = {"arrowstyle": "->", "color": colour}
                ax.annotate("", (place, 1.7 * height), (place, height), arrowprops=arrow)
        slope = "" if math.isinf(law.exponent) else f", slope {law.exponent:.2f}"
        name = f"{ARCHITECTURES[law.model].title}{slope}"
        ends.append((line.index[-1], line.iloc[-1], name, colour))
    ax.set_xticks(list(sizes), [f"{k:,}\n{size} x {size}" for k, size in sizes.items()])
    ax.minorticks_off()
    ax.set(
        xlabel="places of a stroke, and the size of the image",
        ylabel="train rows to 90 % accuracy",
    )
    ax.grid(axis="y", alpha=0.5)
    ax.spines[["top", "right"]].set_visible(False)
    _label_ends(ax, ends)
    return ax


def _check(ax: Any, argument: str, rows: Any, kind: type, limits: Any = ()) -> None:
    """Refuse what is not a list of rows of a kind, an empty one, other limits or other axes."""
    check_axes(ax)
    for name, each, wanted in ((argument, rows, kind), ("limits", limits, Limit)):
        known = isinstance(each, Sequence) and all(isinstance(row, wanted) for row in each)
        check_kind(name, each, f"a list of {wanted.__name__}", known)
    _refuse_empty(argument, rows)


def _refuse_empty(argument: str, rows: Any) -> None:
    if not len(rows):
        raise ValueError(f"{argument} is empty: {argument} takes at least one row")


def shares_weights(name: str) -> bool:
    """Return whether a model is one of MODELS and applies the same weights at every position."""
    return name in MODELS and MODELS[name].shares_weights


def _with_limit(name: str) -> str:
    """A model's title, and where its curve ends if training takes too long."""
    most = MODELS[name].max_train if name in MODELS else None
    return title_of(name) + (f" (to {most:,})" if most else "")


def _frame(points: Iterable[Any]) -> Any:
    return require("pandas", "plot").DataFrame(points)


def _lines(
    results: Any,
    x: str,
    by: str,
    y: str,
    ax: Any,
    title: Callable[[str], str] = str,
    side: str = "right",
) -> None:
    """Draw a line through the medians for each value of a column, with its name at one side."""
    low, high = min(0.45, float(results[y].min()) - 0.02), 1.05
    ax.set_ylim(low, high)
    lanes = _lanes(results, x, by, y, _LANE / _inches(ax) * (high - low))
    ends = []
    for name, (colour, marker) in looks_of(results[by]).items():
        line = lanes[name].dropna()
        ax.plot(line.index, line, color=colour, marker=marker, markersize=4, linewidth=1.4)
        of_each = results[results[by] == name].groupby(x)[y]
        ax.fill_between(
            line.index, of_each.min(), of_each.max(), color=colour, alpha=0.15, linewidth=0
        )
        end = -1 if side == "right" else 0
        ends.append((float(line.index[end]), float(line.iloc[end]), title(name), colour))
    ax.axhline(CHANCE, color=GRAY, linestyle="--", linewidth=1)
    ax.grid(axis="y", alpha=0.5)
    ax.spines[["top", side]].set_visible(False)
    _label_ends(ax, ends, side)


def _lanes(rows: Any, x: str, by: str, y: str, lane: float) -> Any:
    """The medians at each x (a row), of each value of `by` (a column), at least a lane apart."""
    medians = rows.groupby([x, by])[y].median().groupby(level=0)
    return medians.transform(lambda at: spread(list(at), lane)).unstack()


def _inches(ax: Any) -> float:
    """The height of the axes before they make room for text."""
    return float(ax.figure.get_figheight() * ax.get_position().height)


def _label_ends(
    ax: Any, ends: Sequence[tuple[float, float, str, str]], side: str = "right"
) -> None:
    """Label lines beside the axes, given x and y of each end, its text and its colour."""
    shares = [
        float(ax.transAxes.inverted().transform(ax.transData.transform(end[:2]))[1]) for end in ends
    ]
    place, near, align = (1.02, 0, "left") if side == "right" else (-0.02, 1, "right")
    arrow = {"arrowstyle": "-", "linewidth": 0.6, "relpos": (near, 0.5), "shrinkA": 1, "shrinkB": 3}
    heights = spread(shares, _LABEL_GAP / _inches(ax))
    for (*end, name, colour), height in zip(ends, heights, strict=True):
        ax.annotate(
            name,
            end,
            xytext=(place, height),
            textcoords="axes fraction",
            color=colour,
            fontsize=9,
            ha=align,
            va="center",
            arrowprops=arrow | {"color": colour},
        )


def _bars(ax: Any, places: Sequence[float], runs: Any, height: float, **how: Any) -> None:
    """Draw the median, worst and best of each group of runs, with their values beside them."""
    medians, lows, highs = runs.median(), runs.min(), runs.max()
    errors = {"xerr": [medians - lows, highs - medians], "error_kw": {"linewidth": 1}}
    ax.barh(places, medians, height, ecolor=ink(), **errors, **how)
    for place, median, low in zip(places, medians, lows, strict=True):
        worst = f" (worst {low:.3f})" if low < median else ""
        ax.text(1.03, place, f"{median:.3f}{worst}", va="center", fontsize=9)


def _name_bars(ax: Any, places: Sequence[float], names: Sequence[Any]) -> None:
    ax.axvline(CHANCE, color=GRAY, linestyle="--", linewidth=1.2)
    ax.set_yticks(places, [str(name) for name in names])
    ax.set(xlim=(0, 1), ylim=(max(places) + 0.5, -0.5), xlabel="accuracy (dashed: chance)")
    ax.spines[["top", "right"]].set_visible(False)
