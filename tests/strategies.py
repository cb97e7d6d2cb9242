"""What Hypothesis draws its examples from."""

from __future__ import annotations

from hypothesis import assume
from hypothesis import strategies as st

from slash_dataset.variants import REGIONS, Variant


@st.composite
def variants(draw, max_size=40):
    """Any variant that holds together."""
    size = draw(st.integers(8, max_size))
    values = {
        "image_size": size,
        "stroke_length": draw(st.integers(2, size)),
        "stroke_width": draw(st.floats(1, 6)),
        "noise": draw(st.floats(0, 4)),
        "contrast": draw(st.floats(0, 1)),
        "max_rotation": draw(st.floats(0, 45)),
        "train_region": draw(st.sampled_from(REGIONS)),
        "test_region": draw(st.sampled_from(REGIONS)),
        "pixel_permutation": draw(st.integers(0, 2**32 - 1)),
    }
    try:
        return Variant(**values)
    except ValueError:
        assume(False)
