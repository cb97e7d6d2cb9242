"""Keras models behind ``fit`` and ``predict``, on any backend of Keras."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..extras import require

# A divisor of every split's size here, so that one compiled function predicts all batches.
_PREDICT_BATCH = 250


def import_keras() -> Any:
    """Import Keras, on JAX if no other backend has been chosen and JAX is installed.

    A backend counts as chosen if Keras is already imported, the variable ``KERAS_BACKEND`` is set,
    or Keras' configuration file names a backend other than TensorFlow (which Keras writes there by
    itself).

    Raises
    ------
    ImportError
        If Keras is not installed.
    """
    untouched = "keras" not in sys.modules and "KERAS_BACKEND" not in os.environ
    if untouched and not _backend_in_file() and importlib.util.find_spec("jax"):
        os.environ["KERAS_BACKEND"] = "jax"
    return require("keras", "benchmark")


def _backend_in_file() -> bool:
    # A container's user may have no home; then there is no such file.
    home = os.environ.get("KERAS_HOME") or os.path.expanduser("~/.keras")
    try:
        settings = json.loads(Path(home, "keras.json").read_text(encoding="utf-8"))
        return bool(settings.get("backend", "tensorflow") != "tensorflow")
    except (OSError, ValueError, AttributeError):  # Keras itself ignores such a file
        return False


@contextmanager
def compiled_once(folder: str) -> Iterator[None]:
    """Let JAX keep compiled code in a folder, so that the next seed, or process, finds it.

    Keras compiles each new copy of a model, which takes longer than many of these trainings. The
    setting is restored afterwards; without Keras or JAX it does nothing.
    """
    jax = sys.modules.get("jax")
    if jax is None or "keras" not in sys.modules or jax.config.jax_compilation_cache_dir:
        yield
        return
    cache = require("jax.experimental.compilation_cache.compilation_cache", "benchmark")
    ours = {
        "jax_compilation_cache_dir": folder,
        "jax_persistent_cache_min_compile_time_secs": 0.0,
        "jax_persistent_cache_min_entry_size_bytes": -1,
    }
    theirs = {name: getattr(jax.config, name) for name in ours}
    try:
        for name, value in ours.items():
            jax.config.update(name, value)
        cache.reset_cache()
        yield
    finally:
        for name, value in theirs.items():
            jax.config.update(name, value)
        cache.reset_cache()


def is_keras_model(value: object) -> bool:
    """Whether `value` is a Keras model, without importing Keras."""
    keras = sys.modules.get("keras")
    return hasattr(keras, "Model") and isinstance(value, keras.Model)  # type: ignore[union-attr]


class KerasClassifier:
    """A compiled Keras model, rebuilt by each ``fit``.

    Parameters
    ----------
    build : callable
        Returns a compiled model with one output (a probability, or a logit if the loss says
        ``from_logits``) or two (one for each class).
    epochs, batch_size : int
    """

    def __init__(self, build: Callable[[], Any], *, epochs: int = 30, batch_size: int = 32) -> None:
        self.build = build
        self.fit_params = {"epochs": epochs, "batch_size": batch_size, "verbose": 0}

    @classmethod
    def of(cls, model: Any) -> KerasClassifier:
        """Return a classifier that wraps a trained model."""
        classifier = cls(lambda: model)
        classifier.model = model
        return classifier

    @property
    def num_parameters(self) -> int:
        """Keras' own count, non-trainable weights included."""
        return int(self.model.count_params())

    def fit(
        self, features: NDArray[Any], labels: NDArray[np.int64], **fit_params: Any
    ) -> KerasClassifier:
        """Build a model and train it; extra arguments are those of ``keras.Model.fit``."""
        self.model = self.build()
        self.model.fit(self.as_input(features), labels, **(self.fit_params | fit_params))
        return self

    def predict(self, features: NDArray[Any]) -> NDArray[np.int64]:
        """Return the class, 0 or 1, of every row."""
        outputs, _ = self._outputs(features)
        return np.asarray(outputs.argmax(axis=1), np.int64)

    def predict_proba(self, features: NDArray[Any]) -> NDArray[np.float64]:
        """Return the probability of each class, shape (n, 2)."""
        outputs, is_logit = self._outputs(features)
        if is_logit:
            outputs = import_keras().ops.softmax(outputs)
        return np.asarray(outputs, np.float64)

    def _outputs(self, features: NDArray[Any]) -> tuple[NDArray[Any], bool]:
        """Outputs of shape (n, 2), one for each class, and whether they are logits."""
        found = self.model.predict(self.as_input(features), batch_size=_PREDICT_BATCH, verbose=0)
        outputs = np.asarray(found).reshape(len(features), -1)
        is_logit = bool(getattr(getattr(self.model, "loss", None), "from_logits", False))
        if outputs.shape[1] == 1:  # only differences of logits count; a NaN is no slash
            pair = (-outputs, np.zeros_like(outputs)) if is_logit else (1 - outputs, outputs)
            outputs = np.hstack(pair)
        return outputs, is_logit

    def as_input(self, features: NDArray[Any]) -> NDArray[np.float32]:
        """Reshape the pixels to the model's input: flat, H x W, or with a channel."""
        shape = self.model.input_shape[1:]
        if None in shape:  # a fully convolutional model takes any height and width
            size = math.isqrt(features.shape[1])
            shape = tuple(size if length is None else length for length in shape)
        return features.reshape(len(features), *shape).astype(np.float32)


def check_compiled(model: Any) -> None:
    """Raise a TypeError that says what to call if a Keras model is not compiled."""
    if not getattr(model, "compiled", False):
        raise TypeError(
            f"model={model.name!r} is a Keras model that is not compiled: call "
            'model.compile(optimizer, loss="binary_crossentropy") first'
        )


def copies_of(model: Any) -> Callable[[], Any]:
    """Return a function that makes fresh, untrained copies of a compiled Keras model.

    Raises
    ------
    TypeError
        If the model is not compiled, or Keras cannot copy a model of its kind.
    """
    check_compiled(model)
    keras = import_keras()

    def copy() -> Any:
        try:
            clone = keras.models.clone_model(model)
        except (ValueError, NotImplementedError) as error:
            raise TypeError(
                f"model={model.name!r} cannot be copied by Keras; give a function that builds it"
            ) from error
        clone.compile_from_config(model.get_compile_config())
        return clone

    return copy
