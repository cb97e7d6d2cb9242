"""A config's name and keywords become one checked config."""

from __future__ import annotations

import numpy as np
import pytest

from slash_dataset.checks import PROCESSES, SHARD_BYTES
from slash_dataset.configs import CONFIGS, PARAMETERS, check_dtype, find_config, resolve_config
from slash_dataset.variants import Variant

# What users rely on: a config may come, but none of these goes or changes.
KEPT = {
    "original": Variant(),
    "original-float64": Variant(),
    "standard": Variant(),
    "long": Variant(stroke_length=15, noise=0.65),
    "noisy": Variant(noise=1.2),
    "rotated": Variant(stroke_length=15, noise=0.65, max_rotation=10),
    "shuffled": Variant(pixel_permutation=2019),
    "shifted": Variant(train_region="left", test_region="right"),
}


def test_no_config_goes_or_changes():
    assert list(CONFIGS)[: len(KEPT)] == list(KEPT)
    for name, variant in KEPT.items():
        config = CONFIGS[name]
        assert config.variant == variant
        replayed = name.startswith("original")
        assert config.made == ("replayed" if replayed else "drawn")
        rows = (750, 250) if replayed else (10_000, 2_000)
        assert tuple(config.num_rows.values()) == rows


@pytest.mark.parametrize("name", CONFIGS)
def test_every_config_answers_the_same_questions(name):
    config = CONFIGS[name]
    assert resolve_config(name) == config
    assert config.with_parameters() == config
    assert config.with_parameters(**config.parameters) == config
    assert set(config.parameters) == (set(PARAMETERS) if config.made == "drawn" else set())
    longest = config.longest("train").num_rows
    assert longest["train"] >= config.num_rows["train"]
    assert longest["test"] == config.num_rows["test"]
    assert config.default_encoding == ("png" if config.dtype == "uint8" else "array")


def test_an_unknown_config_is_answered_with_the_nearest_and_with_all():
    with pytest.raises(ValueError, match="did you mean 'rotated'") as caught:
        find_config("rotatd")
    assert all(name in str(caught.value) for name in CONFIGS)
    with pytest.raises(ValueError, match="config 3 is unknown"):
        find_config(3)


def test_an_unknown_parameter_is_answered_with_the_nearest_and_with_all():
    with pytest.raises(ValueError, match="'stroke_lenght'.*did you mean 'stroke_length'") as caught:
        resolve_config("standard", stroke_lenght=5)
    assert all(name in str(caught.value) for name in PARAMETERS)


@pytest.mark.parametrize("name", ["original", "original-float64"])
def test_the_original_takes_no_parameters_and_says_which_config_does(name):
    with pytest.raises(ValueError, match=r"noise=0\.9 .*fixed; use config 'standard'"):
        resolve_config(name, noise=0.9)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("num_train", 0), ("num_test", 10**12 + 1), ("seed", -1), ("seed", 2**64), ("seed", 1.5)],
)
def test_sizes_and_seeds_have_bounds(parameter, value):
    with pytest.raises(ValueError, match=f"^{parameter}="):
        resolve_config("standard", **{parameter: value})


def test_the_largest_seed_and_size_are_taken():
    config = resolve_config("standard", seed=2**64 - 1, num_train=10**12)
    assert (config.seed, config.num_train) == (2**64 - 1, 10**12)


def test_keywords_replace_only_what_they_name():
    config = resolve_config("rotated", noise=0.7, num_test=9)
    assert config.variant == Variant(stroke_length=15, noise=0.7, max_rotation=10)
    assert config.num_rows == {"train": 10_000, "test": 9}


# Both are allowed, and nothing beyond.
LIMITS = {
    "num_train": (1, 10**12),
    "num_test": (1, 10**12),
    "seed": (0, 2**64 - 1),
    "image_size": (8, 512),
    "stroke_length": (2, 512),
    "stroke_width": (1, 64),
    "noise": (0, 4),
    "contrast": (0, 1),
    "max_rotation": (0, 45),
    "pixel_permutation": (0, 2**32 - 1),
    "num_proc": (1, 1024),
    "max_shard_bytes": (1, 2**63 - 1),
}


def test_no_limit_moves():
    bounds = {n: p.metadata["bounds"] for n, p in PARAMETERS.items() if "bounds" in p.metadata}
    bounds |= {"num_proc": PROCESSES, "max_shard_bytes": SHARD_BYTES}
    assert {name: (each.low, each.high) for name, each in bounds.items()} == LIMITS


def test_a_number_of_numpy_becomes_one_of_python():
    parameters = resolve_config("standard", num_train=np.int64(9), noise=np.float32(1)).parameters
    assert type(parameters["num_train"]) is int
    assert type(parameters["noise"]) is float


def test_the_bytes_of_a_row_are_those_of_its_pixels():
    found = {name: config.pixel_bytes for name, config in CONFIGS.items()}
    assert found.items() >= (dict.fromkeys(KEPT, 900) | {"original-float64": 7200}).items()


def test_a_config_of_other_pixels_is_refused_with_the_reason():
    config = find_config("standard")
    assert check_dtype(config, ("uint8",), "") is config
    with pytest.raises(ValueError, match="config='standard' is not allowed: no uint8 here"):
        check_dtype(config, ("float64",), "no {dtype} here")
