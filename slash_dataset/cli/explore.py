"""``slash-dataset explore``."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click


@click.command("explore", short_help="Open the explorer page.")
@click.option(
    "--out", type=click.Path(), help="write the page to this HTML file instead of opening it"
)
@click.option("--force", is_flag=True, help="replace the file if it exists")
def explore_command(out: str | None, force: bool) -> None:
    """Open a page that shows why convolution works, with the dataset's own pixels.

    It is a single file and needs no network.

    \b
    Examples:
      slash-dataset explore
      slash-dataset explore --out explorer.html
    """
    from ..explorer import FILE_NAME, write_page

    if out is not None:
        click.echo(f"wrote {write_page(out, force=force)}")
        return
    # A copy, because a browser reads it after this command ends, and a package may be in an
    # archive.
    copy = write_page(Path(tempfile.mkdtemp(prefix="slash-explorer-")) / FILE_NAME)
    if click.launch(str(copy)) != 0:
        raise click.ClickException(f"no browser was found; open {copy} yourself")
    click.echo(f"opened {copy}")
