"""A shuffled order of rows without a list of them: one bijection for each seed and epoch.

The row at any place of the order is found on its own, in the same few operations for a thousand
rows as for 10**12. The arithmetic is the same on every machine: it uses unsigned 64-bit integers
that wrap modulo 2**64. With n rows::

    a = ceil(sqrt(n)),  b = ceil(n / a)
    mix(z):      z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9     (the finaliser of SplitMix64)
                 z = (z ^ (z >> 27)) * 0x94D049BB133111EB
                 return z ^ (z >> 31)
    key[j]       = mix(mix(seed) + 0x9E3779B97F4A7C15 * (32 * epoch + j + 1))
    f(i, x, m)   = (((x * key[2 * i] + key[2 * i + 1]) >> 32) * m) >> 32    (from 0 to m - 1)

    row(place):  q, r = place div a, place mod a
                 for i in 0, 2, ..., 14:  r = (r + f(i, q, a)) mod a
                                          q = (q + f(i + 1, r, b)) mod b
                 p = q * a + r;  return p if p < n, else row(p)

Each line of the loop can be undone, so it permutes the places 0 to a * b - 1: it is a Feistel
network on a table of b lines and a columns (Black and Rogaway, "Ciphers with arbitrary finite
domains", 2002) with multiply-add hashing. Its few cells beyond n are skipped.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

_ROUNDS = 16


def _mix(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def shuffled(places: ArrayLike, num_rows: int, seed: int, epoch: int = 0) -> NDArray[np.int64]:
    """Return the rows at some places of a shuffled order.

    Parameters
    ----------
    places : array_like of int, shape (n,)
        Each from 0 to ``num_rows - 1``.
    num_rows : int
        1 to 10**12.
    seed : int
        0 to 2**64 - 1.
    epoch : int
        0 to 2**32; each has its own order.

    Returns
    -------
    ndarray of int64, shape (n,)
        All places together give each row from 0 to ``num_rows - 1`` exactly once.

    Examples
    --------
    >>> shuffled(range(8), 8, seed=0).tolist()
    [6, 0, 4, 7, 1, 2, 3, 5]
    >>> shuffled([0, 1], 10**12, seed=0).tolist()
    [333702359290, 703836949118]
    """
    across = math.isqrt(num_rows - 1) + 1
    sizes = np.uint64(across), np.uint64(-(-num_rows // across))
    steps = np.arange(1, 2 * _ROUNDS + 1, dtype=np.uint64) + np.uint64(2 * _ROUNDS * epoch)
    keys = _mix(_mix(np.array([seed], np.uint64)) + steps * np.uint64(0x9E3779B97F4A7C15))
    half = np.uint64(32)
    rows = np.asarray(places).astype(np.uint64)
    beyond = np.arange(len(rows))
    while len(beyond):
        moving, fixed = rows[beyond] % sizes[0], rows[beyond] // sizes[0]
        for i, (factor, term) in enumerate(keys.reshape(-1, 2)):
            jump = (((fixed * factor + term) >> half) * sizes[i % 2]) >> half
            moving, fixed = fixed, (moving + jump) % sizes[i % 2]
        rows[beyond] = fixed * sizes[0] + moving
        beyond = beyond[rows[beyond] >= num_rows]
    return rows.astype(np.int64)
