"""``slash-dataset benchmark``: the table of the 2019 post, measured, and more."""

from __future__ import annotations

import tempfile
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from ..benchmark.models import MODELS, find_model
from ..checks import PROCESSES, RUNS, Bounds
from .options import Named, Number, progress_option

if TYPE_CHECKING:
    from ..benchmark.models import Model
    from ..benchmark.results import Results

MODEL_NAME = Named("model", find_model)

# Learning curves and the matrix use this many of the seeds: each seed draws its own train rows.
_CURVE_SEEDS = 3

# Parts of the measurement besides the table: their options, and the part of the results they fill.
_PARTS = {"curves": "learning_curves", "matrix": "generalisation", "noise": "noise"}

jobs_option = click.option(
    "--jobs",
    type=Number(Bounds(-1, PROCESSES.high, "processes", whole=True)),
    default=1,
    show_default=True,
    help=f"training processes, which share the cores; {PROCESSES}, or -1 for one per core",
)
"""Add ``--jobs``; the command receives `jobs`, an int."""


@click.command("benchmark")
@click.option(
    "--models",
    multiple=True,
    callback=MODEL_NAME.of_list,
    metavar="NAME[,NAME...]",
    help="only these models  [default: the nine published ones and the smallest]",
)
@click.option(
    "--seeds",
    type=Number(RUNS),
    default=10,
    show_default=True,
    help=f"trainings of each random model (outside the table at most {_CURVE_SEEDS}); {RUNS}",
)
@click.option("--contenders", is_flag=True, help="also models that are not in the post")
@click.option("--curves", is_flag=True, help="also test accuracy against the number of train rows")
@click.option("--matrix", is_flag=True, help="also train on one config and test on the others")
@click.option("--noise", is_flag=True, help="also test accuracy and the optimum against noise")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="--contenders --curves --matrix --noise: with --jobs 2, 20 minutes on two cores",
)
@jobs_option
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
@click.option("--only-missing", is_flag=True, help="measure the models that --results lacks")
@progress_option
@click.pass_context
def benchmark_command(
    ctx: click.Context,
    /,
    models: list[str],
    seeds: int,
    everything: bool,
    jobs: int,
    out: str | None,
    force: bool,
    saved: str | None,
    only_missing: bool,
    progress: bool,
    **parts: bool,
) -> None:
    """Measure the table of the 2019 post, and print it next to the published figures.

    A row is "exact" (digit for digit), "within spread" (of the seeds), "off", or "new" (not in the
    post). The exit status is 1 if a deterministic row is off.

    \b
      slash-dataset benchmark                            the ten rows, in minutes
      slash-dataset benchmark --models knn-1,svm-rbf     two of them
      slash-dataset benchmark --all --out found          everything, with figures
      slash-dataset benchmark --only-missing --results found/results.json --out more
                                                         models added since these results
    """
    from ..benchmark.experiments import rows_that_must_agree
    from ..benchmark.report import text_table, write_results
    from ..benchmark.results import load_results
    from ..destinations import new_folder
    from ..extras import require
    from ..plot.figures import draw_figures

    _refuse_contradictions(ctx, saved, only_missing)
    if out is not None:
        require("matplotlib", "plot")
    results = None if saved is None else load_results(saved)

    measured = None
    try:
        with nullcontext() if out is None else new_folder(out, force=force) as folder:
            if results is None:
                further = [part for part in _PARTS if parts[part] or everything]
                chosen = _chosen_models(models, parts["contenders"] or everything)
                results = measured = _measure(chosen, seeds, further, jobs, progress)
            elif only_missing:
                results = measured = _with_missing(results, seeds, jobs, progress)
            # Check this first: a full disk must not cost half an hour of measuring.
            click.echo(text_table(results.table))
            if folder is not None:
                write_results(results, folder)
                draw_figures(results, folder)
    except OSError:
        if measured is not None:
            click.echo(f"the measurements are in {_kept(measured)}", err=True)
        raise
    off = rows_that_must_agree(results.table)
    if off:
        names = ", ".join(row.model for row in off)
        click.echo(f"off, though deterministic: {names}", err=True)
        ctx.exit(1)


def _measure(
    chosen: list[Model], seeds: int, parts: list[str], jobs: int, progress: bool
) -> Results:
    from ..benchmark import experiments
    from ..benchmark.results import Results, describe_environment

    few = range(min(seeds, _CURVE_SEEDS))
    how: dict[str, Any] = {"jobs": jobs, "progress": progress}
    further: dict[str, Any] = {
        "curves": experiments.measure_learning_curves,
        "matrix": experiments.measure_matrix,
        "noise": experiments.measure_noise,
    }
    return Results(
        table=experiments.measure_table(chosen, range(seeds), **how),
        limits=experiments.compute_limits() if parts else [],
        environment=describe_environment(),
        **{_PARTS[part]: further[part](chosen, few, **how) for part in parts},
    )


def _with_missing(results: Results, seeds: int, jobs: int, progress: bool) -> Results:
    """Add the missing models to results, in the parts that the results have."""
    names = {row.model for row in results.table}
    missing = [model for name, model in MODELS.items() if name not in names]
    if not missing:
        return results
    parts = [part for part, section in _PARTS.items() if getattr(results, section)]
    new = _measure(missing, seeds, parts, jobs, progress)
    order = {name: i for i, name in enumerate(MODELS)}
    later = {model.name: new.environment for model in missing}
    return replace(
        results,
        limits=new.limits,
        **{
            section: sorted(
                [*getattr(results, section), *getattr(new, section)],
                key=lambda row: order.get(row.model, len(order)),
            )
            for section in ("table", *_PARTS.values())
        },
        environment={
            **results.environment,
            "measured_later": {**results.environment.get("measured_later", {}), **later},
        },
    )


def _kept(results: Results) -> str:
    with tempfile.NamedTemporaryFile(
        prefix="slash-benchmark-", suffix=".json", delete=False
    ) as file:
        file.write(results.to_json().encode())
    return file.name


def _chosen_models(names: list[str], contenders: bool) -> list[Model]:
    """The named models, or all requested ones, each once and in the order of the tables."""
    if names:
        return [model for model in MODELS.values() if model.name in names]
    return [model for model in MODELS.values() if contenders or model.group != "contender"]


def _refuse_contradictions(ctx: click.Context, saved: str | None, only_missing: bool) -> None:
    if only_missing and saved is None:
        raise click.UsageError("--only-missing needs results to complete: give --results")
    if saved is not None:
        measuring = ["models", "contenders", *_PARTS, "everything"]
        measuring += [] if only_missing else ["seeds", "jobs"]
        for name in measuring:
            if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
                flag = "--all" if name == "everything" else f"--{name}"
                raise click.UsageError(
                    f"{flag} measures, but --results does not: give only one of them"
                )
