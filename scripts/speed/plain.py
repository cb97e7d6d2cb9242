"""The plain code that several measurements use as a baseline."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image


def author_loop(count: int) -> np.ndarray:
    """Draw images as the author's notebook does, one at a time."""
    random = np.random.RandomState(0)
    images = []
    for number in range(count):
        row, col = random.randint(0, 27, size=2)
        stroke = 1 - np.eye(4)
        canvas = np.ones((30, 30))
        canvas[row : row + 4, col : col + 4] = stroke if number % 2 == 0 else np.fliplr(stroke)
        images.append(np.clip(canvas + 0.5 * (random.rand(30, 30) - 0.5), 0, 1))
    return np.array(images)


def pillow_png(images: np.ndarray) -> list[bytes]:
    """Encode images with Pillow's defaults, one at a time."""
    files = []
    for image in images:
        stream = io.BytesIO()
        Image.fromarray(image).save(stream, format="PNG")
        files.append(stream.getvalue())
    return files
