"""Pictures of the inside of a net: its weights, and its layers' outputs for an image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..benchmark.keras_adapter import KerasClassifier, is_keras_model
from ..benchmark.torch_adapter import TrainedModule, is_torch_module
from ..checks import as_array, shown
from ..extras import require
from .mosaic import COLUMNS, as_images, mosaic
from .style import check_axes

# A picture of all layers shows at most this many maps of each.
_MAPS = 8


def kernels(model: Any, layer: int | str | None = None, *, columns: int = 8, ax: Any = None) -> Any:
    """Draw the weights of a layer as pictures: blue below zero, red above.

    Parameters
    ----------
    model : object
        A PyTorch module, a Keras model, or weights of shape (h, w) or (n, h, w).
    layer : int or str, optional
        The number, from 0, or the name of a layer with such weights; by default, the first one.
        These are two-dimensional convolutions, and dense layers with a square number of
        inputs, one for each pixel.
    columns : int
        Kernels per line, 1 to 100.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default, new axes.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If there is no such layer; the message lists the existing ones.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> axes = kernels([[1.0, -1.0], [-1.0, 1.0]])
    >>> len(axes.images)
    1
    """
    COLUMNS.check("columns", columns)
    check_axes(ax)
    if is_keras_model(model):  # which is a torch module too, on that backend
        found = _pictures(_keras_weights(model))
    elif is_torch_module(model):
        found = _pictures(_torch_weights(model))
    else:
        given = as_array("model", model, float)
        if given.ndim not in (2, 3) or given.size == 0 or not np.isfinite(given).all():
            raise ValueError(
                f"model={shown(model)} is not allowed: model takes a net, or finite weights of "
                "shape (h, w) or (n, h, w)"
            )
        found = {"": given.reshape(-1, *given.shape[-2:])}
    name = _chosen(layer, list(found))
    weights = found[name]
    high = float(np.abs(weights).max()) or 1.0
    ax = mosaic(
        list(weights), [""] * len(weights), columns, ax, cmap="RdBu_r", vmin=-high, vmax=high
    )
    ax.set_title(
        f"{name}: {len(weights)} kernels, from {-high:.2g} to {high:.2g}".removeprefix(": "),
        fontsize=11,
    )
    return ax


def feature_maps(model: Any, image: Any, layer: int | str | None = None, *, ax: Any = None) -> Any:
    """Draw the outputs of a net's layers for one image.

    Parameters
    ----------
    model : torch.nn.Module or keras.Model
        For images of shape (n, 1, H, W), or (n, H, W, 1) with Keras, from 0 to 1.
    image : array-like
        Shape (H, W), integers from 0 to 255 or floats from 0 to 1.
    layer : int or str, optional
        The number, from 0, or the name of a layer, to draw every map of it; by default, a line
        for each layer, with its first eight maps.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default, new axes.

    Returns
    -------
    matplotlib.axes.Axes
        Each map has its own scale from its lowest to its highest value. Outputs without height
        and width become the squares of one map.

    Raises
    ------
    TypeError
        If the model is neither a PyTorch nor a Keras model.
    ValueError
        If there is no such layer; the message lists the existing ones.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> from torch import nn
    >>> import slash_dataset
    >>> net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.AdaptiveMaxPool2d(1), nn.Flatten())
    >>> images, labels = slash_dataset.draw("standard", stop=1)
    >>> axes = feature_maps(net, images[0])
    >>> [text.get_text() for text in axes.texts]
    ['0 Conv2d: 2 x 28 x 28', '1 AdaptiveMaxPool2d: 2 x 1 x 1', '2 Flatten: 2']
    """
    check_axes(ax)
    pixels = as_images(image, one=True)
    found = layer_outputs(model, pixels)
    if layer is not None:
        name = _chosen(layer, list(found))
        maps, shape = found[name]
        ax = mosaic(list(maps), [""] * len(maps), _MAPS, ax, cmap="cividis")
        ax.set_title(_caption(name, maps, shape), fontsize=11)
        return ax
    tiles, titles = [], []
    for name, (maps, shape) in found.items():
        tiles += [*maps[:_MAPS], *[None] * (_MAPS - len(maps))]
        titles += [_caption(name, maps, shape), *[""] * (_MAPS - 1)]
    return mosaic(tiles, titles, _MAPS, ax, title_left=True, cmap="cividis")


def feature_map_sliders(model: Any, images: Any) -> Any:
    """Show :func:`feature_maps` in a notebook, with sliders for the image and the layer.

    Parameters
    ----------
    model, images
        As for :func:`feature_maps`; images have shape (n, H, W).

    Returns
    -------
    ipywidgets.interactive

    Raises
    ------
    ImportError
        If ipywidgets or matplotlib is not installed.
    """
    widgets = require("ipywidgets", "lab")
    pixels = as_images(images)
    names = list(layer_outputs(model, pixels[:1]))

    def draw(image: int, layer: str) -> None:
        feature_maps(model, pixels[image], layer)
        require("matplotlib.pyplot", "plot").show()

    return widgets.interactive(
        draw,
        image=widgets.IntSlider(0, 0, len(pixels) - 1),
        layer=widgets.SelectionSlider(options=names),
    )


def layer_outputs(
    model: Any, image: NDArray[np.float64]
) -> dict[str, tuple[NDArray[np.float32], tuple[int, ...]]]:
    """Return each layer's maps for an image, and the shape of its output."""
    if is_keras_model(model):
        outputs = _keras_outputs(model, image)
    elif is_torch_module(model):
        outputs = _torch_outputs(model, image)
    else:
        raise TypeError(
            f"model={shown(model)} is not allowed: model takes a torch.nn.Module or a keras.Model"
        )
    return {
        f"{i} {name}": (_as_maps(output), output.shape) for i, (name, output) in enumerate(outputs)
    }


def _leaves(model: Any) -> list[Any]:
    """The layers of a PyTorch module that contain no others, in order."""
    return [module for module in model.modules() if not list(module.children())]


def _torch_outputs(model: Any, image: NDArray[Any]) -> list[tuple[str, NDArray[np.float32]]]:
    torch = require("torch", "torch")
    found: list[tuple[str, NDArray[np.float32]]] = []

    def keep(module: Any, _: Any, output: Any) -> None:
        if isinstance(output, torch.Tensor):
            found.append((type(module).__name__, output[0].detach().cpu().numpy()))

    hooks = [module.register_forward_hook(keep) for module in _leaves(model)]
    try:
        TrainedModule(model).predict(image.reshape(1, -1))
    finally:
        for hook in hooks:
            hook.remove()
    return found


def _keras_outputs(model: Any, image: NDArray[Any]) -> list[tuple[str, NDArray[np.float32]]]:
    keras = require("keras", "benchmark")
    layers = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
    inner = keras.Model(model.inputs, [layer.output for layer in layers])
    outputs = inner(KerasClassifier.of(model).as_input(image.reshape(1, -1)), training=False)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    values = [keras.ops.convert_to_numpy(output)[0] for output in outputs]
    if keras.config.image_data_format() != "channels_first":
        values = [np.moveaxis(maps, -1, 0) if maps.ndim == 3 else maps for maps in values]
    return [(type(layer).__name__, maps) for layer, maps in zip(layers, values, strict=True)]


def _torch_weights(model: Any) -> list[tuple[str, NDArray[Any]]]:
    return [
        (type(module).__name__, module.weight.detach().cpu().numpy())
        for module in _leaves(model)
        if getattr(module, "weight", None) is not None
    ]


def _keras_weights(model: Any) -> list[tuple[str, NDArray[Any]]]:
    named = [
        (type(layer).__name__, np.asarray(layer.kernel))
        for layer in model.layers
        if getattr(layer, "kernel", None) is not None
    ]
    # Keras puts height and width first, and outputs last.
    return [(name, w.transpose(3, 2, 0, 1) if w.ndim == 4 else w.T) for name, w in named]


def _pictures(named: Sequence[tuple[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    """Weights that can be drawn, of shape (n, h, w), by the number and class of their layer."""
    found = {}
    for i, (name, weights) in enumerate(named):
        if weights.ndim == 4:
            found[f"{i} {name}"] = weights.reshape(-1, *weights.shape[2:])
        elif weights.ndim == 2 and math.isqrt(weights.shape[1]) ** 2 == weights.shape[1] > 4:
            side = math.isqrt(weights.shape[1])
            found[f"{i} {name}"] = weights.reshape(-1, side, side)
    return found


def _chosen(layer: int | str | None, names: list[str]) -> str:
    if not names:
        raise ValueError(f"layer={layer!r} is not allowed: the model has no such layer")
    if layer is None:
        return names[0]
    if isinstance(layer, int) and 0 <= layer < len(names):
        return names[layer]
    if isinstance(layer, str) and layer in names:
        return layer
    raise ValueError(f"layer={shown(layer)} is not allowed: layer takes a number or {names}")


def _caption(name: str, maps: NDArray[Any], shape: tuple[int, ...]) -> str:
    value = f" = {maps.item():.3g}" if maps.size == 1 else ""
    return f"{name}: {' x '.join(map(str, shape))}{value}"


def _as_maps(output: NDArray[np.float32]) -> NDArray[np.float32]:
    """Maps of shape (n, h, w); outputs without positions become the squares of one map."""
    if output.ndim == 3 and output[0].size > 1:
        return output
    flat = output.reshape(-1)
    width = math.ceil(math.sqrt(len(flat)))
    squares = np.full(width * math.ceil(len(flat) / width), np.nan, np.float32)
    squares[: len(flat)] = flat
    return squares.reshape(1, -1, width)
