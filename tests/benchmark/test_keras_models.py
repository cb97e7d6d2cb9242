"""Keras models are evaluated as they are."""

from __future__ import annotations

import numpy as np
import pytest

from slash_dataset.benchmark import evaluate
from slash_dataset.benchmark.adapters import seeded
from slash_dataset.benchmark.keras_adapter import KerasClassifier, copies_of, import_keras

keras = import_keras()
layers = keras.layers
FIT = {"epochs": 8, "batch_size": 50}


def cnn(last=(1, "sigmoid"), loss="binary_crossentropy", shape=(30, 30, 1), compiled=True):
    """A net with one convolution, for images of any shape with one channel."""
    model = keras.Sequential(
        [
            keras.Input(shape),
            layers.Reshape((30, 30, 1)),
            layers.Conv2D(8, 3, activation="relu"),
            layers.GlobalMaxPooling2D(),
            layers.Dense(last[0], activation=last[1]),
        ],
        name="cnn",
    )
    if compiled:
        model.compile(keras.optimizers.Adam(0.02), loss)
    return model


def test_a_compiled_model_is_copied_for_each_seed_and_stays_untrained():
    model = cnn()
    before = model.get_weights()
    result = evaluate(model, seeds=2, fit_params=FIT)
    assert result.model == "cnn"
    assert result.num_parameters == 8 * 9 + 8 + 8 + 1
    assert result.min_test_accuracy > 0.99
    assert all(map(np.array_equal, before, model.get_weights()))


def test_copies_differ_by_seed_and_by_nothing_else():
    make = copies_of(cnn())

    def first_weights(seed):
        with seeded(seed):
            return make().get_weights()[0]

    assert np.array_equal(first_weights(1), first_weights(1))
    assert not np.array_equal(first_weights(1), first_weights(2))


@pytest.mark.parametrize("shape", [(900,), (30, 30), (30, 30, 1), (1, 30, 30)])
def test_pixels_come_in_the_shape_of_the_models_input(shape):
    assert evaluate(lambda: cnn(shape=shape), seeds=1, fit_params=FIT).min_test_accuracy > 0.99


def test_a_fully_convolutional_model_may_leave_height_and_width_open():
    def fully_convolutional():
        model = keras.Sequential(
            [
                keras.Input((None, None, 1)),
                layers.Conv2D(8, 3, activation="relu"),
                layers.GlobalMaxPooling2D(),
                layers.Dense(1, activation="sigmoid"),
            ]
        )
        model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy")
        return model

    assert evaluate(fully_convolutional, seeds=1, fit_params=FIT).min_test_accuracy > 0.99


def test_logits_and_two_outputs_are_read_as_their_loss_says():
    logits = cnn((1, None), keras.losses.BinaryCrossentropy(from_logits=True))
    two = cnn((2, "softmax"), "sparse_categorical_crossentropy")
    for model in (logits, two):
        assert evaluate(model, seeds=1, fit_params=FIT).min_test_accuracy > 0.99


def test_the_threshold_of_logits_is_zero_not_one_half():
    model = keras.Sequential([keras.Input((900,)), layers.Dense(1)])
    model.compile(loss=keras.losses.BinaryCrossentropy(from_logits=True))
    model.set_weights([np.zeros((900, 1)), np.array([0.25])])
    classifier = KerasClassifier(lambda: model)
    classifier.model = model
    assert classifier.predict(np.zeros((3, 900))).tolist() == [1, 1, 1]


def test_the_same_seed_gives_the_same_figures():
    few = {"epochs": 1, "batch_size": 50}
    first, second = (evaluate(cnn, "original", [5, 6], fit_params=few) for _ in range(2))
    assert first.train_accuracy == second.train_accuracy


def test_a_model_that_is_not_compiled_is_refused_with_what_to_call():
    with pytest.raises(TypeError, match="'cnn' is a Keras model that is not compiled: call model"):
        evaluate(cnn(compiled=False))
    with pytest.raises(TypeError, match="not compiled"):
        evaluate(lambda: cnn(compiled=False))
