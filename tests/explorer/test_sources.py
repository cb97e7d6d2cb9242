"""The page's sources: types, unit tests, and the figures in its text."""

from __future__ import annotations

import json

import pytest

from scripts.record_explorer_facts import FILE, facts

from .conftest import EXPLORER

UNIT_TESTS = sorted(
    path.name.removesuffix(".ts")
    for path in (EXPLORER / "test").glob("*.test.ts")
    if path.name != "vectors.test.ts"  # which test_twin runs
)


def test_the_types_hold(node):
    node("-p", ".", program=EXPLORER / "node_modules" / ".bin" / "tsc")


@pytest.mark.parametrize("name", UNIT_TESTS)
def test_unit_tests_pass(node, bundle, name):
    node("--test", bundle(name))


def test_the_page_tells_figures_that_the_package_measures():
    assert json.loads(FILE.read_text(encoding="utf-8")) == facts()


def test_the_lock_file_names_no_host():
    assert '"resolved"' not in (EXPLORER / "package-lock.json").read_text(encoding="utf-8")
