"""``slash-dataset export``: the dataset in the form that a framework already reads."""

from __future__ import annotations

import inspect
from typing import Any

import click

from .options import config_options, progress_option

# The names alone, so that help needs none of the libraries; a test keeps them equal to LAYOUTS.
LAYOUT_NAMES = (
    "imagefolder",
    "mnist",
    "tfds",
    "tfds-array-record",
    "webdataset",
    "npz",
    "parquet",
    "csv",
)


@click.command("export")
@click.argument("layout", type=click.Choice(LAYOUT_NAMES))
@click.argument("dest", type=click.Path())
@config_options
@click.option(
    "--max-shard-bytes",
    type=click.IntRange(min=1),
    default=None,
    help="bytes of a shard at most (tfds, tfds-array-record, webdataset, parquet; 100,000,000)",
)
@click.option(
    "--encoding",
    type=click.Choice(["flat", "png", "array"]),
    default=None,
    help="what an image is in a table (parquet; flat: a list of pixels)",
)
@click.option(
    "--force",
    is_flag=True,
    help="replace DEST if it is not empty (tfds layouts: only slash/CONFIG/1.0.0 in it)",
)
@progress_option
def export_command(
    layout: str,
    dest: str,
    config: str,
    params: dict[str, Any],
    force: bool,
    progress: bool,
    **options: Any,
) -> None:
    """Write a config to the new folder DEST in one LAYOUT.

    \b
    imagefolder        {train,test}/{backslash,slash}/000000.png
    mnist              the IDX files of MNIST, plain and gzipped
    tfds               TFRecord shards for tfds.load
    tfds-array-record  ArrayRecord shards for tfds.data_source and Grain
    webdataset         tar shards of .png, .cls and .json
    npz                NumPy arrays; for the original, the published file
    parquet            tables for data frames and SQL
    csv                one line for each row: label, then pixels
    """
    from ..export import LAYOUTS

    function = LAYOUTS[layout]
    given = {name: value for name, value in options.items() if value is not None}
    for name in given:
        if name not in inspect.signature(function).parameters:
            raise click.UsageError(
                f"--{name.replace('_', '-')} is not an option of layout {layout!r}"
            )
    written = function(dest, config, force=force, progress=progress, **given, **params)
    click.echo(written)
