"""``slash-dataset verify``."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from ..configs import CONFIGS
from .options import CONFIG_NAME, progress_option, worker_options


@click.command("verify", short_help="Compare with the recorded checksums.")
@click.argument("configs", metavar="[CONFIG]...", nargs=-1, type=CONFIG_NAME)
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path),
    help="compare this copy of the published slash_data.npz with the replay, bit for bit",
)
@click.option("--folder", help="compare an export with its manifest.json: path or URL")
@worker_options
@progress_option
@click.option("--repo-id", help="compare every file of this dataset on the Hub, NAMESPACE/NAME")
@click.option(
    "--revision", help="with --repo-id: a tag, branch or commit  [default: the newest version]"
)
@click.pass_context
def verify_command(
    ctx: click.Context,
    /,
    configs: tuple[str, ...],
    file: Path | None,
    folder: str | None,
    repo_id: str | None,
    revision: str | None,
    **how: Any,
) -> None:
    """Replay or redraw CONFIGs (by default, all) and compare with the recorded checksums.

    With --repo-id, compare a published version with its own checksums, and with a fresh local build
    where this package must make the same. With --folder, compare every file of an export.
    Exits with 1 if anything differs, and names the first difference.

    \b
    Examples:
      slash-dataset verify
      slash-dataset verify original rotated
      slash-dataset verify --file slash_data.npz
      slash-dataset verify --folder s3://bucket/slash --num-proc 4
      slash-dataset verify --repo-id ada/slash --revision v1.0.0
    """
    from ..export import verify_folder
    from ..verification import verify_config, verify_file

    if sum((bool(configs), file is not None, folder is not None, repo_id is not None)) > 1:
        raise click.UsageError("give only one of CONFIGs, --file, --folder and --repo-id")
    for name in ("num_proc", "engine", "address"):
        given = ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
        if given and folder is None:
            raise click.UsageError(f"--{name.replace('_', '-')} needs --folder")
    if revision is not None and repo_id is None:
        raise click.UsageError("--revision needs --repo-id")
    results: Iterable[tuple[str, str | None]]
    if repo_id is not None:
        from ..release import verify_published

        # On standard error, because another program may read the results.
        report = functools.partial(click.echo, err=True)
        results = verify_published(repo_id, revision, report=report)
    elif folder is not None:
        results = verify_folder(folder, **how)
    elif file is not None:
        try:
            results = [(str(file), verify_file(file))]
        except ValueError as error:  # about the file's content, not about an argument
            raise click.ClickException(str(error)) from error
    else:
        results = (
            (f"{name}/{split}", difference)
            for name in configs or CONFIGS
            for split, difference in verify_config(name)
        )
    failed = False
    for what, difference in results:
        failed |= difference is not None
        click.echo(f"{what}: {'ok' if difference is None else 'DIFFERENT: ' + difference}")
    if failed:
        ctx.exit(1)
