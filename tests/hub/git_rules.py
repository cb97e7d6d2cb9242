"""What `.gitattributes` says about paths, answered by git itself."""

from __future__ import annotations

from collections.abc import Sequence

from .git_store import GitStore

_LFS_EXTENSIONS = """
7z arrow avro bin bz2 ckpt ftz gz h5 joblib lz4 mds mlmodel model msgpack npy npz onnx ot parquet
pb pickle pkl pt pth rar safetensors tar tflite tgz wasm xz zip zst
pcm sam raw aac flac mp3 ogg wav bmp gif png tiff jpg jpeg webp mp4 webm
"""
_LFS_PATTERNS = [f"*.{extension}" for extension in _LFS_EXTENSIONS.split()]
_LFS_PATTERNS += ["*.lfs.*", "*.tar.*", "saved_model/**/*", "*tfevents*"]


INITIAL_ATTRIBUTES = "".join(
    f"{pattern} filter=lfs diff=lfs merge=lfs -text\n" for pattern in _LFS_PATTERNS
)
"""The `.gitattributes` with which the Hub starts a dataset."""


def tracked_by_lfs(git: GitStore, tree: str, paths: Sequence[str]) -> set[str]:
    """The paths that the `.gitattributes` of a commit or tree give to git-LFS."""
    if not paths:
        return set()
    with git.index(tree) as env:
        listed = b"".join(path.encode() + b"\0" for path in paths)
        raw = git.git("check-attr", "--cached", "-z", "--stdin", "filter", stdin=listed, env=env)
    words = raw.decode().split("\0")[:-1]
    return {path for path, value in zip(words[::3], words[2::3], strict=True) if value == "lfs"}
