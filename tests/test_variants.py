"""All parameters of a variant are checked before anything is drawn."""

from __future__ import annotations

import math
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given

from slash_dataset.drawing import coverage
from slash_dataset.variants import Variant
from tests.strategies import variants

BOUNDED = [f for f in fields(Variant) if "bounds" in f.metadata]


@pytest.mark.parametrize("parameter", BOUNDED, ids=lambda f: f.name)
@pytest.mark.parametrize("side", ["below", "above", "nan", "text", "bool"])
def test_a_value_out_of_bounds_is_refused_with_name_value_and_range(parameter, side):
    bounds = parameter.metadata["bounds"]
    value = {
        "below": bounds.low - 1,
        "above": bounds.high + 1,
        "nan": math.nan,
        "text": "3",
        "bool": True,
    }[side]
    with pytest.raises(ValueError, match=f"^{parameter.name}=") as caught:
        Variant(**{parameter.name: value})
    assert repr(value) in str(caught.value)
    assert str(bounds) in str(caught.value)


def test_a_fraction_is_refused_where_a_whole_number_is_needed():
    with pytest.raises(ValueError, match=r"image_size=30\.5 .* whole number from 8 to 512 pixels"):
        Variant(image_size=30.5)


def test_an_unknown_region_is_refused_with_the_regions():
    with pytest.raises(ValueError, match="train_region='middle' .*'all', 'left', 'right'"):
        Variant(train_region="middle")


def test_a_stroke_longer_than_the_image_is_refused():
    with pytest.raises(ValueError, match="stroke_length=31 .*image_size is 30"):
        Variant(stroke_length=31)


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_region_too_small_for_the_stroke_is_refused(split):
    with pytest.raises(
        ValueError, match=f"{split}_region='left' is too small .* 30 x 15 .*20 x 20"
    ):
        Variant(stroke_length=20, **{f"{split}_region": "left"})


def test_a_turned_or_wide_stroke_needs_a_margin_and_says_so():
    assert Variant(stroke_length=30).positions("train") == (range(0, 1), range(0, 1))
    for more, size in (({"max_rotation": 20.0}, 38), ({"stroke_width": 3}, 32)):
        with pytest.raises(ValueError, match=f"too small .* together need {size} x {size}"):
            Variant(stroke_length=30, **more)


def test_equal_values_of_other_types_make_equal_variants():
    assert Variant(noise=1, image_size=np.int64(30)) == Variant(noise=np.float64(1.0))
    assert hash(Variant(noise=1)) == hash(Variant(noise=1.0))
    assert str(Variant(noise=-0.0)) == str(Variant(noise=0))


def test_a_variant_cannot_be_changed():
    with pytest.raises(AttributeError):
        Variant().noise = 1.0


@given(variants())
def test_every_position_of_a_variant_lies_in_its_region(variant):
    size, half = variant.image_size, variant.image_size // 2
    for split in ("train", "test"):
        region = getattr(variant, f"{split}_region")
        rows, cols = variant.positions(split)
        low, high = rows[0] - variant.margin, rows[-1] + variant.stroke_length + variant.margin
        left, right = cols[0] - variant.margin, cols[-1] + variant.stroke_length + variant.margin
        assert low >= (size - half if region == "bottom" else 0)
        assert high <= (half if region == "top" else size)
        assert left >= (size - half if region == "right" else 0)
        assert right <= (half if region == "left" else size)


@pytest.mark.parametrize(
    "look",
    [
        {"stroke_length": 4},
        {"stroke_length": 4, "stroke_width": 3},
        {"stroke_length": 15, "max_rotation": 10},
        {"stroke_length": 40, "max_rotation": 45},
        {"stroke_length": 9, "max_rotation": 45},
        {"stroke_length": 20, "max_rotation": 30, "stroke_width": 2.5},
    ],
    ids=str,
)
def test_a_margin_is_as_wide_as_ink_passes_the_block_and_no_wider(look):
    variant = Variant(image_size=100, **look)
    length = variant.stroke_length
    box = np.arange(-20, length + 20)
    rows, cols = (each.reshape(1, -1) for each in np.meshgrid(box, box, indexing="ij"))
    angles = np.linspace(-variant.max_rotation, variant.max_rotation, 201)[:, None]
    labels = np.zeros_like(angles)
    ink = coverage(length, variant.stroke_width, labels, angles, rows, cols) > 1e-9
    reached = np.concatenate([each[0, ink.any(axis=0)] for each in (rows, cols)])
    assert variant.margin == max(-reached.min(), reached.max() - length + 1)
