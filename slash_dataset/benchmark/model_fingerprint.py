"""What a model is, as a fingerprint, so that a changed one is not taken for the one before."""

from __future__ import annotations

import functools
import hashlib
import json
import re
import sys
import sysconfig
import types
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from .keras_adapter import is_keras_model
from .models import Model, find_model
from .torch_adapter import TorchClassifier

_STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))
_PACKAGE = Path(__file__).parents[1]


def fingerprint_of(model: Any, fit_params: Mapping[str, Any] | None = None) -> str:
    """Return 16 hexadecimal digits that change when a model does, and stay from run to run.

    They cover settings, and the code of functions and classes with what they refer to, down to
    installed libraries, which are taken by name. Names that Keras numbers, weights that it draws,
    comments and formatting do not count; the release of Python does, for a user's own code.

    Parameters
    ----------
    model : object, callable, Model or str
        As :func:`~slash_dataset.benchmark.adapters.factory_of` takes it.
    fit_params : mapping, optional
        Further arguments of ``fit``.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> one, two = (fingerprint_of(KNeighborsClassifier(n)) for n in (1, 2))
    >>> one == fingerprint_of(KNeighborsClassifier(n_neighbors=1)), one == two
    (True, False)
    """
    known = find_model(model) if isinstance(model, str) else model
    described = _described((known, dict(fit_params or {})), set())
    return hashlib.sha256(repr(described).encode()).hexdigest()[:16]


def _described(value: Any, seen: set[int]) -> Any:
    """Return plain values that say all that decides what a model does."""
    if isinstance(value, Model):
        return ("model of the benchmark", value.name)
    if value is None or isinstance(value, bool | int | float | complex | str | bytes):
        return value
    if id(value) in seen:  # it refers to itself
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
        return (str(value.dtype), value.shape, hashlib.sha256(value.tobytes()).hexdigest())
    if isinstance(value, functools.partial):
        return ("partial", several(value.func), several(value.args), several(value.keywords))
    if isinstance(value, types.ModuleType):
        return value.__name__
    if isinstance(value, types.MethodType):
        return (several(value.__func__), several(value.__self__))
    if isinstance(value, types.FunctionType):
        return _of_function(value, several)
    if isinstance(value, type):
        return _of_class(value, several)
    if is_keras_model(value):
        # The numbers count how many layers of a kind this process has made before.
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
    if _installed(function):
        return (function.__module__, function.__qualname__)
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    # What it calls decides what it does, too.
    known = function.__globals__
    used = {name: known[name] for name in _names(function.__code__) if name in known}
    return (
        "function",
        _of_code(function.__code__),
        *map(several, (function.__defaults__, function.__kwdefaults__, cells, used)),
    )


def _of_class(kind: type, several: Callable[[Any], Any]) -> Any:
    name = (kind.__module__, kind.__qualname__)
    if kind.__module__ == "builtins" or _installed(kind):
        return name
    own = {
        key: value.fget if isinstance(value, property) else getattr(value, "__func__", value)
        for key, value in vars(kind).items()
        if key not in ("__dict__", "__weakref__", "__doc__", "__module__", "__annotations__")
        and not key.startswith(("__static_", "__firstline"))
    }
    return (kind.__qualname__, [several(base) for base in kind.__bases__], several(own))


def _of_code(code: types.CodeType) -> Any:
    constants = [_of_code(c) if isinstance(c, types.CodeType) else repr(c) for c in code.co_consts]
    return (sys.version_info[:2], code.co_code, code.co_names, code.co_varnames, constants)


def _names(code: types.CodeType) -> set[str]:
    inner = [_names(each) for each in code.co_consts if isinstance(each, types.CodeType)]
    return set(code.co_names).union(*inner)


def _installed(value: Any) -> bool:
    """Whether a function or class is part of a library, and so is its name and no code of ours."""
    module = sys.modules.get(value.__module__)
    file = getattr(module, "__file__", None)
    if module is None or file is None:
        return value.__module__ != "__main__" and module is not None
    return any(part in ("site-packages", "dist-packages") for part in Path(file).parts) or (
        Path(file).is_relative_to(_STANDARD_LIBRARY) or Path(file).is_relative_to(_PACKAGE)
    )
