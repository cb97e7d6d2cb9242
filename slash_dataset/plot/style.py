"""Shared by all pictures: themes, colours, marks, new axes, and the spacing of lines and labels.

Each colour is distinct from both white and black paper, so that the two themes differ only in paper
and ink. Neighbours in the list differ in hue; markers and labels repeat the distinction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..benchmark.models import MODELS
from ..checks import check_kind
from ..extras import require

COLOURS = (
    "#0072B2",
    "#C77C00",
    "#009E73",
    "#D55E00",
    "#C0659A",
    "#3C94D6",
    "#7B68C8",
    "#8C6D1F",
    "#B2475B",
    "#2A8C9B",
    "#7A8B2A",
    "#A44FB0",
    "#6C7F93",
    "#5B6FD0",
    "#E0705A",
    "#3F8F4F",
    "#A07A5A",
)
MARKERS = "osD^vPX*<>"
CHANCE = 0.5
GRAY = "#808080"


@dataclass(frozen=True)
class Theme:
    """Colours of the paper, of the text, and of the background elements."""

    paper: str
    ink: str
    soft: str

    def settings(self) -> dict[str, Any]:
        """Return matplotlib's settings, under which equal pictures give equal files."""
        return {
            "font.size": 10,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "svg.hashsalt": "slash-dataset",
            "svg.fonttype": "path",
            "grid.color": self.soft,
            "grid.linewidth": 0.6,
            **dict.fromkeys(("figure.facecolor", "axes.facecolor"), self.paper),
            **dict.fromkeys(
                ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"),
                self.ink,
            ),
        }


LIGHT = Theme("#ffffff", "#1f2328", "#d8dee4")
DARK = Theme("#0d1117", "#e6edf3", "#30363d")
THEMES: Mapping[str, Theme] = {"": LIGHT, "-dark": DARK}
"""By the end of a file's name, before its suffix."""


def check_axes(ax: Any) -> None:
    """Raise a TypeError if `ax` is given and is not axes of matplotlib."""
    if ax is not None:
        axes = require("matplotlib.axes", "plot").Axes
        check_kind("ax", ax, "axes of matplotlib", isinstance(ax, axes))


def new_axes(width: float, height: float) -> Any:
    """Return axes in a new figure, which a notebook shows at the end of the cell.

    Parameters
    ----------
    width, height : float
        Of the figure, in inches.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    pyplot = require("matplotlib.pyplot", "plot")
    return pyplot.subplots(figsize=(width, height), layout="constrained")[1]


def new_figure(width: float, height: float) -> Any:
    """Return a new figure outside of pyplot, which touches no window and no state."""
    figure = require("matplotlib.figure", "plot").Figure
    return figure(figsize=(width, height), layout="constrained")


def ink() -> Any:
    """Return the colour of text in matplotlib's settings."""
    return require("matplotlib", "plot").rcParams["text.color"]


def looks_of(names: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return a colour and a marker for each name, the same in every picture for MODELS.

    Examples
    --------
    >>> looks_of(["mine", "random-forest"])["random-forest"]
    ('#0072B2', 'o')
    >>> looks_of(["mine", "yours"])
    {'mine': ('#0072B2', '*'), 'yours': ('#C77C00', '<')}
    """
    order = list(dict.fromkeys([*MODELS, *names]))
    places = {name: order.index(name) for name in names}
    return {
        name: (COLOURS[i % len(COLOURS)], MARKERS[i % len(MARKERS)]) for name, i in places.items()
    }


def spread(values: Sequence[float], gap: float) -> list[float]:
    """Return the heights nearest to the values that are at least `gap` apart, equal ones in order.

    Adjacent violators are pooled: neighbours that are too close move apart around their mean.

    Examples
    --------
    >>> [round(height, 2) for height in spread([1.0, 0.5, 1.0], 0.04)]
    [1.02, 0.5, 0.98]
    """
    order = sorted(range(len(values)), key=lambda i: -values[i])
    # Without the gaps, the heights only fall; a pool is a mean and the number of its members.
    pools: list[tuple[float, int]] = []
    for rank, i in enumerate(order):
        mean, count = values[i] + rank * gap, 1
        while pools and pools[-1][0] < mean:
            above, more = pools.pop()
            mean, count = (mean * count + above * more) / (count + more), count + more
        pools.append((mean, count))
    means = [mean for mean, count in pools for _ in range(count)]
    return [means[order.index(i)] - order.index(i) * gap for i in range(len(values))]
