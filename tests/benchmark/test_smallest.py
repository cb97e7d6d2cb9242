"""Four numbers are enough: a kernel written by hand makes no mistake."""

from __future__ import annotations

import numpy as np
import pytest

from slash_dataset import open_config
from slash_dataset.benchmark.evaluation import flat_pixels
from slash_dataset.benchmark.keras_adapter import KerasClassifier
from slash_dataset.benchmark.keras_models import smallest_cnn

KERNEL = np.array([[0.35, -1.0], [-1.0, 0.35]], np.float32)


@pytest.mark.parametrize("config", ["original-float64", "standard", "shifted"])
@pytest.mark.parametrize("split", ["train", "test"])
def test_the_kernel_of_the_documentation_classifies_every_image(config, split):
    features, labels = flat_pixels(open_config(config)[split])
    classifier = KerasClassifier(lambda: smallest_cnn(1))
    classifier.model = classifier.build()
    classifier.model.set_weights([KERNEL[:, :, None, None]])
    assert classifier.num_parameters == 4
    assert np.array_equal(classifier.predict(features), labels)


def test_the_margin_that_the_documentation_states():
    """With any noise, only a slash has a window above zero."""
    light, dark = 1 - 0.25, 0.25  # the canvas at its darkest, the stroke at its lightest
    plus, minus = KERNEL[0, 0], KERNEL[0, 1]
    assert 2 * plus * light + 2 * minus * dark > 0
    assert 2 * plus + minus * light < 0  # at most one pixel of an anti-diagonal is dark elsewhere
