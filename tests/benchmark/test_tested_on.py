"""What a seed changes, tests on other configs, and tests of models trained elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier
from torch import nn

from slash_dataset import open_config
from slash_dataset.benchmark import Evaluation, evaluate, score
from slash_dataset.benchmark.evaluation import flat_pixels
from slash_dataset.benchmark.experiments import measure_learning_curves, measure_matrix
from slash_dataset.benchmark.keras_adapter import import_keras

FEW = {"num_train": 40, "num_test": 20}


class Spy:
    """Records its train rows, its test rows and a random number."""

    def __init__(self):
        self.seen = []

    def fit(self, X, y):
        self.seen.append((X, np.random.rand()))

    def predict(self, X):
        self.seen.append(X)
        return np.zeros(len(X), int)


def seen(vary, seeds=3, config="standard", **params):
    """For each seed: train rows, the model's random number, test rows."""
    spy = Spy()
    evaluate(lambda: spy, config, seeds, vary=vary, **FEW, **params)
    runs = [spy.seen[i : i + 3] for i in range(0, len(spy.seen), 3)]
    return [(fitted[0].tobytes(), fitted[1], test.tobytes()) for fitted, _, test in runs]


@pytest.mark.parametrize(
    ("vary", "train", "model"),
    [("both", 3, 3), (None, 3, 3), ("data", 3, 1), ("model", 1, 3)],
)
def test_a_seed_changes_what_vary_says_and_never_the_test_rows(vary, train, model):
    rows, numbers, tests = zip(*seen(vary), strict=True)
    assert (len(set(rows)), len(set(numbers)), len(set(tests))) == (train, model, 1)
    assert set(tests) == {flat_pixels(open_config("standard", **FEW)["test"])[0].tobytes()}


def test_no_seed_draws_the_train_rows_of_the_config_itself_but_the_model_alone_gets_them():
    own = flat_pixels(open_config("standard", seed=7, **FEW)["train"])[0].tobytes()
    assert own not in {rows for rows, _, _ in seen("both", 20, seed=7)}
    assert {rows for rows, _, _ in seen("model", 2, seed=7)} == {own}


def test_the_largest_seed_wraps_around():
    largest = 2**64 - 1
    first = flat_pixels(open_config("standard", seed=0, **FEW)["train"])[0].tobytes()
    assert seen("both", [0], seed=largest)[0][0] == first


def test_a_deterministic_model_has_a_spread_over_drawn_rows():
    result = evaluate("knn-1", "standard", 4, num_train=100, num_test=200)
    assert result.seeds == (0, 1, 2, 3)
    assert len(set(result.test_accuracy)) > 1
    once = evaluate("knn-1", "standard", 4, vary="model", num_train=100, num_test=200)
    assert once.seeds == (None,)


def test_the_original_has_no_other_rows():
    assert evaluate(Spy(), seeds=1).vary == "model"
    with pytest.raises(ValueError, match="vary='both' is not allowed: the rows of config 'origin"):
        evaluate(Spy(), "original", vary="both")


def test_one_training_is_tested_on_many_configs():
    result = evaluate(
        KNeighborsClassifier(1), "standard", 2, test_on=["long", "noisy"], num_train=1_000
    )
    assert list(result.tested_on) == ["long", "noisy"]
    assert all(len(shares) == 2 for shares in result.tested_on.values())
    trained = KNeighborsClassifier(1).fit(
        *flat_pixels(open_config("standard", num_train=1_000, seed=1)["train"])
    )
    assert result.tested_on["long"][0] == score(trained, "long")
    assert result.test_accuracy[0] == score(trained, "standard")
    frame = result.to_frame()
    assert frame["test_accuracy_noisy"].tolist() == list(result.tested_on["noisy"])
    assert Evaluation.from_dict(result.to_dict()) == result


def test_a_config_to_test_on_may_have_parameters():
    tests = [("standard", {"noise": noise}) for noise in (0.5, 3)]
    result = evaluate(
        KNeighborsClassifier(1), "standard", 1, test_on=tests, predictions=True, noise=0, **FEW
    )
    assert list(result.tested_on) == ["standard", "standard noise=3.0"]
    trained = KNeighborsClassifier(1).fit(
        *flat_pixels(open_config("standard", noise=0, seed=1, **FEW)["train"])
    )
    share, predicted = score(trained, "standard", noise=3, predictions=True)
    assert result.tested_on["standard noise=3.0"] == (share,)
    assert np.array_equal(result.predictions["standard noise=3.0"], [predicted])
    assert result.predictions["standard num_test=20 noise=0.0"].shape == (1, 20)
    assert "test_accuracy_standard noise=3.0" in result.to_frame()


def test_predictions_are_kept_if_asked_for_and_not_written():
    result = evaluate("knn-1", "standard", 2, test_on=["long"], predictions=True, **FEW)
    assert result.predictions["standard num_test=20"].shape == (2, 20)
    assert result.predictions["long"].shape == (2, 2_000)
    _, labels = flat_pixels(open_config("standard", **FEW)["test"])
    shares = (result.predictions["standard num_test=20"] == labels).mean(axis=1)
    assert shares.tolist() == list(result.test_accuracy)
    assert "predictions" not in result.to_dict()
    assert evaluate("knn-1", "standard", 1, **FEW).predictions == {}


def small_cnn(outputs):
    """Weights worked out by hand: see docs/benchmark.md."""
    convolution = nn.Conv2d(1, 1, 2, bias=False)
    linear = nn.Linear(1, outputs, bias=False)
    with torch.no_grad():
        convolution.weight[:] = torch.tensor([[[[0.35, -1.0], [-1.0, 0.35]]]])
        linear.weight[:] = torch.tensor([[1.0]] if outputs == 1 else [[-1.0], [1.0]])
    return nn.Sequential(convolution, nn.AdaptiveMaxPool2d(1), nn.Flatten(), linear)


@pytest.mark.parametrize("outputs", [1, 2])
def test_a_trained_torch_module_is_scored_as_it_is(outputs):
    module = small_cnn(outputs).train()
    share, predicted = score(module, "shifted", predictions=True)
    assert share == 1
    assert predicted.dtype == np.int64
    assert np.array_equal(predicted, open_config("shifted")["test"].read(range(2_000)).labels)
    assert module.training  # as it was


def test_a_trained_keras_model_is_scored_as_it_is():
    keras = import_keras()
    model = keras.Sequential(
        [
            keras.Input((30, 30, 1)),
            keras.layers.Conv2D(1, 2, use_bias=False),
            keras.layers.GlobalMaxPooling2D(),
            keras.layers.Activation("sigmoid"),
        ]
    )
    model.set_weights([np.array([[0.35, -1.0], [-1.0, 0.35]])[:, :, None, None]])
    assert score(model, "original") == 1
    assert score(model, "original", "train") == 1


def test_a_trained_estimator_is_scored_on_a_config_with_parameters():
    model = KNeighborsClassifier(1).fit(*flat_pixels(open_config("standard")["train"]))
    assert score(model, "standard", num_test=100) > 0.99
    assert score(model, "standard", noise=4) < 0.7


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"model": "knn"}, TypeError, "model='knn' is not allowed: model takes a trained one"),
        (
            {"model": KNeighborsClassifier},
            TypeError,
            "model=.*KNeighborsClassifier.* is not allowed: model takes a trained",
        ),
        ({"config": "originl"}, ValueError, "did you mean 'original'"),
        ({"split": "valid"}, ValueError, "split='valid' is not allowed"),
        ({"predictions": 1}, ValueError, "predictions=1 is not allowed"),
    ],
)
def test_what_cannot_be_scored_is_named(arguments, error, message):
    with pytest.raises(error, match=message):
        score(**{"model": Spy(), **arguments})


def test_curves_and_matrix_take_any_model():
    models = {"mine": KNeighborsClassifier(1), "knn": "knn"}
    points = measure_learning_curves(models, [0], sizes=(50, 100))
    assert [(p.model, p.num_train) for p in points] == [
        (name, size) for name in models for size in (50, 100)
    ]
    cells = measure_matrix(models, [0, 1], num_train=50)
    assert {(c.model, c.seed) for c in cells} == {("mine", 0), ("mine", 1), ("knn", 0)}
