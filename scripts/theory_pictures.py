"""Draw the pictures of docs/theory.md: ``python scripts/theory_pictures.py``."""

from __future__ import annotations

from pathlib import Path

from slash_dataset.benchmark.figures import STYLE, new_figure, save_figures
from slash_dataset.extras import require

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images"
_INK, _OTHER, _TRAIN = "#0072B2", "#D55E00", "#BBBBBB"


def stroke(row, col, slash):
    """The four pixels of a stroke whose block has this corner."""
    return [(row + i, col + (3 - i if slash else i)) for i in range(4)]


def grid(axes, size, pixels, title):
    """Draw a grid with pixels in colours."""
    for (row, col), colour in pixels.items():
        axes.add_patch(
            require("matplotlib.patches", "benchmark").Rectangle((col, row), 1, 1, color=colour)
        )
    axes.set_xlim(0, size)
    axes.set_ylim(size, 0)
    axes.set_aspect("equal")
    axes.set_xticks(range(size + 1), [])
    axes.set_yticks(range(size + 1), [])
    axes.grid(color="#DDDDDD", linewidth=0.8)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(True)
    axes.spines[:].set_color("#DDDDDD")
    axes.set_title(title, fontsize=11)


def swap():
    """A place that no train row has touched, and the mirror image that nobody can tell apart."""
    figure = new_figure(9, 4.4)
    panels = figure.subplots(1, 2)
    train = stroke(0, 0, False) + stroke(1, 4, True) + stroke(6, 0, True) + stroke(6, 1, False)
    for axes, slash in zip(panels, (False, True), strict=True):
        pixels = dict.fromkeys(train, _TRAIN)
        pixels |= dict.fromkeys(stroke(5, 5, slash), _OTHER if slash else _INK)
        name = "a slash" if slash else "a backslash"
        grid(axes, 10, pixels, f"the test row: {name}")
        axes.plot([5, 9, 9, 5, 5], [5, 5, 9, 9, 5], color="black", linewidth=1.2)
        arrow = {"arrowstyle": "<->", "color": "black", "linewidth": 1}
        for row in range(5, 9):
            ends = (5.5, row + 0.5), (8.5, row + 0.5)
            if row in (6, 7):
                ends = (6.5, row + 0.5), (7.5, row + 0.5)
            axes.annotate("", *ends, arrowprops=arrow)
    figure.supxlabel(
        "Gray: ink of train rows. The arrows exchange pixels that none of them touched:\n"
        "every train row keeps its law, and one test row becomes the other.",
        fontsize=10,
    )
    return figure


def crossing():
    """What one shared pixel says, and what more of them say."""
    figure = new_figure(10.5, 4.4)
    panels = figure.subplots(1, 3)
    mine = stroke(3, 3, False)
    cases = (
        (stroke(3, 4, True), "one shared pixel, other class:\n16 strokes", _OTHER),
        (stroke(6, 6, False), "one shared pixel, same class:\n2 strokes", "#56B4E9"),
        (stroke(4, 4, False), "more than one, same class:\n5 strokes, no other", "#56B4E9"),
    )
    for axes, (other, title, colour) in zip(panels, cases, strict=True):
        shared = set(mine) & set(other)
        pixels = dict.fromkeys(mine, _INK) | dict.fromkeys(other, colour)
        grid(axes, 10, pixels | dict.fromkeys(shared, "black"), title)
    figure.supxlabel(
        "Dark blue: a test stroke. Black: pixels that it shares with a train stroke.", fontsize=10
    )
    return figure


def main() -> None:
    """Draw both."""
    with require("matplotlib", "benchmark").rc_context(STYLE):
        save_figures({"swap": swap(), "crossing": crossing()}, FOLDER)


if __name__ == "__main__":
    main()
