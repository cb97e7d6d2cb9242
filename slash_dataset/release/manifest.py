"""The contents of a release folder: files, decoded arrays, and ``checksums.json`` for both.

An opened folder is checked against its own checksums of files and decoded arrays.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

from ..about import DRAW_VERSION
from ..checksums import Checksums, RunningChecksum
from ..configs import PARAMETERS, Config
from ..foreign import is_of, parse_json, read_bytes
from ..shards import GROUP_ROWS
from ..variants import CLASSES
from .checks import DataVersion

CHECKSUMS_NAME = "checksums.json"
GRAY_LEVELS = 256
_CHUNK_BYTES = 2**20
_SIZES = PARAMETERS["image_size"].metadata["bounds"]
# Many times what ours have in a group of rows.
_GROUP_BYTES = 2**27


@dataclass(frozen=True)
class FileDigest:
    """A file's size in bytes, its SHA-256, and its SHA-1 as a git blob."""

    size: int
    sha256: str
    blob_id: str

    @classmethod
    def of(cls, path: Path) -> FileDigest:
        """Read a file once and digest it."""
        size = path.stat().st_size
        sha256 = hashlib.sha256()
        # git-scm.com/book/en/v2/Git-Internals-Git-Objects; not used for security.
        blob = hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False)
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                sha256.update(chunk)
                blob.update(chunk)
        return cls(size, sha256.hexdigest(), blob.hexdigest())


Manifest = Mapping[str, FileDigest]
"""Every file of a folder, by its path there, with forward slashes."""


def manifest_of(folder: Path) -> dict[str, FileDigest]:
    """Digest every file below a folder, in order of path."""
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    # Windows would sort its paths without regard to case.
    in_order = sorted(files, key=lambda path: path.parts)
    return {path.as_posix(): FileDigest.of(folder / path) for path in in_order}


def manifest_sha256(manifest: Manifest) -> str:
    """Return one SHA-256 for all files: of the lines that ``sha256sum`` would print."""
    lines = [f"{file.sha256}  {path}\n" for path, file in sorted(manifest.items())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@dataclass(frozen=True)
class SplitContents:
    """One split, as read back from its shards.

    Attributes
    ----------
    checksums : dict
        `num_rows`, and the SHA-256 of `images` and `labels`.
    num_bytes : int
        Of the Arrow tables that the shards decode to: what `datasets` calls ``num_bytes``.
    file_bytes : int
        Of the shards themselves.
    histogram : tuple of int
        Number of pixels at each of the 256 gray levels; float64 pixels count as ``rint(255 * x)``.
    mean, std : float
        Of all pixels, from 0 (black) to 1 (white).
    class_counts : tuple of int
        Rows of each class.
    mean_image : ndarray of float64, shape (H, W)
        The mean of all images, as gray levels from 0 (black) to 255 (white).
    """

    checksums: Checksums
    num_bytes: int
    file_bytes: int
    histogram: tuple[int, ...]
    mean: float
    std: float
    class_counts: tuple[int, ...]
    mean_image: NDArray[np.float64] = field(compare=False)

    @property
    def num_rows(self) -> int:
        """The number of rows in the split."""
        return int(self.checksums["num_rows"])


Contents = Mapping[Config, Mapping[str, SplitContents]]
"""The contents of every split of some configs."""


def read_shards(paths: Sequence[Path]) -> SplitContents:
    """Decode the shards of a split from the files on disk.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        The shards, in the order of their rows.

    Returns
    -------
    SplitContents

    Raises
    ------
    ValueError
        If a file is not Parquet, has other columns, more rows in a group than ours have, or an
        image that is not 8-bit grayscale, or too large.
    """
    try:
        return _read_shards(paths)
    except Exception as error:  # what is in such files may be anything, and raise anything
        raise ValueError(str(error)) from error


def _read_shards(paths: Sequence[Path]) -> SplitContents:
    checksum, num_bytes = RunningChecksum(), 0
    histogram = np.zeros(GRAY_LEVELS, np.int64)
    class_counts = np.zeros(len(CLASSES), np.int64)
    sum_of_images: NDArray[np.int64] = np.zeros((), np.int64)
    # For each image, the sum of its pixels and of their squares.
    sums: list[float] = []
    squares: list[float] = []
    for table in _row_groups(paths):
        images, labels = _images(table.column("image")), table.column("label").to_numpy()
        checksum.update(images, labels)
        num_bytes += table.nbytes
        white = 255.0 if images.dtype == np.uint8 else 1.0
        gray = np.rint(255 / white * images).astype(np.uint8)
        histogram += np.bincount(gray.reshape(-1), minlength=GRAY_LEVELS)
        class_counts += np.bincount(labels, minlength=len(CLASSES))
        sum_of_images = sum_of_images + gray.sum(axis=0, dtype=np.int64)
        exact = images.reshape(len(images), -1).astype(np.float64)
        sums += exact.sum(axis=1).tolist()
        squares += np.square(exact).sum(axis=1).tolist()
    scale = 1 / int(histogram.sum())
    mean = math.fsum(sums) / white * scale
    return SplitContents(
        checksums=checksum.result(),
        num_bytes=num_bytes,
        file_bytes=sum(path.stat().st_size for path in paths),
        histogram=tuple(histogram.tolist()),
        mean=mean,
        std=math.sqrt(math.fsum(squares) / white**2 * scale - mean**2),
        class_counts=tuple(class_counts.tolist()),
        mean_image=sum_of_images / class_counts.sum(),
    )


def _row_groups(paths: Sequence[Path]) -> Iterator[pa.Table]:
    for path in paths:
        try:
            with pq.ParquetFile(path) as file:
                for number in range(file.num_row_groups):
                    group = file.metadata.row_group(number)
                    # A small file may declare any number of rows, and hold them.
                    numbers = max(group.column(i).num_values for i in range(group.num_columns))
                    size = max(group.total_byte_size, 8 * numbers)
                    if group.num_rows > GROUP_ROWS or size > _GROUP_BYTES:
                        raise ValueError(
                            f"{path.name} has a group of {group.num_rows:,} rows and {size:,} "
                            f"bytes, and {GROUP_ROWS:,} and {_GROUP_BYTES:,} are allowed"
                        )
                    yield file.read_row_group(number)
        except pa.ArrowInvalid as error:
            raise ValueError(f"{path.name} is not a Parquet file: {error}") from error


def _images(column: pa.ChunkedArray) -> NDArray[Any]:
    values = column.combine_chunks()
    values = getattr(values, "storage", values)  # of an extension type
    if pa.types.is_struct(values.type):
        return np.stack([_pixels(file) for file in values.field("bytes")])
    lines = values.flatten()
    pixels: NDArray[Any] = lines.flatten().to_numpy()
    return pixels.reshape(len(values), len(lines) // len(values), -1)


def _pixels(file: pa.Scalar) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(file.as_py())) as image:
        if image.mode != "L" or max(image.size) > _SIZES.high:
            raise ValueError(
                f"an image has mode {image.mode!r} and size {image.size}; 8-bit grayscale is 'L', "
                f"and images have at most {_SIZES.high} pixels in each direction"
            )
        return np.asarray(image)


def shard_paths(paths: Iterable[str], config: str, split: str) -> list[str]:
    """Return the shards of a split among some paths, in the order of their rows."""
    return sorted(p for p in paths if p.startswith(f"{config}/{split}-") and p.endswith(".parquet"))


def write_checksums(
    folder: Path,
    version: DataVersion,
    contents: Contents,
    repo_id: str | None,
) -> None:
    """Write ``checksums.json`` for all files in a folder."""
    document = {
        "version": str(version),
        "repo_id": repo_id,
        "draw_version": DRAW_VERSION,
        "note": (
            "SHA-256 throughout. images: the decoded pixels, C-contiguous and little-endian; "
            "labels: int64, little-endian; rows in their order. They stay the same whatever "
            "library wrote the Parquet files."
        ),
        "configs": {
            config.name: {
                "parameters": config.parameters,
                "splits": {name: split.checksums for name, split in splits.items()},
            }
            for config, splits in contents.items()
        },
        "files": {
            path: {"size": file.size, "sha256": file.sha256}
            for path, file in manifest_of(folder).items()
        },
    }
    text = json.dumps(document, indent=2) + "\n"
    (folder / CHECKSUMS_NAME).write_bytes(text.encode())


class _Config(TypedDict):
    parameters: Mapping[str, Any]
    splits: Mapping[str, Mapping[str, Any]]


class _File(TypedDict):
    sha256: str


class _Document(TypedDict):
    version: str
    configs: Mapping[str, _Config]
    files: Mapping[str, _File]


def read_checksums(path: Path) -> dict[str, Any]:
    """Read a ``checksums.json``.

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If it has another format.
    """
    try:
        document = parse_json(read_bytes(path))
    except ValueError as error:
        raise ValueError(f"{path.name} is damaged: {error}") from error
    if not is_of(document, _Document):
        raise ValueError(f"{path.name} is damaged: it lacks version, configs or files")
    return dict(document)


def data_sha256(document: Mapping[str, Any]) -> str:
    """Return one SHA-256 for all data of a version: equal if and only if no pixel or label differs.

    Parameters
    ----------
    document : mapping
        From :func:`read_checksums`.
    """
    splits = {name: config["splits"] for name, config in document["configs"].items()}
    text = json.dumps(splits, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class BuiltFolder:
    """A folder made by :func:`slash_dataset.release.build_folder`.

    Attributes
    ----------
    path : pathlib.Path
    manifest : dict of str to FileDigest
        Every file.
    checksums : dict
        The content of ``checksums.json``.
    """

    path: Path
    manifest: Manifest
    checksums: Mapping[str, Any]

    @property
    def version(self) -> DataVersion:
        """The version it was built as."""
        return DataVersion.parse(str(self.checksums["version"]))


def open_built(folder: str | os.PathLike[str]) -> BuiltFolder:
    """Open a release folder and check all of its files and decoded arrays.

    Raises
    ------
    ValueError
        If it is not a release folder, or differs from its ``checksums.json``.
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
                f"folder={str(folder)!r} differs from its {CHECKSUMS_NAME}: {what}: "
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
            yield path, f"it is not in {CHECKSUMS_NAME}"
        elif path not in built.manifest:
            yield path, "it is missing"
        else:
            found, right = built.manifest[path].sha256, recorded[path]["sha256"]
            yield path, None if found == right else f"SHA-256 is {found}, but {right} is recorded"


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
    differences = (
        f"{key} is {found.get(key)}, but should be {value}"
        for key, value in right.items()
        if found.get(key) != value
    )
    return next(differences, None)
