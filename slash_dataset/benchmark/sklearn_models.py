"""The models of the benchmark that come from scikit-learn, ready to fit on flattened pixels."""

from __future__ import annotations

import math
import warnings
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..extras import require
from ..original import replay

# This many images at a time keep the unfolded windows within some tens of megabytes.
_IMAGES_AT_A_TIME = 250


def random_forest(seed: int | None) -> Any:
    """A hundred trees; with None, from the author's generator state."""
    random: int | np.random.RandomState | None = seed
    if seed is None:
        random = np.random.RandomState()
        random.set_state(replay().forest_state)
    return _sklearn("ensemble").RandomForestClassifier(n_estimators=100, random_state=random)


def svm_linear() -> Any:
    """Linear support vector machine, by libsvm."""
    return _sklearn("svm").SVC(kernel="linear")


def svm_rbf() -> Any:
    """Gaussian kernel; in 2019, gamma was 1 / number of features by default."""
    return _sklearn("svm").SVC(kernel="rbf", gamma="auto")


def svm_poly() -> Any:
    """Cubic kernel; in 2019, gamma was 1 / number of features by default."""
    return _sklearn("svm").SVC(kernel="poly", gamma="auto")


def logistic_regression() -> Any:
    """Logistic regression by liblinear, the default solver in 2019."""
    return _sklearn("linear_model").LogisticRegression(solver="liblinear")


def k_nearest_neighbors(num_neighbors: int) -> Any:
    """Nearest neighbours by Euclidean distance."""
    return _sklearn("neighbors").KNeighborsClassifier(n_neighbors=num_neighbors)


def svm_tuned() -> Any:
    """Support vector machine on standardised pixels, kernel chosen by 3-fold cross-validation.

    The penalty is not searched: in 900 dimensions these kernels separate the train rows, and no
    penalty above 1 changes the solution.
    """
    pairwise = _sklearn("metrics.pairwise")
    # As a function, a kernel is one matrix product; libsvm's own takes ten times as long.
    kernels = [partial(pairwise.polynomial_kernel, degree=degree, coef0=0) for degree in (2, 3)]
    kernels += [partial(pairwise.rbf_kernel, gamma=gamma) for gamma in (0.01, 0.1, 0.3)]
    pipeline = _sklearn("pipeline").make_pipeline(
        _sklearn("preprocessing").StandardScaler(), _sklearn("svm").SVC(C=10)
    )
    return _sklearn("model_selection").GridSearchCV(pipeline, {"svc__kernel": kernels}, cv=3)


def gradient_boosting() -> Any:
    """A hundred boosted trees on histograms of the pixels; deterministic."""
    boosting = _sklearn("ensemble").HistGradientBoostingClassifier
    return boosting(max_iter=100, early_stopping=False, random_state=0)


def multilayer_perceptron(seed: int | None, epochs: int) -> Any:
    """Three hidden layers of 64 on standardised pixels, Adam, batches of 50."""
    base = _sklearn("neural_network").MLPClassifier

    class FixedEpochs(base):  # type: ignore[misc, valid-type]
        def fit(self, features: NDArray[Any], labels: NDArray[np.int64]) -> Any:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Stochastic Optimizer: Maximum iterations")
                return super().fit(features, labels)

    perceptron = FixedEpochs(
        hidden_layer_sizes=(64, 64, 64),
        batch_size=50,
        max_iter=epochs,
        # Never stop before the last epoch, whatever the loss does.
        n_iter_no_change=epochs,
        tol=0.0,
        random_state=seed,
    )
    scaler = _sklearn("preprocessing").StandardScaler()
    return _sklearn("pipeline").make_pipeline(scaler, perceptron)


def random_convolutions_and_linear(seed: int | None) -> Any:
    """Twenty random 3 x 3 convolutions, global max-pooling, logistic regression."""
    features = _sklearn("preprocessing").FunctionTransformer(
        random_convolutions, kw_args={"seed": seed or 0}
    )
    return _sklearn("pipeline").make_pipeline(
        features,
        _sklearn("preprocessing").StandardScaler(),
        _sklearn("linear_model").LogisticRegression(max_iter=1_000),
    )


def random_convolutions(
    features: NDArray[Any], *, num_kernels: int = 20, kernel_size: int = 3, seed: int = 0
) -> NDArray[np.float32]:
    """Convolve with random kernels and keep, for each kernel, the largest response.

    After Saxe et al., "On Random Weights and Unsupervised Feature Learning" (2011). The kernels are
    normally distributed and have zero mean, so that a blank canvas gives no response.

    Parameters
    ----------
    features : ndarray, shape (n, S * S)
        Flattened square images.
    num_kernels, kernel_size : int
    seed : int
        Of the kernels, 0 to 2**32 - 1.

    Returns
    -------
    ndarray of float32, shape (n, num_kernels)

    Examples
    --------
    >>> random_convolutions(np.ones((2, 900))).shape
    (2, 20)
    """
    drawn = np.random.RandomState(seed).standard_normal((kernel_size**2, num_kernels))
    kernels = (drawn - drawn.mean(axis=0)).astype(np.float32)
    size = math.isqrt(features.shape[1])
    responses = np.empty((len(features), num_kernels), np.float32)
    for start in range(0, len(features), _IMAGES_AT_A_TIME):
        images = features[start : start + _IMAGES_AT_A_TIME].reshape(-1, size, size)
        windows = np.lib.stride_tricks.sliding_window_view(
            images.astype(np.float32), (kernel_size, kernel_size), axis=(1, 2)
        )
        unfolded = windows.reshape(len(images), -1, kernel_size**2)
        responses[start : start + len(images)] = (unfolded @ kernels).max(axis=1)
    return responses


def _sklearn(module: str) -> Any:
    return require(f"sklearn.{module}", "benchmark")
