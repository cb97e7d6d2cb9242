"""Two contenders without convolution that learn Slash by counting the ink pixels strokes share.

Two strokes of opposite classes share at most one pixel. One shared pixel is evidence for the other
class, because more strokes of the other class cross a stroke than of its own; two or more prove the
same class. A similarity kernel reads one shared pixel the wrong way round; ``(overlap - 1)**2``
does not, and neither do weights learned for each count.
"""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..extras import require

# The weights are learned from the overlaps of this many train rows with all others.
_ROWS_OF_WEIGHTS = 2_000
_ROWS_AT_A_TIME = 1_000


def svm_overlap() -> Any:
    """SVM on pixels that are ink or not, its polynomial kernel chosen by 3-fold cross-validation.

    The kernels are ``(overlap + coef0)**degree``, where the overlap of two images is the number of
    ink pixels that they share.
    """
    kernel = require("sklearn.metrics.pairwise", "benchmark").polynomial_kernel
    kernels = [
        partial(kernel, degree=degree, gamma=1, coef0=coef0)
        for degree, coef0 in itertools.product((1, 2, 3), (0, 1, -1, -2))
    ]
    pipeline = require("sklearn.pipeline", "benchmark").make_pipeline(
        TwoMeans(), require("sklearn.svm", "benchmark").SVC()
    )
    search = require("sklearn.model_selection", "benchmark").GridSearchCV
    return search(pipeline, {"svc__kernel": kernels}, cv=3)


class TwoMeans:
    """Turn pixels into ink, 1, or canvas, 0, at a threshold between their two means."""

    def fit(self, features: NDArray[Any], labels: Any = None) -> TwoMeans:
        """Find the threshold: the midpoint between the means of the values below and above it."""
        del labels
        low, high = features.min(), features.max()
        self.threshold_ = (low + high) / 2
        while True:
            below = features < self.threshold_
            if below.all() or not below.any():
                return self
            middle = (features[below].mean() + features[~below].mean()) / 2
            if middle == self.threshold_:
                return self
            self.threshold_ = middle

    def transform(self, features: NDArray[Any]) -> NDArray[np.float32]:
        """Return 1 for ink and 0 for canvas, in the shape of `features`."""
        return np.asarray(features < self.threshold_, np.float32)

    def fit_transform(self, features: NDArray[Any], labels: Any = None) -> NDArray[np.float32]:
        """Find the threshold and apply it."""
        return self.fit(features, labels).transform(features)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, which scikit-learn asks for: there are none."""
        del deep
        return {}


class OverlapCounts:
    """Four weights for the train rows that share 1, 2, 3, and 4 or more ink pixels with an image.

    Slash rows count positive, backslash rows negative; the weights are those of a logistic
    regression on the train rows, each of which is excluded from its own counts.

    Examples
    --------
    >>> from slash_dataset.benchmark import evaluate
    >>> evaluate(OverlapCounts(), "original-float64", seeds=1).test_accuracy
    (1.0,)
    """

    def fit(self, features: NDArray[Any], labels: NDArray[np.int64]) -> OverlapCounts:
        """Find the ink threshold, keep the rows, and learn the weights."""
        self._ink = TwoMeans().fit(features)
        self._rows = self._ink.transform(features)
        self._signs = np.where(labels == 1, np.float32(1), np.float32(-1))
        some = slice(0, _ROWS_OF_WEIGHTS)
        counts = self._counts(self._rows[some], leave_out=True)
        regression = require("sklearn.linear_model", "benchmark").LogisticRegression
        self.weights_ = regression(fit_intercept=False).fit(counts, labels[some])
        return self

    def predict(self, features: NDArray[Any]) -> NDArray[np.int64]:
        """Return the class, 0 or 1, of every row."""
        return np.asarray(self.weights_.predict(self._counts(self._ink.transform(features))))

    @property
    def num_parameters(self) -> int:
        """The stored pixels, as for nearest neighbours, and the weights."""
        return int(self._rows.size + self.weights_.coef_.size)

    def _counts(self, ink: NDArray[np.float32], leave_out: bool = False) -> NDArray[np.float32]:
        """Signed counts, shape (n, 4), of the train rows by their overlap with each row."""
        counts = np.empty((len(ink), 4), np.float32)
        for start in range(0, len(ink), _ROWS_AT_A_TIME):
            shared = ink[start : start + _ROWS_AT_A_TIME] @ self._rows.T
            if leave_out:
                own = np.arange(len(shared))
                shared[own, start + own] = 0
            for i, of_overlap in enumerate((shared == 1, shared == 2, shared == 3, shared >= 4)):
                counts[start : start + len(shared), i] = of_overlap @ self._signs
        return counts
