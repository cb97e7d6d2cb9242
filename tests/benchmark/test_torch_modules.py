"""PyTorch modules are evaluated by a thin adapter."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from slash_dataset.benchmark import evaluate, torch_classifier

torch.set_num_threads(1)


def cnn(outputs=1, squeeze=False):
    parts = [nn.Conv2d(1, 8, 3), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten()]
    parts.append(nn.Linear(8, outputs))
    return nn.Sequential(*parts, *([nn.Flatten(0)] if squeeze else []))


@pytest.mark.parametrize(
    "factory",
    [cnn, lambda: cnn(2), lambda: cnn(squeeze=True)],
    ids=["one logit", "two logits", "a flat logit"],
)
def test_a_module_learns_whatever_the_shape_of_its_logits(factory):
    result = evaluate(torch_classifier(factory, epochs=12, lr=0.05, batch_size=75), seeds=1)
    assert result.min_test_accuracy > 0.99
    assert result.num_parameters == sum(p.numel() for p in factory().parameters())


def test_seeds_decide_initial_weights_and_order():
    classifier = torch_classifier(cnn, epochs=2, lr=0.02, batch_size=75)
    first, second = (evaluate(classifier, seeds=[1, 2, 3]).train_accuracy for _ in range(2))
    assert first == second
    assert len(set(first)) > 1


def test_it_is_called_after_the_function_that_makes_the_module():
    assert evaluate(torch_classifier(cnn, epochs=1), seeds=1).model == "cnn"


def test_dropout_and_batch_normalisation_are_switched_off_for_predictions():
    modes = []

    class Spy(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(900, 1)

        def forward(self, images):
            modes.append((self.training, torch.is_grad_enabled(), tuple(images.shape[1:])))
            return self.linear(images.flatten(1))

    evaluate(torch_classifier(Spy, epochs=1), seeds=1)
    assert set(modes) == {(True, True, (1, 30, 30)), (False, False, (1, 30, 30))}


@pytest.mark.parametrize("model", [cnn(), cnn, nn.Flatten], ids=["module", "function", "class"])
def test_a_bare_module_is_refused_with_the_adapter_to_use(model):
    with pytest.raises(TypeError, match="has no fit and no predict: .*torch_classifier"):
        evaluate(model)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"module_factory": cnn()}, TypeError, "module_factory=Sequential is a module"),
        ({"module_factory": 3}, TypeError, "module_factory=3 is not allowed"),
        ({"epochs": 0}, ValueError, "epochs=0 is out of range"),
        ({"epochs": 1.5}, ValueError, "epochs=1.5 is not allowed"),
        ({"batch_size": -1}, ValueError, "batch_size=-1 is out of range"),
        ({"lr": 0}, ValueError, "lr=0 is out of range"),
        ({"lr": "fast"}, ValueError, "lr='fast' is not allowed"),
    ],
)
def test_bad_settings_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        torch_classifier(**{"module_factory": cnn, "epochs": 1, **arguments})
