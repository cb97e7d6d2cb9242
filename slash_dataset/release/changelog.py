"""The changelog of the data: ``CHANGELOG.md``, one entry a version, the newest first."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from .versions import DataVersion

_HEADING = re.compile(r"(\S+) \((\d{4}-\d{2}-\d{2})\)")


@dataclass(frozen=True)
class Entry:
    """What one version of the data brought.

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
    """Read all entries, the newest first.

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
        If there is no such file.
    ValueError
        If a heading is not of that form, an entry is empty, or the order is wrong.
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
                f"{path.name} has {newer.version} above {older.version}; the newest comes first, "
                "and every version once"
            )
    return entries


def entries_up_to(path: Path, version: DataVersion) -> list[Entry]:
    """Return the entry of a version and those of all versions before it, the newest first.

    Raises
    ------
    ValueError
        If the version has no entry.
    """
    entries = read_changelog(path)
    if version not in [entry.version for entry in entries]:
        known = ", ".join(str(entry.version) for entry in entries) or "none"
        raise ValueError(
            f"version='{version}' has no entry in {path.name} (there: {known}); say there what it "
            f"brings, below the heading '## {version} (YYYY-MM-DD)'"
        )
    return [entry for entry in entries if entry.version <= version]
