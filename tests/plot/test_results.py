"""Accuracy against a parameter: what is drawn is what was measured."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import slash_dataset
from slash_dataset import plot
from slash_dataset.benchmark import MODELS, PUBLISHED
from slash_dataset.benchmark.models import title_of
from slash_dataset.benchmark.results import CurvePoint, Limit, NoisePoint, load_results

COMMITTED = Path(__file__).parents[2] / "docs" / "benchmark" / "results.json"


@pytest.fixture
def frame():
    rows = [
        {
            "model": model,
            "noise": noise,
            "seed": seed,
            "test_accuracy": base - noise / 5 + seed / 50,
        }
        for model, base in (("cnn", 0.95), ("knn", 0.94))
        for noise in (2.0, 0.5, 1.0)
        for seed in range(3)
    ]
    return pd.DataFrame(rows)


def test_lines_are_medians_and_bands_go_from_worst_to_best(frame):
    axes = plot.accuracy(frame, "noise")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("noise", "test accuracy")
    cnn, knn, _ = axes.lines
    assert cnn.get_xdata().tolist() == [0.5, 1.0, 2.0]
    assert np.allclose(cnn.get_ydata(), [0.87, 0.77, 0.57])
    assert np.allclose(knn.get_ydata(), [0.86, 0.76, 0.56])
    band = axes.collections[0].get_paths()[0].vertices
    assert np.isclose(band[band[:, 0] == 2.0][:, 1].min(), 0.55)
    assert np.isclose(band[band[:, 0] == 2.0][:, 1].max(), 0.59)


def test_every_line_is_labelled_at_its_end_and_labels_keep_apart(frame):
    labels = {text.get_text(): text for text in plot.accuracy(frame, "noise").texts}
    assert set(labels) == {"cnn", "knn"}
    heights = [label.xyann[1] for label in labels.values()]
    assert abs(heights[0] - heights[1]) >= 0.045


def test_a_picture_comes_out_and_pyplot_is_left_alone(frame):
    buffer = io.BytesIO()
    plot.accuracy(frame, "noise").figure.savefig(buffer, format="png")
    assert len(np.unique(np.asarray(Image.open(buffer)).reshape(-1, 4), axis=0)) > 50


def test_without_a_parameter_train_and_test_are_bars(frame):
    axes = plot.accuracy(frame.assign(train_accuracy=1.0))
    train, test = ([bar.get_width() for bar in bars] for bars in axes.containers[1::2])
    assert train == [1.0, 1.0]
    medians = frame.groupby("model", sort=False)["test_accuracy"].median()
    assert np.allclose(test, medians)
    assert [label.get_text() for label in axes.get_yticklabels()] == list(medians.index)
    assert axes.get_xlim() == (0, 1)


def test_the_callers_axes_are_used(frame):
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    assert plot.accuracy(frame, "noise", ax=axes) is axes


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"x": "nose"}, "x='nose' is not allowed"),
        ({"by": "nose"}, "by='nose' is not allowed"),
        ({"x": "model"}, "x='model' is not allowed: that column holds no numbers"),
        ({"y": "accuracy"}, "y='accuracy' is not allowed"),
    ],
)
def test_a_column_that_is_not_there_is_named(frame, how, message):
    with pytest.raises(ValueError, match=message):
        plot.accuracy(frame, **how)
    with pytest.raises(ValueError, match="results is empty"):
        plot.accuracy(frame[:0])


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("published", "table"),
        ("learning_curves", "points"),
        ("noise", "points"),
        ("generalisation", "cells"),
        ("scaling", "laws"),
    ],
)
def test_nothing_is_not_drawn(name, argument, pyplot):
    with pytest.raises(ValueError, match=f"{argument} is empty"):
        getattr(plot, name)([])
    assert not pyplot.get_fignums()


def test_the_module_is_reached_from_the_package():
    assert slash_dataset.plot is plot


def test_lines_that_coincide_lie_side_by_side_and_others_where_they_are():
    points = [
        CurvePoint(model, size, 0, value, 1.0)
        for model, values in {"a": (1, 1), "b": (1, 1), "c": (0.6, 1)}.items()
        for size, value in zip((250, 500), values, strict=True)
    ]
    lines = [line.get_ydata().tolist() for line in plot.learning_curves(points).lines[:3]]
    first, last = zip(*lines, strict=True)
    assert first[2] == 0.6
    assert 1.02 > first[0] > 1 > first[1] > 0.98
    assert 1.02 > last[0] > last[1] > last[2] > 0.98


def test_a_model_has_one_colour_in_every_panel_and_picture():
    def colours(axes):
        return {text.get_text(): text.get_color() for text in axes.texts}

    points = [CurvePoint(name, 250, 0, 0.5, 1.0) for name in MODELS]
    together = colours(plot.learning_curves(points))
    assert len(set(together.values())) == len(MODELS)
    assert colours(plot.learning_curves(points[-3:])).items() <= together.items()
    noise = [NoisePoint(name, 0.5, 0, 0.5) for name in MODELS]
    assert set(colours(plot.noise(noise)).values()) == set(together.values())


def test_published_bars_are_two_groups_that_end_at_one():
    table = load_results(COMMITTED).table
    axes = plot.published(table)
    assert axes.get_xlim() == (0, 1)
    heights = {text.get_text(): text.get_position()[1] for text in axes.texts}
    labels = zip(axes.get_yticklabels(), axes.get_yticks(), strict=True)
    ticks = {label.get_text(): place for label, place in labels}
    assert set(ticks) == {title_of(row.model) for row in table}
    for row in table:
        is_below = ticks[title_of(row.model)] > heights["not in the post"]
        assert is_below == (row.model not in PUBLISHED)
    [published] = [line for line in axes.lines if line.get_marker() == "D"]
    assert sorted(published.get_xdata()) == sorted(x.test_accuracy for x in PUBLISHED.values())


def test_what_is_near_chance_looks_alike_and_families_are_together():
    results = load_results(COMMITTED)
    axes = plot.generalisation(results.generalisation, results.limits)
    [picture] = axes.images
    low, chance, high, best = (np.array(picture.to_rgba(v)[:3]) for v in (0.49, 0.5, 0.51, 1.0))
    assert np.abs(low - high).max() < 0.05
    assert np.abs(best - chance).max() > 0.5
    titles = [label.get_text() for label in axes.get_yticklabels()]
    families = [
        model.family for title in titles for model in MODELS.values() if model.title == title
    ]
    assert len(families) == len(MODELS)
    assert len([key for key, _ in itertools.groupby(families)]) == len(set(families))


def test_the_optimum_of_a_single_noise_is_named_too():
    limit = Limit("optimum", "standard", 0.5, None, 1.0, 0.0)
    axes = plot.noise([NoisePoint("knn-1", 0.5, 0, 0.994)], [limit])
    assert {text.get_text() for text in axes.texts} == {"optimum", "KNN, k=1"}
