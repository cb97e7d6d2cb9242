"""Versions of the data: three numbers, a tag, and which step may follow which."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

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


def check_step(version: DataVersion, newest: DataVersion, data_changed: bool) -> None:
    """Refuse a version that must not follow the newest one.

    Parameters
    ----------
    version : DataVersion
        What is to be released.
    newest : DataVersion
        The highest version that has been released.
    data_changed : bool
        Whether any pixel, label, row or config differs between the two.

    Raises
    ------
    ValueError
        If `version` is not higher, or is only a patch although the data changed.

    Examples
    --------
    >>> check_step(DataVersion(1, 0, 1), DataVersion(1, 0, 0), data_changed=True)
    Traceback (most recent call last):
    ValueError: version='1.0.1' is not allowed: the data differs from v1.0.0, and ...
    """
    if version <= newest:
        raise ValueError(
            f"version='{version}' is not allowed: {newest.tag} has been released, and a new "
            "version must be higher"
        )
    if data_changed and version[:2] == newest[:2]:
        raise ValueError(
            f"version='{version}' is not allowed: the data differs from {newest.tag}, and a patch "
            f"never changes data; the least is {newest.major}.{newest.minor + 1}.0"
        )
