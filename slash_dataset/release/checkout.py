"""What a release takes from the source checkout: texts and results that are not in the wheel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Checkout:
    """Where the files stand that a release is made from.

    Attributes
    ----------
    root : pathlib.Path
        The checkout; nothing is ever built inside it.
    card : pathlib.Path
        The template of the dataset card.
    changelog : pathlib.Path
        The changelog of the data.
    results : pathlib.Path
        The benchmark's results.
    """

    root: Path
    card: Path
    changelog: Path
    results: Path

    @classmethod
    def find(cls) -> Checkout:
        """Return the checkout that this package runs from.

        Raises
        ------
        FileNotFoundError
            If it runs from an installed wheel, or a file is missing.
        """
        root = Path(__file__).resolve().parents[2]
        found = cls(
            root=root,
            card=root / "dataset_card.md",
            changelog=root / "CHANGELOG.md",
            results=root / "docs" / "benchmark" / "results.json",
        )
        for path in (found.card, found.changelog, found.results):
            if not path.is_file():
                raise FileNotFoundError(
                    f"{path.relative_to(root).as_posix()} is not in {root}: a release is built "
                    "from a checkout of the project (pip install --editable '.[release]')"
                )
        return found
