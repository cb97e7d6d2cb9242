"""Loading by the builder's public methods alone, whatever release of `datasets` is installed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal, overload

from .configs import DEFAULT_CONFIG_NAME, ConfigName

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict, IterableDataset, IterableDatasetDict

    _PathLike = str | os.PathLike[str]


@overload
def load(
    name: ConfigName = ...,
    split: None = ...,
    *,
    streaming: Literal[False] = ...,
    num_proc: int | None = ...,
    cache_dir: _PathLike | None = ...,
    **params: Any,
) -> DatasetDict: ...
@overload
def load(
    name: ConfigName = ...,
    *,
    split: str,
    streaming: Literal[False] = ...,
    num_proc: int | None = ...,
    cache_dir: _PathLike | None = ...,
    **params: Any,
) -> Dataset: ...
@overload
def load(
    name: ConfigName = ...,
    split: None = ...,
    *,
    streaming: Literal[True],
    num_proc: None = ...,
    cache_dir: _PathLike | None = ...,
    **params: Any,
) -> IterableDatasetDict: ...
@overload
def load(
    name: ConfigName = ...,
    *,
    split: str,
    streaming: Literal[True],
    num_proc: None = ...,
    cache_dir: _PathLike | None = ...,
    **params: Any,
) -> IterableDataset: ...


def load(
    name: ConfigName = DEFAULT_CONFIG_NAME,
    split: str | None = None,
    *,
    streaming: bool = False,
    num_proc: int | None = None,
    cache_dir: _PathLike | None = None,
    **params: Any,
) -> DatasetDict | Dataset | IterableDatasetDict | IterableDataset:
    """Load a config as ``datasets.load_dataset("slash", name, ...)`` does.

    Parameters
    ----------
    name : str
        A config, see :data:`slash_dataset.CONFIG_NAMES`.
    split : str, optional
        As `datasets` writes splits: "train", "test", "train[:100]", "train+test"; all if left out.
    streaming : bool
        Yield examples as they are iterated over, and write nothing.
    num_proc : int, optional
        Processes that prepare the dataset, at least 1.
    cache_dir : path-like, optional
        Where prepared datasets are kept; the cache of `datasets` if left out.
    **params
        `encoding`, `factors`, and for drawn configs `num_train`, `num_test`, `seed` and the
        parameters of :class:`~slash_dataset.variants.Variant`.

    Returns
    -------
    datasets.DatasetDict or datasets.Dataset
        Or their iterable forms if `streaming`.

    Raises
    ------
    ValueError
        If a config or parameter is unknown or out of range.

    Examples
    --------
    >>> import slash_dataset
    >>> slash_dataset.load("original", split="train", streaming=True).features["label"].names
    ['backslash', 'slash']
    """
    from .builder import Slash

    directory = None if cache_dir is None else os.fspath(cache_dir)
    builder = Slash(cache_dir=directory, config_name=name, **params)
    if streaming:
        if num_proc is not None:
            raise ValueError(f"num_proc={num_proc!r} is not allowed with streaming=True")
        return builder.as_streaming_dataset(split=split)
    builder.download_and_prepare(num_proc=num_proc)
    return builder.as_dataset(split=split)
