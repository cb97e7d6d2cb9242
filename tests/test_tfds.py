"""The builder for TensorFlow Datasets passes TFDS's own test case and has the right checksums."""

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
    """``tfds.load`` uses an exported folder as its own, and does not prepare it again."""
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


SMALL = {"num_train": 20, "num_test": 4}


def prepared(data_dir, name="mine", config="standard", **params):
    builder = tfds.builder(
        "slash", config=SlashConfig(name=name, config=config, params=params), data_dir=data_dir
    )
    builder.download_and_prepare()
    return builder


@pytest.mark.parametrize(
    ("other", "difference"),
    [
        ({"num_train": 30}, "num_train is 20, not 30"),
        ({"seed": 2}, "seed is 1, not 2"),
        ({"noise": 1.2}, "noise is 0.5, not 1.2"),
        ({"config": "noisy"}, "config is 'standard', not 'noisy'"),
        ({"config": "original", "num_train": None, "num_test": None, "seed": None}, "config is"),
        ({"test_region": "left"}, "test_region is 'all', not 'left'"),
    ],
)
def test_name_that_is_prepared_with_other_values_is_refused(other, difference, tmp_path):
    asked = SMALL | {"seed": 1}
    first = prepared(tmp_path, **asked)
    again = {name: value for name, value in (asked | other).items() if value is not None}
    with pytest.raises(ValueError, match=difference):
        prepared(tmp_path, **again)
    assert prepared(tmp_path, **asked).info.splits["train"].num_examples == 20
    assert checksum(first.as_dataset(split="train")) == checksum_of_split(
        open_config("standard", **asked)["train"]
    )


def test_equal_values_open_however_they_were_written(tmp_path):
    prepared(tmp_path, **SMALL, noise=1, seed=0)
    again = prepared(tmp_path, **SMALL, noise=np.float64(1))
    assert again.info.splits["train"].num_examples == 20


def test_what_is_prepared_says_what_it_is_to_those_who_have_no_code(tmp_path):
    built = prepared(tmp_path / "built", **SMALL, noise=1.2)
    exported = export.tfds(tmp_path / "exported", "standard", **SMALL, noise=1.2)
    for folder in (built.data_path, exported / "slash" / "standard" / "1.0.0"):
        info = tfds.builder_from_directory(folder).info
        assert "slash/standard noise=1.2 " not in info.description
        assert "slash/standard num_train=20 num_test=4 noise=1.2 (" in info.description
        assert info.metadata["values"]["noise"] == 1.2
        assert info.metadata["fingerprint"] in info.description


@pytest.mark.parametrize("layout", ["tfds", "tfds-array-record"])
def test_export_with_other_parameters_is_not_taken_for_the_named_config(layout, tmp_path):
    exported = export.export(layout, tmp_path / "exported", "standard", **SMALL, noise=1.2)
    with pytest.raises(ValueError, match=r"holds slash/standard .* noise=1.2.*builder_from_dir"):
        tfds.load("slash/standard", data_dir=exported, download=False)
    with pytest.raises(ValueError, match="num_train is 20, not 10000"):
        tfds.builder("slash/standard", data_dir=exported)
    builder = tfds.builder_from_directory(exported / "slash" / "standard" / "1.0.0")
    assert builder.info.splits["train"].num_examples == 20


@pytest.mark.parametrize("content", [None, "", "{", "[]", "{}", '{"values": {}}', '{"values": 3}'])
def test_folder_that_does_not_say_what_it_holds_is_refused(content, tmp_path):
    file = prepared(tmp_path, **SMALL).data_path / "metadata.json"
    file.unlink()
    if content is not None:
        file.write_text(content)
    with pytest.raises(ValueError, match="does not say which data it holds"):
        prepared(tmp_path, **SMALL)


def test_changed_default_of_a_config_is_noticed(tmp_path, monkeypatch):
    from slash_dataset import configs

    prepared(tmp_path, **SMALL)
    changed = configs.CONFIGS["standard"].with_parameters(noise=0.7)
    monkeypatch.setattr(configs, "CONFIGS", dict(configs.CONFIGS) | {"standard": changed})
    with pytest.raises(ValueError, match="noise is 0.5, not 0.7"):
        prepared(tmp_path, **SMALL)


def test_line_of_the_tutorial_of_tfds_works(tmp_path):
    (train, test), info = tfds.load(
        "slash",
        split=["train", "test"],
        shuffle_files=True,
        as_supervised=True,
        with_info=True,
        data_dir=tmp_path,
    )
    assert (len(train), len(test), info.splits["train"].num_examples) == (750, 250, 750)
    for config in (None, tfds.ReadConfig(shuffle_seed=3), tfds.ReadConfig(add_tfds_id=True)):
        again = tfds.load("slash", split="train", shuffle_files=True, read_config=config,
                          data_dir=tmp_path)  # fmt: skip
        assert sum(1 for _ in again) == 750
    # In order, the guard still refuses what would break it.
    with pytest.raises(ValueError, match="ordered dataset"):
        tfds.load("slash", split="train", data_dir=tmp_path,
                  read_config=tfds.ReadConfig(interleave_cycle_length=4))  # fmt: skip


def test_files_of_an_export_in_shards_are_shuffled_when_asked_for(tmp_path):
    exported = export.tfds(tmp_path / "exported", max_shard_bytes=100_000)
    data = tfds.load("slash", split="train", data_dir=exported, shuffle_files=True)
    rows = {row["image"].tobytes() for row in data.as_numpy_iterator()}
    images, _, _ = open_config()["train"].read(range(750))
    assert rows == {image.tobytes() for image in images}


PREPARE = """
import sys
import slash_dataset.tfds
from slash_dataset.tfds import SlashConfig
import tensorflow_datasets as tfds
data_dir, seed = sys.argv[1], int(sys.argv[2])
params = {"num_train": 3000, "num_test": 40, "seed": seed}
config = SlashConfig(name="mine", config="standard", params=params)
builder = tfds.builder("slash", config=config, data_dir=data_dir)
print("begin", flush=True)
input()  # all begin together, when none has prepared anything
try:
    builder.download_and_prepare()
except ValueError as error:
    print("refused:", error)
else:
    data = builder.as_dataset(split="train")
    print(sum(1 for _ in data), builder.info.splits["train"].num_examples)
"""


def at_once(data_dir, seeds):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PREPARE, str(data_dir), str(seed)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in seeds
    ]
    for process in processes:
        assert process.stdout.readline() == "begin\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    results = [process.communicate()[0].splitlines()[-1] for process in processes]
    assert all(process.returncode == 0 for process in processes)
    return results


def test_three_processes_that_prepare_at_once_all_end_right(tmp_path):
    assert at_once(tmp_path, [1, 1, 1]) == ["3000 3000"] * 3


def test_builder_finds_what_was_prepared_after_it_was_made(tmp_path):
    asked = {"name": "mine", "config": "standard"}
    same, again, other = (
        tfds.builder("slash", data_dir=tmp_path, config=SlashConfig(params=params, **asked))
        for params in (SMALL, SMALL, SMALL | {"seed": 2})
    )
    assert not same.is_prepared()
    prepared(tmp_path, **SMALL)
    assert same.is_prepared()
    assert len(same.as_dataset(split="train")) == 20
    again.download_and_prepare()
    assert len(again.as_dataset(split="train")) == 20
    for read in (other.is_prepared, other.download_and_prepare):
        with pytest.raises(ValueError, match="seed is 0, not 2"):
            read()


def test_processes_that_prepare_other_data_at_once_do_not_mix_them(tmp_path):
    results = sorted(at_once(tmp_path, [1, 2, 2]))
    read = [result for result in results if result == "3000 3000"]
    refused = [result for result in results if "seed is" in result]
    assert len(read) in (1, 2)
    assert len(read) + len(refused) == 3


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
