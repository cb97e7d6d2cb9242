"""README and docs show the committed results."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from slash_dataset.benchmark import MODELS, PUBLISHED, compare, optimal_accuracy
from slash_dataset.benchmark.experiments import CURVE_SIZES, MATRIX_TESTS, NOISES
from slash_dataset.benchmark.report import render_report, render_scaling
from slash_dataset.benchmark.results import load_results
from slash_dataset.benchmark.scaling import SIZES, from_json
from slash_dataset.benchmark.scaling_models import ARCHITECTURES
from slash_dataset.configs import CONFIGS

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "benchmark"


@pytest.fixture(scope="module")
def committed():
    return load_results(FOLDER / "results.json")


def test_every_published_model_was_measured_and_none_is_off(committed):
    """A newer model may be missing; the tables then say so."""
    measured = [row.model for row in committed.table]
    assert measured == [name for name in MODELS if name in measured]
    assert {*PUBLISHED, "smallest-cnn"} <= set(measured)
    status = {row.model: compare(row) for row in committed.table}
    for name, published in PUBLISHED.items():
        assert status[name] == ("exact" if published.deterministic else "within spread")


@pytest.mark.parametrize("name", ["vanilla-cnn", "custom-cnn", "smallest-cnn"])
def test_the_cnns_learn_everything_in_nine_of_ten_seeds_or_more(committed, name):
    row = next(row for row in committed.table if row.model == name)
    assert row.seeds == tuple(range(10))
    both = zip(row.train_accuracy, row.test_accuracy, strict=True)
    assert sum(figures == (1.0, 1.0) for figures in both) >= 9


def test_every_curve_and_the_matrix_are_complete(committed):
    for model in (MODELS[row.model] for row in committed.table):
        sizes = [size for size in CURVE_SIZES if size <= (model.max_train or CURVE_SIZES[-1])]
        points = [p for p in committed.learning_curves if p.model == model.name]
        assert [(p.num_train, p.seed) for p in points] == [(n, s) for n in sizes for s in range(3)]
        tests = {
            (c.trained_on, c.tested_on) for c in committed.generalisation if c.model == model.name
        }
        assert tests == {(trained, t) for trained, names in MATRIX_TESTS.items() for t in names}


def test_the_table_page_is_what_the_results_render_to(committed):
    assert (FOLDER / "table.md").read_text(encoding="utf-8") == render_report(committed)


def test_the_optimum_is_there_for_every_drawn_config_and_noise(committed):
    optimum = {
        (limit.config, limit.noise): limit for limit in committed.limits if limit.kind == "optimum"
    }
    drawn = {(c.name, c.parameters["noise"]) for c in CONFIGS.values() if c.parameters}
    assert drawn | {("standard", noise) for noise in NOISES} == set(optimum)
    assert {0.9, 1.2, 2.0, 3.0, 4.0} < set(NOISES)
    assert max(limit.standard_error for limit in optimum.values()) <= 0.0005
    again = optimal_accuracy("standard", noise=3.0)
    assert again == pytest.approx((optimum["standard", 3.0].value, 0.0002), abs=0.0001)


def test_no_model_exceeds_the_optimum_of_its_noise(committed):
    best = {limit.noise: limit for limit in committed.limits if limit.config == "standard"}
    by_model = Counter(point.model for point in committed.noise)
    assert {"knn-1", "overlap", "custom-cnn", "smallest-cnn"} < set(by_model)
    assert set(by_model.values()) == {len(NOISES)}
    for point in committed.noise:
        value, error = best[point.noise].value, best[point.noise].standard_error
        of_test_rows = math.sqrt(value * (1 - value) / 2_000)
        assert point.test_accuracy <= value + 3 * math.hypot(error, of_test_rows)


def test_no_model_that_knows_no_neighbours_exceeds_its_bound(committed):
    """All except those that share weights, and boosting, whose trees depend on the column order."""
    bounds = {
        x.num_train: x for x in committed.limits if (x.config, x.kind) == ("standard", "bound")
    }
    found = defaultdict(list)
    for point in committed.learning_curves:
        if not MODELS[point.model].shares_weights and point.model != "gradient-boosting":
            found[point.model, point.num_train].append(point.test_accuracy)
    compared = [key for key in found if key[1] in bounds]
    assert len(compared) > 20
    for key in compared:
        value, error = bounds[key[1]].value, bounds[key[1]].standard_error
        spread = math.hypot(error, math.sqrt(value * (1 - value) / 2_000))
        assert np.mean(found[key]) <= value + 4 * spread


def test_what_the_page_of_theory_says_of_single_models_was_measured(committed):
    cells = defaultdict(set)
    for cell in committed.generalisation:
        cells[cell.model, cell.trained_on, cell.tested_on].add(cell.test_accuracy)
    assert cells["smallest-cnn", "standard", "standard"] == {1 - 1 / 2_000}
    for name in ("overlap", "svm-overlap"):
        assert cells[name, "shifted", "shifted"] == {0.5}
    noise = {(p.model, p.noise): p.test_accuracy for p in committed.noise}
    assert {model for model, _ in noise} == {row.model for row in committed.table}


@pytest.mark.parametrize(
    "name",
    ["published_vs_measured", "learning_curves", "generalisation", "noise", "scaling/scaling"],
)
@pytest.mark.parametrize("suffix", [".png", "-dark.png", ".svg"])
def test_the_figures_are_there_and_small(name, suffix):
    assert 5_000 < (FOLDER / f"{name}{suffix}").stat().st_size < 150_000


def test_the_scaling_law_is_whole_and_its_page_is_what_it_renders_to():
    folder = FOLDER / "scaling"
    runs, environment = from_json((folder / "results.json").read_text(encoding="utf-8"))
    for name, each in ARCHITECTURES.items():
        of_model = [run for run in runs if run.model == name]
        assert {run.image_size for run in of_model} == {s for s in SIZES if s <= each.max_size}
        assert {len(run.test_accuracy) for run in of_model} == {5}
        for size in {run.image_size for run in of_model}:  # no search ended before it had to
            medians = {
                r.num_train: np.median(r.test_accuracy) for r in of_model if r.image_size == size
            }
            assert max(medians.values()) >= 0.9 or max(medians) * math.sqrt(2) > each.max_rows
    page = (folder / "scaling.md").read_text(encoding="utf-8")
    assert page == render_scaling(runs, environment) + "\n"
