"""Pictures without a window, and none left open."""

from __future__ import annotations

import matplotlib as mpl
import pytest


@pytest.fixture(autouse=True)
def pyplot():
    mpl.use("Agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")
