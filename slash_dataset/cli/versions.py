"""``slash-dataset versions``."""

from __future__ import annotations

import functools
import json
from dataclasses import asdict

import click


@click.command("versions", short_help="List the versions on the Hub.")
@click.option("--repo-id", required=True, help="NAMESPACE/NAME of the dataset on the Hub")
@click.option("--json", "as_json", is_flag=True, help="print JSON with every checksum")
def versions_command(repo_id: str, as_json: bool) -> None:
    """List the versions of a dataset on the Hub: tag, date, commit and checksum of the data.

    Two versions with the same checksum have the same pixels and labels in every config.

    \b
    Examples:
      slash-dataset versions --repo-id ada/slash
      slash-dataset versions --repo-id ada/slash --json
    """
    from ..release import published_versions

    # On standard error, because another program may read the lines.
    versions = published_versions(repo_id, report=functools.partial(click.echo, err=True))
    if as_json:
        click.echo(json.dumps([asdict(version) for version in versions], indent=2, default=str))
        return
    click.echo(f"{'tag':<10}  {'date':<16}  {'commit':<40}  SHA-256 of the data")
    for version in versions:
        date = f"{version.date:%Y-%m-%d %H:%M}"
        digest = version.data_sha256 or "unknown: no checksums.json"
        click.echo(f"{version.tag:<10}  {date:<16}  {version.sha}  {digest}")
