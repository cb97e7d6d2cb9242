"""The metadata of a dataset card: the YAML between the two ``---`` lines of README.md."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

_FRONT_MATTER = re.compile(
    r"\A\ufeff?---[ \t]*\r?\n(.*?)(?:^|\r?\n)---[ \t]*(?:\r?\n|\Z)", re.S | re.M
)
_LICENSE = re.compile(r"[a-z0-9][a-z0-9.+-]*")
_SIZES = ["n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M"]
_SIZES += ["100M<n<1B", "1B<n<10B", "10B<n<100B", "100B<n<1T", "n>1T"]


def card_data(readme: str) -> dict[str, Any]:
    """The metadata as the Hub's JSON shows it; empty when there is none or it is not valid."""
    try:
        loaded = _load(readme)
    except ValueError:
        return {}
    shown: dict[str, Any] = json.loads(json.dumps(loaded or {}, default=str))
    return shown


def check_card(readme: str) -> tuple[list[str], list[str]]:
    """The errors and the warnings that the Hub has for a README.md."""
    try:
        data = _load(readme)
    except ValueError as error:
        return [str(error)], []
    if not data:
        return [], ["empty or missing yaml metadata in repo card"]
    errors = [*_check_license(data), *_check_sizes(data), *_check_configs(data)]
    for key in ("tags", "task_categories", "task_ids", "annotations_creators"):
        value = data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            errors.append(f'"{key}" must be an array of strings')
    if "pretty_name" in data and not isinstance(data["pretty_name"], str):
        errors.append('"pretty_name" must be a string')
    return errors, []


def _load(readme: str) -> dict[str, Any] | None:
    match = _FRONT_MATTER.match(readme)
    if match is None:
        return None
    try:
        data = yaml.safe_load(match[1])
    except yaml.YAMLError as error:
        raise ValueError(f"YAML metadata error: {error}") from error
    if data is not None and not isinstance(data, dict):
        raise ValueError(f"YAML metadata must be a mapping, not {type(data).__name__}")
    return data


def _check_license(data: dict[str, Any]) -> list[str]:
    given = data.get("license", [])
    names = given if isinstance(given, list) else [given]
    if all(isinstance(name, str) and _LICENSE.fullmatch(name) for name in names):
        return []
    return [f'"license" must be the identifier of a license (cc-by-4.0, mit, ...), not {given!r}']


def _check_sizes(data: dict[str, Any]) -> list[str]:
    given = data.get("size_categories", [])
    if isinstance(given, list) and all(one in _SIZES for one in given):
        return []
    return [f'"size_categories" must be an array of {_SIZES}, not {given!r}']


def _check_configs(data: dict[str, Any]) -> list[str]:
    configs = data.get("configs", [])
    if not isinstance(configs, list) or not all(isinstance(one, dict) for one in configs):
        return ['"configs" must be an array of objects']
    names = [one.get("config_name") for one in configs]
    errors = []
    if not all(isinstance(name, str) and name for name in names):
        errors.append('"configs[].config_name" must be a string that is not empty')
    elif len(set(names)) != len(names):
        errors.append(f'"configs[].config_name" must be unique, not {names}')
    if sum(one.get("default") is True for one in configs) > 1:
        errors.append('"configs[].default" may be true for one config only')
    for one in configs:
        files = one.get("data_files", [])
        entries = files if isinstance(files, list) else [files]
        for entry in entries:
            if not isinstance(entry, str) and not (isinstance(entry, dict) and "path" in entry):
                errors.append(f'"configs[].data_files" must hold paths or splits, not {entry!r}')
    infos = data.get("dataset_info", [])
    infos = infos if isinstance(infos, list) else [infos]
    if not all(isinstance(info, dict) for info in infos):
        errors.append('"dataset_info" must be an object or an array of objects')
    return errors
