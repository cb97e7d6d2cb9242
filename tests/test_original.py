"""The replay is the 2019 release, bit for bit."""

from __future__ import annotations

import hashlib
import time

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from slash_dataset.original import replay
from slash_dataset.splits import open_config

# SHA-256 of C-contiguous little-endian bytes, of the published file and the author's split.
PUBLISHED = {
    "images": "6bd6ba57ee859859a0584c1372c99fc0f4066d49c47891b39eb7a2cb745b84fb",
    "labels": "6cf0a7e8b0756134042ac67b2104ee297460ecc5c1ffa22749bd93c66182bbf9",
    "train_images": "149e7aba7163a5e925f3f74c01e2f257c8bf788a205aec2a77a4a1c692cc00b2",
    "test_images": "a5a4b98fab7b9b0e6846464c058571a73a14535ceedd0f6c9c8cd7159d8c809c",
    "train_labels": "0b81b4dd27bba063b6961007a0ef7a2eacb795c073c0817ba0405779ce1dd7c6",
    "test_labels": "5ce5d790979bc9259fd96a773a4fe2a90d78efdc42a7eac342d1b73768ac96a1",
    "train_rows": "6ed5f114a26909fb1d423bb99a2723546d11c3b71f221778d6c371e914abc4fd",
    "test_rows": "5f11ec1de795f36e1bd3b22861a84b4a9cf656ded34482411b1e12bd3b372f0e",
    "images_uint8": "76dc3f424d719dc09d7bcd83596320403dce74d5d3f8aae1364f030a77753131",
    "train_images_uint8": "fc492b5eec43afa237b411e4631ef08c9bf8cce40ed948cdad02770836c03193",
    "test_images_uint8": "0bc409add2645c8ee3364e28a785c3577c7deb8baff793a19d73753c9281df59",
}


def _arrays() -> dict[str, np.ndarray]:
    release = replay()
    arrays = {"images": release.images, "labels": release.labels}
    arrays["images_uint8"] = np.rint(255 * release.images).astype(np.uint8)
    for name in ("train", "test"):
        arrays[f"{name}_rows"] = release.split_rows[name]
        exact, eight_bit = (open_config(c)[name] for c in ("original-float64", "original"))
        arrays[f"{name}_images"], arrays[f"{name}_labels"], _ = exact.read(range(len(exact)))
        arrays[f"{name}_images_uint8"] = eight_bit.read(range(len(eight_bit)))[0]
    return arrays


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_array_has_the_published_sha256(name):
    array = np.ascontiguousarray(_arrays()[name])
    assert hashlib.sha256(array).hexdigest() == PUBLISHED[name]


def test_the_authors_random_selection_follows_from_the_state():
    assert replay().shown.tolist() == [169, 278, 206, 108, 53]


def test_the_split_is_the_one_that_scikit_learn_makes():
    release = replay()
    random = np.random.RandomState()
    random.set_state(("MT19937", np.load(_state_file(), allow_pickle=False), 0))
    for _ in release.images:
        random.randint(0, 27, size=2)
        random.rand(30, 30)
    random.choice(500, 5, replace=False)
    train, test = train_test_split(
        np.arange(1000), stratify=release.labels, test_size=0.25, random_state=random
    )
    assert release.split_rows["train"].tolist() == train.tolist()
    assert release.split_rows["test"].tolist() == test.tolist()
    state = random.get_state()
    assert (state[1] == release.forest_state[1]).all()
    assert state[2:] == tuple(release.forest_state[2:])


def _state_file():
    from importlib.resources import files

    return files("slash_dataset") / "original_state.npy"


def test_strokes_stand_where_the_factors_say():
    release = replay()
    for image, label, row, col in zip(
        release.images, release.labels, release.rows, release.cols, strict=True
    ):
        block = image[row : row + 4, col : col + 4]
        stroke = np.eye(4, dtype=bool) if label == 0 else np.fliplr(np.eye(4, dtype=bool))
        assert block[stroke].max() <= 0.25
        assert block[~stroke].min() >= 0.75


def test_each_class_has_the_same_number_of_rows_in_each_split():
    for name, split in open_config().items():
        labels = split.read(range(len(split)))[1]
        assert np.bincount(labels).tolist() == [len(labels) // 2] * 2, name


def test_the_replay_is_kept_in_memory_and_cannot_be_changed():
    first = replay()
    start = time.perf_counter()
    assert replay() is first
    assert time.perf_counter() - start < 0.1
    with pytest.raises(ValueError, match="read-only"):
        first.images[0, 0, 0] = 0
