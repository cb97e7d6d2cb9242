"""How fast the dataset is drawn, encoded, written, loaded and read, compared with something else.

``python -m scripts.speed`` measures; see :mod:`scripts.speed.__main__`. To add a measurement, write
a module whose ``MEASUREMENT`` is a :class:`Measurement`, name it in :data:`MEASUREMENTS`, and give
it a section in docs/speed.md that says what limits it.
"""

from __future__ import annotations

from typing import Any, Protocol

from . import builds, draw, epoch, exports, load, loaders, parquet, png, processes, scale, since


class Measurement(Protocol):
    """Something that can be measured."""

    def measure(self, quick: bool) -> dict[str, Any]:
        """Return the content of a JSON file; `quick` uses a tenth of the rows."""

    def table(self, found: dict[str, Any]) -> str:
        """Return the result of :meth:`measure` as a Markdown table."""


MEASUREMENTS: dict[str, Measurement] = {
    "draw": draw.MEASUREMENT,
    "png": png.MEASUREMENT,
    "parquet": parquet.MEASUREMENT,
    "load": load.MEASUREMENT,
    "epoch": epoch.MEASUREMENT,
    "loaders": loaders.MEASUREMENT,
    "processes": processes.MEASUREMENT,
    "builds": builds.MEASUREMENT,
    "exports": exports.MEASUREMENT,
    "scale": scale.MEASUREMENT,
    "since": since.MEASUREMENT,
}
