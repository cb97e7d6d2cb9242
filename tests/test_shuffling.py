"""A shuffled order is a bijection, looks random, and is the same on every machine."""

from __future__ import annotations

import hashlib
import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from slash_dataset.shuffling import shuffled

ROWS, SEEDS, EPOCHS = st.integers(1, 10**12), st.integers(0, 2**64 - 1), st.integers(0, 2**32)


def specified(place: int, num_rows: int, seed: int, epoch: int) -> int:
    """The row at a place, computed from the module's documentation with Python integers."""

    def mix(z: int) -> int:
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
        return z ^ (z >> 31)

    def f(i: int, x: int, m: int) -> int:
        return (((x * key[2 * i] + key[2 * i + 1]) % 2**64 >> 32) * m) >> 32

    a = math.isqrt(num_rows - 1) + 1
    b = -(-num_rows // a)
    steps = range(32 * epoch + 1, 32 * epoch + 33)
    key = [mix((mix(seed) + 0x9E3779B97F4A7C15 * step) % 2**64) for step in steps]
    q, r = divmod(place, a)
    for i in range(0, 16, 2):
        r = (r + f(i, q, a)) % a
        q = (q + f(i + 1, r, b)) % b
    p = q * a + r
    return p if p < num_rows else specified(p, num_rows, seed, epoch)


@given(ROWS, SEEDS, EPOCHS, st.data())
def test_the_arithmetic_is_what_the_text_says(num_rows, seed, epoch, data):
    places = data.draw(st.lists(st.integers(0, num_rows - 1), max_size=5))
    expected = [specified(place, num_rows, seed, epoch) for place in places]
    assert shuffled(places, num_rows, seed, epoch).tolist() == expected


@given(st.integers(1, 3_000), SEEDS, EPOCHS)
@example(1, 0, 0)
def test_every_row_has_one_place(num_rows, seed, epoch):
    order = shuffled(range(num_rows), num_rows, seed, epoch)
    assert sorted(order.tolist()) == list(range(num_rows))


def test_orders_never_change():
    orders = [
        shuffled(range(750), 750, seed=0),
        shuffled(range(750), 750, seed=2**64 - 1, epoch=2**32),
        shuffled(np.arange(0, 10**12, 10**9 + 7), 10**12, seed=7, epoch=3),
    ]
    digest = hashlib.sha256(np.concatenate(orders).astype("<i8").tobytes()).hexdigest()
    assert digest == "286e957641cf4bca777cd61659ff2a99cca5ba2544eaa5b029b43c48eb049716"


@pytest.mark.parametrize("num_rows", [4, 5])
@pytest.mark.parametrize("which", ["seed", "epoch"])
def test_each_order_of_a_few_rows_comes_as_often_as_any_other(num_rows, which):
    draws, orders = 4_000, list(permutations(range(num_rows)))
    count = dict.fromkeys(orders, 0)
    for number in range(draws):
        pair = (number, 0) if which == "seed" else (0, number)
        count[tuple(shuffled(range(num_rows), num_rows, *pair).tolist())] += 1
    expected, freedom = draws / len(orders), len(orders) - 1
    chi = sum((found - expected) ** 2 / expected for found in count.values())
    assert abs(chi - freedom) < 4 * math.sqrt(2 * freedom)


def test_neighbours_end_up_anywhere():
    """Distances between successive rows, for 750 rows in 1,000 orders."""
    orders = np.array([shuffled(range(750), 750, seed) for seed in range(1_000)])
    distances = np.bincount((np.diff(orders, axis=1) % 750).ravel(), minlength=750)[1:]
    chi = ((distances - distances.mean()) ** 2 / distances.mean()).sum()
    assert abs(chi - 748) < 4 * math.sqrt(2 * 748)
