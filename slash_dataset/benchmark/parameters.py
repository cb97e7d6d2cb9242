"""How many numbers a fitted model keeps: the post's "trainable params", and the same for others.

The post counts, for a forest, its leaves; for a support vector machine, support vectors times
pixels; for nearest neighbours, the pixels stored; for a linear model, weights and intercept; for a
network, what Keras counts (batch normalisation's moving statistics are among them).
"""

from __future__ import annotations

from typing import Any


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
        None where no definition is known.

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
    return _count_leaves(classifier)


def _count_leaves(classifier: Any) -> int | None:
    trees = getattr(classifier, "estimators_", None)
    if trees is not None and all(hasattr(tree, "get_n_leaves") for tree in trees):
        return int(sum(tree.get_n_leaves() for tree in trees))
    # Histogram gradient boosting keeps its trees, one list a stage, under a private name only.
    stages = getattr(classifier, "_predictors", None)
    if stages is not None:
        return int(sum(tree.get_n_leaf_nodes() for stage in stages for tree in stage))
    return None
