"""How common tools read each layout: the code in the README of an export.

In the code, DEST means the folder, CONFIG the config's name, SIZE the height of an image, and LAST
the number of the last train shard. The tests run the Python code; code in other languages is only
meant to be copied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..about import DATA_VERSION, NAME


@dataclass(frozen=True)
class Reader:
    """Code that reads the train split of an export.

    Attributes
    ----------
    code : str
        It prints the number of rows.
    language : str
        The name of its language in Markdown.
    """

    code: str
    language: str = "python"


TFDS_PART = f"{NAME}/CONFIG/{DATA_VERSION}"
"""The folder of a config in a ``data_dir`` of TensorFlow Datasets."""

READERS: Mapping[str, Mapping[str, Reader]] = {
    "imagefolder": {
        "torchvision": Reader("""
from torchvision.datasets import ImageFolder

train = ImageFolder("DEST/train")
print(train.classes, len(train))
"""),
        "Keras": Reader("""
import keras

train = keras.utils.image_dataset_from_directory(
    "DEST/train", color_mode="grayscale", image_size=(SIZE, SIZE)
)
"""),
        "datasets": Reader("""
from datasets import load_dataset

train = load_dataset("imagefolder", data_dir="DEST", split="train")
print(train.features, len(train))
"""),
    },
    "mnist": {
        "torchvision": Reader("""
from torchvision.datasets import MNIST

class Slash(MNIST):
    classes = ["backslash", "slash"]

train, test = Slash("DEST", train=True), Slash("DEST", train=False)
print(train.data.shape, len(test))
"""),
        "NumPy": Reader("""
import numpy as np

pixels = np.fromfile("DEST/Slash/raw/train-images-idx3-ubyte", np.uint8, offset=16)
images = pixels.reshape(-1, SIZE, SIZE)
labels = np.fromfile("DEST/Slash/raw/train-labels-idx1-ubyte", np.uint8, offset=8)
print(images.shape, labels.shape)
"""),
    },
    "tfds": {
        "TensorFlow Datasets": Reader(f"""
import tensorflow_datasets as tfds

builder = tfds.builder_from_directory("DEST/{TFDS_PART}")
train = builder.as_dataset(split="train", as_supervised=True)
print(train.cardinality().numpy())
"""),
        "TensorFlow Datasets, its files shuffled": Reader(f"""
import tensorflow_datasets as tfds

builder = tfds.builder_from_directory("DEST/{TFDS_PART}")
any_order = tfds.ReadConfig(enable_ordering_guard=False)  # rows are stored in order
train = builder.as_dataset(split="train", shuffle_files=True, read_config=any_order)
print(train.cardinality().numpy())
"""),
    },
    "tfds-array-record": {
        "TensorFlow Datasets": Reader(f"""
import tensorflow_datasets as tfds

train = tfds.builder_from_directory("DEST/{TFDS_PART}").as_data_source(split="train")
print(len(train), train[0]["label"])
"""),
        "Grain": Reader(f"""
import grain
import tensorflow_datasets as tfds

source = tfds.builder_from_directory("DEST/{TFDS_PART}").as_data_source(split="train")
train = grain.MapDataset.source(source).shuffle(seed=0).batch(32)
print(len(source), train[0]["image"].shape)
"""),
    },
    "webdataset": {
        "webdataset": Reader("""
import webdataset

train = webdataset.WebDataset("DEST/slash-train-{000000..LAST}.tar", shardshuffle=False)
train = train.decode("l8").to_tuple("png", "cls")
print(sum(1 for image, label in train))
"""),
        "webdataset, on object storage": Reader("""
import fsspec
import webdataset
from webdataset.gopen import gopen_schemes

gopen_schemes["s3"] = lambda url, mode, bufsize: fsspec.open(url, mode).open()
train = webdataset.WebDataset("DEST/slash-train-{000000..LAST}.tar", shardshuffle=False)
train = train.decode("l8").to_tuple("png", "cls")
print(sum(1 for image, label in train))
"""),
        "datasets": Reader("""
from datasets import load_dataset

train = load_dataset("webdataset", data_files={"train": "DEST/slash-train-*.tar"}, split="train")
print(train.features, len(train))
"""),
    },
    "npz": {
        "NumPy": Reader("""
import numpy as np

with np.load("DEST/slash_data.npz", allow_pickle=False) as data:
    print({name: data[name].shape for name in data.files})
"""),
        "Julia": Reader(
            """
using NPZ

data = npzread("DEST/slash_data.npz")
println(Dict(name => size(array) for (name, array) in data))
""",
            "julia",
        ),
    },
    "parquet": {
        "pandas": Reader("""
import pandas

train = pandas.read_parquet("DEST/train")
print(train.dtypes, len(train))
"""),
        "Polars": Reader("""
import polars

train = polars.read_parquet("DEST/train/*.parquet")
print(train.schema, len(train))
"""),
        "PyArrow": Reader("""
import pyarrow.parquet

train = pyarrow.parquet.read_table("DEST/train")
print(train.schema.names, len(train))
"""),
        "DuckDB": Reader("""
import duckdb

train = duckdb.sql("from read_parquet('DEST/train/*.parquet')")
print(train.columns, len(train))
"""),
        "datasets": Reader("""
from datasets import load_dataset

train = load_dataset("parquet", data_files={"train": "DEST/train/*.parquet"}, split="train")
print(train.features, len(train))
"""),
        "Ray Data": Reader("""
import ray

train = ray.data.read_parquet("DEST/train")
print(train.schema().names, train.count())
"""),
        "R": Reader(
            """
library(arrow)

train <- dplyr::collect(open_dataset("DEST/train"))
print(dim(train))
""",
            "r",
        ),
        "Julia": Reader(
            """
using DataFrames, DuckDB

database = DBInterface.connect(DuckDB.DB, ":memory:")
train = DataFrame(DBInterface.execute(database, "from read_parquet('DEST/train/*')"))
println(size(train))
""",
            "julia",
        ),
    },
    "csv": {
        "pandas": Reader("""
import pandas

train = pandas.read_csv("DEST/train/train.csv")
print(train["label"].mean(), train.drop(columns="label").shape)
"""),
        "Polars": Reader("""
import polars

train = polars.read_csv("DEST/train/*.csv")
print(train["label"].mean(), train.drop("label").shape)
"""),
        "PyArrow": Reader("""
import pyarrow.dataset

train = pyarrow.dataset.dataset("DEST/train", format="csv").to_table()
print(train.shape)
"""),
        "DuckDB": Reader("""
import duckdb

train = duckdb.sql("from read_csv('DEST/train/*')")
print(len(train.columns), len(train))
"""),
        "R": Reader(
            """
train <- read.csv("DEST/train/train.csv")
print(dim(train))
""",
            "r",
        ),
        "Julia": Reader(
            """
using CSV, DataFrames

train = CSV.read("DEST/train/train.csv", DataFrame)
println(size(train))
""",
            "julia",
        ),
    },
}
"""For each layout, the code for each common tool, by the tool's name."""
