"""Read files from others without trusting them: files of any kind and size, and any JSON."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections import abc
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from types import UnionType
from typing import (
    Any,
    Literal,
    NoReturn,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from .checks import shown

T = TypeVar("T")

MAX_JSON_BYTES = 100_000_000
"""Above the size of any manifest of 100,000 shards; JSON objects take up to 25 times their text."""


def check_regular(path: str | os.PathLike[str]) -> int:
    """Return the size of a file in bytes; links are followed.

    Raises
    ------
    OSError
        If it is missing or not a regular file: reading a pipe or a device may never end.
    """
    found = os.stat(path)
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", os.fspath(path))
    return found.st_size


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Return the content of a JSON file.

    Raises
    ------
    OSError
        As :func:`check_regular` does.
    ValueError
        If it has more than :data:`MAX_JSON_BYTES`.
    """
    size = check_regular(path)
    if size > MAX_JSON_BYTES:
        raise ValueError(f"it has {size:,} bytes, and at most {MAX_JSON_BYTES:,} are read")
    with open(path, "rb") as stream:
        return stream.read(MAX_JSON_BYTES)


def read_lines(path: str | os.PathLike[str]) -> Iterator[bytes]:
    """Yield the lines of a file with their ends; a longer line comes in pieces of `MAX_JSON_BYTES`.

    Raises
    ------
    OSError
        As :func:`check_regular` does.
    """
    check_regular(path)
    with open(path, "rb") as stream:
        while line := stream.readline(MAX_JSON_BYTES):
            yield line


def parse_json(text: str | bytes) -> Any:
    """Return the value of a JSON text, or raise a ValueError, also for NaN and infinities.

    Examples
    --------
    >>> parse_json("[" * 100_000)
    Traceback (most recent call last):
    ValueError: it is nested too deep
    """
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not allowed")


def is_of(value: Any, hint: Any) -> bool:
    """Return whether a value from JSON has a type, with lists in place of tuples.

    Examples
    --------
    >>> is_of([1, 2.5], tuple[float, ...]), is_of({"a": True}, Mapping[str, int])
    (True, False)
    """
    kind, inner = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if kind is Literal:
        return value in inner
    if kind in (Union, UnionType):
        return any(is_of(value, each) for each in inner)
    if kind in (tuple, list):
        return isinstance(value, list | tuple) and all(is_of(each, inner[0]) for each in value)
    if is_typeddict(hint):  # extra keys are ignored
        of_keys = get_type_hints(hint).items()
        return isinstance(value, Mapping) and all(
            k in value and is_of(value[k], v) for k, v in of_keys
        )
    if kind is abc.Mapping:  # JSON keys are strings
        return isinstance(value, Mapping) and all(is_of(each, inner[1]) for each in value.values())
    if isinstance(value, bool):
        return hint is bool
    return isinstance(value, (int, float) if hint is float else kind or hint)


def record_of(kind: type[T], values: Any) -> T:
    """Return a dataclass that was written as a JSON object.

    Raises
    ------
    ValueError
        If a field is missing, unknown, or of another type; the message names it.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Place:
    ...     row: int
    >>> record_of(Place, {"row": "x"})
    Traceback (most recent call last):
    ValueError: row='x' is not allowed: row takes int
    """
    if not isinstance(values, Mapping):
        raise ValueError(f"{shown(values)} is not allowed: {kind.__name__} takes a mapping")
    hints: dict[str, Any] = _hints(kind)  # type: ignore[arg-type]
    for name, value in values.items():
        if name not in hints:
            raise ValueError(f"{kind.__name__} has no field {shown(name)}; it has {[*hints]}")
        if not is_of(value, hints[name]):
            wanted = getattr(hints[name], "__name__", hints[name])
            raise ValueError(f"{name}={shown(value)} is not allowed: {name} takes {wanted}")
    try:
        return kind(**{n: tuple(v) if isinstance(v, list) else v for n, v in values.items()})
    except TypeError as error:  # it names the missing argument
        raise ValueError(f"{kind.__name__} takes {', '.join(hints)}: {error}") from None


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {each.name: hints[each.name] for each in fields(kind)}
