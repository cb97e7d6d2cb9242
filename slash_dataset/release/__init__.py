"""Releases of the data: the folder for the Hub, and how it gets there.

For maintainers, with the extra ``release``: from a checkout of the project, or from its wheel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .build import build_folder
    from .errors import HubError, ReleaseError
    from .publish import Released, release
    from .verify import PublishedVersion, published_versions, verify_published

# Imported on first use: a release loads the published dataset in a process that needs none of it.
_HOMES = {
    "HubError": "errors",
    "PublishedVersion": "verify",
    "ReleaseError": "errors",
    "Released": "publish",
    "build_folder": "build",
    "published_versions": "verify",
    "release": "publish",
    "verify_published": "verify",
}

__all__ = [
    "HubError",
    "PublishedVersion",
    "ReleaseError",
    "Released",
    "build_folder",
    "published_versions",
    "release",
    "verify_published",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
