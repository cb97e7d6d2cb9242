"""The README of an export: what the files are, how to read them, and how to check them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from ..about import (
    AUTHOR,
    CITATION,
    DATA_VERSION,
    DESCRIPTION,
    DRAW_VERSION,
    HOMEPAGE,
    LICENSE_NAME,
)
from ..checksums import Checksums
from ..configs import Config
from ..identity import config_identity
from ..variants import CLASSES
from .layout import Layout

README = "README.md"
# As many workers as loaders usually have; the advice allows for twice as many shards.
_WORKERS = 8


def readme_of(
    layout: Layout,
    config: Config,
    checksums: Mapping[str, Checksums],
    shards: Mapping[str, Sequence[int]] | None = None,
) -> str:
    """Return the README of an export.

    Parameters
    ----------
    layout : Layout
    config : Config
    checksums : mapping of str to dict
        `images` and `labels` of each split written in one piece.
    shards : mapping of str to sequence of int, optional
        The sizes in bytes of each split's shards, if the layout has shards.
    """
    command = [f"slash-dataset export {layout.name} DEST --config {config.name}"]
    command += [f"--{k.replace('_', '-')} {v}" for k, v in config.parameters.items()]
    identity = config_identity(config)
    last = f"{len(shards['train']) - 1 if shards else 0:06d}"
    reading: list[str] = []
    stand_for = {"CONFIG": config.name, "LAST": last, "SIZE": str(config.image_size)}
    for tool, reader in layout.readers.items():
        code = reader.code.strip()
        for name, value in stand_for.items():
            code = code.replace(name, value)
        reading += ["", f"With {tool}:", "", f"```{reader.language}", *code.splitlines(), "```"]
    if shards:
        reading += ["", *_about_shards(layout, config, shards)]
    rows = []
    for name, number in config.num_rows.items():
        found = (
            [f"`{checksums[name][what]}`" for what in ("images", "labels")]
            if name in checksums
            else ["of each shard: `manifest.json`"] * 2
        )
        rows.append(f"| {name} | {number} | {' | '.join(found)} |")
    lines = [
        f"# Slash dataset, config `{config.name}`, layout `{layout.name}`",
        "",
        DESCRIPTION,
        f"This config: {config.description}.",
        "",
        f"- classes: {', '.join(f'{i} = {name}' for i, name in enumerate(CLASSES))}",
        f"- images: {config.image_size} x {config.image_size} pixels, grayscale",
        f"- version of the data: {DATA_VERSION} (draw {DRAW_VERSION})",
        f"- identity: `{identity}`, fingerprint `{identity.fingerprint}`",
        f"- licence: {LICENSE_NAME}; {AUTHOR}, {HOMEPAGE}",
        f"- written by: `{' '.join(command)}`",
        "",
        "## Reading",
        *reading,
        "",
        "## Checksums",
        "",
        f"SHA-256 of the decoded pixels ({config.dtype}, C order) and of the labels (int64), both",
        "little-endian, rows in order.",
        "",
        "| rows | number | images | labels |",
        "|---|---|---|---|",
        *rows,
        "",
        "## Citation",
        "",
        "```bibtex",
        *CITATION.splitlines(),
        "```",
    ]
    return "\n".join(lines) + "\n"


def _about_shards(layout: Layout, config: Config, shards: Mapping[str, Sequence[int]]) -> list[str]:
    """Say how many shards exist, how to compare them, and what to do if a loader needs more."""
    counts = " and ".join(
        f"{len(sizes)} {name} shard{'s' * (len(sizes) != 1)}" for name, sizes in shards.items()
    )
    lines = [
        f"There {'is' if len(shards['train']) == 1 else 'are'} {counts}. `manifest.json` lists all",
        "files, and `slash-dataset verify --folder DEST` compares them with it.",
    ]
    if layout.sharing:
        num_bytes = min(
            sum(sizes)
            for name, sizes in shards.items()
            # A test split of very few rows cannot have a shard for each worker anyway.
            if name == "train" or config.num_rows[name] >= _WORKERS
        )
        text = layout.sharing.format(count=_WORKERS, max_bytes=max(1, num_bytes // (2 * _WORKERS)))
        lines += ["", *textwrap.wrap(text, 100)]
    return lines
