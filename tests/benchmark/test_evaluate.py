"""Any model can be put into the comparison."""

from __future__ import annotations

import json
import random
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from slash_dataset.benchmark import Evaluation, evaluate
from slash_dataset.configs import resolve_config
from slash_dataset.identity import config_identity


class Recorder:
    """Has only fit and predict, and records their arguments."""

    given: ClassVar[list[tuple[np.ndarray, np.ndarray]]] = []

    def fit(self, X, y):
        self.given.append((X, y))

    def predict(self, X):
        return np.zeros(len(X), int)


def small_forest(seed):
    return RandomForestClassifier(n_estimators=3, random_state=seed)


def test_a_model_gets_flat_pixels_from_0_to_1_and_is_scored_on_both_splits():
    Recorder.given.clear()
    result = evaluate(Recorder(), "original", seeds=2)
    (X, y), _ = Recorder.given
    assert (X.shape, X.dtype, X.min(), X.max()) == ((750, 900), np.float64, 0, 1)
    assert (y.shape, y.dtype) == ((750,), np.int64)
    assert result.train_accuracy == result.test_accuracy == (0.5, 0.5)
    assert (result.model, result.num_train, result.num_test) == ("Recorder", 750, 250)
    assert result.num_parameters is None


def test_the_default_is_the_original_with_ten_seeds():
    result = evaluate(DummyClassifier())
    assert (result.config, result.seeds) == ("original", tuple(range(10)))


@pytest.mark.parametrize(
    "model",
    [
        small_forest,
        RandomForestClassifier(n_estimators=3),
        make_pipeline(StandardScaler(), RandomForestClassifier(n_estimators=3)),
        lambda: RandomForestClassifier(n_estimators=3),
    ],
    ids=["function of a seed", "estimator", "pipeline", "function"],
)
def test_seeds_decide_everything_that_is_random(model):
    def accuracies(seeds):
        return evaluate(model, "original", seeds).test_accuracy

    assert accuracies([3, 4]) == accuracies([3, 4])
    assert accuracies([4]) == accuracies([3, 4])[1:]
    assert len(set(accuracies(6))) > 1


def test_a_model_that_draws_from_global_generators_is_seeded_and_they_are_put_back():
    class Guess(Recorder):
        def predict(self, X):
            return np.random.randint(0, 2, len(X)) ^ random.randrange(2)

    np.random.seed(1)
    random.seed(1)
    expected = (np.random.RandomState(1).rand(), random.Random(1).random())
    first, second = (evaluate(Guess, seeds=[7, 8]).test_accuracy for _ in range(2))
    assert first == second
    assert first[0] != first[1]
    assert (np.random.rand(), random.random()) == expected


def test_the_model_that_was_given_stays_unfitted():
    model = LogisticRegression()
    evaluate(model, seeds=1)
    assert not hasattr(model, "coef_")


def test_a_class_is_called_for_each_seed():
    assert evaluate(KNeighborsClassifier, "original-float64", seeds=1).test_accuracy == (0.604,)


def test_a_model_of_the_benchmark_may_be_named_and_runs_once_if_nothing_is_random():
    result = evaluate("knn-1", "original-float64")
    assert (result.seeds, result.test_accuracy) == ((None,), (0.908,))


def test_the_named_forest_starts_where_the_author_did_only_on_her_data():
    assert evaluate("random-forest", "original-float64").test_accuracy == (0.472,)
    assert evaluate("random-forest", "standard", 2, num_train=100, num_test=50).seeds == (0, 1)


def test_parameters_of_a_config_are_passed_on_and_recorded():
    result = evaluate(DummyClassifier(), "standard", 1, num_train=60, num_test=40, image_size=12)
    assert (result.num_train, result.num_test) == (60, 40)
    resolved = resolve_config("standard", num_train=60, num_test=40, image_size=12)
    assert result.params == resolved.parameters
    assert result.params["noise"] == 0.5
    identity = config_identity(resolved)
    assert (result.identity, result.fingerprint) == (str(identity), identity.fingerprint)


def test_fit_params_reach_fit():
    weights = np.zeros(750)
    weights[0] = 1  # the first train row is a backslash, so nothing but backslashes is learned
    result = evaluate(
        DummyClassifier(strategy="most_frequent"), seeds=1, fit_params={"sample_weight": weights}
    )
    assert result.test_accuracy == (0.5,)
    with pytest.raises(TypeError, match="no_such"):
        evaluate(DummyClassifier(), seeds=1, fit_params={"no_such": 1})


def test_a_result_goes_to_json_to_a_frame_and_back():
    result = evaluate(small_forest, "standard", 3, num_train=80, num_test=40, name="forest")
    assert Evaluation.from_dict(result.to_dict()) == result
    assert "\n" not in result.to_json()
    frame = result.to_frame()
    assert isinstance(frame, pd.DataFrame)
    assert frame["seed"].tolist() == [0, 1, 2]
    assert frame["test_accuracy"].tolist() == list(result.test_accuracy)
    assert set(frame["model"]) == {"forest"}
    assert result.median_test_accuracy == frame["test_accuracy"].median()
    assert result.min_test_accuracy == frame["test_accuracy"].min()


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (StandardScaler(), "model=StandardScaler\\(\\) has no predict: .*fit.*predict"),
        (StandardScaler, r"model=<class .*> gives StandardScaler\(\), which has no predict"),
        (object(), "model=<object .*> has no fit and no predict"),
        (lambda: 3, "gives 3, which has no fit and no predict"),
        (None, "model=None has no fit and no predict"),
    ],
)
def test_a_model_without_the_methods_is_refused_with_what_is_missing(model, message):
    with pytest.raises(TypeError, match=message):
        evaluate(model)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": "svm-liner"}, "'svm-liner' is unknown; did you mean 'svm-linear'.*knn-1.*vit"),
        ({"config": "orignal"}, "'orignal' is unknown; did you mean 'original'"),
        ({"noise": 0.5}, "noise=0.5 is not allowed: config 'original' is the 2019 release"),
        ({"seeds": 0}, "seeds=0 is out of range"),
        ({"seeds": "3"}, "seeds='3' is not allowed"),
        ({"seeds": True}, "seeds=True is not allowed"),
        ({"seeds": []}, "seeds takes at least one seed"),
        ({"seeds": [-1]}, "seeds=-1 is out of range"),
        ({"seeds": [1.5]}, "seeds=1.5 is not allowed"),
        ({"model": "knn", "fit_params": {"epochs": 3}}, "fit_params=.*not allowed"),
    ],
)
def test_bad_arguments_are_named_before_any_work(arguments, message):
    Recorder.given.clear()
    with pytest.raises(ValueError, match=message):
        evaluate(**{"model": Recorder(), **arguments})
    assert Recorder.given == []


@pytest.mark.parametrize(
    "predicted",
    [lambda n: np.full(n, 0.7), lambda n: np.zeros((n, 2)), lambda n: np.full(n, 2), lambda n: [1]],
    ids=["probabilities", "two columns", "another class", "one row"],
)
def test_predictions_that_are_not_classes_are_refused(predicted):
    class Odd(Recorder):
        def predict(self, X):
            return predicted(len(X))

    with pytest.raises(ValueError, match="predict of Odd returned .* one class, 0 or 1"):
        evaluate(Odd(), seeds=1)


def test_numbers_of_numpy_are_recorded_as_pythons_own(tmp_path):
    board = tmp_path / "board.jsonl"
    given = {"num_train": np.int64(100), "noise": np.float32(0.75), "seed": np.uint64(3)}
    result = evaluate(
        KNeighborsClassifier(1), "standard", 1, num_test=50, leaderboard=board, **given
    )
    asked = {"num_test": 50, "num_train": 100, "noise": 0.75, "seed": 3}
    assert result.params == resolve_config("standard", **asked).parameters
    assert all(type(value) in (int, float, str) for value in result.params.values())
    [line] = board.read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["params"] == result.params
    assert json.loads(line)["identity"] == result.identity


def test_rows_of_a_sweep_can_be_told_apart():
    frames = [
        evaluate(
            KNeighborsClassifier(1), "standard", 2, num_train=60, num_test=20, noise=noise, seed=5
        ).to_frame()
        for noise in (0.5, 1.0)
    ]
    for frame, noise in zip(frames, (0.5, 1.0), strict=True):
        assert frame["noise"].tolist() == [noise] * 2
        assert frame["data_seed"].tolist() == [5] * 2
        assert frame["seed"].tolist() == [0, 1]
        assert frame["num_train"].tolist() == [60] * 2
    assert frames[0]["identity"][0] != frames[1]["identity"][0]


def test_a_result_that_cannot_be_appended_is_returned_and_shown(tmp_path, monkeypatch):
    from slash_dataset.benchmark import evaluation

    def full(path, line):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(evaluation, "append_line", full)
    with pytest.warns(UserWarning, match='the line is {"model": "KNeighborsClassifier"'):
        result = evaluate(
            KNeighborsClassifier(1),
            "standard",
            1,
            num_train=60,
            num_test=20,
            leaderboard=tmp_path / "board.jsonl",
        )
    assert len(result.test_accuracy) == 1
