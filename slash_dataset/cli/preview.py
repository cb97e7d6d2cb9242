"""``slash-dataset preview``."""

from __future__ import annotations

from typing import Any

import click

from ..checks import COUNTS
from ..configs import DEFAULT_CONFIG_NAME, SPLIT_NAMES, resolve_config
from .options import CONFIG_NAME, Number, variant_options
from .streams import echo_when_done


@click.command("preview", short_help="Draw a labelled montage of configs.")
@click.argument("configs", metavar="[CONFIG]...", nargs=-1, type=CONFIG_NAME)
@click.option(
    "--out", type=click.Path(), required=True, help="the file to write: .png, .jpg or .webp"
)
@click.option("--split", type=click.Choice(SPLIT_NAMES), default="train", show_default=True)
@click.option(
    "--columns",
    type=Number(COUNTS),
    default=8,
    show_default=True,
    help=f"images per class; {COUNTS}",
)
@click.option("--force", is_flag=True, help="replace the file if it exists")
@variant_options
def preview_command(
    configs: tuple[str, ...],
    out: str,
    split: str,
    columns: int,
    force: bool,
    params: dict[str, Any],
) -> None:
    """Draw the first images of one or more CONFIGs (by default, the original).

    Images are enlarged without smoothing, so every pixel is visible. In large images the stroke is
    marked, with a close-up beside the image.

    \b
    Examples:
      slash-dataset preview --out slash.png
      slash-dataset preview long rotated --columns 6 --out turned.png
      slash-dataset preview standard --noise 1.0 --image-size 48 --out noisy.png
    """
    from ..identity import split_identity
    from ..plot.montages import save_montage
    from ..splits import open_splits

    resolved = [resolve_config(name, **params) for name in configs or (DEFAULT_CONFIG_NAME,)]
    splits = {str(split_identity(c, split)): open_splits(c)[split] for c in resolved}
    save_montage(splits, out, columns, force)
    echo_when_done(f"wrote {out}", out)
