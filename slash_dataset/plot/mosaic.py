"""Images side by side in one pair of axes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import Bounds, as_array, shown
from .style import new_axes

COLUMNS = Bounds(1, 100, "images", whole=True)
# The gap between images as a share of an image, with room for a title above.
_GAP, _TITLE_GAP = 0.08, 0.26
_INCHES = 1.1


def as_images(images: Any, one: bool = False) -> NDArray[np.float64]:
    """Float images of shape (n, H, W) from 0 to 1."""
    name = "image" if one else "images"
    given = as_array(name, images)
    pixels = given / 255 if given.dtype.kind in "iu" else given
    if pixels.ndim == 2:
        pixels = pixels[None]
    if pixels.ndim == 4 and 1 in (pixels.shape[1], pixels.shape[3]):
        pixels = pixels[:, 0] if pixels.shape[1] == 1 else pixels[..., 0]
    allowed = "(H, W)" if one else "(n, H, W), (n, 1, H, W), (n, H, W, 1) or (H, W)"
    if pixels.ndim != 3 or pixels.size == 0 or (one and len(pixels) != 1):
        raise ValueError(f"{name}={shown(images)} is not allowed: {name} takes shape {allowed}")
    if pixels.dtype.kind not in "f" or not (pixels.min() >= 0 and pixels.max() <= 1):
        raise ValueError(
            f"{name}={shown(images)} is out of range: {name} takes floats from 0 to 1 or integers "
            "from 0 to 255"
        )
    return np.asarray(pixels, np.float64)


def as_labels(labels: Any, count: int) -> NDArray[np.int64]:
    """Return `count` labels, each 0 or 1."""
    given: NDArray[Any] = as_array("labels", labels)
    if given.shape != (count,) or not np.isin(given, (0, 1)).all():
        raise ValueError(
            f"labels={shown(labels)} is not allowed: labels takes 0 or 1 for each image"
        )
    return given.astype(np.int64)


def mosaic(
    tiles: Sequence[NDArray[Any] | None],
    titles: Sequence[str],
    columns: int,
    ax: Any,
    colours: Sequence[str] | None = None,
    title_left: bool = False,
    **how: Any,
) -> Any:
    """Draw pictures side by side in one pair of axes, each with a side of 1 and its title above."""
    columns = min(columns, len(tiles))
    lines = math.ceil(len(tiles) / columns)
    above = _TITLE_GAP if any(titles) else _GAP
    across, down = 1 + _GAP, 1 + above
    ax = ax or new_axes(_INCHES * columns * across, _INCHES * lines * down + 0.4)
    places = itertools.product(range(lines), range(columns))
    ink: Sequence[str | None] = colours or [None] * len(tiles)
    for tile, title, colour, (line, column) in zip(tiles, titles, ink, places, strict=False):
        if tile is None:
            continue
        x, y = column * across, line * down
        high, wide = np.array(tile.shape) / max(tile.shape)
        ax.imshow(tile, extent=(x, x + wide, y + high, y), interpolation="nearest", **how)
        if title:
            middle = x if title_left else x + wide / 2
            side = "left" if title_left else "center"
            ax.text(middle, y - 0.04, title, ha=side, va="bottom", fontsize=9, color=colour)
    ax.set(
        xlim=(-_GAP, columns * across),
        ylim=(lines * down - above + _GAP, -above),
        aspect="equal",
    )
    ax.set_axis_off()
    return ax
