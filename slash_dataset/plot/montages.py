"""Labelled pictures of configs' first images, drawn only with Pillow, pixel by pixel."""

from __future__ import annotations

import base64
import html
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, ImageOps

from ..checks import COUNTS, check_kind
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
    """A picture and its description in words; a notebook shows both."""

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
        Images of each class, 1 to 1,000.
    across : int
        Number of splits side by side, 1 to 1,000.
    theme : Theme
        Colours of the paper and of the text.

    Returns
    -------
    Montage
        Its `image` is a PIL.Image.Image, RGB. A split is at most 1,600 pixels wide unless a single
        image is wider. Every class starts its own line.

    Raises
    ------
    ValueError
        If there is no split, `columns` or `across` is out of range, or a split has too few images
        of a class.

    Examples
    --------
    >>> from slash_dataset import open_config
    >>> montage({"original": open_config()["train"]}, columns=4).alt
    'The first 4 images of each class, backslashes above slashes: original'
    """
    for name, value in (("columns", columns), ("across", across)):
        COUNTS.check(name, value)
    many = isinstance(splits, Mapping) and all(isinstance(s, Split) for s in splits.values())
    check_kind("splits", splits, "a mapping of Split", many)
    if not splits:
        raise ValueError("splits={} is not allowed: splits takes at least one Split")
    check_kind("theme", theme, "a Theme", isinstance(theme, Theme))
    labels = _words(CLASSES, _TEXT, GRAY, theme.paper)
    headings = _words(splits, _TITLE, theme.ink, theme.paper)
    blocks = []
    for number, (split, heading) in enumerate(zip(splits.values(), headings, strict=True)):
        lines = [heading]
        for label, tiles in zip(labels, _tiles(split, columns, theme.paper), strict=True):
            framed = [ImageOps.expand(tile, 1, theme.soft) for tile in tiles]
            fit = max(1, (_WIDTH - label.width - 3 * _GAP) // (framed[0].width + _GAP))
            wrapped = [
                _stacked(framed[i : i + fit], 0, theme.paper) for i in range(0, columns, fit)
            ]
            line = [_stacked(wrapped, 1, theme.paper)]
            if number % across == 0:
                above = (tiles[0].height - label.height) // 2
                line.insert(0, ImageOps.expand(label, (0, above, 0, 0), theme.paper))
            lines.append(_stacked(line, 0, theme.paper))
        blocks.append(_stacked(lines, 1, theme.paper))
    rows = [
        _stacked(blocks[i : i + across], 0, theme.paper, 3 * _GAP)
        for i in range(0, len(blocks), across)
    ]
    shown = "image" if columns == 1 else f"{columns} images"
    return Montage(
        ImageOps.expand(_stacked(rows, 1, theme.paper, 2 * _GAP), _GAP, theme.paper),
        f"The first {shown} of each class, backslashes above slashes: {', '.join(splits)}",
    )


def splits_to_show(configs: Iterable[Config]) -> dict[str, Split]:
    """Return the train splits of configs by title, and the test splits of those that differ there.

    The exact float64 form looks the same as the rounded one, so it is left out unless it is alone.

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


def _words(texts: Iterable[str], size: int, ink: str, paper: str) -> list[Image.Image]:
    """Pictures of texts, all as wide as the widest."""
    font, names = ImageFont.load_default(size), list(texts)
    width = ceil(max(font.getlength(name) for name in names))
    pictures = [Image.new("RGB", (width, 4 * size // 3), paper) for _ in names]
    for name, picture in zip(names, pictures, strict=True):
        ImageDraw.Draw(picture).text((0, 0), name, ink, font)
    return pictures


def _stacked(
    pictures: Sequence[Image.Image], axis: int, paper: str, gap: int = _GAP
) -> Image.Image:
    """Pictures in a line to the right (axis 0) or down (1), with a gap between them."""
    ends = list(accumulate(picture.size[axis] + gap for picture in pictures))
    size = [max(sides) for sides in zip(*(picture.size for picture in pictures), strict=True)]
    size[axis] = ends[-1] - gap
    sheet = Image.new("RGB", (size[0], size[1]), paper)
    for picture, end in zip(pictures, ends, strict=True):
        start = end - gap - picture.size[axis]
        sheet.paste(picture, (0, start) if axis else (start, 0))
    return sheet


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
        If the name has another suffix, or the picture is too high for the format.
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


def _tiles(split: Split, count: int, paper: str) -> list[list[Image.Image]]:
    """Pictures of the first images of each class."""
    look = split.config.variant
    scale = max(1, _TILE_PIXELS // look.image_size)
    close_up = not look.pixel_permutation and look.stroke_length * scale < _VISIBLE_STROKE
    tiles: list[list[Image.Image]] = [[] for _ in CLASSES]
    for images, labels, factors in split.batches(256):
        gray = images if images.dtype == np.uint8 else np.rint(255 * images).astype(np.uint8)
        corners = zip(factors["row"].tolist(), factors["col"].tolist(), strict=True)
        for image, label, corner in zip(gray, labels, corners, strict=True):
            if len(tiles[label]) < count:
                tile = _enlarged(image, scale)
                if close_up:
                    tile = _with_close_up(image, tile, corner, look.stroke_length, paper)
                tiles[label].append(tile)
        if all(len(of_class) == count for of_class in tiles):
            return tiles
    raise ValueError(
        f"columns={count} is out of range: split {split.name!r} of {split.config.name!r} has "
        f"{min(map(len, tiles))} images of a class"
    )


def _enlarged(image: NDArray[np.uint8], scale: int) -> Image.Image:
    side = (image.shape[1] * scale, image.shape[0] * scale)
    return Image.fromarray(image).convert("RGB").resize(side, Image.Resampling.NEAREST)


def _with_close_up(
    image: NDArray[np.uint8], tile: Image.Image, corner: tuple[int, int], stroke: int, paper: str
) -> Image.Image:
    """The image with its stroke marked, and beside it a close-up of the mark."""
    size, scale = len(image), tile.width // len(image)
    side = min(size, 3 * stroke)
    top, left = (int(np.clip(at + (stroke - side) // 2, 0, size - side)) for at in corner)
    near = _enlarged(
        image[top : top + side, left : left + side], max(1, min(_TILE_PIXELS, tile.width) // side)
    )
    both = _stacked([tile, near], 0, paper, _GAP // 2)
    pen = ImageDraw.Draw(both)
    # Just outside the enlarged part, so that no pixel of it is hidden.
    frame = (left * scale - 1, top * scale - 1, (left + side) * scale, (top + side) * scale)
    for box in (frame, (both.width - near.width, 0, both.width - 1, near.height - 1)):
        pen.rectangle(box, outline=_MARK)
    return both
