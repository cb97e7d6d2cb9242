"""Results as text: tables for a terminal, for Markdown, and for the README."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any

from ..extras import require
from .experiments import CURVE_CONFIG, matrix_columns, matrix_limits
from .models import MODELS, title_of, unmeasured
from .post_2019 import PUBLISHED, compare
from .results import Evaluation, Results
from .scaling import NUM_TEST, Need, Run, find_laws, to_json
from .scaling_models import ARCHITECTURES

TableRow = tuple[str, ...]

_HEADER = (
    "Model",
    "params, published",
    "measured",
    "train, published",
    "measured",
    "test, published",
    "measured",
    "",
)
_CONTENDER_HEADER = ("Model", "params", "train", "test")
_README_FIGURES = {
    "published_vs_measured": "Test accuracy of each model, published and measured",
    "learning_curves": "Test accuracy against the number of training rows",
}


def write_results(results: Results, folder: Path) -> None:
    """Write ``results.json`` and ``table.md`` to an existing folder."""
    (folder / "results.json").write_bytes(results.to_json().encode())
    (folder / "table.md").write_bytes(render_report(results).encode())


def render_scaling(runs: Sequence[Run], environment: Mapping[str, Any]) -> str:
    """Return the scaling law as a Markdown table: rows to 90 %, exponents, and verdicts."""
    laws = find_laws(runs)
    sizes = sorted({need.image_size for law in laws for need in law.needs})
    shapes = (f"{size} x {size}" for size in sizes)
    header = ("Model", *shapes, "predicted exponent", "fitted", "95 % interval", "")
    rows = []
    for law in laws:
        needs = {need.image_size: need for need in law.needs}
        cells = [_need(needs[size]) if size in needs else "" for size in sizes]
        low, high = (f"{limit:.2f}" for limit in law.interval)
        known = ARCHITECTURES[law.model]
        fitted = (f"{law.exponent:.2f}", f"{low} to {high}")
        rows.append((known.title, *cells, known.prediction, *fitted, law.verdict))
    seeds = len(runs[0].test_accuracy)
    parts = [
        _markdown(header, rows),
        f"Train rows at which the median of {seeds} seeds reads 90 % of {NUM_TEST:,} test rows; "
        '">": not reached with that many. The exponent is that of the number of places.',
        *_control(runs),
        _measured_on(environment, "by `slash-dataset scaling`, "),
    ]
    return "\n\n".join(parts)


def _need(need: Need) -> str:
    return f"{need.num_train:,.0f}" if need.reached else f"> {need.num_train:,.0f}"


def _control(runs: Sequence[Run]) -> list[str]:
    """Describe what a permutation of the pixels does to a network and to the nearest neighbour."""
    medians = {
        (run.model, run.image_size, run.num_train, run.config): _median(run.test_accuracy)
        for run in runs
    }
    rows = [
        (
            ARCHITECTURES[model].title,
            f"{size} x {size}",
            f"{num_train:,}",
            medians[model, size, num_train, "standard"],
            median,
        )
        for (model, size, num_train, config), median in medians.items()
        if config == "shuffled"
    ]
    header = ("Control", "images", "train rows", "`standard`", "`shuffled`")
    return [_markdown(header, rows)] if rows else []


def write_scaling(runs: Sequence[Run], environment: Mapping[str, Any], folder: Path) -> None:
    """Write ``results.json`` and ``scaling.md`` of a scaling law to an existing folder."""
    (folder / "results.json").write_bytes(to_json(runs, environment).encode())
    (folder / "scaling.md").write_bytes((render_scaling(runs, environment) + "\n").encode())


def share(value: float) -> str:
    """Return an accuracy with the post's six decimals, without trailing zeros.

    Examples
    --------
    >>> share(746 / 750), share(1.0)
    ('0.994667', '1')
    """
    return f"{round(value, 6):g}"


def median_and_min(values: Sequence[float]) -> str:
    """Return the median of several accuracies with the lowest in brackets; or the only one.

    Examples
    --------
    >>> median_and_min([1.0, 1.0, 0.996]), median_and_min([0.472])
    ('1 (0.996)', '0.472')
    """
    if len(values) == 1:
        return share(values[0])
    return f"{share(statistics.median(values))} ({share(min(values))})"


def text_table(table: Sequence[Evaluation]) -> str:
    """Return the rows as aligned text for a terminal, published next to measured."""
    rows = [_HEADER, *_compared_rows(table)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if i in (0, len(row) - 1) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join(lines)


def html_table(table: Sequence[Evaluation]) -> str:
    """Return the rows as an HTML table, published beside measured, for a notebook."""
    frame = require("pandas", "benchmark").DataFrame(_compared_rows(table), columns=_HEADER)
    return str(frame.to_html(index=False))


def markdown_table(table: Sequence[Evaluation]) -> str:
    """Return the rows of the published table, and the smallest network, as Markdown.

    Raises
    ------
    ValueError
        If there is no such row.
    """
    rows = [row for row in table if row.model in MODELS and MODELS[row.model].group != "contender"]
    if not rows:
        raise ValueError("results have no row of the published table")
    return _markdown(_HEADER, _compared_rows(rows))


def markdown_contenders(table: Sequence[Evaluation]) -> str:
    """Return the rows of the contenders, which are not in the post, as Markdown; "" if none."""
    rows = [
        (
            title_of(row.model),
            _count(row.num_parameters),
            median_and_min(row.train_accuracy),
            median_and_min(row.test_accuracy),
        )
        for row in table
        if row.model in MODELS and MODELS[row.model].group == "contender"
    ]
    return _markdown(_CONTENDER_HEADER, rows) if rows else ""


def render_report(results: Results) -> str:
    """Return all measurements as one Markdown page, ``table.md``."""
    parts = [
        "# All figures of the benchmark",
        _how_measured(results),
        "## The published table, and the smallest network",
    ]
    parts += _of_all_models(results.table, "## Contenders, not in the published table")
    for name, (title, what, table) in _SECTIONS.items():
        if getattr(results, name):
            parts += [f"## {title}", what, table(results)]
    return "\n\n".join(parts) + "\n"


def render_readme_block(results: Results, figures: str) -> str:
    """Return the README's section on the benchmark: the tables and the two best figures.

    Parameters
    ----------
    results : Results
    figures : str
        The folder of the figures, as linked from the README.
    """
    parts = _of_all_models(results.table, "Contenders that are not in the post:")
    parts.append(_how_measured(results))
    pictures = [
        themed_picture(f"{figures}/{name}", text)
        for name, text in _README_FIGURES.items()
        if results.learning_curves or not name.startswith("learning")
    ]
    return "\n\n".join([*parts, *pictures])


def themed_picture(path: str, text: str) -> str:
    """Return the HTML of a picture in the reader's theme, of the files PATH.png and PATH-dark.png.

    Examples
    --------
    >>> print(themed_picture("docs/noise", "Accuracy against noise"))
    <picture>
      <source media="(prefers-color-scheme: dark)" srcset="docs/noise-dark.png">
      <img alt="Accuracy against noise" src="docs/noise.png">
    </picture>
    """
    return (
        "<picture>\n"
        f'  <source media="(prefers-color-scheme: dark)" srcset="{path}-dark.png">\n'
        f'  <img alt="{text}" src="{path}.png">\n'
        "</picture>"
    )


def _compared_rows(table: Iterable[Evaluation]) -> list[TableRow]:
    rows: list[TableRow] = []
    for row in table:
        published = PUBLISHED.get(row.model)
        rows.append(
            (
                title_of(row.model),
                _count(published.num_parameters) if published else "",
                _count(row.num_parameters),
                share(published.train_accuracy) if published else "",
                median_and_min(row.train_accuracy),
                share(published.test_accuracy) if published else "",
                median_and_min(row.test_accuracy),
                compare(row),
            )
        )
    return rows


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _of_all_models(table: Sequence[Evaluation], of_contenders: str) -> list[str]:
    """The published table, contenders below a title, and which models were added since."""
    parts = [markdown_table(table), _legend(table)]
    contenders = markdown_contenders(table)
    if contenders:
        parts += [of_contenders, contenders]
    titles = unmeasured(row.model for row in table)
    return [*parts, f"Not measured yet: {', '.join(titles)}."] if titles else parts


def _markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [header, rule, *rows])


def _legend(table: Sequence[Evaluation]) -> str:
    seeds = max((len(row.seeds) for row in table), default=0)
    return (
        "*exact*: digit for digit as published in 2019; *within spread*: the published figure lies "
        f"between the lowest and the highest of {seeds} seeds; *new*: not in the post. Rows with "
        "seeds give the median and, in brackets, the worst."
    )


def _how_measured(results: Results) -> str:
    rows = "by `slash-dataset benchmark` on the 750 train and 250 test rows of `original-float64`"
    return _measured_on(results.environment, f"{rows}, ")


def _measured_on(environment: Mapping[str, Any], how: str) -> str:
    libraries = ", ".join(f"{k} {v}" for k, v in environment.get("libraries", {}).items() if v)
    return (
        f"Measured {how}Python {environment.get('python')}, {libraries}, on "
        f"{environment.get('cores')} cores ({environment.get('cpu')})."
    )


def _medians(points: Sequence[Any], at: str, columns: Sequence[Any]) -> list[TableRow]:
    """A row for each model: its median accuracy at each column, "" where it was not measured."""
    found: dict[tuple[str, Any], list[float]] = {}
    for point in points:
        found.setdefault((point.model, attrgetter(*at.split())(point)), []).append(
            point.test_accuracy
        )
    return [
        (title_of(name), *(_median(found.get((name, column))) for column in columns))
        for name in dict.fromkeys(point.model for point in points)
    ]


def _curves(results: Results) -> str:
    sizes = sorted({point.num_train for point in results.learning_curves})
    rows = _medians(results.learning_curves, "num_train", sizes)
    return _markdown(("Model", *(f"{size:,}" for size in sizes)), rows)


def _matrix(results: Results) -> str:
    columns = matrix_columns()
    rows: list[TableRow] = [("tested on", *(tested for _, tested in columns))]
    rows += _medians(results.generalisation, "trained_on tested_on", columns)
    rows += [
        (title, *("" if math.isnan(value) else f"{value:.4g}" for value in line))
        for title, line in matrix_limits(results.limits).items()
    ]
    return _markdown(("trained on", *(trained for trained, _ in columns)), rows)


def noise_table(results: Results) -> str:
    """Return accuracy against noise, and the optimum, as Markdown."""
    levels = sorted({point.noise for point in results.noise})
    best = {(x.config, x.noise): x.value for x in results.limits if x.kind == "optimum"}
    optimum = [best.get((CURVE_CONFIG, level)) for level in levels]
    rows = _medians(results.noise, "noise", levels)
    rows.append(("Optimum", *("" if value is None else f"{value:.4f}" for value in optimum)))
    return _markdown(("Model", *(f"{level:g}" for level in levels)), rows)


def limits_table(results: Results) -> str:
    """All results of the theory: optima and bounds, with their standard errors."""
    rows = [
        (
            f"`{limit.config}`",
            f"{limit.noise:g}",
            limit.kind,
            _count(limit.num_train),
            f"{limit.value:.5f}",
            # An optimum of 1 is not the result of a computation.
            "exact"
            if (limit.standard_error, limit.kind) == (0, "optimum") or limit.value == 0.5
            else f"{limit.standard_error:.5f}",
        )
        for limit in results.limits
    ]
    return _markdown(("config", "noise", "what", "train rows", "accuracy", "standard error"), rows)


def _median(values: Sequence[float] | None) -> str:
    return f"{statistics.median(values):.3f}" if values else ""


# By part of the results: its title, what it shows, and its table.
_SECTIONS: Mapping[str, tuple[str, str, Callable[[Results], str]]] = {
    "learning_curves": (
        "Learning curves",
        "Median test accuracy on the 2,000 test rows of `standard`, by number of train rows.",
        _curves,
    ),
    "generalisation": (
        "Generalisation",
        "Median test accuracy. The first line says what a model was trained on, the second what "
        "it was tested on.",
        _matrix,
    ),
    "noise": (
        "Noise",
        "Median test accuracy after 2,000 train rows of `standard` with that noise, and tested "
        "with it.",
        noise_table,
    ),
    "limits": (
        "Limits",
        "*optimum*: no classifier can exceed it; *bound*: no learner that does not know which "
        "pixels are neighbours can exceed it after this many train rows.",
        limits_table,
    ),
}
