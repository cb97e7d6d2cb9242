"""A folder for the output of measurements, removed when the process ends."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path

SCRATCH = Path(tempfile.mkdtemp(prefix="slash-speed-"))
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)
