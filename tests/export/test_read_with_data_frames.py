"""The flat layouts, read with NumPy, pandas, Polars and DuckDB."""

from __future__ import annotations

import hashlib
import shutil
import subprocess

import numpy as np
import pytest

from slash_dataset import export, open_config
from slash_dataset.checksums import checksum_of_batches, recorded_checksums
from slash_dataset.export import LAYOUTS
from slash_dataset.original import replay

from .conftest import CASES

SPLITS = ("train", "test")
PUBLISHED = "456f500c869d5358f886d8574b130ed64ef4f89da7b26d873c30890961bfa99b"


def squares(flat, case):
    return np.asarray(flat).reshape(-1, case.image_size, case.image_size)


@pytest.mark.parametrize("split", SPLITS)
def test_pandas_reads_the_csv_files(case, export_once, split):
    import pandas

    frame = pandas.read_csv(export_once("csv", case) / split / f"{split}.csv")
    assert list(frame.columns[:3]) == ["label", "pixel0", "pixel1"]
    pixels = frame.drop(columns="label").to_numpy()
    assert pixels.min() >= 0
    assert pixels.max() <= 255
    case.check(split, squares(pixels.astype(np.uint8), case), frame["label"])


@pytest.mark.parametrize("split", SPLITS)
def test_polars_reads_the_csv_files(case, export_once, split):
    import polars

    frame = polars.read_csv(export_once("csv", case) / split / f"{split}.csv")
    pixels = frame.drop("label").to_numpy().astype(np.uint8)
    case.check(split, squares(pixels, case), frame["label"].to_numpy())


@pytest.mark.parametrize("split", SPLITS)
def test_duckdb_reads_the_csv_files(case, export_once, split):
    import duckdb

    file = export_once("csv", case) / split / f"{split}.csv"
    columns = duckdb.sql(f"select * from read_csv('{file}')").fetchnumpy()
    labels = columns.pop("label")
    case.check(split, squares(np.stack(list(columns.values()), 1).astype(np.uint8), case), labels)


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="needs R")
def test_r_reads_the_csv_files_as_the_readme_says(export_once):
    code = (
        LAYOUTS["csv"].readers["R"].code.replace("DEST", str(export_once("csv", CASES["original"])))
    )
    done = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[1] 750 901\n"


def test_csv_keeps_float64_pixels_to_the_last_bit(tmp_path):
    dest = export.csv(tmp_path / "csv", "original-float64")
    for split in SPLITS:
        values = np.loadtxt(dest / split / f"{split}.csv", delimiter=",", skiprows=1)
        batch = (values[:, 1:].reshape(-1, 30, 30), values[:, 0])
        assert checksum_of_batches([batch]) == recorded_checksums("original-float64")[split]


@pytest.mark.parametrize("split", SPLITS)
def test_pandas_reads_the_parquet_files(case, export_once, split):
    import pandas

    frame = pandas.read_parquet(export_once("parquet", case) / split)
    case.check(split, squares(np.stack(frame["image"].to_list()), case), frame["label"])


@pytest.mark.parametrize("split", SPLITS)
def test_polars_reads_the_parquet_files(case, export_once, split):
    import polars

    frame = polars.read_parquet(export_once("parquet", case) / split)
    assert frame.schema["image"] == polars.Array(polars.UInt8, case.image_size**2)
    case.check(split, squares(frame["image"].to_numpy(), case), frame["label"].to_numpy())


@pytest.mark.parametrize("split", SPLITS)
def test_duckdb_reads_the_parquet_files(case, export_once, split):
    import duckdb

    files = export_once("parquet", case) / split / "*"
    columns = duckdb.sql(f"select image, label from read_parquet('{files}')").fetchnumpy()
    case.check(split, squares(np.stack(columns["image"]).astype(np.uint8), case), columns["label"])


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("encoding", ["flat", "array"])
def test_pyarrow_reads_the_folder_of_a_split(case, split, encoding, tmp_path):
    import pyarrow.parquet as pq

    dest = export.parquet(
        tmp_path / "p", case.config, encoding=encoding, max_shard_bytes=300_000, **case.params
    )
    table = pq.read_table(dest / split)
    assert split == "test" or len(list((dest / split).iterdir())) > 1
    images = np.array(table["image"].to_pylist(), np.uint8)
    case.check(split, squares(images, case), table["label"].to_numpy())


@pytest.mark.parametrize("split", SPLITS)
def test_data_frames_read_the_folder_of_a_split_of_csv(case, export_once, split):
    import duckdb
    import polars
    import pyarrow.dataset

    folder = export_once("csv", case) / split
    tables = (
        polars.scan_csv(folder).collect().to_arrow(),
        pyarrow.dataset.dataset(folder, format="csv").to_table(),
        duckdb.sql(f"from read_csv('{folder}/*')").to_arrow_table(),
    )
    for table in tables:
        values = np.stack([column.to_numpy() for column in table.columns], 1)
        case.check(split, squares(values[:, 1:].astype(np.uint8), case), values[:, 0])


@pytest.mark.parametrize("layout", ["parquet", "csv"])
def test_folder_of_a_split_holds_nothing_but_its_data(layout, case, export_once):
    dest = export_once(layout, case)
    beside = {"README.md", "manifest.json"} if layout == "parquet" else {"README.md"}
    assert {path.name for path in dest.iterdir()} == {*beside, *SPLITS}
    for split in SPLITS:
        assert {path.suffix for path in (dest / split).iterdir()} == {f".{layout}"}
        assert all(path.name.startswith(split) for path in (dest / split).iterdir())


def test_npz_of_the_original_is_the_published_file_byte_for_byte(tmp_path):
    file = export.npz(tmp_path / "npz") / "slash_data.npz"
    assert hashlib.sha256(file.read_bytes()).hexdigest() == PUBLISHED
    with np.load(file, allow_pickle=False) as data:
        images, labels = data["x"], data["y"]
    assert images.shape == (1000, 30, 30)
    for split, expected in recorded_checksums("original").items():
        rows = replay().split_rows[split]
        gray = np.rint(255 * images[rows]).astype(np.uint8)
        assert checksum_of_batches([(gray, labels[rows])]) == expected


@pytest.mark.parametrize("config", ["standard", "original-float64"])
def test_npz_of_other_configs_has_the_keys_of_keras_own_datasets(tmp_path, config):
    params = {} if config == "original-float64" else {"image_size": 33, "num_train": 1001}
    dest = export.npz(tmp_path / "npz", config, **params)
    splits = open_config(config, **params)
    with np.load(dest / "slash_data.npz", allow_pickle=False) as data:
        assert data.files == ["x_train", "y_train", "x_test", "y_test"]
        for name, split in splits.items():
            images, labels, _ = split.read(range(len(split)))
            assert data[f"x_{name}"].dtype == split.dtype
            np.testing.assert_array_equal(data[f"x_{name}"], images)
            np.testing.assert_array_equal(data[f"y_{name}"], labels)
            assert data[f"y_{name}"].dtype == np.int64


def test_npz_of_more_than_two_gigabytes_is_read_through_zip64(tmp_path, monkeypatch):
    """Simulated: members over a lower bound are written with ZIP64, and read back the same."""
    from slash_dataset.export import _npz

    params = {"num_train": 50, "num_test": 50}
    plain = export.npz(tmp_path / "plain", "standard", **params) / "slash_data.npz"
    monkeypatch.setattr(_npz, "_MOST_BYTES", 10_000)
    large = export.npz(tmp_path / "large", "standard", **params) / "slash_data.npz"
    assert large.read_bytes() != plain.read_bytes()
    with np.load(plain) as expected, np.load(large) as found:
        for name in expected.files:
            np.testing.assert_array_equal(found[name], expected[name])
