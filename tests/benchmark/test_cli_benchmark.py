"""``slash-dataset benchmark``."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from slash_dataset.benchmark import MODELS
from slash_dataset.benchmark.results import load_results
from slash_dataset.cli.group import cli


def run(*arguments):
    return CliRunner().invoke(cli, ["benchmark", *map(str, arguments)])


@pytest.fixture
def saved(results, tmp_path):
    path = tmp_path / "saved" / "results.json"
    path.parent.mkdir()
    path.write_text(results.to_json())
    return path


def test_published_and_measured_are_printed_and_written(tmp_path):
    out = tmp_path / "found"
    done = run("--models", "knn-1,svm-rbf", "--models", "knn", "--out", out)
    assert done.exit_code == 0, done.output
    rows = [line for line in done.output.splitlines() if line.endswith("exact")]
    # In the order of the table, whatever the order of the names.
    assert [row.split("  ")[0] for row in rows] == [
        "SVM - RBF kernel",
        "K Nearest Neighbors",
        "KNN, k=1",
    ]
    names = {
        "results.json",
        "table.md",
        *(f"published_vs_measured{end}" for end in (".png", "-dark.png", ".svg")),
    }
    assert {path.name for path in out.iterdir()} == names
    table = json.loads((out / "results.json").read_text())["table"]
    assert [row["model"] for row in table] == ["svm-rbf", "knn", "knn-1"]


def test_seeds_are_those_of_the_models_that_take_one():
    done = run("--models", "random-convolutions,knn", "--seeds", 2, "--progress")
    assert done.exit_code == 0, done.output
    assert "random-convolutions" in done.stderr  # the progress bar
    assert "3/3" in done.stderr


def test_the_exit_status_is_1_if_a_row_in_which_nothing_is_random_is_off(results, tmp_path):
    row = replace(results.table[1], test_accuracy=(0.9,))
    path = tmp_path / "results.json"
    path.write_text(replace(results, table=[row]).to_json())
    done = run("--results", path)
    assert done.exit_code == 1
    assert "off, though deterministic: knn-1" in done.stderr
    assert "off" in done.stdout


def test_saved_results_are_printed_and_drawn_without_measuring(saved, tmp_path):
    out = tmp_path / "docs"
    done = run("--results", saved, "--out", out)
    assert done.exit_code == 0, done.output
    assert (out / "results.json").read_text() == saved.read_text()
    assert (out / "learning_curves.png").is_file()


def test_a_folder_that_is_not_empty_is_kept_unless_forced(saved, tmp_path):
    out = tmp_path / "found"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    refused = run("--results", saved, "--out", out)
    assert refused.exit_code == 1
    assert "exists and is not empty" in refused.output
    assert [path.name for path in out.iterdir()] == ["mine.txt"]
    assert run("--results", saved, "--out", out, "--force").exit_code == 0
    assert not (out / "mine.txt").exists()


def test_an_unknown_model_lists_the_known_before_any_work(tmp_path):
    out = tmp_path / "found"
    done = run("--models", "knn-1,svm-liner", "--out", out)
    assert done.exit_code == 2
    assert "'svm-liner' is unknown; did you mean 'svm-linear'?" in done.output
    assert "vit" in done.output
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--seeds", 0],
            "--seeds 0 is out of range: --seeds takes a whole number from 1 to 10,000 seeds",
        ),
        (["--only-missing"], "--only-missing needs results to complete"),
        (
            ["--results", "RESULTS", "--only-missing", "--curves"],
            "--curves measures, but --results does",
        ),
        (["--results", "RESULTS", "--seeds", 3], "--seeds measures, but --results does not"),
        (["--results", "RESULTS", "--all"], "--all measures, but --results does not"),
        (["--results", "missing.json"], "does not exist"),
    ],
)
def test_options_that_make_no_sense_are_named(arguments, message, saved):
    done = run(*(saved if argument == "RESULTS" else argument for argument in arguments))
    assert done.exit_code == 2
    assert message in done.output


def test_only_the_models_that_results_lack_are_measured(results, monkeypatch, tmp_path):
    known = ("logistic-regression", "knn-1", "svm-poly", "random-convolutions")
    table = {name: MODELS[name] for name in known}
    monkeypatch.setattr("slash_dataset.cli.benchmark.MODELS", table)
    path, out = tmp_path / "results.json", tmp_path / "more"
    drawn = [cell for cell in results.generalisation if cell.model != "svm-poly"]
    old = replace(results, learning_curves=[], generalisation=drawn, noise=[])
    limits = "slash_dataset.benchmark.experiments.compute_limits"
    monkeypatch.setattr(limits, lambda: results.limits)
    path.write_text(old.to_json())
    done = run("--only-missing", "--results", path, "--seeds", 1, "--out", out)
    assert done.exit_code == 0, done.output
    new = load_results(out / "results.json")
    assert [row.model for row in new.table] == list(known)
    assert [row for row in new.table if row.model != "svm-poly"] == results.table
    assert new.learning_curves == []  # a part that was not measured before
    assert {cell.model for cell in new.generalisation} == {"knn-1", "svm-poly", known[-1]}
    assert list(new.environment["measured_later"]) == ["svm-poly"]


def test_a_result_that_cannot_be_written_is_printed_and_kept(monkeypatch, tmp_path):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("slash_dataset.plot.figures.draw_figures", full)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    done = run("--models", "knn-1", "--out", tmp_path / "found")
    assert done.exit_code == 1
    assert "0.908" in done.stdout
    [kept] = tmp_path.glob("slash-benchmark-*.json")
    assert f"the measurements are in {kept}" in done.stderr
    assert [row.model for row in load_results(kept).table] == ["knn-1"]
