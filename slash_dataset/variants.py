"""The parameters of a drawn Slash image and their bounds.

A :class:`Variant` determines how the images of a drawn config look, and not how many there are.
Equal variants draw equal pixels from the same seed, split and row.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Any

from .checks import Bounds, check_choice

CLASSES = ("backslash", "slash")
"""Names of the labels: 0 is a backslash, 1 is a slash."""

REGIONS = ("all", "left", "right", "top", "bottom")
"""Parts of the image that may hold the stroke; for odd sizes, the middle line is in neither
half."""


def _whole(default: int, low: int, high: int, unit: str, text: str) -> Any:
    bounds = Bounds(low, high, unit, whole=True)
    return field(default=default, metadata={"bounds": bounds, "help": text})


def _real(default: float, low: float, high: float, unit: str, text: str) -> Any:
    return field(default=default, metadata={"bounds": Bounds(low, high, unit), "help": text})


def _region(split: str) -> Any:
    text = f"part of the image that holds the whole stroke in the {split} split"
    return field(default="all", metadata={"choices": REGIONS, "help": text})


@dataclass(frozen=True)
class Variant:
    """How the images of a drawn config look; the defaults are the original's distribution.

    Parameters
    ----------
    image_size : int
        Height and width of an image, 8 to 512 pixels.
    stroke_length : int
        Rows (and columns) that an unturned stroke crosses, 2 to `image_size` pixels.
    stroke_width : float
        Ink in each row that the stroke crosses, 1 to 64 pixels. Odd whole widths have hard edges.
    noise : float
        Peak-to-peak width of the uniform noise added to every pixel, 0 to 4, where the canvas is 1
        and a stroke at full contrast is 0.
    contrast : float
        How much darker the stroke is than the canvas, 0 (invisible) to 1 (black on white).
    max_rotation : float
        Each stroke is turned by an angle drawn uniformly from plus or minus this, 0 to 45 degrees.
    train_region, test_region : str
        The part of the image that holds the whole stroke: one of :data:`REGIONS`.
    pixel_permutation : int
        0 leaves the pixels in place; any other number up to 2**32 - 1 applies the fixed permutation
        of that number to the pixels of every image.

    Raises
    ------
    ValueError
        If a value is out of range, or if the stroke does not fit into its region.

    Examples
    --------
    >>> Variant(stroke_length=15, noise=0.65).noise
    0.65
    >>> Variant(noise=5)
    Traceback (most recent call last):
    ValueError: noise=5 is out of range: noise takes a number from 0 to 4 peak to peak
    """

    image_size: int = _whole(30, 8, 512, "pixels", "height and width of an image")
    stroke_length: int = _whole(4, 2, 512, "pixels", "rows and columns that a stroke crosses")
    stroke_width: float = _real(1.0, 1, 64, "pixels", "ink in each row that the stroke crosses")
    noise: float = _real(0.5, 0, 4, "peak to peak", "width of the uniform noise on every pixel")
    contrast: float = _real(1.0, 0, 1, "", "how much darker the stroke is than the canvas")
    max_rotation: float = _real(0.0, 0, 45, "degrees", "largest turn of a stroke either way")
    train_region: str = _region("train")
    test_region: str = _region("test")
    pixel_permutation: int = _whole(
        0, 0, 2**32 - 1, "", "0 for none, or the number of a fixed permutation of the pixels"
    )

    def __post_init__(self) -> None:
        for parameter in fields(self):
            value = getattr(self, parameter.name)
            if "bounds" in parameter.metadata:
                value = parameter.metadata["bounds"].check(parameter.name, value)
            else:
                value = check_choice(parameter.name, value, parameter.metadata["choices"])
            object.__setattr__(self, parameter.name, value)
        if self.stroke_length > self.image_size:
            raise ValueError(
                f"stroke_length={self.stroke_length} is out of range: a stroke must not be longer "
                f"than the image, and image_size is {self.image_size}"
            )
        for split in ("train", "test"):
            self.positions(split)

    @property
    def margin(self) -> int:
        """Whole pixels by which ink may pass the block of `stroke_length` rows and columns.

        Wide and turned strokes reach beyond the block; the margin keeps them inside the image.
        """
        half = (self.stroke_length - 1) / 2
        turn = math.radians(self.max_rotation)
        # Ink is strictly nearer to the segment than this; drawing.coverage has the profile.
        fringe = (self.stroke_width + 1) / math.sqrt(8)
        reach = half * (math.cos(turn) + math.sin(turn)) - half + fringe
        # The subtraction keeps a reach of exactly k pixels, up to rounding, at k - 1.
        return math.ceil(reach - 1e-9) - 1

    def positions(self, split: str) -> tuple[range, range]:
        """Rows and columns where the top left corner of a stroke's block may be.

        Parameters
        ----------
        split : str
            "train" or "test".

        Returns
        -------
        rows, cols : range
            Neither is empty.

        Raises
        ------
        ValueError
            If the region is too small for the stroke.

        Examples
        --------
        >>> Variant().positions("train")
        (range(0, 27), range(0, 27))
        """
        parameter = f"{check_choice('split', split, ('train', 'test'))}_region"
        region = getattr(self, parameter)
        size, half = self.image_size, self.image_size // 2
        whole, first, second = (0, size), (0, half), (size - half, size)
        top, bottom = {"top": first, "bottom": second}.get(region, whole)
        left, right = {"left": first, "right": second}.get(region, whole)
        rows = range(top + self.margin, bottom - self.stroke_length - self.margin + 1)
        cols = range(left + self.margin, right - self.stroke_length - self.margin + 1)
        if not rows or not cols:
            needed = self.stroke_length + 2 * self.margin
            raise ValueError(
                f"{parameter}={region!r} is too small for the stroke: the region has "
                f"{bottom - top} x {right - left} pixels, and stroke_length={self.stroke_length}, "
                f"stroke_width={self.stroke_width:g}, max_rotation={self.max_rotation:g} together "
                f"need {needed} x {needed}"
            )
        return rows, cols
