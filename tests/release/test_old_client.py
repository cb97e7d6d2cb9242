"""A release with the Hub's older client, which is built on another HTTP library."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.old_environments import ROOT, old_python
from tests.release.conftest import REPO, TOKEN, require_finished
from tests.test_old_libraries import REQUIREMENTS

pytestmark = pytest.mark.old_environment

RELEASE = """
import sys
from slash_dataset.release import release
release(*sys.argv[1:3], folder=sys.argv[3])
"""
FAULTS = {
    "none": lambda f: None,
    "several": lambda f: (
        f.status("refs", 503),
        f.lose_answer("commit"),
        f.reset("create_tag"),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_client_on_requests_releases_and_overcomes(ada, built, old, tmp_path, fault):
    if sys.version_info >= (3, 13):
        pytest.skip("NumPy 1.26 needs Python 3.12 or older")
    python = old_python(*REQUIREMENTS["datasets 2.21"])
    FAULTS[fault](ada.faults)
    settings = ada.client_environment(tmp_path / "home", TOKEN)
    done = subprocess.run(
        [python, "-c", RELEASE, REPO, "2.0.0", built("2.0.0")],
        env=os.environ | settings | {"PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    require_finished(ada, built, old)
