"""The rules of the Hub for a card's metadata, checked without the Hub.

From the Hub's documentation (huggingface.co/docs/hub/datasets-cards and
github.com/huggingface/hub-docs, datasetcard.md): names of the fields, their types and, where the
Hub knows a fixed set of values, those. The Hub checks again at each commit.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase
from typing import Any

_FRONT_MATTER = re.compile(r"---\n(.*?\n)---\n(.*)", re.S)
_IMAGES = re.compile(r'(?:!\[[^\]]*\]\(|src(?:set)?=")(?:https://\S+/resolve/v[0-9.]+/)?([^)"]+)')
_LISTS = {
    "task_categories": {"image-classification"},
    "task_ids": {"multi-class-image-classification", "multi-label-image-classification"},
    "annotations_creators": {"machine-generated"},
    "source_datasets": {"original"},
    "size_categories": {
        *("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M"),
        *("100M<n<1B", "1B<n<10B", "10B<n<100B", "100B<n<1T", "n>1T"),
    },
    "tags": None,
}
_REQUIRED = {*_LISTS, "license", "pretty_name", "configs", "dataset_info"}


def check_card(text: str, paths: Collection[str]) -> None:
    """Refuse a card that the Hub would refuse, or that says what the files do not.

    Parameters
    ----------
    text : str
        ``README.md``.
    paths : collection of str
        All files of the card's folder.

    Raises
    ------
    ValueError
        The message lists every problem.
    """
    match = _FRONT_MATTER.fullmatch(text)
    if match is None:
        raise ValueError("README.md does not begin with metadata between two lines of ---")
    metadata = _load(match[1])
    problems = [*_check_fields(metadata), *_check_configs(metadata, paths)]
    pictures = _IMAGES.findall(match[2])
    problems += [f"the picture {path} is not there" for path in pictures if path not in paths]
    problems += [f"{mark} is left in the text" for mark in ("{{", "{%") if mark in match[2]]
    if problems:
        raise ValueError(f"README.md is not a valid card: {'; '.join(problems)}")


def _load(text: str) -> dict[str, Any]:
    import yaml

    try:
        metadata = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"README.md has metadata that is not YAML: {error}") from error
    if not isinstance(metadata, dict):
        raise ValueError("README.md has metadata that is not a mapping")
    return metadata


def _check_fields(metadata: Mapping[str, Any]) -> list[str]:
    problems = [f"{name} is missing" for name in sorted(_REQUIRED - metadata.keys())]
    problems += [f"{name} is not a field" for name in sorted(metadata.keys() - _REQUIRED)]
    if metadata.get("license") != "cc-by-4.0":
        problems.append(f"license is {metadata.get('license')!r}, not 'cc-by-4.0'")
    if not isinstance(metadata.get("pretty_name"), str):
        problems.append("pretty_name is not a string")
    for name, allowed in _LISTS.items():
        values = metadata.get(name, [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            problems.append(f"{name} is not a list of strings")
        elif allowed is not None and not allowed.issuperset(values):
            problems.append(f"{name} has {sorted(set(values) - allowed)}")
    return problems


def _check_configs(metadata: Mapping[str, Any], paths: Collection[str]) -> list[str]:
    configs, infos = metadata.get("configs", []), metadata.get("dataset_info", [])
    names = [config.get("config_name") for config in configs]
    problems = []
    if len(set(names)) != len(names):
        problems.append(f"configs has a name twice: {names}")
    if [info.get("config_name") for info in infos] != names:
        problems.append("configs and dataset_info do not name the same configs")
    if [config.get("default", False) for config in configs].count(True) != 1:
        problems.append("not exactly one config is the default")
    for config, info in zip(configs, infos, strict=False):
        files = {file["split"]: file["path"] for file in config["data_files"]}
        if list(files) != [split["name"] for split in info["splits"]]:
            problems.append(f"{config['config_name']} has other splits in dataset_info")
        for pattern in files.values():
            if not any(fnmatchcase(path, pattern) for path in paths):
                problems.append(f"no file is {pattern}")
        if config.get("version") != info.get("version"):
            problems.append(f"{config['config_name']} has two versions")
    return problems
