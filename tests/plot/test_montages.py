"""A montage shows every pixel, unsmoothed, under the right label."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image, ImageColor

from slash_dataset.configs import CONFIGS
from slash_dataset.plot.montages import montage, save_montage, splits_to_show
from slash_dataset.plot.style import DARK, LIGHT
from slash_dataset.splits import open_config


def test_images_stand_enlarged_and_unsmoothed_one_class_a_line():
    split = open_config("original")["train"]
    picture = np.asarray(montage({"original": split}, columns=3).image)
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
    picture = montage(splits, columns=2).image
    assert picture.mode == "RGB"
    assert np.asarray(picture).min() < 60


@pytest.mark.parametrize("columns", [0, 126])
def test_too_few_or_too_many_columns_are_refused(columns):
    with pytest.raises(ValueError, match=f"columns={columns}"):
        montage({"x": open_config("original")["test"]}, columns=columns)


def test_no_split_makes_no_montage():
    with pytest.raises(ValueError, match="splits={} is not allowed"):
        montage({})


def test_a_picture_that_exists_is_not_overwritten_unasked(tmp_path):
    splits = {"x": open_config("original")["train"]}
    save_montage(splits, tmp_path / "x.png", columns=1)
    with pytest.raises(FileExistsError, match="x.png"):
        save_montage(splits, tmp_path / "x.png", columns=1)
    save_montage(splits, tmp_path / "x.png", columns=1, force=True)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("x.png", "PNG"),
        ("x.jpg", "JPEG"),
        ("x.JPG", "JPEG"),
        ("x.jpeg", "JPEG"),
        ("x.webp", "WEBP"),
        ("x.tar.png", "PNG"),
        (".hidden.png", "PNG"),
    ],
)
def test_a_picture_is_what_its_name_says(name, kind, tmp_path):
    splits = {"x": open_config("original")["train"]}
    save_montage(splits, tmp_path / name, columns=2)
    with Image.open(tmp_path / name) as picture:
        assert picture.format == kind
        assert picture.size == montage(splits, columns=2).image.size
        if kind != "JPEG":
            assert (
                np.asarray(picture.convert("RGB")) == np.asarray(montage(splits, 2).image)
            ).all()


@pytest.mark.parametrize("name", ["x", "x.gif", "x.svg", "x.pdf", "x.pngg", "png", ".png", "x.npz"])
def test_a_name_of_another_format_is_refused(name, tmp_path):
    with pytest.raises(
        ValueError, match=r"is not allowed: .* must end with .png, .jpg, .jpeg, .webp"
    ):
        save_montage({"x": open_config("original")["train"]}, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_picture_that_its_format_cannot_hold_is_refused(tmp_path):
    splits = {"x": open_config("standard", image_size=8)["train"]}
    with pytest.raises(ValueError, match=r"columns=1000 .* WEBP allows 16,383"):
        save_montage(splits, tmp_path / "x.webp", columns=1000)
    assert not list(tmp_path.iterdir())
    save_montage(splits, tmp_path / "x.png", columns=1000)


@pytest.mark.parametrize("columns", [1, 8, 9, 30, 100, 700])
@pytest.mark.parametrize("size", [8, 30, 64, 300])
def test_wide_montages_wrap(columns, size):
    if columns * size > 30_000:
        pytest.skip("takes long, and shows nothing that smaller ones do not")
    split = open_config("standard", image_size=size)["train"]
    picture = montage({"x": split}, columns=columns).image
    assert picture.width <= 1_600
    assert columns < 8 or picture.height < 2 * (columns * (size + 130) ** 2) / 1_000 + 700


@pytest.mark.parametrize(
    ("config", "size"), [("standard", 64), ("standard", 300), ("standard", 512), ("noisy", 100)]
)
def test_a_stroke_stays_visible_in_a_large_image(config, size):
    """The pixels around it are in the picture twice: unchanged, and enlarged."""
    split = open_config(config, image_size=size)["train"]
    picture = np.asarray(montage({"x": split}, columns=1).image)
    images, labels, factors = split.read(range(2))
    for image, label, row, col in zip(images, labels, factors["row"], factors["col"], strict=True):
        block = image[row : row + 4, col : col + 4]
        scale = min(120, size) // 12
        tile = np.repeat(np.repeat(block, scale, 0), scale, 1)
        half = picture[:, :, 0]
        half = half[: len(half) // 2] if label == 0 else half[len(half) // 2 :]
        window = np.lib.stride_tricks.sliding_window_view(half, tile.shape)
        assert (window[:, :, ::scale, ::scale] == block).all(axis=(2, 3)).any()
        assert scale * 4 >= 16


def test_a_stroke_that_is_seen_already_is_not_marked():
    long = open_config("long", image_size=64, stroke_length=30)["train"]
    shuffled = open_config("shuffled", image_size=64)["train"]
    for split in (long, shuffled, open_config("noisy")["train"]):
        hue = montage({"x": split}, columns=1).image.convert("HSV").getchannel("S")
        assert np.asarray(hue).max() < 64, "something is coloured"


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_splits_side_by_side_show_the_same_images_as_one_above_the_other(theme):
    splits = splits_to_show(CONFIGS.values())
    assert {"original (train)", "standard (train)"} <= splits.keys()
    assert list(splits)[-2:] == ["shifted (train)", "shifted (test)"]
    picture = np.asarray(montage(splits, 1, across=2, theme=theme).image)
    assert picture[0, 0].tolist() == list(ImageColor.getrgb(theme.paper))
    gray = picture[..., 0]
    for number, split in enumerate(splits.values()):
        line, place = divmod(number, 2)
        [images] = (split.read(range(20)).images,)
        labels = split.read(range(20)).labels
        tile = np.repeat(np.repeat(images[labels == 0][0], 4, 0), 4, 1)
        top, left = len(gray) * line // 4, gray.shape[1] * place // 2
        part = gray[top : top + len(gray) // 4, left:]
        window = np.lib.stride_tricks.sliding_window_view(part, (1, 120))[:, :, 0]
        assert (window == tile[0]).all(axis=2).any()


def test_a_notebook_shows_a_montage_and_says_what_it_shows():
    from IPython.core.formatters import DisplayFormatter

    shown = montage({"<mine>": open_config()["train"]}, columns=2)
    data, _ = DisplayFormatter().format(shown)
    [(alt, picture)] = re.findall(
        r'<img alt="(.*?)" src="data:image/png;base64,(.*?)">', data["text/html"]
    )
    assert alt == "The first 2 images of each class, backslashes above slashes: &lt;mine&gt;"
    with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
        assert (np.asarray(image) == np.asarray(shown.image)).all()


def test_a_long_title_is_not_cut():
    title = "slash/standard/train " + "num_train=500 " * 8
    narrow = montage({"x": open_config("original")["train"]}, columns=1).image
    assert (
        montage({title: open_config("original")["train"]}, columns=1).image.width > 2 * narrow.width
    )
