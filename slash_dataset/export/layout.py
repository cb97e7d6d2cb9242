"""The table of layouts, and :func:`export`, which writes any of them.

A layout is one record of :data:`LAYOUTS` and the module it names, which writes the files. The table
is only data, so that help texts and documents can be made from it without any of the writing
libraries.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, cast

from ..checks import (
    MAX_SHARD_BYTES,
    SHARD_BYTES,
    Bounds,
    check_bool,
    check_choice,
    find,
    unknown_name,
)
from ..configs import PARAMETERS, Config, ConfigName, check_dtype, resolve_config
from ..destinations import new_file, new_folder
from ..extras import require
from ..workers import Workers
from ._places import check_destination, is_url, open_place
from ._readers import READERS, TFDS_PART, Reader

LayoutName = Literal[
    "imagefolder", "mnist", "tfds", "tfds-array-record", "webdataset", "npz", "parquet", "csv"
]
"""The names of :data:`LAYOUTS`, for type checkers."""

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class Option:
    """An argument that only some layouts take.

    Attributes
    ----------
    default : object
    allowed : Bounds or tuple of str
    help : str
        A short description.
    """

    default: Any
    allowed: Bounds | tuple[str, ...]
    help: str

    def check(self, name: str, value: Any) -> Any:
        """Return `value`, or raise a ValueError that says what is allowed."""
        if isinstance(self.allowed, Bounds):
            return self.allowed.check(name, value)
        return check_choice(name, value, self.allowed)


_SHARDED: dict[str, Option] = {
    "max_shard_bytes": Option(MAX_SHARD_BYTES, SHARD_BYTES, "upper bound on the bytes of a shard")
}


@dataclass(frozen=True)
class Layout:
    """One way to store a dataset in files.

    Attributes
    ----------
    name : str
    module : str
        The module of this package that writes it: with ``write(folder, watch)``, or, if shards are
        independent, with ``plan(split)``, ``write_shard(path, rows)`` and, if need be,
        ``files_beside(splits, plans)``, which returns the files that accompany the shards. The
        first three also take the layout's options. If the layout has a `part`, ``shared_files()``
        returns what the parts share.
    files : str
        The files, in one line.
    note : str
        Who it is for.
    readers : mapping of str to Reader
        The code that reads the folder, for each common tool.
    dtypes : tuple of str
        The pixel types that it can hold.
    shards : tuple of str, optional
        For independent shards: the packages whose versions determine their bytes.
    needs : str
        The module it needs from the extra "export", if any.
    options : mapping of str to Option
    part : str
        If `dest` may hold other datasets too: the folder in it that belongs to this one.
    max_rows : int, optional
        Upper bound on the rows of a split.
    sharing : str
        If the workers of a loader cannot share a shard: advice with the `max_bytes` of a shard that
        makes `count` shards of each split.
    """

    name: str
    module: str
    files: str
    note: str
    readers: Mapping[str, Reader]
    dtypes: tuple[str, ...] = ("uint8",)
    shards: tuple[str, ...] | None = None
    needs: str = ""
    options: Mapping[str, Option] = field(default_factory=dict)
    part: str = ""
    max_rows: int | None = None
    sharing: str = ""

    @property
    def function(self) -> str:
        """The name of its function in :mod:`slash_dataset.export`."""
        return self.name.replace("-", "_")

    def writer(self) -> Any:
        """Import and return the module that writes it."""
        return import_module(f"{__package__}.{self.module}")


_ANY_PIXELS = ("uint8", "float64")

LAYOUTS: Mapping[str, Layout] = {
    layout.name: layout
    for layout in (
        Layout(
            "imagefolder",
            module="_imagefolder",
            files="{train,test}/{backslash,slash}/000000.png",
            note="a file is named by its row",
            readers=READERS["imagefolder"],
        ),
        Layout(
            "mnist",
            module="_mnist",
            files="Slash/raw/{train,t10k}-{images-idx3,labels-idx1}-ubyte, and .gz",
            note="MNIST's IDX files, plain and gzipped",
            readers=READERS["mnist"],
            max_rows=2**32 - 1,
        ),
        Layout(
            "tfds",
            module="_tfds",
            files=f"{TFDS_PART}/ with TFRecord shards",
            note="for `tfds.load`",
            readers=READERS["tfds"],
            shards=(),
            needs="google_crc32c",
            options=_SHARDED,
            part=TFDS_PART,
        ),
        Layout(
            "tfds-array-record",
            module="_tfds_array_record",
            files=f"{TFDS_PART}/ with ArrayRecord shards",
            note="for `tfds.data_source` and Grain",
            readers=READERS["tfds-array-record"],
            shards=("array-record",),
            needs="array_record.python.array_record_module",
            options=_SHARDED,
            part=TFDS_PART,
        ),
        Layout(
            "webdataset",
            module="_webdataset",
            files="slash-{train,test}-000000.tar: .png, .cls, .json",
            note="tar shards, read sequentially",
            readers=READERS["webdataset"],
            shards=("webdataset",),
            needs="webdataset",
            options=_SHARDED,
            sharing=(
                "Each worker of a loader needs its own shard, or webdataset raises an "
                "error. For up to {count} workers, export with `--max-shard-bytes {max_bytes}` "
                "(in Python, `max_shard_bytes={max_bytes}`)."
            ),
        ),
        Layout(
            "npz",
            module="_npz",
            files="slash_data.npz",
            note="NumPy arrays; for `original`, the published file",
            readers=READERS["npz"],
            dtypes=_ANY_PIXELS,
        ),
        Layout(
            "parquet",
            module="_parquet",
            files="{train,test}/{train,test}-00000-of-00001.parquet",
            note="tables for data frames and SQL",
            readers=READERS["parquet"],
            dtypes=_ANY_PIXELS,
            shards=("pyarrow", "datasets"),
            options={
                "encoding": Option(
                    "flat",
                    ("flat", "png", "array"),
                    "form of an image in a table; flat: a list of pixels",
                )
            }
            | _SHARDED,
        ),
        Layout(
            "csv",
            module="_csv",
            files="{train,test}/{train,test}.csv: label,pixel0,pixel1,...",
            note="one line per row",
            readers=READERS["csv"],
            dtypes=_ANY_PIXELS,
        ),
    )
}
"""Every layout by name, in the order used by all lists."""


def options_of_layouts() -> dict[str, tuple[Option, list[str]]]:
    """Return every option by name, with the layouts that take it."""
    found: dict[str, tuple[Option, list[str]]] = {}
    for layout in LAYOUTS.values():
        for name, option in layout.options.items():
            found.setdefault(name, (option, []))[1].append(layout.name)
    return found


def find_layout(name: str) -> Layout:
    """Return the layout of that name.

    Raises
    ------
    ValueError
        If there is none; the message lists those that exist and suggests the nearest.

    Examples
    --------
    >>> find_layout("parqet")
    Traceback (most recent call last):
    ValueError: layout 'parqet' is unknown; did you mean 'parquet'? Layouts: imagefolder, ...
    """
    return find("layout", name, LAYOUTS)


def export(
    layout: LayoutName,
    dest: PathLike,
    config: ConfigName = "original",
    *,
    force: bool = False,
    progress: bool = False,
    num_proc: int = 1,
    engine: str = "local",
    address: str | None = None,
    check: bool = False,
    **params: Any,
) -> Path:
    """Write a config to a folder in a form that a framework reads without this package.

    Layouts of independent shards (parquet, webdataset, and those of TFDS) have a ``manifest.json``,
    which declares them complete. If such an export is interrupted, the same call resumes it; run on
    a complete one, it remakes damaged files.

    Parameters
    ----------
    layout : str
        One of :data:`LAYOUTS`.
    dest : path-like
        The folder to make. Layouts of independent shards also take a URL that `fsspec` opens, such
        as ``s3://bucket/slash``.
    config : str
        A config, see :data:`slash_dataset.CONFIG_NAMES`. Layouts of 8-bit pixels hold all except
        "original-float64".
    force : bool
        Replace `dest` if it is a folder that is not empty. A ``data_dir`` of TensorFlow Datasets
        may hold other datasets: only ``slash/CONFIG/VERSION`` in it is replaced.
    progress : bool
        Show a progress bar on standard error.
    num_proc, engine, address
        Which workers make the shards, see :class:`~slash_dataset.workers.Workers`; the bytes are
        always the same. Other layouts are written by this process alone.
    check : bool
        On a URL, also read existing files whose size and stored checksum are right.
    **params
        The layout's own options:

        - `max_shard_bytes` (tfds, tfds-array-record, webdataset, parquet), int: upper bound on the
          bytes of a shard, counted before compression; 100,000,000 by default
        - `encoding` (parquet), str: the form of `image`: "flat", a list of the H * W pixels in
          row-major order, for data frames and SQL; "png" or "array" (a list of lines), as on the
          Hugging Face Hub

        and, for drawn configs, `num_train`, `num_test`, `seed` and the parameters of
        :class:`~slash_dataset.variants.Variant`.

    Returns
    -------
    pathlib.Path
        `dest`; a URL is returned as the str that was given.

    Raises
    ------
    ImportError
        If the layout, the URL or Ray needs a library that is not installed; the message names it.
    ValueError
        If an argument is unknown, out of range or not one of the layout's; raised before any work
        starts.
    OSError
        If `dest` exists (FileExistsError, NotADirectoryError) or cannot be written, if the disk is
        full or too small for the rows, or if a shard cannot be made
        (:class:`~slash_dataset.workers.JobError`). Then only whole shards are left at `dest`.

    Examples
    --------
    >>> import tempfile
    >>> dest = export("csv", tempfile.mkdtemp() + "/slash", "long", num_train=3, num_test=1)
    >>> (dest / "train" / "train.csv").read_text()[:27]
    'label,pixel0,pixel1,pixel2,'
    """
    record = find_layout(layout)
    options, params = _split(record, params)
    resolved = _checked_config(record, resolve_config(config, **params))
    check_bool("force", force)
    check_bool("progress", progress)
    check_bool("check", check)
    workers = Workers(num_proc, engine, address)
    _refuse_sharing(record, dest, workers, check, force)
    target: Any = dest if is_url(dest) else check_destination(dest)
    if record.needs:
        require(record.needs, "export")
    # Bad input is refused before NumPy and Arrow are imported.
    from ._writing import write_unsharded

    part = record.part.replace("CONFIG", resolved.name)
    if record.shards is None:
        with new_folder(target / part, force=force) as folder:
            write_unsharded(folder, record, resolved, options, progress)
        return cast(Path, target)
    from ._manifest import Whole
    from ._shards import write_export

    whole = Whole(record, resolved, options)
    final = f"{str(target).rstrip('/')}/{part}".rstrip("/")
    with new_folder(final, force=True) if force else nullcontext(final) as where:
        write_export(whole, dest, open_place(where), workers, check, progress)
    for name, data in record.writer().shared_files().items() if part else ():
        with suppress(FileExistsError):
            if is_url(dest):
                open_place(dest).write(name, data, exclusive=True)
            else:
                with new_file(target / name) as path:
                    path.write_bytes(data)
    return cast(Path, target)


def _refuse_sharing(
    layout: Layout, dest: PathLike, workers: Workers, check: bool, force: bool
) -> None:
    """Refuse what only layouts of independent shards can do, and what URLs cannot."""
    if is_url(dest) and force:
        raise ValueError(
            f"force=True is not allowed for a URL: remove what is at {dest} or give another URL"
        )
    asked = asdict(workers) | {"check": check, "dest": dest if is_url(dest) else None}
    usual = asdict(Workers()) | {"check": False, "dest": None}
    for name, value in asked.items():
        if layout.shards is None and value != usual[name]:
            others = ", ".join(name for name, other in LAYOUTS.items() if other.shards is not None)
            raise ValueError(
                f"{name}={value!r} is not allowed: layout {layout.name!r} has no independent "
                f"shards; one process writes {layout.files} sequentially; "
                f"layouts with independent shards: {others}"
            )


def _split(layout: Layout, given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split keywords into the layout's options, checked and complete, and a config's parameters."""
    known = options_of_layouts()
    for name, value in given.items():
        if name not in PARAMETERS and name not in layout.options:
            if name in known:
                raise ValueError(
                    f"{name}={value!r} is not allowed: it is not an option of layout "
                    f"{layout.name!r}; layouts that take it: {', '.join(known[name][1])}"
                )
            raise unknown_name("parameter", name, [*layout.options, *PARAMETERS])
    options = {
        name: option.check(name, given.get(name, option.default))
        for name, option in layout.options.items()
    }
    return options, {name: value for name, value in given.items() if name not in options}


def _checked_config(layout: Layout, config: Config) -> Config:
    *most, last = (other.name for other in LAYOUTS.values() if config.dtype in other.dtypes)
    check_dtype(
        config,
        layout.dtypes,
        f"layout {layout.name!r} holds 8-bit pixels, and this config has {{dtype}} pixels; use "
        f"config 'original', or one of the layouts {', '.join(most)} and {last}",
    )
    for split, num_rows in config.num_rows.items():
        if layout.max_rows is not None and num_rows > layout.max_rows:
            raise ValueError(
                f"num_{split}={num_rows} is out of range: layout {layout.name!r} takes at most "
                f"{layout.max_rows} rows per split"
            )
    return config


def progress_bar(layout: Layout, config: Config, shown: bool, done: int = 0) -> Any:
    """Return a bar on standard error that counts rows, some of them already done."""
    from tqdm import tqdm

    return tqdm(
        total=sum(config.num_rows.values()),
        initial=done,
        desc=f"{config.name} as {layout.name}",
        unit=" rows",
        disable=not shown,
    )
