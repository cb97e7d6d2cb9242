"""Checks of arguments: each error names the argument, its value and what is allowed."""

from __future__ import annotations

import difflib
import numbers
import operator
import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Bounds:
    """The range of a numeric parameter: whole or real, from `low` to `high` inclusive."""

    low: float
    high: float
    unit: str
    whole: bool = False

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        if self.whole:
            return f"a whole number from {self.low:,} to {self.high:,}{unit}"
        return f"a number from {self.low:g} to {self.high:g}{unit}"

    def check(self, name: str, value: Any) -> Any:
        """Return `value` as an int or float, or raise a ValueError that says what is allowed.

        Examples
        --------
        >>> Bounds(0, 4, "peak to peak").check("noise", 5)
        Traceback (most recent call last):
        ValueError: noise=5 is out of range: noise takes a number from 0 to 4 peak to peak
        """
        kind = numbers.Integral if self.whole else numbers.Real
        if isinstance(value, bool) or not isinstance(value, kind):
            raise ValueError(f"{name}={shown(value)} is not allowed: {name} takes {self}")
        # Before it becomes a float: a whole number may have too many digits for that.
        if not self.low <= value <= self.high:  # type: ignore[operator]
            raise ValueError(f"{name}={shown(value)} is out of range: {name} takes {self}")
        number: Any = int(value) if self.whole else float(value)  # type: ignore[call-overload]
        # Adding zero turns -0.0 into 0.0, so that equal variants print and hash the same.
        return number + 0


def shown(value: Any, length: int = 100) -> str:
    """Return what shows a value in a message, in at most so many characters.

    Examples
    --------
    >>> shown("long" * 9, 8)
    "'longlon..."
    >>> import numpy as np
    >>> shown(np.zeros((90, 8, 8)))
    '<ndarray of shape (90, 8, 8)>'
    >>> shown(np.eye(2))
    '<ndarray of shape (2, 2)>'
    """
    kind = type(value).__name__
    try:
        text = repr(value)
    except ValueError:  # a number of more than 4,300 digits
        text = f"<{kind}>"
    if hasattr(value, "shape") and ("..." in text or "\n" in text or len(text) > length):
        return f"<{kind} of shape {value.shape}>"
    return text if len(text) <= length else f"{text[:length]}..."


PROCESSES = Bounds(1, 1024, "processes", whole=True)
"""How many processes may write shards, or train."""
RUNS = Bounds(1, 10_000, "seeds", whole=True)
"""How many seeds a model may be trained with."""
COUNTS = Bounds(1, 1_000, "", whole=True)
"""How many images or splits may be shown."""

SHARD_BYTES = Bounds(1, 2**63 - 1, "bytes", whole=True)
MAX_SHARD_BYTES = 100_000_000
"""Size limit of a shard in bytes before compression, unless asked otherwise."""


def check_bool(name: str, value: Any) -> bool:
    """Return `value` if it is a bool, or raise a ValueError."""
    if not isinstance(value, bool):
        raise ValueError(f"{name}={shown(value)} is not allowed: {name} takes True or False")
    return value


def check_path(name: str, value: Any) -> str:
    """Return a path as a text, or raise a TypeError, or a ValueError for what no file is called."""
    path: str = os.fspath(check_kind(name, value, "a path", isinstance(value, str | os.PathLike)))
    if not path or "\0" in path:
        raise ValueError(f"{name}={shown(path)} is not allowed: {name} takes a path")
    return path


def check_whole(name: str, value: Any) -> int:
    """Return `value` as an int, or raise a TypeError."""
    with suppress(TypeError):
        if not isinstance(value, bool):
            return operator.index(value)
    raise TypeError(f"{name}={shown(value)} is not allowed: {name} takes a whole number")


def check_kind(name: str, value: Any, kind: str, is_one: bool) -> Any:
    """Return `value` if it is one of a kind, or raise a TypeError.

    Examples
    --------
    >>> check_kind("source", 5, "a Source", False)
    Traceback (most recent call last):
    TypeError: source=5 is not allowed: source takes a Source
    """
    if not is_one:
        raise TypeError(f"{name}={shown(value)} is not allowed: {name} takes {kind}")
    return value


def iterates(value: Any) -> bool:
    """Whether a value can be iterated over, which NumPy's arrays without dimensions only pretend.

    Examples
    --------
    >>> import numpy as np
    >>> iterates([1]), iterates(1), iterates(np.array(1))
    (True, False, False)
    """
    try:
        iter(value)
    except TypeError:
        return False
    return True


def as_array(name: str, values: Any, dtype: Any = None) -> Any:
    """Return an array, or raise a ValueError that names what cannot be one."""
    import numpy as np  # not before it is needed: showing help must not wait for it

    try:
        return np.asarray(values, dtype)
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(
            f"{name}={shown(values)} is not allowed: {name} takes numbers ({error})"
        ) from None


def check_choice(name: str, value: Any, choices: tuple[str, ...]) -> Any:
    """Return `value` if it is one of `choices`, or raise a ValueError that lists them."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(
            f"{name}={shown(value)} is not allowed: {name} takes one of {list(choices)}"
        )
    return value


def find(kind: str, name: Any, table: Mapping[str, T]) -> T:
    """Return the record of that name in a table, or raise :func:`unknown_name`."""
    if isinstance(name, str) and name in table:
        return table[name]
    raise unknown_name(kind, name, table)


def unknown_name(kind: str, name: Any, known: Collection[str]) -> ValueError:
    """Return the error for an unknown name; it lists the known names and suggests the nearest.

    Examples
    --------
    >>> raise unknown_name("config", "orignal", ["original", "standard"])
    Traceback (most recent call last):
    ValueError: config 'orignal' is unknown; did you mean 'original'? Configs: original, standard
    """
    near = difflib.get_close_matches(shown(name).strip("'"), known, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return ValueError(f"{kind} {shown(name)} is unknown; {hint}{kind.title()}s: {', '.join(known)}")
