"""The metadata by which TensorFlow Datasets knows a prepared dataset.

Written as ``tfds.core.DatasetInfo.write_to_directory`` of release 4.9 writes it, so that
``tfds.builder_from_directory`` and ``tfds.load`` read it in a process that has no code for Slash.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..configs import DATA_VERSION, DEFAULT_CONFIG_NAME, Config
from ..variants import CLASSES

NAME = "slash"
RELEASE_NOTES = {DATA_VERSION: "The release of 2019, and drawn configs."}
_FEATURES = "tensorflow_datasets.core.features"


def shard_name(split: str, file_format: str, number: int, count: int) -> str:
    """Return the name of a shard, as TFDS derives it from its template.

    Examples
    --------
    >>> shard_name("train", "tfrecord", 0, 2)
    'slash-train.tfrecord-00000-of-00002'
    """
    return f"{NAME}-{split}.{file_format}-{number:05d}-of-{count:05d}"


def write_metadata(
    folder: Path,
    config: Config,
    file_format: str,
    shard_lengths: dict[str, list[int]],
    num_bytes: dict[str, int],
) -> None:
    """Write ``dataset_info.json``, ``features.json``, ``label.labels.txt`` and ``LICENSE``.

    Parameters
    ----------
    folder : pathlib.Path
        The folder of a version, which holds the shards.
    config : OriginalConfig or DrawnConfig
    file_format : str
        "tfrecord" or "array_record".
    shard_lengths : dict of str to list of int
        For each split, the number of rows of each shard.
    num_bytes : dict of str to int
        For each split, the bytes of all its messages.
    """
    (folder / "label.labels.txt").write_text("\n".join(CLASSES) + "\n", encoding="utf-8")
    (folder / "LICENSE").write_text("CC BY 4.0", encoding="utf-8")
    _write_json(folder / "features.json", _features(config.image_size), indent=4)
    splits = [
        {
            "filepathTemplate": "{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}",
            "name": name,
            "numBytes": str(num_bytes[name]),
            "shardLengths": [str(length) for length in lengths],
        }
        for name, lengths in shard_lengths.items()
    ]
    _write_json(folder / "dataset_info.json", _info(config, file_format, splits), indent=2)


def write_default_config(folder: Path) -> None:
    """Say in the folder of all configs which of them ``tfds.load("slash")`` means."""
    (folder / ".config").mkdir(exist_ok=True)
    _write_json(folder / ".config" / "metadata.json", {"default_config_name": DEFAULT_CONFIG_NAME})


def _info(config: Config, file_format: str, splits: list[dict[str, Any]]) -> dict[str, Any]:
    from ..builder import CITATION, DESCRIPTION, HOMEPAGE

    return {
        "citation": CITATION,
        "configDescription": config.description,
        "configName": config.name,
        "description": " ".join(DESCRIPTION.split()),
        # Rows stand in their own order, which for the original is the author's.
        "disableShuffling": True,
        "fileFormat": file_format,
        "location": {"urls": [HOMEPAGE]},
        "moduleName": "slash_dataset.tfds",
        "name": NAME,
        "redistributionInfo": {"license": "CC BY 4.0"},
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


def _write_json(path: Path, content: dict[str, Any], indent: int | None = None) -> None:
    path.write_text(json.dumps(content, indent=indent), encoding="utf-8")
