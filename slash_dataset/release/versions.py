"""Versions of the data: three numbers, a tag, and which step may follow which."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

_NUMBERS = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


class DataVersion(NamedTuple):
    """A semantic version (semver.org, without suffixes) of the data.

    Examples
    --------
    >>> DataVersion.parse("1.10.0") > DataVersion.parse("1.9.3")
    True
    >>> DataVersion.parse("1.0")
    Traceback (most recent call last):
    ValueError: version='1.0' is not allowed: a version is three numbers, for example 1.0.0
    """

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> DataVersion:
        """Read a version such as "1.0.0".

        Raises
        ------
        ValueError
            If it is anything else.
        """
        match = _NUMBERS.fullmatch(text)
        if match is None:
            raise ValueError(
                f"version={text!r} is not allowed: a version is three numbers, for example 1.0.0"
            )
        return cls(*map(int, match.groups()))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    @property
    def tag(self) -> str:
        """The name of the version's tag on the Hub."""
        return f"v{self}"


def released_versions(tags: Iterable[str]) -> list[DataVersion]:
    """Return the versions among some tags, the newest first; other tags are nobody's version.

    Examples
    --------
    >>> [str(version) for version in released_versions(["v1.2.0", "v1.10.0", "draft", "v2"])]
    ['1.10.0', '1.2.0']
    """
    names = [tag.removeprefix("v") for tag in tags if tag.startswith("v")]
    return sorted((DataVersion.parse(n) for n in names if _NUMBERS.fullmatch(n)), reverse=True)


def check_step(version: DataVersion, newest: DataVersion, change: DataChange) -> None:
    """Refuse a version that must not follow the newest one.

    Parameters
    ----------
    version : DataVersion
        What is to be released.
    newest : DataVersion
        The highest version that has been released.
    change : DataChange
        Between the data of the two.

    Raises
    ------
    ValueError
        If `version` is not higher, or its step is too small for the change.

    Examples
    --------
    >>> change = DataChange("minor", "config long is new")
    >>> check_step(DataVersion(1, 0, 1), DataVersion(1, 0, 0), change)
    Traceback (most recent call last):
    ValueError: version='1.0.1' is not allowed: config long is new since v1.0.0, which takes ...
    """
    if version <= newest:
        raise ValueError(
            f"version='{version}' is not allowed: {newest.tag} has been released, and a new "
            "version must be higher"
        )
    least = {
        "major": DataVersion(newest.major + 1, 0, 0),
        "minor": DataVersion(newest.major, newest.minor + 1, 0),
        "patch": DataVersion(newest.major, newest.minor, newest.patch + 1),
    }[change.step]
    if version < least:
        raise ValueError(
            f"version='{version}' is not allowed: {change.what} since {newest.tag}, which takes a "
            f"{change.step} version; the least is {least}"
        )


@dataclass(frozen=True)
class DataChange:
    """How far the data of two versions differ.

    Attributes
    ----------
    step : str
        "major", "minor" or "patch": what the change takes.
    what : str
        The first change that takes it.
    """

    step: str
    what: str


def data_change(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> DataChange:
    """Compare what two ``checksums.json`` say of their data.

    Code that reads a version must also read the next minor one and get the same pixels.

    Parameters
    ----------
    before : mapping or None
        Of the older version; None if it has none, so that all of its data counts as other data.
    after : mapping
        Of the newer one.

    Examples
    --------
    >>> one = {"configs": {"a": {"splits": {"train": {"images": "1"}}}}}
    >>> data_change(one, {"configs": {**one["configs"], "b": {"splits": {}}}})
    DataChange(step='minor', what='config b is new')
    >>> data_change(one, {"configs": {}})
    DataChange(step='major', what='config a is gone')
    """
    if before is None:
        return DataChange("major", "it has no checksums.json, so all data counts as changed")
    old, new = before["configs"], after["configs"]
    for name in old:
        if name not in new:
            return DataChange("major", f"config {name} is gone")
        was, now = old[name]["splits"], new[name]["splits"]
        for split in [*was, *now]:
            if was.get(split) != now.get(split):
                return DataChange("major", f"{name}/{split} has other rows, pixels or labels")
    for name in new:
        if name not in old:
            return DataChange("minor", f"config {name} is new")
    return DataChange("patch", "no data has changed")
