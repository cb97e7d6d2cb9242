"""What the dataset is, who made it, its licence and its versions.

Every text that names the author, the licence or a version takes it from here: cards, READMEs of
exports, descriptions for `datasets` and TensorFlow Datasets, and the command line.
"""

from __future__ import annotations

__version__ = "1.0.0"
"""Version of the package."""

DATA_VERSION = "1.0.0"
"""Version of the data that this package makes: semantic, and independent of the package's own."""

DRAW_VERSION = 1
"""Part of every seed. It changes only when the pixels of a variant change."""

STORAGE_VERSION = 1
"""Part of every cache key. It changes when a prepared split stores equal pixels as other bytes."""

ADDRESS: str | None = None
"""The project's public address, once it has one; ``project.urls`` then names it too."""

NAME = "slash"
"""What ``load_dataset`` and ``tfds.load`` call the dataset."""

TITLE = "Slash dataset: A toy dataset that stymies most non-convolutional models"
AUTHOR = "Sophie Searcy"
YEAR = 2019
HOMEPAGE = "https://soph.info/slash-data"

LICENSE = "cc-by-4.0"
"""The licence as the Hugging Face Hub names it."""

LICENSE_NAME = "CC BY 4.0"
LICENSE_URL = "https://creativecommons.org/licenses/by/4.0/"
ATTRIBUTION = f"{AUTHOR} ({YEAR}), {HOMEPAGE}"

DESCRIPTION = (
    "Noisy grayscale images with one short stroke each, a backslash (0) or a slash (1). A "
    "convolutional net learns them perfectly with 80 parameters; most other models stay near "
    f"chance. By {AUTHOR} ({YEAR}), {LICENSE_NAME}."
)

CITATION = f"""\
@misc{{searcy2019slash,
  author = {{{AUTHOR}}},
  title = {{{TITLE}}},
  year = {{{YEAR}}},
  month = may,
  howpublished = {{\\url{{{HOMEPAGE}}}}},
  note = {{{LICENSE_NAME}}}
}}"""
