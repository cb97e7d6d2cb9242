"""The dataset as NumPy arrays, without `datasets`."""

from __future__ import annotations

from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import Bounds, as_array, check_bool, check_choice, check_whole
from .configs import ROWS, ConfigName, SplitName, check_split, resolve_any_rows
from .drawing import Factors
from .splits import open_config, open_splits

Arrays = tuple[NDArray[Any], NDArray[np.int64]]


def load_data(encoding: Literal["float64", "uint8"] = "float64") -> tuple[Arrays, Arrays]:
    """Return the 2019 release in the form of Keras' datasets: train and test, images and labels.

    Parameters
    ----------
    encoding : str
        "float64" for the exact pixels, from 0 to 1; "uint8" for 8-bit grayscale, 0 to 255.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        Images of shape (750, 30, 30) and (250, 30, 30); labels int64 of shape (750,) and (250,), 0
        for a backslash and 1 for a slash; all in the author's order.

    Raises
    ------
    ValueError
        If `encoding` is something else.

    Examples
    --------
    >>> (x_train, y_train), (x_test, y_test) = load_data()
    >>> x_train.shape, x_train.dtype, y_test[:4].tolist()
    ((750, 30, 30), dtype('float64'), [0, 1, 0, 0])
    """
    check_choice("encoding", encoding, ("float64", "uint8"))
    splits = open_config("original-float64" if encoding == "float64" else "original")
    train, test = (split.read(range(len(split)))[:2] for split in splits.values())
    return train, test


@overload
def draw(
    config: ConfigName = ...,
    split: SplitName = ...,
    start: int = ...,
    stop: int | None = ...,
    *,
    seed: int | None = ...,
    factors: Literal[False] = ...,
    **params: Any,
) -> Arrays: ...
@overload
def draw(
    config: ConfigName = ...,
    split: SplitName = ...,
    start: int = ...,
    stop: int | None = ...,
    *,
    seed: int | None = ...,
    factors: Literal[True],
    **params: Any,
) -> tuple[NDArray[Any], NDArray[np.int64], Factors]: ...
def draw(
    config: ConfigName = "standard",
    split: SplitName = "train",
    start: int = 0,
    stop: int | None = None,
    *,
    seed: int | None = None,
    factors: bool = False,
    **params: Any,
) -> Arrays | tuple[NDArray[Any], NDArray[np.int64], Factors]:
    """Draw a range of rows of a config.

    Row i is a pure function of the config's parameters, the seed, the split and i: a range gives
    the same pixels on any machine.

    Parameters
    ----------
    config : str
        A config, see :data:`slash_dataset.CONFIG_NAMES`.
    split : str
        "train" or "test".
    start, stop : int
        The rows from `start` up to but not including `stop`. A drawn config has up to 10**12 rows;
        by default, `stop` is the config's own number of rows.
    seed : int, optional
        0 to 2**64 - 1; the config's own if left out.
    factors : bool
        Also return the factors.
    **params
        Parameters of :class:`~slash_dataset.variants.Variant`.

    Returns
    -------
    images : ndarray of uint8, shape (stop - start, H, W)
        0 is black, 255 white. The config "original-float64" gives float64 from 0 to 1.
    labels : ndarray of int64, shape (stop - start,)
        0 is a backslash, 1 a slash.
    factors : dict of str to ndarray, each of shape (stop - start,)
        Only if `factors`: `row` and `col`, int64, the top left corner of the stroke's block in
        pixels, and `angle`, float64, its counterclockwise turn in degrees.

    Raises
    ------
    ValueError
        If a name or parameter is unknown, out of range or has no effect.
    IndexError
        If `start` and `stop` are not a range, or pass the end of the original.

    Examples
    --------
    >>> images, labels = draw("rotated", "test", 500, 600, seed=3, image_size=40)
    >>> images.shape, labels[:3].tolist()
    ((100, 40, 40), [0, 1, 0])
    """
    check_split(split)
    check_bool("factors", factors)
    resolved = resolve_any_rows(config, seed, params, "start and stop choose the rows")
    if stop is None:
        stop = resolved.num_rows[split]
    rows = range(check_whole("start", start), check_whole("stop", stop))
    batch = open_splits(resolved.longest(split))[split].read(rows)
    return batch if factors else batch[:2]


def render(
    config: ConfigName = "standard",
    *,
    labels: ArrayLike | None = None,
    rows: ArrayLike | None = None,
    cols: ArrayLike | None = None,
    angles: ArrayLike | None = None,
    noise_row: ArrayLike = 0,
    split: SplitName = "train",
    seed: int | None = None,
    **params: Any,
) -> NDArray[np.uint8]:
    """Draw images with chosen factors: rows of a config, except for what is given here.

    Images that share `noise_row` differ only in the given factors: pairs of them show how a model
    responds to one factor alone.

    Parameters
    ----------
    config : str
        A drawn config, see :data:`slash_dataset.CONFIG_NAMES`.
    labels : int or array_like of int, optional
        0 for a backslash, 1 for a slash.
    rows, cols : int or array_like of int, optional
        Top left corner of the stroke's block, in pixels: any place where the stroke fits in the
        image, whatever the regions of the config.
    angles : float or array_like of float, optional
        Counterclockwise turn in degrees, at most `max_rotation` either way.
    noise_row : int or array_like of int
        The row that supplies the noise, and the factors that are not given.
    split : str
        "train" or "test": the split of `noise_row`.
    seed : int, optional
        0 to 2**64 - 1; the config's own if left out.
    **params
        Parameters of :class:`~slash_dataset.variants.Variant`.

    Returns
    -------
    ndarray of uint8, shape (n, H, W)
        0 is black, 255 white. Each argument is one value, or n of them.

    Raises
    ------
    ValueError
        If a name or parameter is unknown, a value is out of range, lists differ in length, or the
        config is the original, which is not drawn.

    Examples
    --------
    >>> backslash, slash = render("standard", labels=[0, 1], noise_row=7)
    >>> int((backslash != slash).sum())
    8
    >>> render("rotated", angles=[-10, 0, 10], rows=5, cols=5).shape
    (3, 30, 30)
    """
    check_split(split)
    resolved = resolve_any_rows(config, seed, params, "noise_row may be any row")
    look = resolved.variant
    corners = Bounds(
        look.margin, look.image_size - look.stroke_length - look.margin, "pixels", whole=True
    )
    asked: dict[str, tuple[Any, Bounds]] = {
        "labels": (labels, Bounds(0, 1, "", whole=True)),
        "rows": (rows, corners),
        "cols": (cols, corners),
        "angles": (angles, Bounds(0 - look.max_rotation, look.max_rotation, "degrees")),
        "noise_row": (noise_row, Bounds(0, ROWS.high - 1, "", whole=True)),
    }
    values = {
        name: _flat(name, given, bounds)
        for name, (given, bounds) in asked.items()
        if given is not None or name == "noise_row"
    }
    count = max(map(len, values.values()))
    for name, one in values.items():
        if len(one) not in (1, count):
            raise ValueError(
                f"{name} of length {len(one)} is not allowed: {name} takes one value, or as many "
                f"as the longest argument, {count}"
            )
        values[name] = np.broadcast_to(one, count)
    noise = values.pop("noise_row")
    factors = {name.removesuffix("s"): one for name, one in values.items()}
    return open_splits(resolved.longest(split))[split].render(noise, factors)


def _flat(name: str, given: Any, bounds: Bounds) -> NDArray[Any]:
    """Return one value, or a flat list of them, as an array of allowed values."""
    array = as_array(name, given)
    if array.ndim > 1:
        raise ValueError(
            f"{name} of shape {array.shape} is not allowed: {name} takes one value or a flat list"
        )
    values = [bounds.check(name, value) for value in array.ravel().tolist()]
    return np.array(values, np.int64 if bounds.whole else np.float64)
