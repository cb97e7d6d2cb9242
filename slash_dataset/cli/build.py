"""``slash-dataset build``."""

from __future__ import annotations

import click

from ..about import DATA_VERSION
from .options import build_options


@click.command("build", short_help="Build the release folder for the Hub.")
@click.argument("dest", type=click.Path())
@build_options
@click.option(
    "--version",
    "version",
    default=DATA_VERSION,
    show_default=True,
    help="X.Y.Z, the version of the data; CHANGELOG.md must have an entry for it",
)
@click.option("--repo-id", help="NAMESPACE/NAME on the Hub, for the card  [default: the folder]")
@click.option("--force", is_flag=True, help="replace DEST if it is a folder that is not empty")
def build_command(
    dest: str,
    configs: list[str],
    num_proc: int,
    progress: bool,
    version: str,
    repo_id: str | None,
    force: bool,
) -> None:
    """Build the release folder DEST: Parquet shards, card, Croissant, checksums, figures.

    It loads directly, with load_dataset("DEST").

    \b
    Examples:
      slash-dataset build /tmp/slash
      slash-dataset build /tmp/slash --configs original,rotated --num-proc 4
    """
    from ..release import build_folder
    from ..release.progress import Steps
    from ..signals import ended_by_signals

    with ended_by_signals(), Steps(1, progress) as steps:
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
