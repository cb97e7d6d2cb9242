"""Make ``datasets.load_dataset("slash")`` find the builder of this package.

`datasets` looks up the builder for a name with one function,
``datasets.load.dataset_module_factory``. This module wraps it, once, to answer for "slash" and pass
every other name on. If `datasets` is not imported yet, the wrapping waits until it is, so that
importing this package stays fast. If the function differs from that of the tested releases, a
warning says so; :func:`slash_dataset.load`, which needs none of this, still works.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import inspect
import os
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from .about import DATA_VERSION, NAME

_HOOKED = "datasets"
TESTED = ("2.21.0", "5.2.0")
"""The oldest and the newest release of `datasets` that the promises are tested with."""
# The functions that this module or `datasets` itself calls, with their arguments.
_CALLED = {
    "dataset_module_factory": ("path",),
    "DatasetModule": ("module_path", "hash", "builder_kwargs"),
}
REFUSED = {
    "revision": "the data comes from this package, not from a repository; to pin it, pin the "
    "version of slash-dataset",
    "data_files": "the Slash dataset is generated and reads no files",
    "data_dir": "the Slash dataset is generated and reads no files",
}
"""Arguments of ``load_dataset`` that would have no effect, with the reason."""


def register_on_import() -> None:
    """Register now if `datasets` is imported, or as soon as it is."""
    if _HOOKED in sys.modules:
        importlib.import_module(_HOOKED)  # another thread may still be importing it
        _register()
    elif not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder:
    """Find no module itself, but have ``datasets.load`` followed by the registration."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != _HOOKED:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def execute_and_register(module: ModuleType) -> None:
            execute(module)
            _register()

        spec.loader.exec_module = execute_and_register  # type: ignore[method-assign]
        return spec


def _register() -> None:
    if not hasattr(sys.modules[_HOOKED], "load_dataset"):
        return  # somebody's own package of that name
    load = sys.modules.get(f"{_HOOKED}.load", ModuleType("gone"))
    original = getattr(load, "dataset_module_factory", None)
    if getattr(original, "answers_for_slash", False):
        return
    if moved := _moved(load):
        _warn_once(
            f"{moved} in this release of datasets: load_dataset({NAME!r}), which is tested with "
            f"{TESTED[0]} to {TESTED[1]}, will not find the Slash dataset; slash_dataset.load() "
            "does the same without it"
        )
        return
    wrapped = _answering_for_slash(original, load)
    # Modules that imported the function by name hold their own reference.
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "datasets":
            for key, value in list(vars(module).items()):
                if value is original:
                    setattr(module, key, wrapped)


def _moved(load: ModuleType) -> str:
    """Say what has moved or can no longer be called as before; empty if nothing has."""
    for name, arguments in _CALLED.items():
        try:
            inspect.signature(getattr(load, name)).bind(**dict.fromkeys(arguments))
        except AttributeError:
            return f"datasets.load.{name} is gone"
        except (TypeError, ValueError) as error:
            return f"datasets.load.{name} has changed ({error})"
    return ""


def _answering_for_slash(original: Any, load: ModuleType) -> Any:
    parameters = inspect.signature(original)

    @functools.wraps(original)
    def dataset_module_factory(path: str, *args: Any, **kwargs: Any) -> Any:
        if path != NAME:
            return original(path, *args, **kwargs)
        given = parameters.bind_partial(path, *args, **kwargs).arguments
        for name, reason in REFUSED.items():
            if given.get(name) is not None:
                raise ValueError(f"{name}={given[name]!r} is not allowed with {NAME!r}: {reason}")
        _warn_of_folder()
        from . import builder

        # The builder has its own key for each set of arguments.
        return load.DatasetModule(
            module_path=builder.__name__,
            hash=DATA_VERSION,
            builder_kwargs={"dataset_name": NAME},
        )

    dataset_module_factory.answers_for_slash = True  # type: ignore[attr-defined]
    return dataset_module_factory


@functools.cache
def _warn_once(text: str) -> None:
    warnings.warn(text, stacklevel=2)


def _warn_of_folder() -> None:
    """Say which one is loaded, once for each folder that `datasets` itself would have loaded."""
    with suppress(OSError):  # a deleted current folder holds nothing
        if os.path.isdir(NAME) and any(os.scandir(NAME)):
            _warn_once(
                f"{NAME!r} in load_dataset means the Slash dataset of the package slash_dataset, "
                f"not the folder of that name in {os.getcwd()}; to load the folder, write "
                f"'./{NAME}'"
            )
