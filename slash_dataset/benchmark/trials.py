"""One training and its tests: what decides it, and how many of them are run, in how many processes.

Everything that trains goes through :func:`run_trials`: evaluations, the published table, learning
curves, the generalisation matrix, and sweeps.
"""

from __future__ import annotations

import contextlib
import importlib
import itertools
import sys
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from ..checks import Bounds, check_choice
from ..configs import Config
from ..extras import require
from ..splits import open_splits
from .adapters import Factory, seeded
from .keras_adapter import compiled_once
from .pixels import Features, Labels, flat_pixels
from .post_2019 import count_parameters
from .results import Vary

VARY: tuple[Vary, ...] = ("data", "model", "both")

# A seed of drawn train rows is a 64-bit number.
_NUM_SEEDS = 2**64


@dataclass(frozen=True)
class Trial:
    """One training.

    Attributes
    ----------
    name : str
        Of the model.
    factory : callable
        From a seed to an unfitted classifier.
    config : Config
        Of the train rows; its own test rows are the first test.
    seed : int or None
        None for what comes out the same in every run.
    vary : str
        What the seed changes.
    tests : tuple of Config
        Configs whose test rows the model is tested on.
    score_train : bool
        Whether accuracy on the train rows is wanted: for some models it takes longer than all else.
    model_fingerprint : str
        Recorded in the result.
    """

    name: str
    factory: Factory
    config: Config
    seed: int | None
    vary: Vary
    tests: tuple[Config, ...]
    score_train: bool = True
    model_fingerprint: str = ""

    def train_config(self) -> Config:
        """Return the config whose train rows the model learns from.

        Each seed draws its own rows, and none those of the config itself: the test rows belong to
        the config's seed, and stay.
        """
        if self.vary == "model" or self.seed is None or not self.config.parameters:
            return self.config
        seed = (self.config.parameters["seed"] + 1 + self.seed) % _NUM_SEEDS
        return self.config.with_parameters(seed=seed)

    def model_seed(self) -> int | None:
        """Return the seed of the model's own randomness; the first one if only the data varies."""
        return 0 if self.vary == "data" and self.seed is not None else self.seed


@dataclass(frozen=True)
class Outcome:
    """What one training came to.

    Attributes
    ----------
    num_parameters : int or None
    train_accuracy : float
        From 0 to 1; NaN if it was not wanted.
    tests : tuple of float
        Accuracy on each test.
    predictions : tuple of ndarray of int64
        The predicted class of every test row, for each test.
    seconds : float
        Wall-clock time of fitting and predicting.
    device : str
        What the model says it was trained on; "cpu" if it says nothing.
    """

    num_parameters: int | None
    train_accuracy: float
    tests: tuple[float, ...]
    predictions: tuple[NDArray[np.int64], ...]
    seconds: float
    device: str


def check_vary(vary: str | None, config: Config) -> Vary:
    """Return what a seed changes: by default both, or the model alone where the rows are fixed.

    Raises
    ------
    ValueError
        If `vary` is no such word, or says "data" of a config whose rows are fixed.
    """
    if vary is None:
        return "both" if config.parameters else "model"
    check_choice("vary", vary, VARY)
    if vary != "model" and not config.parameters:
        raise ValueError(
            f"vary={vary!r} is not allowed: the rows of config {config.name!r} are fixed; "
            'use vary="model", or config "standard", which draws from the same distribution'
        )
    return vary  # type: ignore[return-value]


def run_trial(trial: Trial) -> Outcome:
    """Train one model and test it."""
    train = flat_pixels(open_splits(trial.train_config())["train"])
    tests = [flat_pixels(open_splits(config)["test"]) for config in trial.tests]
    start = time.perf_counter()
    with seeded(trial.model_seed()):
        classifier = trial.factory(trial.model_seed())
        classifier.fit(*train)
        learned = accuracy(classifier, *train)[0] if trial.score_train else float("nan")
        scores = [accuracy(classifier, *test) for test in tests]
    return Outcome(
        num_parameters=count_parameters(classifier),
        train_accuracy=learned,
        tests=tuple(share for share, _ in scores),
        predictions=tuple(predicted for _, predicted in scores),
        seconds=round(time.perf_counter() - start, 3),
        device=str(getattr(classifier, "device", "cpu")),
    )


def run_trials(
    trials: Sequence[Trial], *, jobs: int = 1, progress: bool = False
) -> Iterator[tuple[int, Outcome]]:
    """Run trials, and yield the place of each and its outcome as soon as it is done.

    Parameters
    ----------
    trials : sequence of Trial
    jobs : int
        Processes, by joblib, each with its share of the cores; -1 for as many as there are cores.
        Within ``joblib.parallel_config(backend=...)`` they run where that backend says. Ray's hands
        over its results in rounds of one run a process.
    progress : bool
        Show a progress bar, with the time left, on standard error.

    Yields
    ------
    (int, Outcome)
        In the order of `trials` if ``jobs=1``.
    """
    # What is imported decides what is seeded: a process that begins must not differ from this one.
    loaded: list[str] = [name for name in ("torch", "keras") if name in sys.modules]
    with (
        tempfile.TemporaryDirectory(prefix="slash-dataset-") as compiled,
        tqdm(total=len(trials), unit="run", disable=not progress) as bar,
    ):
        todo = ((i, trial, loaded, compiled) for i, trial in enumerate(trials))
        here = (_run_one(*each) for each in todo)
        done = here if jobs == 1 else _in_processes(todo, jobs)
        with contextlib.closing(done):
            for i, outcome in done:
                bar.set_description(trials[i].name, refresh=False)
                bar.update()
                yield i, outcome


def _in_processes(
    todo: Iterator[tuple[Any, ...]], jobs: int
) -> Generator[tuple[int, Outcome], None, None]:
    joblib = require("joblib", "benchmark")
    calls = (joblib.delayed(_run_one)(*each) for each in todo)
    backend, _ = joblib.parallel.get_active_backend()
    # A run is long: one at a time, so that none waits behind another for being written.
    if backend.supports_return_generator:
        with contextlib.closing(
            joblib.Parallel(jobs, batch_size=1, return_as="generator_unordered")(calls)
        ) as done:
            yield from done
        return
    # Ray's backend hands over nothing before a call ends: a call for as many as run side by side.
    with joblib.Parallel(jobs, batch_size=1) as pool:
        while together := list(itertools.islice(calls, joblib.effective_n_jobs(jobs))):
            yield from pool(together)


def _run_one(i: int, trial: Trial, loaded: list[str], compiled: str) -> tuple[int, Outcome]:
    for name in loaded:
        importlib.import_module(name)
    try:
        with compiled_once(compiled):
            return i, run_trial(trial)
    except Exception as error:
        if hasattr(error, "add_note"):  # from Python 3.11 on
            error.add_note(f"model={trial.name!r}, config={trial.config.name!r}, seed={trial.seed}")
        raise


def accuracy(
    classifier: Any, features: Features, labels: Labels
) -> tuple[float, NDArray[np.int64]]:
    """Return the share of rows, from 0 to 1, whose predicted class is their label, and the classes.

    Raises
    ------
    ValueError
        If the predictions are not one class, 0 or 1, for each row.
    """
    predicted = np.asarray(classifier.predict(features))
    if predicted.shape == (len(labels), 1):
        predicted = predicted[:, 0]
    if predicted.shape != labels.shape or not np.isin(predicted, (0, 1)).all():
        raise ValueError(
            f"predict of {type(classifier).__name__} returned shape {predicted.shape} with values "
            f"such as {predicted.ravel()[:3].tolist()}: it must return one class, 0 or 1, for each "
            f"of {len(labels)} rows"
        )
    return float((predicted == labels).mean()), predicted.astype(np.int64)


_JOBS = Bounds(1, 1024, "processes", whole=True)


def check_jobs(jobs: Any) -> int:
    """Return `jobs` if it is a number of processes, or -1 for as many as there are cores."""
    is_all = not isinstance(jobs, bool) and jobs == -1
    return -1 if is_all else int(_JOBS.check("jobs", jobs))
