"""The layouts of TensorFlow users, read with TFDS, Keras and TensorFlow itself."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slash_dataset import export
from slash_dataset.export._tf_examples import encode_examples, frame_records
from slash_dataset.variants import CLASSES

from .conftest import by_file_name

SPLITS = ("train", "test")


def columns(dataset):
    """The images, without their channel, and labels of a dataset of TFDS."""
    rows = list(dataset.as_numpy_iterator())
    return np.stack([row["image"][..., 0] for row in rows]), [row["label"] for row in rows]


def version_folder(dest, case):
    return dest / "slash" / case.config / "1.0.0"


def test_tfds_reads_the_folder_without_any_code_of_ours(case, export_once):
    import tensorflow_datasets as tfds

    builder = tfds.builder_from_directory(version_folder(export_once("tfds", case), case))
    assert builder.info.features["label"].names == list(CLASSES)
    assert builder.info.splits["train"].num_shards > 1
    for split in SPLITS:
        case.check(split, *columns(builder.as_dataset(split=split)))
        assert builder.info.splits[split].num_examples == case.expected[split]["num_rows"]


def test_tfds_load_finds_the_config_in_the_data_dir(export_once):
    import tensorflow_datasets as tfds

    from .conftest import CASES

    case = CASES["original"]
    for split in SPLITS:
        data = tfds.load(
            "slash/original", data_dir=export_once("tfds", case), split=split, download=False
        )
        case.check(split, *columns(data))


def test_metadata_is_what_tfds_itself_writes(case, export_once, tmp_path):
    import tensorflow_datasets as tfds

    for layout in ("tfds", "tfds-array-record"):
        folder = version_folder(export_once(layout, case), case)
        info = tfds.builder_from_directory(folder).info
        rewritten = tmp_path / layout
        rewritten.mkdir()
        info.write_to_directory(rewritten)
        for name in ("dataset_info.json", "features.json", "metadata.json"):
            ours = json.loads((folder / name).read_text(encoding="utf-8"))
            theirs = json.loads((rewritten / name).read_text(encoding="utf-8"))
            assert ours == theirs
        for name in ("label.labels.txt", "LICENSE"):
            assert (folder / name).read_bytes() == (rewritten / name).read_bytes()


def test_number_of_bytes_in_the_metadata_is_that_of_the_messages(case, export_once):
    import tensorflow as tf

    folder = version_folder(export_once("tfds", case), case)
    info = json.loads((folder / "dataset_info.json").read_text(encoding="utf-8"))
    for split in info["splits"]:
        shards = sorted(map(str, folder.glob(f"slash-{split['name']}.tfrecord-*")))
        messages = [m for shard in shards for m in tf.data.TFRecordDataset(shard)]
        assert split["numBytes"] == str(sum(len(message.numpy()) for message in messages))


def test_default_config_is_the_original(export_once):
    import tensorflow_datasets as tfds

    from .conftest import CASES

    builder = tfds.builder("slash", data_dir=export_once("tfds", CASES["original"]))
    assert builder.builder_config.name == "original"


def test_forced_export_adds_a_config_to_a_data_dir_and_leaves_the_others(tmp_path):
    import tensorflow_datasets as tfds

    data_dir = export.tfds(tmp_path / "data_dir")
    other = data_dir / "mnist" / "note.txt"
    other.parent.mkdir()
    other.write_text("kept")
    export.tfds(data_dir, "standard", num_train=20, num_test=10, force=True)
    assert other.read_text() == "kept"
    assert len(tfds.load("slash/original", data_dir=data_dir, split="train")) == 750
    standard = tfds.builder_from_directory(data_dir / "slash" / "standard" / "1.0.0")
    assert len(standard.as_dataset(split="train")) == 20


@given(
    height=st.integers(1, 150),
    width=st.integers(1, 150),
    labels=st.lists(st.integers(0, 1), min_size=1, max_size=4),
)
def test_messages_and_records_are_those_of_tensorflow(height, width, labels):
    import tensorflow as tf

    images = np.arange(len(labels) * height * width).astype(np.uint8)
    images = images.reshape(len(labels), height, width)
    messages = encode_examples(images, np.array(labels))
    for message, image, label in zip(messages, images, labels, strict=True):
        example = tf.train.Example.FromString(message.tobytes())
        assert sorted(example.features.feature) == ["image", "label"]
        assert list(example.features.feature["label"].int64_list.value) == [label]
        [png] = example.features.feature["image"].bytes_list.value
        np.testing.assert_array_equal(tf.io.decode_png(png)[..., 0], image)
        assert example.SerializeToString(deterministic=True) == message.tobytes()


def test_records_are_what_tensorflow_writes(tmp_path):
    import tensorflow as tf

    random = np.frombuffer(bytes(range(256)) * 40, np.uint8)
    for length in (1, 8, 255, 1000):
        messages = random[: 5 * length].reshape(5, length)
        with tf.io.TFRecordWriter(str(tmp_path / "theirs")) as writer:
            for message in messages:
                writer.write(message.tobytes())
        assert (tmp_path / "theirs").read_bytes() == frame_records(messages).tobytes()


@pytest.mark.parametrize("split", SPLITS)
def test_keras_reads_the_image_folder(case, export_once, split):
    import keras

    data = keras.utils.image_dataset_from_directory(
        export_once("imagefolder", case) / split,
        color_mode="grayscale",
        image_size=(case.image_size, case.image_size),
        shuffle=False,
        verbose=False,
    )
    assert data.class_names == list(CLASSES)
    batches = list(data.as_numpy_iterator())
    images = np.concatenate([images for images, _ in batches])[..., 0]
    labels = np.concatenate([labels for _, labels in batches])
    np.testing.assert_array_equal(images, np.rint(images))
    case.check(split, *by_file_name(data.file_paths, images.astype(np.uint8), labels))


def test_image_folder_of_tfds_reads_the_image_folder(case, export_once):
    import tensorflow_datasets as tfds

    builder = tfds.folder_dataset.ImageFolder(str(export_once("imagefolder", case)))
    assert builder.info.features["label"].names == list(CLASSES)
    for split in SPLITS:
        rows = list(builder.as_dataset(split=split).as_numpy_iterator())
        # TFDS decodes to three equal channels here.
        images = [row["image"][..., 0] for row in rows]
        names = [row["image/filename"].decode() for row in rows]
        case.check(split, *by_file_name(names, images, [row["label"] for row in rows]))
