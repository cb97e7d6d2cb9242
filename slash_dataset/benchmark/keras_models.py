"""The networks of the benchmark, in plain Keras, compiled and ready to fit.

Every network takes the number of gradient steps of the training, on which the learning rate may
depend, and imports Keras when called. The settings were fixed on fresh draws of `standard`; nothing
here was chosen by looking at the original's test rows.
"""

from __future__ import annotations

from typing import Any

from .keras_adapter import import_keras

INPUT_SHAPE = (30, 30, 1)


def sequential(
    *layers: Any, rate: Any, shape: tuple[int, int, int] = INPUT_SHAPE, name: str | None = None
) -> Any:
    """Layers from images to the probability of a slash, compiled for Adam with a learning rate."""
    keras = import_keras()
    model = keras.Sequential([keras.Input(shape), *layers], name=name)
    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy")
    return model


def vanilla_cnn(num_steps: int) -> Any:
    """Two rounds of convolution; 1,041 parameters, the published number.

    The post describes the architecture only as "two rounds of convolution, batch normalisation and
    pooling"; this one has the published count: 90 + 40 + 900 + 11.
    """
    keras = import_keras()
    layers = keras.layers
    return sequential(
        layers.Conv2D(10, 3, use_bias=False, activation="relu"),
        layers.MaxPooling2D(),
        # Keras' default momentum, 0.99, lags behind in a training with so few steps.
        layers.BatchNormalization(momentum=0.9),
        layers.Conv2D(10, 3, use_bias=False, activation="relu"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(1, activation="sigmoid"),
        rate=keras.optimizers.schedules.CosineDecay(0.05, num_steps),
        name="vanilla_cnn",
    )


def custom_cnn(num_steps: int) -> Any:
    """One convolution with 8 kernels, global max-pooling; 80 parameters, the published number.

    The post's architecture is unknown.
    """
    del num_steps  # the learning rate is constant
    layers = import_keras().layers
    return sequential(
        layers.Conv2D(8, 3, use_bias=False, activation="relu"),
        layers.GlobalMaxPooling2D(),
        layers.Dense(1, use_bias=False, activation="sigmoid"),
        rate=0.01,
        name="custom_cnn",
    )


def smallest_cnn(num_steps: int) -> Any:
    """One 2 x 2 kernel, global max-pooling, sigmoid; 4 parameters.

    A kernel such as ``[[0.35, -1], [-1, 0.35]]`` responds above zero on a slash and nowhere else.
    """
    del num_steps  # the learning rate is constant
    keras = import_keras()
    layers = keras.layers
    around = keras.initializers.RandomNormal(mean=-0.5, stddev=0.05)
    return sequential(
        layers.Conv2D(1, 2, use_bias=False, kernel_initializer=around),
        layers.GlobalMaxPooling2D(),
        layers.Activation("sigmoid"),
        rate=0.05,
        name="smallest_cnn",
    )


def vision_transformer(num_steps: int) -> Any:
    """A small ViT: 36 patches of 5 x 5 pixels, width 32, two blocks of two heads; 19,169 weights.

    After Dosovitskiy et al., "An Image is Worth 16x16 Words" (2021), with average pooling over the
    patches instead of a class token.
    """
    del num_steps  # the learning rate is constant
    keras = import_keras()
    layers = keras.layers
    width = 32

    class PositionEmbedding(layers.Layer):  # type: ignore[misc, name-defined]
        def build(self, shape: Any) -> None:
            self.table = self.add_weight(shape=shape[1:], initializer="random_normal")

        def call(self, patches: Any) -> Any:
            return patches + self.table

    images = keras.Input(INPUT_SHAPE)
    patches = layers.Reshape((-1, width))(layers.Conv2D(width, 5, strides=5)(images))
    patches = PositionEmbedding()(patches)
    for _ in range(2):
        normed = layers.LayerNormalization()(patches)
        patches = patches + layers.MultiHeadAttention(2, width // 2)(normed, normed)
        normed = layers.LayerNormalization()(patches)
        patches = patches + layers.Dense(width)(layers.Dense(2 * width, "gelu")(normed))
    pooled = layers.GlobalAveragePooling1D()(layers.LayerNormalization()(patches))
    slash = layers.Dense(1, activation="sigmoid")(pooled)
    model = keras.Model(images, slash, name="vision_transformer")
    model.compile(keras.optimizers.Adam(1e-3), "binary_crossentropy")
    return model
