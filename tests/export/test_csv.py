"""The text of CSV lines equals that of the plainest code."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nst

from slash_dataset.export._csv import _lines_of_8_bits, _lines_of_floats
from slash_dataset.splits import Batch


@given(
    images=nst.arrays(np.uint8, nst.array_shapes(min_dims=3, max_dims=3, max_side=6)),
    data=st.data(),
)
def test_lines_of_8_bit_pixels_are_label_and_pixels_between_commas(images, data):
    labels = data.draw(nst.arrays(np.int64, len(images), elements=st.integers(0, 1)))
    plain = "".join(
        ",".join(map(str, [label, *image.reshape(-1)])) + "\n"
        for label, image in zip(labels, images, strict=True)
    )
    assert _lines_of_8_bits(Batch(images, labels, {})) == plain.encode()


@given(
    nst.arrays(
        np.float64,
        nst.array_shapes(min_dims=3, max_dims=3, max_side=4),
        elements=st.floats(0, 1),
    )
)
def test_lines_of_floats_read_back_exactly(images):
    labels = np.arange(len(images)) % 2
    text = _lines_of_floats(Batch(images, labels, {})).decode()
    rows = [line.split(",") for line in text.splitlines()]
    assert [int(row[0]) for row in rows] == labels.tolist()
    values = np.array([[float(text) for text in row[1:]] for row in rows])
    np.testing.assert_array_equal(values, images.reshape(len(images), -1))
