"""The Slash dataset (Sophie Searcy, 2019): the smallest demonstration of why convolution matters.

Importing this package makes ``datasets.load_dataset("slash")`` work. Everything else here needs no
knowledge of `datasets`. The data is licensed CC BY 4.0; see soph.info/slash-data.
"""

from ._registration import register_on_import
from .configs import CONFIGS, DATA_VERSION
from .drawing import DRAW_VERSION
from .loading import load
from .numpy_api import draw, load_data
from .sources import Source
from .splits import open_config
from .variants import CLASSES, Variant

__version__ = "1.0.0"

CONFIG_NAMES = tuple(CONFIGS)

__all__ = [
    "CLASSES",
    "CONFIG_NAMES",
    "DATA_VERSION",
    "DRAW_VERSION",
    "Source",
    "Variant",
    "draw",
    "load",
    "load_data",
    "open_config",
]

register_on_import()
