"""Equal identities have equal bytes; different requests have different identities."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slash_dataset import open_config
from slash_dataset.configs import CONFIGS, PARAMETERS, resolve_config
from slash_dataset.identity import config_identity, split_identity
from tests.strategies import variants

# How a config was asked for is written into files and caches: its fingerprint must not drift.
GOLDEN = {
    "original": "d3b97c56957961fd",
    "original-float64": "3fe93b8229e57f6e",
    "standard": "3ff9982ee005a308",
    "rotated": "456eac36a67ca520",
}


@pytest.mark.parametrize("name", GOLDEN)
def test_fingerprints_do_not_drift(name):
    assert config_identity(CONFIGS[name]).fingerprint == GOLDEN[name]


def test_every_config_has_an_identity_of_its_own():
    found = {config_identity(config).fingerprint for config in CONFIGS.values()}
    assert len(found) == len(CONFIGS)


def test_the_text_shows_only_what_differs_from_the_config():
    assert str(config_identity(CONFIGS["long"])) == "slash/long"
    config = resolve_config("long", noise=0.65, seed=2, num_train=500)
    assert str(config_identity(config)) == "slash/long num_train=500 seed=2"
    how = config_identity(config, encoding="array", factors=True)
    assert str(how) == "slash/long num_train=500 seed=2 encoding=array factors=True"
    assert str(config_identity(config, encoding="png", factors=False)) == str(
        config_identity(config)
    )


def test_the_fingerprint_covers_a_value_that_the_text_does_not_show(monkeypatch):
    """A changed default changes the identity, even if the argument is left out."""
    from slash_dataset import configs

    before = config_identity(CONFIGS["noisy"])
    changed = CONFIGS["noisy"].with_parameters(noise=1.3)
    monkeypatch.setattr(configs, "CONFIGS", dict(CONFIGS) | {"noisy": changed})
    after = config_identity(changed)
    assert str(after) == str(before) == "slash/noisy"
    assert after.fingerprint != before.fingerprint


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_is_part_of_a_configs_identity(name):
    other = {"train_region": "left", "test_region": "left", "contrast": 0.5}
    value = other[name] if name in other else CONFIGS["standard"].parameters[name] + 1
    changed = resolve_config("standard", **{name: value})
    assert name in config_identity(CONFIGS["standard"]).values
    difference = config_identity(CONFIGS["standard"]).difference(config_identity(changed).values)
    assert difference.startswith(f"{name} is ")
    assert f"{name}={changed.parameters[name]}" in str(config_identity(changed))


@given(variants(), st.integers(0, 2**64 - 1), st.sampled_from(["train", "test"]))
def test_what_touches_no_row_of_a_split_is_no_part_of_its_identity(variant, seed, split):
    other = "test" if split == "train" else "train"
    looks = {name: getattr(variant, name) for name in variant.__dataclass_fields__}
    config = resolve_config("standard", seed=seed, **looks)
    more = config.with_parameters(**{f"num_{other}": 77})
    assert split_identity(config, split) == split_identity(more, split)
    assert config_identity(config) != config_identity(more)
    longer = config.with_parameters(**{f"num_{split}": 77})
    assert split_identity(config, split) != split_identity(longer, split)
    assert split_identity(config, split, num_rows=False) == split_identity(
        longer, split, num_rows=False
    )


def test_values_survive_json():
    identity = config_identity(CONFIGS["rotated"], encoding="png")
    assert identity.difference(json.loads(json.dumps(dict(identity.values)))) is None


def test_a_missing_and_a_surplus_value_are_differences():
    identity = config_identity(CONFIGS["standard"])
    without = {name: value for name, value in identity.values.items() if name != "seed"}
    assert identity.difference(without) == "seed is None, not 0"
    surplus = {**identity.values, "encoding": "png"}
    assert identity.difference(surplus) == "encoding is 'png', not None"


def test_a_split_prints_what_it_is():
    printed = repr(open_config("rotated", seed=3, noise=0.7, num_test=9)["test"])
    fingerprint = split_identity(
        resolve_config("rotated", seed=3, noise=0.7, num_test=9), "test"
    ).fingerprint
    assert printed == f"<slash/rotated/test num_test=9 seed=3 noise=0.7: 9 rows, {fingerprint}>"
