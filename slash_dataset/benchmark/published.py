"""The table of the 2019 post, as data, and how a measured row compares with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from .evaluation import Evaluation

Status = Literal["exact", "within spread", "off", "new"]


@dataclass(frozen=True)
class PublishedRow:
    """A row of the table in the post "Slash dataset", soph.info/slash-data, 2019-05-28.

    Attributes
    ----------
    num_parameters : int
        The post's "trainable params", see :mod:`slash_dataset.benchmark.parameters`.
    train_accuracy, test_accuracy : float
        From 0 to 1, on the author's 750 train and 250 test rows, to six decimals.
    deterministic : bool
        Whether the row follows from the data and the generator's state, so that it must come out
        digit for digit. The two CNNs depend on initial weights that were not published.
    """

    num_parameters: int
    train_accuracy: float
    test_accuracy: float
    deterministic: bool = True


PUBLISHED: Mapping[str, PublishedRow] = {
    "random-forest": PublishedRow(9_183, 1, 0.472),
    "svm-linear": PublishedRow(498_600, 0.994667, 0.5),
    "svm-rbf": PublishedRow(675_000, 0.838667, 0.532),
    "svm-poly": PublishedRow(675_000, 0.84, 0.532),
    "logistic-regression": PublishedRow(901, 0.98, 0.54),
    "knn": PublishedRow(675_000, 0.842667, 0.604),
    "knn-1": PublishedRow(675_000, 1, 0.908),
    "vanilla-cnn": PublishedRow(1_041, 1, 1, deterministic=False),
    "custom-cnn": PublishedRow(80, 1, 1, deterministic=False),
}
"""The nine published rows by the name of the model, in the order of the post."""


def compare(evaluation: Evaluation) -> Status:
    """Say how a row measured on `original-float64` compares with the published one.

    Parameters
    ----------
    evaluation : Evaluation
        Its `model` is the name of the row.

    Returns
    -------
    str
        "exact" if a deterministic row has all three published figures; "within spread" if, for a
        row with seeds, the parameters agree and both published accuracies lie between the lowest
        and the highest measured one; "off" if not; "new" if the post has no such row.

    Examples
    --------
    >>> from slash_dataset.benchmark import evaluate
    >>> compare(evaluate("knn-1", "original-float64"))
    'exact'
    """
    published = PUBLISHED.get(evaluation.model)
    if published is None:
        return "new"
    pairs = (
        (published.train_accuracy, evaluation.train_accuracy),
        (published.test_accuracy, evaluation.test_accuracy),
    )
    # The post gives six decimals; so many are compared.
    agrees = all(
        min(measured) - 5e-7 <= figure <= max(measured) + 5e-7 for figure, measured in pairs
    )
    if evaluation.num_parameters != published.num_parameters or not agrees:
        return "off"
    return "exact" if published.deterministic else "within spread"
