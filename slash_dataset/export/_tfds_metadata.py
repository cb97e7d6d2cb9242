"""The metadata that TensorFlow Datasets reads from a prepared dataset.

It is what ``tfds.core.DatasetInfo.write_to_directory`` of release 4.9 writes, so that
``tfds.builder_from_directory`` and ``tfds.load`` read it in a process without code for Slash.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..about import CITATION, DATA_VERSION, DESCRIPTION, HOMEPAGE, LICENSE_NAME, NAME
from ..configs import DEFAULT_CONFIG_NAME, Config
from ..identity import config_identity
from ..shards import Shard, name_shards, shard_ranges
from ..splits import Split
from ..variants import CLASSES
from ._tf_examples import RECORD_OVERHEAD, encode_examples
from ._writing import Plans

RELEASE_NOTES = {DATA_VERSION: "The release of 2019, and drawn configs."}
_FEATURES = "tensorflow_datasets.core.features"


METADATA_FILE = "metadata.json"
"""Where TFDS keeps extra metadata of a prepared dataset, in the folder of its version."""


def description_of(config: Config) -> str:
    """Return the description of a prepared config; it ends with the identity."""
    identity = config_identity(config)
    return f"{DESCRIPTION} Identity: {identity} ({identity.fingerprint})."


def identity_metadata(config: Config) -> dict[str, Any]:
    """Return the identity of a config in the form stored in :data:`METADATA_FILE`.

    Examples
    --------
    >>> from slash_dataset.configs import find_config
    >>> identity_metadata(find_config("original"))["values"]
    {'config': 'original'}
    """
    identity = config_identity(config)
    return {
        "identity": identity.text,
        "fingerprint": identity.fingerprint,
        "values": dict(identity.values),
    }


def plan_examples(split: Split, file_format: str, max_shard_bytes: int) -> list[Shard]:
    """Return the shards of a split whose messages all have the same length.

    Their names are those that TFDS derives from its template.

    Examples
    --------
    >>> from slash_dataset import open_config
    >>> plan_examples(open_config()["test"], "tfrecord", 150_000)[0].name
    'slash-test.tfrecord-00000-of-00002'
    """
    record_bytes = _message_bytes(split) + RECORD_OVERHEAD
    ranges = shard_ranges(len(split), record_bytes, max_shard_bytes)
    return name_shards(f"{NAME}-{split.name}.{file_format}", ranges, suffix="")


def _message_bytes(split: Split) -> int:
    blank = np.zeros((1, *split.image_shape), np.uint8)
    return int(encode_examples(blank, np.zeros(1, np.int64)).shape[1])


def metadata_files(splits: Mapping[str, Split], file_format: str, plans: Plans) -> dict[str, bytes]:
    """Return what TFDS reads beside the shards: information, features, classes, licence.

    The identity is in the description and, with every value, in ``metadata.json``.

    Parameters
    ----------
    splits : mapping of str to Split
    file_format : str
        "tfrecord" or "array_record".
    plans : mapping of str to list of Shard
        The shards of each split.

    Returns
    -------
    dict of str to bytes
        In the order in which a manifest lists them.
    """
    config = splits["train"].config
    described = [
        {
            "filepathTemplate": "{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}",
            "name": name,
            "numBytes": str(_message_bytes(split) * len(split)),
            "shardLengths": [str(len(shard.rows)) for shard in plans[name]],
        }
        for name, split in splits.items()
    ]
    texts = {
        "LICENSE": LICENSE_NAME,
        "dataset_info.json": json.dumps(_info(config, file_format, described), indent=2),
        "features.json": json.dumps(_features(config.image_size), indent=4),
        "label.labels.txt": "\n".join(CLASSES) + "\n",
        METADATA_FILE: json.dumps(identity_metadata(config)),
    }
    return {name: text.encode() for name, text in texts.items()}


def shared_files() -> dict[str, bytes]:
    """Return what all configs share: which of them ``tfds.load("slash")`` means."""
    default = json.dumps({"default_config_name": DEFAULT_CONFIG_NAME})
    return {f"{NAME}/.config/metadata.json": default.encode()}


def _info(config: Config, file_format: str, splits: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "citation": CITATION,
        "configDescription": config.description,
        "configName": config.name,
        "description": description_of(config),
        # Rows keep their own order, which in the original is the author's.
        "disableShuffling": True,
        "fileFormat": file_format,
        "location": {"urls": [HOMEPAGE]},
        "moduleName": "slash_dataset.tfds",
        "name": NAME,
        "redistributionInfo": {"license": LICENSE_NAME},
        "releaseNotes": RELEASE_NOTES,
        "splits": splits,
        "supervisedKeys": {"tuple": {"items": [{"featureKey": "image"}, {"featureKey": "label"}]}},
        "version": DATA_VERSION,
    }


def _features(image_size: int) -> dict[str, Any]:
    shape = {"dimensions": [str(image_size), str(image_size), "1"]}
    image = {
        "image": {"dtype": "uint8", "encodingFormat": "png", "shape": shape},
        "pythonClassName": f"{_FEATURES}.image_feature.Image",
    }
    label = {
        "classLabel": {"numClasses": str(len(CLASSES))},
        "pythonClassName": f"{_FEATURES}.class_label_feature.ClassLabel",
    }
    return {
        "featuresDict": {"features": {"image": image, "label": label}},
        "pythonClassName": f"{_FEATURES}.features_dict.FeaturesDict",
    }
