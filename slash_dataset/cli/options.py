"""Command-line options that several commands share."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import click

from ..configs import CONFIGS, DEFAULT_CONFIG_NAME, PARAMETERS, find_config


class ConfigName(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """The name of a config; an unknown one is answered with the nearest."""

    name = "config"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        """Return the name if it is one."""
        try:
            return find_config(value).name
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _shown(ctx: click.Context, param: click.Parameter, value: bool | None) -> bool:
    return sys.stderr.isatty() if value is None else value


progress_option = click.option(
    "--progress/--no-progress",
    default=None,
    callback=_shown,
    help="a progress bar on standard error; by default if that is a terminal",
)
"""Add ``--progress``; the command receives `progress`, a bool."""


def variant_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add an option for each parameter of a drawn config.

    The command receives `params`, a dict of those that were given, ready for
    :func:`slash_dataset.open_config`, which checks them.
    """

    @functools.wraps(command)
    def with_params(**kwargs: Any) -> Any:
        given = {name: kwargs.pop(name) for name in PARAMETERS}
        params = {name: value for name, value in given.items() if value is not None}
        return command(params=params, **kwargs)

    wrapped: Callable[..., Any] = with_params
    for name, parameter in reversed(list(PARAMETERS.items())):
        metadata = parameter.metadata
        bounds = metadata.get("bounds")
        kind: Any = click.Choice(metadata["choices"]) if bounds is None else float
        text = metadata["help"]
        if bounds is not None:
            kind = int if bounds.whole else float
            text = f"{text}; {bounds}"
        flag = "--" + name.replace("_", "-")
        wrapped = click.option(flag, name, type=kind, default=None, help=text)(wrapped)
    return wrapped


def config_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--config`` and the options of :func:`variant_options`.

    The command receives `config`, a name, and `params`.
    """
    names = ", ".join(CONFIGS)
    return click.option(
        "--config",
        type=ConfigName(),
        default=DEFAULT_CONFIG_NAME,
        show_default=True,
        help=f"one of {names}; drawn configs take the options below",
    )(variant_options(command))
