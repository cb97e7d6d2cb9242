"""What all pictures share: colours, marks, new axes, and labels that keep apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..extras import require

# Okabe and Ito's colours, which colour-blind readers tell apart; markers say the same again.
COLOURS = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#888888",
    "#8C6D1F",
    "#7B68C8",
    "#B2475B",
)
MARKERS = "osD^vPX*<>"
CHANCE = 0.5


def new_axes(width: float, height: float) -> Any:
    """Return axes in a figure of their own, which a notebook shows at the end of the cell.

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


def spread(values: Sequence[float], gap: float) -> list[float]:
    """Return heights near the values, from the highest down, that are at least `gap` apart.

    Examples
    --------
    >>> [round(height, 2) for height in spread([1.0, 0.5, 1.0], 0.05)]
    [1.0, 0.5, 0.95]
    """
    heights = list(values)
    above = float("inf")
    for i in sorted(range(len(values)), key=lambda i: -values[i]):
        heights[i] = above = min(values[i], above - gap)
    return heights
