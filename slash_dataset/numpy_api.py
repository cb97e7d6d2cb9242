"""The dataset as NumPy arrays, with no knowledge of `datasets`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .configs import ROWS, Config, DrawnConfig, resolve_config
from .splits import check_split, open_config, open_splits
from .variants import check_choice

Arrays = tuple[NDArray[Any], NDArray[np.int64]]


def load_data(encoding: str = "float64") -> tuple[Arrays, Arrays]:
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
    train, test = (split.batch(0, len(split)) for split in splits.values())
    return train, test


def draw(
    config: str = "standard",
    split: str = "train",
    start: int = 0,
    stop: int | None = None,
    *,
    seed: int | None = None,
    factors: bool = False,
    **params: Any,
) -> Any:
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
        If a name or parameter is unknown or out of range.
    IndexError
        If the range of rows is not one, or passes the end of the original.

    Examples
    --------
    >>> images, labels = draw("rotated", "test", 500, 600, seed=3, image_size=40)
    >>> images.shape, labels[:3].tolist()
    ((100, 40, 40), [0, 1, 0])
    """
    check_split(split)
    if seed is not None:
        params["seed"] = seed
    resolved: Config = resolve_config(config, **params)
    if stop is None:
        stop = resolved.num_rows[split]
    elif isinstance(resolved, DrawnConfig):
        resolved = resolve_config(config, **params | {f"num_{split}": ROWS.high})
    chosen = open_splits(resolved)[split]
    if factors:
        return chosen.batch_with_factors(start, stop)
    return chosen.batch(start, stop)
