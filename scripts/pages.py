"""Renew the tables in README and docs that follow from the package: ``python scripts/pages.py``.

A page has lines ``<!-- NAME:begin -->`` and ``<!-- NAME:end -->``; the text between them is made
from the tables of configs, parameters and layouts, from the committed results of the benchmark, and
from the measurements of speed.
With ``--check``, nothing is written, and the exit status is 1 if a page is out of date.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from slash_dataset.benchmark.models import title_of
from slash_dataset.benchmark.report import (
    limits_table,
    noise_table,
    render_readme_block,
    render_scaling,
    themed_picture,
)
from slash_dataset.benchmark.results import Results, load_results
from slash_dataset.benchmark.scaling import from_json
from slash_dataset.configs import CONFIGS, DEFAULT_CONFIG_NAME, PARAMETERS
from slash_dataset.export import LAYOUTS
from slash_dataset.release.texts import citation_cff, read_changelog
from slash_dataset.variants import Variant

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scripts.pictures import first_images  # noqa: E402 - its folder is on the path since just now
from scripts.speed import MEASUREMENTS  # noqa: E402
from scripts.speed.scale import cost_table  # noqa: E402


def replaced(page: str, name: str, text: str) -> str:
    """Return a page with `text` between the markers of a name.

    Raises
    ------
    SystemExit
        If the page does not have each marker exactly once, in order.
    """
    before, inner, after = _cut(page, name)
    del inner
    return f"{before}{_marker(name, 'begin')}\n{text.strip()}\n{_marker(name, 'end')}{after}"


def renew(path: Path, name: str, text: str) -> None:
    """Put `text` between the markers of that name in the page at `path`."""
    page = replaced(path.read_text(encoding="utf-8"), name, text)
    path.write_text(page, encoding="utf-8")


def between(page: str, name: str) -> str:
    """Return the text between the markers of a name."""
    return _cut(page, name)[1].strip()


def _marker(name: str, which: str) -> str:
    return f"<!-- {name}:{which} -->"


def _cut(page: str, name: str) -> tuple[str, str, str]:
    begin, end = _marker(name, "begin"), _marker(name, "end")
    before, found, rest = page.partition(begin)
    inner, closed, after = rest.partition(end)
    if not (found and closed) or begin in rest or end in after:
        raise SystemExit(f"the page must have {begin} and then {end}, once each")
    return before, inner, after


def markdown(header: Sequence[str], rule: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [header, rule, *rows])


def configs_table() -> str:
    """All configs, with the rows of their splits."""
    rows = (
        [
            f"`{name}`" + (" (default)" if name == DEFAULT_CONFIG_NAME else ""),
            " / ".join(f"{number:,}" for number in config.num_rows.values()),
            config.description,
        ]
        for name, config in CONFIGS.items()
    )
    return markdown(["config", "rows train/test", "what"], ["---", "--:", "---"], rows)


def parameters_table() -> str:
    """All keywords of drawn configs, with their values in `standard` and the allowed ones."""
    standard = CONFIGS["standard"].parameters
    rows = []
    for name, parameter in PARAMETERS.items():
        bounds, choices = (parameter.metadata.get(key) for key in ("bounds", "choices"))
        allowed = str(bounds) if bounds else ", ".join(f"`{choice}`" for choice in choices)
        rows.append([f"`{name}`", f"{standard[name]}", allowed, parameter.metadata["help"]])
    return markdown(["keyword", "in `standard`", "values", "what"], ["---"] * 4, rows)


def variants_table() -> str:
    """The variants of all drawn configs: what differs from the defaults."""
    usual = asdict(Variant())
    rows = []
    for name, config in CONFIGS.items():
        if config.parameters:
            looks = asdict(config.variant).items()
            rows.append([f"`{name}`", ", ".join(f"`{k}` {v}" for k, v in looks if v != usual[k])])
    return markdown(["config", "what differs from the defaults"], ["---"] * 2, rows)


def layout_names() -> str:
    """The names of all layouts, in one line."""
    return ", ".join(f"`{name}`" for name in LAYOUTS)


def layouts_table() -> str:
    """All layouts, with their files, options and required extras."""
    rows = []
    for name, layout in LAYOUTS.items():
        notes = [layout.note, *(f"`--{option.replace('_', '-')}`" for option in layout.options)]
        notes += ["extra `export`"] if layout.needs else []
        rows.append([f"`{name}`", f"`{layout.files}`", "; ".join(notes)])
    return markdown(["layout", "files", "notes"], ["---"] * 3, rows)


def montage_picture(name: str) -> str:
    """A picture of first images, with its description."""
    return themed_picture(f"docs/images/{name}", first_images(name).alt)


def benchmark_tables() -> str:
    """The committed results of the benchmark."""
    folder = "docs/benchmark"
    return render_readme_block(load_results(ROOT / folder / "results.json"), folder)


def benchmark_part(render: Callable[[Results], str]) -> str:
    """One table of the committed results of the benchmark."""
    return render(load_results(ROOT / "docs" / "benchmark" / "results.json"))


def scaling_table() -> str:
    """The committed scaling law."""
    path = ROOT / "docs" / "benchmark" / "scaling" / "results.json"
    return render_scaling(*from_json(path.read_text(encoding="utf-8")))


def proved_table() -> str:
    """The results of the two contenders, and of the attempts on gray pixels."""
    results = load_results(ROOT / "docs" / "benchmark" / "results.json")
    path = ROOT / "docs" / "benchmark" / "proved_wrong.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    table = {row.model: row.median_test_accuracy for row in results.table}
    rows = []
    for name, shares in found["splits"].items():
        cells = {
            (c.trained_on, c.tested_on): c.test_accuracy
            for c in results.generalisation
            if c.model == name
        }
        rows.append(
            [
                title_of(name),
                f"{table[name]:g}",
                f"{sum(shares) / len(shares):.4f}",
                f"{min(shares):.3f}",
            ]
        )
        rows[-1] += [f"{cells[each, each]:g}" for each in ("standard", "shuffled", "shifted")]
    header = [
        "model",
        "the author's split",
        "50 other splits",
        "lowest",
        "`standard`",
        "`shuffled`",
        "`shifted`",
    ]
    tried = [
        [
            each["attempt"],
            each["chosen"],
            f"{each['cross_validation']:.3f}",
            f"{each['test_accuracy']:.3f}",
            ", ".join(map(str, each["misread_rows"])),
        ]
        for each in found["gray"]
    ]
    attempts = [
        "on gray pixels",
        "chosen by the train rows",
        "on them, by folds",
        "test",
        "misread rows",
    ]
    return "\n\n".join(
        [
            markdown(header, ["---"] + ["--:"] * 6, rows),
            "(The last three after 2,000 train rows.)",
            markdown(attempts, ["---", "---", "--:", "--:", "---"], tried),
        ]
    )


def speed_table(name: str) -> str:
    """A committed measurement of speed, with its date and machine."""
    found = json.loads((ROOT / "docs" / "speed" / f"{name}.json").read_text(encoding="utf-8"))
    about = found["environment"]
    libraries = ", ".join(f"{name} {version}" for name, version in about["libraries"].items())
    return (
        f"{MEASUREMENTS[name].table(found)}\n\n{found['date']}, {about['cores']} cores "
        f"({about['cpu']}), Python {about['python']}, {libraries}."
    )


def cost() -> str:
    """The cost of a billion rows, computed from measurements."""
    path = ROOT / "docs" / "speed" / "scale.json"
    return cost_table(json.loads(path.read_text(encoding="utf-8")))


def citation() -> str:
    """How to cite the newest version of the data."""
    return citation_cff(read_changelog(ROOT / "CHANGELOG.md")[0], None)


PAGES: dict[str, dict[str, Callable[[], str]]] = {
    "README.md": {
        "first": partial(montage_picture, "first"),
        "variants": partial(montage_picture, "variants"),
        "configs": configs_table,
        "parameters": parameters_table,
        "layouts": layout_names,
        "benchmark": benchmark_tables,
    },
    "docs/SPEC.md": {"variants": variants_table},
    "docs/frameworks.md": {"layouts": layouts_table},
    "docs/theory.md": {
        "proved": proved_table,
        "noise": partial(benchmark_part, noise_table),
        "scaling": scaling_table,
        "limits": partial(benchmark_part, limits_table),
    },
    "docs/scale.md": {"cost": cost},
    "docs/speed.md": {name: partial(speed_table, name) for name in MEASUREMENTS},
}
FILES = {"CITATION.cff": citation}


def renewed(path: str) -> str:
    """Return the up-to-date text of a page, or of a generated file."""
    if path in FILES:
        return FILES[path]()
    text = (ROOT / path).read_text(encoding="utf-8")
    for name, make in PAGES[path].items():
        text = replaced(text, name, make())
    return text


def main() -> None:
    """Renew or check all pages."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    check = parser.parse_args().check
    stale = [p for p in [*PAGES, *FILES] if renewed(p) != (ROOT / p).read_text(encoding="utf-8")]
    for path in [] if check else stale:
        (ROOT / path).write_text(renewed(path), encoding="utf-8")
        print("renewed", path)
    if check and stale:
        raise SystemExit(f"out of date: {', '.join(stale)}; run python scripts/pages.py")


if __name__ == "__main__":
    main()
