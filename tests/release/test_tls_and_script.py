"""Over https some refusals look different; and the script is the command."""

from __future__ import annotations

import subprocess
import sys

import pytest

from scripts.pages import ROOT
from slash_dataset.release import ReleaseError
from tests.release.conftest import REPO, TOKEN, files_in


@pytest.fixture
def ada_tls(hub_tls):
    hub_tls.add_user("ada", TOKEN)
    return hub_tls


def test_over_https_a_release_is_the_same(ada_tls, publish, built):
    publish("2.0.0", token=None, dry_run=True)
    assert "does not exist yet, or is private" in publish.reported[1]
    done = publish("2.0.0")
    assert done.url.startswith("https://127.0.0.1")
    assert ada_tls.repo(REPO).tree("v2.0.0") == files_in(built("2.0.0"))


def test_over_https_a_bad_token_is_refused(ada_tls, publish):
    with pytest.raises(ReleaseError, match=r"the Hub does not accept the token \(401\)"):
        publish("2.0.0", token="hf_unknown")


def test_the_script_is_the_release_command(tmp_path):
    script = ROOT / "scripts" / "regenerate_and_upload.py"
    done = subprocess.run(
        [sys.executable, script, "--repo-id", "slash", "--dry-run"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HF_HOME": str(tmp_path)},
    )
    assert done.returncode == 2
    assert "Error: --repo-id 'slash' is not allowed: --repo-id takes NAMESPACE/NAME" in done.stderr
