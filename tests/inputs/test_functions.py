"""Every public function, with anything: it keeps its promise, or names what is wrong with what."""

from __future__ import annotations

import dataclasses
import types
from pathlib import Path

import matplotlib.figure
import numpy as np
import pytest
from hypothesis import strategies as st
from sklearn.dummy import DummyClassifier

import slash_dataset
from slash_dataset import benchmark, export
from slash_dataset.benchmark import scaling
from slash_dataset.benchmark.results import CurvePoint, MatrixCell, NoisePoint
from slash_dataset.configs import CONFIGS
from slash_dataset.plot.style import LIGHT

from .calls import EXAMPLES, Call, keeps_its_promise

DRAWN = [name for name, config in CONFIGS.items() if config.parameters]
SMALL = {"image_size": 8, "stroke_length": 3, "num_train": 4, "num_test": 2}
SPLIT = st.sampled_from(["train", "test"])
SEED = st.none() | st.integers(0, 2**64 - 1)
LOOKS = {"noise": st.floats(0, 4), "contrast": st.floats(0, 1), "seed": SEED.filter(bool)}
PIXELS = st.integers(0, 4).map(lambda n: slash_dataset.draw(stop=n + 1)[0])
ROWS = st.lists(st.integers(0, 3), max_size=4)


def same(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def drawn_rows(found, g):
    splits = slash_dataset.open_config(g["config"], noise=g["noise"], seed=g["seed"])
    rows = splits[g["split"]].read(range(g["start"], g["stop"]))
    return same(found[:2], rows[:2]) and len(found) == 2 + g["factors"]


def axes():
    ax = matplotlib.figure.Figure().add_subplot()
    return st.builds(lambda: (ax.clear(), ax)[1])


def exported(layout):
    own = {"dest": st.just("new"), "config": st.sampled_from(DRAWN[:1]), "force": st.booleans()}
    own["progress"] = st.just(False)
    own |= {name: st.just(value) for name, value in SMALL.items()} | {"noise": st.floats(0, 4)}
    if "max_shard_bytes" in export.LAYOUTS[layout].options:
        own["max_shard_bytes"] = st.integers(1, 2**63 - 1)
    if "encoding" in export.LAYOUTS[layout].options:
        own["encoding"] = st.sampled_from(["flat", "png", "array"])
    return own


def export_call(layout):
    return Call(exported(layout), holds=lambda found, g: any(Path(found).rglob("README*")))


MODEL = st.sampled_from([DummyClassifier(), DummyClassifier, "knn-1"])
TINY = {"config": st.sampled_from(["standard"])} | {n: st.just(v) for n, v in SMALL.items()}
STATE = slash_dataset.Stream(slash_dataset.Source("standard"), 4).state_dict()


def stream(kind):
    return kind(slash_dataset.Source("standard", num_rows=9), 4)


def net():
    from torch import nn

    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(2, 1))


MADE = types.SimpleNamespace()
"""What is costly to make, and only looked at."""

CALLS = {
    "draw": Call(
        {"config": st.sampled_from(DRAWN), "split": SPLIT, "noise": st.floats(0, 4)}
        | {"start": st.integers(0, 3), "stop": st.integers(3, 6)}
        | {"seed": SEED.filter(bool), "factors": st.booleans()},
        holds=drawn_rows,
    ),
    "explore": Call({"height": st.integers(200, 10_000)}),
    "load": Call(
        {"name": st.sampled_from(DRAWN), "split": SPLIT, "streaming": st.just(True)}
        | {"num_train": st.integers(1, 9), "encoding": st.sampled_from(["png", "array"])}
        | {"factors": st.booleans(), "targets": st.sampled_from([None, "box", "points"])}
        | {"cache_dir": st.just("cache"), "num_proc": st.none(), "keep_in_memory": st.none()}
        | {"download_mode": st.none(), "verification_mode": st.none()},
        holds=lambda found, g: "label" in next(iter(found)),
        also="config|Config",
    ),
    "load_data": Call(
        {"encoding": st.sampled_from(["float64", "uint8"])},
        holds=lambda found, g: found[0][0].dtype == g["encoding"],
    ),
    "open_config": Call(
        {"name": st.sampled_from(DRAWN), "num_train": st.integers(1, 10**12)} | LOOKS,
        holds=lambda found, g: len(found["train"]) == g["num_train"],
        also="config",
    ),
    "render": Call(
        {
            "config": st.just("rotated"),
            "labels": st.lists(st.integers(0, 1), min_size=2, max_size=2),
        }
        | {"rows": st.integers(2, 12), "cols": st.integers(2, 12), "angles": st.floats(-10, 10)}
        | {"noise_row": st.integers(0, 10**12 - 1), "split": SPLIT, "seed": SEED},
        holds=lambda found, g: found.shape == (2, 30, 30),
    ),
    "Source": Call(
        {"config": st.sampled_from(DRAWN), "split": SPLIT, "factors": st.booleans(), "seed": SEED}
        | {"num_rows": st.none() | st.integers(1, 10**12)}
        | {"targets": st.sampled_from([None, "box", "points"])},
        holds=lambda found, g: found.read(range(1))["label"].tolist() == [0],
    ),
    "Source.__getitem__": Call(
        {"row": st.integers(-4, 3) | st.just(slice(1, 3))},
        lambda kind: kind("standard", num_rows=4).__getitem__,
        also="row|slice",
    ),
    "Source.read": Call(
        {"rows": ROWS},
        lambda kind: kind("standard", num_rows=4).read,
        lambda found, g: found["label"].tolist() == [row % 2 for row in g["rows"]],
        also="row",
    ),
    "Source.identity_as": Call(
        {"num_rows": st.booleans(), "shuffle": SEED},
        lambda kind: kind("standard").identity_as,
    ),
    "Source.batched": Call(
        {"size": st.integers(1, 5), "shuffle": SEED},
        lambda kind: kind("standard", num_rows=4).batched,
        lambda found, g: len(found[0]["label"]) == min(4, g["size"]),
    ),
    "Source.batches": Call(
        {"size": st.integers(1, 5)}, lambda kind: kind("standard", num_rows=4).batches
    ),
    "Stream": Call(
        {"source": st.just(slash_dataset.Source("standard", num_rows=9)), "size": st.integers(1, 5)}
        | {"shuffle": SEED, "rank": st.integers(0, 1), "world_size": st.integers(2, 3)}
        | {"remainder": st.sampled_from(["uneven", "drop", "pad"])},
    ),
    "Stream.ahead": Call(
        {"worker": st.just(0), "workers": st.integers(1, 3)}, lambda kind: stream(kind).ahead
    ),
    "Stream.delivered": Call(
        {"batches": st.just([]), "workers": st.integers(1, 3)}, lambda kind: stream(kind).delivered
    ),
    "Stream.set_epoch": Call(
        {"epoch": st.integers(0, 2**32)}, lambda kind: stream(kind).set_epoch, lambda *_: True
    ),
    "Stream.load_state_dict": Call(
        {"state": st.just(STATE | {"position": 4})},
        lambda kind: slash_dataset.Stream(slash_dataset.Source("standard"), 4).load_state_dict,
        lambda *_: True,
    ),
    "Variant": Call(
        {f.name: st.just(f.default) for f in dataclasses.fields(slash_dataset.Variant)} | LOOKS
    ),
    "Variant.positions": Call({"split": SPLIT}, lambda kind: kind().positions),
}
CALLS["Variant"].arguments.pop("seed")
CALLS |= {
    f"benchmark.{name}": call
    for name, call in {
        "OptimalClassifier": Call(
            {"config": st.just("standard"), "image_size": st.just(8), "noise": st.floats(0, 4)}
        ),
        "OptimalClassifier.fit": Call(
            {"features": PIXELS, "labels": st.none()}, lambda kind: kind(image_size=8).fit
        ),
        "OptimalClassifier.predict": Call(
            {"features": st.just(np.zeros((2, 8, 8), np.uint8))},
            lambda kind: kind(image_size=8).predict,
        ),
        "OptimalClassifier.predict_proba": Call(
            {"features": st.just(np.zeros((2, 64)))}, lambda kind: kind(image_size=8).predict_proba
        ),
        "Evaluation.from_dict": Call(
            {
                "values": st.just(
                    dict.fromkeys(["model", "config"], "x")
                    | {"num_train": 1}
                    | {"num_test": 1, "num_parameters": None, "seeds": [0]}
                    | {"train_accuracy": [0.5], "test_accuracy": [0.5], "seconds": [0.5]}
                )
            },
            lambda kind: kind.from_dict,
            also="Evaluation|is not allowed",
        ),
        "bound": Call(
            {"config": st.just("standard"), "num_train": st.integers(1, 40)}
            | {"max_error": st.floats(0.01, 0.5), "image_size": st.integers(8, 12)},
            holds=lambda found, g: 0.5 <= found[0] <= 1,
        ),
        "optimal_accuracy": Call(
            {"config": st.just("standard"), "max_error": st.floats(0.01, 0.5)}
            | {"image_size": st.just(8), "noise": st.floats(0, 0.9)},
            holds=lambda found, g: 0.5 <= found[0] <= 1,
        ),
        "compare": Call({"evaluation": st.builds(lambda: MADE.evaluation)}),
        "evaluate": Call(
            TINY
            | {"model": MODEL, "seeds": st.integers(1, 2) | st.just([3])}
            | {"vary": st.sampled_from([None, "data", "both"]), "predictions": st.booleans()}
            | {"name": st.none() | st.text(max_size=3), "fit_params": st.none()}
            | {"test_on": st.just([("noisy", {"image_size": 8, "num_test": 2})])}
            | {"leaderboard": st.sampled_from([None, "board"])},
            also=r"config|len\(\)",  # given as a factory, its error is its own
            holds=lambda found, g: 0 <= found.median_test_accuracy <= 1,
        ),
        "score": Call(
            {"model": st.just(DummyClassifier().fit([[0.0]] * 2, [0, 1])), "split": SPLIT}
            | {"predictions": st.booleans()}
            | TINY
        ),
        "read_results": Call({"path": st.builds(lambda: MADE.board)}),
        "summarize": Call(
            {
                "results": st.builds(lambda: MADE.frame),
                "by": st.sampled_from([None, "model", ["seed"]]),
            }
            | {"value": st.just("test_accuracy"), "confidence": st.floats(0.5, 0.9999)}
        ),
        "sweep": Call(
            TINY
            | {"models": st.sampled_from([{"a": DummyClassifier()}, ["knn-1"]])}
            | {"seeds": st.just(1), "out": st.sampled_from([None, "out"]), "jobs": st.just(1)}
            | {"vary": st.none(), "test_on": st.just(()), "fit_params": st.none()}
            | {
                "progress": st.just(False),
                "noise": st.lists(st.integers(0, 4), min_size=1, max_size=1),
            },
            holds=lambda found, g: len(found) == 1,
            also="model",
        ),
        "torch_classifier": Call(
            {"module_factory": st.just(net), "epochs": st.integers(1, 9), "lr": st.none()}
            | {"batch_size": st.integers(1, 9), "device": st.just("cpu")}
            | {"optimizer": st.none(), "loss": st.none(), "schedule": st.none()}
            | {"callbacks": st.just(()), "standardize": st.booleans()}
        ),
    }.items()
}
CALLS |= {
    f"export.{layout.function}": export_call(layout.name) for layout in export.LAYOUTS.values()
}
CALLS["export.export"] = Call(
    exported("parquet")
    | {"layout": st.sampled_from(["npz", "csv"]), "progress": st.just(False)}
    | {"num_proc": st.just(1), "engine": st.just("local"), "address": st.none()}
    | {"check": st.just(False)},
    holds=CALLS["export.npz"].holds,
)
for option in ("max_shard_bytes", "encoding"):
    del CALLS["export.export"].arguments[option]
CALLS["export.verify_folder"] = Call(
    {"folder": st.builds(lambda: MADE.exported), "num_proc": st.just(1), "engine": st.just("local")}
    | {"address": st.none(), "progress": st.just(False)},
    lambda function: lambda **g: list(function(**g)),
    lambda found, g: [difference for _, difference in found] == [None] * 3,
)
LIMITED = {"limits": st.just(()), "ax": axes()}
CALLS |= {
    "plot.accuracy": Call(
        {"results": st.builds(lambda: MADE.frame), "x": st.sampled_from([None, "noise"])}
        | {"by": st.just("model"), "y": st.just("test_accuracy"), "ax": axes()}
    ),
    "plot.scaling": Call({"laws": st.builds(lambda: [MADE.law]), "ax": axes()}),
    "plot.published": Call({"table": st.builds(lambda: [MADE.evaluation]), "ax": axes()}),
    "plot.learning_curves": Call(
        {"points": st.just([CurvePoint("knn-1", n, 0, 0.9, 1.0) for n in (250, 500)])} | LIMITED
    ),
    "plot.noise": Call(
        {"points": st.just([NoisePoint("knn-1", noise, 0, 0.9) for noise in (0.5, 1)])} | LIMITED
    ),
    "plot.generalisation": Call(
        {"cells": st.just([MatrixCell("knn-1", "standard", "long", 0, 0.9)])} | LIMITED
    ),
    "plot.gray_levels": Call({"histograms": st.just({"x": np.ones(256)}), "ax": axes()}),
    "plot.montage": Call(
        {"splits": st.builds(lambda: {"x": slash_dataset.open_config()["train"]})}
        | {"columns": st.integers(1, 3), "across": st.integers(1, 2), "theme": st.just(LIGHT)}
    ),
    "plot.show": Call(
        {"what": st.just("standard"), "split": SPLIT, "count": st.integers(1, 2)}
        | {"columns": st.integers(1, 100), "labels": st.none(), "ax": axes()},
        also="images|config",
    ),
    "plot.predictions": Call(
        {"model": st.just(DummyClassifier().fit([[0.0]] * 2, [0, 1])), "images": PIXELS}
        | {"labels": st.none(), "columns": st.integers(1, 100), "ax": axes()}
    ),
    "plot.response_map": Call(
        {"kernel": st.just([[1, -1], [-1, 1]]), "image": st.just(np.zeros((8, 8)))} | {"ax": axes()}
    ),
    "plot.kernels": Call(
        {"model": st.just(np.ones((2, 3, 3))), "layer": st.none(), "columns": st.integers(1, 9)}
        | {"ax": axes()}
    ),
    "plot.feature_maps": Call(
        {
            "model": st.builds(lambda: MADE.net),
            "image": st.just(np.zeros((8, 8))),
            "layer": st.just(0),
        }
        | {"ax": axes()}
    ),
    "plot.feature_map_sliders": Call(
        {"model": st.builds(lambda: MADE.net), "images": st.just(np.zeros((2, 8, 8)))}
    ),
}
SKIPPED = {("tfds.Slash", True): "TFDS itself takes what it is given"}
CALLS |= {
    "sklearn.load_slash": Call(
        TINY
        | {"return_X_y": st.booleans(), "as_frame": st.booleans()}
        | {"subset": st.sampled_from(["train", "test", "all"])}
    ),
    "torch.Stream": dataclasses.replace(CALLS["Stream"]),
    "torch.Loader": Call({"stream": st.builds(lambda: stream(slash_dataset.Stream))}),
    "torch.Loader.set_epoch": Call(
        {"epoch": st.integers(0, 2**32)}, lambda kind: loader(kind).set_epoch, lambda *_: True
    ),
    "torch.Loader.load_state_dict": Call(
        {"state": st.just(STATE | {"position": 4})},
        lambda kind: (
            kind(slash_dataset.Stream(slash_dataset.Source("standard"), 4)).load_state_dict
        ),
        lambda *_: True,
    ),
    "torch.as_tensors": Call(
        {"batch": st.just(slash_dataset.Source("standard").read(range(2)))},
    ),
    "torchvision.Slash": Call(
        TINY
        | {"root": st.none(), "train": st.booleans(), "transform": st.none()}
        | {"target_transform": st.none(), "download": st.booleans(), "split": st.none() | SPLIT}
    ),
    "torchvision.Slash.__getitem__": Call(
        {"index": st.integers(-4, 3)},
        lambda kind: kind(config="standard", **SMALL).__getitem__,
    ),
    "tfds.SlashConfig": Call(
        {"name": st.just("mine"), "config": st.sampled_from(DRAWN)}
        | {"params": st.fixed_dictionaries({"noise": st.floats(0, 4)})},
        also="parameter",
    ),
    "tfds.Slash": Call({"config": st.sampled_from(DRAWN), "data_dir": st.just("data")}),
}


def loader(kind):
    return kind(stream(slash_dataset.Stream))


@pytest.fixture(scope="module", autouse=True)
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    MADE.board = folder / "board"
    MADE.evaluation = benchmark.evaluate(
        DummyClassifier(), "standard", seeds=2, name="knn-1", leaderboard=MADE.board, **SMALL
    )
    MADE.frame = MADE.evaluation.to_frame()
    MADE.exported = export.parquet(folder / "parquet", "standard", **SMALL)
    runs = [scaling.Run("overlap", "standard", s, n, (0.9, 1)) for s, n in ((8, 20), (10, 40))]
    MADE.law = scaling.find_law("overlap", runs)
    MADE.net = net()


@pytest.fixture
def place(tmp_path, monkeypatch):
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("odd", [False, True], ids=["valid", "odd"])
@pytest.mark.parametrize("name", CALLS)
def test_a_public_function_keeps_its_promise_or_names_what_is_wrong(name, odd, place):
    if (name, odd) in SKIPPED:
        pytest.skip(SKIPPED[name, odd])
    keeps_its_promise(name, CALLS[name], odd, place, EXAMPLES)
