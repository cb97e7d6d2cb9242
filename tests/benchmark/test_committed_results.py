"""What the documentation and the README show is what the committed results hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from slash_dataset.benchmark import MODELS, PUBLISHED, compare
from slash_dataset.benchmark.experiments import CURVE_SIZES, MATRIX_TESTS
from slash_dataset.benchmark.report import render_report
from slash_dataset.benchmark.results import load_results

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "benchmark"


@pytest.fixture(scope="module")
def committed():
    return load_results(FOLDER / "results.json")


def test_every_published_model_was_measured_and_none_is_off(committed):
    """A model that came later may be missing: the tables say so."""
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


@pytest.mark.parametrize("name", ["published_vs_measured", "learning_curves", "generalisation"])
@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_the_figures_are_there_and_small(name, suffix):
    assert 5_000 < (FOLDER / f"{name}{suffix}").stat().st_size < 300_000
