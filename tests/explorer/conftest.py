"""Node and a real browser; without them, tests are skipped with a reason."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

EXPLORER = Path(__file__).parents[2] / "explorer"
ESBUILD = EXPLORER / "node_modules" / ".bin" / "esbuild"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def node():
    """Return a function that runs Node in ``explorer/``; its libraries are those of the lock."""
    if not shutil.which("node"):
        pytest.skip("there is no node on this machine")
    if not (EXPLORER / "node_modules").is_dir():
        pytest.skip("explorer/node_modules is missing: make explorer-tools")

    def run(*command, stdin="", program="node", **environment):
        done = subprocess.run(
            [program, *map(str, command)],
            cwd=EXPLORER,
            input=stdin,
            text=True,
            capture_output=True,
            env=os.environ | environment,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="session")
def bundle(node, tmp_path_factory):
    """Return a function that bundles a file of ``explorer/test`` for Node or for a page."""
    folder = tmp_path_factory.mktemp("bundles")

    def make(name, platform="node"):
        form = "esm" if platform == "node" else "iife"
        out = folder / f"{name}.{platform}.mjs"
        options = (f"--platform={platform}", f"--format={form}", f"--outfile={out}")
        node(f"test/{name}.ts", "--bundle", *options, "--log-level=warning", program=ESBUILD)
        return out

    return make


@pytest.fixture(scope="session")
def browser():
    """Return Debian's Chromium, or another that is installed, driven by Playwright."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("there is no chromium on this machine")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()
