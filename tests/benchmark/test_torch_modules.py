"""PyTorch modules are evaluated by a thin adapter."""

from __future__ import annotations

import os

import pytest
import torch
from torch import nn

from slash_dataset import open_config
from slash_dataset.benchmark import evaluate, score, torch_classifier
from slash_dataset.benchmark.evaluation import flat_pixels

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
        ({"device": "tpu-9"}, ValueError, "device='tpu-9' is not allowed"),
        ({"optimizer": torch.optim.SGD, "lr": 0.1}, ValueError, "lr=0.1 is not allowed with opt"),
        (
            {"optimizer": "sgd"},
            TypeError,
            "optimizer='sgd' is not allowed: optimizer takes a function",
        ),
        ({"callbacks": [3]}, TypeError, "callbacks=3 is not allowed"),
        ({"standardize": 1}, ValueError, "standardize=1 is not allowed"),
    ],
)
def test_bad_settings_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        torch_classifier(**{"module_factory": cnn, "epochs": 1, **arguments})


def mlp():
    layers = [nn.Flatten(), nn.Linear(900, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))


@pytest.mark.parametrize(
    ("config", "params"),
    [
        ("original", {}),
        ("long", {"num_train": 750}),
        ("long", {"num_train": 750, "noise": 0.9}),
        ("rotated", {"num_train": 750}),
    ],
    ids=["original", "long", "long with noise", "rotated"],
)
@pytest.mark.parametrize(("factory", "lr"), [(mlp, None), (cnn, 0.01)], ids=["mlp by heart", "cnn"])
def test_the_plain_recipe_learns_its_train_rows_and_a_cnn_the_rule(config, params, factory, lr):
    # All ten seeds: with SLASH_SOAK.
    seeds = range(10) if os.environ.get("SLASH_SOAK") else [3]
    result = evaluate(torch_classifier(factory, epochs=30, lr=lr), config, seeds, **params)
    assert set(result.train_accuracy) == {1.0}
    if factory is cnn:
        assert result.min_test_accuracy > 0.995


def test_the_users_optimizer_loss_and_schedule_are_used():
    rates, losses = [], []

    def optimizer(parameters):
        return torch.optim.SGD(parameters, lr=0.5)

    def schedule(chosen):
        def factor(step):
            rates.append(step)
            return 0.5**step

        return torch.optim.lr_scheduler.LambdaLR(chosen, factor)

    def loss(outputs, labels):
        losses.append((tuple(outputs.shape), labels.dtype))
        return nn.functional.mse_loss(outputs[:, 0], labels.float())

    classifier = torch_classifier(
        cnn, epochs=2, batch_size=300, optimizer=optimizer, schedule=schedule, loss=loss
    )
    evaluate(classifier, seeds=1)
    assert rates[-1] == len(losses) == 2 * 3  # batches of 300, 300 and 150 rows
    assert set(losses) == {((300, 1), torch.int64), ((150, 1), torch.int64)}


def test_callbacks_see_every_epoch_and_may_end_the_training():
    told = []

    def watch(epoch, module, loss):
        told.append((epoch, loss))
        module.eval()  # what a callback does to the mode does not reach the training
        return epoch == 2

    classifier = torch_classifier(cnn, epochs=20, lr=0.01, callbacks=[watch])
    evaluate(classifier, seeds=1)
    assert [epoch for epoch, _ in told] == [0, 1, 2]
    assert told[2][1] < told[0][1]


def test_pixels_are_standardised_over_the_train_rows_unless_told_not_to():
    given = []

    class Spy(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(900, 1)

        def forward(self, images):
            given.append(images.detach())
            return self.linear(images.flatten(1))

    evaluate(torch_classifier(Spy, epochs=1, batch_size=750), seeds=1)
    assert abs(float(given[0].mean())) < 1e-4
    assert abs(float(given[0].std()) - 1) < 1e-3
    given.clear()
    evaluate(torch_classifier(Spy, epochs=1, batch_size=750, standardize=False), seeds=1)
    assert (float(given[0].min()), float(given[0].max())) == (0, 1)


def test_the_fitted_module_takes_pixels_from_0_to_1():
    features, labels = flat_pixels(open_config("original")["train"])
    classifier = torch_classifier(cnn, epochs=30, lr=0.01).fit(features, labels)
    assert score(classifier.module, "original") == score(classifier, "original") > 0.99
