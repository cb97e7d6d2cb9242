"""The dataset in the form of scikit-learn's own loaders.

Needs the extra "sklearn".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .about import ATTRIBUTION, DATA_VERSION, LICENSE_NAME
from .checks import check_bool, check_choice
from .configs import SPLIT_NAMES, ConfigName, resolve_config
from .extras import require
from .identity import config_identity
from .splits import open_splits
from .variants import CLASSES

SUBSETS = (*SPLIT_NAMES, "all")

_DESCR = """\
Slash dataset
-------------

Noisy grayscale images with one short stroke each, a backslash (0) or a slash (1): the smallest
demonstration of why convolution matters. Most models without it stay near chance.

:Config: {identity} ({fingerprint}), {description}
:Subset: {subset}
:Number of Instances: {num_rows} ({counts})
:Number of Attributes: {num_pixels} ({size} x {size} pixels, line by line)
:Attribute Values: {values}
:Missing Attribute Values: none
:Creator: {attribution}
:Licence: {license}
:Version: {version}
"""
_VALUES = {
    "uint8": "whole numbers from 0 (black) to 255 (white)",
    "float64": "from 0 (black) to 1 (white)",
}


def load_slash(
    *,
    return_X_y: bool = False,  # noqa: N803 - scikit-learn's own name
    as_frame: bool = False,
    subset: str = "train",
    config: ConfigName = "original-float64",
    **params: Any,
) -> Any:
    """Return the dataset as a :class:`sklearn.utils.Bunch`.

    The default is the 2019 release with its exact pixels, which reproduce every figure of the
    published table. Nothing is downloaded or kept.

    Parameters
    ----------
    return_X_y : bool
        Return ``(data, target)`` instead of a Bunch.
    as_frame : bool
        Give `data` as a pandas DataFrame and `target` as a Series.
    subset : str
        "train", "test" or "all": the train rows followed by the test rows.
    config : str
        A config, see :data:`slash_dataset.CONFIG_NAMES`.
    **params
        `num_train`, `num_test`, `seed` and the parameters of
        :class:`~slash_dataset.variants.Variant`, for drawn configs.

    Returns
    -------
    sklearn.utils.Bunch
        With the attributes

        - `data`: ndarray of shape (n, H * W), or DataFrame; float64 from 0 to 1 for
          "original-float64", uint8 from 0 to 255 for all other configs
        - `images`: ndarray of shape (n, H, W), the same pixels
        - `target`: ndarray of int64, shape (n,), or Series; 0 is a backslash, 1 a slash
        - `target_names`: ``["backslash", "slash"]``
        - `feature_names`: ``["pixel_0_0", "pixel_0_1", ...]``, line and column
        - `frame`: DataFrame of `data` and `target` if `as_frame`, else None
        - `DESCR`: a description
    (data, target) : tuple
        If `return_X_y`.

    Raises
    ------
    ImportError
        If scikit-learn is not installed, or, with `as_frame`, pandas.
    ValueError
        If an argument is unknown or out of range.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> X, y = load_slash(return_X_y=True)
    >>> model = KNeighborsClassifier(n_neighbors=1).fit(X, y)
    >>> model.score(*load_slash(return_X_y=True, subset="test"))
    0.908
    """
    check_choice("subset", subset, SUBSETS)
    for name, flag in (("return_X_y", return_X_y), ("as_frame", as_frame)):
        check_bool(name, flag)
    bunch = require("sklearn.utils", "sklearn").Bunch
    pandas = require("pandas", "sklearn") if as_frame else None
    resolved = resolve_config(config, **params)
    splits = open_splits(resolved)
    names = SPLIT_NAMES if subset == "all" else (subset,)
    batches = [splits[name].read(range(len(splits[name]))) for name in names]
    images = np.concatenate([batch.images for batch in batches])
    target: Any = np.concatenate([batch.labels for batch in batches])
    data: Any = images.reshape(len(images), -1)

    size = resolved.image_size
    feature_names = [f"pixel_{line}_{column}" for line in range(size) for column in range(size)]
    identity = config_identity(resolved)
    description = _DESCR.format(
        identity=identity,
        fingerprint=identity.fingerprint,
        description=resolved.description,
        subset=subset,
        num_rows=len(target),
        counts=", ".join(f"{(target == i).sum()} {name}" for i, name in enumerate(CLASSES)),
        num_pixels=size * size,
        size=size,
        values=_VALUES[resolved.dtype],
        attribution=ATTRIBUTION,
        license=LICENSE_NAME,
        version=DATA_VERSION,
    )
    frame = None
    if pandas is not None:
        data = pandas.DataFrame(data, columns=feature_names)
        target = pandas.Series(target, name="target")
        frame = pandas.concat([data, target], axis="columns")
    if return_X_y:
        return data, target
    return bunch(
        data=data,
        images=images,
        target=target,
        target_names=list(CLASSES),
        feature_names=feature_names,
        frame=frame,
        DESCR=description,
    )
