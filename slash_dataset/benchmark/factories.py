"""From what a user calls a model to a function that makes a fresh classifier for each seed."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ..extras import require
from .keras_classifier import KerasClassifier, check_compiled, copies_of, is_keras_model
from .seeding import seeded
from .torch_classifier import is_torch_module

Factory = Callable[[int | None], Any]


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
    name = getattr(model, "__name__", None)
    return str(name) if name else type(model).__name__


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
