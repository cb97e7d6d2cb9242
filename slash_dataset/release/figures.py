"""The two pictures of the card: first images of every config, and how its pixels are spread."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..configs import Config
from ..extras import require
from ..montage import save_montage
from ..splits import open_splits
from .contents import GRAY_LEVELS, SplitContents

MONTAGE_PATH = "figures/montage.png"
STATISTICS_PATH = "figures/statistics.png"

_MONTAGE_COLUMNS = 6
_COLUMNS = 3
# Okabe and Ito (2008): told apart by people with any kind of colour vision.
_TRAIN, _TEST, _MEAN = "#0072B2", "#E69F00", "#555555"


def draw_montage(configs: list[Config], path: Path) -> None:
    """Write the first train images of every config that has 8-bit pixels.

    The exact float64 form looks the same as its rounded one, so it gets no lines of its own unless
    there is nothing else.
    """
    shown = [config for config in configs if config.dtype == "uint8"] or configs
    titles = {config.name: open_splits(config)["train"] for config in shown}
    columns = min(_MONTAGE_COLUMNS, *(len(split) // 2 for split in titles.values()))
    save_montage(titles, path, columns)


def draw_statistics(contents: Mapping[Config, Mapping[str, SplitContents]], path: Path) -> None:
    """Write one panel a config: the share of pixels at each gray level, on a logarithmic axis.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    require("matplotlib", "release")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = min(_COLUMNS, len(contents))
    rows = -(-len(contents) // columns)
    width, height = 3.4 * columns, 2.4 * rows + 0.5
    figure = Figure(figsize=(width, height), dpi=110)
    figure.subplots_adjust(
        left=0.75 / width,
        right=1 - 0.15 / width,
        bottom=0.65 / height,
        top=1 - 0.35 / height,
        hspace=0.28,
        wspace=0.1,
    )
    FigureCanvasAgg(figure)
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for panel, (config, splits) in zip(panels, contents.items(), strict=False):
        _draw_histogram(panel, config, splits)
    for number, panel in enumerate(panels):
        panel.tick_params(labelbottom=number + columns >= len(contents))
        if number >= len(contents):
            panel.set_axis_off()
    figure.supxlabel("gray level (0 black, 255 white)", fontsize=9, y=0.12 / height)
    figure.supylabel("share of pixels", fontsize=9, x=0.1 / width)
    picture = io.BytesIO()
    # Without the library's version in it, so that the file changes with the data alone.
    figure.savefig(picture, format="png", metadata={"Software": None})
    path.write_bytes(picture.getvalue())


def _draw_histogram(panel: Any, config: Config, splits: Mapping[str, SplitContents]) -> None:
    levels = np.arange(GRAY_LEVELS)
    styles = {"train": {"color": _TRAIN, "alpha": 0.75}, "test": {"color": _TEST, "alpha": 0.9}}
    for name, split in splits.items():
        share = np.array(split.histogram) / sum(split.histogram)
        if name == "train":
            panel.fill_between(levels, share, step="mid", label=name, linewidth=0, **styles[name])
        else:
            panel.plot(levels, share, label=name, linewidth=0.8, **styles[name])
    train = splits["train"]
    panel.axvline(255 * train.mean, color=_MEAN, linewidth=1, linestyle="--", label="train mean")
    panel.set_title(config.name, fontsize=10)
    figures = f"mean {train.mean:.4f}\nstd {train.std:.4f}"
    panel.text(0.03, 0.94, figures, transform=panel.transAxes, va="top", fontsize=8)
    panel.set_yscale("log", subs=[])
    panel.set_xlim(0, GRAY_LEVELS - 1)
    panel.set_xticks([0, 64, 128, 192, 255])
    panel.tick_params(labelsize=8)
    panel.spines[["top", "right"]].set_visible(False)
    if panel.get_subplotspec().is_first_row() and panel.get_subplotspec().is_first_col():
        panel.legend(fontsize=8, loc="upper center", frameon=False)
