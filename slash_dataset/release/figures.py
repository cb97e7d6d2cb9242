"""The two pictures of the card: first images of every config, and how configs differ."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..configs import Config
from ..extras import require
from ..montage import save_montage
from ..splits import open_splits
from .manifest import GRAY_LEVELS, Contents, SplitContents

MONTAGE_PATH = "figures/montage.png"
STATISTICS_PATH = "figures/statistics.png"

_MONTAGE_COLUMNS = 6
# Okabe and Ito (2008): told apart by people with any kind of colour vision.
_COLORS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#000000")
# Gray levels a step of the line, and a step of the comparison that puts configs together.
_BIN, _GROUPED_LEVELS = 4, 16
# A share of pixels that is not told from none.
_RARE = 1e-4


def draw_montage(configs: list[Config], path: Path) -> None:
    """Write the first train images of every config that has 8-bit pixels.

    The exact float64 form looks the same as its rounded one, so it gets no lines of its own unless
    there is nothing else.
    """
    shown = [config for config in configs if config.dtype == "uint8"] or configs
    titles = {config.name: open_splits(config)["train"] for config in shown}
    columns = min(_MONTAGE_COLUMNS, *(len(split) // 2 for split in titles.values()))
    save_montage(titles, path, columns)


def draw_statistics(contents: Contents, path: Path) -> None:
    """Write how configs differ: how their gray levels are spread, and where their strokes are.

    Configs whose gray levels are spread alike share a line. Below, every config that has 8-bit
    pixels shows the mean of its train images and of its test images.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    require("matplotlib", "release")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = [config for config in contents if config.dtype == "uint8"] or list(contents)
    groups = _groups(contents)
    width, height = 9.0, 2.85 + 0.22 * len(groups) + 2.9
    figure = Figure(figsize=(width, height), dpi=110)
    FigureCanvasAgg(figure)
    above = figure.add_axes((0.075, 1 - 2.45 / height, 0.905, 2.35 / height))
    _draw_spread(above, groups, contents)
    # Squares of equal size, whatever the number of configs.
    side = min(1.05, (0.905 * width - 0.08 * (len(shown) - 1)) / len(shown))
    for column, config in enumerate(shown):
        left = 0.075 * width + column * (side + 0.08)
        for line, name in enumerate(("train", "test")):
            bottom = 0.32 + (1 - line) * (side + 0.08)
            panel = figure.add_axes(
                (left / width, bottom / height, side / width, side / height), xticks=[], yticks=[]
            )
            _draw_mean_image(panel, contents[config], name)
            if line == 0:
                panel.set_title(config.name, fontsize=9, pad=3)
            if column == 0:
                panel.set_ylabel(name, fontsize=9)
    figure.text(
        0.075,
        0.1 / height,
        "Mean of all images, darker where strokes are more often; each config on its own scale.",
        fontsize=8,
    )
    picture = io.BytesIO()
    # Without the library's version in it, so that the file changes with the data alone.
    figure.savefig(picture, format="png", metadata={"Software": None})
    path.write_bytes(picture.getvalue())


def _groups(contents: Contents) -> list[list[Config]]:
    """Put configs together whose train pixels have gray levels that are spread alike."""
    groups: list[tuple[NDArray[Any], list[Config]]] = []
    for config, splits in contents.items():
        share = np.array(splits["train"].histogram).reshape(-1, _GROUPED_LEVELS).sum(axis=1)
        share = np.maximum(share / share.sum(), _RARE)
        for other, members in groups:
            if np.abs(np.log2(share / other)).max() < 1:  # by less than a factor of two
                members.append(config)
                break
        else:
            groups.append((share, [config]))
    return [members for _, members in groups]


def _draw_spread(panel: Any, groups: list[list[Config]], contents: Contents) -> None:
    edges = np.arange(0, GRAY_LEVELS + 1, _BIN) / GRAY_LEVELS
    for number, members in enumerate(groups):
        train = contents[members[0]]["train"]
        share = np.array(train.histogram).reshape(-1, _BIN).sum(axis=1) / sum(train.histogram)
        names = ", ".join(config.name for config in members)
        panel.stairs(
            share,
            edges,
            color=_COLORS[number % len(_COLORS)],
            linewidth=1.6,
            label=f"{names}: mean {train.mean:.3f}, std {train.std:.3f}",
        )
    panel.set_yscale("log", subs=[])
    panel.set_xlim(0, 1)
    panel.set_ylim(bottom=1e-5)
    panel.set_xlabel("pixel, from 0 (black) to 1 (white)", fontsize=9)
    panel.set_ylabel("share of train pixels", fontsize=9)
    panel.tick_params(labelsize=8)
    panel.spines[["top", "right"]].set_visible(False)
    panel.legend(
        fontsize=8, loc="upper left", bbox_to_anchor=(0, -0.2), frameon=False, borderaxespad=0
    )


def _draw_mean_image(panel: Any, splits: Mapping[str, SplitContents], name: str) -> None:
    # The scale of train, so that what is elsewhere in test shows; without its outermost pixels.
    low, high = np.quantile(splits["train"].mean_image, (0.01, 0.99))
    panel.imshow(splits[name].mean_image, cmap="gray", vmin=low, vmax=max(high, low + 1e-9))
    panel.spines[:].set_color("#bbbbbb")
