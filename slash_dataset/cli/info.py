"""``slash-dataset info``."""

from __future__ import annotations

import json
from typing import Any

import click

from ..about import ATTRIBUTION, DATA_VERSION, DRAW_VERSION, LICENSE_NAME
from ..configs import CONFIGS
from ..variants import CLASSES
from .options import CONFIG_NAME

LICENSE = f"{LICENSE_NAME}, by {ATTRIBUTION}"


@click.command("info", short_help="Show the configs.")
@click.argument("config", required=False, type=CONFIG_NAME)
@click.option("--json", "as_json", is_flag=True, help="print complete, machine-readable JSON")
def info_command(config: str | None, as_json: bool) -> None:
    """Show all configs in a table, or one CONFIG with its parameters and checksums.

    \b
    Examples:
      slash-dataset info
      slash-dataset info rotated
      slash-dataset info --json
    """
    chosen = [config] if config else list(CONFIGS)
    about: dict[str, Any] = {
        "license": LICENSE,
        "data_version": DATA_VERSION,
        "draw_version": DRAW_VERSION,
        "classes": list(CLASSES),
        "configs": {name: _describe(name) for name in chosen},
    }
    if as_json:
        click.echo(json.dumps(about, indent=2))
    elif config:
        _print_one(chosen[0], about["configs"][chosen[0]])
    else:
        _print_all(about)


def _describe(name: str) -> dict[str, Any]:
    from ..checksums import recorded_checksums
    from ..identity import config_identity

    config = CONFIGS[name]
    height = width = config.image_size
    return {
        "description": config.description,
        "fingerprint": config_identity(config).fingerprint,
        "num_rows": config.num_rows,
        "features": {
            "image": f"{config.dtype} {height} x {width}",
            "label": f"0 = {CLASSES[0]}, 1 = {CLASSES[1]}",
        },
        "parameters": config.parameters,
        "checksums": recorded_checksums(name),
    }


def _print_all(about: dict[str, Any]) -> None:
    wide = max(map(len, about["configs"]))
    click.echo(f"{'config':<{wide}}  {'train':>7}  {'test':>6}  image            what")
    for name, config in about["configs"].items():
        rows = config["num_rows"]
        image = config["features"]["image"]
        start = f"{name:<{wide}}  {rows['train']:>7,}  {rows['test']:>6,}  {image:<15}"
        click.echo(f"{start}  {config['description']}")
    labels = ", ".join(f"{number} = {name}" for number, name in enumerate(about["classes"]))
    click.echo(
        f"\nlabels   {labels}\n"
        f"version  data {about['data_version']}, draw {about['draw_version']}\n"
        f"licence  {about['license']}\n\n"
        "For one config with its parameters and checksums: slash-dataset info CONFIG"
    )


def _print_one(name: str, config: dict[str, Any]) -> None:
    click.echo(
        f"{name}: {config['description']}\n\n"
        f"image    {config['features']['image']}\n"
        f"label    {config['features']['label']}\n"
        f"identity {config['fingerprint']}"
    )
    for parameter, value in config["parameters"].items():
        click.echo(f"{parameter:<17} {value}")
    for split, recorded in config["checksums"].items():
        click.echo(
            f"\n{split}: {recorded['num_rows']:,} rows\n"
            f"  SHA-256 of images  {recorded['images']}\n"
            f"  SHA-256 of labels  {recorded['labels']}"
        )
    click.echo(f"\nlicence  {LICENSE}")
