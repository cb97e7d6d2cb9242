"""Figures have a readable size, are not empty in either theme, and are equal for equal results."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from slash_dataset.benchmark import MODELS
from slash_dataset.plot.figures import draw_figures

NAMES = ("published_vs_measured", "learning_curves", "generalisation", "noise")


@pytest.fixture(scope="module")
def folder(results, tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    draw_figures(results, folder)
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_a_png_is_as_wide_as_a_readme_can_show_twice_and_small(folder, name):
    path = folder / f"{name}.png"
    image = Image.open(path)
    assert 1_200 <= image.width <= 1_700
    assert 300 <= image.height <= 1_500
    assert path.stat().st_size < 150_000
    pixels = np.asarray(image.convert("RGB")).reshape(-1, 3)
    assert len(np.unique(pixels, axis=0)) > 50
    assert pixels[0].tolist() == [255, 255, 255]
    dark = Image.open(folder / f"{name}-dark.png")
    assert dark.size == image.size
    assert max(dark.convert("RGB").getpixel((0, 0))) < 40


@pytest.mark.parametrize("name", NAMES)
def test_an_svg_is_well_formed_and_small(folder, name):
    path = folder / f"{name}.svg"
    assert ElementTree.parse(path).getroot().tag.endswith("svg")
    assert path.stat().st_size < 300_000


def test_equal_results_give_equal_files(results, folder, tmp_path):
    for path in draw_figures(results, tmp_path):
        assert path.read_bytes() == (folder / path.name).read_bytes()


def test_only_what_was_measured_is_drawn(results, tmp_path):
    written = draw_figures(
        replace(results, learning_curves=[], generalisation=[], noise=[]), tmp_path
    )
    assert sorted(path.name for path in written) == [
        f"{NAMES[0]}{ending}" for ending in ("-dark.png", ".png", ".svg")
    ]


def test_drawing_leaves_the_callers_settings_alone(results, tmp_path):
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    draw_figures(replace(results, learning_curves=[], generalisation=[], noise=[]), tmp_path)
    assert dict(mpl.rcParams) == before


def test_models_that_came_after_the_results_are_named_in_the_figure(results, monkeypatch, tmp_path):
    draw_figures(replace(results, learning_curves=[], generalisation=[], noise=[]), tmp_path)
    with_note = (tmp_path / f"{NAMES[0]}.svg").read_text()
    names = {row.model for row in results.table}
    known = {name: model for name, model in MODELS.items() if name in names}
    monkeypatch.setattr("slash_dataset.benchmark.models.MODELS", known)
    draw_figures(replace(results, learning_curves=[], generalisation=[], noise=[]), tmp_path)
    assert "not measured yet: Random Forest" in with_note
    assert "not measured yet" not in (tmp_path / f"{NAMES[0]}.svg").read_text()
