"""``results.json`` has everything that was measured, and nothing about the machine's owner."""

from __future__ import annotations

import getpass
import json
import os
import re
import socket
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from slash_dataset.benchmark.models import title_of
from slash_dataset.benchmark.post_2019 import compare
from slash_dataset.benchmark.results import Results, load_results


def test_results_go_to_json_and_back(results):
    assert Results.from_json(results.to_json()) == results


def test_the_file_holds_the_published_figures_and_the_status_for_readers_without_the_package(
    results,
):
    rows = {row["model"]: row for row in json.loads(results.to_json())["table"]}
    assert rows["knn-1"]["published"]["test_accuracy"] == 0.908
    assert rows["knn-1"]["status"] == "exact"
    assert rows["random-convolutions"]["published"] is None
    assert rows["random-convolutions"]["status"] == "new"
    assert len(rows["random-convolutions"]["seconds"]) == 3


def test_the_environment_has_versions_and_hardware_but_no_name_or_path(results):
    environment = results.environment
    assert environment["libraries"]["scikit-learn"][0].isdigit()
    assert environment["cores"] == os.cpu_count()
    text = json.dumps(environment)
    for private in (str(Path.home()), str(Path.cwd())):
        assert private not in text
    words = set(re.findall(r"[\w.-]+", text))
    assert not words & {socket.gethostname(), getpass.getuser()}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read"),
        ("[]", "schema_version=None"),
        ('{"schema_version": 99}', "schema_version=99; this version reads 2"),
        ('{"schema_version": 2}', "fields of schema_version=2 are wrong: 'table'"),
    ],
)
def test_a_file_that_is_no_results_is_named(tmp_path, text, message):
    path = tmp_path / "results.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=rf"results=.*results.json.*{message}"):
        load_results(path)


def test_parts_that_were_not_measured_stay_empty(results):
    table_only = replace(results, learning_curves=[], generalisation=[])
    assert Results.from_json(table_only.to_json()) == table_only


def test_a_notebook_shows_results_as_tables(results):
    from IPython.core.formatters import DisplayFormatter

    def shown(value):
        data, _ = DisplayFormatter().format(value)
        page = ElementTree.fromstring(f"<div>{data['text/html']}</div>")
        return page, [[cell.text or "" for cell in row] for row in page.iter("tr")]

    _, rows = shown(results)
    titles = [title_of(row.model) for row in results.table]
    assert [row[0] for row in rows] == ["Model", *titles]
    assert [row[-1] for row in rows] == ["", *map(compare, results.table)]
    one = replace(results.table[0], model="<mine>")
    page, rows = shown(one)
    assert page[0].text == "<mine> on slash/original-float64"
    assert rows[0] == ["seed", "train_accuracy", "test_accuracy", "seconds"]
    assert [row[2] for row in rows[1:]] == [f"{share:.3f}" for share in one.test_accuracy]
