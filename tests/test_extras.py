"""If an extra is missing, the error has the command that installs it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from slash_dataset.extras import require


def test_a_module_that_is_there_is_returned():
    assert require("json", "cli").dumps([1]) == "[1]"


def test_a_missing_module_names_the_extra():
    with pytest.raises(ImportError, match=r'pip install "slash-dataset\[torch\]"'):
        require("no_such_module.deep", "torch")


def test_a_fault_inside_a_module_is_not_taken_for_a_missing_one(tmp_path, monkeypatch):
    (tmp_path / "broken_module.py").write_text("import no_such_dependency")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_dependency"):
        require("broken_module", "torch")


def test_the_command_line_without_click_says_what_to_install():
    code = "import sys; sys.modules['click'] = None; from slash_dataset.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, check=False
    )
    assert done.returncode == 1
    assert 'pip install "slash-dataset[cli]"' in done.stderr


def test_loaders_without_torch_say_what_to_install():
    code = "import sys; sys.modules['torch'] = None; import slash_dataset; slash_dataset.torch"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, check=False
    )
    assert 'ImportError: torch is not installed: pip install "slash-dataset[torch]"' in done.stderr
