"""Exports stream: their memory does not grow with their rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from slash_dataset.export import LAYOUTS

# Images without noise compress and draw fast; 1,500 of them have 98 MB of pixels.
SCRIPT = """
import json, re, sys
from pathlib import Path
from slash_dataset.export import LAYOUTS, export

def peak_of(layout, rows):
    Path("/proc/self/clear_refs").write_text("5")
    dest = Path(sys.argv[1], f"{layout}-{rows}")
    export(layout, dest, "standard", num_train=rows, num_test=1, image_size=256, noise=0)
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1]) * 1024

print(json.dumps({layout: [peak_of(layout, rows) for rows in (300, 1500)] for layout in LAYOUTS}))
"""

# Left to themselves, Arrow's and the C library's allocators keep what is freed for a while, and how
# much depends on the moment. These settings let a peak show what is in use, and nothing else.
GIVES_BACK_AT_ONCE = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "131072",
}


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="reads Linux's /proc")
def test_five_times_the_rows_take_no_more_memory(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | GIVES_BACK_AT_ONCE,
    )
    peaks = json.loads(done.stdout)
    assert list(peaks) == list(LAYOUTS)
    more_pixels = 1200 * 256 * 256
    for layout, (few, many) in peaks.items():
        assert many - few < more_pixels / 4, layout
