"""Architectures whose need for train rows is measured as images grow, with settings as data.

Settings were fixed beforehand on seeds from 100 up; the measurement uses seeds from 0 up. Networks
are trained to a fixed loss on their train rows, or up to a fixed number of steps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..checks import Bounds, find
from ..extras import require
from .keras_adapter import KerasClassifier, import_keras
from .keras_models import sequential
from .models import MODELS, ModelName

SEEDS = Bounds(2, 1_000, "seeds", whole=True)
"""How many seeds tell an interval."""
_BATCH = 32
_STEPS_AT_A_TIME = 50


class _Standardised:
    """Standardise to mean 0 and deviation 1, with one mean and one deviation for all pixels."""

    def _keep_scale(self, features: NDArray[Any]) -> NDArray[Any]:
        self._mean, self._spread = float(features.mean()), float(features.std()) or 1.0
        return self._scaled(features)

    def _scaled(self, features: NDArray[Any]) -> NDArray[Any]:
        return (features - self._mean) / self._spread


@dataclass
class KernelNet(_Standardised, KerasClassifier):
    """One layer of kernels without bias and their largest response over the image, by Adam.

    One kernel is followed by a sigmoid; several are followed by ReLU and weights without bias.

    Attributes
    ----------
    kernel_size, filters : int
    shared : bool
        Whether a kernel is the same at every position, as in a convolution. If not, each position
        has its own weights: a locally connected layer.
    standardised : bool
        Whether pixels are standardised; a single kernel without bias needs the level of the canvas.
    rate, target_loss : float
    max_steps : int
        Of batches of 32 rows, drawn with replacement.
    """

    kernel_size: int
    filters: int
    shared: bool
    standardised: bool
    rate: float
    target_loss: float = 0.1
    max_steps: int = 3_000

    def fit(
        self, features: NDArray[Any], labels: NDArray[np.int64], **fit_params: Any
    ) -> KernelNet:
        """Build the network for the size of the images, and train it."""
        self.model = self._built(math.isqrt(features.shape[1]))
        if self.standardised:
            features = self._keep_scale(features)
        images = self.as_input(features)
        for _ in range(0, self.max_steps, _STEPS_AT_A_TIME):
            rows = np.random.randint(len(labels), size=_BATCH * _STEPS_AT_A_TIME)
            how = {"batch_size": _BATCH, "shuffle": False, "verbose": 0} | fit_params
            done = self.model.fit(images[rows], labels[rows], **how)
            if done.history["loss"][-1] <= self.target_loss:
                break
        return self

    def _outputs(self, features: NDArray[Any]) -> tuple[NDArray[Any], bool]:
        return super()._outputs(self._scaled(features) if self.standardised else features)

    def _built(self, size: int) -> Any:
        keras = import_keras()
        layers = keras.layers
        start: Any = "glorot_uniform"
        head = [layers.ReLU(), layers.Dense(1, use_bias=False, activation="sigmoid")]
        if self.filters == 1:
            start = keras.initializers.RandomNormal(mean=-0.5, stddev=0.05)
            head = [layers.Activation("sigmoid")]
        if self.shared:
            shape = (self.filters, self.kernel_size)
            kernels = layers.Conv2D(*shape, use_bias=False, kernel_initializer=start)
        else:
            kernels = _locally_connected(self.filters, self.kernel_size)
        return sequential(
            kernels, layers.GlobalMaxPooling2D(), *head, rate=self.rate, shape=(size, size, 1)
        )


def _locally_connected(filters: int, kernel_size: int) -> Any:
    """A convolution with different weights at each position, as in Keras before version 3.

    Weights are initialised as in a convolution.
    """
    keras = import_keras()
    window = range(kernel_size)

    class LocallyConnected(keras.layers.Layer):  # type: ignore[misc, name-defined]
        def build(self, shape: Any) -> None:
            self.side = shape[1] - kernel_size + 1
            limit = math.sqrt(6 / (kernel_size**2 * (1 + filters)))
            self.kernels = self.add_weight(
                shape=(self.side, self.side, kernel_size**2, filters),
                initializer=keras.initializers.RandomUniform(-limit, limit),
            )

        def call(self, images: Any) -> Any:
            end = self.side
            patches = [images[:, i : i + end, j : j + end, 0] for i in window for j in window]
            return keras.ops.einsum("npqk,pqkf->npqf", keras.ops.stack(patches, -1), self.kernels)

    return LocallyConnected()


@dataclass
class Perceptron(_Standardised):
    """One hidden layer of ReLU on standardised pixels, by scikit-learn.

    Attributes
    ----------
    solver : str
        "adam", or "sgd" with momentum 0.9.
    rate : float
    hidden : int
    batch_size : int
    target_loss : float
    max_epochs : int
    """

    solver: Literal["adam", "sgd"]
    rate: float
    hidden: int = 256
    batch_size: int = 64
    target_loss: float = 0.02
    max_epochs: int = 60

    def fit(self, features: NDArray[Any], labels: NDArray[np.int64]) -> Perceptron:
        """Train from weights drawn by NumPy's global generator."""
        scaled = self._keep_scale(features)
        self._network = require("sklearn.neural_network", "benchmark").MLPClassifier(
            (self.hidden,),
            solver=self.solver,
            learning_rate_init=self.rate,
            batch_size=min(self.batch_size, len(labels)),
        )
        for _ in range(self.max_epochs):
            self._network.partial_fit(scaled, labels, classes=[0, 1])
            if self._network.loss_ <= self.target_loss:
                break
        return self

    def predict(self, features: NDArray[Any]) -> NDArray[np.int64]:
        """Return the class, 0 or 1, of every row."""
        return np.asarray(self._network.predict(self._scaled(features)))


ArchitectureName = Literal[
    "smallest-cnn", "custom-cnn", "knn-1", "overlap", "locally-connected", "mlp-adam", "mlp-sgd"
]
"""The names of :data:`ARCHITECTURES`, for type checkers."""


@dataclass(frozen=True)
class Architecture:
    """An architecture to measure, and the prediction for it.

    Attributes
    ----------
    name, title : str
    model : object
        A model as :func:`~slash_dataset.benchmark.sweep` takes it.
    predicted : tuple of float
        Lowest and highest exponent that agrees with the prediction; within 0.1 of a single number.
    prediction : str
        The prediction in words, and where it comes from.
    knows_neighbours : bool
        If not, the bound of :func:`~slash_dataset.benchmark.bound` is proven for it.
    first_rows : float
        Where the search for n* begins, in rows per position; 0 for two rows.
    max_rows : int
        Where the search ends.
    max_size : int
        Of an image.
    cheap : bool
        Whether it is part of the quick measurement.
    """

    name: ArchitectureName
    title: str
    model: Any
    predicted: tuple[float, float]
    prediction: str
    knows_neighbours: bool = False
    first_rows: float = 1 / 12
    max_rows: int = 16_384
    max_size: int = 46
    cheap: bool = False


def _of_benchmark(name: ModelName) -> dict[str, Any]:
    return {"name": name, "title": MODELS[name].title, "model": MODELS[name], "cheap": True}


_FLAT: Mapping[str, Any] = {
    "predicted": (-0.1, 0.3),
    "prediction": "0, or a logarithm (expected)",
    "knows_neighbours": True,
    "first_rows": 0.0,
    "cheap": True,
}
_AT_LEAST_ONE: Mapping[str, Any] = {
    "predicted": (1.0, 2.0),
    "prediction": "1 to 2 (expected for large K)",
}

ARCHITECTURES: Mapping[str, Architecture] = {
    each.name: each
    for each in (
        Architecture(
            "smallest-cnn",
            "CNN, 4 weights",
            KernelNet(2, 1, shared=True, standardised=False, rate=0.05),
            **_FLAT,
        ),
        Architecture(
            "custom-cnn",
            "CNN, 80 weights",
            KernelNet(3, 8, shared=True, standardised=True, rate=0.03),
            **_FLAT,
        ),
        Architecture(
            **_of_benchmark("knn-1"),
            predicted=(0.81, 1.01),
            prediction="0.91 (derived, for these K)",
        ),
        Architecture(
            **_of_benchmark("overlap"),
            predicted=(0.83, 1.03),
            prediction="0.93 (derived, for these K)",
        ),
        Architecture(
            "locally-connected",
            "Locally connected",
            KernelNet(3, 8, shared=False, standardised=True, rate=0.01),
            knows_neighbours=True,
            **_AT_LEAST_ONE,
        ),
        Architecture(
            "mlp-adam", "MLP, Adam", Perceptron("adam", 0.001), max_size=30, **_AT_LEAST_ONE
        ),
        Architecture("mlp-sgd", "MLP, SGD", Perceptron("sgd", 0.1), max_size=30, **_AT_LEAST_ONE),
    )
}
"""Every architecture by name, in the order of the tables."""


def find_architecture(name: str) -> Architecture:
    """Return the architecture of that name.

    Raises
    ------
    ValueError
        If there is none; the message lists those that exist and suggests the nearest.
    """
    return find("model", name, ARCHITECTURES)
