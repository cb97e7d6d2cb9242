"""The manifest of an export with independent shards: its identity and its contents.

``manifest.json`` is written last and declares the export complete. It has the identity, the
versions of the libraries that determine bytes, and for each shard its rows, its size, and the
SHA-256 of the file and of the decoded arrays.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import Any, TypedDict

from ..about import __version__
from ..checks import check_bool, check_path
from ..configs import PARAMETERS, Config, resolve_config
from ..foreign import is_of, parse_json
from ..identity import config_identity
from ..shards import Shard
from ..splits import open_splits
from ..workers import Workers
from ._places import PARTIAL, File, Place, open_place
from .layout import Layout, PathLike, find_layout

MANIFEST = "manifest.json"

Record = Mapping[str, Any]
"""Of a shard: a :class:`StoredShard`."""


class _StoredFile(TypedDict):
    bytes: int
    sha256: str


class StoredShard(_StoredFile):
    """A shard's first row and the one after its last, its size, and SHA-256s."""

    rows: list[int]
    images: str
    labels: str


class _StoredSplits(TypedDict):
    train: Mapping[str, StoredShard]
    test: Mapping[str, StoredShard]


class _Header(TypedDict):
    identity: str
    values: Mapping[str, Any]
    libraries: Mapping[str, str]


class _Manifest(_Header):
    shards: _StoredSplits
    files: Mapping[str, _StoredFile]


def libraries_of(layout: Layout) -> dict[str, str]:
    """Return the versions that determine the bytes of a layout's shards."""
    return {"slash-dataset": __version__} | {name: version(name) for name in layout.shards or ()}


def rows_of(shard: Shard) -> list[int]:
    """Return the start and stop of a shard's rows, as a record has them."""
    return [shard.rows.start, shard.rows.stop]


@dataclass(frozen=True)
class Whole:
    """A complete export: a config in a layout, with a value for every option."""

    layout: Layout
    config: Config
    options: Mapping[str, Any]

    @classmethod
    def of_values(cls, values: Mapping[str, Any]) -> Whole:
        """Return the export with these identity values, which were read from a file."""
        layout = find_layout(values.get("layout", ""))
        given = {name: value for name, value in values.items() if name in PARAMETERS}
        options = {
            name: each.check(name, values.get(name)) for name, each in layout.options.items()
        }
        if layout.shards is None:
            raise ValueError(f"layout {layout.name!r} has no independent shards")
        return cls(layout, resolve_config(values.get("config", ""), **given), options)

    @cached_property
    def plans(self) -> dict[str, list[Shard]]:
        """The shards of each split."""
        writer, splits = self.layout.writer(), open_splits(self.config)
        return {name: writer.plan(split, **self.options) for name, split in splits.items()}

    @cached_property
    def header(self) -> dict[str, Any]:
        """The head of a manifest; in an unfinished place, it says what the place will hold."""
        return {
            "identity": self._identity.text,
            "fingerprint": self._identity.fingerprint,
            "values": dict(self._identity.values),
            "libraries": libraries_of(self.layout),
        }

    @cached_property
    def _identity(self) -> Any:
        return config_identity(self.config, layout=self.layout.name, **self.options)

    def texts(self) -> dict[str, bytes]:
        """Return the layout's own files beside the shards."""
        writer = self.layout.writer()
        if not hasattr(writer, "files_beside"):
            return {}
        return dict(writer.files_beside(open_splits(self.config), self.plans))

    def manifest(self, records: Mapping[str, Record], texts: Mapping[str, bytes]) -> bytes:
        """Return the manifest: the records of all shards, by name, and all other files."""
        files = {
            name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in texts.items()
        }
        shards = {
            split: {shard.name: records[shard.name] for shard in plan}
            for split, plan in self.plans.items()
        }
        whole = self.header | {"shards": shards, "files": files}
        return (json.dumps(whole, indent=1) + "\n").encode()

    def difference(self, header: Mapping[str, Any]) -> str | None:
        """Return the first difference of a stored header from this one, or None."""
        found: str | None = self._identity.difference(header["values"])
        for name, number in self.header["libraries"].items():
            other = header["libraries"].get(name)
            if found is None and other != number:
                found = f"it was made with {name} {other}, not {number}"
        return found


def read_json(place: Place, name: str) -> Any:
    """Read a manifest or a header.

    Raises
    ------
    ValueError
        If it is damaged.
    """
    try:
        document = parse_json(place.read_all([name])[name])
        if not is_of(document, _Manifest if name == MANIFEST else _Header):
            raise ValueError("it lacks what an export writes")
    except (ValueError, KeyError) as error:
        raise ValueError(f"{name} in {place.dest} is damaged: {error}") from None
    return document


@dataclass(frozen=True)
class Check:
    """A file of a place, to compare with its record."""

    dest: str
    file: str
    name: str
    record: Record

    def __str__(self) -> str:
        return f"comparing {self.name}"

    def difference_of_size(self, found: Mapping[str, File]) -> str | None:
        """Return the difference that the list of files shows, or None."""
        if self.file not in found:
            return f"{self.name} is missing"
        size, right = found[self.file].size, self.record["bytes"]
        return None if size == right else f"{self.name} has {size:,} bytes, not {right:,}"


def difference_of_bytes(check: Check) -> str | None:
    """Read a file a megabyte at a time; return its difference from its record, or None."""
    found, right = open_place(check.dest).sha256(check.file), check.record["sha256"]
    return None if found == right else f"{check.name} has SHA-256 {found}, not {right}"


def verify_folder(
    folder: PathLike,
    *,
    num_proc: int = 1,
    engine: str = "local",
    address: str | None = None,
    progress: bool = False,
) -> Iterator[tuple[str, str | None]]:
    """Compare every file of an export with its manifest, and the manifest with its identity.

    Parameters
    ----------
    folder : path-like
        A folder with a ``manifest.json``, or its URL. Nothing is written there.
    num_proc, engine, address
        Which workers read, see :class:`~slash_dataset.workers.Workers`.
    progress : bool
        Show a progress bar on standard error.

    Yields
    ------
    part : str
        "train", "test" and "other files".
    difference : str or None
        The first difference, in the order of the rows, or None.

    Raises
    ------
    FileNotFoundError
        If there is no manifest, so no complete export with shards.
    ValueError
        If the manifest is damaged, or its version draws other rows.
    JobError
        If a file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> from slash_dataset.export import parquet
    >>> dest = parquet(tempfile.mkdtemp() + "/slash")
    >>> list(verify_folder(dest))
    [('train', None), ('test', None), ('other files', None)]
    """
    from tqdm import tqdm

    check_bool("progress", progress)
    workers = Workers(num_proc, engine, address)
    place = open_place(check_path("folder", folder))
    found = place.files()
    if MANIFEST not in found:
        inner = [name for name in found if name.endswith(f"/{MANIFEST}")]
        hint = f"; there is one in {inner[0].rpartition('/')[0]}" if inner else ""
        raise FileNotFoundError(f"folder={str(folder)!r} has no {MANIFEST}{hint}")
    manifest = read_json(place, MANIFEST)
    try:
        whole = Whole.of_values(manifest["values"])
        difference = whole.difference(manifest | {"libraries": whole.header["libraries"]})
        plans = whole.plans
    except ValueError as error:
        difference = str(error)
    if difference is not None:
        raise ValueError(
            f"folder={str(folder)!r} holds rows that this version does not draw: {difference}"
        )

    parts = {split: manifest["shards"][split] for split in plans}
    parts["other files"] = manifest["files"]
    listed = {name: record for part in parts.values() for name, record in part.items()}
    checks = [Check(place.dest, name, name, record) for name, record in listed.items()]
    wrong = {check.name: check.difference_of_size(found) for check in checks}
    right_sizes = [check for check in checks if wrong[check.name] is None]
    unlisted = [
        name
        for name in sorted(found)
        if name not in listed and name != MANIFEST and not name.startswith(PARTIAL)
    ]
    wrong |= {name: f"{name} is not listed in {MANIFEST}" for name in unlisted}
    wrong |= {
        shard.name: f"{MANIFEST} does not list {shard}"
        for split, plan in plans.items()
        for shard in plan
        if parts[split].get(shard.name, {}).get("rows") != rows_of(shard)
    }
    parts["other files"] |= {name: {} for name in unlisted}
    with tqdm(
        total=sum(check.record["bytes"] for check in right_sizes),
        unit="B",
        unit_scale=True,
        disable=not progress,
    ) as bar:
        for check, difference, _ in workers.map(difference_of_bytes, right_sizes):
            wrong[check.name] = wrong[check.name] or difference
            bar.update(check.record["bytes"])
    for part, names in parts.items():
        order = [s.name for s in plans.get(part, ())] or names
        yield part, next((wrong[name] for name in order if wrong.get(name)), None)
