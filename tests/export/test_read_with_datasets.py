"""Every layout that `datasets` has a loader for, read with that loader."""

from __future__ import annotations

from pathlib import Path

import datasets
import numpy as np
import pyarrow.parquet as pq
import pytest

from slash_dataset import export, open_config
from slash_dataset.checksums import checksum_of_batches, recorded_checksums
from slash_dataset.tables import features_of

from .conftest import by_file_name

SPLITS = ("train", "test")


def test_load_dataset_reads_the_image_folder(case, export_once, tmp_path):
    loaded = datasets.load_dataset(
        "imagefolder", data_dir=str(export_once("imagefolder", case)), cache_dir=str(tmp_path)
    )
    assert set(loaded) == set(SPLITS)
    for split, rows in loaded.items():
        assert rows.features["label"].names == ["backslash", "slash"]
        images = [np.asarray(image.convert("L")) for image in rows["image"]]
        paths = [
            image["path"]
            for image in rows.cast_column("image", datasets.Image(decode=False))["image"]
        ]
        case.check(split, *by_file_name(paths, images, rows["label"]))


@pytest.mark.parametrize("named", [True, False])
def test_load_dataset_reads_the_webdataset_shards(case, export_once, tmp_path, named):
    dest = export_once("webdataset", case)
    files = {split: str(dest / f"slash-{split}-*.tar") for split in SPLITS}
    where = {"data_files": files} if named else {"data_dir": str(dest)}
    loaded = datasets.load_dataset("webdataset", cache_dir=str(tmp_path), **where)
    assert set(loaded) == set(SPLITS)
    for split, rows in loaded.items():
        case.check(split, np.stack([np.asarray(image) for image in rows["png"]]), rows["cls"])


@pytest.mark.parametrize("encoding", ["flat", "png", "array"])
def test_load_dataset_knows_the_features_of_the_parquet_files(case, tmp_path, encoding):
    dest = export.parquet(
        tmp_path / "parquet", case.config, encoding=encoding, max_shard_bytes=400_000, **case.params
    )
    loaded = datasets.load_dataset(str(dest), cache_dir=str(tmp_path / "cache"))
    size = case.image_size
    for split, rows in loaded.items():
        assert rows.features["label"].names == ["backslash", "slash"]
        if encoding != "flat":
            config = open_config(case.config, **case.params)[split].config
            assert rows.features == features_of(config, encoding)
        images = np.stack([np.asarray(image, np.uint8) for image in rows["image"]])
        case.check(split, images.reshape(-1, size, size), rows["label"])


@pytest.mark.parametrize("encoding", ["flat", "array"])
def test_parquet_keeps_float64_pixels_to_the_last_bit(tmp_path, encoding):
    dest = export.parquet(tmp_path / "parquet", "original-float64", encoding=encoding)
    loaded = datasets.load_dataset(str(dest), cache_dir=str(tmp_path / "cache"))
    for split, rows in loaded.items():
        images = np.stack([np.asarray(image, np.float64) for image in rows["image"]])
        batch = (images.reshape(-1, 30, 30), np.array(rows["label"]))
        assert checksum_of_batches([batch]) == recorded_checksums("original-float64")[split]


def test_several_shards_are_read_in_the_order_of_their_rows(case, export_once):
    shards = sorted(export_once("parquet", case).glob("train/*.parquet"))
    assert len(shards) > 1
    lengths = [pq.read_metadata(shard).num_rows for shard in shards]
    assert max(lengths) - min(lengths) <= 1
    table = pq.read_table(shards)
    images = table["image"].combine_chunks().flatten().to_numpy()
    size = case.image_size
    case.check("train", images.reshape(-1, size, size), table["label"].to_numpy())


def test_nothing_but_data_files_is_taken_for_data(case, export_once):
    """The README has no front matter that `datasets` would take for settings."""
    for layout in ("imagefolder", "webdataset", "parquet"):
        text = (Path(export_once(layout, case)) / "README.md").read_text(encoding="utf-8")
        assert not text.startswith("---")
