"""A labelled picture of a config's first images, drawn with Pillow."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from .destinations import new_file
from .splits import Split
from .variants import CLASSES

_GAP = 8
_TEXT = 14
_TITLE = 17
_INK = (34, 34, 34)
_SOFT = (96, 96, 96)
_EDGE = (190, 190, 190)
_MARK = (0, 114, 178)
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


def montage(splits: Mapping[str, Split], columns: int = 8) -> Image.Image:
    """Draw the first images of some splits, each enlarged without smoothing.

    If images are so large that a stroke would be invisible, it is marked, and a close-up is shown
    beside the image.

    Parameters
    ----------
    splits : mapping of str to Split
        A title for each split.
    columns : int
        Images of each class, at least 1.

    Returns
    -------
    PIL.Image.Image
        RGB, at most 1,600 pixels wide unless a single image is wider. Every class of every split
        starts its own labelled line.

    Raises
    ------
    ValueError
        If `columns` is not positive, or a split has too few images of a class.

    Examples
    --------
    >>> from slash_dataset import open_config
    >>> montage({"original": open_config()["train"]}, columns=4).mode
    'RGB'
    """
    if columns < 1:
        raise ValueError(f"columns={columns!r} is out of range: columns takes 1 or more")
    text, heading = ImageFont.load_default(_TEXT), ImageFont.load_default(_TITLE)
    left = int(max(text.getlength(name) for name in CLASSES)) + 2 * _GAP
    blocks = {title: _tiles(split, columns) for title, split in splits.items()}
    grids = {t: _Grid.of(tiles[0][0], columns, left) for t, tiles in blocks.items()}
    heights = {t: _TITLE + 2 * _GAP + len(CLASSES) * grid.height for t, grid in grids.items()}
    width = left + max(grid.width for grid in grids.values())
    width = max(width, *(int(heading.getlength(title)) + 2 * _GAP for title in splits))
    picture = Image.new("RGB", (width, sum(heights.values()) + _GAP), "white")
    pen = ImageDraw.Draw(picture)
    top = 0
    for title, classes in blocks.items():
        pen.text((_GAP, top + _GAP), title, fill=_INK, font=heading)
        line_top, grid = top + _TITLE + 2 * _GAP, grids[title]
        for name, tiles in zip(CLASSES, classes, strict=True):
            middle = line_top + tiles[0].height // 2
            pen.text((_GAP, middle), name, fill=_SOFT, font=text, anchor="lm")
            for number, tile in enumerate(tiles):
                line, column = divmod(number, grid.per_line)
                corner = left + column * grid.step[0], line_top + line * grid.step[1]
                picture.paste(tile, corner)
                edge = (corner[0] - 1, corner[1] - 1)
                pen.rectangle(
                    (*edge, corner[0] + tile.width, corner[1] + tile.height), outline=_EDGE
                )
            line_top += grid.height
        top += heights[title]
    return picture


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
    splits: Mapping[str, Split], dest: str | os.PathLike[str], columns: int = 8, force: bool = False
) -> None:
    """Write :func:`montage` to a new file, in the format of its suffix.

    Parameters
    ----------
    splits, columns
        As for :func:`montage`.
    dest : path-like
        Ends with .png, .jpg, .jpeg or .webp.
    force : bool
        Replace a file that exists.

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
    kind, how, highest = _FORMATS[suffix]
    picture = montage(splits, columns)
    if picture.height > highest:
        raise ValueError(
            f"columns={columns!r} is out of range for {suffix}: the picture would be "
            f"{picture.height:,} pixels high, and {kind} allows {highest:,}; PNG allows more"
        )
    with new_file(dest, force=force) as path:
        picture.save(path, format=kind, **how)


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
