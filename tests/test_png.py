"""Bulk PNG is PNG: any decoder reads the same pixels."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from slash_dataset.png import encode_png
from slash_dataset.splits import open_config


def _decoded(file: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(file)) as image:
        image.load()
        assert image.format == "PNG"
        assert image.mode == "L"
        return np.asarray(image)


def _images(height: int, width: int, count: int, low: int, high: int, seed: int) -> np.ndarray:
    random = np.random.RandomState(seed)
    return random.randint(low, high + 1, (count, height, width)).astype(np.uint8)


_EDGES = st.one_of(st.integers(1, 40), st.integers(1, 512), st.sampled_from([1, 255, 256, 512]))


@given(
    _EDGES, _EDGES, st.integers(1, 3), st.integers(0, 255), st.integers(0, 255), st.integers(0, 99)
)
def test_pillow_decodes_every_image_to_the_same_pixels(height, width, count, one, other, seed):
    images = _images(height, width, count, min(one, other), max(one, other), seed)
    files = encode_png(images)
    assert len(files) == count
    for file, image in zip(files.to_pylist(), images, strict=True):
        assert (_decoded(file) == image).all()


@pytest.mark.parametrize(
    ("height", "width"), [(1, 1), (30, 30), (254, 257), (255, 256), (512, 512)]
)
@pytest.mark.parametrize("gray", [0, 255])
def test_the_extremes_of_both_checksums_are_right(height, width, gray):
    file = encode_png(np.full((1, height, width), gray, np.uint8))[0].as_py()
    assert (_decoded(file) == gray).all()
    position, data = 8, b""
    while position < len(file):
        (length,) = struct.unpack_from(">I", file, position)
        kind = file[position + 4 : position + 8]
        body = file[position + 8 : position + 8 + length]
        (crc,) = struct.unpack_from(">I", file, position + 8 + length)
        assert crc == zlib.crc32(kind + body), kind
        data += body if kind == b"IDAT" else b""
        position += 12 + length
    lines = zlib.decompress(data)  # checks Adler-32
    assert len(lines) == height * (width + 1)


def test_an_image_does_not_depend_on_its_neighbours():
    images = _images(30, 30, 700, 0, 255, 1)
    whole = encode_png(images).to_pylist()
    assert [encode_png(images[i : i + 1])[0].as_py() for i in (0, 350, 699)] == [
        whole[i] for i in (0, 350, 699)
    ]


def test_images_that_are_not_contiguous_are_encoded_as_they_are():
    images = _images(40, 40, 4, 0, 255, 2)[::-2, 3:33, ::-1]
    for file, image in zip(encode_png(images).to_pylist(), images, strict=True):
        assert (_decoded(file) == image).all()


def test_no_images_give_no_files():
    assert len(encode_png(np.empty((0, 30, 30), np.uint8))) == 0


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 3, 3)),
        np.zeros((3, 3), np.uint8),
        np.zeros((2, 0, 3), np.uint8),
        np.zeros((1, 2000, 5000), np.uint8),
        [[1]],
    ],
    ids=["float", "flat", "no pixels", "too large", "a list"],
)
def test_anything_but_a_batch_of_gray_images_is_refused(images):
    with pytest.raises(ValueError, match="^images"):
        encode_png(images)


@pytest.mark.skipif(shutil.which("pngcheck") is None, reason="pngcheck is not installed")
@pytest.mark.parametrize("size", [8, 30, 256, 512])
def test_pngcheck_finds_nothing(tmp_path, size):
    images = open_config("standard", image_size=size)["train"].read(range(3))[0]
    paths = []
    for number, file in enumerate(encode_png(images).to_pylist()):
        paths.append(tmp_path / f"{number}.png")
        paths[-1].write_bytes(file)
    done = subprocess.run(["pngcheck", "-q", *paths], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_more_images_than_an_array_of_arrow_holds_are_refused():
    images = np.broadcast_to(np.zeros((1, 512, 512), np.uint8), (10_000, 512, 512))
    with pytest.raises(ValueError, match="images has 10000 images, and 8173 of this size fit"):
        encode_png(images)


@pytest.mark.parametrize("size", [51, 64, 128, 363])
def test_sums_that_just_fit_into_a_float_are_exact(size):
    image = np.full((1, size, size), 255, np.uint8)
    image[0, 0, 0] = 254
    [file] = encode_png(image)
    assert (_decoded(file.as_py()) == image[0]).all()
