"""A release folder that stands: opened, and checked against its own checksums."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from .contents import read_shards
from .manifest import CHECKSUMS_NAME, Manifest, manifest_of, read_checksums, shard_paths
from .versions import DataVersion


@dataclass(frozen=True)
class BuiltFolder:
    """A folder as :func:`slash_dataset.release.build_folder` makes it.

    Attributes
    ----------
    path : pathlib.Path
    manifest : dict of str to FileDigest
        Every file.
    checksums : dict
        What ``checksums.json`` says.
    """

    path: Path
    manifest: Manifest
    checksums: Mapping[str, Any]

    @property
    def version(self) -> DataVersion:
        """The version that it was built as."""
        return DataVersion.parse(str(self.checksums["version"]))


def open_built(folder: str | os.PathLike[str]) -> BuiltFolder:
    """Open a release folder and check every file and every decoded array of it.

    Raises
    ------
    ValueError
        If it is no release folder, or not what its ``checksums.json`` says.
    """
    path = Path(os.path.expanduser(folder))
    if not (path / CHECKSUMS_NAME).is_file():
        raise ValueError(
            f"folder={str(folder)!r} is not allowed: it has no {CHECKSUMS_NAME}; build it with "
            "slash-dataset build"
        )
    built = BuiltFolder(path, manifest_of(path), read_checksums(path / CHECKSUMS_NAME))
    for what, difference in chain(compare_files(built), compare_arrays(built)):
        if difference is not None:
            raise ValueError(
                f"folder={str(folder)!r} is not what its {CHECKSUMS_NAME} says: {what}: "
                f"{difference}; build it again"
            )
    return built


def compare_files(built: BuiltFolder) -> Iterator[tuple[str, str | None]]:
    """Compare every file with the folder's ``checksums.json``.

    Yields
    ------
    path : str
    difference : str or None
    """
    recorded = built.checksums["files"]
    for path in sorted(recorded.keys() | built.manifest.keys() - {CHECKSUMS_NAME}):
        if path not in recorded:
            yield path, f"{CHECKSUMS_NAME} does not know it"
        elif path not in built.manifest:
            yield path, "it is missing"
        else:
            found, right = built.manifest[path].sha256, recorded[path]["sha256"]
            same = found == right
            yield path, None if same else f"SHA-256 is {found}, and {right} is recorded"


def compare_arrays(built: BuiltFolder) -> Iterator[tuple[str, str | None]]:
    """Decode every split and compare its pixels and labels with ``checksums.json``.

    Yields
    ------
    what : str
        The config and the split.
    difference : str or None
    """
    for name, config in built.checksums["configs"].items():
        for split, right in config["splits"].items():
            paths = shard_paths(built.manifest, name, split)
            what = f"{name}/{split}"
            if not paths:
                yield what, "it has no shards"
                continue
            try:
                found = read_shards([built.path / path for path in paths]).checksums
            except ValueError as error:
                yield what, str(error)
            else:
                yield what, difference_of(found, right)


def difference_of(found: Mapping[str, Any], right: Mapping[str, Any]) -> str | None:
    """Return the first difference between two checksums of a split, or None."""
    for key, value in right.items():
        if found.get(key) != value:
            return f"{key} is {found.get(key)}, and {value} is right"
    return None
