"""A folder with everything that one run of the benchmark found."""

from __future__ import annotations

from pathlib import Path

from .figures import draw_figures
from .report import render_report
from .results import Results


def write_results(results: Results, folder: Path) -> None:
    """Write ``results.json``, ``table.md`` and the figures to an existing folder."""
    (folder / "results.json").write_text(results.to_json(), encoding="utf-8")
    (folder / "table.md").write_text(render_report(results), encoding="utf-8")
    draw_figures(results, folder)
