"""PyTorch modules behind ``fit`` and ``predict``."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import Bounds
from ..extras import require
from .pixels import Features, Labels


def is_torch_module(value: object) -> bool:
    """Whether `value` is a PyTorch module or a class of them; PyTorch is not imported for that."""
    torch = sys.modules.get("torch")
    if torch is None:
        return False
    kind = value if isinstance(value, type) else type(value)
    return issubclass(kind, torch.nn.Module)


def torch_classifier(
    module_factory: Callable[[], Any],
    *,
    epochs: int,
    lr: float = 1e-3,
    batch_size: int = 32,
    device: str = "cpu",
) -> TorchClassifier:
    """Make a classifier with ``fit`` and ``predict`` of a PyTorch module.

    It is trained with Adam, on the cross-entropy, for a fixed number of epochs.

    Parameters
    ----------
    module_factory : callable
        Returns a new module, which takes float32 images of shape (n, 1, H, W), 0 to 1, and returns
        logits of shape (n,) or (n, 1), above zero for a slash, or (n, 2), one for each class.
    epochs : int
        Passes over the train split, at least 1.
    lr : float
        Adam's learning rate, above 0.
    batch_size : int
        Rows of a step, at least 1.
    device : str
        Where PyTorch trains it.

    Returns
    -------
    TorchClassifier

    Raises
    ------
    TypeError
        If `module_factory` is a module rather than what makes one.
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> from torch import nn
    >>> def cnn():
    ...     return nn.Sequential(
    ...         nn.Conv2d(1, 8, 3), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten(),
    ...         nn.Linear(8, 1),
    ...     )
    >>> from slash_dataset.benchmark import evaluate
    >>> evaluate(torch_classifier(cnn, epochs=15, lr=0.01), seeds=1).num_parameters
    89
    """
    if is_torch_module(module_factory) and not isinstance(module_factory, type):
        raise TypeError(
            f"module_factory={type(module_factory).__name__} is a module, which would go on from "
            "one seed to the next: give a function that returns a new one"
        )
    if not callable(module_factory):
        raise TypeError(
            f"module_factory={module_factory!r} is not allowed: it takes a function that returns a "
            "torch.nn.Module"
        )
    whole = Bounds(1, 10**9, "", whole=True)
    whole.check("epochs", epochs)
    whole.check("batch_size", batch_size)
    Bounds(1e-12, 1e6, "").check("lr", lr)
    return TorchClassifier(module_factory, epochs, lr, batch_size, device)


class TorchClassifier:
    """What :func:`torch_classifier` returns."""

    def __init__(
        self,
        module_factory: Callable[[], Any],
        epochs: int,
        lr: float,
        batch_size: int,
        device: str,
    ) -> None:
        self._torch = require("torch", "torch")
        self.module_factory = module_factory
        self.epochs, self.lr, self.batch_size, self.device = epochs, lr, batch_size, device

    def __deepcopy__(self, memo: Any) -> TorchClassifier:
        """Return an unfitted classifier of the same settings; modules cannot be copied."""
        return TorchClassifier(
            self.module_factory, self.epochs, self.lr, self.batch_size, self.device
        )

    @property
    def num_parameters(self) -> int:
        """Of the fitted module."""
        return sum(parameter.numel() for parameter in self.module.parameters())

    def fit(self, features: Features, labels: Labels) -> TorchClassifier:
        """Make a module and train it for the fixed number of epochs."""
        torch = self._torch
        self.module = self.module_factory().to(self.device)
        images, targets = self._as_images(features), torch.as_tensor(labels, device=self.device)
        optimizer = torch.optim.Adam(self.module.parameters(), lr=self.lr)
        self.module.train()
        for _ in range(self.epochs):
            for rows in torch.randperm(len(images), device=self.device).split(self.batch_size):
                optimizer.zero_grad()
                loss = self._loss(self.module(images[rows]), targets[rows])
                loss.backward()
                optimizer.step()
        return self

    def predict(self, features: Features) -> NDArray[np.int64]:
        """Return the class, 0 or 1, of every row."""
        torch = self._torch
        self.module.eval()
        with torch.no_grad():
            parts = [self.module(part) for part in self._as_images(features).split(1_000)]
        logits = torch.cat(parts).reshape(len(features), -1)
        classes = logits.argmax(1) if logits.shape[1] > 1 else logits[:, 0] > 0
        return np.asarray(classes.cpu().numpy(), np.int64)

    def _as_images(self, features: Features) -> Any:
        size = math.isqrt(features.shape[1])
        pixels = features.reshape(len(features), 1, size, size).astype(np.float32)
        return self._torch.as_tensor(pixels, device=self.device)

    def _loss(self, logits: Any, targets: Any) -> Any:
        functional = self._torch.nn.functional
        logits = logits.reshape(len(targets), -1)
        if logits.shape[1] == 1:
            return functional.binary_cross_entropy_with_logits(logits[:, 0], targets.float())
        return functional.cross_entropy(logits, targets)
