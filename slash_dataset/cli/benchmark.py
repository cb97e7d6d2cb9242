"""``slash-dataset benchmark``: the table of the 2019 post, measured, and what lies beyond it."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .options import progress_option

if TYPE_CHECKING:
    from ..benchmark.models import Model
    from ..benchmark.results import Results

# Learning curves and the matrix take so many of the seeds: each of theirs draws its own train rows.
_CURVE_SEEDS = 3


@click.command("benchmark")
@click.option(
    "--models",
    multiple=True,
    metavar="NAME[,NAME...]",
    help="only these models; by default the nine published ones and the smallest",
)
@click.option(
    "--seeds",
    type=click.IntRange(1, 10_000),
    default=10,
    show_default=True,
    help=f"trainings of each model that is random (curves and matrix: {_CURVE_SEEDS} at most)",
)
@click.option("--contenders", is_flag=True, help="also the models that the post does not have")
@click.option("--curves", is_flag=True, help="also test accuracy against the number of train rows")
@click.option("--matrix", is_flag=True, help="also train on one config and test on the others")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="--contenders --curves --matrix: about half an hour on two cores",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False),
    help="new folder for results.json, table.md and the figures",
)
@click.option("--force", is_flag=True, help="replace the folder of --out if it is not empty")
@click.option(
    "--results",
    "saved",
    type=click.Path(exists=True, dir_okay=False),
    help="print and draw this results.json instead of measuring",
)
@click.option(
    "--update-readme",
    "readme",
    type=click.Path(exists=True, dir_okay=False),
    help="put tables and figures of --out, or beside --results, between a README's markers",
)
@progress_option
@click.pass_context
def benchmark_command(
    ctx: click.Context,
    /,
    models: tuple[str, ...],
    seeds: int,
    everything: bool,
    out: str | None,
    force: bool,
    saved: str | None,
    readme: str | None,
    progress: bool,
    **parts: bool,
) -> None:
    """Measure the table of the 2019 post, and print it beside what was published.

    A row is "exact" (digit for digit), "within spread" (of the seeds), "off", or "new" (not in the
    post). The exit status is 1 if a row in which nothing is random is off.

    \b
      slash-dataset benchmark                            the ten rows, in minutes
      slash-dataset benchmark --models knn-1,svm-rbf     two of them
      slash-dataset benchmark --all --out found          everything, with figures
    """
    from ..benchmark.output import write_results
    from ..benchmark.report import split_readme, text_table, update_readme
    from ..benchmark.results import load_results
    from ..benchmark.table import rows_that_must_agree
    from ..destinations import new_folder
    from ..extras import require

    _refuse_contradictions(ctx, saved, out, readme)
    if readme is not None:
        split_readme(readme)
    chosen = _chosen_models(models, parts["contenders"] or everything)
    if out is not None:
        require("matplotlib", "benchmark")

    with nullcontext() if out is None else new_folder(out, force=force) as folder:
        if saved is not None:
            results = load_results(saved)
        else:
            curves, matrix = parts["curves"] or everything, parts["matrix"] or everything
            results = _measure(chosen, seeds, curves, matrix, progress)
        # Whatever happens to the files, what was measured has been shown.
        click.echo(text_table(results.table))
        if folder is not None:
            write_results(results, folder)
    if readme is not None:
        update_readme(readme, results, out or Path(str(saved)).parent)

    off = rows_that_must_agree(results.table)
    if off:
        names = ", ".join(row.model for row in off)
        click.echo(f"off, though nothing in them is random: {names}", err=True)
        ctx.exit(1)


def _measure(chosen: list[Model], seeds: int, curves: bool, matrix: bool, show: bool) -> Results:
    from ..benchmark.generalisation import measure_matrix
    from ..benchmark.learning_curves import measure_learning_curves
    from ..benchmark.results import Results, describe_environment
    from ..benchmark.table import measure_table

    few = range(min(seeds, _CURVE_SEEDS))
    return Results(
        table=measure_table(chosen, range(seeds), progress=show),
        learning_curves=measure_learning_curves(chosen, few, progress=show) if curves else [],
        generalisation=measure_matrix(chosen, few, progress=show) if matrix else [],
        environment=describe_environment(),
    )


def _chosen_models(names: tuple[str, ...], contenders: bool) -> list[Model]:
    """The named models, or all that are wanted, each once and in the order of the tables."""
    from ..benchmark.models import MODELS, find_model

    wanted = {find_model(name.strip()).name for given in names for name in given.split(",")}
    if wanted:
        return [model for model in MODELS.values() if model.name in wanted]
    return [model for model in MODELS.values() if contenders or model.group != "contender"]


def _refuse_contradictions(ctx: click.Context, saved: Any, out: Any, readme: Any) -> None:
    if saved is not None:
        measuring = ("models", "seeds", "contenders", "curves", "matrix", "everything")
        for name in measuring:
            if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
                flag = "--all" if name == "everything" else f"--{name}"
                raise click.UsageError(f"{flag} measures, --results does not: give one of them")
    elif readme is not None and out is None:
        raise click.UsageError("--update-readme needs figures to link to: give --out or --results")
