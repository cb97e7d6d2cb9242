"""The README of an export: what the files are, how to read them, and how to check them."""

from __future__ import annotations

from collections.abc import Mapping

from ..checksums import RunningChecksum
from ..configs import DATA_VERSION, Config, DrawnConfig
from ..drawing import DRAW_VERSION
from ..variants import CLASSES


def readme_text(
    config: Config, layout: str, checksums: Mapping[str, RunningChecksum], reading: str
) -> str:
    """Return the README of an export as Markdown.

    Parameters
    ----------
    config : OriginalConfig or DrawnConfig
    layout : str
    checksums : mapping of str to RunningChecksum
        Of all that was written.
    reading : str
        Python code that reads the layout.
    """
    from ..builder import CITATION, DESCRIPTION, HOMEPAGE

    command = [f"slash-dataset export {layout} DEST --config {config.name}"]
    if isinstance(config, DrawnConfig):
        command += [f"--{k.replace('_', '-')} {v}" for k, v in config.parameters.items()]
    found = {name: checksum.result() for name, checksum in checksums.items()}
    rows = [
        f"| {name} | {c['num_rows']} | `{c['images']}` | `{c['labels']}` |"
        for name, c in found.items()
    ]
    dtypes = " and ".join(dict.fromkeys(checksum.dtype for checksum in checksums.values()))
    lines = [
        f"# Slash dataset, config `{config.name}`, layout `{layout}`",
        "",
        " ".join(DESCRIPTION.split()),
        f"This config: {config.description}.",
        "",
        f"- classes: {', '.join(f'{i} = {name}' for i, name in enumerate(CLASSES))}",
        f"- images: {config.image_size} x {config.image_size} pixels, grayscale",
        f"- version of the data: {DATA_VERSION} (draw {DRAW_VERSION})",
        f"- licence: CC BY 4.0; Sophie Searcy, {HOMEPAGE}",
        f"- written by: `{' '.join(command)}`",
        "",
        "## Reading",
        "",
        "```python",
        *reading.strip().splitlines(),
        "```",
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
    return "\n".join(lines) + "\n"
