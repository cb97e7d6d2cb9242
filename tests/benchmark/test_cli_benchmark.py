"""``slash-dataset benchmark``."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from slash_dataset.benchmark.report import README_BEGIN, README_END
from slash_dataset.cli.benchmark import benchmark_command


def run(*arguments):
    return CliRunner().invoke(benchmark_command, [str(argument) for argument in arguments])


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
    names = {"results.json", "table.md", "published_vs_measured.png", "published_vs_measured.svg"}
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
    assert "off, though nothing in them is random: knn-1" in done.stderr
    assert "off" in done.stdout


def test_saved_results_are_printed_and_drawn_without_measuring(results, saved, tmp_path):
    readme, out = tmp_path / "README.md", tmp_path / "docs"
    readme.write_text(f"{README_BEGIN}\n{README_END}\n")
    done = run("--results", saved, "--out", out, "--update-readme", readme)
    assert done.exit_code == 0, done.output
    assert (out / "results.json").read_text() == saved.read_text()
    assert "](docs/learning_curves.png)" in readme.read_text()


def test_a_folder_that_is_not_empty_is_kept_unless_forced(saved, tmp_path):
    out = tmp_path / "found"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    refused = run("--results", saved, "--out", out)
    assert isinstance(refused.exception, FileExistsError)
    assert [path.name for path in out.iterdir()] == ["mine.txt"]
    assert run("--results", saved, "--out", out, "--force").exit_code == 0
    assert not (out / "mine.txt").exists()


def test_an_unknown_model_lists_the_known_before_any_work(tmp_path):
    out = tmp_path / "found"
    done = run("--models", "knn-1,svm-liner", "--out", out)
    assert isinstance(done.exception, ValueError)
    assert "'svm-liner' is unknown; did you mean 'svm-linear'?" in str(done.exception)
    assert "vit" in str(done.exception)
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--seeds", 0], "0 is not in the range"),
        (["--update-readme", "README"], "--update-readme needs figures"),
        (["--results", "RESULTS", "--seeds", 3], "--seeds measures, --results does not"),
        (["--results", "RESULTS", "--all"], "--all measures, --results does not"),
        (["--results", "missing.json"], "does not exist"),
    ],
)
def test_options_that_make_no_sense_are_named(arguments, message, saved, tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"{README_BEGIN}\n{README_END}\n")
    places = {"README": readme, "RESULTS": saved}
    done = run(*(places.get(argument, argument) for argument in arguments))
    assert done.exit_code == 2
    assert message in done.output


def test_a_readme_without_markers_is_refused_before_any_work(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("no markers")
    out = tmp_path / "found"
    done = run("--out", out, "--update-readme", readme)
    assert isinstance(done.exception, ValueError)
    assert not out.exists()
