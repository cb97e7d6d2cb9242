"""Every layout that torch users read, read with torchvision and webdataset."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from slash_dataset import open_config

from .conftest import by_file_name

SPLITS = ("train", "test")


@pytest.mark.parametrize("split", SPLITS)
def test_image_folder_of_torchvision_gives_every_pixel_label_and_class(case, export_once, split):
    from torchvision.datasets import ImageFolder

    folder = ImageFolder(export_once("imagefolder", case) / split)
    assert folder.classes == ["backslash", "slash"]
    images = [np.asarray(image.convert("L")) for image, _ in folder]
    case.check(split, *by_file_name([path for path, _ in folder.samples], images, folder.targets))


@pytest.mark.parametrize("train", [True, False])
def test_subclass_of_torchvisions_mnist_reads_the_idx_files(case, export_once, train):
    from torchvision.datasets import MNIST

    class Slash(MNIST):
        classes = ["backslash", "slash"]  # noqa: RUF012

    data = Slash(export_once("mnist", case), train=train)
    case.check("train" if train else "test", data.data.numpy(), data.targets.numpy())
    image, label = data[1]
    assert image.mode == "L"
    assert image.size == (case.image_size, case.image_size)
    assert label == int(data.targets[1])


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_idx_reader_of_torchvision_reads_plain_and_gzipped_files(
    case, export_once, suffix, tmp_path
):
    import gzip

    from torchvision.datasets.mnist import read_image_file, read_label_file

    raw = export_once("mnist", case) / "Slash" / "raw"
    for split, stem in (("train", "train"), ("test", "t10k")):
        files = []
        for kind in ("images-idx3", "labels-idx1"):
            file = raw / f"{stem}-{kind}-ubyte{suffix}"
            files.append(tmp_path / kind)
            content = file.read_bytes()
            files[-1].write_bytes(gzip.decompress(content) if suffix else content)
        images, labels = read_image_file(str(files[0])), read_label_file(str(files[1]))
        case.check(split, images.numpy(), labels.numpy())


@pytest.mark.parametrize("split", SPLITS)
def test_webdataset_reads_the_shards_in_order(case, export_once, split):
    import webdataset

    shards = sorted(export_once("webdataset", case).glob(f"slash-{split}-*.tar"))
    assert len(shards) > 1 or split == "test"
    data = webdataset.WebDataset([str(shard) for shard in shards], shardshuffle=False)
    rows = list(data.decode("l8"))
    case.check(split, np.stack([row["png"] for row in rows]), [row["cls"] for row in rows])
    assert [row["__key__"] for row in rows] == [f"{i:06d}" for i in range(len(rows))]


def test_json_of_webdataset_has_the_class_and_where_the_stroke_is(case, export_once):
    import tarfile

    split = open_config(case.config, **case.params)["train"]
    _, labels, factors = split.read(range(5))
    first = min(export_once("webdataset", case).glob("slash-train-*.tar"))
    with tarfile.open(first) as archive:
        for i in range(5):
            about = json.load(archive.extractfile(f"{i:06d}.json"))
            assert about == {
                "index": i,
                "label": ["backslash", "slash"][labels[i]],
                "row": factors["row"][i],
                "col": factors["col"][i],
                "angle": factors["angle"][i],
            }


def test_readme_of_webdataset_names_the_shards_that_exist(case, export_once):
    dest = export_once("webdataset", case)
    last = max(dest.glob("slash-train-*.tar")).name.removeprefix("slash-train-")
    assert f"slash-train-{{000000..{last.removesuffix('.tar')}}}.tar" in (
        dest / "README.md"
    ).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("workers", "params", "rows"),
    [
        (2, {}, 750),
        (3, {"config": "standard", "num_train": 300, "num_test": 3}, 300),
        (8, {"config": "long", "image_size": 64, "num_train": 90}, 90),
    ],
)
def test_readme_of_webdataset_offers_shards_for_more_workers(workers, params, rows, tmp_path):
    import webdataset

    from slash_dataset import export

    def read(dest, split="train"):
        shards = sorted(map(str, dest.glob(f"slash-{split}-*.tar")))
        data = webdataset.WebDataset(shards, shardshuffle=False)
        loader = webdataset.WebLoader(
            data.decode("l8").to_tuple("png", "cls"), batch_size=None, num_workers=workers
        )
        return sum(1 for _ in loader)

    one = export.webdataset(tmp_path / "one", **params)
    text = (one / "README.md").read_text(encoding="utf-8")
    assert "There is 1 train shard and 1 test shard." in text
    with pytest.raises(ValueError, match="empty_check"):
        read(one)
    [offered] = re.findall(r"--max-shard-bytes (\d+)`", text)
    several = export.webdataset(tmp_path / "several", max_shard_bytes=int(offered), **params)
    assert read(several) == rows
    if params.get("num_test") != 3:
        assert read(several, "test") == {2: 250, 8: 2_000}[workers]
    count = len(list(several.glob("slash-train-*.tar")))
    assert f"There are {count} train shards and " in (several / "README.md").read_text(
        encoding="utf-8"
    )
