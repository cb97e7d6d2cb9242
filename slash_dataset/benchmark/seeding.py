"""One seed for every generator that a model may draw from."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


@contextmanager
def seeded(seed: int | None) -> Iterator[None]:
    """Seed Python, NumPy, and those of Keras and PyTorch that are loaded, for the block.

    The states of Python's and NumPy's global generators are put back afterwards; Keras and PyTorch
    stay seeded.

    Parameters
    ----------
    seed : int or None
        0 to 2**32 - 1; None leaves everything as it is.
    """
    if seed is None:
        yield
        return
    python_state, numpy_state = random.getstate(), np.random.get_state()
    try:
        random.seed(seed)
        np.random.seed(seed)
        if "torch" in sys.modules:
            sys.modules["torch"].manual_seed(seed)
        if "keras" in sys.modules:
            sys.modules["keras"].utils.set_random_seed(seed)
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)
