"""The benchmark's figures as files: PNG in two themes, and SVG. Equal results give equal files."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image

from ..benchmark.models import unmeasured
from ..benchmark.results import Results
from ..benchmark.scaling import Run, find_laws
from ..extras import require
from .results import generalisation, learning_curves, noise, published, scaling, shares_weights
from .style import THEMES, new_figure

# With a palette, a picture takes a third of the bytes.
_PNG_COLOURS = 128
_DPI = 200


def draw_figures(results: Results, folder: Path) -> list[Path]:
    """Draw a figure for each measured part of the results.

    Parameters
    ----------
    results : Results
    folder : pathlib.Path
        An existing folder.

    Returns
    -------
    list of pathlib.Path
        Of ``published_vs_measured``, ``learning_curves``, ``generalisation`` and ``noise``, as
        :func:`save_figures` writes them.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    limits = results.limits
    cells = {cell.model for cell in results.generalisation}
    parts: dict[str, tuple[Sequence[Any], Callable[[], Any]]] = {
        "published_vs_measured": (results.table, partial(_published, results.table)),
        "learning_curves": (
            results.learning_curves,
            partial(_panels, learning_curves, results.learning_curves, limits),
        ),
        "generalisation": (
            results.generalisation,
            lambda: (
                generalisation(
                    results.generalisation,
                    limits,
                    ax=new_figure(7, 2 + 0.27 * len(cells)).subplots(),
                ).figure
            ),
        ),
        "noise": (results.noise, partial(_panels, noise, results.noise, limits)),
    }
    return save_figures({name: draw for name, (part, draw) in parts.items() if part}, folder)


def draw_scaling(runs: Sequence[Run], folder: Path) -> list[Path]:
    """Draw the scaling law as ``scaling``, as :func:`save_figures` writes it."""
    laws = find_laws(runs)
    return save_figures(
        {"scaling": lambda: scaling(laws, ax=new_figure(7, 4.6).subplots()).figure}, folder
    )


def save_figures(
    figures: Mapping[str, Callable[[], Any]], folder: Path, *, vector: bool = True
) -> list[Path]:
    """Save figures by name, and return the paths.

    Parameters
    ----------
    figures : mapping of str to callable
        Each draws a new matplotlib figure, in the colours of matplotlib's settings.
    folder : pathlib.Path
        An existing folder.
    vector : bool
        Also write SVG.

    Returns
    -------
    list of pathlib.Path
        For each name, ``NAME.png`` and ``NAME-dark.png``, larger than a README shows them, and
        ``NAME.svg``.
    """
    matplotlib = require("matplotlib", "plot")
    written = []
    for name, draw in figures.items():
        for ending, theme in THEMES.items():
            with matplotlib.rc_context(theme.settings()):
                figure = draw()
                written.append(folder / f"{name}{ending}.png")
                save_png(figure, written[-1])
                if vector and not ending:
                    written.append(folder / f"{name}.svg")
                    figure.savefig(written[-1], metadata={"Date": None, "Creator": None})
    return written


def save_png(figure: Any, path: Path) -> None:
    """Save a figure with few colours as a small file, without names and versions of libraries."""
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=_DPI)
    Image.open(picture).convert("RGB").quantize(_PNG_COLOURS).save(path, optimize=True)


def _published(table: Sequence[Any]) -> Any:
    figure = new_figure(7, 1.6 + 0.3 * len(table))
    published(table, ax=figure.subplots())
    missing = unmeasured(row.model for row in table)
    if missing:
        text = f"not measured yet: {', '.join(missing)}"
        figure.supxlabel(textwrap.fill(text, 90), fontsize=9)
    return figure


def _panels(draw: Callable[..., Any], points: Sequence[Any], limits: Sequence[Any]) -> Any:
    """One panel for models that share weights across positions, and one for those that do not."""
    panels = {
        title: ([p for p in points if shares_weights(p.model) is shared], inches)
        for title, shared, inches in (
            ("weights shared across positions", True, 2.4),
            ("pixels as separate columns", False, 4.4),
        )
    }
    panels = {title: panel for title, panel in panels.items() if panel[0]}
    heights = [inches for _, inches in panels.values()]
    figure = new_figure(7, sum(heights))
    axes = figure.subplots(len(panels), sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    for ax, (title, (chosen, _)) in zip(axes, panels.items(), strict=True):
        # Among the learning curves, the bound is for models that do not know neighbours.
        known = draw is learning_curves and shares_weights(chosen[0].model)
        draw(chosen, () if known else limits, ax=ax)
        ax.set_title(title, fontsize=10, fontweight="bold")
        ax.label_outer()
    return figure
