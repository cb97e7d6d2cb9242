"""``slash-dataset verify``."""

from __future__ import annotations

from pathlib import Path

import click

from ..configs import CONFIGS
from ..verification import verify_config, verify_file
from .options import ConfigName


@click.command("verify", short_help="Compare with the recorded checksums.")
@click.argument("configs", metavar="[CONFIG]...", nargs=-1, type=ConfigName())
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path),
    help="compare this copy of the published slash_data.npz with the replay, bit for bit",
)
@click.pass_context
def verify_command(ctx: click.Context, configs: tuple[str, ...], file: Path | None) -> None:
    """Replay or redraw CONFIGs (all if none is named) and compare with the recorded checksums.

    Exits with 1 if anything differs, and names the first difference.

    \b
    Examples:
      slash-dataset verify
      slash-dataset verify original rotated
      slash-dataset verify --file slash_data.npz
    """
    if file is not None and configs:
        raise click.UsageError(f"give CONFIGs or --file, not both (got {', '.join(configs)})")
    results = (
        [(str(file), verify_file(file))]
        if file is not None
        else (
            (f"{name}/{split}", difference)
            for name in configs or CONFIGS
            for split, difference in verify_config(name)
        )
    )
    failed = False
    for what, difference in results:
        failed |= difference is not None
        click.echo(f"{what}: {'ok' if difference is None else 'DIFFERENT: ' + difference}")
    if failed:
        ctx.exit(1)
