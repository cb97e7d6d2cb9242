"""Settings that must be made before any of the libraries is imported."""

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

# Triton comes with CUDA builds of torch, and crashes if imported after TensorFlow.
with suppress(ImportError):
    importlib.import_module("triton")

import pytest
from hypothesis import settings

from scripts.torchvision_operators import prepare

prepare()

# These tests are not about timings, and machines differ.
settings.register_profile("slash", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("slash")


@pytest.fixture
def one_thread():
    """Such a small net loses time to torch's threads as soon as other programs run beside it."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
