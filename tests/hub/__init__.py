"""A small, strict Hub on loopback for tests, backed by real git repositories.

It serves datasets to the unmodified Hub client: revisions, trees, tags and object ids are git's
own, large files are git-LFS pointers and a content-addressed store. It refuses whatever the real
Hub refuses, records every request, and makes any of them fail on order. See ``fixture`` for how
a test gets one, ``handle`` for what a test can do with it.
"""

from __future__ import annotations

from .handle import Hub, RepoHandle

__all__ = ["Hub", "RepoHandle"]
