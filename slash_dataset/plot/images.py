"""Pictures of images, of a model's predictions for them, and of a kernel sliding over one."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from ..benchmark.adapters import as_trained
from ..checks import Bounds, as_array, check_kind, shown
from ..configs import ConfigName, check_split
from ..splits import open_config
from ..variants import CLASSES
from .mosaic import COLUMNS, as_images, as_labels, mosaic
from .style import COLOURS, check_axes, new_axes

_COUNT = Bounds(1, 1_000, "images", whole=True)
# Gray levels per step of a line.
_BIN = 4
_RIGHT, _WRONG = COLOURS[2], COLOURS[3]


def show(
    what: Any = "original",
    split: str = "train",
    *,
    count: int = 16,
    columns: int = 8,
    labels: Any = None,
    ax: Any = None,
    **params: Any,
) -> Any:
    """Draw images, each under the name of its class.

    Parameters
    ----------
    what : str or array-like
        A config, to draw the first images of a split, or images of shape (n, H, W),
        (n, 1, H, W), (n, H, W, 1) or (H, W): integers from 0 to 255, or floats from 0 to 1.
    split : str
        "train" or "test".
    count : int
        Number of images of a config, 1 to 1,000.
    columns : int
        Images in a line, 1 to 100.
    labels : array-like of int, optional
        For given images, shape (n,): 0 for a backslash and 1 for a slash.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default, new axes.
    **params
        Parameters of the config, such as ``noise`` and ``seed``.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If a name or a number is not allowed, or images have another shape.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> axes = show("long", noise=1, count=4)
    >>> [text.get_text() for text in axes.texts]
    ['backslash', 'slash', 'backslash', 'slash']
    """
    check_axes(ax)
    _COUNT.check("count", count)
    COLUMNS.check("columns", columns)
    if isinstance(what, str):
        if labels is not None:
            raise ValueError(f"labels={shown(labels)} is not allowed with a config: it has its own")
        rows = open_config(cast(ConfigName, what), **params)[check_split(split)]
        what, labels, _ = rows.read(range(min(count, len(rows))))
    elif params:
        raise ValueError(f"{', '.join(params)}: parameters of a config, and images were given")
    images = as_images(what)
    names = (
        [""] * len(images)
        if labels is None
        else [CLASSES[i] for i in as_labels(labels, len(images))]
    )
    return mosaic(list(images), names, columns, ax, cmap="gray", vmin=0, vmax=1)


def gray_levels(histograms: Mapping[str, ArrayLike], *, ax: Any = None) -> Any:
    """Draw the distribution of gray levels, one line for each set of images.

    Parameters
    ----------
    histograms : mapping of str to array-like
        By name, the number of pixels at each of the 256 gray levels.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default, new axes.

    Returns
    -------
    matplotlib.axes.Axes
        The share of pixels in each step of four gray levels, on a logarithmic scale.

    Raises
    ------
    ValueError
        If a histogram has another shape.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> import slash_dataset
    >>> images, labels = slash_dataset.draw("standard", stop=100)
    >>> gray_levels({"standard": np.bincount(images.ravel(), minlength=256)}).get_yscale()
    'log'
    """
    check_axes(ax)
    check_kind("histograms", histograms, "a mapping", isinstance(histograms, Mapping))
    for name, counts in histograms.items():
        if np.shape(counts) != (256,):
            raise ValueError(
                f"histograms={{{name!r}: {shown(counts)}}} is not allowed: histograms "
                "takes shape (256,) each"
            )
    ax = ax or new_axes(7, 3)
    for (name, counts), colour in zip(histograms.items(), itertools.cycle(COLOURS), strict=False):
        share = np.reshape(counts, (-1, _BIN)).sum(axis=1) / np.sum(counts)
        edges = np.linspace(0, 1, len(share) + 1)
        ax.stairs(share, edges, color=colour, linewidth=1.6, label=name)
    ax.set_yscale("log", subs=[])
    ax.set(
        xlim=(0, 1),
        ylim=(1e-5, None),
        xlabel="pixel, from 0 (black) to 1 (white)",
        ylabel="share of pixels",
    )
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.25), frameon=False)
    return ax


def predictions(
    model: Any, images: Any, labels: Any = None, *, columns: int = 8, ax: Any = None
) -> Any:
    """Draw images, each under a trained model's probability of a slash.

    Parameters
    ----------
    model : object
        A trained PyTorch module or Keras model, or an object with ``predict_proba`` or ``predict``
        for flattened pixels from 0 to 1, as in scikit-learn.
    images : array-like
        As for :func:`show`.
    labels : array-like of int, optional
        Shape (n,): titles of right predictions are then green, and of wrong ones red and marked
        with a cross.
    columns : int
        Images in a line, 1 to 100.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default, new axes.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    TypeError
        If the model is not trained.
    ValueError
        If images or labels have another shape.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> import slash_dataset
    >>> (images, labels), (test_images, test_labels) = slash_dataset.load_data()
    >>> knn = KNeighborsClassifier(1).fit(images.reshape(750, -1), labels)
    >>> axes = predictions(knn, test_images[:4], test_labels[:4])
    >>> [text.get_text() for text in axes.texts]
    ['0.00', '1.00', '0.00', '0.00']
    """
    COLUMNS.check("columns", columns)
    check_axes(ax)
    trained = as_trained(model)
    pixels = as_images(images)
    flat = pixels.reshape(len(pixels), -1)
    if callable(getattr(trained, "predict_proba", None)):
        slash = np.asarray(trained.predict_proba(flat))[:, 1]
    else:
        slash = np.asarray(trained.predict(flat), float)
    titles, colours = [f"{p:.2f}" for p in slash], None
    if labels is not None:
        right = (slash > 0.5) == as_labels(labels, len(pixels))
        titles = [t if ok else f"{t} ✗" for t, ok in zip(titles, right, strict=True)]
        colours = [_RIGHT if ok else _WRONG for ok in right]
    return mosaic(list(pixels), titles, columns, ax, colours, cmap="gray", vmin=0, vmax=1)


def response_map(kernel: Any, image: Any, *, ax: Any = None) -> Any:
    """Draw a kernel's response at each place of an image, and mark the maximum.

    The response is the sum of products of the kernel and the pixels below it, which deep learning
    calls a convolution without padding.

    Parameters
    ----------
    kernel : array-like
        Shape (h, w), no larger than the image.
    image : array-like
        Shape (H, W), integers from 0 to 255 or floats from 0 to 1.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default, new axes.

    Returns
    -------
    matplotlib.axes.Axes
        The map has shape (H - h + 1, W - w + 1).

    Raises
    ------
    ValueError
        If a shape is not allowed.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> import slash_dataset
    >>> images, labels = slash_dataset.draw("standard", stop=2)
    >>> response_map([[1, -1], [-1, 1]], images[0]).get_title().startswith("maximum")
    True
    """
    check_axes(ax)
    weights = as_array("kernel", kernel, float)
    [pixels] = as_images(image, one=True)
    if weights.ndim != 2 or weights.size == 0 or np.any(weights.shape > np.array(pixels.shape)):
        raise ValueError(
            f"kernel={shown(kernel)} is not allowed: kernel takes shape (h, w), no larger than the "
            f"image's {pixels.shape}"
        )
    windows = np.lib.stride_tricks.sliding_window_view(pixels, weights.shape)
    answers = np.einsum("ijkl,kl->ij", windows, weights)
    ax = ax or new_axes(4.6, 4)
    drawn = ax.imshow(answers, cmap="cividis")
    row, col = np.unravel_index(answers.argmax(), answers.shape)
    ax.plot(col, row, "o", markersize=14, markerfacecolor="none", color=_WRONG, markeredgewidth=2)
    ax.set_title(f"maximum {answers.max():.2f} at row {row}, column {col}", fontsize=11)
    ax.figure.colorbar(drawn, ax=ax, shrink=0.8)
    return ax
