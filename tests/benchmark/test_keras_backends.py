"""Keras runs on the backend that the user chose, or else on JAX, and only if it is needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest


def run(code, home, **variables):
    """The output of a new Python process with an empty Keras home."""
    environment = {k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"}
    environment |= {"KERAS_HOME": str(home), "TF_CPP_MIN_LOG_LEVEL": "3", **variables}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[-1]


SHOW = """
from slash_dataset.benchmark.keras_adapter import import_keras
print(import_keras().backend.backend())
"""


def test_importing_the_benchmark_imports_none_of_the_heavy_libraries(tmp_path):
    code = """
import sys
import slash_dataset.benchmark, slash_dataset.plot.figures, slash_dataset.benchmark.report
heavy = {"keras", "jax", "sklearn", "matplotlib", "torch", "tensorflow"} & set(sys.modules)
print(sorted(heavy) or "none")
"""
    # The `datasets` library itself imports the frameworks that it finds unless told not to.
    switches = {"USE_TORCH": "0", "USE_TF": "0", "USE_JAX": "0"}
    assert run(code, tmp_path, **switches) == "none"


def test_jax_is_the_backend_when_nobody_chose(tmp_path):
    assert run(SHOW, tmp_path) == "jax"


def test_a_file_that_names_tensorflow_is_no_choice_because_keras_writes_it_itself(tmp_path):
    (tmp_path / "keras.json").write_text(json.dumps({"backend": "tensorflow"}))
    assert run(SHOW, tmp_path) == "jax"


def test_without_a_home_no_file_is_a_choice(monkeypatch):
    from slash_dataset.benchmark import keras_adapter

    def unknown(uid):
        raise KeyError(f"getpwuid(): uid not found: {uid}")

    for name in ("HOME", "KERAS_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", unknown)
    assert not keras_adapter._backend_in_file()


def test_another_backend_in_the_file_is_kept(tmp_path):
    (tmp_path / "keras.json").write_text(json.dumps({"backend": "torch"}))
    assert run(SHOW, tmp_path) == "torch"


def test_keras_is_used_as_it_is_where_it_is_imported_already(tmp_path):
    code = "import os; os.environ['KERAS_BACKEND'] = 'torch'; import keras\n"
    code += "del os.environ['KERAS_BACKEND']\n" + SHOW
    assert run(code, tmp_path) == "torch"


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_the_networks_learn_on_the_other_backends_too(backend, tmp_path):
    code = """
import keras
from slash_dataset.benchmark import evaluate
from slash_dataset.benchmark.keras_adapter import KerasClassifier
from slash_dataset.benchmark.keras_models import custom_cnn, vanilla_cnn

def trained(build, **settings):
    return evaluate(lambda: KerasClassifier(lambda: build(45), **settings), seeds=1)

custom = trained(custom_cnn, epochs=4, batch_size=32)
vanilla = trained(vanilla_cnn, epochs=3, batch_size=50)
learned = custom.min_test_accuracy > 0.98 and vanilla.train_accuracy[0] > 0.5
print(keras.backend.backend(), custom.num_parameters, vanilla.num_parameters, learned, sep=":")
"""
    assert run(code, tmp_path, KERAS_BACKEND=backend) == f"{backend}:80:1041:True"


def test_a_net_of_keras_that_is_a_torch_module_too_is_drawn_as_one_of_keras(tmp_path):
    code = """
import keras, numpy as np
from slash_dataset import plot

convolution = keras.layers.Conv2D(2, 3)
model = keras.Sequential([keras.Input((30, 30, 1)), convolution, keras.layers.Flatten()])
maps = plot.feature_maps(model, np.zeros((30, 30)), 0)
print(len(plot.kernels(model).images), maps.get_title().replace(" ", "-"), sep=":")
"""
    assert run(code, tmp_path, KERAS_BACKEND="torch").startswith("2:0-Conv2D")
