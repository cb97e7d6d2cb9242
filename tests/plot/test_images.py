"""What is drawn are the dataset's pixels, and what the model says of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.svm import SVC

import slash_dataset
from slash_dataset import plot

IMAGES, LABELS = slash_dataset.draw("standard", "test", stop=6)


def titles(axes):
    return [text.get_text() for text in axes.texts]


def drawn(axes):
    return [np.asarray(image.get_array()) for image in axes.images]


def test_a_config_is_drawn_with_its_pixels_and_classes():
    axes = plot.show("standard", "test", count=6)
    assert np.array_equal(drawn(axes), IMAGES / 255)
    assert titles(axes) == [slash_dataset.CLASSES[label] for label in LABELS]


def test_parameters_of_the_config_are_taken():
    expected, _ = slash_dataset.draw("long", stop=2, noise=1.5, seed=4)
    assert np.array_equal(drawn(plot.show("long", count=2, noise=1.5, seed=4)), expected / 255)


@pytest.mark.parametrize(
    "given",
    [
        IMAGES,
        IMAGES / 255,
        IMAGES[:, None],
        IMAGES[..., None],
        torch.tensor(IMAGES).float() / 255,
        list(IMAGES),
    ],
    ids=["bytes", "floats", "channel first", "channel last", "torch", "list"],
)
def test_images_are_drawn_as_they_are(given):
    assert np.allclose(drawn(plot.show(given)), IMAGES / 255)
    assert titles(plot.show(given, labels=LABELS)) == titles(plot.show("standard", "test", count=6))


def test_a_line_holds_as_many_images_as_asked():
    places = [image.get_extent() for image in plot.show(IMAGES, columns=4).images]
    assert len({left for left, *_ in places}) == 4
    assert len({top for *_, top in places}) == 2


def test_new_axes_are_shown_by_a_notebook_and_given_ones_are_used(pyplot):
    assert plot.show(IMAGES).figure.number in pyplot.get_fignums()
    _, axes = pyplot.subplots()
    assert plot.show(IMAGES, ax=axes) is axes


def net(outputs):
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(900, outputs))


@pytest.mark.parametrize("outputs", [1, 2])
def test_probabilities_of_a_torch_module_are_its_own(outputs):
    module = net(outputs)
    logits = module(torch.tensor(IMAGES[:, None]).float() / 255).detach()
    expected = torch.sigmoid(logits[:, 0]) if outputs == 1 else torch.softmax(logits, 1)[:, 1]
    assert titles(plot.predictions(module, IMAGES)) == [f"{float(p):.2f}" for p in expected]


def test_probabilities_of_a_keras_model_are_its_own():
    import keras

    keras.utils.set_random_seed(0)
    dense = keras.layers.Dense
    for outputs, activation in ((1, "sigmoid"), (2, "softmax")):
        model = keras.Sequential(
            [keras.layers.Input((30, 30, 1)), keras.layers.Flatten(), dense(outputs, activation)]
        )
        expected = np.asarray(model(IMAGES[..., None] / 255.0))[:, -1]
        assert titles(plot.predictions(model, IMAGES)) == [f"{p:.2f}" for p in expected]


def test_a_model_that_only_decides_shows_its_decisions():
    images, labels = slash_dataset.draw("standard", stop=50)
    model = SVC().fit(images.reshape(50, -1) / 255, labels)
    decided = model.predict(IMAGES.reshape(6, -1) / 255)
    assert titles(plot.predictions(model, IMAGES)) == [f"{label:.2f}" for label in decided]


def test_a_wrong_prediction_is_marked_in_colour_and_with_a_cross():
    class Slash:
        def predict(self, features):
            return np.ones(len(features), int)

    texts = plot.predictions(Slash(), IMAGES, LABELS).texts
    assert [text.get_text().endswith("✗") for text in texts] == [label == 0 for label in LABELS]
    assert len({text.get_color() for text in texts}) == 2


def test_the_response_map_is_the_correlation_and_its_maximum_is_marked():
    kernel = np.array([[1.0, -1, 0], [-1, 2, 0.5]])
    axes = plot.response_map(kernel, IMAGES[0])
    image = torch.tensor(IMAGES[:1, None] / 255)
    expected = torch.nn.functional.conv2d(image, torch.tensor(kernel)[None, None])[0, 0].numpy()
    [answers] = drawn(axes)
    assert np.allclose(answers, expected)
    [mark] = axes.lines
    col, row = int(mark.get_xdata()[0]), int(mark.get_ydata()[0])
    assert expected[row, col] == expected.max()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plot.show("orignal"), "did you mean 'original'"),
        (lambda: plot.show("standard", "validation"), "split='validation' is not allowed"),
        (lambda: plot.show("standard", noise=9), "noise=9 is out of range"),
        (lambda: plot.show("standard", count=0), "count=0 is out of range"),
        (lambda: plot.show("standard", labels=[1]), "labels=.* with a config"),
        (lambda: plot.show(IMAGES, columns=0), "columns=0 is out of range"),
        (lambda: plot.show(IMAGES, noise=1), "noise: .*images were given"),
        (lambda: plot.show(IMAGES, labels=[0, 1]), "labels=.* for each image"),
        (lambda: plot.show(IMAGES, labels=[2] * 6), "labels=.* 0 or 1"),
        (
            lambda: plot.show(IMAGES.reshape(6, 900, 1, 1, 1)),
            r"images=<ndarray of shape \(6, 900, 1",
        ),
        (lambda: plot.show(IMAGES * 1.0), "images=.* is out of range: images takes floats"),
        (lambda: plot.show(IMAGES / np.nan), "images=.* is out of range: images takes floats"),
        (
            lambda: plot.gray_levels({"a": [1] * 255}),
            r"histograms={'a': .*} is not allowed: histograms takes shape \(256,\)",
        ),
        (
            lambda: plot.response_map([1, 2], IMAGES[0]),
            r"kernel=.* is not allowed: kernel takes shape",
        ),
        (
            lambda: plot.response_map(np.ones((31, 2)), IMAGES[0]),
            r"kernel=.* is not allowed: kernel takes shape .* no larger",
        ),
        (lambda: plot.response_map([[1]], IMAGES), r"image=<ndarray of shape \(6, 30, 30\)"),
    ],
)
def test_what_is_not_allowed_is_named_and_nothing_is_drawn(call, message, pyplot):
    with pytest.raises(ValueError, match=message):
        call()
    assert not pyplot.get_fignums()


def test_a_model_that_is_not_trained_is_refused():
    with pytest.raises(TypeError, match="model takes a trained one"):
        plot.predictions(SVC, IMAGES)
