"""`standard` has the original's distribution: of pixels, positions, labels, and what models see.

The level of every statistical test is 1 in 1,000, and all seeds are fixed.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from slash_dataset import draw
from slash_dataset.original import replay

LEVEL = 1e-3
ROWS = 20_000


@pytest.fixture(scope="module")
def original():
    release = replay()
    images = np.rint(255 * release.images).astype(np.uint8)
    return images, release.labels, {"row": release.rows, "col": release.cols}


@pytest.fixture(scope="module")
def drawn():
    return draw("standard", stop=ROWS, seed=2019, factors=True)


def _stroke(images, labels, factors):
    """Gray values on and off the strokes."""
    mask = np.zeros(images.shape, bool)
    steps = np.arange(4)
    rows = factors["row"][:, None] + steps
    cols = factors["col"][:, None] + np.where(labels[:, None] == 1, 3 - steps, steps)
    mask[np.arange(len(images))[:, None], rows, cols] = True
    return images[mask], images[~mask]


def _same_distribution(counts, other_counts) -> float:
    """p-value of a chi-square test that two categorical samples have one distribution."""
    seen = (counts + other_counts) > 0
    return float(stats.chi2_contingency(np.stack([counts[seen], other_counts[seen]])).pvalue)


def test_gray_values_off_and_on_the_strokes_have_the_originals_distribution(original, drawn):
    for old, new in zip(_stroke(*original), _stroke(*drawn), strict=True):
        counts, other = np.bincount(old, minlength=256), np.bincount(new, minlength=256)
        assert _same_distribution(counts, other) > LEVEL
        assert stats.ks_2samp(old, new).pvalue > LEVEL


def test_the_extremes_are_as_frequent_as_their_rounding_says(drawn):
    on, off = _stroke(*drawn)
    # Clipped pixels, and the half level beside them, round to the extremes: 1/2 + 1/255 in all.
    for sample, extreme in ((off, 255), (on, 0)):
        hits = int((sample == extreme).sum())
        assert stats.binomtest(hits, len(sample), 0.5 + 1 / 255).pvalue > LEVEL
    assert off.min() == 191
    assert on.max() == 64


@pytest.mark.parametrize("factor", ["row", "col"])
def test_positions_are_uniform_as_the_originals_are(original, drawn, factor):
    old, new = (np.bincount(sample[2][factor], minlength=27) for sample in (original, drawn))
    assert stats.chisquare(new).pvalue > LEVEL
    assert _same_distribution(old, new) > LEVEL


def test_rows_and_columns_of_positions_are_independent(drawn):
    table = np.histogram2d(drawn[2]["row"], drawn[2]["col"], bins=27)[0]
    assert stats.chi2_contingency(table).pvalue > LEVEL


def test_labels_are_balanced_and_say_nothing_about_the_position(original, drawn):
    for labels in (original[1], drawn[1]):
        assert np.bincount(labels).tolist() == [len(labels) // 2] * 2
    rows, labels = drawn[2]["row"], drawn[1]
    counts = [np.bincount(rows[labels == label], minlength=27) for label in (0, 1)]
    assert _same_distribution(*counts) > LEVEL


def test_noise_is_independent_between_neighbouring_pixels_and_rows(drawn):
    noise = drawn[0][:2000].astype(float)
    for one, other in (
        (noise[:, :, :-1], noise[:, :, 1:]),
        (noise[:, :-1], noise[:, 1:]),
        (noise[:-1], noise[1:]),
    ):
        # Strokes are 4 dark pixels in 900, and hardly show here.
        clean = (one > 128) & (other > 128)
        r = np.corrcoef(one[clean], other[clean])[0, 1]
        assert abs(r) * np.sqrt(clean.sum()) < stats.norm.isf(LEVEL / 2)


@pytest.mark.parametrize("variant", [{"noise": 1.2}, {"contrast": 0.5}, {"noise": 0.0}])
def test_mean_gray_is_what_noise_and_contrast_say(variant):
    images, labels, factors = draw("standard", stop=2000, factors=True, **variant)
    on, off = _stroke(images, labels, factors)
    noise, contrast = variant.get("noise", 0.5), variant.get("contrast", 1.0)
    grid = np.linspace(-noise / 2, noise / 2, 10_001)
    for sample, level in ((off, 1.0), (on, 1 - contrast)):
        expected = 255 * np.clip(level + grid, 0, 1)
        error = sample.mean() - expected.mean()
        assert abs(error) <= 4 * expected.std() / np.sqrt(len(sample)) + 1e-9


@pytest.mark.parametrize(
    "model",
    [KNeighborsClassifier(n_neighbors=1), SVC(kernel="linear")],
    ids=["1-NN", "linear SVM"],
)
def test_models_score_as_they_do_on_resampled_splits_of_the_original(original, model):
    images, labels, _ = original
    x = images.reshape(1000, -1) / 255
    splits = StratifiedShuffleSplit(10, test_size=250, random_state=0).split(x, labels)
    scores = [model.fit(x[a], labels[a]).score(x[b], labels[b]) for a, b in splits]
    fresh, fresh_labels = draw("standard", stop=1000, seed=1)
    z = fresh.reshape(1000, -1) / 255
    score = model.fit(z[:750], fresh_labels[:750]).score(z[750:], fresh_labels[750:])
    assert min(scores) <= score <= max(scores)
