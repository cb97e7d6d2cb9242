"""From a user's model to its name, its fingerprint, and fresh classifiers."""

from __future__ import annotations

import copy
import functools
import hashlib
import inspect
import json
import random
import re
import sys
import sysconfig
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from ..checks import check_kind, iterates, shown
from ..extras import require
from .keras_adapter import (
    KerasClassifier,
    check_compiled,
    copies_of,
    import_keras,
    is_keras_model,
)
from .models import Model, find_model
from .torch_adapter import TorchClassifier, TrainedModule, is_torch_module

Factory = Callable[[int | None], Any]

Models = Mapping[str, Any] | Iterable[Any]
"""Models that :func:`~slash_dataset.benchmark.evaluate` takes: a mapping of names, or a list."""

_STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))
_PACKAGE = Path(__file__).parents[1]


def named_models(models: Models) -> dict[str, Any]:
    """Return models by name; a bare name means the record in the benchmark's table.

    Raises
    ------
    ValueError
        If there is no model, a name is unknown, or two models have the same name.
    """
    check_kind("models", models, "a list or a dict", iterates(models))
    if isinstance(models, str):
        raise ValueError(
            f"models={shown(models)} is not allowed: models takes a list of names, or a dict"
        )
    if isinstance(models, Mapping):
        named = [(str(name), model) for name, model in models.items()]
    else:
        named = [(default_name(model), model) for model in models]
    if not named:
        raise ValueError("models is empty: models takes at least one")
    names = [name for name, _ in named]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two models are named {name!r}: give a dict with a name for each")
    return {name: find_model(m) if isinstance(m, str) else m for name, m in named}


def factory_of(model: Any, num_train: int) -> Factory:
    """Return a function that makes a fresh classifier for each seed; import its requirements now.

    Parameters
    ----------
    model : object, callable or Model
        A value returned by :func:`named_models`.
    num_train : int
        Number of rows it will be trained on.

    Raises
    ------
    TypeError
        If the object to fit has no ``fit`` or no ``predict``; a class or function is called once to
        find out.
    """
    if isinstance(model, Model):
        require("sklearn", "benchmark")
        if model.keras:
            import_keras()
        return lambda seed: model.make(seed, num_train)
    if is_keras_model(model):
        build = copies_of(model)
        return lambda seed: KerasClassifier(build)
    if is_torch_module(model):  # callable, but calling it does not create a model
        _check_methods(model, model)
    if isinstance(model, type) or (callable(model) and _missing(model)):
        return _from_callable(model)
    _check_methods(model, model)
    return lambda seed: _with_seed(_copy(model), seed)


def as_trained(model: Any) -> Any:
    """Return a trained model with ``predict``, for flattened pixels from 0 to 1.

    Raises
    ------
    TypeError
        If it has no ``predict``, or creates a model rather than being one.
    """
    if is_keras_model(model):
        return KerasClassifier.of(model)
    if is_torch_module(model) and not isinstance(model, type):
        return TrainedModule(model)
    if isinstance(model, type) or not callable(getattr(model, "predict", None)):
        raise TypeError(
            f"model={shown(model)} is not allowed: model takes a trained one, an object with "
            "predict(X), a Keras model or a PyTorch module; evaluate trains one"
        )
    return model


def default_name(model: Any) -> str:
    """Return the name of a function or class, or of an object's class."""
    if isinstance(model, str):
        return model
    if isinstance(model, Model) or is_keras_model(model):
        return str(model.name)
    if isinstance(model, TorchClassifier):
        return default_name(model.module_factory)
    return str(getattr(model, "__name__", None) or type(model).__name__)


@contextmanager
def seeded(seed: int | None) -> Iterator[None]:
    """Seed Python and NumPy, and Keras and PyTorch if loaded, for the block.

    Afterwards, the global generators of Python and NumPy are restored; Keras and PyTorch stay
    seeded.

    Parameters
    ----------
    seed : int or None
        0 to 2**32 - 1; None changes nothing.
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


def _from_callable(function: Callable[..., Any]) -> Factory:
    try:
        takes_seed = "seed" in inspect.signature(function).parameters
    except ValueError:  # some classes written in C have no signature
        takes_seed = False

    def make(seed: int | None) -> Any:
        made = function(seed=seed) if takes_seed else function()
        if is_keras_model(made):
            check_compiled(made)
            return KerasClassifier(lambda: made)
        _check_methods(function, made)
        return _with_seed(made, seed)

    with seeded(0):
        make(0)
    return make


def _missing(model: Any) -> list[str]:
    return [name for name in ("fit", "predict") if not callable(getattr(model, name, None))]


def _check_methods(model: Any, made: Any) -> None:
    """Refuse a model, or what a function or class makes, without one of the methods."""
    missing = _missing(made)
    if not missing:
        return
    hint = ""
    if is_torch_module(made):
        hint = "; for a PyTorch module: torch_classifier(function that returns it, epochs=...)"
    gives = "" if made is model else f" gives {shown(made)}, which"
    raise TypeError(
        f"model={shown(model)}{gives} has no {' and no '.join(missing)}: model takes an object "
        "with fit(X, y) and predict(X)" + hint
    )


def _copy(model: Any) -> Any:
    """Return an unfitted copy: scikit-learn's clone if the model has parameters, else deep."""
    if hasattr(model, "get_params"):
        return require("sklearn.base", "benchmark").clone(model)
    return copy.deepcopy(model)


def _with_seed(model: Any, seed: int | None) -> Any:
    """Set every `random_state` of a scikit-learn model, also inside a pipeline."""
    if seed is not None and hasattr(model, "get_params") and hasattr(model, "set_params"):
        names = [name for name in model.get_params() if name.split("__")[-1] == "random_state"]
        model.set_params(**dict.fromkeys(names, seed))
    return model


def fingerprint_of(model: Any, fit_params: Mapping[str, Any] | None = None) -> str:
    """Return 16 hexadecimal digits that change with the model, and are the same in every run.

    They cover settings, and the code of functions and classes with everything it refers to, except
    that installed libraries count only by name. Names that Keras numbers, weights that it draws,
    comments and formatting do not count; for a user's own code, the release of Python does.

    Parameters
    ----------
    model : object, callable or Model
    fit_params : mapping, optional
        Extra arguments of ``fit``.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> one, two = (fingerprint_of(KNeighborsClassifier(n)) for n in (1, 2))
    >>> one == fingerprint_of(KNeighborsClassifier(n_neighbors=1)), one == two
    (True, False)
    """
    described = _described((model, dict(fit_params or {})), set())
    return hashlib.sha256(repr(described).encode()).hexdigest()[:16]


def _described(value: Any, seen: set[int]) -> Any:
    """Return plain values that cover everything that determines a model's behaviour."""
    if isinstance(value, Model):
        return ("model of the benchmark", value.name)
    if value is None or isinstance(value, bool | int | float | complex | str | bytes):
        return value
    if id(value) in seen:  # a reference cycle
        return "..."
    seen = seen | {id(value)}
    several = functools.partial(_described, seen=seen)
    if isinstance(value, Mapping):
        return sorted((repr(key), several(each)) for key, each in value.items())
    if isinstance(value, list | tuple):
        return [several(each) for each in value]
    if isinstance(value, set | frozenset):
        return sorted(repr(several(each)) for each in value)
    if isinstance(value, np.ndarray):
        content = np.asarray(value).tobytes()  # a masked array's own method may fail
        return (str(value.dtype), value.shape, hashlib.sha256(content).hexdigest())
    if isinstance(value, functools.partial):
        return ("partial", several(value.func), several(value.args), several(value.keywords))
    if isinstance(value, types.ModuleType):
        return value.__name__
    if isinstance(value, types.MethodType):
        return (several(value.__func__), several(value.__self__))
    if isinstance(value, types.FunctionType | type) and _installed(value):
        return (value.__module__, value.__qualname__)
    if isinstance(value, types.FunctionType):
        return _of_function(value, several)
    if isinstance(value, type):
        return _of_class(value, several)
    if is_keras_model(value):
        # The numbers count the layers of a kind that this process has already made.
        text = json.dumps([value.get_config(), value.get_compile_config()], default=repr)
        return re.sub(r"_\d+(?=\")", "", text)
    if isinstance(value, TorchClassifier):
        settings = ((f.name, getattr(value, f.name)) for f in fields(value) if f.name != "device")
        return several(dict(settings))
    kind = several(type(value))
    if hasattr(value, "get_params"):
        return (kind, several(value.get_params(deep=False)))
    if hasattr(value, "__dict__"):
        return (kind, several(vars(value)))
    return (kind, re.sub(r" at 0x[0-9a-f]+", "", repr(value)))


def _of_function(function: types.FunctionType, several: Callable[[Any], Any]) -> Any:
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    # The functions it calls count too.
    known = function.__globals__
    used = {name: known[name] for name in _names(function.__code__) if name in known}
    return (
        "function",
        _of_code(function.__code__),
        *map(several, (function.__defaults__, function.__kwdefaults__, cells, used)),
    )


def _of_class(kind: type, several: Callable[[Any], Any]) -> Any:
    own = {
        key: value.fget if isinstance(value, property) else getattr(value, "__func__", value)
        for key, value in vars(kind).items()
        # Python keeps notes there, such as __slotnames__ once an object has been copied.
        if not key.startswith("__") or callable(value)
    }
    return (kind.__qualname__, [several(base) for base in kind.__bases__], several(own))


def _of_code(code: types.CodeType) -> Any:
    constants = [_of_code(c) if isinstance(c, types.CodeType) else repr(c) for c in code.co_consts]
    return (sys.version_info[:2], code.co_code, code.co_names, code.co_varnames, constants)


def _names(code: types.CodeType) -> set[str]:
    inner = [_names(each) for each in code.co_consts if isinstance(each, types.CodeType)]
    return set(code.co_names).union(*inner)


def _installed(value: Any) -> bool:
    """Whether a function or class belongs to a library, so that its name is enough."""
    module = sys.modules.get(value.__module__)
    file = getattr(module, "__file__", None)
    if module is None or file is None:
        return value.__module__ != "__main__" and module is not None
    return any(part in ("site-packages", "dist-packages") for part in Path(file).parts) or (
        Path(file).is_relative_to(_STANDARD_LIBRARY) or Path(file).is_relative_to(_PACKAGE)
    )
