"""Put any model into the comparison: train it with several seeds, or test what is trained."""

from __future__ import annotations

import operator
import os
import warnings
from collections.abc import Iterable, Mapping
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from ..checks import Bounds, check_bool
from ..configs import DEFAULT_CONFIG_NAME, Config, check_split, find_config, resolve_config
from ..identity import config_identity
from ..splits import open_splits
from .adapters import as_trained, default_name, factory_of
from .model_fingerprint import fingerprint_of
from .models import Model, find_model
from .pixels import flat_pixels
from .result_lines import append_line, check_leaderboard
from .results import Evaluation, Vary, describe_versions
from .trials import Trial, accuracy, check_vary, run_trials

_SEED = Bounds(0, 2**32 - 1, "", whole=True)
_NUM_SEEDS = Bounds(1, 10_000, "", whole=True)


def evaluate(
    model: Any,
    config: str = DEFAULT_CONFIG_NAME,
    seeds: int | Iterable[int] = 10,
    *,
    test_on: Iterable[str] = (),
    vary: Vary | None = None,
    predictions: bool = False,
    name: str | None = None,
    fit_params: Mapping[str, Any] | None = None,
    leaderboard: str | os.PathLike[str] | None = None,
    **params: Any,
) -> Evaluation:
    """Train a model on a config's train split, once for each seed, and test it on its test split.

    Every model gets flattened pixels, float64 of shape (n, H * W) from 0 (black) to 1 (white), and
    labels, int64 of shape (n,). Keras models get them as float32 in the shape of their input.

    Parameters
    ----------
    model : object, callable or str
        One of

        - an object with ``fit(X, y)`` and ``predict(X)``; for each seed a copy of it is fitted,
          whose `random_state`, if it has one, is the seed;
        - a compiled Keras model; for each seed a copy of it with new weights is fitted;
        - :func:`~slash_dataset.benchmark.torch_classifier` of a PyTorch module;
        - a class or function that returns one of these, called for each seed, with ``seed=`` if it
          takes that;
        - the name of a model in :data:`slash_dataset.benchmark.MODELS`.
    config : str
        A config, see :data:`slash_dataset.CONFIG_NAMES`.
    seeds : int or iterable of int
        How many seeds, from 0 on, or the seeds themselves. A model of the benchmark in which
        nothing is random is run once where the rows are fixed.
    test_on : iterable of str
        Further configs whose test rows the trained model is tested on, as they are by default; its
        images must be of the same size.
    vary : str, optional
        What a seed changes: "data" (each draws its own train rows), "model" (its initial weights
        and all else that is random in it), or "both". By default both for drawn configs, and the
        model for the original, whose rows are fixed. The test rows are always the same.
    predictions : bool
        Keep the predicted classes of the test rows in the result.
    name : str, optional
        What the model is called in the result; its class or function if left out.
    fit_params : mapping, optional
        Further arguments of ``fit``. A Keras model is trained for ``epochs=30`` with
        ``batch_size=32`` unless they say otherwise.
    leaderboard : path-like, optional
        A file of JSON lines to which the result is appended; it is made if missing. If that fails
        after the training, a warning says so, and the result is returned all the same.
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
        If the leaderboard cannot be written; nothing is trained then.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> result = evaluate(KNeighborsClassifier(n_neighbors=1), "original-float64", seeds=1)
    >>> result.test_accuracy
    (0.908,)
    >>> evaluate("logistic-regression", "standard", num_train=500).median_test_accuracy < 0.6
    True
    >>> evaluate("knn-1", "standard", 3, test_on=["shifted"], num_train=500).tested_on.keys()
    dict_keys(['shifted'])
    """
    resolved = resolve_config(config, **params)
    varies = check_vary(vary, resolved)
    tests = check_tests(test_on, resolved)
    wanted = seeds_for(model, resolved, varies, check_seeds(seeds))
    check_bool("predictions", predictions)
    label = check_name(model, name)
    factory = factory_of(model, resolved.num_rows["train"], fit_params)
    if leaderboard is not None:
        check_leaderboard(leaderboard)

    what = fingerprint_of(model, fit_params)
    trials = [
        Trial(label, factory, resolved, seed, varies, (resolved, *tests), model_fingerprint=what)
        for seed in wanted
    ]
    result = evaluation_of(trials, predictions=predictions)
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


def evaluation_of(
    trials: list[Trial], *, predictions: bool = False, outcomes: Any = None
) -> Evaluation:
    """Return what trials of one model on one config, which differ by seed, come to.

    Parameters
    ----------
    trials : list of Trial
    predictions : bool
        Keep them.
    outcomes : list of Outcome, optional
        If the trials have been run already.
    """
    first = trials[0]
    if outcomes is None:
        outcomes = [outcome for _, outcome in run_trials(trials)]
    identity = config_identity(first.config)
    names = [config.name for config in first.tests]
    tested = dict(zip(names[1:], zip(*(o.tests[1:] for o in outcomes), strict=True), strict=True))
    kept = {}
    if predictions:
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
        tested_on=tested,
        device=outcomes[-1].device,
        versions=describe_versions(),
        model_fingerprint=first.model_fingerprint,
        predictions=kept,
    )


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
    """Test a model that somebody has trained on the rows of any config.

    Parameters
    ----------
    model : object
        A fitted object with ``predict(X)``, which gets float64 pixels of shape (n, H * W) from 0
        to 1; a Keras model, which gets float32 pixels in the shape of its input; or a PyTorch
        module, which gets float32 images of shape (n, 1, H, W) from 0 to 1 on its own device, in
        evaluation mode. What it was given in training, it must be given here: a module that was
        trained on standardised images carries that step within.
    config : str
        A config, see :data:`slash_dataset.CONFIG_NAMES`.
    split : str
        "train" or "test".
    predictions : bool
        Return the predicted classes too.
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
        If the model has no ``predict``, or makes a model rather than being one.
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


def check_tests(test_on: Iterable[str], trained_on: Config) -> tuple[Config, ...]:
    """Return the configs that a model is tested on besides its own.

    Raises
    ------
    ValueError
        If a name is unknown, comes twice, or has images of another size.
    """
    if isinstance(test_on, str):
        raise ValueError(f"test_on={test_on!r} is not allowed: give a list of configs")
    configs = tuple(find_config(name) for name in test_on)
    names = [config.name for config in configs]
    if len(set(names)) < len(names):
        raise ValueError(f"test_on={names!r} is not allowed: it names a config twice")
    for config in configs:
        if config.image_size != trained_on.image_size:
            raise ValueError(
                f"test_on={config.name!r} is not allowed: its images are of {config.image_size} "
                f"pixels, those of the train rows of {trained_on.image_size}"
            )
    return configs


def check_seeds(seeds: int | Iterable[int]) -> tuple[int, ...]:
    """Return the seeds, each once.

    Raises
    ------
    ValueError
        If there is none, one is out of range, or one comes twice.
    """
    if isinstance(seeds, Iterable) and not isinstance(seeds, str):
        chosen = tuple(_SEED.check("seeds", _as_int(seed)) for seed in seeds)
        if not chosen:
            raise ValueError("seeds=() is not allowed: seeds takes at least one seed")
        if len(set(chosen)) < len(chosen):
            raise ValueError(f"seeds={list(chosen)!r} is not allowed: a seed comes twice")
        return chosen
    return tuple(range(_NUM_SEEDS.check("seeds", _as_int(seeds))))


def seeds_for(
    model: Any, config: Config, vary: Vary, seeds: tuple[int, ...]
) -> tuple[int | None, ...]:
    """Return the seeds that a model takes: None where all would come out the same."""
    known = find_model(model) if isinstance(model, str) else model
    fixed = isinstance(known, Model) and not known.seeded and vary == "model"
    # The random forest of the post is defined on the author's data only.
    if fixed and (config.name == "original-float64" or known.name != "random-forest"):
        return (None,)
    return seeds


def check_name(model: Any, name: str | None = None) -> str:
    """Return what a model is called, by itself if no name is given."""
    if name is not None:
        return name
    return model if isinstance(model, str) else default_name(model)


def _as_int(value: Any) -> Any:
    try:
        return value if isinstance(value, bool) else operator.index(value)
    except TypeError:
        return value  # the bounds say what is wrong with it
