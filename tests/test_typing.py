"""What a user's mypy says of code that uses the package."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytest.importorskip("mypy")

GOOD = """
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import DataLoader

import slash_dataset
from slash_dataset.export import export

images, labels = slash_dataset.draw("rotated", "test", 0, 10, seed=1, noise=0.7)
pixels: NDArray[Any] = images
classes: NDArray[np.int64] = labels
_, _, factors = slash_dataset.draw(factors=True)
angles: NDArray[Any] = factors["angle"]
loader = DataLoader(slash_dataset.Source("standard", num_rows=100), batch_size=10)
batches: Iterator[Any] = iter(loader)
source = slash_dataset.Source("standard", targets="box")
whole = DataLoader(source.batched(256, shuffle=0), batch_size=None, shuffle=True)
count: int = len(source.batched(256)) + len(source.batched(256)[0]["label"])
stream = slash_dataset.Stream(source, 256, shuffle=0, remainder="pad")
resumed = slash_dataset.torch.Loader(stream, num_workers=2)
for item in resumed:
    tensors = slash_dataset.torch.as_tensors(item)
    seen: int = tensors["label"].numel()
state: dict[str, str | int] = resumed.state_dict()
stream.load_state_dict(state)
workers = DataLoader(slash_dataset.torch.Stream(source, 256), batch_size=None, num_workers=2)
pairs: NDArray[np.uint8] = slash_dataset.render("long", labels=[0, 1], angles=0.0, noise_row=7)
rows: int = len(slash_dataset.load("long", split="train"))
both = slash_dataset.load("long")
tests: int = len(both["test"])
streamed = slash_dataset.load("long", split="train", streaming=True)
first = next(iter(streamed))
splits = slash_dataset.open_config("original")
batch = splits["train"].read(range(10))
shape: tuple[int, ...] = batch.images.shape
names: tuple[str, ...] = slash_dataset.CONFIG_NAMES
version: str = slash_dataset.DATA_VERSION
written: str = export("csv", "dest").name + slash_dataset.export.npz("dest").name
bunch = slash_dataset.sklearn.load_slash(config="long")
"""
BAD = {
    'slash_dataset.draw("rotatd")': "call-overload",
    'slash_dataset.draw("long", "dev")': "call-overload",
    'slash_dataset.Source("lang")': "arg-type",
    'slash_dataset.load("standart")': "call-overload",
    'slash_dataset.open_config("orignal")': "arg-type",
    'slash_dataset.export.export("parqet", "dest")': "arg-type",
    'slash_dataset.Source(targets="mask")': "arg-type",
    'slash_dataset.Stream(slash_dataset.Source(), 8, remainder="keep")': "arg-type",
    'slash_dataset.render("lang")': "arg-type",
    "a, b, c = slash_dataset.draw()": "values to unpack",
    "a, b = slash_dataset.draw(factors=True)": "values to unpack",
}


def mypy(code: str, folder: Path) -> str:
    (folder / "program.py").write_text(textwrap.dedent(code), encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--ignore-missing-imports", "program.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """One run over all programs: mypy takes its time to begin."""
    folder = tmp_path_factory.mktemp("mypy")
    bad = list(BAD)
    program = GOOD + "\nimport slash_dataset\n" + "\n".join(bad) + "\n"
    first = len((GOOD + "\nimport slash_dataset\n").splitlines()) + 1
    errors: dict[int, str] = {}
    for line in mypy(program, folder).splitlines():
        number = line.split(":")[1] if line.startswith("program.py:") else ""
        if number.isdigit():
            errors[int(number)] = errors.get(int(number), "") + line
    return errors, first, bad


def test_a_program_that_is_right_passes(found):
    errors, first, _ = found
    assert not {number: text for number, text in errors.items() if number < first}


def test_a_mistyped_name_is_a_type_error(found):
    errors, first, bad = found
    for number, line in enumerate(bad, first):
        assert BAD[line] in errors.get(number, ""), line
