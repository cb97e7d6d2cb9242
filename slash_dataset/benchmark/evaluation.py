"""Train a model with several seeds on a config, and say how well it does."""

from __future__ import annotations

import json
import operator
import os
import statistics
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ..checks import Bounds
from ..configs import DEFAULT_CONFIG_NAME, resolve_config
from ..extras import require
from ..identity import config_identity
from ..splits import open_splits
from .factories import Factory, as_factory, default_name
from .keras_classifier import import_keras
from .leaderboard import append_line, check_leaderboard
from .models import Model, find_model
from .parameters import count_parameters
from .pixels import Features, Labels, flat_pixels
from .seeding import seeded

_SEED = Bounds(0, 2**32 - 1, "", whole=True)


@dataclass(frozen=True)
class Evaluation:
    """How one model did on one config, for each seed.

    Attributes
    ----------
    model : str
        Its name.
    config : str
        The config that it was trained and tested on.
    params : dict
        Parameters of the config that were given, as Python values.
    identity : str
        The fingerprint of the config with these parameters.
    num_train, num_test : int
        Rows of the two splits.
    num_parameters : int or None
        Of the model fitted last, by the definitions of
        :func:`~slash_dataset.benchmark.parameters.count_parameters`; None if unknown.
    seeds : tuple of (int or None)
        None for a model in which nothing is random.
    train_accuracy, test_accuracy : tuple of float
        From 0 to 1, one for each seed.
    seconds : tuple of float
        Wall-clock time of fitting and predicting, one for each seed.
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

    @property
    def median_test_accuracy(self) -> float:
        """Median over the seeds."""
        return statistics.median(self.test_accuracy)

    @property
    def min_test_accuracy(self) -> float:
        """Of the worst seed."""
        return min(self.test_accuracy)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, with lists for tuples; what :meth:`from_dict` takes."""
        values = asdict(self)
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Evaluation:
        """Return the evaluation that :meth:`to_dict` described."""
        fields: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in values.items()
        }
        return cls(**fields)

    def to_json(self) -> str:
        """Return one line of JSON."""
        return json.dumps(self.to_dict())

    def to_frame(self) -> Any:
        """Return a pandas DataFrame: a row for each seed, a column for each parameter.

        `seed` is the model's; a parameter of that name is called `data_seed`.
        """
        pandas = require("pandas", "benchmark")
        params = {"data_seed" if k == "seed" else k: v for k, v in self.params.items()}
        columns = {
            "model": self.model,
            "config": self.config,
            **params,
            "identity": self.identity,
            "num_train": self.num_train,
            "num_test": self.num_test,
            "num_parameters": self.num_parameters,
            "seed": list(self.seeds),
            "train_accuracy": list(self.train_accuracy),
            "test_accuracy": list(self.test_accuracy),
            "seconds": list(self.seconds),
        }
        return pandas.DataFrame(columns)


@dataclass(frozen=True)
class Data:
    """The two splits of a config as models read them."""

    train: tuple[Features, Labels]
    test: tuple[Features, Labels]


def evaluate(
    model: Any,
    config: str = DEFAULT_CONFIG_NAME,
    seeds: int | Iterable[int] = 10,
    *,
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
        nothing is random is run once.
    name : str, optional
        What the model is called in the result; its class or function if left out.
    fit_params : mapping, optional
        Further arguments of ``fit``. A Keras model is trained for ``epochs=30`` with
        ``batch_size=32`` unless they say otherwise.
    leaderboard : path-like, optional
        A file of JSON lines to which the result is appended; it is made if missing.
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
        If the leaderboard cannot be written, before anything is trained. If it can no longer be
        written afterwards, a warning shows the line, and the result is returned.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> result = evaluate(KNeighborsClassifier(n_neighbors=1), "original-float64", seeds=1)
    >>> result.test_accuracy
    (0.908,)
    >>> evaluate("logistic-regression", "standard", num_train=500).median_test_accuracy < 0.6
    True
    """
    resolved = resolve_config(config, **params)
    wanted = _checked_seeds(seeds)
    fit_params = dict(fit_params or {})
    if isinstance(model, str):
        known = find_model(model)
        if fit_params:
            raise ValueError(
                f"fit_params={fit_params!r} is not allowed: model {model!r} has its own protocol"
            )
        # Only there the random forest of the post is defined, and it takes no seed.
        is_original = resolved.name == "original-float64"
        if not known.seeded and (is_original or known.name != "random-forest"):
            wanted = (None,)
        factory = factory_of(known, resolved.num_rows["train"])
    else:
        factory = as_factory(model, fit_params)
    if name is None:
        name = model if isinstance(model, str) else default_name(model)
    if leaderboard is not None:
        check_leaderboard(leaderboard)

    splits = open_splits(resolved)
    data = Data(flat_pixels(splits["train"]), flat_pixels(splits["test"]))
    recorded = {key: resolved.parameters[key] for key in params}
    identity = config_identity(resolved).fingerprint
    result = measure(name, config, factory, data, wanted, params=recorded, identity=identity)
    if leaderboard is not None:
        line = result.to_json()
        try:
            append_line(leaderboard, line)
        except OSError as error:  # what was measured must not be lost
            said = f"not appended to {leaderboard}: {error}; the line is {line}"
            warnings.warn(said, stacklevel=2)
    return result


def factory_of(model: Model, num_train: int) -> Factory:
    """Return what makes a model of the benchmark; what it needs is imported at once."""
    require("sklearn", "benchmark")
    if model.keras:
        import_keras()
    return lambda seed: model.make(seed, num_train)


def measure(
    name: str,
    config: str,
    factory: Factory,
    data: Data,
    seeds: Iterable[int | None],
    *,
    params: Mapping[str, Any] | None = None,
    identity: str = "",
    after_each: Callable[[], object] = lambda: None,
) -> Evaluation:
    """Fit and test one classifier for each seed.

    Parameters
    ----------
    name, config, params, identity
        Recorded in the result.
    factory : callable
        ``factory(seed)`` returns an unfitted classifier.
    data : Data
    seeds : iterable of (int or None)
    after_each : callable
        Called after each seed, for progress.

    Returns
    -------
    Evaluation
    """
    seeds = tuple(seeds)
    train, test, seconds = [], [], []
    num_parameters = None
    for seed in seeds:
        start = time.perf_counter()
        with seeded(seed):
            classifier = factory(seed)
            classifier.fit(*data.train)
            train.append(accuracy(classifier, *data.train))
            test.append(accuracy(classifier, *data.test))
        seconds.append(round(time.perf_counter() - start, 3))
        num_parameters = count_parameters(classifier)
        after_each()
    return Evaluation(
        model=name,
        config=config,
        num_train=len(data.train[1]),
        num_test=len(data.test[1]),
        num_parameters=num_parameters,
        seeds=seeds,
        train_accuracy=tuple(train),
        test_accuracy=tuple(test),
        seconds=tuple(seconds),
        params=dict(params or {}),
        identity=identity,
    )


def accuracy(classifier: Any, features: Features, labels: Labels) -> float:
    """Return the share of rows, from 0 to 1, whose predicted class is their label.

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
    return float((predicted == labels).mean())


def _checked_seeds(seeds: int | Iterable[int]) -> tuple[int | None, ...]:
    if isinstance(seeds, Iterable) and not isinstance(seeds, str):
        chosen = tuple(_SEED.check("seeds", _as_int(seed)) for seed in seeds)
        if not chosen:
            raise ValueError("seeds=() is not allowed: seeds takes at least one seed")
        return chosen
    return tuple(range(Bounds(1, 10_000, "", whole=True).check("seeds", _as_int(seeds))))


def _as_int(value: Any) -> Any:
    try:
        return value if isinstance(value, bool) else operator.index(value)
    except TypeError:
        return value  # the bounds say what is wrong with it
