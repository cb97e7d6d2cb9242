"""``slash-dataset sweep``: models on every combination of parameters, one line per run."""

from __future__ import annotations

from typing import Any

import click

from ..benchmark.models import MODELS
from ..checks import RUNS
from ..configs import CONFIGS
from .benchmark import MODEL_NAME, jobs_option
from .options import CONFIG_NAME, PARAMETER_OPTIONS, Number, gathered, progress_option


class _Several(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """Values of one type, separated by commas."""

    def __init__(self, one: Any) -> None:
        self._one = click.types.convert_type(one)
        self.name = f"{self._one.name}[,...]"

    def convert(self, value: Any, param: Any, ctx: Any) -> list[Any]:
        return [self._one.convert(each.strip(), param, ctx) for each in value.split(",")]


@click.command("sweep")
@click.option(
    "--models",
    multiple=True,
    required=True,
    callback=MODEL_NAME.of_list,
    metavar="NAME[,NAME...]",
    help=f"some of {', '.join(MODELS)}",
)
@click.option(
    "--config",
    multiple=True,
    default=("standard",),
    show_default=True,
    callback=CONFIG_NAME.of_list,
    metavar="NAME[,NAME...]",
    help=f"some of {', '.join(CONFIGS)}",
)
@click.option("--seeds", type=Number(RUNS), default=5, show_default=True, help=f"runs; {RUNS}")
@click.option(
    "--vary",
    type=click.Choice(["data", "model", "both"]),
    help="what a seed changes  [default: both; for the original, the model]",
)
@click.option(
    "--test-on",
    multiple=True,
    callback=CONFIG_NAME.of_list,
    metavar="NAME[,NAME...]",
    help="more configs to test each trained model on",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False),
    help="JSON Lines file; the same command resumes from it",
)
@jobs_option
@progress_option
@gathered("grid", {n: (_Several(kind), text) for n, (kind, text) in PARAMETER_OPTIONS.items()})
def sweep_command(grid: dict[str, Any], config: list[str], models: list[str], **how: Any) -> None:
    """Train models on every combination of parameters, each with several seeds.

    Parameters take several values, separated by commas. Every finished run is appended to --out at
    once. The table gives the mean over the seeds with its 95 % confidence interval.

    \b
      slash-dataset sweep --models knn-1,custom-cnn --noise 0.5,1,2 --num-train 250,1000 \\
          --out sweep.jsonl --jobs 2
    """
    from ..benchmark import summarize, sweep

    try:
        results = sweep(models, config=config, **how, **grid)
    except KeyboardInterrupt:
        if how["out"] is not None:
            click.echo(f"\nstopped; run the same command to resume from {how['out']}", err=True)
        raise
    table = summarize(results)
    click.echo(table.to_string(index=False, float_format=lambda value: f"{value:.4g}"))
