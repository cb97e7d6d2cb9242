"""The draw in TypeScript, written from docs/SPEC.md, against its vectors and against Python."""

from __future__ import annotations

import hashlib
import json
import struct

import pytest

from scripts.record_vectors import FOLDER, Dice, changed, random_case, vectors
from slash_dataset.drawing import Drawer

NUM_CASES, NUM_LARGE = 10_000, 50


def test_the_recorded_vectors_are_what_the_package_draws():
    made = vectors()
    assert sorted(made) == sorted(path.name for path in FOLDER.iterdir())
    for name, text in made.items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, name
    assert sum(map(len, made.values())) < 300_000


def test_the_twin_passes_every_vector(node, bundle):
    node("--test", bundle("vectors.test"), VECTORS=str(FOLDER))


@pytest.fixture(scope="module")
def cases():
    dice = Dice("twin")
    made = [random_case(dice, 64) for _ in range(NUM_CASES)]
    while len(made) < NUM_CASES + NUM_LARGE:
        case = random_case(dice, 512)
        if case["variant"].image_size > 64:
            made.append(case)
    return made


@pytest.fixture(scope="module")
def expected(cases):
    return [_digest(**case) for case in cases]


@pytest.fixture(scope="module")
def as_json(cases):
    return json.dumps(
        [case | {"variant": changed(case["variant"]), "seed": str(case["seed"])} for case in cases]
    )


def _digest(variant, seed, split, row):
    images, placed = Drawer(variant, split, seed).draw(range(row, row + 1))
    numbers = (float(placed[name][0]) for name in ("row", "col", "angle"))
    return hashlib.sha256(struct.pack("<3d", *numbers) + images.tobytes()).hexdigest()


def test_random_variants_seeds_and_rows_are_drawn_alike_in_node(node, bundle, as_json, expected):
    assert json.loads(node(bundle("digests.main"), stdin=as_json)) == expected


def test_random_variants_seeds_and_rows_are_drawn_alike_in_a_browser(
    browser, bundle, as_json, expected, tmp_path
):
    file = tmp_path / "page.html"
    file.write_text("<!doctype html><title>twin</title>", encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    page.add_script_tag(path=bundle("digests", "browser"))
    found = page.evaluate("text => digestsInPage(JSON.parse(text))", as_json)
    page.close()
    assert found == expected
