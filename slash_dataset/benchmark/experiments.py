"""What the benchmark measures: the published table, curves, matrix and noise, and their limits.

Each is a list of trainings; one loop runs all of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from ..configs import CONFIGS, Config, ConfigName, find_config, resolve_config
from .adapters import Models, named_models
from .bounds import bound
from .ceilings import optimal_accuracy
from .evaluation import Outcome, Trial, check_tests, evaluation_of, plan, run_trials
from .models import Model
from .post_2019 import PUBLISHED, compare
from .results import CurvePoint, Evaluation, Limit, MatrixCell, NoisePoint

TABLE_CONFIG: ConfigName = "original-float64"
"""The config of the published table: the exact pixels, in the author's order."""

CURVE_CONFIG: ConfigName = "standard"
CURVE_SIZES = (250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000)

BOUND_SIZES = (16, 32, 58, 100, 150, 250, 500, 1_000)
"""Numbers of train rows for which the bound is computed."""

NOISES = (0.0, 0.5, 0.9, 1.2, 2.0, 3.0, 4.0)

MATRIX_ROWS = 2_000
"""Train rows, the same for all models: as many as the slowest of them can take."""

MATRIX_TESTS: Mapping[ConfigName, tuple[ConfigName, ...]] = {
    "standard": ("standard", "long", "noisy", "rotated", "shifted"),
    # Its train strokes are in the left half, its test strokes in the right half.
    "shifted": ("shifted",),
    # The control: one fixed permutation of the pixels, in training and in testing.
    "shuffled": ("shuffled",),
}
"""For each config to train on, the configs to test on; the config itself comes first."""


def measure_table(
    models: Models, seeds: Sequence[int], *, jobs: int = 1, progress: bool = False
) -> list[Evaluation]:
    """Train and test models on the original, as the author split it.

    Parameters
    ----------
    models : mapping of str to model, or iterable of models
        Models as in :func:`~slash_dataset.benchmark.evaluate`, or records of the benchmark's table.
    seeds : sequence of int
        For the models that take one; the others run once.
    jobs : int
        Processes, as :func:`~slash_dataset.benchmark.evaluation.run_trials` takes them.
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
    trials = plan(models, {find_config(TABLE_CONFIG): {}}, seeds)
    rows: dict[str, list[tuple[Trial, Outcome]]] = {}
    for each in _measured(trials, jobs, progress):
        rows.setdefault(each[0].name, []).append(each)
    return [evaluation_of(*zip(*row, strict=True)) for row in rows.values()]


def measure_learning_curves(
    models: Models,
    seeds: Sequence[int],
    *,
    sizes: Sequence[int] = CURVE_SIZES,
    jobs: int = 1,
    progress: bool = False,
) -> list[CurvePoint]:
    """Train models on more and more rows of `standard`, and test all on its 2,000 test rows.

    A seed determines the train rows and the model's own randomness. Smaller train sets are the
    first rows of larger ones. Networks get as many gradient steps as on the original, but see
    larger sets at least twice; see :func:`~slash_dataset.benchmark.models.scaled_epochs`.

    Parameters
    ----------
    models, jobs, progress
        As for :func:`measure_table`. A model of the benchmark is omitted at sizes above its
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
    configs = [resolve_config(CURVE_CONFIG, num_train=size) for size in sizes]
    limits = {
        name: model.max_train
        for name, model in named_models(models).items()
        if isinstance(model, Model) and model.max_train
    }
    trials = [
        trial
        for trial in plan(models, {each: {} for each in configs}, seeds, score_train=False)
        if trial.config.num_rows["train"] <= limits.get(trial.name, math.inf)
    ]
    return [
        CurvePoint(t.name, t.config.num_rows["train"], t.seed or 0, o.tests[0], o.seconds)
        for t, o in _measured(trials, jobs, progress)
    ]


def measure_matrix(
    models: Models,
    seeds: Sequence[int],
    *,
    num_train: int = MATRIX_ROWS,
    jobs: int = 1,
    progress: bool = False,
) -> list[MatrixCell]:
    """Train models on three configs, and test them on the configs in :data:`MATRIX_TESTS`.

    Parameters
    ----------
    models, jobs, progress
        As for :func:`measure_table`.
    seeds : sequence of int
        Each determines the train rows and the model's own randomness. A model of the benchmark that
        takes no seed on the original gets only the first one.
    num_train : int
        Number of rows that every model is trained on.

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
    tests: dict[Config, dict[str, Config]] = {}
    for trained_on, (_, *others) in MATRIX_TESTS.items():
        config = resolve_config(trained_on, num_train=num_train)
        tests[config] = check_tests(others, config)
    named = named_models(models)
    once = {name for name, m in named.items() if isinstance(m, Model) and not m.seeded}
    trials = [
        trial
        for trial in plan(models, tests, seeds, score_train=False)
        if trial.seed == seeds[0] or trial.name not in once
    ]
    return [
        MatrixCell(trial.name, trial.config.name, test, trial.seed or 0, share)
        for trial, outcome in _measured(trials, jobs, progress)
        for test, share in zip((trial.config.name, *trial.test_on), outcome.tests, strict=True)
    ]


def measure_noise(
    models: Models, seeds: Sequence[int], *, jobs: int = 1, progress: bool = False
) -> list[NoisePoint]:
    """Train models on 2,000 rows of `standard` under each of :data:`NOISES`; test them there.

    Parameters
    ----------
    models, seeds, jobs, progress
        As for :func:`measure_table`.

    Returns
    -------
    list of NoisePoint
        By model, noise and seed.
    """
    configs = [resolve_config(CURVE_CONFIG, num_train=MATRIX_ROWS, noise=noise) for noise in NOISES]
    trials = plan(models, {each: {} for each in configs}, seeds, score_train=False)
    return [
        NoisePoint(t.name, t.config.parameters["noise"], t.seed or 0, o.tests[0])
        for t, o in _measured(trials, jobs, progress)
    ]


def compute_limits() -> list[Limit]:
    """Return the optimum of every drawn config and noise, and the bound for each number of rows."""
    drawn = [
        (config, config.parameters["noise"]) for config in CONFIGS.values() if config.parameters
    ]
    standard = find_config(CURVE_CONFIG)
    drawn += [(standard, noise) for noise in NOISES if (standard, noise) not in drawn]
    limits = [
        Limit("optimum", config.name, noise, None, *optimal_accuracy(config.name, noise=noise))
        for config, noise in drawn
    ]
    rows = [(CURVE_CONFIG, num_train) for num_train in BOUND_SIZES]
    rows += [(trained_on, MATRIX_ROWS) for trained_on in MATRIX_TESTS]
    return limits + [
        Limit("bound", config, find_config(config).parameters["noise"], n, *bound(config, n))
        for config, n in rows
    ]


def matrix_columns() -> list[tuple[str, str]]:
    """Return the columns of the matrix: what models are trained on, and what they are tested on."""
    return [(trained, tested) for trained, tests in MATRIX_TESTS.items() for tested in tests]


def matrix_limits(limits: Iterable[Limit]) -> dict[str, list[float]]:
    """Return the lines of the matrix that theory fills, by title; NaN where it says nothing."""
    usual = [x for x in limits if x.noise == find_config(x.config).parameters["noise"]]
    optimum = {x.config: x.value for x in usual if x.kind == "optimum"}
    bounds = {x.config: x.value for x in usual if x.num_train == MATRIX_ROWS}
    if not optimum:
        return {}
    return {
        "Optimum": [optimum[tested] for _, tested in matrix_columns()],
        "Bound without neighbours": [
            bounds[trained] if trained == tested else math.nan
            for trained, tested in matrix_columns()
        ],
    }


def rows_that_must_agree(table: Sequence[Evaluation]) -> list[Evaluation]:
    """Return the deterministic rows that are off."""
    return [row for row in table if compare(row) == "off" and PUBLISHED[row.model].deterministic]


def _measured(
    trials: Sequence[Trial], jobs: int, progress: bool
) -> Iterable[tuple[Trial, Outcome]]:
    """Run trials; return each with its outcome, in order."""
    done = dict(run_trials(trials, jobs=jobs, progress=progress))
    return [(trial, done[i]) for i, trial in enumerate(trials)]
