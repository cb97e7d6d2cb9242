"""The models of the benchmark by name: the nine of the 2019 post, the smallest, and contenders."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from ..checks import find
from . import keras_models, overlaps, sklearn_models
from .keras_adapter import KerasClassifier

# Networks get as many gradient steps as on the original's train split, but at least this many
# passes over larger ones.
_ORIGINAL_ROWS = 750
_MIN_EPOCHS = 2


ModelName = Literal[
    "random-forest",
    "svm-linear",
    "svm-rbf",
    "svm-poly",
    "logistic-regression",
    "knn",
    "knn-1",
    "vanilla-cnn",
    "custom-cnn",
    "smallest-cnn",
    "mlp",
    "gradient-boosting",
    "svm-tuned",
    "random-convolutions",
    "vit",
    "svm-overlap",
    "overlap",
]
"""The names of :data:`MODELS`, for type checkers."""

Family = Literal[
    "linear",
    "trees",
    "perceptron",
    "kernels",
    "neighbours",
    "overlap",
    "convolution",
    "patches",
]
"""What kinds of models there are, in the order in which figures group them."""


class Classifier(Protocol):
    """The interface of every model: scikit-learn's two methods."""

    def fit(self, features: NDArray[Any], labels: NDArray[np.int64], /) -> Any:
        """Learn from float64 pixels of shape (n, H * W), 0 to 1, and labels of shape (n,)."""

    def predict(self, features: NDArray[Any], /) -> Any:
        """Return labels of shape (n,)."""


@dataclass(frozen=True)
class Model:
    """A model of the benchmark.

    Attributes
    ----------
    name, title : str
        Its name in commands, and in tables.
    group : str
        "published" (in the table of the post), "smallest" or "contender" (not in it).
    family : str
        Which models figures group it with.
    make : callable
        ``make(seed, num_train)`` returns an unfitted classifier. Without a seed (None), the random
        forest starts from the author's generator state.
    seeded : bool
        Whether it takes a seed on the original; the others give the same result in every run.
    keras : bool
        Whether it needs Keras.
    max_train : int, optional
        Number of train rows above which it is omitted from learning curves, because its time grows
        with their square or faster.
    """

    name: ModelName
    title: str
    group: Literal["published", "smallest", "contender"]
    family: Family
    make: Callable[[int | None, int], Classifier]
    seeded: bool = False
    keras: bool = False
    max_train: int | None = None

    @property
    def shares_weights(self) -> bool:
        """Whether it applies the same weights at every position, as convolutions and patches do."""
        return self.family in ("convolution", "patches")


def scaled_epochs(epochs: int, num_train: int, minimum: int = _MIN_EPOCHS) -> int:
    """Return how many epochs over `num_train` rows equal `epochs` over the original's 750.

    Examples
    --------
    >>> scaled_epochs(20, 750), scaled_epochs(20, 250), scaled_epochs(20, 32_000)
    (20, 60, 2)
    """
    return max(minimum, round(epochs * _ORIGINAL_ROWS / num_train))


def _fixed(make: Callable[[], Any]) -> Callable[[int | None, int], Classifier]:
    return lambda seed, num_train: make()


def _network(
    build: Callable[[int], Any], epochs: int, batch_size: int
) -> Callable[[int | None, int], Classifier]:
    def make(seed: int | None, num_train: int) -> Classifier:
        scaled = scaled_epochs(epochs, num_train)
        num_steps = scaled * math.ceil(num_train / batch_size)
        return KerasClassifier(partial(build, num_steps), epochs=scaled, batch_size=batch_size)

    return make


def _perceptron(seed: int | None, num_train: int) -> Any:
    return sklearn_models.multilayer_perceptron(seed, scaled_epochs(30, num_train, minimum=10))


# Because of libsvm's time; the figures of learning curves say so.
_SVM_ROWS = 2_000
_NET: Mapping[str, Any] = {"seeded": True, "keras": True}

MODELS: Mapping[str, Model] = {
    model.name: model
    for model in (
        Model(
            "random-forest",
            "Random Forest",
            "published",
            "trees",
            lambda seed, num_train: sklearn_models.random_forest(seed),
        ),
        Model(
            "svm-linear",
            "SVM - Linear",
            "published",
            "linear",
            _fixed(sklearn_models.svm_linear),
            max_train=_SVM_ROWS,
        ),
        Model(
            "svm-rbf",
            "SVM - RBF kernel",
            "published",
            "kernels",
            _fixed(sklearn_models.svm_rbf),
            max_train=_SVM_ROWS,
        ),
        Model(
            "svm-poly",
            "SVM - Polynomial kernel",
            "published",
            "kernels",
            _fixed(sklearn_models.svm_poly),
            max_train=_SVM_ROWS,
        ),
        Model(
            "logistic-regression",
            "Logistic Regression",
            "published",
            "linear",
            _fixed(sklearn_models.logistic_regression),
        ),
        Model(
            "knn",
            "K Nearest Neighbors",
            "published",
            "neighbours",
            _fixed(partial(sklearn_models.k_nearest_neighbors, 5)),
        ),
        Model(
            "knn-1",
            "KNN, k=1",
            "published",
            "neighbours",
            _fixed(partial(sklearn_models.k_nearest_neighbors, 1)),
        ),
        Model(
            "vanilla-cnn",
            "Vanilla CNN",
            "published",
            "convolution",
            # Whole batches in 750 rows: Keras compiles a second function for a smaller last one.
            _network(keras_models.vanilla_cnn, epochs=20, batch_size=50),
            **_NET,
        ),
        Model(
            "custom-cnn",
            "Custom CNN",
            "published",
            "convolution",
            _network(keras_models.custom_cnn, epochs=25, batch_size=32),
            **_NET,
        ),
        Model(
            "smallest-cnn",
            "Smallest CNN",
            "smallest",
            "convolution",
            _network(keras_models.smallest_cnn, epochs=15, batch_size=32),
            **_NET,
        ),
        Model("mlp", "MLP, 3 x 64", "contender", "perceptron", _perceptron, seeded=True),
        Model(
            "gradient-boosting",
            "Gradient boosting",
            "contender",
            "trees",
            _fixed(sklearn_models.gradient_boosting),
        ),
        Model(
            "svm-tuned",
            "SVM, tuned kernel",
            "contender",
            "kernels",
            _fixed(sklearn_models.svm_tuned),
            max_train=4_000,
        ),
        Model(
            "random-convolutions",
            "Random convolutions + linear",
            "contender",
            "convolution",
            lambda seed, num_train: sklearn_models.random_convolutions_and_linear(seed),
            seeded=True,
        ),
        Model(
            "vit",
            "Small ViT",
            "contender",
            "patches",
            _network(keras_models.vision_transformer, epochs=40, batch_size=50),
            **_NET,
        ),
        Model(
            "svm-overlap",
            "SVM, overlap kernel",
            "contender",
            "overlap",
            _fixed(overlaps.svm_overlap),
            max_train=4_000,
        ),
        Model("overlap", "Overlap counts", "contender", "overlap", _fixed(overlaps.OverlapCounts)),
    )
}
"""Every model of the benchmark, in the order of the tables."""


def find_model(name: str) -> Model:
    """Return the model of that name.

    Raises
    ------
    ValueError
        If there is none; the message lists those that exist and suggests the nearest.

    Examples
    --------
    >>> find_model("svm-liner")
    Traceback (most recent call last):
    ValueError: model 'svm-liner' is unknown; did you mean 'svm-linear'? Models: random-forest, ...
    """
    return find("model", name, MODELS)


def title_of(name: str) -> str:
    """Return a model's title in tables and figures; a user's own model goes by its name."""
    return MODELS[name].title if name in MODELS else name


def unmeasured(names: Iterable[str]) -> list[str]:
    """Return the titles of the benchmark's models that are not among the names."""
    measured = set(names)
    return [MODELS[name].title for name in MODELS if name not in measured]
