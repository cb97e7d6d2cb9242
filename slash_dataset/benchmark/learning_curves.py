"""Test accuracy against the number of training rows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from tqdm import tqdm

from ..configs import ConfigName
from ..splits import open_config
from .evaluation import accuracy, factory_of
from .models import Model
from .pixels import flat_pixels
from .seeding import seeded

CURVE_CONFIG: ConfigName = "standard"
CURVE_SIZES = (250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000)


@dataclass(frozen=True)
class CurvePoint:
    """One training: the model, what it was given, and its accuracy on the fixed test set."""

    model: str
    num_train: int
    seed: int
    test_accuracy: float
    seconds: float


def train_seed(seed: int) -> int:
    """Return the seed of the train rows: each seed draws its own, and none the tested config's."""
    return seed + 1


def measure_learning_curves(
    models: Sequence[Model],
    seeds: Sequence[int],
    *,
    sizes: Sequence[int] = CURVE_SIZES,
    progress: bool = False,
) -> list[CurvePoint]:
    """Train models on more and more rows of `standard`, and test all on its 2,000 test rows.

    A seed decides the train rows and the model's own randomness. Smaller train sets are the first
    rows of larger ones. Networks get as many gradient steps as on the original, but see larger
    sets at least twice; see :func:`~slash_dataset.benchmark.models.scaled_epochs`.

    Parameters
    ----------
    models : sequence of Model
        Each is left out at sizes above its `max_train`.
    seeds : sequence of int
    sizes : sequence of int
        Numbers of train rows.
    progress : bool
        Show a progress bar on standard error.

    Returns
    -------
    list of CurvePoint
        By model, size, and seed.

    Examples
    --------
    >>> from slash_dataset.benchmark import MODELS
    >>> points = measure_learning_curves([MODELS["knn-1"]], seeds=[0], sizes=[250, 2_000])
    >>> points[0].test_accuracy < points[1].test_accuracy
    True
    """
    config = open_config(CURVE_CONFIG)
    test = flat_pixels(config["test"])
    runs = [
        (model, size, seed)
        for model in models
        for size in sizes
        if model.max_train is None or size <= model.max_train
        for seed in seeds
    ]
    points = []
    with tqdm(runs, unit="run", disable=not progress) as bar:
        for model, size, seed in bar:
            bar.set_description(f"curve {model.name} {size:,}")
            drawn = open_config(CURVE_CONFIG, num_train=size, seed=train_seed(seed))
            train = flat_pixels(drawn["train"])
            # Accuracy on the train rows is not asked for here: for some models it would take far
            # longer than everything else.
            start = time.perf_counter()
            with seeded(seed):
                classifier = factory_of(model, size)(seed)
                classifier.fit(*train)
                reached = accuracy(classifier, *test)
            seconds = round(time.perf_counter() - start, 3)
            points.append(CurvePoint(model.name, size, seed, reached, seconds))
    return points
