"""The table of the 2019 post as data, and how a measured row compares with it.

The post's "trainable params" are: for a forest, its leaves; for a support vector machine, support
vectors times pixels; for nearest neighbours, the stored pixels; for a linear model, weights and
intercept; for a network, Keras' own count (which includes batch normalisation's moving statistics).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ..checks import check_kind

if TYPE_CHECKING:
    from .results import Evaluation

Status = Literal["exact", "within spread", "off", "new"]


@dataclass(frozen=True)
class PublishedRow:
    """A row of the table in the post "Slash dataset", soph.info/slash-data, 2019-05-28.

    Attributes
    ----------
    num_parameters : int
        The post's "trainable params", see above.
    train_accuracy, test_accuracy : float
        From 0 to 1, on the author's 750 train and 250 test rows, to six decimals.
    deterministic : bool
        Whether the data and the generator's state determine the row, so that it must come out digit
        for digit. The two CNNs depend on initial weights that were not published.
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
    """Compare a row measured on `original-float64` with the published one.

    Parameters
    ----------
    evaluation : Evaluation
        Its `model` is the name of the row.

    Returns
    -------
    str
        "exact" if a deterministic row has all three published figures; "within spread" if, for a
        row with seeds, the parameters agree and both published accuracies lie between the lowest
        and the highest measured one; "off" otherwise; "new" if the post has no such row.

    Examples
    --------
    >>> from slash_dataset.benchmark import evaluate
    >>> compare(evaluate("knn-1", "original-float64"))
    'exact'
    """
    check_kind("evaluation", evaluation, "an Evaluation", hasattr(evaluation, "test_accuracy"))
    published = PUBLISHED.get(evaluation.model)
    if published is None:
        return "new"
    pairs = (
        (published.train_accuracy, evaluation.train_accuracy),
        (published.test_accuracy, evaluation.test_accuracy),
    )
    # The post gives six decimals; the comparison uses the same.
    agrees = all(
        min(measured) - 5e-7 <= figure <= max(measured) + 5e-7 for figure, measured in pairs
    )
    if evaluation.num_parameters != published.num_parameters or not agrees:
        return "off"
    return "exact" if published.deterministic else "within spread"


def count_parameters(classifier: Any) -> int | None:
    """Return the number of parameters of a fitted classifier, by the post's definitions.

    Parameters
    ----------
    classifier : object
        A fitted scikit-learn classifier, a pipeline or search that ends in one, or an object with
        an attribute `num_parameters`.

    Returns
    -------
    int or None
        None if no definition is known.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> count_parameters(LogisticRegression().fit([[0.0, 1.0], [1.0, 0.0]], [0, 1]))
    3
    """
    if hasattr(classifier, "num_parameters"):
        return int(classifier.num_parameters)
    if hasattr(classifier, "best_estimator_"):
        return count_parameters(classifier.best_estimator_)
    if hasattr(classifier, "steps"):
        return count_parameters(classifier.steps[-1][1])
    if hasattr(classifier, "support_"):
        return int(len(classifier.support_) * classifier.shape_fit_[1])
    if hasattr(classifier, "n_samples_fit_"):
        return int(classifier.n_samples_fit_ * classifier.n_features_in_)
    if hasattr(classifier, "coefs_"):
        layers = [*classifier.coefs_, *classifier.intercepts_]
        return int(sum(layer.size for layer in layers))
    if hasattr(classifier, "coef_") and hasattr(classifier, "intercept_"):
        return int(classifier.coef_.size + classifier.intercept_.size)
    trees = getattr(classifier, "estimators_", None)
    if trees is not None and all(hasattr(tree, "get_n_leaves") for tree in trees):
        return int(sum(tree.get_n_leaves() for tree in trees))
    # Histogram gradient boosting keeps its trees, one list per stage, only under a private name.
    stages = getattr(classifier, "_predictors", None)
    if stages is not None:
        return int(sum(tree.get_n_leaf_nodes() for stage in stages for tree in stage))
    return None
