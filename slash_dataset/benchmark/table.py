"""The published table, measured again, with the smallest network and contenders if wanted."""

from __future__ import annotations

from collections.abc import Sequence

from tqdm import tqdm

from ..configs import ConfigName
from ..splits import open_config
from .evaluation import Data, Evaluation, factory_of, measure
from .models import Model
from .pixels import flat_pixels
from .published import PUBLISHED, compare

TABLE_CONFIG: ConfigName = "original-float64"
"""The config of the published table: the exact pixels, in the author's order."""


def measure_table(
    models: Sequence[Model], seeds: Sequence[int], *, progress: bool = False
) -> list[Evaluation]:
    """Train and test models on the original as the author split it.

    Parameters
    ----------
    models : sequence of Model
    seeds : sequence of int
        For the models that take one; the others are run once.
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
    splits = open_config(TABLE_CONFIG)
    data = Data(flat_pixels(splits["train"]), flat_pixels(splits["test"]))
    factories = [factory_of(model, len(data.train[1])) for model in models]
    runs = [tuple(seeds) if model.seeded else (None,) for model in models]
    rows = []
    with tqdm(total=sum(map(len, runs)), unit="run", disable=not progress) as bar:
        for model, factory, wanted in zip(models, factories, runs, strict=True):
            bar.set_description(model.name)
            rows.append(
                measure(model.name, TABLE_CONFIG, factory, data, wanted, after_each=bar.update)
            )
    return rows


def rows_that_must_agree(table: Sequence[Evaluation]) -> list[Evaluation]:
    """Return the rows that are off although nothing in them is random."""
    return [row for row in table if compare(row) == "off" and PUBLISHED[row.model].deterministic]
