"""The small texts of a release folder: citation, licence, and the rules for large files."""

from __future__ import annotations

from ..about import DESCRIPTION, HOMEPAGE
from .changelog import Entry

# Images and tables are large files on the Hub; everything else stays readable in git.
GITATTRIBUTES = "".join(
    f"*.{extension} filter=lfs diff=lfs merge=lfs -text\n" for extension in ("parquet", "png")
)
LICENSE = f"""\
The Slash dataset is licensed under the Creative Commons Attribution 4.0
International License (CC BY 4.0):
https://creativecommons.org/licenses/by/4.0/legalcode

Attribution: Sophie Searcy, "Slash dataset: A toy dataset that stymies most
non-convolutional models", 2019, {HOMEPAGE}

What was changed: the configs `original` (rounded to 8 bits) and
`original-float64` (exact) hold the 2019 release. All other configs are new
images in its manner, drawn by the slash-dataset package.
"""


def citation_cff(entry: Entry, repository: str | None) -> str:
    """Return ``CITATION.cff`` (citation-file-format.github.io, 1.2.0) for a version of the data.

    Parameters
    ----------
    entry : Entry
        Of the changelog, for version and date.
    repository : str or None
        The dataset's address on the Hub.

    Returns
    -------
    str
        YAML.
    """
    import yaml

    def authors() -> list[dict[str, str]]:  # a new list each time, or YAML would refer back
        return [{"family-names": "Searcy", "given-names": "Sophie"}]

    title = "Slash dataset: A toy dataset that stymies most non-convolutional models"
    document = {
        "cff-version": "1.2.0",
        "message": "If you use this dataset, please cite the post that introduced it.",
        "type": "dataset",
        "title": title,
        "abstract": " ".join(DESCRIPTION.split()),
        "authors": authors(),
        "license": "CC-BY-4.0",
        "url": HOMEPAGE,
        "version": str(entry.version),
        "date-released": entry.date,
        "preferred-citation": {
            "type": "blog",
            "title": title,
            "authors": authors(),
            "year": 2019,
            "month": 5,
            "url": HOMEPAGE,
        },
    }
    if repository is not None:
        document["repository"] = repository
    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100))
