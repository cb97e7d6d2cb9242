"""``slash-dataset export``: the dataset in the form that a framework already reads."""

from __future__ import annotations

from typing import Any

import click

from ..checks import Bounds
from ..export.layout import LAYOUTS, Option, export, find_layout, options_of_layouts
from .options import Named, config_options, gathered, progress_option
from .streams import echo_when_done


def _option(option: Option, layouts: list[str]) -> tuple[Any, str]:
    kind: Any = int if isinstance(option.allowed, Bounds) else click.Choice(option.allowed)
    return kind, f"{option.help} [{', '.join(layouts)}; default: {option.default}]"


_layout_options = gathered(
    "options", {name: _option(*found) for name, found in options_of_layouts().items()}
)

_HELP = "Write a config to the new folder DEST in one LAYOUT.\n\n\b\n" + "\n".join(
    f"{layout.name:<19}{layout.files}" for layout in LAYOUTS.values()
)


@click.command("export", help=_HELP)
@click.argument("layout", type=Named("layout", find_layout))
@click.argument("dest", type=click.Path())
@config_options
@_layout_options
@click.option(
    "--force",
    is_flag=True,
    help="replace DEST if it is not empty (tfds layouts: only slash/CONFIG/VERSION in it)",
)
@progress_option
def export_command(
    layout: Any,
    dest: str,
    config: Any,
    params: dict[str, Any],
    options: dict[str, Any],
    force: bool,
    progress: bool,
) -> None:
    """Write a config in one layout."""
    written = export(layout, dest, config, force=force, progress=progress, **options, **params)
    echo_when_done(written, written)
