"""A labelled picture of a config's first images, drawn with Pillow."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .destinations import new_file
from .splits import Split
from .variants import CLASSES

_GAP = 8
_TEXT = 14
_TITLE = 17
_INK = (34, 34, 34)
_SOFT = (96, 96, 96)
_TILE_PIXELS = 120


def montage(splits: Mapping[str, Split], columns: int = 8) -> Image.Image:
    """Draw the first images of some splits, each enlarged without smoothing.

    Parameters
    ----------
    splits : mapping of str to Split
        A title for each split.
    columns : int
        Images of each class, at least 1.

    Returns
    -------
    PIL.Image.Image
        RGB. Every split takes two lines, one a class, and every line is labelled.

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
    tiles = {title: _first_of_each_class(split, columns) for title, split in splits.items()}
    scales = {
        title: max(1, _TILE_PIXELS // split.image_shape[0]) for title, split in splits.items()
    }
    text, heading = ImageFont.load_default(_TEXT), ImageFont.load_default(_TITLE)
    label_width = int(max(text.getlength(name) for name in CLASSES)) + 2 * _GAP
    side = {title: scales[title] * split.image_shape[0] for title, split in splits.items()}
    width = label_width + max(columns * (pixels + _GAP) for pixels in side.values())
    block_height = {t: _TITLE + 2 * _GAP + len(CLASSES) * (p + _GAP) for t, p in side.items()}
    picture = Image.new("RGB", (width, sum(block_height.values()) + _GAP), "white")
    pen = ImageDraw.Draw(picture)
    top = 0
    for title, classes in tiles.items():
        pen.text((_GAP, top + _GAP), title, fill=_INK, font=heading)
        line_top = top + _TITLE + 2 * _GAP
        for name, images in zip(CLASSES, classes, strict=True):
            middle = line_top + side[title] // 2
            pen.text((_GAP, middle), name, fill=_SOFT, font=text, anchor="lm")
            for column, image in enumerate(images):
                tile = Image.fromarray(image).resize((side[title],) * 2, Image.Resampling.NEAREST)
                left = label_width + column * (side[title] + _GAP)
                picture.paste(tile, (left, line_top))
                edge = (left - 1, line_top - 1, left + side[title], line_top + side[title])
                pen.rectangle(edge, outline=(190, 190, 190))
            line_top += side[title] + _GAP
        top += block_height[title]
    return picture


def save_montage(
    splits: Mapping[str, Split], dest: str | os.PathLike[str], columns: int = 8, force: bool = False
) -> None:
    """Write :func:`montage` to a new PNG file."""
    picture = montage(splits, columns)
    with new_file(dest, force=force) as path:
        picture.save(path, format="PNG", optimize=True)


def _first_of_each_class(split: Split, count: int) -> list[list[Any]]:
    found: list[list[Any]] = [[] for _ in CLASSES]
    for images, labels, _ in split.batches(256):
        gray = images if images.dtype == np.uint8 else np.rint(255 * images).astype(np.uint8)
        for image, label in zip(gray, labels, strict=True):
            if len(found[label]) < count:
                found[label].append(image)
        if all(len(images) == count for images in found):
            return found
    raise ValueError(
        f"columns={count} is out of range: split {split.name!r} of {split.config.name!r} has "
        f"{min(map(len, found))} images of a class"
    )
