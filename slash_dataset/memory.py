"""Memory for batches, which are created and freed by the thousand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def empty_bytes(*shape: int) -> NDArray[np.uint8]:
    """Return a writable uint8 array of a shape, with arbitrary values.

    It comes from Arrow's pool, which keeps freed memory for the next batch. NumPy's memory of this
    size may go back to the system each time, and getting a page from the system takes longer than
    filling it, all the more when much memory is in use.

    Examples
    --------
    >>> empty_bytes(2, 30, 30).shape
    (2, 30, 30)
    >>> empty_bytes(0, 30, 30).size
    0
    """
    buffer: Any = pa.allocate_buffer(math.prod(shape))
    array: NDArray[np.uint8] = np.ndarray(shape, np.uint8, buffer)
    return array
