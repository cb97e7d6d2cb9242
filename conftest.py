"""Settings that must stand before any of the libraries is imported."""

from __future__ import annotations

import importlib
import os
import tempfile
from contextlib import suppress

os.environ |= {
    "HF_HUB_OFFLINE": "1",
    "HF_UPDATE_DOWNLOAD_COUNTS": "0",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HOME": tempfile.mkdtemp(prefix="slash-dataset-tests-"),
    "TOKENIZERS_PARALLELISM": "false",
}

# Triton comes with CUDA builds of torch, and crashes when it is imported after TensorFlow.
with suppress(ImportError):
    importlib.import_module("triton")

import pytest
from hypothesis import settings

from scripts.torchvision_operators import prepare

prepare()

# Timings are not what these tests are about, and machines differ.
settings.register_profile("slash", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("slash")


@pytest.fixture
def one_thread():
    """So small a net loses time to the threads of torch as soon as other programs run beside."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
