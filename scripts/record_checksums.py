"""Record the checksums of named configs that have none: adds to ``slash_dataset/checksums.json``.

A recorded checksum is a promise: if one differs from what the package draws now, the script ends
with exit status 1 and writes nothing. ``--renew`` records it again, together with a new
``DRAW_VERSION`` or ``DATA_VERSION``.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from slash_dataset import CONFIG_NAMES, open_config
from slash_dataset.checksums import checksum_of_split
from slash_dataset.destinations import new_file


def main() -> None:
    """Write the checksums of every config and split, in the order of the configs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--renew", action="store_true", help="replace checksums that differ")
    renew = parser.parse_args().renew
    dest = Path(__file__).parents[1] / "slash_dataset" / "checksums.json"
    before = json.loads(dest.read_text(encoding="utf-8"))
    found = {
        name: {split: checksum_of_split(rows) for split, rows in open_config(name).items()}
        for name in CONFIG_NAMES
    }
    changed = [name for name in before if before[name] != found.get(name)]
    if changed and not renew:
        raise SystemExit(f"these configs differ from what is recorded: {', '.join(changed)}")
    with new_file(dest, force=True) as path:
        path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print("recorded:", ", ".join(name for name in found if before.get(name) != found[name]) or "-")


if __name__ == "__main__":
    main()
