"""Parquet shards have each row once, the same bytes however they are written, and features."""

from __future__ import annotations

import io
import json

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from slash_dataset import open_config
from slash_dataset.checksums import checksum_of_batches, checksum_of_split, recorded_checksums
from slash_dataset.export._parquet import write_shard
from slash_dataset.export._parquet import write_split as write_shards
from slash_dataset.export._writing import Rows
from slash_dataset.shards import plan_shards, shard_ranges, write_row_groups
from slash_dataset.tables import features_of


def drawn(rows=2_500, **params):
    return open_config("standard", num_train=rows, **params)["train"]


def decoded(tables, encoding):
    for table in tables:
        labels = table["label"].to_numpy()
        if encoding == "png":
            files = table["image"].combine_chunks().field("bytes").to_pylist()
            yield np.stack([np.asarray(Image.open(io.BytesIO(file))) for file in files]), labels
        else:
            rows = table["image"].to_pylist()
            dtype = np.float64 if isinstance(rows[0][0][0], float) else np.uint8
            yield np.array(rows, dtype), labels


@given(
    num_rows=st.integers(1, 10_000),
    row_bytes=st.integers(1, 5_000),
    max_shard_bytes=st.integers(1, 10**7),
)
def test_ranges_cover_every_row_once_in_the_fewest_even_shards(
    num_rows, row_bytes, max_shard_bytes
):
    ranges = shard_ranges(num_rows, row_bytes, max_shard_bytes)
    assert ranges[0].start == 0
    assert ranges[-1].stop == num_rows
    assert all(a.stop == b.start for a, b in zip(ranges, ranges[1:], strict=False))
    lengths = [len(rows) for rows in ranges]
    assert max(lengths) - min(lengths) <= 1
    assert max(lengths) * row_bytes <= max_shard_bytes or max(lengths) == 1
    fewest = -(-num_rows // max(1, max_shard_bytes // row_bytes))
    assert len(ranges) == fewest


@pytest.mark.parametrize("encoding", ["png", "array"])
@pytest.mark.parametrize("params", [{}, {"image_size": 33, "seed": 4}])
def test_shards_read_back_as_the_split(tmp_path, encoding, params):
    split = drawn(**params)
    files = write_shards(split, tmp_path, encoding=encoding, max_shard_bytes=10**6)
    assert len(files) > 2
    tables = [pq.read_table(file) for file in files]
    assert checksum_of_batches(decoded(tables, encoding)) == checksum_of_split(split)


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("config", ["original", "original-float64"])
def test_release_reads_back_with_its_recorded_checksums(tmp_path, config, split):
    [file] = write_shards(open_config(config)[split], tmp_path)
    encoding = "png" if config == "original" else "array"
    found = checksum_of_batches(decoded([pq.read_table(file)], encoding))
    assert found == recorded_checksums(config)[split]


def test_names_are_those_of_the_hub(tmp_path):
    split = open_config()["train"]
    [one] = write_shards(split, tmp_path)
    assert one == tmp_path / "train-00000-of-00001.parquet"
    many = write_shards(split, tmp_path, stem="part", max_shard_bytes=500_000)
    assert [file.name for file in many] == [
        "part-00000-of-00002.parquet",
        "part-00001-of-00002.parquet",
    ]


def test_a_shard_does_not_depend_on_the_rows_before_it(tmp_path):
    split = drawn()
    files = write_shards(split, tmp_path / "all", max_shard_bytes=10**6)
    last = plan_shards(split, max_shard_bytes=10**6)[-1]
    (tmp_path / "alone").mkdir()
    alone = tmp_path / "alone" / "x"
    write_shard(alone, Rows(split, last.rows, lambda batch: None), "png", 10**6)
    assert alone.read_bytes() == files[-1].read_bytes()


@pytest.mark.parametrize("encoding", ["png", "array"])
def test_load_dataset_reads_features_from_the_files_alone(tmp_path, encoding):
    split = drawn(300)
    write_shards(split, tmp_path / "data", encoding=encoding)
    loaded = datasets.load_dataset(
        "parquet",
        data_files=str(tmp_path / "data" / "*.parquet"),
        split="train",
        cache_dir=str(tmp_path / "cache"),
    )
    assert loaded.features == features_of(split.config, encoding)
    images, labels, _ = split.read(range(300))
    np.testing.assert_array_equal(
        np.stack([np.asarray(i, np.uint8) for i in loaded["image"]]), images
    )
    assert loaded["label"][:] == labels.tolist()


def test_images_are_stored_as_hugging_face_images(tmp_path):
    [file] = write_shards(open_config()["test"], tmp_path)
    schema = pq.read_schema(file)
    assert schema.field("image").type == pa.struct({"bytes": pa.binary(), "path": pa.string()})
    features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    assert features["image"]["_type"] == "Image"
    assert features["label"] == {"names": ["backslash", "slash"], "_type": "ClassLabel"}


def test_row_groups_suit_the_viewer_of_the_hub(tmp_path):
    [file] = write_shards(drawn(), tmp_path / "small")
    metadata = pq.read_metadata(file)
    assert [metadata.row_group(i).num_rows for i in range(3)] == [1000, 1000, 500]
    assert {metadata.row_group(0).column(i).compression for i in range(3)} == {"ZSTD"}
    assert all(metadata.row_group(0).column(i).has_offset_index for i in range(3))
    [file] = write_shards(drawn(80, image_size=256), tmp_path / "large")
    metadata = pq.read_metadata(file)
    assert [metadata.row_group(i).num_rows for i in range(3)] == [32, 32, 16]


def test_shards_stay_under_the_size_that_is_given(tmp_path):
    files = write_shards(drawn(4_000), tmp_path, max_shard_bytes=500_000)
    assert max(file.stat().st_size for file in files) <= 500_000


def test_pngs_take_less_than_600_bytes_an_image_of_the_original_distribution(tmp_path):
    [file] = write_shards(drawn(5_000), tmp_path)
    assert file.stat().st_size / 5_000 < 600


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_shard_bytes": 0}, "max_shard_bytes=0"),
        ({"max_shard_bytes": "100MB"}, "max_shard_bytes='100MB'"),
        ({"encoding": "jpeg"}, "encoding='jpeg'"),
    ],
)
def test_bad_arguments_are_named_before_anything_is_written(tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        write_shards(open_config()["test"], tmp_path / "data", **arguments)
    with pytest.raises(ValueError, match="encoding='png' is not allowed"):
        write_shards(open_config("original-float64")["test"], tmp_path / "data", encoding="png")
    assert not list(tmp_path.iterdir())


def test_rows_out_of_the_split_are_refused(tmp_path):
    with pytest.raises(IndexError, match="out of range"):
        write_shard(tmp_path / "x", Rows(drawn(10), range(5, 20), lambda batch: None), "png", 1)


@pytest.mark.parametrize("failing", [0, 1, 3])
def test_a_table_that_cannot_be_written_is_an_error_whichever_it_is(tmp_path, failing, monkeypatch):
    calls = []

    def write_table(writer, table, row_group_size):
        calls.append(table)
        if len(calls) == failing + 1:
            raise OSError("full")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", write_table)
    table = pa.table({"image": pa.array([b""]), "label": pa.array([1])})
    with pytest.raises(OSError, match="full"):
        write_row_groups(tmp_path / "x", table.schema, iter([table] * 4))
    assert len(calls) <= failing + 2


@pytest.mark.parametrize("encoding", ["png", "array"])
def test_lists_of_8_bit_pixels_go_through_a_dictionary_and_files_do_not(tmp_path, encoding):
    [file] = write_shards(drawn(100), tmp_path, encoding=encoding)
    pixels = pq.read_metadata(file).row_group(0).column(0)
    assert ("RLE_DICTIONARY" in pixels.encodings) == (encoding == "array")


def test_a_split_has_a_million_shards_and_no_more():
    assert len(shard_ranges(10**6, row_bytes=1, max_shard_bytes=1)) == 10**6
    with pytest.raises(ValueError, match="make 1,000,001 shards, and 1,000,000 are allowed"):
        shard_ranges(10**6 + 1, row_bytes=1, max_shard_bytes=1)
