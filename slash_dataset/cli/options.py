"""Options that several commands share."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import click

from ..checks import PROCESSES, Bounds
from ..configs import CONFIGS, DEFAULT_CONFIG_NAME, PARAMETERS, find_config
from ..workers import ENGINES

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
"""Adds options to a command."""


class Named(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """A name from a table; for an unknown one, the error suggests the nearest.

    Parameters
    ----------
    kind : str
        What the table holds, in one word.
    find : callable
        Returns the record of a name, or raises a ValueError.
    """

    def __init__(self, kind: str, find: Callable[[str], Any]) -> None:
        self.name = kind
        self._find = find

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        """Return the name if it is known."""
        try:
            return str(self._find(value).name)
        except ValueError as error:
            self.fail(str(error), param, ctx)

    def of_list(self, ctx: Any, param: Any, values: tuple[str, ...]) -> list[str]:
        """Return names given separated by commas, or one by one: a click callback."""
        return [self.convert(n.strip(), param, ctx) for value in values for n in value.split(",")]


class Number(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """A number within bounds; the error about any other value says what they are.

    Parameters
    ----------
    bounds : Bounds
    """

    def __init__(self, bounds: Bounds) -> None:
        self.name = "integer" if bounds.whole else "float"
        self._bounds = bounds

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the number if it is allowed."""
        with suppress(ValueError):
            value = int(value) if self._bounds.whole else float(value)
        return self._bounds.check(param.name, value)


CONFIG_NAME = Named("config", find_config)


def _shown(ctx: click.Context, param: click.Parameter, value: bool | None) -> bool:
    return sys.stderr.isatty() if value is None else value


progress_option = click.option(
    "--progress/--no-progress",
    default=None,
    callback=_shown,
    help="a progress bar on standard error  [default: if it is a terminal]",
)
"""Add ``--progress``; the command receives `progress`, a bool."""


def _together(*options: Decorator) -> Decorator:
    """Return a decorator that adds several options; the help shows them in this order."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def gathered(into: str, options: Mapping[str, tuple[Any, str]]) -> Decorator:
    """Return a decorator that adds options; the command receives them as one dict.

    Parameters
    ----------
    into : str
        The argument that receives a dict of the given options.
    options : mapping of str to (type, str)
        The click type and the help text of each argument of the library.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def with_dict(**kwargs: Any) -> Any:
            given = {name: kwargs.pop(name) for name in options}
            present = {name: value for name, value in given.items() if value is not None}
            return command(**{into: present}, **kwargs)

        added = (
            click.option(f"--{name.replace('_', '-')}", name, type=kind, default=None, help=text)
            for name, (kind, text) in options.items()
        )
        return _together(*added)(with_dict)

    return decorate


def _parameter_option(metadata: Mapping[str, Any]) -> tuple[Any, str]:
    bounds = metadata.get("bounds")
    if bounds is None:
        return click.Choice(metadata["choices"]), metadata["help"]
    return Number(bounds), f"{metadata['help']}; {bounds}"


PARAMETER_OPTIONS = {name: _parameter_option(f.metadata) for name, f in PARAMETERS.items()}
"""The click type and the help text of each parameter of a drawn config."""

variant_options = gathered("params", PARAMETER_OPTIONS)
"""Add an option for each parameter of a drawn config; the command receives them as `params`."""


config_options = _together(
    click.option(
        "--config",
        type=CONFIG_NAME,
        default=DEFAULT_CONFIG_NAME,
        show_default=True,
        help=f"one of {', '.join(CONFIGS)}; drawn configs take the options below",
    ),
    variant_options,
)
"""Add ``--config`` and the options of :data:`variant_options`.

The command receives `config` (a name) and `params`.
"""


def num_proc_option(default: int, text: str, usual: str) -> Decorator:
    """Return a decorator that adds ``--num-proc``; the command receives `num_proc`, an int."""
    help = f"{text}; {PROCESSES}  [default: {usual}]"
    return click.option("--num-proc", type=Number(PROCESSES), default=default, help=help)


worker_options = _together(
    num_proc_option(1, "processes on this machine", "1"),
    click.option(
        "--engine",
        type=click.Choice(ENGINES),
        default=ENGINES[0],
        show_default=True,
        help="run on this machine or on a Ray cluster",
    ),
    click.option("--address", metavar="auto|ray://HOST:PORT", help="address of the Ray cluster"),
)
"""Add ``--num-proc``, ``--engine`` and ``--address``; the command receives all three."""

build_options = _together(
    click.option(
        "--configs",
        multiple=True,
        callback=CONFIG_NAME.of_list,
        metavar="NAME[,NAME...]",
        help=f"configs to build, of {', '.join(CONFIGS)}  [default: all]",
    ),
    num_proc_option(
        os.cpu_count() or 1, "building processes, which change no byte", "one for each core"
    ),
    progress_option,
)
"""Add the options of every command that builds: configs, processes and progress."""
