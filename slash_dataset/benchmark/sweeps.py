"""Sweeps: models, configs and lists of parameters; each finished run is saved as a line."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ..checks import check_bool, check_kind, iterates
from ..configs import Config, resolve_config
from ..extras import require
from ..foreign import parse_json, read_lines
from ..identity import config_identity
from .adapters import Models
from .evaluation import (
    TestOn,
    Trial,
    check_jobs,
    check_seeds,
    check_tests,
    evaluation_of,
    plan,
    run_trials,
)
from .results import Evaluation, Vary, append_line, check_leaderboard

# Every line begins like this, and so does the remnant of a line whose writer was killed.
_LINE_BEGIN = b'{"model": "'

_Key = tuple[Any, ...]


def sweep(
    models: Models,
    *,
    config: str | Iterable[str] = "standard",
    seeds: int | Iterable[int] = 5,
    out: str | os.PathLike[str] | None = None,
    jobs: int = 1,
    vary: Vary | None = None,
    test_on: TestOn = (),
    fit_params: Mapping[str, Any] | None = None,
    progress: bool = False,
    **grid: Any,
) -> Any:
    """Train each model on each combination of parameters with each seed.

    With `out`, every finished run is appended to a file at once, as one line of JSON, and an
    interrupted sweep, however it ended, resumes when it is called again. A run is recognised by the
    identity of its config, the model's name, the seed, `vary` and `test_on`.

    Parameters
    ----------
    models : mapping of str to model, or iterable of models
        Models as in :func:`~slash_dataset.benchmark.evaluate`, by name or in a list.
    config : str or iterable of str
        One config, or several.
    seeds : int or iterable of int
        The number of seeds, counted from 0, or the seeds themselves.
    out : path-like, optional
        A JSON Lines file; created if missing. A file ``.NAME.sweep.lock`` stays beside it.
    jobs : int
        Processes, run by joblib, which share the cores; -1 for one per core. Within
        ``joblib.parallel_config(backend="ray")`` the runs go to a cluster.
    vary : str, optional
        What a seed changes: "data", "model" or "both", as for
        :func:`~slash_dataset.benchmark.evaluate`.
    test_on : iterable of (str or (str, dict))
        More configs to test every trained model on, as for
        :func:`~slash_dataset.benchmark.evaluate`.
    fit_params : mapping, optional
        Extra arguments of every ``fit``.
    progress : bool
        Show a progress bar with the remaining time on standard error.
    **grid
        Parameters of the config; a list, tuple, range or array gives several values.

    Returns
    -------
    pandas.DataFrame
        One row for each run, by model, config, parameters and seed, with the columns of
        :meth:`~slash_dataset.benchmark.Evaluation.to_frame`. Lines of `out` that belong to other
        sweeps are not included; :func:`~slash_dataset.benchmark.read_results` reads all.

    Raises
    ------
    ValueError
        If anything is unknown, out of range or given twice, or if `out` has lines that are not
        results, or results of another model under the same name. Raised before anything is trained.
    BlockingIOError
        If another sweep is writing to `out`.
    OSError
        If `out` cannot be written.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> models = {"1": KNeighborsClassifier(1), "5": KNeighborsClassifier(5)}
    >>> frame = sweep(models, noise=[0, 1], num_train=250, num_test=100, seeds=2)
    >>> frame.groupby(["model", "noise"]).test_accuracy.count().tolist()
    [2, 2, 2, 2]
    """
    test_on = tuple(test_on) if isinstance(test_on, Iterator) else test_on
    check_bool("progress", progress)
    tests = {each: check_tests(test_on, each) for each in _configs(config, grid)}
    trials = plan(models, tests, check_seeds(seeds), vary, fit_params)
    check_jobs(jobs)
    done: dict[_Key, Evaluation] = {}
    with nullcontext() if out is None else _reserved(out) as file:
        if file is not None:
            done = _finished(file, {trial.name: trial.model_fingerprint for trial in trials})
        todo = [trial for trial in trials if _key_of_trial(trial) not in done]
        for i, outcome in run_trials(todo, jobs=jobs, progress=progress):
            result = evaluation_of([todo[i]], [outcome])
            if file is not None:
                append_line(file, result.to_json())
            done[_key(result)] = result
    rows = [row for trial in trials for row in done[_key_of_trial(trial)].to_rows()]
    return require("pandas", "benchmark").DataFrame(rows)


def _configs(config: str | Iterable[str], grid: Mapping[str, Any]) -> list[Config]:
    """Return every combination, resolved and checked."""
    check_kind("config", config, "names", iterates(config))
    names = (config,) if isinstance(config, str) else tuple(config)
    axes = {"config": names, **{name: _values(name, value) for name, value in grid.items()}}
    found: dict[str, Config] = {}
    for combination in itertools.product(*axes.values()):
        given = dict(zip(axes, combination, strict=True))
        resolved = resolve_config(given.pop("config"), **given)
        identity = config_identity(resolved)
        if identity.fingerprint in found:
            several = " or ".join(name for name, values in axes.items() if len(values) > 1)
            raise ValueError(f"{identity} is repeated by {several}: give each value once")
        found[identity.fingerprint] = resolved
    if not found:
        raise ValueError(f"config={config!r} is not allowed: config takes at least one name")
    return list(found.values())


def _values(name: str, value: Any) -> list[Any]:
    if hasattr(value, "tolist"):  # an array, or a NumPy number
        value = value.tolist()
    if not isinstance(value, list | tuple | range):
        return [value]
    if not value:
        raise ValueError(f"{name}={value!r} is not allowed: {name} takes at least one value")
    return list(value)


def _key(result: Evaluation) -> _Key:
    tests = tuple(result.tested_on)
    return (result.fingerprint, result.model, result.seeds[0], result.vary, tests)


def _key_of_trial(trial: Trial) -> _Key:
    identity = config_identity(trial.config).fingerprint
    return (identity, trial.name, trial.seed, trial.vary, tuple(trial.test_on))


@contextmanager
def _reserved(out: str | os.PathLike[str]) -> Iterator[Path]:
    """Keep other sweeps away from `out`; the lock of a killed process is free."""
    file = check_leaderboard(out, argument="out")
    try:
        with FileLock(file.with_name(f".{file.name}.sweep.lock"), timeout=0):
            yield file
    except Timeout:
        raise BlockingIOError(
            f"out={str(out)!r} is in use: another sweep is writing to it"
        ) from None


def _finished(file: Path, models: Mapping[str, str]) -> dict[_Key, Evaluation]:
    """Return the runs in a file; cut off what a killed writer left of its last line."""
    if not file.exists():
        return {}
    done, size = {}, 0
    for number, line in enumerate(read_lines(file), 1):
        if not line.endswith(b"\n") and size + len(line) == file.stat().st_size:
            if not line.startswith(_LINE_BEGIN[: len(line)]):
                raise ValueError(
                    f"out={str(file)!r} ends in text that is not a result: {line[:40]!r}"
                )
            os.truncate(file, size)
            break
        try:
            several = Evaluation.from_dict(parse_json(line)).of_each_seed()
        except ValueError as error:
            raise ValueError(
                f"out={str(file)!r} has a line {number} that is not a result: {error}"
            ) from None
        for result in several:
            if models.get(result.model, result.model_fingerprint) != result.model_fingerprint:
                raise ValueError(
                    f"out={str(file)!r} has results of another model named {result.model!r}: its "
                    "code or settings have changed since; give the model another name, or the "
                    "sweep another out"
                )
            done[_key(result)] = result
        size += len(line)
    return done
