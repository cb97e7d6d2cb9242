"""The Slash dataset (Sophie Searcy, 2019): the smallest demonstration of why convolution matters.

Importing this package makes ``datasets.load_dataset("slash")`` work. Everything else works without
`datasets` and is imported on first use: ``import slash_dataset`` loads neither NumPy nor Arrow. The
data is licensed CC BY 4.0; see soph.info/slash-data.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._registration import register_on_import
from .about import __version__ as __version__

if TYPE_CHECKING:
    from . import benchmark as benchmark
    from . import export as export
    from . import plot as plot
    from . import release as release
    from . import sklearn as sklearn
    from . import tfds as tfds
    from . import torch as torch
    from . import torchvision as torchvision
    from .about import DATA_VERSION, DRAW_VERSION
    from .configs import CONFIG_NAMES
    from .explorer import explore
    from .loading import load
    from .numpy_api import draw, load_data, render
    from .sources import Source
    from .splits import open_config
    from .streams import Stream
    from .variants import CLASSES, Variant

# Where each public name lives.
_HOMES = {
    "CLASSES": "variants",
    "CONFIG_NAMES": "configs",
    "DATA_VERSION": "about",
    "DRAW_VERSION": "about",
    "Source": "sources",
    "Stream": "streams",
    "Variant": "variants",
    "draw": "numpy_api",
    "explore": "explorer",
    "load": "loading",
    "load_data": "numpy_api",
    "open_config": "splits",
    "render": "numpy_api",
}
_MODULES = ("benchmark", "export", "plot", "release", "sklearn", "tfds", "torch", "torchvision")

__all__ = [
    "CLASSES",
    "CONFIG_NAMES",
    "DATA_VERSION",
    "DRAW_VERSION",
    "Source",
    "Stream",
    "Variant",
    "draw",
    "explore",
    "load",
    "load_data",
    "open_config",
    "render",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, *_MODULES, "__version__"])


register_on_import()
