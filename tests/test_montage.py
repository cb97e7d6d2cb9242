"""A montage shows every pixel, unsmoothed, under the right label."""

from __future__ import annotations

import numpy as np
import pytest

from slash_dataset.montage import montage, save_montage
from slash_dataset.splits import open_config


def test_images_stand_enlarged_and_unsmoothed_one_class_a_line():
    split = open_config("original")["train"]
    picture = np.asarray(montage({"original": split}, columns=3))
    images, labels, _ = split.read(range(50))
    for label in (0, 1):
        for image in images[labels == label][:3]:
            tile = np.repeat(np.repeat(image, 4, axis=0), 4, axis=1)
            window = np.lib.stride_tricks.sliding_window_view(picture[:, :, 0], (1, 120))
            rows, cols = np.nonzero((window[:, :, 0] == tile[0]).all(axis=2))
            places = [
                (r, c)
                for r, c in zip(rows, cols, strict=True)
                if (picture[r : r + 120, c : c + 120, 0] == tile).all()
            ]
            assert len(places) == 1
            assert (places[0][0] > picture.shape[0] // 2) == (label == 1)


def test_several_configs_of_several_sizes_share_a_picture():
    splits = {
        "exact": open_config("original-float64")["test"],
        "large": open_config("rotated", image_size=64)["train"],
    }
    picture = montage(splits, columns=2)
    assert picture.mode == "RGB"
    assert np.asarray(picture).min() < 60


@pytest.mark.parametrize("columns", [0, 126])
def test_too_few_or_too_many_columns_are_refused(columns):
    with pytest.raises(ValueError, match=f"columns={columns}"):
        montage({"x": open_config("original")["test"]}, columns=columns)


def test_a_picture_that_exists_is_not_overwritten_unasked(tmp_path):
    splits = {"x": open_config("original")["train"]}
    save_montage(splits, tmp_path / "x.png", columns=1)
    with pytest.raises(FileExistsError, match="x.png"):
        save_montage(splits, tmp_path / "x.png", columns=1)
    save_montage(splits, tmp_path / "x.png", columns=1, force=True)
