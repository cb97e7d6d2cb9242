"""Redraw the committed pictures from committed results: ``python scripts/pictures.py``."""

from __future__ import annotations

from pathlib import Path

from matplotlib import rcParams
from matplotlib.patches import Rectangle

from slash_dataset.benchmark.results import load_results
from slash_dataset.benchmark.scaling import from_json
from slash_dataset.configs import CONFIGS
from slash_dataset.plot.figures import draw_figures, draw_scaling, save_figures
from slash_dataset.plot.montages import Montage, montage, splits_to_show
from slash_dataset.plot.style import COLOURS, GRAY, LIGHT, THEMES, Theme, ink, new_figure

DOCS = Path(__file__).resolve().parents[1] / "docs"
_BACKSLASH, _SLASH, _SAME = COLOURS[0], COLOURS[3], COLOURS[5]
# Grays, and those of a theme.
_COLOURS = 64
# Configs, images of each class, and splits side by side.
MONTAGES = {"first": (["original"], 6, 1), "variants": (list(CONFIGS), 3, 2)}


def first_images(name: str, theme: Theme = LIGHT) -> Montage:
    """One of the montages, by name."""
    configs, columns, across = MONTAGES[name]
    splits = splits_to_show(CONFIGS[config] for config in configs)
    return montage(splits, columns, across=across, theme=theme)


def stroke(row, col, slash):
    """The four pixels of a stroke whose block has this corner."""
    return [(row + i, col + (3 - i if slash else i)) for i in range(4)]


def grid(axes, size, pixels, title):
    """Draw a grid with pixels in colours."""
    for (row, col), colour in pixels.items():
        axes.add_patch(Rectangle((col, row), 1, 1, color=colour))
    axes.set_xlim(0, size)
    axes.set_ylim(size, 0)
    axes.set_aspect("equal")
    axes.set_xticks(range(size + 1), [])
    axes.set_yticks(range(size + 1), [])
    axes.grid(linewidth=0.8)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(True)
    axes.spines[:].set_color(rcParams["grid.color"])
    axes.set_title(title, fontsize=9)


def swap():
    """A place that no train row has touched, and its mirror image: models see no difference."""
    figure = new_figure(7, 3.8)
    panels = figure.subplots(1, 2)
    train = stroke(0, 0, False) + stroke(1, 4, True) + stroke(6, 0, True) + stroke(6, 1, False)
    for axes, slash in zip(panels, (False, True), strict=True):
        pixels = dict.fromkeys(train, GRAY)
        pixels |= dict.fromkeys(stroke(5, 5, slash), _SLASH if slash else _BACKSLASH)
        name = "a slash" if slash else "a backslash"
        grid(axes, 10, pixels, f"the test row: {name}")
        axes.plot([5, 9, 9, 5, 5], [5, 5, 9, 9, 5], color=ink(), linewidth=1.2)
        arrow = {"arrowstyle": "<->", "color": ink(), "linewidth": 1}
        for row in range(5, 9):
            ends = (5.5, row + 0.5), (8.5, row + 0.5)
            if row in (6, 7):
                ends = (6.5, row + 0.5), (7.5, row + 0.5)
            axes.annotate("", *ends, arrowprops=arrow)
    figure.supxlabel(
        "Gray: ink of train rows. The arrows exchange pixels that none of them touched:\n"
        "every train row keeps its law, and one test row becomes the other.",
        fontsize=9,
    )
    return figure


def crossing():
    """What one shared pixel is evidence for, and what several are."""
    figure = new_figure(7, 2.95)
    panels = figure.subplots(1, 3)
    mine = stroke(3, 3, False)
    cases = (
        (stroke(3, 4, True), "one shared pixel, other class:\n16 strokes", _SLASH),
        (stroke(6, 6, False), "one shared pixel, same class:\n2 strokes", _SAME),
        (stroke(4, 4, False), "more than one, same class:\n5 strokes, no other", _SAME),
    )
    for axes, (other, title, colour) in zip(panels, cases, strict=True):
        shared = set(mine) & set(other)
        pixels = dict.fromkeys(mine, _BACKSLASH) | dict.fromkeys(other, colour)
        grid(axes, 10, pixels | dict.fromkeys(shared, ink()), title)
    figure.supxlabel(
        "Blue: a test stroke. In the colour of these words: what a train stroke shares with it.",
        fontsize=9,
    )
    return figure


def main() -> None:
    """Draw all."""
    for name in MONTAGES:
        for ending, theme in THEMES.items():
            picture = first_images(name, theme).image.quantize(_COLOURS)
            picture.save(DOCS / "images" / f"{name}{ending}.png", optimize=True)
    save_figures({"swap": swap, "crossing": crossing}, DOCS / "images", vector=False)
    draw_figures(load_results(DOCS / "benchmark" / "results.json"), DOCS / "benchmark")
    scaling = DOCS / "benchmark" / "scaling"
    runs, _ = from_json((scaling / "results.json").read_text(encoding="utf-8"))
    draw_scaling(runs, scaling)


if __name__ == "__main__":
    main()
