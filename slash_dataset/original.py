"""The 2019 release of the Slash dataset, replayed bit for bit from generator state.

Sophie Searcy published the dataset on 2019-05-28 as a 3.6 MB file with the post "Slash dataset: A
toy dataset that stymies most non-convolutional models" (soph.info/slash-data), under CC BY 4.0.
Her notebook drew every step from one Mersenne Twister. Its 624 words of state at the first image,
solved for from the published pixels, ship in ``original_state.npy``. From them, this module replays
the images, the random selection in the figure, the split, and the state that the random forest of
the post started from. NumPy never changes the streams of ``RandomState`` (NEP 19).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

NUM_IMAGES = 1_000
IMAGE_SIZE = 30
STROKE_LENGTH = 4
NOISE = 0.5


@dataclass(frozen=True)
class Release:
    """The 2019 release in the order in which it was drawn, and what the author drew next.

    Attributes
    ----------
    images : ndarray of float64, shape (1000, 30, 30)
        Pixels from 0 (black) to 1 (white).
    labels : ndarray of int64, shape (1000,)
        0 is a backslash, 1 a slash; they alternate.
    rows, cols : ndarray of int64, shape (1000,)
        Top left corner of each stroke's 4 x 4 block, 0 to 26.
    shown : ndarray of int64, shape (5,)
        The examples that the author selected at random for a picture, out of 500.
    split_rows : dict of str to ndarray of int64
        Positions in `images` of the author's 750 train and 250 test rows, in her order.
    forest_state : tuple
        The generator's state, for ``RandomState.set_state``, from which the random forest of the
        published table is fitted.
    """

    images: NDArray[np.float64]
    labels: NDArray[np.int64]
    rows: NDArray[np.int64]
    cols: NDArray[np.int64]
    shown: NDArray[np.int64]
    split_rows: dict[str, NDArray[np.int64]]
    forest_state: tuple[str, NDArray[np.uint32], int, int, float]


@cache
def replay() -> Release:
    """Replay the author's notebook, once per process; the arrays are read-only.

    Returns
    -------
    Release

    Examples
    --------
    >>> release = replay()
    >>> release.images.shape, release.labels[:4].tolist()
    ((1000, 30, 30), [0, 1, 0, 1])
    """
    with (files(__package__) / "original_state.npy").open("rb") as stream:
        key = np.load(stream, allow_pickle=False)
    random = np.random.RandomState()
    random.set_state(("MT19937", key, 0, 0, 0.0))

    backslash = 1 - np.eye(STROKE_LENGTH)
    strokes = (backslash, np.fliplr(backslash))
    images = np.empty((NUM_IMAGES, IMAGE_SIZE, IMAGE_SIZE))
    labels = np.arange(NUM_IMAGES, dtype=np.int64) % 2
    corners = np.empty((NUM_IMAGES, 2), np.int64)
    for image, label, corner in zip(images, labels, corners, strict=True):
        corner[:] = random.randint(0, IMAGE_SIZE - STROKE_LENGTH + 1, size=2, dtype=np.int64)
        row, col = corner
        image[...] = 1.0
        image[row : row + STROKE_LENGTH, col : col + STROKE_LENGTH] = strokes[label]
        # These float64 operations keep the author's order: it matters to the last bit.
        image += NOISE * (random.rand(IMAGE_SIZE, IMAGE_SIZE) - 0.5)
    np.clip(images, 0, 1, out=images)

    shown = random.choice(NUM_IMAGES // 2, 5, replace=False)
    train, test = _stratified_split(labels, random)
    release = Release(
        images=images,
        labels=labels,
        rows=np.ascontiguousarray(corners[:, 0]),
        cols=np.ascontiguousarray(corners[:, 1]),
        shown=shown.astype(np.int64),
        split_rows={"train": train, "test": test},
        forest_state=random.get_state(legacy=True),  # type: ignore[arg-type]
    )
    for array in (images, labels, release.rows, release.cols, release.shown, train, test):
        array.setflags(write=False)
    return release


def _stratified_split(
    labels: NDArray[np.int64], random: np.random.RandomState
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split three to one as scikit-learn's ``train_test_split(stratify=labels)`` does.

    Each class is permuted by itself and cut, then each part is permuted as a whole. The classes
    divide evenly, so the rounding of scikit-learn, which may draw, draws nothing here.
    """
    classes = [random.permutation(np.flatnonzero(labels == label)) for label in np.unique(labels)]
    train = np.concatenate([members[: len(members) * 3 // 4] for members in classes])
    test = np.concatenate([members[len(members) * 3 // 4 :] for members in classes])
    return random.permutation(train).astype(np.int64), random.permutation(test).astype(np.int64)
