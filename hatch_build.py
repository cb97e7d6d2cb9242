"""What a package index shows: README, with links that lead out of it to the project's address."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_RELATIVE_LINK = re.compile(r'(!?\[[^\]]*\]\(|\b(?:src|srcset|href)=")(?![a-z]+:|#)')


def absolute(readme: str, address: str | None) -> str:
    """Return a page with the project's address before each relative link; as it is without one."""
    if address is None:
        return readme

    def with_address(link: re.Match[str]) -> str:
        kind = "raw" if link[1].startswith(("!", "src")) else "blob"
        return f"{link[1]}{address}/{kind}/HEAD/"

    return _RELATIVE_LINK.sub(with_address, readme)


class Description(MetadataHookInterface):
    """Gives the description of the package."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Put in what the metadata lacks."""
        root = Path(self.root)
        address = runpy.run_path(str(root / "slash_dataset" / "about.py"))["ADDRESS"]
        text = absolute((root / "README.md").read_text(encoding="utf-8"), address)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
