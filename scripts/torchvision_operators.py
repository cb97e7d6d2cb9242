"""Let torchvision be imported beside a CPU build of torch.

The torchvision wheel that package indexes serve for Linux is built for CUDA. Beside a CPU build of
torch its compiled operators do not load, and the import fails where it describes two of them,
``torchvision::nms`` and ``torchvision::qnms``, that datasets never call. Naming their schemas is
enough.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

_KEPT = []


class _BeforeTorchvision:
    """Finds nothing, but notices that torchvision is about to be imported."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name == "torchvision" and not _KEPT:
            _define_missing_operators()
        return None


def _define_missing_operators() -> None:
    import torch

    library = torch.library.Library("torchvision", "FRAGMENT")
    _KEPT.append(library)  # its definitions go when it goes
    for finder in sys.meta_path:
        spec = None if finder is _BeforeTorchvision else finder.find_spec("torchvision", None)
        if spec is not None and spec.origin is not None:
            break
    else:
        return
    try:
        for compiled in sorted(Path(spec.origin).parent.glob("_C*.so")):
            torch.ops.load_library(str(compiled))
    except OSError:
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")


def prepare() -> None:
    """Define what is missing as soon as somebody imports torchvision; costs nothing until then."""
    if _BeforeTorchvision not in sys.meta_path:
        sys.meta_path.insert(0, _BeforeTorchvision)
