"""The builder for TensorFlow Datasets, by TFDS's own test case and against the checksums."""

from __future__ import annotations

import subprocess
import sys
import tempfile

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from slash_dataset import CONFIG_NAMES, export, open_config
from slash_dataset.checksums import checksum_of_batches, checksum_of_split, recorded_checksums
from slash_dataset.tfds import Slash, SlashConfig


class OriginalTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = Slash
    BUILDER_CONFIG_NAMES_TO_TEST = ["original", "original-float64"]  # noqa: RUF012
    SPLITS = {"train": 750, "test": 250}  # noqa: RUF012
    EXAMPLE_DIR = tempfile.gettempdir()  # the test case asks for one; nothing is read from it


class DrawnTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = Slash
    BUILDER_CONFIG_NAMES_TO_TEST = [  # noqa: RUF012
        SlashConfig(
            name="small",
            config="rotated",
            params={"image_size": 33, "num_train": 101, "num_test": 7},
        )
    ]
    SPLITS = {"train": 101, "test": 7}  # noqa: RUF012
    EXAMPLE_DIR = tempfile.gettempdir()


def checksum(dataset):
    rows = list(dataset.as_numpy_iterator())
    images = np.stack([row["image"][..., 0] for row in rows])
    return checksum_of_batches([(images, np.array([row["label"] for row in rows]))])


@pytest.mark.parametrize("config", ["original", "original-float64"])
def test_load_gives_the_release_in_the_authors_order(config, tmp_path):
    loaded = tfds.load(f"slash/{config}", data_dir=tmp_path)
    assert {name: checksum(data) for name, data in loaded.items()} == recorded_checksums(config)


def test_config_that_is_loaded_by_default_is_the_original(tmp_path):
    data, info = tfds.load("slash", data_dir=tmp_path, split="train", with_info=True)
    assert info.config_name == "original"
    assert info.features["label"].names == ["backslash", "slash"]
    assert len(data) == 750


def test_every_config_has_a_builder(tmp_path):
    assert list(Slash.builder_configs) == list(CONFIG_NAMES)
    for name in CONFIG_NAMES:
        builder = tfds.builder(f"slash/{name}", data_dir=tmp_path)
        split = open_config(name)["train"]
        assert builder.info.features["image"].shape == (*split.image_shape, 1)
        assert builder.info.features["image"].np_dtype == split.dtype


def test_parameters_come_in_a_config_of_a_new_name(tmp_path):
    params = {"image_size": 33, "num_train": 301, "num_test": 3, "seed": 9}
    config = SlashConfig(name="mine", config="long", params=params)
    builder = tfds.builder("slash", config=config, data_dir=tmp_path)
    builder.download_and_prepare()
    for name, split in open_config("long", **params).items():
        assert checksum(builder.as_dataset(split=name)) == checksum_of_split(split)
    assert (tmp_path / "slash" / "mine" / "1.0.0").is_dir()


def test_builder_and_export_prepare_the_same_dataset(tmp_path):
    """``tfds.load`` takes an exported folder for its own, and does not prepare it again."""
    exported = export.tfds(tmp_path / "exported")
    data, info = tfds.load(
        "slash", data_dir=exported, split="train", with_info=True, download=False
    )
    assert checksum(data) == recorded_checksums("original")["train"]
    builder = tfds.builder("slash", data_dir=tmp_path / "built")
    builder.download_and_prepare()
    for theirs, ours in zip(builder.info.splits.values(), info.splits.values(), strict=True):
        assert theirs.num_bytes == ours.num_bytes
        assert theirs.shard_lengths == ours.shard_lengths
        assert theirs.filenames == ours.filenames
        # The order of the two features in a message is open, and TFDS leaves it to chance.
        messages = [
            [
                tf.train.Example.FromString(message.numpy())
                for message in tf.data.TFRecordDataset(str(split.filepaths[0]))
            ]
            for split in (theirs, ours)
        ]
        assert messages[0] == messages[1]


def test_builder_reads_an_export_with_other_parameters_as_it_is(tmp_path):
    params = {"image_size": 33, "num_train": 40, "num_test": 10}
    exported = export.tfds(tmp_path / "exported", "standard", **params)
    loaded = tfds.load("slash/standard", data_dir=exported, download=False)
    for name, split in open_config("standard", **params).items():
        assert checksum(loaded[name]) == checksum_of_split(split)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "nothing"}, "config 'nothing' is unknown"),
        ({"name": "mine", "config": "standard", "params": {"noise": 9}}, "noise=9 is out of range"),
        ({"name": "standard", "params": {"noise": 1.0}}, "give a new name"),
    ],
)
def test_bad_configs_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        SlashConfig(**arguments)


def test_without_tfds_the_error_names_the_extra():
    script = (
        "import sys\nsys.modules['tensorflow_datasets'] = None\n"
        "try:\n    import slash_dataset.tfds\n"
        "except ImportError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert 'pip install "slash-dataset[tfds]"' in done.stdout
