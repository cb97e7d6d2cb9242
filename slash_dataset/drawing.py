"""The draw: images from a variant and a range of rows. Its pixels are a promise.

Row i of a split is a pure function of (variant, seed, split, i). The raw 64-bit words of one
PCG64DXSM stream per (seed, split, draw version) are cut into equal pieces, one for each row, so
that one ``advance()`` reaches any row. With S = `image_size`, the words of a row are:

- word 0: its upper 32 bits choose the row of the stroke's corner among n by multiply-shift, ``(bits
  * n) >> 32``, its lower 32 bits the column likewise; nothing is rejected;
- word 1: its upper 53 bits k choose the angle, ``(2 * (k + 0.5) / 2**53 - 1) * max_rotation``;
- words 2 to 1 + ceil(S * S / 4): 16 bits u for each pixel, least significant first.

The label is the row number modulo 2. A pixel with ink coverage a has the value
``rint(255 * clip(1 - contrast * a + noise * ((u + 0.5) / 65536 - 0.5), 0, 1))``.

Only operations that IEEE 754 rounds exactly are used (no library's sine), so that pixels do not
depend on the machine. The variant is not in the seed: variants of one seed share their noise and
positions as far as their parameters agree, which makes comparisons between variants paired.
"""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .about import DRAW_VERSION
from .memory import empty_bytes
from .variants import Variant

_SPLIT_NUMBERS = {"train": 0, "test": 1}
_PERMUTATION_TAG = 2
_HEAD_WORDS = 2
# Rows are drawn in blocks of this many 64-bit numbers (4 MB): enough to make the cost of calls and
# of handing over the GIL small, and few enough to fit in a processor's caches. A pixel with ink
# takes five of them for computing its gray value.
_BLOCK_NUMBERS, _INK_NUMBERS = 2**19, 5

Factors = dict[str, NDArray[Any]]


def _bit_generator(*entropy: int) -> np.random.PCG64DXSM:
    return np.random.PCG64DXSM(np.random.SeedSequence(entropy))


def labels_of(rows: range | NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the labels of rows, which alternate: 0 is a backslash, 1 a slash."""
    return (
        np.arange(rows.start, rows.stop, dtype=np.int64) if isinstance(rows, range) else rows
    ) & 1


def coverage(
    stroke_length: int,
    stroke_width: float,
    labels: NDArray[Any],
    angles: NDArray[Any],
    rows: NDArray[Any],
    cols: NDArray[Any],
) -> NDArray[np.float64]:
    """Ink on pixels, by their distance to the stroke's segment.

    The segment joins the centres of the corner pixels of the stroke's block and is turned around
    the block's centre. A pixel at distance d has ``clip((stroke_width + 1) / 2 - sqrt(2) * d, 0,
    1)`` ink: at 0 degrees and width 1, it is one on the diagonal and exactly zero elsewhere.

    Parameters
    ----------
    stroke_length : int
    stroke_width : float
    labels : ndarray of int, shape (n, 1)
        0 for a backslash, 1 for a slash.
    angles : ndarray of float64, shape (n, 1)
        Counterclockwise turn in degrees, -45 to 45.
    rows, cols : ndarray of int, shape (n, k) or (1, k)
        Pixels, counted from the corner of the stroke's block.

    Returns
    -------
    ndarray of float64, shape (n, k)
        From 0 to 1.

    Examples
    --------
    >>> backslash, unturned = np.array([[0]]), np.array([[0.0]])
    >>> rows, cols = np.array([[0, 0, 1, 3]]), np.array([[0, 1, 1, 2]])
    >>> coverage(4, 1.0, backslash, unturned, rows, cols).tolist()
    [[1.0, 0.0, 1.0, 0.0]]
    """
    half = (stroke_length - 1) / 2
    rows, cols = rows - half, cols - half
    down, right = direction(labels, angles)
    along = np.clip((rows * down + cols * right) / 2, -half, half)
    row_gap = rows - along * down
    col_gap = cols - along * right
    # In place, because most of the time of turned strokes is spent on memory.
    row_gap *= row_gap
    col_gap *= col_gap
    row_gap += col_gap
    row_gap *= 2
    np.sqrt(row_gap, out=row_gap)
    ink: NDArray[np.float64] = np.subtract((stroke_width + 1) / 2, row_gap, out=row_gap)
    return np.clip(ink, 0, 1, out=ink)


def direction(labels: NDArray[Any], angles: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return a stroke's direction, down and right (never left), as a vector of length sqrt(2).

    Parameters
    ----------
    labels, angles : ndarray
        As for :func:`coverage`, of any one shape.
    """
    sine, cosine = _sine_and_cosine(angles * (math.pi / 180))
    down = np.where(labels == 1, -(sine + cosine), cosine - sine)
    return down, np.where(labels == 1, cosine - sine, cosine + sine)


def _sine_and_cosine(angles: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Taylor sums for at most 45 degrees, because libraries' sines differ in the last bit."""
    square = angles * angles
    sine = np.zeros_like(angles)
    cosine = np.zeros_like(angles)
    for power in range(18, -1, -2):
        sign = -1.0 if power % 4 else 1.0
        cosine = cosine * square + sign / math.factorial(power)
        sine = sine * square + sign / math.factorial(power + 1)
    return sine * angles, cosine


@lru_cache(maxsize=16)
def reachable(variant: Variant) -> tuple[NDArray[Any], NDArray[Any]]:
    """Rows and columns, each of shape (2, k), of all pixels that a stroke may put ink on.

    They are counted from the corner of the stroke's block; the first line is for a backslash, the
    second for a slash, which is its mirror image.
    """
    length = variant.stroke_length
    box = np.arange(-variant.margin, length + variant.margin)
    rows, cols = (one.reshape(1, -1) for one in np.meshgrid(box, box, indexing="ij"))
    if variant.max_rotation:
        angles = np.linspace(-variant.max_rotation, variant.max_rotation, 65)[:, None]
        # Between two of these angles, no point of the stroke moves further than this.
        gap = math.radians(variant.max_rotation / 64) * length
        grown = variant.stroke_width + 2 * math.sqrt(2) * gap
    else:
        angles, grown = np.zeros((1, 1)), variant.stroke_width
    ink = coverage(length, grown, np.zeros_like(angles), angles, rows, cols)
    reached = (ink > 0).any(axis=0)
    rows, cols = rows[:, reached], cols[:, reached]
    return np.concatenate([rows, rows]), np.concatenate([cols, length - 1 - cols])


# Gray values that rise with the noise in steps of equal length: where the last step begins, how
# much longer than the first step the others are, and their length.
_Stairs = tuple[NDArray[np.uint16], np.uint16, np.uint16]


def _find_stairs(grays: NDArray[np.uint8], width: int) -> _Stairs | None:
    """Return the steps of the gray values of all 65536 noise values, or None if they are unequal.

    `width` is the length of the noise lines passed to :func:`_climb`.
    """
    starts = np.unique(grays, return_index=True)[1].tolist()
    if len(starts) < 3 or starts[2] < 2 * starts[1]:
        return None
    step = starts[2] - starts[1]
    # NumPy compares lines with a line of equal numbers faster than with a scalar.
    last = np.full(width, starts[-1], np.uint16)
    stairs = last, np.uint16(step - starts[1]), np.uint16(step)
    noise = np.resize(np.arange(65536, dtype=np.uint16), (-(-65536 // width), width))
    found = grays[0] + _climb(noise.copy(), *stairs)
    return stairs if (found == grays[noise]).all() else None


def _climb(
    noise: NDArray[np.uint16], last: NDArray[np.uint16], before: np.uint16, step: np.uint16
) -> NDArray[np.uint16]:
    """Replace each noise value by the number of its step: faster than looking gray values up."""
    np.minimum(noise, last, out=noise)
    noise += before
    noise //= step
    return noise


@lru_cache(maxsize=16)
def open_drawer(variant: Variant, split: str, seed: int) -> Drawer:
    """Return a cached drawer: its tables are slow to make."""
    return Drawer(variant, split, seed)


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _arrow(array: NDArray[Any], kind: pa.DataType) -> pa.Array:
    """An Arrow array over a NumPy array's memory; `pa.array` would import pandas first."""
    return pa.Array.from_buffers(kind, array.size, [None, pa.py_buffer(array)])


class Drawer:
    """Draw any rows of one split of a variant; several threads may share a drawer.

    Parameters
    ----------
    variant : Variant
    split : str
        "train" or "test".
    seed : int
        0 to 2**64 - 1.

    Examples
    --------
    >>> drawer = Drawer(Variant(), "train", seed=0)
    >>> images, factors = drawer.draw(range(100))
    >>> images.shape, images.dtype, sorted(factors)
    ((100, 30, 30), dtype('uint8'), ['angle', 'col', 'row'])
    >>> bool((drawer.draw(range(40, 60))[0] == images[40:60]).all())
    True
    """

    def __init__(self, variant: Variant, split: str, seed: int) -> None:
        self._variant = variant
        size = variant.image_size
        self._row_words = _HEAD_WORDS + -(-size * size // 4)
        self._entropy = (DRAW_VERSION, _SPLIT_NUMBERS[split], seed & 0xFFFFFFFF, seed >> 32)
        # Generators that no thread is using, each with the row at which it is.
        self._idle: list[tuple[np.random.PCG64DXSM, int]] = []

        self._corner_rows, self._corner_cols = variant.positions(split)
        self._grays = self.gray(1.0, np.arange(65536))
        self._stairs = _find_stairs(self._grays, 4 * self._row_words)
        self._ink_rows, self._ink_cols = reachable(variant)
        self._ink_offsets = self._ink_rows * size + self._ink_cols
        numbers = self._row_words + _INK_NUMBERS * self._ink_offsets.shape[1]
        self._block = max(1, _BLOCK_NUMBERS // numbers)
        self._unturned_levels = self.levels(np.zeros(1), np.zeros((1, 1)))
        self.permutation: NDArray[np.int64] | None = None
        if variant.pixel_permutation:
            key = _bit_generator(DRAW_VERSION, _PERMUTATION_TAG, variant.pixel_permutation, size)
            self.permutation = np.argsort(key.random_raw(size * size), kind="stable")

    def draw(
        self, rows: range | NDArray[np.int64], given: Factors | None = None
    ) -> tuple[NDArray[np.uint8], Factors]:
        """Draw the given rows.

        Parameters
        ----------
        rows : range or ndarray of int64, shape (n,)
            Row numbers from 0; a range (of step 1) is read in one piece, an array in any order.
        given : dict of str to ndarray, each of shape (n,), optional
            `label`, `row`, `col` or `angle` to use in place of the rows' own; the ink of every
            stroke must stay within the image.

        Returns
        -------
        images : ndarray of uint8, shape (n, S, S)
        factors : dict of str to ndarray, each of shape (n,)
            `row` and `col`, int64: the top left corner of the stroke's block of `stroke_length`
            rows and columns; `angle`, float64: its counterclockwise turn in degrees. They describe
            the stroke before any permutation of the pixels.
        """
        size = self._variant.image_size
        images = empty_bytes(len(rows), size * size)
        factors: Factors = {
            "row": np.empty(len(rows), np.int64),
            "col": np.empty(len(rows), np.int64),
            "angle": np.empty(len(rows), np.float64),
        }

        def draw_block(start: int) -> None:
            # A block's memory must be free when the next one begins, to be in the cache still.
            part = slice(start, start + self._block)
            words = self._words(rows[part])
            instead = {name: values[part] for name, values in (given or {}).items()}
            labels = instead.pop("label", labels_of(rows[part]))
            placement = self._placement(words) | instead
            for name, values in placement.items():
                factors[name][part] = values
            self._render(words, labels, placement, images[part])

        starts = range(0, len(rows), self._block)
        threads = min(len(starts) // 2, _usable_cores())  # fewer blocks are not worth a thread
        if threads > 1:
            # Drawing and looking up release the GIL. The threads end with the call: a pool that is
            # kept would be dead in a process forked later.
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(draw_block, starts))
        else:
            for start in starts:
                draw_block(start)
        return images.reshape(-1, size, size), factors

    def _words(self, rows: range | NDArray[np.int64]) -> NDArray[np.uint64]:
        """The raw words of some rows, shape (len(rows), words in a row)."""
        # Popping and appending are atomic: threads share the list without a lock, and a process
        # forked while one of them draws inherits no lock that is never released.
        try:
            bits, next_row = self._idle.pop()
        except IndexError:
            bits, next_row = _bit_generator(*self._entropy), 0
        width = self._row_words
        if isinstance(rows, range):
            words = bits.advance((rows.start - next_row) * width).random_raw(len(rows) * width)
            next_row = rows.stop
        else:
            # Words are taken from the first row to the last: advancing takes half the time of going
            # back.
            order = np.argsort(rows)
            gaps = np.diff(rows[order], prepend=next_row - 1) - 1
            next_row += int(gaps.sum()) + len(rows)
            words = np.empty((len(rows), width), np.uint64)
            for place, gap in zip(order.tolist(), (gaps * width).tolist(), strict=True):
                words[place] = bits.advance(gap).random_raw(width)
        self._idle.append((bits, next_row))
        return words.reshape(-1, width)

    def _placement(self, words: NDArray[np.uint64]) -> Factors:
        half = np.uint64(32)
        upper, lower = words[:, 0] >> half, words[:, 0] & np.uint64(0xFFFFFFFF)
        row = (upper * np.uint64(len(self._corner_rows))) >> half
        col = (lower * np.uint64(len(self._corner_cols))) >> half
        angle = np.zeros(len(words))
        if self._variant.max_rotation:
            fraction = ((words[:, 1] >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53
            angle = (2.0 * fraction - 1.0) * self._variant.max_rotation
        return {
            "row": row.astype(np.int64) + self._corner_rows.start,
            "col": col.astype(np.int64) + self._corner_cols.start,
            "angle": angle,
        }

    def gray(self, level: Any, noise: Any) -> NDArray[np.uint8]:
        """Return the gray values of pixels at a level from 0 to 1 under 16-bit noise."""
        # Equal to the documented formula: dividing by a power of two rounds nothing.
        value = level + (noise - 32767.5) * (self._variant.noise / 65536)
        np.clip(value, 0, 1, out=value)
        value *= 255
        gray: NDArray[np.uint8] = np.rint(value, out=value).astype(np.uint8)
        return gray

    def levels(self, labels: NDArray[Any], angles: NDArray[Any]) -> NDArray[np.float64]:
        """Return the noise-free levels of the pixels that a stroke may put ink on: shape (n, k)."""
        # A slash is the mirror image of a backslash turned the other way: all share one line of
        # pixels.
        backslash, turned = np.zeros((1, 1)), np.where(labels[:, None] == 1, -angles, angles)
        length, width = self._variant.stroke_length, self._variant.stroke_width
        ink = coverage(length, width, backslash, turned, self._ink_rows[:1], self._ink_cols[:1])
        return 1 - self._variant.contrast * ink

    def _render(
        self,
        words: NDArray[np.uint64],
        labels: NDArray[Any],
        placement: Factors,
        images: NDArray[np.uint8],
    ) -> None:
        """Turn words into flat images."""
        count, pixels = images.shape
        noise = words.astype("<u8", copy=False).view("<u2").astype(np.uint16, copy=False)
        head, width = 4 * _HEAD_WORDS, noise.shape[1]
        # Flat indices are faster than pairs.
        corners = placement["row"] * self._variant.image_size + placement["col"]
        corners += np.arange(0, count * pixels, pixels)
        inked = corners[:, None] + self._ink_offsets[labels]
        # This must come before the noise is overwritten below.
        before = np.arange(head, head + count * (width - pixels), width - pixels)
        noise_of_ink = noise.reshape(-1)[inked + before[:, None]]

        canvas = images if self.permutation is None else np.empty_like(images)
        if self._stairs:
            canvas[...] = _climb(noise, *self._stairs)[:, head : head + pixels]
            canvas += self._grays[0]
        else:
            # Arrow's take reads 16-bit indices directly; NumPy's would widen them to 64 bits. The
            # few words that are not noise are looked up too, which is cheaper than a copy.
            grays, indices = _arrow(self._grays, pa.uint8()), _arrow(noise, pa.uint16())
            looked_up = pc.take(grays, indices, boundscheck=False).buffers()[1]
            gray = np.frombuffer(looked_up, np.uint8, noise.size).reshape(noise.shape)
            canvas[...] = gray[:, head : head + pixels]

        levels = self._unturned_levels
        if self._variant.max_rotation:
            levels = self.levels(labels, placement["angle"][:, None])
        canvas.reshape(-1)[inked] = self.gray(levels, noise_of_ink)
        if self.permutation is not None:
            np.take(canvas, self.permutation, axis=1, out=images, mode="clip")
