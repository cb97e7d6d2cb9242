"""A torchvision dataset that replaces MNIST and generates its images instead of downloading them.

Needs the extra "torchvision".
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from .checks import check_bool, check_whole, shown
from .configs import ConfigName, SplitName, check_dtype, check_split, resolve_config
from .extras import require
from .identity import split_identity
from .splits import open_splits
from .variants import CLASSES

torch = require("torch", "torchvision")
VisionDataset: Any = require("torchvision.datasets", "torchvision").VisionDataset


class Slash(VisionDataset):  # type: ignore[misc]
    """Slash as a map-style dataset of PIL images and labels.

    All images of the split are drawn at once and held in memory, as torchvision does for MNIST. For
    splits that do not fit, use :class:`slash_dataset.Source`.

    Parameters
    ----------
    root : path-like, optional
        Accepted because every torchvision dataset has it; nothing is read from it or written to it.
    train : bool
        The train split if true, else the test split.
    transform : callable, optional
        Applied to each PIL image.
    target_transform : callable, optional
        Applied to each label.
    download : bool
        Accepted because MNIST has it; there is nothing to download.
    split : str, optional
        "train" or "test"; takes precedence over `train`.
    config : str
        A config with 8-bit pixels, see :data:`slash_dataset.CONFIG_NAMES`.
    **params
        `num_train`, `num_test`, `seed` and the parameters of
        :class:`~slash_dataset.variants.Variant`, for drawn configs.

    Attributes
    ----------
    data : torch.Tensor of uint8, shape (n, H, W)
        0 is black, 255 white.
    targets : torch.Tensor of int64, shape (n,)
        0 is a backslash, 1 a slash.
    classes : list of str
        ``["backslash", "slash"]``.

    Raises
    ------
    ImportError
        When this module is imported, if torch or torchvision is not installed.
    ValueError
        If the split, the config or a parameter is unknown or out of range, or the config's pixels
        are not 8-bit.

    Examples
    --------
    >>> train = Slash()
    >>> image, label = train[1]
    >>> len(train), image.mode, image.size, label, train.classes[label]
    (750, 'L', (30, 30), 0, 'backslash')
    """

    classes = list(CLASSES)  # noqa: RUF012 - a list, as in torchvision's own datasets

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        download: bool = False,
        *,
        split: SplitName | None = None,
        config: ConfigName = "original",
        **params: Any,
    ) -> None:
        check_bool("train", train)
        check_bool("download", download)
        self.split = check_split(split if split is not None else "train" if train else "test")
        self.config = check_dtype(
            resolve_config(config, **params),
            ("uint8",),
            "torchvision images have 8-bit pixels, and this config has {dtype} pixels; use "
            "config 'original', or slash_dataset.load_data()",
        )
        super().__init__(root, transform=transform, target_transform=target_transform)
        rows = open_splits(self.config)[self.split]
        images, labels, _ = rows.read(range(len(rows)))
        self.data = torch.from_numpy(np.array(images))
        self.targets = torch.from_numpy(np.array(labels))

    @property
    def class_to_idx(self) -> dict[str, int]:
        """The label of each class name."""
        return {name: label for label, name in enumerate(self.classes)}

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        """Return one image and its label, after their transforms.

        Parameters
        ----------
        index : int
            A row number; negative numbers count from the end.

        Returns
        -------
        image : PIL.Image.Image
            Of mode "L", or the result of `transform`.
        target : int
            Or the result of `target_transform`.
        """
        row = check_whole("index", index)
        if not -len(self) <= row < len(self):
            raise IndexError(f"index={shown(index)} is out of range: there are {len(self)} rows")
        image: Any = Image.fromarray(self.data[row].numpy())
        target: Any = int(self.targets[row])
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return image, target

    def extra_repr(self) -> str:
        """Say in the dataset's ``repr`` which split of which config it is."""
        identity = split_identity(self.config, self.split)
        return f"Split: {self.split}\nConfig: {identity} ({identity.fingerprint})"
