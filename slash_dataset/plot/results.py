"""Pictures of results (extra "plot"): accuracy against a parameter, a line for each model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..benchmark.scaling_models import ARCHITECTURES
from ..checks import check_choice
from .style import CHANCE, COLOURS, MARKERS, new_axes, spread

if TYPE_CHECKING:
    from ..benchmark.scaling import Law

# Labels at the ends of the lines keep this distance, as a share of the axis.
_LABEL_GAP = 0.05


def accuracy(
    results: Any,
    x: str | None = None,
    by: str = "model",
    *,
    y: str = "test_accuracy",
    ax: Any = None,
) -> Any:
    """Draw accuracies: of train and test as bars, or of one of them against a parameter.

    A bar is the median over the runs of a model; its thin line goes from the worst to the best.
    Against a parameter, a line joins medians, with a band from the worst to the best, and is
    labelled where it ends, so that no legend is needed.

    Parameters
    ----------
    results : pandas.DataFrame
        Of :func:`slash_dataset.benchmark.sweep`, :func:`~slash_dataset.benchmark.read_results`, or
        :meth:`~slash_dataset.benchmark.Evaluation.to_frame`: a row for each run.
    x : str, optional
        The column on the horizontal axis: a number, such as ``"noise"``. Bars if left out.
    by : str
        The column that has bars, or a line, for each of its values.
    y : str
        The column of the accuracy of the lines, from 0 to 1.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes if left out.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If there is no such column, `x` holds no numbers, or there is no row. Runs that differ in
        more than `x`, `by` and the seed would share a bar or a band: choose among the rows before.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> from slash_dataset.benchmark import sweep
    >>> frame = sweep(["knn-1"], noise=[0.5, 2], num_train=250, num_test=100, seeds=2)
    >>> accuracy(frame, "noise").get_xlabel()
    'noise'
    """
    columns = tuple(results.columns)
    wanted = {"by": by, "y": y} if x is None else {"x": x, "by": by, "y": y}
    for argument, name in wanted.items():
        check_choice(argument, name, columns)
    if not len(results):
        raise ValueError("results is empty: there is nothing to draw")
    if x is None:
        return _bars(results, by, ax)
    if results[x].dtype.kind not in "iuf":
        raise ValueError(f"x={x!r} is not allowed: that column holds no numbers")
    ax = ax or new_axes(7, 4.5)
    ends = []
    for i, (name, rows) in enumerate(results.groupby(by, sort=False)):
        of_each = rows.groupby(x)[y]
        medians = of_each.median()
        colour = COLOURS[i % len(COLOURS)]
        ax.plot(medians.index, medians, color=colour, marker=MARKERS[i % len(MARKERS)])
        ax.fill_between(medians.index, of_each.min(), of_each.max(), color=colour, alpha=0.15)
        ends.append((float(medians.index[-1]), float(medians.iloc[-1]), str(name), colour))
    ax.axhline(CHANCE, color="#666666", linestyle="--", linewidth=1)
    ax.set_xlabel(x)
    ax.set_ylabel(y.replace("_", " "))
    bottom = min(0.4, float(results[y].min()) - 0.05)
    ax.set_ylim(bottom, 1.05)
    _label_ends(ax, ends)
    return ax


def scaling(laws: Sequence[Law], *, ax: Any = None) -> Any:
    """Draw train rows to 90 % against the number of places, with a slope on each line.

    Parameters
    ----------
    laws : sequence of Law
        Of :func:`slash_dataset.benchmark.scaling.find_law`. A size at which 90 % was not reached is
        an open mark with an arrow, at the most rows that were tried.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes if left out.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> from slash_dataset.benchmark.scaling import find_law, measure_scaling
    >>> runs = measure_scaling(["overlap"], sizes=(8, 10), seeds=2)
    >>> scaling([find_law("overlap", runs)]).get_xscale()
    'log'
    """
    if ax is None:
        ax = new_axes(9, 5.5)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ends = []
    for i, law in enumerate(laws):
        colour, marker = COLOURS[i % len(COLOURS)], MARKERS[i % len(MARKERS)]
        ax.plot(law.places, [need.num_train for need in law.needs], color=colour)
        for place, need in zip(law.places, law.needs, strict=True):
            face = colour if need.reached else "white"
            ax.plot(place, need.num_train, marker, color=colour, markerfacecolor=face, zorder=3)
            if not need.reached:
                arrow = {"arrowstyle": "->", "color": colour}
                ax.annotate(
                    "", (place, 1.7 * need.num_train), (place, need.num_train), arrowprops=arrow
                )
        slope = "" if math.isinf(law.exponent) else f", slope {law.exponent:.2f}"
        name = f"{ARCHITECTURES[law.model].title}{slope}"
        ends.append((law.places[-1], law.needs[-1].num_train, name, colour))
    sizes = {
        need.image_size: k for law in laws for need, k in zip(law.needs, law.places, strict=True)
    }
    ax.set_xticks(list(sizes.values()), [f"{k:,}\n{size} x {size}" for size, k in sizes.items()])
    ax.minorticks_off()
    ax.set_xlabel("places of a stroke, and the size of the image")
    ax.set_ylabel("train rows to 90 % accuracy")
    ax.grid(axis="y", color="#DDDDDD", linewidth=0.6)
    _label_ends(ax, ends)
    return ax


def _label_ends(ax: Any, ends: Sequence[tuple[float, float, str, str]]) -> None:
    """Label lines to the right of the axes: x and y of each end, its text and its colour."""
    shares = [
        float(ax.transAxes.inverted().transform(ax.transData.transform(end[:2]))[1]) for end in ends
    ]
    for (*end, name, colour), height in zip(ends, spread(shares, _LABEL_GAP), strict=True):
        ax.annotate(
            name,
            end,
            xytext=(1.02, height),
            textcoords="axes fraction",
            color=colour,
            va="center",
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.6},
        )


def _bars(results: Any, by: str, ax: Any) -> Any:
    """Train and test accuracy of each value of a column, the first on top."""
    splits = [s for s in ("train", "test") if f"{s}_accuracy" in results]
    groups = results.groupby(by, sort=False)
    ax = ax or new_axes(7, 1 + 0.55 * len(groups))
    height = 0.8 / len(splits)
    for k, (split, colour) in enumerate(zip(splits, (COLOURS[5], COLOURS[0]), strict=False)):
        runs = groups[f"{split}_accuracy"]
        medians, lows, highs = runs.median(), runs.min(), runs.max()
        places = [i + (k - (len(splits) - 1) / 2) * height for i in range(len(groups))]
        ax.barh(
            places,
            medians,
            height,
            xerr=[medians - lows, highs - medians],
            error_kw={"linewidth": 1},
            color=colour,
            label=split,
        )
        for place, median, high in zip(places, medians, highs, strict=True):
            ax.text(high + 0.01, place, f"{median:.3f}", va="center", fontsize=9)
    ax.axvline(CHANCE, color="#666666", linestyle="--", linewidth=1)
    ax.set_yticks(range(len(groups)), [str(name) for name in groups.groups])
    ax.set_ylim(len(groups) - 0.5, -0.5)
    ax.set_xlim(0, 1)
    ax.set_xlabel("accuracy (dashed: chance)")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, frameon=False)
    return ax
