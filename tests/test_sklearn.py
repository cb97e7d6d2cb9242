"""``slash_dataset.sklearn.load_slash`` beside scikit-learn's own loaders."""

from __future__ import annotations

import inspect
import subprocess
import sys

import numpy as np
import pytest
from sklearn.datasets import fetch_20newsgroups, fetch_olivetti_faces, load_digits
from sklearn.utils import Bunch

from slash_dataset import open_config
from slash_dataset.checksums import checksum_of_batches, recorded_checksums
from slash_dataset.sklearn import load_slash


@pytest.mark.parametrize("config", ["original", "original-float64"])
@pytest.mark.parametrize("subset", ["train", "test"])
def test_pixels_and_labels_are_those_of_the_release(config, subset):
    bunch = load_slash(subset=subset, config=config)
    expected = recorded_checksums(config)[subset]
    assert checksum_of_batches([(bunch.images, bunch.target)]) == expected
    np.testing.assert_array_equal(bunch.data, bunch.images.reshape(len(bunch.images), 900))


def test_bunch_has_what_bunches_of_scikit_learn_have():
    bunch = load_slash()
    assert isinstance(bunch, Bunch)
    assert set(load_digits()) <= set(bunch)
    assert bunch.data.shape == (750, 900)
    assert bunch.images.shape == (750, 30, 30)
    assert bunch.data.dtype == np.float64
    assert 0 <= bunch.data.min() < bunch.data.max() <= 1
    assert bunch.target.shape == (750,)
    assert bunch.target.dtype == np.int64
    assert bunch.target_names == ["backslash", "slash"]
    assert bunch.feature_names[:2] == ["pixel_0_0", "pixel_0_1"]
    assert bunch.feature_names[30] == "pixel_1_0"
    assert bunch.frame is None


def test_arguments_have_the_names_and_defaults_of_scikit_learn():
    ours = inspect.signature(load_slash).parameters
    assert all(
        parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_KEYWORD)
        for parameter in ours.values()
    )
    for theirs in (fetch_olivetti_faces, load_digits, fetch_20newsgroups):
        for name, parameter in inspect.signature(theirs).parameters.items():
            if name in ours:
                assert ours[name].default == parameter.default, (theirs, name)


def test_all_is_train_and_then_test():
    train, test, both = (load_slash(subset=subset) for subset in ("train", "test", "all"))
    np.testing.assert_array_equal(both.data, np.concatenate([train.data, test.data]))
    np.testing.assert_array_equal(both.target, np.concatenate([train.target, test.target]))


def test_description_counts_what_is_there():
    text = load_slash(subset="test").DESCR
    assert ":Number of Instances: 250 (125 backslash, 125 slash)" in text
    assert ":Number of Attributes: 900 (30 x 30 pixels" in text
    assert "from 0 (black) to 1 (white)" in text
    assert "CC BY 4.0" in text
    assert "0 (black) to 255 (white)" in load_slash(config="original").DESCR


def test_data_and_target_alone_are_those_of_the_bunch():
    data, target = load_slash(return_X_y=True)
    bunch = load_slash()
    np.testing.assert_array_equal(data, bunch.data)
    np.testing.assert_array_equal(target, bunch.target)


def test_frames_hold_the_same_values():
    import pandas

    bunch, plain = load_slash(as_frame=True, subset="test"), load_slash(subset="test")
    assert isinstance(bunch.data, pandas.DataFrame)
    assert isinstance(bunch.target, pandas.Series)
    assert bunch.target.name == "target"
    assert list(bunch.frame.columns) == [*plain.feature_names, "target"]
    np.testing.assert_array_equal(bunch.data.to_numpy(), plain.data)
    np.testing.assert_array_equal(bunch.frame["target"], plain.target)
    data, target = load_slash(as_frame=True, return_X_y=True, subset="test")
    assert isinstance(data, pandas.DataFrame)
    assert isinstance(target, pandas.Series)


def test_a_nearest_neighbour_scores_as_published():
    from sklearn.neighbors import KNeighborsClassifier

    model = KNeighborsClassifier(n_neighbors=1).fit(*load_slash(return_X_y=True))
    assert model.score(*load_slash(return_X_y=True, subset="test")) == 0.908


def test_drawn_configs_take_their_parameters():
    bunch = load_slash(config="long", num_test=31, image_size=33, subset="test")
    images, labels, _ = open_config("long", num_test=31, image_size=33)["test"].read(range(31))
    np.testing.assert_array_equal(bunch.images, images)
    np.testing.assert_array_equal(bunch.target, labels)
    assert len(bunch.feature_names) == 33 * 33


def test_changing_what_was_returned_changes_no_later_call():
    load_slash().data[:] = 0
    assert load_slash().data.any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"subset": "val"}, "subset='val'.*'train', 'test', 'all'"),
        ({"config": "orignal"}, "did you mean 'original'"),
        ({"noise": 1.0}, "noise=1.0 is not allowed"),
        ({"config": "standard", "num_train": 0}, "num_train=0"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        load_slash(**arguments)


def test_without_scikit_learn_the_error_names_the_extra():
    script = (
        "import sys\nsys.modules['sklearn'] = None\n"
        "from slash_dataset.sklearn import load_slash\n"
        "try:\n    load_slash()\nexcept ImportError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert 'pip install "slash-dataset[sklearn]"' in done.stdout
