"""``slash-dataset build``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from ..configs import CONFIGS, DATA_VERSION
from .options import ConfigName, progress_option


def config_names(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> list[str]:
    """Read names that are separated by commas, or given one by one."""
    one = ConfigName()
    return [one.convert(name, param, ctx) for part in value for name in part.split(",")]


def build_options(command: Any) -> Any:
    """Add the options of everything that builds: which configs, how, and whether to show it."""
    for option in (
        progress_option,
        click.option(
            "--num-proc",
            type=click.IntRange(1, 1024),
            default=os.cpu_count() or 1,
            help="processes that build; the bytes are the same for any number  [default: all]",
        ),
        click.option(
            "--configs",
            multiple=True,
            callback=config_names,
            metavar="NAME[,NAME...]",
            help=f"what to build; all if left out: {', '.join(CONFIGS)}",
        ),
    ):
        command = option(command)
    return command


@click.command("build", short_help="Build the folder that stands on the Hub.")
@click.argument("dest", type=click.Path(path_type=Path))
@build_options
@click.option(
    "--version",
    "version",
    default=DATA_VERSION,
    show_default=True,
    help="X.Y.Z, the version of the data; it needs an entry in CHANGELOG.md",
)
@click.option("--repo-id", help="NAMESPACE/NAME on the Hub, for the card; the folder if left out")
@click.option("--force", is_flag=True, help="replace DEST if it is a folder that is not empty")
def build_command(
    dest: Path,
    configs: list[str],
    num_proc: int,
    progress: bool,
    version: str,
    repo_id: str | None,
    force: bool,
) -> None:
    """Build the release folder DEST: Parquet shards, card, Croissant, checksums, figures.

    It loads as it is, with load_dataset("DEST"). Runs from a checkout of the project.

    \b
    Examples:
      slash-dataset build /tmp/slash
      slash-dataset build /tmp/slash --configs original,rotated --num-proc 4
    """
    from ..release import build_folder
    from ..release.progress import Steps

    with Steps(1, progress) as steps:
        steps.begin("building")
        manifest = build_folder(
            dest,
            configs=configs or None,
            version=version,
            repo_id=repo_id,
            num_proc=num_proc,
            force=force,
            progress=steps.advance,
        )
    size = sum(file.size for file in manifest.values())
    click.echo(f"{dest}: version {version}, {len(manifest)} files, {size:,} bytes")
