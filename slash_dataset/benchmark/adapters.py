"""From what a user calls a model to a function that makes a fresh classifier for each seed."""

from __future__ import annotations

import copy
import inspect
import random
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..extras import require
from .keras_adapter import (
    KerasClassifier,
    check_compiled,
    copies_of,
    import_keras,
    is_keras_model,
)
from .models import Model, find_model
from .torch_adapter import TrainedModule, is_torch_module

Factory = Callable[[int | None], Any]


def factory_of(model: Any, num_train: int, fit_params: Mapping[str, Any] | None = None) -> Factory:
    """Return what makes a fresh classifier for each seed; what it needs is imported at once.

    Parameters
    ----------
    model : object, callable, Model or str
        As :func:`~slash_dataset.benchmark.evaluate` takes it, or a record of its table.
    num_train : int
        Rows that it will be trained on.
    fit_params : mapping, optional
        Further arguments of ``fit``.

    Raises
    ------
    TypeError
        As :func:`as_factory` does.
    ValueError
        If a name is unknown, or the model is one of the benchmark and `fit_params` are given.
    """
    known = find_model(model) if isinstance(model, str) else model
    if not isinstance(known, Model):
        return as_factory(model, dict(fit_params or {}))
    if fit_params:
        raise ValueError(
            f"fit_params={fit_params!r} is not allowed: model {known.name!r} has its own protocol"
        )
    require("sklearn", "benchmark")
    if known.keras:
        import_keras()
    return lambda seed: known.make(seed, num_train)


def as_trained(model: Any) -> Any:
    """Return a trained model with ``predict``, for flattened pixels from 0 to 1.

    Raises
    ------
    TypeError
        If it has no ``predict``, or makes a model rather than being one.
    """
    if is_keras_model(model):
        return KerasClassifier.of(model)
    if is_torch_module(model) and not isinstance(model, type):
        return TrainedModule(model)
    if isinstance(model, type) or not callable(getattr(model, "predict", None)):
        kind = model.__name__ if hasattr(model, "__name__") else type(model).__name__
        raise TypeError(
            f"model={kind} is no trained model: score takes a fitted object with predict(X), a "
            "Keras model, or a PyTorch module; evaluate trains one"
        )
    return model


def as_factory(model: Any, fit_params: Mapping[str, Any]) -> Factory:
    """Return a function from a seed to an unfitted classifier.

    Parameters
    ----------
    model : object or callable
        As :func:`~slash_dataset.benchmark.evaluate` takes it, but no name.
    fit_params : mapping
        Further arguments of ``fit``.

    Raises
    ------
    TypeError
        If what would be fitted has no ``fit`` or no ``predict``; a class or function is called once
        to find out.
    """
    if is_keras_model(model):
        build = copies_of(model)
        return lambda seed: KerasClassifier(build, **fit_params)
    if is_torch_module(model):  # which is callable, but makes no model when called
        _check_methods(model)
    if isinstance(model, type) or (callable(model) and _missing(model)):
        return _from_callable(model, fit_params)
    _check_methods(model)
    return lambda seed: _with_fit_params(_with_seed(_copy(model), seed), fit_params)


def default_name(model: Any) -> str:
    """Return the name of a function or class, or of the class of an object."""
    if is_keras_model(model):
        return str(model.name)
    factory = getattr(model, "module_factory", None)
    if factory is not None:
        return default_name(factory)
    name = model.name if isinstance(model, Model) else getattr(model, "__name__", None)
    return str(name) if name else type(model).__name__


@contextmanager
def seeded(seed: int | None) -> Iterator[None]:
    """Seed Python, NumPy, and those of Keras and PyTorch that are loaded, for the block.

    The states of Python's and NumPy's global generators are put back afterwards; Keras and PyTorch
    stay seeded.

    Parameters
    ----------
    seed : int or None
        0 to 2**32 - 1; None leaves everything as it is.
    """
    if seed is None:
        yield
        return
    python_state, numpy_state = random.getstate(), np.random.get_state()
    try:
        random.seed(seed)
        np.random.seed(seed)
        if "torch" in sys.modules:
            sys.modules["torch"].manual_seed(seed)
        if "keras" in sys.modules:
            sys.modules["keras"].utils.set_random_seed(seed)
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)


def _from_callable(function: Callable[..., Any], fit_params: Mapping[str, Any]) -> Factory:
    try:
        takes_seed = "seed" in inspect.signature(function).parameters
    except ValueError:  # some classes written in C do not say
        takes_seed = False

    def make(seed: int | None) -> Any:
        made = function(seed=seed) if takes_seed else function()
        if is_keras_model(made):
            check_compiled(made)
            return KerasClassifier(lambda: made, **fit_params)
        _check_methods(made)
        return _with_fit_params(_with_seed(made, seed), fit_params)

    with seeded(0):
        make(0)
    return make


def _missing(model: Any) -> list[str]:
    return [name for name in ("fit", "predict") if not callable(getattr(model, name, None))]


def _check_methods(model: Any) -> None:
    missing = _missing(model)
    if not missing:
        return
    kind = model.__name__ if isinstance(model, type) else type(model).__name__
    hint = ""
    if is_torch_module(model):
        hint = "; for a PyTorch module: torch_classifier(function that makes it, epochs=...)"
    raise TypeError(
        f"model={kind} has no {' and no '.join(missing)}: a model takes fit(X, y) and predict(X)"
        + hint
    )


def _copy(model: Any) -> Any:
    """An unfitted copy as scikit-learn makes it where the model has parameters, else a deep one."""
    if hasattr(model, "get_params"):
        return require("sklearn.base", "benchmark").clone(model)
    return copy.deepcopy(model)


def _with_seed(model: Any, seed: int | None) -> Any:
    """Set every `random_state` of a scikit-learn model, those inside a pipeline too."""
    if seed is not None and hasattr(model, "get_params") and hasattr(model, "set_params"):
        names = [name for name in model.get_params() if name.split("__")[-1] == "random_state"]
        model.set_params(**dict.fromkeys(names, seed))
    return model


class _WithFitParams:
    """A classifier whose ``fit`` is given further arguments."""

    def __init__(self, classifier: Any, fit_params: Mapping[str, Any]) -> None:
        self._classifier, self._fit_params = classifier, fit_params

    def __getattr__(self, name: str) -> Any:
        return getattr(self._classifier, name)

    def fit(self, features: Any, labels: Any) -> Any:
        return self._classifier.fit(features, labels, **self._fit_params)


def _with_fit_params(classifier: Any, fit_params: Mapping[str, Any]) -> Any:
    return _WithFitParams(classifier, fit_params) if fit_params else classifier
