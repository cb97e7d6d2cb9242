"""Files of JSON lines, one result each, as leaderboards and sweeps are: append, read, summarise."""

from __future__ import annotations

import errno
import json
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock

from ..checks import Bounds, check_choice
from ..extras import require
from .results import Evaluation

_CONFIDENCE = Bounds(0.5, 0.9999, "")

# Columns that tell runs of one group apart, or follow from the others.
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


def check_leaderboard(path: str | os.PathLike[str], argument: str = "leaderboard") -> None:
    """Raise the error that appending would raise, before a model is trained.

    Raises
    ------
    IsADirectoryError
        If `path` is a folder.
    FileNotFoundError
        If its folder does not exist.
    PermissionError
        If it, or its folder, cannot be written.
    """
    file = Path(path)
    if file.is_dir():
        raise IsADirectoryError(f"{argument}={str(path)!r} is a folder; give the path of a file")
    if not file.parent.is_dir():
        raise FileNotFoundError(
            f"{argument}={str(path)!r} cannot be made: {str(file.parent)!r} is not a folder"
        )
    # The folder too, even if the file exists: the lock that appending takes stands beside it.
    for place in (file, file.parent):
        if place.exists() and not os.access(place, os.W_OK):
            raise PermissionError(f"{argument}={str(path)!r}: {str(place)!r} is not writable")


def append_line(path: str | os.PathLike[str], line: str) -> None:
    """Append one line, however many threads and processes share the file.

    A file whose last line has no end, because its writer was killed, gets one first. The lock file
    ``.NAME.lock`` stays beside the leaderboard; it may be deleted when nobody writes.

    Raises
    ------
    OSError
        If the disk is full; the leaderboard is as it was then.
    """
    file = Path(path)
    # Without the lock, a line that another process has half written would pass for a torn one.
    with (
        FileLock(file.with_name(f".{file.name}.lock")),
        open(file, "ab+", buffering=0) as stream,
    ):
        size = stream.seek(0, os.SEEK_END)
        torn = b""
        if size:
            stream.seek(-1, os.SEEK_END)
            torn = b"" if stream.read(1) == b"\n" else b"\n"
        record = torn + line.encode() + b"\n"
        if stream.write(record) != len(record):
            stream.truncate(size)
            raise OSError(errno.ENOSPC, f"no space left on the disk for {str(path)!r}")


def read_results(path: str | os.PathLike[str]) -> Any:
    """Read the lines of a sweep or a leaderboard.

    Parameters
    ----------
    path : path-like
        What `out` of :func:`~slash_dataset.benchmark.sweep`, or `leaderboard` of
        :func:`~slash_dataset.benchmark.evaluate`, was.

    Returns
    -------
    pandas.DataFrame
        One row for each run, with the columns of
        :meth:`~slash_dataset.benchmark.Evaluation.to_frame`. A line that is no result, as one whose
        writer was killed, is left out with a warning.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If no line of it is a result.
    """
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
        try:
            rows += Evaluation.from_dict(json.loads(line)).to_rows()
        except (ValueError, TypeError, AttributeError, IndexError):
            warnings.warn(f"{str(path)!r}: line {number} is no result, left out", stacklevel=2)
    if not rows:
        raise ValueError(f"path={str(path)!r} has no result")
    return require("pandas", "benchmark").DataFrame(rows)


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
        Of :func:`~slash_dataset.benchmark.sweep` or :func:`read_results`.
    by : str or sequence of str, optional
        The columns that make a group; by default "model", and what else is not the same in all
        runs but for the seed and what was measured.
    value : str
        The column to summarise.
    confidence : float
        How often the interval is to contain the mean, from 0.5 to 0.9999.

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
    columns = tuple(results.columns)
    if by is None:
        varied = [name for name in columns if results[name].nunique(dropna=False) > 1]
        accuracies = [name for name in columns if name.startswith("test_accuracy_")]
        left_out = {*_NOT_GROUPS, *accuracies, "model"}
        by = ["model", *(name for name in varied if name not in left_out)]
    by = [by] if isinstance(by, str) else list(by)
    for name in by:
        check_choice("by", name, columns)
    check_choice("value", value, columns)
    groups = []
    for key, group in results.groupby(by, sort=False, dropna=False):
        values = group[value]
        mean, std, runs = values.mean(), values.std(), len(values)
        margin = distribution.ppf((1 + confidence) / 2, max(runs - 1, 1)) * std / runs**0.5
        low, high = mean - margin, mean + margin
        if "accuracy" in value:
            low, high = max(low, 0.0), min(high, 1.0)
        found = {"runs": runs, "mean": mean, "median": values.median(), "std": std}
        groups.append(dict(zip(by, key, strict=True)) | found | {"low": low, "high": high})
    return pandas.DataFrame(groups)
