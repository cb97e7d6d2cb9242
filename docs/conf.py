"""Settings of the docs site, which ``make docs`` builds without a network.

Its source is the whole project, so that links between pages are those that a repository shows.
"""

from __future__ import annotations

import re
from typing import Any

from slash_dataset.about import AUTHOR, __version__

project = "slash-dataset"
author = project_copyright = f"{AUTHOR} (the data), the slash-dataset maintainers (the code)"
release = __version__
root_doc = "docs/index"
include_patterns = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "docs/**"]

# theory.md has this table.
exclude_patterns = ["docs/benchmark/scaling/scaling.md"]

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx_click",
]
html_theme = "furo"
smartquotes = False  # which would make one dash of the two before an option
html_title = f"{project} {release}"
html_static_path = ["../slash_dataset/explorer.html", "narrow.css"]
html_css_files = ["narrow.css"]
html_extra_path = ["site"]

# The lab is committed with its outputs; a test executes it.
nb_execution_mode = "off"
myst_heading_anchors = 3
# Sources and data that a page names are links in a repository, and texts on the site.
suppress_warnings = ["myst.xref_missing"]
numpydoc_show_class_members = False
# Its compiled half must fit the installed torch, which a page does not need.
autodoc_mock_imports = ["torchvision"]
autodoc_typehints = "none"
autodoc_member_order = "bysource"


def _add_contents(app: Any, name: str, source: list[str]) -> None:
    """Make the table of contents of the pages that each section of the index names."""
    if name == root_doc:
        for title, section in re.findall(r"^## (.+)\n([^#]*)", source[0], re.MULTILINE):
            pages = re.findall(r"\]\(([^)#:]+?)(?:\.md|\.ipynb|\.rst)\)", section)
            lines = ["", "```{toctree}", ":hidden:", f":caption: {title}", "", *pages, "```", ""]
            source[0] += "\n".join(lines)


def _follow_the_theme(app: Any, name: str, source: list[str]) -> None:
    """Make two images of a picture with two sources: the theme's own switch chooses, too."""
    source[0] = re.sub(
        r'<picture>\s*<source [^>]*srcset="(.+?)">\s*<img alt="(.+?)" src="(.+?)">\s*</picture>',
        "````{container} picture\n"
        "```{image} \\1\n:alt: \\2\n:class: only-dark\n```\n\n"
        "```{image} \\3\n:alt: \\2\n:class: only-light\n```\n````",
        source[0],
    )


def _show_examples(app: Any, ctx: Any, lines: list[str]) -> None:
    """Keep the columns of the examples in a command's help."""
    shown = []
    for before, line in zip(["", *lines], lines, strict=False):
        is_example = line.startswith("|")
        if is_example and not before.startswith("|"):
            shown += ["", ".. code-block:: text", ""]
        shown.append(f"    {line[2:]}" if is_example else line)
    lines[:] = shown


def setup(app: Any) -> None:
    """Let Sphinx read the pages and the commands' help as this project writes them."""
    app.connect("source-read", _add_contents)
    app.connect("source-read", _follow_the_theme)
    app.connect("sphinx-click-process-description", _show_examples)
