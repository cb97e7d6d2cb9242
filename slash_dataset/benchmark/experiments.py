"""What the benchmark measures: the published table, learning curves, and the generalisation matrix.

Each is a list of trainings; one loop runs them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..configs import ConfigName, find_config, resolve_config
from .adapters import factory_of
from .evaluation import check_name, evaluation_of, seeds_for
from .models import Model, find_model
from .post_2019 import PUBLISHED, compare
from .results import CurvePoint, Evaluation, MatrixCell
from .trials import Outcome, Trial, run_trials

TABLE_CONFIG: ConfigName = "original-float64"
"""The config of the published table: the exact pixels, in the author's order."""

CURVE_CONFIG: ConfigName = "standard"
CURVE_SIZES = (250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000)

MATRIX_ROWS = 2_000
"""Train rows, the same for all: as many as the slowest of the models can be given."""

MATRIX_TESTS: Mapping[ConfigName, tuple[ConfigName, ...]] = {
    "standard": ("standard", "long", "noisy", "rotated", "shifted"),
    # Its train strokes are in the left half, its test strokes in the right.
    "shifted": ("shifted",),
    # The control: one fixed permutation of the pixels, in training and in testing.
    "shuffled": ("shuffled",),
}
"""The configs that models are trained on, and for each those that they are tested on."""

Models = Mapping[str, Any] | Iterable[Any]
"""Models that :func:`~slash_dataset.benchmark.evaluate` takes, by name, or a list of them."""


def measure_table(
    models: Models, seeds: Sequence[int], *, jobs: int = 1, progress: bool = False
) -> list[Evaluation]:
    """Train and test models on the original as the author split it.

    Parameters
    ----------
    models : mapping of str to model, or iterable of models
        What :func:`~slash_dataset.benchmark.evaluate` takes, or records of its table.
    seeds : sequence of int
        For the models that take one; the others are run once.
    jobs : int
        Processes, as :func:`~slash_dataset.benchmark.trials.run_trials` takes them.
    progress : bool
        Show a progress bar on standard error.

    Returns
    -------
    list of Evaluation
        In the order of `models`.

    Examples
    --------
    >>> from slash_dataset.benchmark import MODELS
    >>> [row] = measure_table([MODELS["svm-rbf"]], seeds=[0])
    >>> row.num_parameters, round(row.train_accuracy[0], 6), row.test_accuracy[0]
    (675000, 0.838667, 0.532)
    """
    config = find_config(TABLE_CONFIG)
    trials = []
    for name, model in named_models(models).items():
        factory = factory_of(model, config.num_rows["train"])
        for seed in seeds_for(model, config, "model", tuple(seeds)):
            trials.append(Trial(name, factory, config, seed, "model", (config,)))
    rows: dict[str, tuple[list[Trial], list[Outcome]]] = {}
    for trial, outcome in _measured(trials, jobs, progress):
        of_model = rows.setdefault(trial.name, ([], []))
        of_model[0].append(trial)
        of_model[1].append(outcome)
    return [evaluation_of(trials, outcomes=outcomes) for trials, outcomes in rows.values()]


def measure_learning_curves(
    models: Models,
    seeds: Sequence[int],
    *,
    sizes: Sequence[int] = CURVE_SIZES,
    jobs: int = 1,
    progress: bool = False,
) -> list[CurvePoint]:
    """Train models on more and more rows of `standard`, and test all on its 2,000 test rows.

    A seed decides the train rows and the model's own randomness. Smaller train sets are the first
    rows of larger ones. Networks get as many gradient steps as on the original, but see larger
    sets at least twice; see :func:`~slash_dataset.benchmark.models.scaled_epochs`.

    Parameters
    ----------
    models, jobs, progress
        As for :func:`measure_table`. A model of the benchmark is left out at sizes above its
        `max_train`.
    seeds : sequence of int
    sizes : sequence of int
        Numbers of train rows.

    Returns
    -------
    list of CurvePoint
        By model, size, and seed.

    Examples
    --------
    >>> points = measure_learning_curves(["knn-1"], seeds=[0], sizes=[250, 2_000])
    >>> points[0].test_accuracy < points[1].test_accuracy
    True
    """
    tests = (find_config(CURVE_CONFIG),)
    trials = []
    for name, model in named_models(models).items():
        limit = model.max_train if isinstance(model, Model) else None
        for size in sizes:
            if limit is None or size <= limit:
                config = resolve_config(CURVE_CONFIG, num_train=size)
                factory = factory_of(model, size)
                trials += [Trial(name, factory, config, s, "both", tests, False) for s in seeds]
    return [
        CurvePoint(
            trial.name,
            trial.config.num_rows["train"],
            trial.seed or 0,
            outcome.tests[0],
            outcome.seconds,
        )
        for trial, outcome in _measured(trials, jobs, progress)
    ]


def measure_matrix(
    models: Models,
    seeds: Sequence[int],
    *,
    num_train: int = MATRIX_ROWS,
    jobs: int = 1,
    progress: bool = False,
) -> list[MatrixCell]:
    """Train models on three configs, and test them on those that :data:`MATRIX_TESTS` lists.

    Parameters
    ----------
    models, jobs, progress
        As for :func:`measure_table`.
    seeds : sequence of int
        Each decides the train rows and the model's own randomness. A model of the benchmark that
        takes no seed on the original gets the first one only.
    num_train : int
        Rows that every model is trained on.

    Returns
    -------
    list of MatrixCell
        By model, training, seed and test.

    Examples
    --------
    >>> cells = measure_matrix(["knn-1"], seeds=[0], num_train=250)
    >>> [cell.tested_on for cell in cells]
    ['standard', 'long', 'noisy', 'rotated', 'shifted', 'shifted', 'shuffled']
    """
    trials = []
    for name, model in named_models(models).items():
        factory = factory_of(model, num_train)
        once = isinstance(model, Model) and not model.seeded
        for trained_on, tested_on in MATRIX_TESTS.items():
            config = resolve_config(trained_on, num_train=num_train)
            tests = tuple(find_config(test) for test in tested_on)
            for seed in seeds[:1] if once else seeds:
                trials.append(Trial(name, factory, config, seed, "both", tests, False))
    return [
        MatrixCell(trial.name, trial.config.name, test.name, trial.seed or 0, share)
        for trial, outcome in _measured(trials, jobs, progress)
        for test, share in zip(trial.tests, outcome.tests, strict=True)
    ]


def rows_that_must_agree(table: Sequence[Evaluation]) -> list[Evaluation]:
    """Return the rows that are off although nothing in them is random."""
    return [row for row in table if compare(row) == "off" and PUBLISHED[row.model].deterministic]


def named_models(models: Models) -> dict[str, Any]:
    """Return models by name; a name alone stands for the record of the benchmark's table.

    Raises
    ------
    ValueError
        If there is none, a name is unknown, or two models have one name.
    """
    if isinstance(models, str):
        raise ValueError(f"models={models!r} is not allowed: give a list of names, or a dict")
    if isinstance(models, Mapping):
        named = [(str(name), model) for name, model in models.items()]
    else:
        named = [(check_name(model), model) for model in models]
    if not named:
        raise ValueError("models is empty: give at least one")
    names = [name for name, _ in named]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two models are called {name!r}: give a dict, with a name for each")
    return {name: find_model(m) if isinstance(m, str) else m for name, m in named}


def _measured(
    trials: Sequence[Trial], jobs: int, progress: bool
) -> Iterable[tuple[Trial, Outcome]]:
    """Run trials; return each with its outcome, in their order."""
    done = dict(run_trials(trials, jobs=jobs, progress=progress))
    return [(trial, done[i]) for i, trial in enumerate(trials)]
