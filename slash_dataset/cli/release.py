"""``slash-dataset release``."""

from __future__ import annotations

from pathlib import Path

import click

from .options import build_options


@click.command("release", short_help="Build, upload, compare and tag a version on the Hub.")
@click.option("--repo-id", required=True, help="NAMESPACE/NAME of the dataset on the Hub")
@click.option(
    "--version",
    "version",
    help="X.Y.Z  [default: the data's own version, or that of --folder]",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="release this folder, made by slash-dataset build --repo-id  [default: build one]",
)
@click.option("--branch", default="main", show_default=True, help="the branch to commit to")
@click.option("--private", is_flag=True, help="make the repository private if it is new")
@click.option(
    "--replace", is_flag=True, help="replace what others committed since the newest version"
)
@click.option("--dry-run", is_flag=True, help="print the plan and change nothing")
@build_options
def release_command(
    repo_id: str,
    version: str | None,
    folder: Path | None,
    branch: str,
    private: bool,
    replace: bool,
    dry_run: bool,
    configs: list[str],
    num_proc: int,
    progress: bool,
) -> None:
    """Put a version of the data on the Hub: complete, compared from the outside, and tagged.

    After any failure, run it again: it finishes what is missing and repeats nothing. The token
    comes from HF_TOKEN or `hf auth login`.

    \b
    Examples:
      slash-dataset release --repo-id ada/slash --dry-run
      slash-dataset release --repo-id ada/slash --version 1.0.0
    """
    from ..release import release

    release(
        repo_id,
        version,
        folder=folder,
        configs=configs or None,
        num_proc=num_proc,
        branch=branch,
        private=private,
        replace=replace,
        dry_run=dry_run,
        report=click.echo,
        progress=progress,
    )
