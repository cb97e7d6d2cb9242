"""The texts of a release: the changelog, the citation, the licence, and file attributes.

Card template, changelog and benchmark results are files of the project. A wheel carries them inside
the package; in a checkout they are where people edit them.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from ..about import DESCRIPTION, HOMEPAGE
from .checks import DataVersion

_CARD, _CHANGELOG = "dataset_card.md", "CHANGELOG.md"
_HEADING = re.compile(r"(\S+) \((\d{4}-\d{2}-\d{2})\)")
# Images and tables are large files on the Hub; everything else stays readable in git.
GITATTRIBUTES = "".join(
    f"*.{extension} filter=lfs diff=lfs merge=lfs -text\n" for extension in ("parquet", "png")
)
LICENSE = f"""\
The Slash dataset is licensed under the Creative Commons Attribution 4.0
International License (CC BY 4.0):
https://creativecommons.org/licenses/by/4.0/legalcode

Attribution: Sophie Searcy, "Slash dataset: A toy dataset that stymies most
non-convolutional models", 2019, {HOMEPAGE}

What was changed: the configs `original` (rounded to 8 bits) and
`original-float64` (exact) hold the 2019 release. All other configs are new
images in its manner, drawn by the slash-dataset package.
"""


@dataclass(frozen=True)
class Sources:
    """The files of the project from which a release is made.

    Attributes
    ----------
    card : pathlib.Path
        The template of the dataset card.
    changelog : pathlib.Path
        The changelog of the data.
    results : pathlib.Path
        The benchmark's results.
    root : pathlib.Path or None
        The checkout that they are in, inside which nothing is built; None for a wheel.
    """

    card: Path
    changelog: Path
    results: Path
    root: Path | None = None

    @classmethod
    def find(cls) -> Sources:
        """Return the files of this package: those of the wheel, or of the checkout it runs from.

        Raises
        ------
        FileNotFoundError
            If a file is missing.
        """
        package = Path(__file__).resolve().parent
        packed, root = package / "sources", package.parents[1]
        found = cls(packed / _CARD, packed / _CHANGELOG, packed / "results.json")
        if not packed.is_dir():
            results = root / "docs" / "benchmark" / "results.json"
            found = cls(root / _CARD, root / _CHANGELOG, results, root)
        for path in (found.card, found.changelog, found.results):
            if not path.is_file():
                raise FileNotFoundError(
                    f"{path} is missing: a release is built from a wheel of slash-dataset, or from "
                    "a checkout of the project"
                )
        return found


@dataclass(frozen=True)
class Entry:
    """The changelog entry of one version of the data.

    Attributes
    ----------
    version : DataVersion
    date : datetime.date
        Of the release.
    text : str
        Markdown, never empty.
    """

    version: DataVersion
    date: datetime.date
    text: str


def read_changelog(path: Path) -> list[Entry]:
    """Read all entries, newest first.

    Parameters
    ----------
    path : pathlib.Path
        A Markdown file with a heading ``## X.Y.Z (YYYY-MM-DD)`` for each version.

    Returns
    -------
    list of Entry

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    ValueError
        If a heading has another form, an entry is empty, or the order is wrong.
    """
    entries = []
    for section in re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.M)[1:]:
        heading, _, text = section.partition("\n")
        match = _HEADING.fullmatch(heading.strip())
        if match is None:
            raise ValueError(
                f"{path.name} has the heading {heading.strip()!r}; every entry begins with "
                "'## X.Y.Z (YYYY-MM-DD)'"
            )
        if not text.strip():
            raise ValueError(f"{path.name} says nothing about version {match[1]}")
        date = datetime.date.fromisoformat(match[2])
        entries.append(Entry(DataVersion.parse(match[1]), date, text.strip()))
    for newer, older in pairwise(entries):
        if newer.version <= older.version:
            raise ValueError(
                f"{path.name} has {newer.version} above {older.version}; versions must be unique, "
                "newest first"
            )
    return entries


def entries_up_to(path: Path, version: DataVersion) -> list[Entry]:
    """Return the entries of a version and of all versions before it, newest first.

    Raises
    ------
    ValueError
        If the version has no entry.
    """
    entries = read_changelog(path)
    if version not in [entry.version for entry in entries]:
        known = ", ".join(str(entry.version) for entry in entries) or "none"
        raise ValueError(
            f"version='{version}' has no entry in {path.name} (there: {known}); describe its "
            f"changes there, below the heading '## {version} (YYYY-MM-DD)'"
        )
    return [entry for entry in entries if entry.version <= version]


def citation_cff(entry: Entry, repository: str | None) -> str:
    """Return ``CITATION.cff`` (citation-file-format.github.io, 1.2.0) for a version of the data.

    Parameters
    ----------
    entry : Entry
        Of the changelog, for version and date.
    repository : str or None
        The dataset's address on the Hub.

    Returns
    -------
    str
        YAML.
    """
    import yaml

    author = {"family-names": "Searcy", "given-names": "Sophie"}
    title = "Slash dataset: A toy dataset that stymies most non-convolutional models"
    document = {
        "cff-version": "1.2.0",
        "message": "If you use this dataset, please cite the post that introduced it.",
        "type": "dataset",
        "title": title,
        "abstract": " ".join(DESCRIPTION.split()),
        "authors": [author],
        "license": "CC-BY-4.0",
        "url": HOMEPAGE,
        "version": str(entry.version),
        "date-released": entry.date,
        "preferred-citation": {
            "type": "blog",
            "title": title,
            "authors": [dict(author)],  # one author twice would be an alias in YAML
            "year": 2019,
            "month": 5,
            "url": HOMEPAGE,
        },
    }
    if repository is not None:
        document["repository"] = repository
    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100))
