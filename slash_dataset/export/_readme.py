"""The README of an export: what the files are, how to read them, and how to check them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

from ..about import (
    AUTHOR,
    CITATION,
    DATA_VERSION,
    DESCRIPTION,
    DRAW_VERSION,
    HOMEPAGE,
    LICENSE_NAME,
)
from ..checksums import RunningChecksum
from ..configs import Config
from ..identity import config_identity
from ..variants import CLASSES
from ._writing import Plans
from .layout import Layout

# As many workers as a loader usually has; the advice for them leaves room for twice as many shards.
_WORKERS = 8


def write_readme(
    folder: Path,
    layout: Layout,
    config: Config,
    checksums: Mapping[str, RunningChecksum],
    plans: Plans,
) -> None:
    """Write the README of an export.

    Parameters
    ----------
    folder : pathlib.Path
        Where it is written.
    layout : Layout
    config : Config
    checksums : mapping of str to RunningChecksum
        Of all that was written.
    plans : mapping of str to list of Shard
        The shards of each split, if the layout has any.
    """
    command = [f"slash-dataset export {layout.name} DEST --config {config.name}"]
    command += [f"--{k.replace('_', '-')} {v}" for k, v in config.parameters.items()]
    identity = config_identity(config)
    last = f"{len(plans.get('train', ())) - 1:06d}"
    reading: list[str] = []
    stand_for = {"CONFIG": config.name, "LAST": last, "SIZE": str(config.image_size)}
    for tool, reader in layout.readers.items():
        code = reader.code.strip()
        for name, value in stand_for.items():
            code = code.replace(name, value)
        reading += ["", f"With {tool}:", "", f"```{reader.language}", *code.splitlines(), "```"]
    if plans:
        reading += ["", *_about_shards(folder, layout, plans)]
    found = {name: checksum.result() for name, checksum in checksums.items()}
    rows = [
        f"| {name} | {c['num_rows']} | `{c['images']}` | `{c['labels']}` |"
        for name, c in found.items()
    ]
    dtypes = " and ".join(dict.fromkeys(checksum.dtype for checksum in checksums.values()))
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
        f"SHA-256 of the decoded pixels ({dtypes}, C order) and of the labels (int64), both",
        "little-endian, rows in their order.",
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
    (folder / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _about_shards(folder: Path, layout: Layout, plans: Plans) -> list[str]:
    """How many shards there are, and what to do where a loader needs more."""
    counts = " and ".join(
        f"{len(shards)} {name} shard{'s' * (len(shards) != 1)}" for name, shards in plans.items()
    )
    lines = [f"There {'is' if len(plans['train']) == 1 else 'are'} {counts}."]
    if layout.sharing:
        num_bytes = min(
            sum((folder / shard.name).stat().st_size for shard in shards)
            for name, shards in plans.items()
            # A test split of very few rows has no shard for each worker anyhow.
            if name == "train" or sum(len(shard.rows) for shard in shards) >= _WORKERS
        )
        text = layout.sharing.format(count=_WORKERS, max_bytes=max(1, num_bytes // (2 * _WORKERS)))
        lines += ["", *textwrap.wrap(text, 100)]
    return lines
