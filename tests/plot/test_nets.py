"""The inside of a net is drawn from its own weights and outputs, with PyTorch and with Keras."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import slash_dataset
from slash_dataset import plot

IMAGE = slash_dataset.draw("standard", stop=1)[0][0]


def drawn(axes):
    return [np.asarray(image.get_array()) for image in axes.images]


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


@pytest.fixture(scope="module")
def module():
    torch.manual_seed(0)
    nn = torch.nn
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(1, 10, 3), nn.BatchNorm2d(10), nn.ReLU()),
        nn.Conv2d(10, 3, 5),
        nn.AdaptiveMaxPool2d(1),
        nn.Flatten(),
        nn.Linear(3, 1),
    )


@pytest.fixture(scope="module")
def keras_model():
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((30, 30, 1)),
            layers.Conv2D(10, 3, activation="relu"),
            layers.Conv2D(3, 5),
            layers.GlobalMaxPooling2D(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def test_every_layer_of_a_torch_net_has_a_line(module):
    assert texts(plot.feature_maps(module, IMAGE))[:-1] == [
        "0 Conv2d: 10 x 28 x 28",
        "1 BatchNorm2d: 10 x 28 x 28",
        "2 ReLU: 10 x 28 x 28",
        "3 Conv2d: 3 x 24 x 24",
        "4 AdaptiveMaxPool2d: 3 x 1 x 1",
        "5 Flatten: 3",
    ]


def test_maps_are_what_the_torch_layers_answer_and_the_net_stays_as_it_was(module):
    module.train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    maps = drawn(plot.feature_maps(module, IMAGE, "3 Conv2d"))
    assert module.training
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert not any(part._forward_hooks for part in module.modules())
    module.eval()
    with torch.no_grad():
        expected = module[:2](torch.tensor(IMAGE[None, None] / 255).float())[0].numpy()
    assert np.allclose(maps, expected, atol=1e-5)


def test_maps_are_what_the_keras_layers_answer(keras_model):
    assert texts(plot.feature_maps(keras_model, IMAGE))[:3] == [
        "0 Conv2D: 10 x 28 x 28",
        "1 Conv2D: 3 x 24 x 24",
        "2 GlobalMaxPooling2D: 3",
    ]
    value = IMAGE[None, :, :, None].astype("float32") / 255
    for layer in keras_model.layers[:2]:
        value = layer(value)
    maps = drawn(plot.feature_maps(keras_model, IMAGE, 1))
    assert np.allclose(maps, np.moveaxis(np.asarray(value)[0], -1, 0), atol=1e-5)


def test_kernels_are_the_weights_of_both_frameworks(module, keras_model):
    weights = module[0][0].weight.detach().numpy()
    assert np.allclose(drawn(plot.kernels(module)), weights[:, 0])
    second = module[1].weight.detach().numpy().reshape(-1, 5, 5)
    assert np.allclose(drawn(plot.kernels(module, "2 Conv2d")), second)
    weights = np.asarray(keras_model.layers[0].kernel)
    assert np.allclose(drawn(plot.kernels(keras_model)), np.moveaxis(weights[:, :, 0], -1, 0))


def test_weights_of_a_dense_layer_on_pixels_are_pictures_too():
    layer = torch.nn.Linear(900, 2)
    net = torch.nn.Sequential(torch.nn.Flatten(), layer)
    expected = layer.weight.detach().numpy().reshape(2, 30, 30)
    assert np.allclose(drawn(plot.kernels(net)), expected)


def test_blue_is_below_zero_and_red_above():
    [picture] = plot.kernels([[1.0, -2.0]]).images
    assert (picture.norm.vmin, picture.norm.vmax) == (-2.0, 2.0)
    red, _, blue, _ = picture.cmap(picture.norm(1.0))
    assert red > blue


def test_sliders_draw_the_image_and_the_layer_that_they_say(module, pyplot):
    images = slash_dataset.draw("standard", stop=3)[0]
    image, layer = plot.feature_map_sliders(module, images).children[:2]
    assert (image.min, image.max) == (0, 2)
    assert layer.options[0] == "0 Conv2d"


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda net: plot.kernels(net, 9), ValueError, "layer=9 is not allowed.*'0 Conv2d'"),
        (lambda net: plot.kernels(net[3:]), ValueError, "has no such layer"),
        (
            lambda net: plot.kernels([1.0]),
            ValueError,
            r"model takes a net, or finite weights of shape",
        ),
        (lambda net: plot.feature_maps(net, IMAGE, "x"), ValueError, "layer='x' is not allowed"),
        (
            lambda net: plot.feature_maps(object(), IMAGE),
            TypeError,
            "model=<object .*> is not allowed: model takes a torch",
        ),
    ],
)
def test_what_is_not_there_is_named(module, call, kind, message):
    with pytest.raises(kind, match=message):
        call(module)
