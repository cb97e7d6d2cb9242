"""Record the checksums of all named configs: writes ``slash_dataset/checksums.json``.

Run it after a change that is meant to change data, together with a new ``DRAW_VERSION`` or
``DATA_VERSION``. A change of this file that nobody meant is what the tests are there to stop.
"""

from __future__ import annotations

import json
from pathlib import Path

from slash_dataset import CONFIG_NAMES, open_config
from slash_dataset.atomic import new_file
from slash_dataset.checksums import checksum_of_split


def main() -> None:
    """Write the checksums of every config and split."""
    dest = Path(__file__).parents[1] / "slash_dataset" / "checksums.json"
    recorded = {
        name: {split: checksum_of_split(rows) for split, rows in open_config(name).items()}
        for name in CONFIG_NAMES
    }
    with new_file(dest, force=True) as path:
        path.write_text(json.dumps(recorded, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
