"""Put any model into the comparison: train it with several seeds, or test a trained one.

All training makes a list of :class:`Trial` with :func:`plan` and goes through :func:`run_trials`:
evaluations, sweeps, the published table, learning curves, and the generalisation matrix.
"""

from __future__ import annotations

import contextlib
import importlib
import operator
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from typing import Any, Literal, get_args, overload

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from ..checks import PROCESSES, RUNS, Bounds, check_bool, check_choice, check_kind, iterates, shown
from ..configs import DEFAULT_CONFIG_NAME, Config, check_split, resolve_config
from ..extras import require
from ..identity import config_identity, split_identity
from ..splits import Split, open_splits
from ..workers import JobError
from .adapters import (
    Factory,
    Models,
    as_trained,
    default_name,
    factory_of,
    fingerprint_of,
    named_models,
    seeded,
)
from .keras_adapter import compiled_once
from .models import Model
from .post_2019 import count_parameters
from .results import Evaluation, Vary, append_line, check_leaderboard, describe_versions

TestOn = Iterable[str | tuple[str, Mapping[str, Any]]]
"""Configs to test on: names, or pairs of a name and parameters."""

_SEED = Bounds(0, 2**32 - 1, "", whole=True)
# A seed of drawn train rows is a 64-bit number.
_DATA_SEEDS = 2**64


def evaluate(
    model: Any,
    config: str = DEFAULT_CONFIG_NAME,
    seeds: int | Iterable[int] = 10,
    *,
    test_on: TestOn = (),
    vary: Vary | None = None,
    predictions: bool = False,
    name: str | None = None,
    fit_params: Mapping[str, Any] | None = None,
    leaderboard: str | os.PathLike[str] | None = None,
    **params: Any,
) -> Evaluation:
    """Train a model on a config's train split, once per seed, and test it on its test split.

    Every model gets flattened pixels, float64 of shape (n, H * W) from 0 (black) to 1 (white), and
    labels, int64 of shape (n,). Keras models get them as float32, in the shape of their input.

    Parameters
    ----------
    model : object, callable or str
        One of

        - an object with ``fit(X, y)`` and ``predict(X)``; each seed fits a copy, whose
          `random_state`, if it has one, is the seed;
        - a compiled Keras model; each seed fits a copy with new weights;
        - :func:`~slash_dataset.benchmark.torch_classifier` of a PyTorch module;
        - a class or function that returns one of these, called once per seed, with ``seed=`` if it
          takes that;
        - the name of a model in :data:`slash_dataset.benchmark.MODELS`.
    config : str
        A config, see :data:`slash_dataset.CONFIG_NAMES`.
    seeds : int or iterable of int
        The number of seeds, counted from 0, or the seeds themselves. A deterministic model of the
        benchmark runs once if the rows are fixed.
    test_on : iterable of (str or (str, dict))
        More configs whose test rows the trained model is tested on: names, or pairs of a name and
        parameters, such as ``("standard", {"noise": 2})``; their images must have the same size.
    vary : str, optional
        What a seed changes: "data" (each draws its own train rows), "model" (initial weights and
        all other randomness of the model), or "both". The default is both for drawn configs, and
        the model for the original, whose rows are fixed. The test rows are always the same.
    predictions : bool
        Keep the predicted classes of the test rows in the result, under the configs' names in
        `tested_on`.
    name : str, optional
        Name of the model in the result; by default, its class or function.
    fit_params : mapping, optional
        Extra arguments of ``fit``. A Keras model is trained with ``epochs=30`` and
        ``batch_size=32`` unless they say otherwise.
    leaderboard : path-like, optional
        A JSON Lines file to append the result to; created if missing. If that fails after the
        training, a warning says so, and the result is still returned.
    **params
        `num_train`, `num_test`, `seed` and the parameters of
        :class:`~slash_dataset.variants.Variant`, for drawn configs.

    Returns
    -------
    Evaluation

    Raises
    ------
    TypeError
        If the model has no ``fit`` or no ``predict``, or is a Keras model that is not compiled.
    ValueError
        If the name of a model, a config, a parameter or a seed is unknown or out of range, or if
        the model's predictions are not one class, 0 or 1, for each row.
    OSError
        If the leaderboard cannot be written; raised before anything is trained.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> result = evaluate(KNeighborsClassifier(n_neighbors=1), "original-float64", seeds=1)
    >>> result.test_accuracy
    (0.908,)
    >>> evaluate("logistic-regression", "standard", num_train=500).median_test_accuracy < 0.6
    True
    >>> tests = ["shifted", ("standard", {"noise": 2})]
    >>> list(evaluate("knn-1", "standard", 3, test_on=tests, num_train=500).tested_on)
    ['shifted', 'standard noise=2.0']
    """
    resolved = resolve_config(config, **params)
    label = default_name(model) if name is None else name
    check_kind("name", name, "a text", isinstance(label, str))
    tests = {resolved: check_tests(test_on, resolved)}
    check_bool("predictions", predictions)
    trials = plan({label: model}, tests, check_seeds(seeds), vary, fit_params)
    if leaderboard is not None:
        check_leaderboard(leaderboard)

    outcomes = [outcome for _, outcome in run_trials(trials)]
    result = evaluation_of(trials, outcomes, predictions=predictions)
    if leaderboard is not None:
        try:
            append_line(leaderboard, result.to_json())
        except OSError as error:
            # A result that took hours is worth more than the line.
            warnings.warn(
                f"the result is returned, but could not be appended to leaderboard="
                f"{str(leaderboard)!r}: {error}; the line is {result.to_json()}",
                stacklevel=2,
            )
    return result


@overload
def score(
    model: Any,
    config: str = ...,
    split: str = ...,
    *,
    predictions: Literal[False] = ...,
    **params: Any,
) -> float: ...
@overload
def score(
    model: Any,
    config: str = ...,
    split: str = ...,
    *,
    predictions: Literal[True],
    **params: Any,
) -> tuple[float, NDArray[np.int64]]: ...
def score(
    model: Any,
    config: str = DEFAULT_CONFIG_NAME,
    split: str = "test",
    *,
    predictions: bool = False,
    **params: Any,
) -> float | tuple[float, NDArray[np.int64]]:
    """Test a trained model on the rows of any config.

    Parameters
    ----------
    model : object
        A fitted object with ``predict(X)``, which gets float64 pixels of shape (n, H * W) from 0 to
        1; a Keras model, which gets float32 pixels in the shape of its input; or a PyTorch module,
        which gets float32 images of shape (n, 1, H, W) from 0 to 1 on its own device, in evaluation
        mode. Input must be prepared as in training: a module trained on standardised images must
        include that step.
    config : str
        A config, see :data:`slash_dataset.CONFIG_NAMES`.
    split : str
        "train" or "test".
    predictions : bool
        Also return the predicted classes.
    **params
        As for :func:`evaluate`.

    Returns
    -------
    accuracy : float
        Share of rows, from 0 to 1, whose predicted class is their label.
    classes : ndarray of int64, shape (n,)
        Only if `predictions`.

    Raises
    ------
    TypeError
        If the model has no ``predict``, or creates a model rather than being one.
    ValueError
        If a name or parameter is unknown or out of range, or if the predictions are not one class
        for each row.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from slash_dataset.sklearn import load_slash
    >>> images = load_slash(config="standard")
    >>> model = KNeighborsClassifier(1).fit(images.data / 255, images.target)
    >>> score(model, "standard") > 0.99 > 0.6 > score(model, "standard", noise=4)
    True
    """
    rows = open_splits(resolve_config(config, **params))[check_split(split)]
    check_bool("predictions", predictions)
    found = accuracy(as_trained(model), *flat_pixels(rows))
    return found if predictions else found[0]


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
        None for a training that gives the same result in every run.
    vary : str
        What the seed changes.
    test_on : mapping of str to Config
        More configs whose test rows the model is tested on, by their names in results.
    fit_params : mapping of str to value
        Extra arguments of ``fit``.
    model_fingerprint : str
        See :func:`~slash_dataset.benchmark.adapters.fingerprint_of`.
    score_train : bool
        Whether to compute accuracy on the train rows: for some models it takes longer than all
        else.
    """

    name: str
    factory: Factory
    config: Config
    seed: int | None
    vary: Vary
    test_on: Mapping[str, Config]
    fit_params: Mapping[str, Any]
    model_fingerprint: str
    score_train: bool

    def train_config(self) -> Config:
        """Return the config whose train rows the model learns from.

        Each seed draws its own rows, different from those of the config itself: the test rows keep
        the config's seed.
        """
        if self.vary == "model" or self.seed is None or not self.config.parameters:
            return self.config
        seed = (self.config.parameters["seed"] + 1 + self.seed) % _DATA_SEEDS
        return self.config.with_parameters(seed=seed)

    def model_seed(self) -> int | None:
        """Return the seed of the model's own randomness; the first seed if only the data varies."""
        return 0 if self.vary == "data" and self.seed is not None else self.seed


@dataclass(frozen=True)
class Outcome:
    """The result of one training.

    Attributes
    ----------
    num_parameters : int or None
    train_accuracy : float
        From 0 to 1; NaN if not computed.
    tests : tuple of float
        Accuracy on the test rows of the config, and of each in `test_on`.
    predictions : tuple of ndarray of int64
        The predicted class of every test row, for each test.
    seconds : float
        Wall-clock time of fitting and predicting.
    device : str
        The device that the model reports; "cpu" if it reports none.
    """

    num_parameters: int | None
    train_accuracy: float
    tests: tuple[float, ...]
    predictions: tuple[NDArray[np.int64], ...]
    seconds: float
    device: str


def plan(
    models: Models,
    tests: Mapping[Config, Mapping[str, Config]],
    seeds: Sequence[int],
    vary: str | None = None,
    fit_params: Mapping[str, Any] | None = None,
    *,
    score_train: bool = True,
) -> list[Trial]:
    """Return the trainings of each model on each config with each seed, in this order.

    Parameters
    ----------
    models : mapping of str to model, or iterable of models
    tests : mapping of Config to mapping of str to Config
        The configs to train on, each with the :func:`check_tests` besides its own test rows.
    seeds : sequence of int
        A deterministic model still runs only once if the rows are fixed.
    vary, fit_params
        As for :func:`evaluate`.
    score_train : bool
        See :class:`Trial`.

    Raises
    ------
    TypeError
        If `fit_params` are no mapping, or a model has no ``fit`` or no ``predict``.
    ValueError
        If `fit_params` are given for a model of the benchmark, or `vary` is not allowed.
    """
    check_kind("fit_params", fit_params, "a mapping", isinstance(fit_params, Mapping | None))
    varies = {config: check_vary(vary, config) for config in tests}
    extra = dict(fit_params or {})
    trials = []
    for name, model in named_models(models).items():
        if extra and isinstance(model, Model):
            raise ValueError(
                f"fit_params={fit_params!r} is not allowed: model {model.name!r} takes none, "
                "but has its own protocol"
            )
        what = fingerprint_of(model, fit_params)
        for config, others in tests.items():
            factory = factory_of(model, config.num_rows["train"])
            trials += [
                Trial(name, factory, config, seed, varies[config], others, extra, what, score_train)
                for seed in _seeds_for(model, config, varies[config], seeds)
            ]
    return trials


def run_trial(trial: Trial) -> Outcome:
    """Train one model and test it."""
    train = flat_pixels(open_splits(trial.train_config())["train"])
    tested = (trial.config, *trial.test_on.values())
    tests = [flat_pixels(open_splits(config)["test"]) for config in tested]
    start = time.perf_counter()
    with seeded(trial.model_seed()):
        classifier = trial.factory(trial.model_seed())
        classifier.fit(*train, **trial.fit_params)
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
    """Run trials; yield the index of each and its outcome as soon as it is done.

    Parameters
    ----------
    trials : sequence of Trial
    jobs : int
        Processes, run by joblib, which share the cores; -1 for as many as there are cores. Within
        ``joblib.parallel_config(backend=...)``, that backend decides where they run.
    progress : bool
        Show a progress bar with the remaining time on standard error.

    Yields
    ------
    (int, Outcome)
        In the order of `trials` if ``jobs=1``.
    """
    # Imports determine what is seeded: a new process must not differ from this one.
    loaded: list[str] = [name for name in ("torch", "keras") if name in sys.modules]
    with (
        tempfile.TemporaryDirectory(
            prefix="slash-dataset-", ignore_cleanup_errors=True
        ) as compiled,
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
    backend, _ = joblib.parallel.get_active_backend()
    # Ray's backend reports every end, too, but has inherited a "no" from pools of forks.
    if backend.supports_retrieve_callback and not backend.supports_return_generator:
        backend.supports_return_generator = True
    # A run is long: one at a time, so that no result waits behind another to be written.
    parallel = joblib.Parallel(jobs, batch_size=1, return_as="generator_unordered")
    with contextlib.closing(parallel(joblib.delayed(_run_one)(*each) for each in todo)) as done:
        try:
            yield from done
        except BrokenExecutor as error:
            raise JobError(
                "a training process was ended from outside, perhaps for lack of memory; with fewer "
                "jobs it needs less"
            ) from error


def _run_one(i: int, trial: Trial, loaded: list[str], compiled: str) -> tuple[int, Outcome]:
    if new := [name for name in loaded if name not in sys.modules]:
        for name in new:
            importlib.import_module(name)
        # Seeding Keras imports TensorFlow. If a later run of this process did so first, joblib
        # would mistake that for a memory leak and end the process.
        with seeded(0):
            pass
    try:
        with compiled_once(compiled):
            return i, run_trial(trial)
    except Exception as error:
        if hasattr(error, "add_note"):  # from Python 3.11 on
            error.add_note(f"model={trial.name!r}, config={trial.config.name!r}, seed={trial.seed}")
        raise


def accuracy(
    classifier: Any, features: NDArray[Any], labels: NDArray[np.int64]
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


def evaluation_of(
    trials: Sequence[Trial], outcomes: Sequence[Outcome], *, predictions: bool = False
) -> Evaluation:
    """Return the combined result of trials that differ only by seed.

    Parameters
    ----------
    trials : sequence of Trial
    outcomes : sequence of Outcome
    predictions : bool
        Keep them.
    """
    first = trials[0]
    identity = config_identity(first.config)
    shares = zip(*(outcome.tests[1:] for outcome in outcomes), strict=True)
    names = [_test_name(first.config), *first.test_on] if predictions else []
    kept = {n: np.stack([o.predictions[i] for o in outcomes]) for i, n in enumerate(names)}
    return Evaluation(
        model=first.name,
        config=first.config.name,
        num_train=first.config.num_rows["train"],
        num_test=first.config.num_rows["test"],
        num_parameters=outcomes[-1].num_parameters,
        seeds=tuple(trial.seed for trial in trials),
        train_accuracy=tuple(outcome.train_accuracy for outcome in outcomes),
        test_accuracy=tuple(outcome.tests[0] for outcome in outcomes),
        seconds=tuple(outcome.seconds for outcome in outcomes),
        params=dict(first.config.parameters),
        identity=str(identity),
        fingerprint=identity.fingerprint,
        vary=first.vary,
        tested_on=dict(zip(first.test_on, shares, strict=True)),
        device=outcomes[-1].device,
        versions=describe_versions(),
        model_fingerprint=first.model_fingerprint,
        predictions=kept,
    )


def flat_pixels(
    split: Split, num_rows: int | None = None
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the first rows of a split, flattened.

    Parameters
    ----------
    split : Split
    num_rows : int, optional
        By default, all rows.

    Returns
    -------
    features : ndarray of float64, shape (n, H * W)
        From 0 (black) to 1 (white): uint8 pixels divided by 255, float64 pixels as they are.
    labels : ndarray of int64, shape (n,)

    Examples
    --------
    >>> from slash_dataset import open_config
    >>> features, labels = flat_pixels(open_config("original")["test"])
    >>> features.shape, float(features.max())
    ((250, 900), 1.0)
    """
    images, labels, _ = split.read(range(len(split) if num_rows is None else num_rows))
    features = images.reshape(len(images), -1)
    return (features / 255 if features.dtype == np.uint8 else features), labels


def check_tests(test_on: TestOn, trained_on: Config) -> dict[str, Config]:
    """Return the configs that a model is tested on besides its own, by their names in results.

    Raises
    ------
    ValueError
        If a name or a parameter is unknown or out of range, if a config is given twice, or if its
        images have another size.

    Examples
    --------
    >>> list(check_tests(["long", ("standard", {"noise": 2})], resolve_config("standard")))
    ['long', 'standard noise=2.0']
    """
    is_list = iterates(test_on) and not isinstance(test_on, str | Mapping)
    asked: Iterable[Any] = test_on if is_list else [None]
    pairs: list[Any] = [(each, {}) if isinstance(each, str) else each for each in asked]
    if not all(map(_is_asked, pairs)):
        raise ValueError(
            f"test_on={shown(test_on)} is not allowed: test_on takes a list of names, "
            "or of (name, parameters)"
        )
    configs: dict[str, Config] = {}
    for name, params in pairs:
        config = resolve_config(name, **params)
        called = _test_name(config)
        if called in configs:
            raise ValueError(f"test_on={called!r} is not allowed: it repeats a config")
        if config.image_size != trained_on.image_size:
            raise ValueError(
                f"test_on={called!r} is not allowed: test_on takes configs with images of size "
                f"{trained_on.image_size}, which those of the train rows have"
            )
        configs[called] = config
    return configs


def _is_asked(pair: Any) -> bool:
    """Whether this is the name of a config and a mapping of its parameters."""
    kinds = (str, Mapping)
    return isinstance(pair, tuple) and len(pair) == 2 and all(map(isinstance, pair, kinds))


def _test_name(config: Config) -> str:
    """Return the name of a config with the non-default parameters that affect its test rows."""
    _, _, differs = str(split_identity(config, "test")).partition(" ")
    return f"{config.name} {differs}".strip()


def check_seeds(seeds: int | Iterable[int]) -> tuple[int, ...]:
    """Return the seeds as a list without duplicates.

    Raises
    ------
    ValueError
        If there is none, one is out of range, or one is repeated.
    """
    if not isinstance(seeds, str | int) and iterates(seeds):
        chosen = tuple(_SEED.check("seeds", _as_int(seed)) for seed in seeds)
        if not chosen:
            raise ValueError(f"seeds={shown(seeds)} is not allowed: seeds takes at least one seed")
        if len(set(chosen)) < len(chosen):
            raise ValueError(f"seeds={list(chosen)!r} is not allowed: a seed is repeated")
        return chosen
    return tuple(range(RUNS.check("seeds", _as_int(seeds))))


def check_vary(vary: str | None, config: Config) -> Vary:
    """Return what a seed changes: by default both, or only the model if the rows are fixed.

    Raises
    ------
    ValueError
        If `vary` is another word, or says "data" for a config whose rows are fixed.
    """
    if vary is None:
        return "both" if config.parameters else "model"
    check_choice("vary", vary, get_args(Vary))
    if vary != "model" and not config.parameters:
        raise ValueError(
            f"vary={vary!r} is not allowed: the rows of config {config.name!r} are fixed; "
            'use vary="model", or config "standard", which draws from the same distribution'
        )
    return vary  # type: ignore[return-value]


def check_jobs(jobs: Any) -> int:
    """Return `jobs` if it is a number of processes, or -1 for as many as there are cores."""
    number = _as_int(jobs)
    is_all = isinstance(number, int) and number == -1
    return -1 if is_all else int(PROCESSES.check("jobs", jobs))


def _seeds_for(
    model: Any, config: Config, vary: Vary, seeds: Sequence[int]
) -> Sequence[int | None]:
    """Return the seeds for a model: only None if all would give the same result."""
    fixed = isinstance(model, Model) and not model.seeded and vary == "model"
    # The random forest of the post is only defined on the author's data.
    if fixed and (config.name == "original-float64" or model.name != "random-forest"):
        return (None,)
    return seeds


def _as_int(value: Any) -> Any:
    try:
        return value if isinstance(value, bool) else operator.index(value)
    except TypeError:
        return value  # the bounds check reports what is wrong
