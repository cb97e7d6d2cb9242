"""How many train rows an architecture needs as images grow: theory against measurement.

For each architecture and image size, n* is the number of train rows at which the median accuracy of
several seeds reaches 90 %. The exponent is the slope of log n* against log K, where K is the number
of places that a stroke can have.
"""

from __future__ import annotations

import functools
import itertools
import json
import math
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..configs import resolve_config
from .bounds import bound
from .keras_adapter import compiled_once, import_keras
from .scaling_models import ARCHITECTURES, SEEDS, Architecture, find_architecture
from .sweeps import sweep

SIZES = (12, 16, 22, 30, 46)
QUICK_SIZES = (12, 16, 22)
TARGET = 0.9
NUM_TEST = 2_000

_CONTROL = ("custom-cnn", "knn-1")
_RESAMPLES = 1_000
_SAME = 0.002


@dataclass(frozen=True)
class Run:
    """Accuracy of an architecture on 2,000 test rows, for each seed."""

    model: str
    config: str
    image_size: int
    num_train: int
    test_accuracy: tuple[float, ...]


@dataclass(frozen=True)
class Need:
    """Train rows at which the median accuracy is 90 %; more than `num_train` if not `reached`."""

    image_size: int
    num_train: float
    reached: bool


@dataclass(frozen=True)
class Law:
    """The result for one architecture.

    Attributes
    ----------
    model : str
    needs : tuple of Need
        By image size.
    exponent : float
        The slope of log n* against log K; infinite if fewer than two sizes reach 90 %.
    interval : tuple of float
        Contains 95 % of 1,000 exponents of resampled seeds.
    verdict : str
        "as predicted" if the interval is within the prediction, "contradicts" if it is outside, and
        "not decided" otherwise.
    """

    model: str
    needs: tuple[Need, ...]
    exponent: float
    interval: tuple[float, float]
    verdict: str

    @property
    def places(self) -> tuple[int, ...]:
        """K, the number of places of a stroke, at each size."""
        return tuple(num_places(need.image_size) for need in self.needs)


def num_places(image_size: int) -> int:
    """Return K, the number of places that a stroke of `standard` can have.

    Examples
    --------
    >>> num_places(30)
    729
    """
    rows, cols = resolve_config("standard", image_size=image_size).variant.positions("test")
    return len(rows) * len(cols)


def grid(first: float) -> Iterable[int]:
    """Yield numbers of train rows from about `first`, at least 2, each sqrt(2) times the previous.

    Examples
    --------
    >>> import itertools
    >>> list(itertools.islice(grid(16), 5))
    [16, 23, 32, 45, 64]
    """
    for step in itertools.count(max(2, math.floor(2 * math.log2(max(first, 2))))):
        yield round(2 ** (step / 2))


def measure_scaling(
    models: Iterable[str] = tuple(ARCHITECTURES),
    sizes: Sequence[int] = SIZES,
    seeds: int = 5,
    *,
    runs: str | os.PathLike[str] | None = None,
    jobs: int = 1,
    report: Callable[[str], None] = lambda line: None,
) -> list[Run]:
    """Train architectures on more and more rows, until 90 % is reached twice, at each image size.

    Two of them are also trained on `shuffled`, with the rows needed for twice the places: a network
    with shared weights must fall to chance, and the nearest neighbour must not change.

    Parameters
    ----------
    models : iterable of str
        Names of :data:`~slash_dataset.benchmark.scaling_models.ARCHITECTURES`.
    sizes : sequence of int
        Heights of images in pixels; two or more. Some architectures omit the largest.
    seeds : int
        Each draws its own train rows.
    runs : path-like, optional
        JSON Lines file with every training, as for :func:`~slash_dataset.benchmark.sweep`; the
        measurement resumes from it.
    jobs : int
        Processes.
    report : callable
        Called with a line of text for each size.

    Returns
    -------
    list of Run

    Raises
    ------
    ValueError
        If a name is unknown, a value is out of range, or there is only one size.

    Examples
    --------
    >>> runs = measure_scaling(["overlap"], sizes=(8, 10), seeds=2)
    >>> [need.reached for need in find_law("overlap", runs).needs]
    [True, True]
    """
    chosen = [find_architecture(name) for name in models]
    places = {size: num_places(size) for size in sizes}
    if len(places) < 2:
        raise ValueError(f"sizes={list(sizes)!r} is not allowed: an exponent needs two sizes")
    SEEDS.check("seeds", seeds)
    import_keras()

    def run(each: Architecture, config: str, size: int, num_train: int) -> Run:
        frame = sweep(
            {each.name: each.model},
            config=config,
            seeds=seeds,
            out=runs,
            jobs=jobs,
            image_size=size,
            num_train=num_train,
            num_test=NUM_TEST,
        )
        return Run(each.name, config, size, num_train, tuple(map(float, frame.test_accuracy)))

    found = []
    pairs = [(each, size) for each in chosen for size in sizes if size <= each.max_size]
    with (
        tempfile.TemporaryDirectory(
            prefix="slash-dataset-", ignore_cleanup_errors=True
        ) as compiled,
        compiled_once(compiled),
    ):
        for each, size in pairs:
            of_size: list[Run] = []
            for num_train in grid(each.first_rows * places[size]):
                if num_train > each.max_rows:
                    break
                of_size.append(run(each, "standard", size, num_train))
                if all(np.median(r.test_accuracy) >= TARGET for r in of_size[-2:]) and (
                    len(of_size) > 1
                ):
                    break
            if each.name in _CONTROL:
                rows = next(iter(grid(2 * places[size])))
                of_size += [run(each, config, size, rows) for config in ("standard", "shuffled")]
            found += of_size
            need = need_of(of_size)
            more = "" if need.reached else "more than "
            report(f"{each.title}, {size} x {size}: {more}{need.num_train:,.0f} train rows")
    return found


def need_of(runs: Sequence[Run], chosen: Sequence[int] | None = None) -> Need:
    """Return n* of runs of one architecture at one size, interpolated in log rows.

    Parameters
    ----------
    runs : sequence of Run
        Runs on `shuffled` are ignored.
    chosen : sequence of int, optional
        The seeds for the median, with repetition; by default, all.
    """
    points = {r.num_train: r.test_accuracy for r in runs if r.config == "standard"}
    seeds = slice(None) if chosen is None else chosen
    rows = sorted(points)
    medians = [float(np.median(np.array(points[n])[seeds])) for n in rows]
    size = runs[0].image_size
    for i, median in enumerate(medians):
        if median >= TARGET:
            if i == 0:
                return Need(size, rows[0], True)
            share = (TARGET - medians[i - 1]) / (median - medians[i - 1])
            return Need(size, rows[i - 1] * (rows[i] / rows[i - 1]) ** share, True)
    return Need(size, rows[-1], False)


def fit_exponent(needs: Sequence[Need]) -> tuple[float, float]:
    """Return the slope of log n* against log K, and the log of n* at K = 1, by least squares.

    A size at which 90 % was not reached counts only if the line is below the largest number tried
    there, and then with that distance.

    Returns
    -------
    slope, intercept : float
        Infinite if fewer than two sizes reached 90 %.

    Examples
    --------
    >>> needs = [Need(12, 81, True), Need(16, 169, True), Need(22, 200, False)]
    >>> round(fit_exponent(needs)[0], 9)
    1.0
    """
    x = np.log([num_places(need.image_size) for need in needs])
    y = np.log([need.num_train for need in needs])
    counts = np.array([need.reached for need in needs])
    if counts.sum() < 2:
        return math.inf, -math.inf
    while True:
        slope, intercept = np.polyfit(x[counts], y[counts], 1)
        below = ~counts & (slope * x + intercept < y)
        if not below.any():
            return round(float(slope), 9) + 0.0, float(intercept)
        counts |= below


def find_laws(runs: Sequence[Run]) -> list[Law]:
    """Return the law of each measured architecture."""
    return [find_law(model, runs) for model in dict.fromkeys(run.model for run in runs)]


def find_law(model: str, runs: Sequence[Run]) -> Law:
    """Return needs, exponent, interval and verdict of one architecture."""
    of_model = [run for run in runs if run.model == model]
    by_size = [
        [run for run in of_model if run.image_size == size]
        for size in sorted({run.image_size for run in of_model})
    ]
    needs = tuple(need_of(of_size) for of_size in by_size)
    seeds = len(of_model[0].test_accuracy)
    bits = np.random.PCG64DXSM(0)
    drawn = bits.random_raw(_RESAMPLES * len(by_size) * seeds) % np.uint64(seeds)
    resamples = drawn.astype(np.int64).reshape(_RESAMPLES, len(by_size), seeds)
    exponents = sorted(
        fit_exponent([need_of(runs, own) for runs, own in zip(by_size, each, strict=True)])[0]
        for each in resamples
    )
    interval = exponents[round(0.025 * _RESAMPLES)], exponents[round(0.975 * _RESAMPLES) - 1]
    low, high = ARCHITECTURES[model].predicted
    if low <= interval[0] and interval[1] <= high:
        verdict = "as predicted"
    else:
        apart = interval[1] < low or interval[0] > high
        verdict = "contradicts" if apart else "not decided"
    return Law(model, needs, fit_exponent(needs)[0], interval, verdict)


def violations(runs: Sequence[Run]) -> list[str]:
    """Return a sentence for each proven statement that the runs violate.

    The mean accuracy of an architecture that knows no neighbours must not exceed its bound by four
    standard errors, and the nearest neighbour must read `shuffled` exactly as it reads `standard`.
    """
    limit = functools.cache(
        lambda config, size, rows: bound(config, rows, image_size=size, max_error=0.001)
    )
    found = []
    bounded = [run for run in runs if not ARCHITECTURES[run.model].knows_neighbours]
    for run in bounded:
        mean = float(np.mean(run.test_accuracy))
        value, error = limit("standard", run.image_size, run.num_train)
        spread = np.std(run.test_accuracy, ddof=1) / math.sqrt(len(run.test_accuracy))
        # All seeds share the test rows.
        error = math.hypot(error, spread, math.sqrt(value * (1 - value) / NUM_TEST))
        if mean > value + 4 * error:
            found.append(f"{run} exceeds its bound: mean {mean:.4f}, bound {value:.4f}")
    pairs = {
        (run.image_size, run.num_train, run.config): run for run in runs if run.model == "knn-1"
    }
    for (size, rows, config), run in pairs.items():
        if config == "shuffled":
            gaps = np.subtract(run.test_accuracy, pairs[size, rows, "standard"].test_accuracy)
            if np.abs(gaps).max() > _SAME:
                found.append(f"{run} differs from standard by {np.abs(gaps).max():.4f}")
    return found


def to_json(runs: Sequence[Run], environment: Mapping[str, Any]) -> str:
    """Return the text of a results file: one line for each run."""
    lines = ",\n".join(f"    {json.dumps(asdict(run))}" for run in runs)
    return f'{{\n  "environment": {json.dumps(environment)},\n  "runs": [\n{lines}\n  ]\n}}\n'


def from_json(text: str) -> tuple[list[Run], dict[str, Any]]:
    """Return the runs and the environment that :func:`to_json` wrote."""
    values = json.loads(text)
    runs = [Run(**run | {"test_accuracy": tuple(run["test_accuracy"])}) for run in values["runs"]]
    return runs, values["environment"]
