"""Measurements: as values, in JSON Lines files, and in one file for the benchmark."""

from __future__ import annotations

import functools
import html
import importlib.metadata
import json
import os
import platform
import statistics
import sys
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from ..about import DATA_VERSION, DRAW_VERSION, __version__
from ..checks import Bounds, check_choice, check_kind, check_path, iterates, shown
from ..extras import require
from ..foreign import (
    check_regular,
    is_of,
    parse_json,
    read_bytes,
    read_lines,
    record_of,
)
from .post_2019 import PUBLISHED, compare

SCHEMA_VERSION = 2
"""Of ``results.json``; it changes if a reader of older files would misread a newer one."""

Vary = Literal["data", "model", "both"]
"""What a seed changes: the train rows, the model's own randomness, or both."""

_LIBRARIES = ("numpy", "scikit-learn", "keras", "jax", "tensorflow", "torch", "matplotlib")
_BACKEND_LIBRARIES = ("jax", "tensorflow", "torch")

_CONFIDENCE = Bounds(0.5, 0.9999, "")

# Columns that distinguish runs of one group, or follow from the others.
_NOT_GROUPS = {
    "seed",
    "train_accuracy",
    "test_accuracy",
    "seconds",
    "num_parameters",
    "identity",
    "fingerprint",
    "device",
    "versions",
}


@dataclass(frozen=True)
class Evaluation:
    """The results of one model on one config, for each seed.

    Attributes
    ----------
    model : str
        Its name.
    config : str
        The config that it was trained and tested on.
    num_train, num_test : int
        Rows of the two splits.
    num_parameters : int or None
        Of the last fitted model, by the definitions of
        :func:`~slash_dataset.benchmark.post_2019.count_parameters`; None if unknown.
    seeds : tuple of (int or None)
        None for a deterministic model on fixed rows.
    train_accuracy, test_accuracy : tuple of float
        From 0 to 1, one for each seed.
    seconds : tuple of float
        Wall-clock time of fitting and predicting, one for each seed.
    params : dict
        Every parameter of the config, resolved to plain Python values; empty if it takes none.
    identity, fingerprint : str
        The config that was trained and tested on, see :mod:`slash_dataset.identity`.
    vary : str
        What a seed changes: "data", "model" or "both".
    tested_on : dict of str to tuple of float
        Accuracy on more configs, one for each seed, by their names and non-default parameters:
        "long", "standard noise=2.0".
    device : str
        The device that the model reports.
    versions : dict of str to str
        Of this package, the draw, Python, and the libraries in use.
    model_fingerprint : str
        See :func:`~slash_dataset.benchmark.adapters.fingerprint_of`; "" if unknown.
    predictions : dict of str to ndarray of int64, shape (seeds, rows)
        Predicted classes of the test rows, by the names in `tested_on`, if requested. They are
        neither compared nor written to JSON.
    """

    model: str
    config: str
    num_train: int
    num_test: int
    num_parameters: int | None
    seeds: tuple[int | None, ...]
    train_accuracy: tuple[float, ...]
    test_accuracy: tuple[float, ...]
    seconds: tuple[float, ...]
    params: Mapping[str, Any] = field(default_factory=dict)
    identity: str = ""
    fingerprint: str = ""
    vary: Vary = "model"
    tested_on: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    device: str = ""
    versions: Mapping[str, Any] = field(default_factory=dict)
    model_fingerprint: str = ""
    predictions: Mapping[str, NDArray[np.int64]] = field(
        default_factory=dict, compare=False, repr=False
    )

    @property
    def median_test_accuracy(self) -> float:
        """Median over the seeds."""
        return statistics.median(self.test_accuracy)

    @property
    def min_test_accuracy(self) -> float:
        """Of the worst seed."""
        return min(self.test_accuracy)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields except the predictions, with lists instead of tuples."""
        values = asdict(self)
        del values["predictions"]
        values["tested_on"] = {name: list(shares) for name, shares in self.tested_on.items()}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Evaluation:
        """Return the evaluation from the result of :meth:`to_dict`.

        Raises
        ------
        ValueError
            If a field is missing, unknown or of another type, or not every seed has its values.
        """
        found = record_of(cls, values)
        tested_on = {name: tuple(shares) for name, shares in found.tested_on.items()}
        of_seeds = (found.train_accuracy, found.test_accuracy, found.seconds, *tested_on.values())
        if not found.seeds or any(len(each) != len(found.seeds) for each in of_seeds):
            raise ValueError(f"seeds={found.seeds} is not allowed: each seed has its own values")
        return replace(found, tested_on=tested_on)

    def to_json(self) -> str:
        """Return one line of JSON."""
        return json.dumps(self.to_dict())

    def to_rows(self) -> list[dict[str, Any]]:
        """Return a flat dict for each seed, with a value for every parameter."""
        same = {
            "model": self.model,
            "config": self.config,
            **self.params,
            "num_train": self.num_train,
            "num_test": self.num_test,
            "identity": self.identity,
            "fingerprint": self.fingerprint,
            "vary": self.vary,
            "num_parameters": self.num_parameters,
            "device": self.device,
            "versions": ", ".join(f"{name} {version}" for name, version in self.versions.items()),
        }
        # The config's seed would otherwise have the name of the run's seed.
        if "seed" in same:
            same["data_seed"] = same.pop("seed")
        return [
            same
            | {
                "seed": seed,
                "train_accuracy": self.train_accuracy[i],
                "test_accuracy": self.test_accuracy[i],
                "seconds": self.seconds[i],
            }
            | {f"test_accuracy_{name}": shares[i] for name, shares in self.tested_on.items()}
            for i, seed in enumerate(self.seeds)
        ]

    def of_each_seed(self) -> list[Evaluation]:
        """Return an evaluation for each seed."""
        return [
            replace(
                self,
                seeds=(seed,),
                train_accuracy=self.train_accuracy[i : i + 1],
                test_accuracy=self.test_accuracy[i : i + 1],
                seconds=self.seconds[i : i + 1],
                tested_on={name: shares[i : i + 1] for name, shares in self.tested_on.items()},
                predictions={name: rows[i : i + 1] for name, rows in self.predictions.items()},
            )
            for i, seed in enumerate(self.seeds)
        ]

    def to_frame(self) -> Any:
        """Return a pandas DataFrame with one row for each seed.

        Its columns are those of :meth:`to_rows`: one for every parameter of the config (`data_seed`
        is the seed of its draws), `seed` (of the run), accuracies, and the identity.
        """
        return require("pandas", "benchmark").DataFrame(self.to_rows())

    def _repr_html_(self) -> str:
        frame = self.to_frame()
        shown = [name for name in frame if name == "seed" or "accuracy" in name] + ["seconds"]
        what = html.escape(f"{self.model} on {self.identity or self.config}")
        table = frame[shown].to_html(index=False, float_format="{:.3f}".format)
        return f"<p>{what}</p>\n{table}"


def check_leaderboard(path: str | os.PathLike[str], argument: str = "leaderboard") -> Path:
    """Raise the error that appending would raise, before any model is trained.

    Returns
    -------
    pathlib.Path
        The file, with all links resolved.

    Raises
    ------
    IsADirectoryError
        If `path` is a folder.
    FileNotFoundError
        If its folder does not exist, or it is a link to itself.
    PermissionError
        If it or its folder cannot be written.
    OSError
        If it is a pipe or a device, or its name is too long for the name of the lock beside it.
    """
    file = Path(os.path.realpath(check_path(argument, path)))
    if file.is_dir():
        raise IsADirectoryError(f"{argument}={str(path)!r} is a folder; give the path of a file")
    if file.is_symlink():
        raise FileNotFoundError(
            f"{argument}={str(path)!r} cannot be created: it is a link to itself"
        )
    if not file.parent.is_dir():
        raise FileNotFoundError(
            f"{argument}={str(path)!r} cannot be created: {str(file.parent)!r} is not a folder"
        )
    # The folder too, even if the file exists: the lock for appending is beside it.
    for place in (file, file.parent):
        if place.exists() and not os.access(place, os.W_OK):
            raise PermissionError(f"{argument}={str(path)!r}: {str(place)!r} is not writable")
    if file.exists():
        check_regular(file)
    with suppress(FileNotFoundError):  # the longest name used beside it
        file.with_name(f".{file.name}.sweep.lock").stat()
    return file


def append_line(path: str | os.PathLike[str], line: str) -> None:
    """Append one line; any number of threads and processes may share the file.

    If the last line has no end, because its writer was killed, it gets one first. The lock file
    ``.NAME.lock`` stays beside the leaderboard; it may be deleted when nobody is writing.

    Raises
    ------
    OSError
        If the disk is full; then the leaderboard is unchanged.
    """
    file = Path(os.path.realpath(path))
    # Without the lock, a line half written by another process would be mistaken for a torn one.
    with FileLock(file.with_name(f".{file.name}.lock")), open(file, "ab+", buffering=0) as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(size - 1, 0))
        torn = b"" if stream.read(1) in (b"", b"\n") else b"\n"
        rest = memoryview(torn + line.encode() + b"\n")
        try:
            while rest:  # on a full disk, the first write may be short; then the second fails
                rest = rest[stream.write(rest) :]
        except OSError as error:
            stream.truncate(size)
            raise OSError(error.errno, f"{error.strerror}: {str(path)!r}") from error


def read_results(path: str | os.PathLike[str]) -> Any:
    """Read the lines of a sweep or a leaderboard.

    Parameters
    ----------
    path : path-like
        The `out` of :func:`~slash_dataset.benchmark.sweep`, or the `leaderboard` of
        :func:`~slash_dataset.benchmark.evaluate`.

    Returns
    -------
    pandas.DataFrame
        One row for each run, with the columns of
        :meth:`~slash_dataset.benchmark.Evaluation.to_frame`. Lines that are not results, for
        example of a killed writer, are skipped with a warning.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    ValueError
        If it contains no results.
    """
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(read_lines(check_path("path", path)), 1):
        try:
            rows += Evaluation.from_dict(parse_json(line)).to_rows()
        except ValueError:
            warnings.warn(f"{str(path)!r}: line {number} is not a result; skipped", stacklevel=2)
    if not rows:
        raise ValueError(f"path={str(path)!r} contains no results")
    return require("pandas", "benchmark").DataFrame(rows)


def check_frame(results: Any) -> tuple[Any, ...]:
    """Return the columns of a DataFrame, or raise a TypeError."""
    frame = require("pandas", "benchmark").DataFrame
    check_kind("results", results, "a pandas.DataFrame", isinstance(results, frame))
    return tuple(results.columns)


def check_numbers(results: Any, **names: str) -> None:
    """Raise a ValueError if an argument names a column of anything but numbers."""
    for argument, name in names.items():
        if results[name].dtype.kind not in "iuf":
            raise ValueError(f"{argument}={name!r} is not allowed: that column holds no numbers")


def summarize(
    results: Any,
    by: str | Sequence[str] | None = None,
    *,
    value: str = "test_accuracy",
    confidence: float = 0.95,
) -> Any:
    """Return mean, standard deviation and confidence interval of each group of runs.

    Parameters
    ----------
    results : pandas.DataFrame
        From :func:`~slash_dataset.benchmark.sweep` or :func:`read_results`.
    by : str or sequence of str, optional
        The columns that define a group; by default "model" and every column that varies between
        runs, except the seed and the measured ones.
    value : str
        The column to summarise.
    confidence : float
        How often the interval should contain the mean, from 0.5 to 0.9999.

    Returns
    -------
    pandas.DataFrame
        One row for each group, in the order of first appearance: its columns, `runs`, `mean`,
        `median`, `std` (sample standard deviation, NaN for one run), `low` and `high` (the interval
        of Student's t distribution for the mean, within 0 and 1 for accuracies).

    Raises
    ------
    ValueError
        If there is no such column, or `confidence` is out of range.

    Examples
    --------
    >>> from slash_dataset.benchmark import evaluate
    >>> runs = evaluate("knn-1", "standard", 3, num_train=250, num_test=100).to_frame()
    >>> summarize(runs).columns.tolist()
    ['model', 'runs', 'mean', 'median', 'std', 'low', 'high']
    """
    pandas = require("pandas", "benchmark")
    distribution = require("scipy.stats", "benchmark").t
    _CONFIDENCE.check("confidence", confidence)
    columns = check_frame(results)
    if by is None:
        varied = [name for name in columns if results[name].nunique(dropna=False) > 1]
        accuracies = [name for name in columns if name.startswith("test_accuracy_")]
        left_out = {*_NOT_GROUPS, *accuracies, "model"}
        by = ["model", *(name for name in varied if name not in left_out)]
    names = [by] if isinstance(by, str) else list(check_kind("by", by, "names", iterates(by)))
    known = {name for name in names if isinstance(name, str) and name in columns}
    if not names or len(known) < len(names):
        raise ValueError(f"by={shown(by)} is not allowed: by takes some of {columns}, each once")
    check_choice("value", value, columns)
    check_numbers(results, value=value)
    groups = []
    for key, group in results.groupby(names, sort=False, dropna=False):
        values = group[value]
        mean, std, runs = values.mean(), values.std(), len(values)
        margin = distribution.ppf((1 + confidence) / 2, max(runs - 1, 1)) * std / runs**0.5
        low, high = mean - margin, mean + margin
        if "accuracy" in value:
            low, high = max(low, 0.0), min(high, 1.0)
        found = {"runs": runs, "mean": mean, "median": values.median(), "std": std}
        groups.append(dict(zip(names, key, strict=True)) | found | {"low": low, "high": high})
    return pandas.DataFrame(groups)


@dataclass(frozen=True)
class CurvePoint:
    """One training: the model, what it was given, and its accuracy on the fixed test set."""

    model: str
    num_train: int
    seed: int
    test_accuracy: float
    seconds: float


@dataclass(frozen=True)
class MatrixCell:
    """One test of one training."""

    model: str
    trained_on: str
    tested_on: str
    seed: int
    test_accuracy: float


@dataclass(frozen=True)
class NoisePoint:
    """One training on `standard` with another noise, and its accuracy under that noise."""

    model: str
    noise: float
    seed: int
    test_accuracy: float


@dataclass(frozen=True)
class Limit:
    """A theoretical accuracy for a config, with the standard error of its computation.

    Attributes
    ----------
    kind : str
        "optimum", which no classifier can exceed, or "bound", which no learner that knows no
        neighbours can exceed after `num_train` rows.
    config : str
    noise : float
    num_train : int or None
        None for an optimum.
    value, standard_error : float
    """

    kind: Literal["optimum", "bound"]
    config: str
    noise: float
    num_train: int | None
    value: float
    standard_error: float


# Parts of ``results.json`` besides the table, and the type of their entries.
_SECTIONS: Mapping[str, Any] = {
    "learning_curves": CurvePoint,
    "generalisation": MatrixCell,
    "noise": NoisePoint,
    "limits": Limit,
}


@dataclass(frozen=True)
class Results:
    """The measurements of one run.

    Attributes
    ----------
    table : list of Evaluation
        On `original-float64`.
    learning_curves : list of CurvePoint
        Empty if not requested.
    generalisation : list of MatrixCell
        Empty if not requested.
    noise : list of NoisePoint
        Empty if not requested.
    limits : list of Limit
        Empty if none of the three was requested.
    environment : mapping
        Versions of data and libraries, and the hardware.
    """

    table: list[Evaluation]
    learning_curves: list[CurvePoint] = field(default_factory=list)
    generalisation: list[MatrixCell] = field(default_factory=list)
    noise: list[NoisePoint] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    environment: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the text of ``results.json``: one line for each row, point and cell."""
        table = [
            row.to_dict()
            | {
                "published": asdict(PUBLISHED[row.model]) if row.model in PUBLISHED else None,
                "status": compare(row),
            }
            for row in self.table
        ]
        sections = {name: [asdict(entry) for entry in getattr(self, name)] for name in _SECTIONS}
        lines = [
            f'  "schema_version": {SCHEMA_VERSION}',
            f'  "environment": {json.dumps(self.environment)}',
        ]
        for name, entries in {"table": table, **sections}.items():
            body = ",\n".join(f"    {json.dumps(entry)}" for entry in entries)
            lines.append(f'  "{name}": [\n{body}\n  ]' if entries else f'  "{name}": []')
        return "{\n" + ",\n".join(lines) + "\n}\n"

    def _repr_html_(self) -> str:
        from .report import html_table

        return html_table(self.table)

    @classmethod
    def from_json(cls, text: str) -> Results:
        """Return the results from the text that :meth:`to_json` wrote.

        Raises
        ------
        ValueError
            If the text does not hold such results, or has another schema version.
        """
        values = parse_json(text)
        version = values.get("schema_version") if isinstance(values, dict) else None
        if version != SCHEMA_VERSION:
            raise ValueError(
                f"results have schema_version={version!r}; this version reads {SCHEMA_VERSION}"
            )
        derived = ("published", "status")
        try:
            table = [{k: v for k, v in row.items() if k not in derived} for row in values["table"]]
            sections = {
                # Results of earlier versions have no noise and no limits.
                name: [record_of(kind, entry) for entry in values.get(name, [])]
                for name, kind in _SECTIONS.items()
            }
            environment = values["environment"]
            for name in ("libraries", "measured_later"):
                if not is_of(environment.get(name, {}), Mapping[str, Any]):
                    raise ValueError(f"environment has {name}={shown(environment[name])}")
            rows = [Evaluation.from_dict(row) for row in table]
            return cls(table=rows, environment=environment, **sections)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"fields of schema_version={version} are wrong: {error}") from None


def load_results(path: str | os.PathLike[str]) -> Results:
    """Read a ``results.json``.

    Raises
    ------
    OSError
        If the file is missing, or no regular file.
    ValueError
        If the file does not hold benchmark results; the message names it.
    """
    try:
        return Results.from_json(read_bytes(path).decode())
    except ValueError as error:
        raise ValueError(f"results={str(path)!r} cannot be read: {error}") from error


def describe_environment() -> dict[str, Any]:
    """Return what affects figures and times: versions of data and libraries, and the hardware.

    Machines of the same kind give the same result.

    Examples
    --------
    >>> describe_environment()["data_version"]
    '1.0.0'
    """
    keras = sys.modules.get("keras")
    backend = keras.backend.backend() if keras is not None else None
    unused = [name for name in _BACKEND_LIBRARIES if name != backend]
    return {
        "data_version": DATA_VERSION,
        "draw_version": DRAW_VERSION,
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in _LIBRARIES if name not in unused},
        "keras_backend": backend,
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
    }


def describe_versions() -> dict[str, Any]:
    """Return versions of this package, the draw, Python, and those of the libraries in use."""
    used = [x for x in _LIBRARIES if x.replace("scikit-learn", "sklearn") in sys.modules]
    return {
        "slash-dataset": __version__,
        "draw": DRAW_VERSION,
        "python": platform.python_version(),
    } | {name: _version(name) for name in used if name != "matplotlib"}


@functools.cache
def _version(library: str) -> str | None:
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return None


def _cpu_model() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
