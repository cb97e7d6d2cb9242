"""Grayscale images to PNG bytes, a whole batch at a time.

All images of a batch have the same size, so that their files differ only in pixels and in two
checksums: everything else is a template that is copied once. The deflate stream is stored, not
compressed (level 0), because Parquet's zstd compresses better, across images. The Adler-32 of all
images is one matrix product. The format is PNG, third edition (W3C, 2025), with zlib (RFC 1950) and
deflate (RFC 1951) inside.
"""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .memory import empty_bytes

_ADLER_BASE = 65521
_STORED_BLOCK_BYTES = 65535
# The weighted sum of Adler-32 is exact in float64 up to this many bytes per image.
_MOST_BYTES = 8 * 10**6
# Bytes to assemble at a time: few enough to stay in the processor's own caches, and for OpenBLAS to
# multiply on one thread. Its other threads would keep a core busy long after the product.
_BYTES_IN_CACHE = 2**17


def encode_png(images: NDArray[np.uint8]) -> pa.BinaryArray:
    r"""Encode grayscale images as PNG files, without a Python object for each.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, H, W)
        H and W at least 1.

    Returns
    -------
    pyarrow.BinaryArray, length n
        Complete PNG files (8-bit grayscale, not interlaced), all of one length, in one buffer.

    Raises
    ------
    ValueError
        If `images` has another dtype or shape.

    Examples
    --------
    >>> files = encode_png(np.zeros((2, 30, 30), np.uint8))
    >>> len(files), files[0].as_py()[:8]
    (2, b'\x89PNG\r\n\x1a\n')
    """
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8 or images.ndim != 3:
        found = f"{getattr(images, 'dtype', type(images).__name__)} {np.shape(images)}"
        raise ValueError(f"images must be uint8 of shape (n, H, W), got {found}")
    if 0 in images.shape[1:]:
        raise ValueError(f"images must have at least one pixel, got shape {images.shape}")
    count, height, width = images.shape
    if height * (width + 1) > _MOST_BYTES:
        raise ValueError(f"images of {height} x {width} pixels are too large: 8 megapixels at most")
    layout = _layout(height, width)
    if count * len(layout.template) >= 2**31:
        most = (2**31 - 1) // len(layout.template)
        raise ValueError(f"images has {count} images, and {most} of this size fit into one array")
    files = empty_bytes(count, len(layout.template))
    step = max(1, _BYTES_IN_CACHE // len(layout.template))
    for start in range(0, count, step):
        layout.fill(files[start : start + step], images[start : start + step])
    offsets = np.arange(count + 1, dtype=np.int32) * np.int32(files.shape[1])
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(files)]
    return pa.BinaryArray.from_buffers(pa.binary(), count, buffers)


@lru_cache(maxsize=8)
def _layout(height: int, width: int) -> _Layout:
    return _Layout(height, width)


class _Layout:
    """The layout of a PNG file of one size."""

    def __init__(self, height: int, width: int) -> None:
        self._height, self._stride = height, width + 1  # each line begins with a filter byte
        self._length = height * self._stride
        header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
        # Deflate with window 32K, default level: 0x78 0x9c is divisible by 31 as required.
        stream = bytearray(b"\x78\x9c")
        self._pieces: list[tuple[int, int, int]] = []
        for start in range(0, self._length, _STORED_BLOCK_BYTES):
            size = min(_STORED_BLOCK_BYTES, self._length - start)
            is_last = start + size == self._length
            stream += struct.pack("<BHH", is_last, size, size ^ 0xFFFF)
            self._pieces.append((len(stream), start, size))
            stream += bytes(size)
        stream += bytes(4)  # Adler-32

        before = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header)
        self.template = np.frombuffer(
            before + _chunk(b"IDAT", bytes(stream)) + _chunk(b"IEND", b""), np.uint8
        )
        self._stream_at = len(before) + 8
        self._crc_at = self._stream_at + len(stream)
        self._adler_at = self._crc_at - 4

        # Sums for Adler-32 over as many lines as keep them below 2**24, exact in float32.
        def most(lines: int) -> int:
            return 255 * lines * width * (max(lines, width) + 1) // 2

        fitting = (n for n in range(height, 0, -1) if height % n == 0 and most(n) < 2**24)
        self._lines = next(fitting, 1)
        self._float: Any = np.float32 if most(self._lines) < 2**24 else np.float64
        rows, cols = np.indices((self._lines, width)).reshape(2, -1)
        self._weights = np.stack([rows * 0 + 1, self._lines - rows, cols + 1], 1, dtype=self._float)
        self._lines_after = np.arange(height - self._lines, -1, -self._lines, dtype=np.uint64)

    def fill(self, files: NDArray[np.uint8], images: NDArray[np.uint8]) -> None:
        """Write the files of some images into the rows of `files`."""
        files[...] = self.template
        if len(self._pieces) == 1:
            lines = files[:, self._pieces[0][0] + self._stream_at :][:, : self._length]
            lines = lines.reshape(len(images), self._height, self._stride)
            # reshape gives a view here: only the inner dimension is split.
            lines[:, :, 1:] = images
        else:
            lines = np.zeros((len(images), self._height, self._stride), np.uint8)
            lines[:, :, 1:] = images
            flat = lines.reshape(len(images), self._length)
            for at, start, size in self._pieces:
                at += self._stream_at
                files[:, at : at + size] = flat[:, start : start + size]
        files[:, self._adler_at : self._crc_at] = self._adler32(images)
        # A chunk's checksum covers its type, the four bytes before its data.
        covered = files[:, self._stream_at - 4 : self._crc_at]
        crcs = np.fromiter(map(zlib.crc32, covered), ">u4", len(files))
        files[:, self._crc_at : self._crc_at + 4] = crcs.view(np.uint8).reshape(-1, 4)

    def _adler32(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Adler-32 (RFC 1950) of all images' lines, whose filter bytes are zero: shape (n, 4).

        With the n bytes d_1 ... d_n of an image, a = 1 + sum(d_i) and b = n + sum((n + 1 - i) d_i),
        both modulo 65521. In the h-th line from the image's end, of s bytes, the pixel in column c,
        from 1, has n + 1 - i = h * s - c. Summing h * d_i and c * d_i separately keeps the sums
        small.
        """
        flat = images.reshape(-1, self._lines * images.shape[2]).astype(self._float)
        sums = (flat @ self._weights).astype(np.uint64).reshape(len(images), -1, 3)
        plain, by_line, by_column = np.moveaxis(sums, 2, 0)
        by_line = (by_line + plain * self._lines_after).sum(axis=1)
        a = 1 + plain.sum(axis=1)
        b = self._length + self._stride * by_line - by_column.sum(axis=1)
        both: NDArray[Any] = (b % _ADLER_BASE << np.uint64(16)) | (a % _ADLER_BASE)
        return both.astype(">u4").view(np.uint8).reshape(-1, 4)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
