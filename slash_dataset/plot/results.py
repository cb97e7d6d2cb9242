"""Pictures of results (extra "plot"): accuracy against a parameter, a line for each model."""

from __future__ import annotations

from typing import Any

from ..checks import check_choice
from .style import CHANCE, COLOURS, MARKERS, new_axes, spread

# Labels at the ends of the lines keep this distance, as a share of the axis.
_LABEL_GAP = 0.05


def accuracy(
    results: Any,
    x: str = "noise",
    by: str = "model",
    *,
    y: str = "test_accuracy",
    ax: Any = None,
) -> Any:
    """Draw the median of an accuracy against a parameter, with a band from the worst to the best.

    Each line is labelled where it ends, so that no legend is needed.

    Parameters
    ----------
    results : pandas.DataFrame
        Of :func:`slash_dataset.benchmark.sweep`, :func:`~slash_dataset.benchmark.read_results`, or
        :meth:`~slash_dataset.benchmark.Evaluation.to_frame`: a row for each run.
    x : str
        The column on the horizontal axis: a number.
    by : str
        The column that has a line for each of its values.
    y : str
        The column of the accuracy, from 0 to 1.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes if left out.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If there is no such column, `x` holds no numbers, or there is no row. Runs that differ in
        more than `x`, `by` and the seed would share a band: choose among the rows before.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> from slash_dataset.benchmark import sweep
    >>> frame = sweep(["knn-1"], noise=[0.5, 2], num_train=250, num_test=100, seeds=2)
    >>> accuracy(frame).get_xlabel()
    'noise'
    """
    columns = tuple(results.columns)
    for argument, name in (("x", x), ("by", by), ("y", y)):
        check_choice(argument, name, columns)
    if not len(results):
        raise ValueError("results is empty: there is nothing to draw")
    if results[x].dtype.kind not in "iuf":
        raise ValueError(f"x={x!r} is not allowed: that column holds no numbers")
    if ax is None:
        ax = new_axes(7, 4.5)
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
    for (end, value, name, colour), height in zip(
        ends, spread([e[1] for e in ends], _LABEL_GAP), strict=True
    ):
        ax.annotate(
            name,
            (end, value),
            xytext=(1.02, (height - bottom) / (1.05 - bottom)),
            textcoords="axes fraction",
            color=colour,
            va="center",
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.6},
        )
    return ax
