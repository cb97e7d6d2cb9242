"""The two pictures of the card: first images of every config, and how configs differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..configs import SPLIT_NAMES, Config
from ..plot import gray_levels
from ..plot.figures import save_figures
from ..plot.montages import save_montage, splits_to_show
from ..plot.mosaic import mosaic
from ..plot.style import THEMES, new_figure
from .manifest import Contents

FOLDER = "figures"
"""Of a release: there is each picture, for light pages and for dark ones."""
MONTAGE, STATISTICS = "montage", "statistics"
STATISTICS_SHOWN = (
    "The distribution of gray levels of each config, and the mean of its train and test images"
)

_MONTAGE_COLUMNS, _MONTAGE_ACROSS = 3, 2
# Gray levels per step of the comparison that groups configs.
_GROUPED_LEVELS = 16
# A share of pixels that counts as zero.
_RARE = 1e-4


def draw_montage(configs: list[Config], folder: Path) -> str:
    """Write the first images of configs, and return their description in words."""
    splits = splits_to_show(configs)
    columns = min(_MONTAGE_COLUMNS, *(len(split) // 2 for split in splits.values()))
    how: dict[str, Any] = {"columns": columns, "across": _MONTAGE_ACROSS}
    for ending, theme in THEMES.items():
        path = folder / f"{MONTAGE}{ending}.png"
        alt = save_montage(splits, path, theme=theme, **how).alt
    return alt


def draw_statistics(contents: Contents, folder: Path) -> None:
    """Write a picture of how configs differ: in gray levels, and in the positions of strokes.

    Configs with similar distributions of gray levels share a line. Below, every config with 8-bit
    pixels shows the mean of its train images and of its test images.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    save_figures({STATISTICS: lambda: _statistics(contents)}, folder, vector=False)


def _statistics(contents: Contents) -> Any:
    groups = _groups(contents)
    spread = {}
    for members in groups:
        train = contents[members[0]]["train"]
        names = ", ".join(config.name for config in members)
        spread[f"{names}: mean {train.mean:.3f}, std {train.std:.3f}"] = train.histogram
    shown = [config for config in contents if config.dtype == "uint8"] or list(contents)
    means = [_mean_image(contents, config, name) for name in SPLIT_NAMES for config in shown]
    figure = new_figure(7, 5.1 + 0.18 * len(groups))
    above, below = figure.subplots(2, height_ratios=(2, 2))
    gray_levels(spread, ax=above)
    titles = [config.name for config in shown] + [""] * len(shown)
    mosaic(means, titles, len(shown), below, cmap="gray", vmin=0, vmax=1)
    below.set_title("mean of all train images, and below of all test images", fontsize=9)
    return figure


def _groups(contents: Contents) -> list[list[Config]]:
    """Group configs whose train pixels have similar distributions of gray levels."""
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


def _mean_image(contents: Contents, config: Config, name: str) -> NDArray[np.float64]:
    """The mean of a split on the scale of train, which test may exceed, without outliers."""
    low, high = np.quantile(contents[config]["train"].mean_image, (0.01, 0.99))
    image = contents[config][name].mean_image
    return np.clip((image - low) / max(high - low, 1e-9), 0, 1, out=np.empty_like(image))
