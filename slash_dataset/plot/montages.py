"""Labelled pictures of configs' first images, drawn with Pillow alone, pixel by pixel."""

from __future__ import annotations

import base64
import html
import io
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ..configs import Config
from ..destinations import new_file
from ..splits import Split, open_splits
from ..variants import CLASSES
from .style import COLOURS, GRAY, LIGHT, Theme

_GAP = 8
_TEXT = 14
_TITLE = 17
_MARK = COLOURS[0]
_TILE_PIXELS = 120
# Lines of images wrap at this width, which screens and pages show nearly unscaled.
_WIDTH = 1_600
# A stroke with fewer screen pixels than this is lost in a large image.
_VISIBLE_STROKE = 16

# Pillow's name of each format, its save options, and its largest height in pixels.
_FORMATS: Mapping[str, tuple[str, dict[str, Any], int]] = {
    ".png": ("PNG", {"optimize": True}, 2**31 - 1),
    ".jpg": ("JPEG", {"quality": 95, "subsampling": 0}, 65_500),
    ".jpeg": ("JPEG", {"quality": 95, "subsampling": 0}, 65_500),
    ".webp": ("WEBP", {"lossless": True}, 16_383),
}


@dataclass(frozen=True)
class Montage:
    """A picture, and what it shows in words; a notebook shows both."""

    image: Image.Image
    alt: str

    def _repr_html_(self) -> str:
        picture = io.BytesIO()
        self.image.save(picture, format="PNG")
        data = base64.b64encode(picture.getvalue()).decode("ascii")
        return f'<img alt="{html.escape(self.alt)}" src="data:image/png;base64,{data}">'


def montage(
    splits: Mapping[str, Split], columns: int = 8, *, across: int = 1, theme: Theme = LIGHT
) -> Montage:
    """Draw the first images of some splits, each enlarged without smoothing.

    If images are so large that a stroke would be invisible, it is marked, and a close-up is shown
    beside the image.

    Parameters
    ----------
    splits : mapping of str to Split
        A title for each split.
    columns : int
        Images of each class, at least 1.
    across : int
        Splits side by side, at least 1.
    theme : Theme
        Colours of the paper and of what is written on it.

    Returns
    -------
    Montage
        Its `image` is a PIL.Image.Image, RGB. A split is at most 1,600 pixels wide unless a single
        image is wider. Every class starts a line of its own.

    Raises
    ------
    ValueError
        If `columns` or `across` is not positive, or a split has too few images of a class.

    Examples
    --------
    >>> from slash_dataset import open_config
    >>> montage({"original": open_config()["train"]}, columns=4).alt
    'The first 4 images of each class, backslashes above slashes: original'
    """
    for name, value in (("columns", columns), ("across", across)):
        if value < 1:
            raise ValueError(f"{name}={value!r} is out of range: {name} takes 1 or more")
    text, heading = ImageFont.load_default(_TEXT), ImageFont.load_default(_TITLE)
    left = int(max(text.getlength(name) for name in CLASSES)) + 2 * _GAP
    blocks = {title: _tiles(split, columns) for title, split in splits.items()}
    grids = {t: _Grid.of(tiles[0][0], columns, left) for t, tiles in blocks.items()}
    titles = list(splits)
    lines = [titles[i : i + across] for i in range(0, len(titles), across)]
    heights = [
        _TITLE + 2 * _GAP + len(CLASSES) * max(grids[t].height for t in line) for line in lines
    ]
    step = _GAP + max(max(g.width, int(heading.getlength(t)) + _GAP) for t, g in grids.items())
    width = left + step * min(across, len(titles)) - _GAP
    picture = Image.new("RGB", (width, sum(heights) + _GAP), theme.paper)
    pen = ImageDraw.Draw(picture)
    for number, (title, classes) in enumerate(blocks.items()):
        row, place = divmod(number, across)
        start, line_top, grid = left + place * step, sum(heights[:row]), grids[title]
        pen.text((start if place else _GAP, line_top + _GAP), title, fill=theme.ink, font=heading)
        line_top += _TITLE + 2 * _GAP
        for name, tiles in zip(CLASSES, classes, strict=True):
            if place == 0:
                middle = line_top + tiles[0].height // 2
                pen.text((_GAP, middle), name, fill=GRAY, font=text, anchor="lm")
            for index, tile in enumerate(tiles):
                line, column = divmod(index, grid.per_line)
                corner = start + column * grid.step[0], line_top + line * grid.step[1]
                picture.paste(tile, corner)
                edge = (corner[0] - 1, corner[1] - 1)
                pen.rectangle(
                    (*edge, corner[0] + tile.width, corner[1] + tile.height), outline=theme.soft
                )
            line_top += grid.height
    shown = "image" if columns == 1 else f"{columns} images"
    alt = f"The first {shown} of each class, backslashes above slashes: {', '.join(titles)}"
    return Montage(picture, alt)


def splits_to_show(configs: Iterable[Config]) -> dict[str, Split]:
    """Return the train splits of configs by title, and the test splits of those that differ there.

    The exact float64 form looks as its rounded one does, so it is left out unless it is alone.

    Examples
    --------
    >>> from slash_dataset.configs import CONFIGS
    >>> list(splits_to_show([CONFIGS["long"], CONFIGS["shifted"]]))
    ['long (train)', 'shifted (train)', 'shifted (test)']
    """
    given = list(configs)
    found: dict[str, Split] = {}
    for config in [each for each in given if each.dtype == "uint8"] or given:
        regions = {config.parameters.get(f"{name}_region") for name in ("train", "test")}
        names = ("train", "test")[: len(regions)]
        found |= {f"{config.name} ({name})": open_splits(config)[name] for name in names}
    return found


@dataclass(frozen=True)
class _Grid:
    """The positions of the tiles of a class: a number of them per line, `step` apart."""

    per_line: int
    step: tuple[int, int]
    width: int
    height: int

    @classmethod
    def of(cls, tile: Image.Image, count: int, left: int) -> _Grid:
        step = (tile.width + _GAP, tile.height + _GAP)
        per_line = min(count, max(1, (_WIDTH - left) // step[0]))
        return cls(per_line, step, per_line * step[0], -(-count // per_line) * step[1])


def save_montage(
    splits: Mapping[str, Split],
    dest: str | os.PathLike[str],
    columns: int = 8,
    force: bool = False,
    **how: Any,
) -> Montage:
    """Write :func:`montage` to a new file, in the format of its suffix.

    Parameters
    ----------
    splits, columns
        As for :func:`montage`.
    dest : path-like
        Ends with .png, .jpg, .jpeg or .webp.
    force : bool
        Replace a file that exists.
    **how
        Further arguments of :func:`montage`.

    Returns
    -------
    Montage

    Raises
    ------
    ValueError
        If the name ends with anything else, or the picture is too high for the format.
    OSError
        As for :func:`slash_dataset.destinations.new_file`.
    """
    suffix = PurePath(dest).suffix.lower()
    if suffix not in _FORMATS:
        raise ValueError(
            f"dest={str(dest)!r} is not allowed: dest must end with {', '.join(_FORMATS)}"
        )
    kind, options, highest = _FORMATS[suffix]
    found = montage(splits, columns, **how)
    picture = found.image
    if picture.height > highest:
        raise ValueError(
            f"columns={columns!r} is out of range for {suffix}: the picture would be "
            f"{picture.height:,} pixels high, and {kind} allows {highest:,}; PNG allows more"
        )
    with new_file(dest, force=force) as path:
        picture.save(path, format=kind, **options)
    return found


def _tiles(split: Split, count: int) -> list[list[Image.Image]]:
    """Pictures of the first images of each class."""
    size = split.image_shape[0]
    scale = max(1, _TILE_PIXELS // size)
    stroke = split.config.parameters.get("stroke_length", size)
    whole = split.config.parameters.get("pixel_permutation", 0) == 0
    close_up = whole and stroke * scale < _VISIBLE_STROKE
    tiles: list[list[Image.Image]] = []
    for found in _first_of_each_class(split, count):
        tiles.append([])
        for image, row, col in found:
            tile = _enlarged(image, scale)
            tiles[-1].append(_with_close_up(image, tile, (row, col), stroke) if close_up else tile)
    return tiles


def _enlarged(image: NDArray[np.uint8], scale: int) -> Image.Image:
    side = (image.shape[1] * scale, image.shape[0] * scale)
    return Image.fromarray(image).convert("RGB").resize(side, Image.Resampling.NEAREST)


def _with_close_up(
    image: NDArray[np.uint8], tile: Image.Image, corner: tuple[int, int], stroke: int
) -> Image.Image:
    """The image with its stroke marked, and beside it a close-up of the mark."""
    size, scale = len(image), tile.width // len(image)
    side = min(size, 3 * stroke)
    top, left = (int(np.clip(at + (stroke - side) // 2, 0, size - side)) for at in corner)
    near = _enlarged(
        image[top : top + side, left : left + side], max(1, min(_TILE_PIXELS, tile.width) // side)
    )
    both = Image.new("RGB", (tile.width + _GAP // 2 + near.width, tile.height), "white")
    both.paste(tile, (0, 0))
    both.paste(near, (tile.width + _GAP // 2, 0))
    pen = ImageDraw.Draw(both)
    # Just outside the enlarged part, so that no pixel of it is hidden.
    frame = (left * scale - 1, top * scale - 1, (left + side) * scale, (top + side) * scale)
    pen.rectangle(frame, outline=_MARK)
    pen.rectangle(
        (tile.width + _GAP // 2, 0, both.width - 1, near.height - 1), outline=_MARK, width=1
    )
    return both


def _first_of_each_class(
    split: Split, count: int
) -> list[list[tuple[NDArray[np.uint8], int, int]]]:
    found: list[list[tuple[NDArray[np.uint8], int, int]]] = [[] for _ in CLASSES]
    for images, labels, factors in split.batches(256):
        gray = images if images.dtype == np.uint8 else np.rint(255 * images).astype(np.uint8)
        places = zip(factors["row"].tolist(), factors["col"].tolist(), strict=True)
        for image, label, (row, col) in zip(gray, labels, places, strict=True):
            if len(found[label]) < count:
                found[label].append((image, row, col))
        if all(len(images) == count for images in found):
            return found
    raise ValueError(
        f"columns={count} is out of range: split {split.name!r} of {split.config.name!r} has "
        f"{min(map(len, found))} images of a class"
    )
