"""The command line: ``slash-dataset``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line, or say how to install what it needs."""
    try:
        from .group import cli
        from .streams import run
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        sys.exit('click is not installed: pip install "slash-dataset[cli]"')
    run(lambda: cli(prog_name="slash-dataset"))
