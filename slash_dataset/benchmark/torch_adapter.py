"""PyTorch modules behind ``fit`` and ``predict``."""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import Bounds, check_bool, check_kind, iterates, shown
from ..extras import require

_WHOLE = Bounds(1, 10**9, "", whole=True)
_RATE = Bounds(1e-12, 1e6, "")
_ADAMS_RATE = 1e-3
# A predicting module gets this many images at a time.
_PREDICT_BATCH = 1_000


def is_torch_module(value: object) -> bool:
    """Whether `value` is a PyTorch module or a module class, without importing PyTorch."""
    torch = sys.modules.get("torch")
    kind = value if isinstance(value, type) else type(value)
    return torch is not None and issubclass(kind, torch.nn.Module)


def torch_classifier(
    module_factory: Callable[[], Any],
    *,
    epochs: int,
    lr: float | None = None,
    batch_size: int = 32,
    device: str = "auto",
    optimizer: Callable[[Any], Any] | None = None,
    loss: Callable[[Any, Any], Any] | None = None,
    schedule: Callable[[Any], Any] | None = None,
    callbacks: Iterable[Callable[[int, Any, float], object]] = (),
    standardize: bool = True,
) -> TorchClassifier:
    """Make a classifier with ``fit`` and ``predict`` from a PyTorch module.

    By default, it is trained with Adam on the cross-entropy for a fixed number of epochs.

    Parameters
    ----------
    module_factory : callable
        Returns a new module, which takes float32 images of shape (n, 1, H, W) and returns logits
        of shape (n,) or (n, 1), above zero for a slash, or (n, 2), one for each class.
    epochs : int
        Passes over the train split, at least 1.
    lr : float, optional
        Adam's learning rate, above 0; by default 0.001. Not allowed with `optimizer`.
    batch_size : int
        Rows per step, at least 1.
    device : str
        Where PyTorch trains it: "auto" for an accelerator if there is one, "cpu", "cuda", ...
    optimizer : callable, optional
        ``optimizer(parameters)`` returns a torch.optim.Optimizer.
    loss : callable, optional
        ``loss(outputs, labels)`` returns a scalar, from the module's outputs and int64 labels of
        shape (n,).
    schedule : callable, optional
        ``schedule(optimizer)`` returns a scheduler, whose ``step()`` is called after each batch.
    callbacks : iterable of callable
        Each is called as ``callback(epoch, module, loss)`` after every epoch, with the epoch from 0
        and the mean loss of its batches; training ends if one returns True.
    standardize : bool
        Shift and scale the pixels to mean 0 and standard deviation 1 over the train split. Pixels
        from 0 to 1 are nearly all close to 0.9 here, and from there Adam needs very many epochs to
        train a dense network: it would seem unable to memorise even its train rows, which is wrong.
        If False, pixels are from 0 (black) to 1 (white).

    Returns
    -------
    TorchClassifier
        Once fitted, its attribute `module` is the trained module, for pixels from 0 to 1.

    Raises
    ------
    TypeError
        If `module_factory` is a module rather than a function that returns one, or an argument that
        should be callable is not.
    ValueError
        If a number is out of range, a device is unknown, or `lr` is given with `optimizer`.

    Examples
    --------
    >>> from torch import nn
    >>> def cnn():
    ...     return nn.Sequential(
    ...         nn.Conv2d(1, 8, 3), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten(),
    ...         nn.Linear(8, 1),
    ...     )
    >>> from slash_dataset.benchmark import evaluate
    >>> result = evaluate(torch_classifier(cnn, epochs=30, lr=0.01), seeds=1)
    >>> result.num_parameters, result.test_accuracy
    (89, (1.0,))
    """
    if is_torch_module(module_factory) and not isinstance(module_factory, type):
        raise TypeError(
            f"module_factory={type(module_factory).__name__} is a module, which would carry over "
            "from one seed to the next: give a function that returns a new one"
        )
    if not callable(module_factory):
        raise TypeError(
            f"module_factory={shown(module_factory)} is not allowed: module_factory takes a "
            "function that returns a torch.nn.Module"
        )
    several = iterates(callbacks) and not isinstance(callbacks, str)
    callbacks = tuple(check_kind("callbacks", callbacks, "functions", several))
    given = {"optimizer": optimizer, "loss": loss, "schedule": schedule}
    for name, value in [*given.items(), *(("callbacks", each) for each in callbacks)]:
        if value is not None and not callable(value):
            raise TypeError(f"{name}={shown(value)} is not allowed: {name} takes a function")
    if lr is not None and optimizer is not None:
        raise ValueError(f"lr={lr!r} is not allowed with optimizer: set the rate in the optimizer")
    _WHOLE.check("epochs", epochs)
    _WHOLE.check("batch_size", batch_size)
    rate = _RATE.check("lr", _ADAMS_RATE if lr is None else lr)
    check_bool("standardize", standardize)
    return TorchClassifier(
        module_factory,
        epochs,
        rate,
        batch_size,
        _device(device),
        optimizer,
        loss,
        schedule,
        callbacks,
        standardize,
    )


def _device(name: str) -> str:
    torch = require("torch", "torch")
    if isinstance(name, str) and name == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        return str(torch.device(name))
    except (RuntimeError, TypeError, ValueError) as error:
        raise ValueError(
            f"device={shown(name)} is not allowed: device takes auto or a device of torch ({error})"
        ) from None


class TrainedModule:
    """A trained PyTorch module behind ``predict``."""

    def __init__(self, module: Any) -> None:
        self.module = module

    @property
    def num_parameters(self) -> int:
        """Of the module."""
        return sum(parameter.numel() for parameter in self.module.parameters())

    def predict(self, features: NDArray[Any]) -> NDArray[np.int64]:
        """Return the class, 0 or 1, of every row; the module's mode is left unchanged."""
        return np.asarray(self._logits(features).argmax(1), np.int64)

    def predict_proba(self, features: NDArray[Any]) -> NDArray[np.float64]:
        """Return the probability of each class, shape (n, 2)."""
        return np.asarray(self._logits(features).double().softmax(1).numpy())

    def _logits(self, features: NDArray[Any]) -> Any:
        """Logits of shape (n, 2), one for each class."""
        torch = require("torch", "torch")
        was_training = self.module.training
        self.module.eval()
        try:
            with torch.no_grad():
                parts = [self.module(part) for part in self._images(features).split(_PREDICT_BATCH)]
        finally:
            self.module.train(was_training)
        logits = torch.cat(parts).reshape(len(features), -1).cpu()
        # Only the difference of logits counts; a NaN is no slash.
        return logits if logits.shape[1] > 1 else torch.nn.functional.pad(-logits, (0, 1))

    def _images(self, features: NDArray[Any]) -> Any:
        size = math.isqrt(features.shape[1])
        pixels = features.reshape(len(features), 1, size, size).astype(np.float32)
        anything = next(self.module.parameters(), None)
        device = None if anything is None else anything.device
        return require("torch", "torch").as_tensor(pixels, device=device)


@dataclass(eq=False)
class TorchClassifier(TrainedModule):
    """What :func:`torch_classifier` returns."""

    module_factory: Callable[[], Any]
    epochs: int
    lr: float
    batch_size: int
    device: str
    optimizer: Callable[[Any], Any] | None
    loss: Callable[[Any, Any], Any] | None
    schedule: Callable[[Any], Any] | None
    callbacks: tuple[Callable[[int, Any, float], object], ...]
    standardize: bool

    def __deepcopy__(self, memo: Any) -> TorchClassifier:
        """Return an unfitted classifier with the same settings; modules cannot be copied."""
        return dataclasses.replace(self)

    def fit(self, features: NDArray[Any], labels: NDArray[np.int64]) -> TorchClassifier:
        """Make a module and train it."""
        torch = require("torch", "torch")
        module = self.module_factory()
        if self.standardize:
            module = torch.nn.Sequential(_standardization(features), module)
        self.module = module.to(self.device)
        images = self._images(features).to(self.device)
        targets = torch.as_tensor(labels, device=self.device)
        make = self.optimizer or (lambda parameters: torch.optim.Adam(parameters, lr=self.lr))
        optimizer = make(module.parameters())
        schedule = self.schedule(optimizer) if self.schedule else None
        for epoch in range(self.epochs):
            module.train()
            total = 0.0
            for rows in torch.randperm(len(images), device=self.device).split(self.batch_size):
                optimizer.zero_grad()
                loss = (self.loss or _cross_entropy)(module(images[rows]), targets[rows])
                loss.backward()
                optimizer.step()
                if schedule is not None:
                    schedule.step()
                total += len(rows) * float(loss.detach())
            # Every callback is called, even if an earlier one has asked to stop.
            if True in [call(epoch, module, total / len(images)) for call in self.callbacks]:
                break
        return self


def _standardization(features: NDArray[Any]) -> Any:
    torch = require("torch", "torch")

    class Standardize(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, mean: float, scale: float) -> None:
            super().__init__()
            # Buffers are part of the module's state and move to its device, but are not trained.
            self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32))
            self.register_buffer("scale", torch.tensor(scale, dtype=torch.float32))

        def forward(self, images: Any) -> Any:
            return (images - self.mean) / self.scale

    return Standardize(float(features.mean()), float(features.std()) or 1.0)


def _cross_entropy(logits: Any, targets: Any) -> Any:
    functional = require("torch.nn.functional", "torch")
    logits = logits.reshape(len(targets), -1)
    if logits.shape[1] == 1:
        return functional.binary_cross_entropy_with_logits(logits[:, 0], targets.float())
    return functional.cross_entropy(logits, targets)
