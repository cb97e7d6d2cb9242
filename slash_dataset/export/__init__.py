"""The dataset in the forms that frameworks already read, without any code of this package.

Each function writes one layout of one config to a folder that appears whole or not at all, in
bounded memory, with a README that has the licence, the version, the checksums, and the lines that
read it. :data:`LAYOUTS` has them by the names that ``slash-dataset export`` takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ._csv import csv
from ._imagefolder import imagefolder
from ._mnist import mnist
from ._npz import npz
from ._parquet import parquet
from ._tfds import tfds, tfds_array_record
from ._webdataset import webdataset

LAYOUTS: Mapping[str, Callable[..., Path]] = {
    "imagefolder": imagefolder,
    "mnist": mnist,
    "tfds": tfds,
    "tfds-array-record": tfds_array_record,
    "webdataset": webdataset,
    "npz": npz,
    "parquet": parquet,
    "csv": csv,
}
"""Every layout by its name on the command line."""

__all__ = [
    "LAYOUTS",
    "csv",
    "imagefolder",
    "mnist",
    "npz",
    "parquet",
    "tfds",
    "tfds_array_record",
    "webdataset",
]
