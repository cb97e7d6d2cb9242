"""What Hypothesis draws its examples from."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
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
"""JSON values, and NaN, which Python also writes."""


@st.composite
def mutated(draw, document):
    """A JSON document in which one value, at any depth, is missing or replaced."""
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


ODD = (
    st.sampled_from(
        [
            *(None, True, False, ..., 0, 1, -1, 3, 2**64, -(2**64), 10**400, 0.5, -0.5, 1e300),
            *(math.nan, math.inf, -math.inf, 2 + 1j, Fraction(1, 3), Decimal("0.5")),
            *("", "x", "train", "original", "all", "\0", "../x", b"x", "9" * 5_000),
            *([], (), {}, set(), [1, 2], [[1], [2, 3]], ["a"], [None], {"a": 1}, {1: 2}, range(3)),
            *(
                slice(None),
                slice("a", 2),
                object(),
                int,
                len,
                lambda *_: None,
                iter([1]),
                Path("x"),
            ),
            *(
                np.int8(1),
                np.float32(2),
                np.bool_(True),
                np.array(1),
                np.array([1, 2]),
                np.array("x"),
            ),
            *(np.array([0.5, np.nan]), np.zeros((2, 8, 8)), np.array([object()]), np.ma.masked),
        ]
    )
    | st.integers(-9, 9)
    | st.floats(width=32)
    | st.text(max_size=5)
)
"""Values that a caller may pass by mistake; small, so that valid ones among them cost little."""


@st.composite
def calls(draw, arguments, odd):
    """Keywords of a call, and the name of the invalid one, if any.

    Parameters
    ----------
    arguments : dict of str to strategy
        What each argument may be.
    odd : bool
        Whether one is drawn from :data:`ODD` instead.
    """
    given = draw(st.fixed_dictionaries(arguments))
    if not odd:
        return given, None
    name = draw(st.sampled_from([*arguments, "nois"]))
    return given | {name: draw(ODD)}, name
