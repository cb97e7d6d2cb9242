"""``slash-dataset scaling``: train rows needed for 90 % accuracy, as images grow."""

from __future__ import annotations

from contextlib import nullcontext

import click

from ..benchmark.scaling_models import ARCHITECTURES, SEEDS, find_architecture
from .benchmark import jobs_option
from .options import Named, Number

_QUICK_SEEDS = 3


@click.command("scaling")
@click.option(
    "--models",
    multiple=True,
    callback=Named("model", find_architecture).of_list,
    metavar="NAME[,NAME...]",
    help=f"only these of {', '.join(ARCHITECTURES)}",
)
@click.option("--seeds", type=Number(SEEDS), default=5, show_default=True, help=f"runs; {SEEDS}")
@click.option(
    "--quick", is_flag=True, help="three sizes, three seeds, the cheap models: two minutes"
)
@click.option(
    "--runs",
    type=click.Path(dir_okay=False),
    help="JSON Lines file; the same command resumes from it",
)
@jobs_option
@click.option(
    "--out",
    type=click.Path(file_okay=False),
    help="new folder for results.json, scaling.md and the figure",
)
@click.option("--force", is_flag=True, help="replace the folder of --out if it is not empty")
@click.pass_context
def scaling_command(
    ctx: click.Context,
    /,
    models: list[str],
    seeds: int,
    quick: bool,
    runs: str | None,
    jobs: int,
    out: str | None,
    force: bool,
) -> None:
    """Measure how many train rows reach 90 % accuracy as images grow, and compare with theory.

    A prediction is "as predicted", "contradicts" or "not decided", judged by the interval of the
    fitted exponent. The exit status is 1 only if a proven bound is violated.

    \b
      slash-dataset scaling --quick
      slash-dataset scaling --runs scaling.jsonl --jobs 2 --out found
    """
    from ..benchmark.report import render_scaling, write_scaling
    from ..benchmark.results import describe_environment
    from ..benchmark.scaling import (
        QUICK_SIZES,
        SIZES,
        measure_scaling,
        violations,
    )
    from ..destinations import new_folder
    from ..plot.figures import draw_scaling

    cheap = [name for name, each in ARCHITECTURES.items() if each.cheap or not quick]
    given = ctx.get_parameter_source("seeds") is click.core.ParameterSource.COMMANDLINE
    measured = measure_scaling(
        models or cheap,
        QUICK_SIZES if quick else SIZES,
        _QUICK_SEEDS if quick and not given else seeds,
        runs=runs,
        jobs=jobs,
        report=lambda line: click.echo(line, err=True),
    )
    environment = describe_environment()
    click.echo(render_scaling(measured, environment))
    with nullcontext() if out is None else new_folder(out, force=force) as folder:
        if folder is not None:
            write_scaling(measured, environment, folder)
            draw_scaling(measured, folder)
    broken = violations(measured)
    for sentence in broken:
        click.echo(f"proven but violated: {sentence}", err=True)
    ctx.exit(1 if broken else 0)
