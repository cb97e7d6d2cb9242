"""Batches as serialized ``tf.train.Example`` messages and as TFRecords, without TensorFlow.

All images of a batch have PNG files of equal length, so that their messages and records have equal
length too: a template is copied, and only what differs is filled in.

Formats: the wire format of Protocol Buffers, ``tensorflow/core/example/feature.proto``, and
``tensorflow/core/lib/io/record_writer.h``.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..extras import require
from ..png import encode_png

# A record is the length of its data, the checksum of that length, the data, and its checksum.
_LENGTH_BYTES, _CRC_BYTES = 8, 4
RECORD_OVERHEAD = _LENGTH_BYTES + _CRC_BYTES + _CRC_BYTES


def encode_examples(images: NDArray[np.uint8], labels: NDArray[Any]) -> NDArray[np.uint8]:
    """Return one message for each image: ``{"image": bytes of a PNG, "label": int64}``.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, H, W)
    labels : ndarray of int, shape (n,)
        From 0 to 127: they take one byte.

    Returns
    -------
    ndarray of uint8, shape (n, length of a message)

    Examples
    --------
    >>> messages = encode_examples(np.zeros((3, 30, 30), np.uint8), np.array([0, 1, 0]))
    >>> messages[:, -1].tolist()
    [0, 1, 0]
    """
    files = encode_png(images)
    pixels = np.frombuffer(files.buffers()[2], np.uint8).reshape(len(images), -1)
    before, after = _around(pixels.shape[1])
    messages = np.empty((len(images), len(before) + pixels.shape[1] + len(after)), np.uint8)
    messages[:, : len(before)] = np.frombuffer(before, np.uint8)
    messages[:, len(before) : -len(after)] = pixels
    messages[:, -len(after) :] = np.frombuffer(after, np.uint8)
    messages[:, -1] = labels
    return messages


def _around(num_bytes: int) -> tuple[bytes, bytes]:
    """The bytes of a message before the PNG file and after it, ending with the label 0."""
    # Feature has the fields bytes_list = 1 and int64_list = 3; lists have their values in field 1.
    image = _field(1, _field(1, bytes(num_bytes)))
    label = _field(3, _field(1, b"\0"))
    entries = b"".join(
        # Features is a map: a field 1 for each entry, with its key in 1 and its value in 2.
        _field(1, _field(1, name) + _field(2, feature))
        for name, feature in ((b"image", image), (b"label", label))
    )
    message = _field(1, entries)
    after = len(_field(1, _field(1, b"label") + _field(2, label)))
    return message[: -after - num_bytes], message[-after:]


def _field(number: int, data: bytes) -> bytes:
    """A length-delimited field of a message."""
    return bytes([number << 3 | 2]) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    digits = []
    while value > 127:
        digits.append(value & 127 | 128)
        value >>= 7
    return bytes([*digits, value])


def frame_records(messages: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return messages of one length as TFRecords.

    Parameters
    ----------
    messages : ndarray of uint8, shape (n, length)

    Returns
    -------
    ndarray of uint8, shape (n, length + 16)
        Written one after another, they form a TFRecord file.
    """
    crc32c = require("google_crc32c", "export").value
    count, length = messages.shape
    head = struct.pack("<Q", length)
    head += _masked(np.array([crc32c(head)])).tobytes()
    records = np.empty((count, length + RECORD_OVERHEAD), np.uint8)
    records[:, : len(head)] = np.frombuffer(head, np.uint8)
    records[:, len(head) : -_CRC_BYTES] = messages
    crcs = np.fromiter(map(crc32c, np.ascontiguousarray(messages)), np.uint32, count)
    records[:, -_CRC_BYTES:] = _masked(crcs).view(np.uint8).reshape(count, _CRC_BYTES)
    return records


def _masked(crcs: NDArray[Any]) -> NDArray[Any]:
    """Rotate and shift checksums, as TFRecord stores them."""
    crcs = crcs.astype(np.uint32)
    turned = crcs >> np.uint32(15) | crcs << np.uint32(17)
    return (turned + np.uint32(0xA282EAD8)).astype("<u4")
