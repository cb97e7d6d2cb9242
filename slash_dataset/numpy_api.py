"""The dataset as NumPy arrays, with no knowledge of `datasets`."""

from __future__ import annotations

from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from .checks import check_bool, check_choice
from .configs import ConfigName, SplitName, check_split, refuse_sizes, resolve_config
from .drawing import Factors
from .splits import open_config, open_splits

Arrays = tuple[NDArray[Any], NDArray[np.int64]]


def load_data(encoding: Literal["float64", "uint8"] = "float64") -> tuple[Arrays, Arrays]:
    """Return the 2019 release as Keras' own datasets come: train and test, images and labels.

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
        If `encoding` is neither.

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

    Row i is a pure function of the config's parameters, the seed, the split and i: any range, on
    any machine, gives the same pixels.

    Parameters
    ----------
    config : str
        A config, see :data:`slash_dataset.CONFIG_NAMES`.
    split : str
        "train" or "test".
    start, stop : int
        The rows from `start` up to `stop`. A drawn config has rows up to 10**12; if `stop` is left
        out, it is the config's own number of rows.
    seed : int, optional
        0 to 2**64 - 1; the config's own if left out.
    factors : bool
        Return the factors too.
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
        If a name or parameter is unknown, out of range or without effect.
    IndexError
        If the range of rows is not one, or passes the end of the original.

    Examples
    --------
    >>> images, labels = draw("rotated", "test", 500, 600, seed=3, image_size=40)
    >>> images.shape, labels[:3].tolist()
    ((100, 40, 40), [0, 1, 0])
    """
    check_split(split)
    check_bool("factors", factors)
    refuse_sizes(params, "start and stop say which rows are drawn")
    if seed is not None:
        params["seed"] = seed
    resolved = resolve_config(config, **params)
    if stop is None:
        stop = resolved.num_rows[split]
    batch = open_splits(resolved.longest(split))[split].read(range(start, stop))
    return batch if factors else batch[:2]
