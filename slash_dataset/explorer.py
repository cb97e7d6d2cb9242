"""The explorer: a single-file page that shows why convolution works, with the package's own pixels.

Its sources are in ``explorer/`` of the repository; the page loads nothing from elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from .checks import Bounds
from .destinations import new_file

FILE_NAME = "explorer.html"
_HEIGHT = Bounds(200, 10_000, "pixels", whole=True)


def page() -> str:
    """Return the page as HTML.

    Examples
    --------
    >>> page().startswith("<!doctype html>")
    True
    """
    return (files(__package__) / FILE_NAME).read_text(encoding="utf-8")


def write_page(out: Path | str, *, force: bool = False) -> Path:
    """Write the page to a file.

    Parameters
    ----------
    out : path-like
        The HTML file to write.
    force : bool
        Replace the file if it exists.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    FileExistsError
        If the file exists and `force` is false.
    """
    with new_file(out, force=force) as path:
        path.write_bytes(page().encode())
    return Path(out)


@dataclass(eq=False)
class Explorer:
    """What :func:`explore` returns; a notebook shows it as a frame."""

    height: int

    def _repr_html_(self) -> str:
        return (
            f'<iframe title="Slash explorer" srcdoc="{escape(page())}" '
            f'style="width: 100%; height: {self.height}px; border: 0"></iframe>'
        )


def explore(height: int = 860) -> Any:
    """Show the explorer in a notebook.

    The frame holds the whole page, so it works offline and in a saved notebook.

    Parameters
    ----------
    height : int
        Height of the frame, 200 to 10,000 pixels.

    Returns
    -------
    Explorer
        A notebook shows it as the last value of a cell.

    Raises
    ------
    ValueError
        If `height` is out of range.

    Examples
    --------
    >>> explore()
    Explorer(height=860)
    """
    return Explorer(int(_HEIGHT.check("height", height)))
