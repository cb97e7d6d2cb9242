"""What `.gitattributes` and `.gitignore` say about paths, answered by git itself."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from .git_store import GitStore

_LFS_EXTENSIONS = """
7z arrow avro bin bz2 ckpt ftz gz h5 joblib lz4 mds mlmodel model msgpack npy npz onnx ot parquet
pb pickle pkl pt pth rar safetensors tar tflite tgz wasm xz zip zst
pcm sam raw aac flac mp3 ogg wav bmp gif png tiff jpg jpeg webp mp4 webm
"""
_LFS_PATTERNS = [f"*.{extension}" for extension in _LFS_EXTENSIONS.split()]
_LFS_PATTERNS += ["*.lfs.*", "*.tar.*", "saved_model/**/*", "*tfevents*"]


def lfs_rule(pattern: str) -> str:
    """The line of `.gitattributes` that gives a pattern to git-LFS."""
    return f"{pattern} filter=lfs diff=lfs merge=lfs -text\n"


INITIAL_ATTRIBUTES = "".join(map(lfs_rule, _LFS_PATTERNS))
"""The `.gitattributes` with which the Hub starts a dataset."""


def tracked_by_lfs(git: GitStore, tree: str, paths: Sequence[str]) -> set[str]:
    """The paths that the `.gitattributes` of a commit or tree give to git-LFS."""
    if not paths:
        return set()
    with git.index(tree) as env:
        raw = git.git(
            "check-attr", "--cached", "-z", "--stdin", "filter", stdin=_nul_ended(paths), env=env
        )
    words = raw.decode().split("\0")[:-1]
    return {path for path, value in zip(words[::3], words[2::3], strict=True) if value == "lfs"}


def ignored(git: GitStore, gitignore: str, paths: Sequence[str]) -> set[str]:
    """The paths that a root `.gitignore` with this text leaves out."""
    if not paths or not gitignore.strip():
        return set()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, ".gitignore").write_text(gitignore, encoding="utf-8")
        # Status 1 only says that no path is ignored.
        raw = git.git(
            f"--work-tree={folder}",
            *("check-ignore", "--no-index", "-z", "--stdin"),
            stdin=_nul_ended(paths),
            accept=(0, 1),
        )
    return set(raw.decode().split("\0")[:-1])


def attribute_pattern(path: str) -> str:
    """A path as a pattern of `.gitattributes`, its special characters escaped."""
    escaped = "".join(f"\\{c}" if c in "*?[]\\" else c for c in path)
    if escaped.startswith("!"):
        escaped = f"\\{escaped}"
    if escaped.startswith("#") or any(c.isspace() or c == '"' for c in escaped):
        escaped = '"' + escaped.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return escaped


def _nul_ended(paths: Sequence[str]) -> bytes:
    return b"".join(path.encode() + b"\0" for path in paths)
