"""Regenerate the data, check it and push a new version to the Hub.

The same as ``slash-dataset release``, for a checkout that is not installed:
``python scripts/regenerate_and_upload.py --repo-id NAMESPACE/slash --version X.Y.Z``.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from slash_dataset.cli.group import cli

if __name__ == "__main__":
    cli(["release", *sys.argv[1:]], prog_name="regenerate_and_upload.py")
