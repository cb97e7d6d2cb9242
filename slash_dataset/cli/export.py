"""``slash-dataset export``: the dataset in a form that a framework reads."""

from __future__ import annotations

from typing import Any

import click

from ..checks import Bounds
from ..export.layout import LAYOUTS, Option, export, find_layout, options_of_layouts
from ..workers import JobError
from .options import Named, Number, config_options, gathered, progress_option, worker_options
from .streams import echo_when_done


def _option(option: Option, layouts: list[str]) -> tuple[Any, str]:
    allowed = option.allowed
    kind: Any = Number(allowed) if isinstance(allowed, Bounds) else click.Choice(allowed)
    return kind, f"{option.help} [{', '.join(layouts)}; default: {option.default}]"


_layout_options = gathered(
    "options", {name: _option(*found) for name, found in options_of_layouts().items()}
)

_SHARDED = ", ".join(layout.name for layout in LAYOUTS.values() if layout.shards is not None)
_HELP = (
    "Write a config to the new folder DEST in one LAYOUT.\n\n\b\n"
    + "\n".join(f"{layout.name:<19}{layout.files}" for layout in LAYOUTS.values())
    + f"\n\nFor {_SHARDED}, DEST may be a URL, as s3://bucket/slash, and several processes or a "
    "Ray cluster may write. To resume after an interruption, run the same command again."
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
@worker_options
@click.option("--check", is_flag=True, help="on a URL: also read files that look intact")
@progress_option
def export_command(
    layout: Any,
    dest: str,
    config: Any,
    params: dict[str, Any],
    options: dict[str, Any],
    force: bool,
    **how: Any,
) -> None:
    """Write a config in one layout."""
    try:
        written = export(layout, dest, config, force=force, **how, **options, **params)
    except (KeyboardInterrupt, SystemExit, JobError):
        if LAYOUTS[layout].shards is not None and not force:
            click.echo(
                "\nfinished shards are kept; run the same command to make the rest", err=True
            )
        raise
    echo_when_done(written, written)
