"""Measure speed, side by side: ``python -m scripts.speed [NAME ...] [--out docs/speed]``.

What counts is the ratio to each group's first line: both are measured in one run on one machine.
With ``--out``, each measurement renews its own JSON file there, and the picture of all of them;
``python scripts/pages.py`` then renews docs/speed.md. ``--quick`` measures a tenth of the rows.
"""

from __future__ import annotations

import argparse
import json
import time
from importlib.metadata import version
from pathlib import Path

from slash_dataset.benchmark.results import describe_environment

from . import MEASUREMENTS
from .side_by_side import draw_bars

LIBRARIES = ("numpy", "pyarrow", "pillow", "datasets")


def main() -> None:
    """Run the measurements named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=f"by default all: {', '.join(MEASUREMENTS)}")
    parser.add_argument("--out", type=Path, help="folder for the JSON files and the picture")
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows, fewer rounds")
    options = parser.parse_args()
    for name in options.names:
        if name not in MEASUREMENTS:
            parser.error(f"no measurement {name!r}; there are {', '.join(MEASUREMENTS)}")
    about = describe_environment() | {"libraries": {name: version(name) for name in LIBRARIES}}
    for name in options.names or MEASUREMENTS:
        found = MEASUREMENTS[name].measure(options.quick)
        print(f"\n{MEASUREMENTS[name].table(found)}", flush=True)
        if options.out:
            options.out.mkdir(parents=True, exist_ok=True)
            content = {"date": time.strftime("%Y-%m-%d"), "environment": about, **found}
            text = json.dumps(content, indent=1) + "\n"
            (options.out / f"{name}.json").write_text(text, encoding="utf-8")
    if options.out:
        draw_bars(options.out, MEASUREMENTS)


if __name__ == "__main__":
    main()
