"""How public functions are called with anything, and what is promised then."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import io
import os
import re
import shutil
import types
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import slash_dataset
from slash_dataset import drawing, original
from slash_dataset.checks import iterates, shown

from ..strategies import calls

EXAMPLES = 5_000 if "SLASH_SOAK" in os.environ else 100


@dataclass(frozen=True)
class Call:
    """How a public function is called.

    Attributes
    ----------
    arguments : mapping of str to strategy
        What each may be.
    function : callable, optional
        From what is public to what is called, for a method: from a class to that of an object.
    holds : callable
        Of the result, and of the arguments: what is promised.
    also : str
        How an error may name an argument instead, as a pattern.
    """

    arguments: Mapping[str, Any]
    function: Callable[[Any], Any] = lambda function: function
    holds: Callable[[Any, dict[str, Any]], bool] = lambda result, given: result is not None
    also: str = "^$"


def public() -> dict[str, Any]:
    """Each public function and class, and of a class the methods that take something."""
    modules = {"": slash_dataset}
    for name in dir(slash_dataset):
        if isinstance(value := getattr(slash_dataset, name), types.ModuleType):
            modules[f"{name}."] = value
    found = {}
    for prefix, module in modules.items():
        own = [name for name, value in vars(module).items() if _is_of(value, module, name)]
        for name in getattr(module, "__all__", own):
            value = getattr(module, name)
            if (inspect.isclass(value) or inspect.isfunction(value)) and not _is_record(value):
                found[prefix + name] = value
            if inspect.isclass(value) and not issubclass(value, Exception):
                for method in vars(value):
                    takes = callable(getattr(value, method)) and method[0] != "_"
                    if (takes and _takes_something(value, method)) or method == "__getitem__":
                        found[f"{prefix}{name}.{method}"] = value
    return found


def _is_of(value, module, name):
    return getattr(value, "__module__", None) == module.__name__ and name[0] != "_"


def _is_record(value):
    """Errors, and dataclasses that take what they are given: others make them."""
    if not inspect.isclass(value) or issubclass(value, Exception):
        return inspect.isclass(value)
    return dataclasses.is_dataclass(value) and not hasattr(value, "__post_init__")


def _takes_something(kind, method):
    parameters = list(inspect.signature(getattr(kind, method)).parameters.values())
    bound = isinstance(vars(kind)[method], classmethod)
    return any(p.kind != p.VAR_KEYWORD for p in parameters[0 if bound else 1 :])


def public_value(name):
    value = slash_dataset
    for part in name.split("."):
        if inspect.isclass(value):
            return value
        value = getattr(value, part)
    return value


class Watched:
    """Counts what is drawn or replayed while it is entered."""

    def __enter__(self):
        self.begun = 0
        self.patch = pytest.MonkeyPatch()
        for owner, name in ((drawing.Drawer, "draw"), (original, "replay")):
            self.patch.setattr(owner, name, self.counting(getattr(owner, name)))
        return self

    def counting(self, function):
        def counted(*args, **kwargs):
            self.begun += 1
            return function(*args, **kwargs)

        return counted

    def __exit__(self, *_):
        self.patch.undo()


def keeps_its_promise(name: str, call: Call, odd: bool, place: Path, examples: int) -> None:
    """Call a public function with anything that its strategies draw, below an empty folder."""
    function = call.function(public_value(name))

    @settings(
        max_examples=examples,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(calls(call.arguments, odd))
    def check(drawn: tuple[dict[str, Any], str | None]) -> None:
        outcome(call, function, *drawn, place)

    check()


ALLOWED = (
    r"\btakes\b|one of|must|; [a-zA-Z]+|Available|has no manifest|there are|has rows|<=|"
    r"not allowed with|set HF_TOKEN"
)
"""What says which values there are, in the messages about one that is none."""


def ways_to_show(value: object) -> list[str]:
    """How a message may show a value: as it is written, as a path, or by one of its items."""
    items = [value.start, value.stop, value.step] if isinstance(value, slice) else [value]
    if iterates(value) and not isinstance(value, str):
        items.extend(value)
    for each in tuple(items):
        if hasattr(each, "dtype"):
            items += np.asarray(each).ravel().tolist()
        elif isinstance(each, str):
            items.append(each.rstrip("\0"))  # as NumPy has it
    by_size = ["is empty", "of length", "of shape"]
    return [text for each in items for text in (shown(each), str(each)[:1000])] + by_size


def outcome(
    call: Call, function: Callable[..., Any], given: dict[str, Any], odd: str | None, place: Path
) -> None:
    """Call a function; anything but a result or an error that names an argument is an error."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        # Processes would miss the folder that they began in.
        stack.enter_context(joblib.parallel_config(backend="threading"))
        watched = stack.enter_context(Watched())
        try:
            result = function(**given)
            assert odd is not None or call.holds(result, given), "its promise does not hold"
        except (ValueError, TypeError, IndexError, OSError) as error:
            assert odd is not None, f"valid input was refused: {error}"
            # Which arguments a model's own fit takes, only its call tells.
            assert not watched.begun or odd == "fit_params", "a draw had begun"
            # The system says what a file is called, not which argument it came from.
            if str(getattr(error, "filename", "")) != str(given[odd]):
                named = re.search(rf"\b{odd}\b", str(error))
                assert named or re.search(call.also, str(error)), repr(error)
                # Of an argument that there is not, the name is all; a token is nobody's to read.
                if odd in call.arguments:
                    assert re.search(ALLOWED, str(error)), repr(error)
                if odd in call.arguments and odd != "token" and named:
                    assert any(text in str(error) for text in ways_to_show(given[odd])), repr(error)
            left = [path for path in place.rglob("*") if path.is_file() and path.suffix != ".lock"]
            assert not left, f"{left} was left"
        except slash_dataset.release.ReleaseError as error:
            # It is allowed, but the Hub has no such thing.
            assert odd in ("repo_id", "token", "revision"), repr(error)
        finally:
            shutil.rmtree(place)
            place.mkdir()
            os.chdir(place)
