"""Load with only the builder's public methods, whatever release of `datasets` is installed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal, overload

from ._registration import REFUSED
from .checks import check_bool, check_choice, check_path
from .configs import DEFAULT_CONFIG_NAME, ConfigName

if TYPE_CHECKING:
    from datasets import (
        Dataset,
        DatasetDict,
        DownloadMode,
        IterableDataset,
        IterableDatasetDict,
        VerificationMode,
    )

    _PathLike = str | os.PathLike[str]

_NOTHING_FETCHED = "the Slash dataset is generated on this machine; nothing is fetched"
# Arguments of load_dataset that load() does not take: none would have an effect here.
_NOT_TAKEN = REFUSED | {
    "token": _NOTHING_FETCHED,
    "use_auth_token": _NOTHING_FETCHED,
    "download_config": _NOTHING_FETCHED,
    "storage_options": _NOTHING_FETCHED,
    "trust_remote_code": "the code is part of the package slash_dataset",
    "save_infos": "the information is part of the package slash_dataset",
    "ignore_verifications": "verification_mode chooses what is compared",
    "task": "the columns have fixed names",
    "path": "load() loads only the Slash dataset; its first argument is the name of a config",
}


@overload
def load(
    name: ConfigName = ...,
    split: None = ...,
    *,
    streaming: Literal[False] = ...,
    num_proc: int | None = ...,
    cache_dir: _PathLike | None = ...,
    keep_in_memory: bool | None = ...,
    download_mode: DownloadMode | str | None = ...,
    verification_mode: VerificationMode | str | None = ...,
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
    keep_in_memory: bool | None = ...,
    download_mode: DownloadMode | str | None = ...,
    verification_mode: VerificationMode | str | None = ...,
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
    keep_in_memory: bool | None = None,
    download_mode: DownloadMode | str | None = None,
    verification_mode: VerificationMode | str | None = None,
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
        Yield examples during iteration, and write nothing.
    num_proc : int, optional
        Processes that prepare the dataset, at least 1.
    cache_dir : path-like, optional
        Where prepared datasets are kept; by default, the cache of `datasets`.
    keep_in_memory : bool, optional
        Copy the prepared dataset into memory instead of mapping its files.
    download_mode : str or datasets.DownloadMode, optional
        "reuse_dataset_if_exists" (the default), or "force_redownload" to prepare it again.
    verification_mode : str or datasets.VerificationMode, optional
        What `datasets` compares after preparing: "basic_checks" (the default), "all_checks" or
        "no_checks".
    **params
        `features` (the dataset's own), `encoding`, `factors`, and for drawn configs `num_train`,
        `num_test`, `seed` and the parameters of :class:`~slash_dataset.variants.Variant`.

    Returns
    -------
    datasets.DatasetDict or datasets.Dataset
        Their iterable forms if `streaming`.

    Raises
    ------
    ValueError
        If a config or parameter is unknown, out of range, or has no effect: `streaming` prepares
        nothing, and nothing is ever fetched.

    Examples
    --------
    >>> import slash_dataset
    >>> slash_dataset.load("original", split="train", streaming=True).features["label"].names
    ['backslash', 'slash']
    """
    import datasets

    from .builder import Slash

    for key, reason in _NOT_TAKEN.items():
        if params.pop(key, None) is not None:
            raise ValueError(f"{key} is not an argument of load(): {reason}")
    preparing = {
        "num_proc": num_proc,
        "download_mode": _check_mode("download_mode", download_mode, datasets.DownloadMode),
        "verification_mode": _check_mode(
            "verification_mode", verification_mode, datasets.VerificationMode
        ),
    }
    check_bool("streaming", streaming)
    if keep_in_memory is not None:
        check_bool("keep_in_memory", keep_in_memory)
    if streaming:
        for key, value in {**preparing, "keep_in_memory": keep_in_memory or None}.items():
            if value is not None:
                raise ValueError(
                    f"{key}={value!r} is not allowed with streaming=True: nothing is prepared"
                )
    directory = None if cache_dir is None else check_path("cache_dir", cache_dir)
    builder = Slash(cache_dir=directory, config_name=name, **params)
    if streaming:
        return builder.as_streaming_dataset(split=split)
    builder.download_and_prepare(**preparing)
    return builder.as_dataset(split=split, in_memory=bool(keep_in_memory))


def _check_mode(name: str, value: Any, modes: Any) -> str | None:
    """Return a mode of `datasets` as text, whether it was given as text or as an enum."""
    if value is None:
        return None
    text: str = check_choice(name, getattr(value, "value", value), tuple(m.value for m in modes))
    return text
