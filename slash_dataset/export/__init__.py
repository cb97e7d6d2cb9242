"""The dataset in the formats that frameworks read, without any code of this package.

:func:`export` writes one config in one layout, in bounded memory, to a folder that appears whole or
not at all. Its README has the licence, the version, the identity, the checksums, and code that
reads it. Each layout of :data:`LAYOUTS` also has a function of its own.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .layout import LAYOUTS, Layout, LayoutName, export

if TYPE_CHECKING:
    from ._csv import csv as csv
    from ._imagefolder import imagefolder as imagefolder
    from ._manifest import verify_folder as verify_folder
    from ._mnist import mnist as mnist
    from ._npz import npz as npz
    from ._parquet import parquet as parquet
    from ._tfds import tfds as tfds
    from ._tfds_array_record import tfds_array_record as tfds_array_record
    from ._webdataset import webdataset as webdataset

_FUNCTIONS = {layout.function: layout.module for layout in LAYOUTS.values()}
_FUNCTIONS["verify_folder"] = "_manifest"

__all__ = ["LAYOUTS", "Layout", "LayoutName", "export"]
__all__ += list(_FUNCTIONS)


def __getattr__(name: str) -> Any:
    if name not in _FUNCTIONS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_FUNCTIONS[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
