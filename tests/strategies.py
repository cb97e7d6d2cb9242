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


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["", "../../x", "\x00", "train", 10**12, -1, 0])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=4,
)
"""Values that JSON holds, and NaN, which Python writes too."""


@st.composite
def mutated(draw, document):
    """A JSON document with one value, at any depth, missing or another."""
    if not document or not isinstance(document, dict | list) or draw(st.integers(0, 9)) == 0:
        return draw(JSON)
    keys = list(document) if isinstance(document, dict) else range(len(document))
    key = draw(st.sampled_from(keys))
    changed = document.copy()
    if draw(st.integers(0, 4)) == 0:
        del changed[key]
    else:
        changed[key] = draw(mutated(document[key]))
    return changed
