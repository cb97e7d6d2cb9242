"""Train on one config, test on others: what a model has learned beyond its own data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tqdm import tqdm

from ..configs import ConfigName
from ..splits import open_config
from .evaluation import accuracy, factory_of
from .learning_curves import train_seed
from .models import Model
from .pixels import flat_pixels
from .seeding import seeded

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


@dataclass(frozen=True)
class MatrixCell:
    """One test of one training."""

    model: str
    trained_on: str
    tested_on: str
    seed: int
    test_accuracy: float


def measure_matrix(
    models: Sequence[Model],
    seeds: Sequence[int],
    *,
    num_train: int = MATRIX_ROWS,
    progress: bool = False,
) -> list[MatrixCell]:
    """Train models on three configs, and test them on those that :data:`MATRIX_TESTS` lists.

    Parameters
    ----------
    models : sequence of Model
    seeds : sequence of int
        Each decides the train rows and the model's own randomness. A model that takes no seed on
        the original gets the first one only.
    num_train : int
        Rows that every model is trained on.
    progress : bool
        Show a progress bar on standard error.

    Returns
    -------
    list of MatrixCell
        By model, training, seed and test.

    Examples
    --------
    >>> from slash_dataset.benchmark import MODELS
    >>> cells = measure_matrix([MODELS["knn-1"]], seeds=[0], num_train=250)
    >>> [cell.tested_on for cell in cells]
    ['standard', 'long', 'noisy', 'rotated', 'shifted', 'shifted', 'shuffled']
    """
    names: set[ConfigName] = {name for tests in MATRIX_TESTS.values() for name in tests}
    tests = {name: flat_pixels(open_config(name)["test"]) for name in names}
    runs = [
        (model, trained_on, seed)
        for model in models
        for trained_on in MATRIX_TESTS
        for seed in (seeds if model.seeded else seeds[:1])
    ]
    cells = []
    with tqdm(runs, unit="run", disable=not progress) as bar:
        for model, trained_on, seed in bar:
            bar.set_description(f"matrix {model.name} {trained_on}")
            drawn = open_config(trained_on, num_train=num_train, seed=train_seed(seed))
            factory = factory_of(model, num_train)
            with seeded(seed):
                classifier = factory(seed)
                classifier.fit(*flat_pixels(drawn["train"]))
                for name in MATRIX_TESTS[trained_on]:
                    share = accuracy(classifier, *tests[name])
                    cells.append(MatrixCell(model.name, trained_on, name, seed, share))
    return cells
