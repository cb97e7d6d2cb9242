"""``slash_dataset.torchvision.Slash`` works in place of torchvision's own datasets."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest

from slash_dataset import open_config
from slash_dataset.checksums import checksum_of_batches, recorded_checksums


@pytest.fixture(scope="module")
def slash_class():
    from slash_dataset.torchvision import Slash

    return Slash


@pytest.mark.parametrize("split", ["train", "test"])
def test_images_and_labels_are_the_split_whichever_way_they_are_read(slash_class, split):
    data = slash_class(split=split)
    expected = recorded_checksums("original")[split]
    assert checksum_of_batches([(data.data.numpy(), data.targets.numpy())]) == expected
    items = [data[i] for i in range(len(data))]
    images = np.stack([np.asarray(image) for image, _ in items])
    assert checksum_of_batches([(images, np.array([label for _, label in items]))]) == expected


def test_dataset_has_what_code_for_mnist_uses(slash_class):
    import torch
    from torchvision.datasets import MNIST, VisionDataset

    data = slash_class("no/such/folder", split="test")
    assert isinstance(data, VisionDataset)
    assert data.classes == ["backslash", "slash"]
    assert data.class_to_idx == {"backslash": 0, "slash": 1}
    assert data.data.dtype == torch.uint8
    assert data.targets.dtype == torch.int64
    image, label = data[0]
    assert image.mode == "L"
    assert image.size == (30, 30)
    assert type(label) is int
    public = {name for name in vars(MNIST) if not name.startswith("_")} & set(dir(MNIST))
    used_by_training_code = {"classes", "class_to_idx", "extra_repr"}
    assert used_by_training_code <= public
    assert all(hasattr(data, name) for name in used_by_training_code)


@pytest.mark.parametrize("arguments", [{}, {"download": True}, {"download": False}])
def test_arguments_of_a_program_for_mnist_are_taken(slash_class, arguments, tmp_path):
    assert len(slash_class(tmp_path / "data", True, None, None, **arguments)) == 750
    assert len(slash_class(tmp_path / "data", train=False, **arguments)) == 250
    assert len(slash_class(train=True, split="test", **arguments)) == 250
    assert not list(tmp_path.iterdir())


def test_transforms_apply_to_image_and_label(slash_class):
    from torchvision import transforms

    data = slash_class(transform=transforms.ToTensor(), target_transform=lambda label: label + 10)
    image, label = data[3]
    assert tuple(image.shape) == (1, 30, 30)
    np.testing.assert_allclose(image.numpy()[0], data.data[3].numpy() / 255, rtol=1e-6)
    assert label == int(data.targets[3]) + 10


def test_drawn_configs_take_their_parameters(slash_class):
    data = slash_class(split="train", config="rotated", num_train=101, image_size=33, seed=3)
    split = open_config("rotated", num_train=101, image_size=33, seed=3)["train"]
    images, labels, _ = split.read(range(101))
    np.testing.assert_array_equal(data.data.numpy(), images)
    np.testing.assert_array_equal(data.targets.numpy(), labels)


def test_loader_with_workers_gives_every_row(slash_class):
    from torch.utils.data import DataLoader
    from torchvision import transforms

    data = slash_class(split="test", transform=transforms.PILToTensor())
    batches = list(DataLoader(data, batch_size=64, num_workers=2))
    images = np.concatenate([images.numpy()[:, 0] for images, _ in batches])
    labels = np.concatenate([labels.numpy() for _, labels in batches])
    assert checksum_of_batches([(images, labels)]) == recorded_checksums("original")["test"]


def test_changing_the_tensors_of_one_dataset_changes_no_other(slash_class):
    first = slash_class()
    first.data.zero_()
    first.targets.zero_()
    assert slash_class().data.any()
    assert slash_class().targets.any()


def test_dataset_can_be_pickled_and_says_what_it_is(slash_class):
    data = pickle.loads(pickle.dumps(slash_class(split="test")))
    assert len(data) == 250
    assert "Split: test" in repr(data)
    assert "Config: slash/original/test (" in repr(data)


def test_rows_count_from_the_end_and_stop_at_the_end(slash_class):
    data = slash_class(split="test")
    assert data[-1][0].tobytes() == data[249][0].tobytes()
    with pytest.raises(IndexError):
        data[250]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"split": "val"}, "split='val'"),
        ({"train": "test"}, "train='test'"),
        ({"download": "yes"}, "download='yes'"),
        ({"nosie": 1.0}, "did you mean 'noise'"),
        ({"config": "orignal"}, "did you mean 'original'"),
        ({"config": "original-float64"}, "has float64 pixels"),
        ({"noise": 1.0}, "noise=1.0 is not allowed"),
        ({"config": "standard", "num_train": 0}, "num_train=0"),
    ],
)
def test_bad_arguments_are_named(slash_class, arguments, message):
    with pytest.raises(ValueError, match=message):
        slash_class(**arguments)


def test_without_torchvision_the_error_names_the_extra():
    script = (
        "import sys\nsys.modules['torchvision'] = None\n"
        "try:\n    import slash_dataset.torchvision\n"
        "except ImportError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert 'pip install "slash-dataset[torchvision]"' in done.stdout
