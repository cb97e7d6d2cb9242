"""The figures show what differs between configs."""

from __future__ import annotations

import numpy as np
import pytest

from slash_dataset.configs import CONFIGS
from slash_dataset.export._parquet import write_split
from slash_dataset.release.figures import _groups
from slash_dataset.release.manifest import read_shards
from slash_dataset.splits import open_splits


@pytest.fixture(scope="module")
def contents(tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    configs = [
        config.with_parameters(num_train=600, num_test=300) if config.parameters else config
        for config in CONFIGS.values()
    ]
    return {
        config: {
            name: read_shards(write_split(split, folder / config.name))
            for name, split in open_splits(config).items()
        }
        for config in configs
    }


def test_configs_share_a_line_only_if_their_gray_levels_are_spread_alike(contents):
    groups = [[config.name for config in members] for members in _groups(contents)]
    assert groups == [
        ["original", "original-float64", "standard", "shuffled", "shifted"],
        ["long"],
        ["noisy"],
        ["rotated"],
    ]


def test_mean_images_are_those_of_the_pixels_and_tell_train_from_test(contents):
    for config, splits in contents.items():
        for name, split in open_splits(config).items():
            images = split.read(range(len(split))).images
            gray = np.rint(255 * images) if config.dtype == "float64" else images
            np.testing.assert_allclose(splits[name].mean_image, gray.mean(axis=0))
    (shifted,) = (splits for config, splits in contents.items() if config.name == "shifted")
    half = shifted["train"].mean_image.shape[1] // 2
    for name, side in (("train", slice(None, half)), ("test", slice(half, None))):
        image = shifted[name].mean_image
        assert image[:, side].mean() < image.mean()
