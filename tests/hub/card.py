"""The metadata of a dataset card: the YAML between the two ``---`` lines of README.md."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

_FRONT_MATTER = re.compile(
    r"\A\ufeff?---[ \t]*\r?\n(.*?)(?:^|\r?\n)---[ \t]*(?:\r?\n|\Z)", re.S | re.M
)


def card_data(readme: str) -> dict[str, Any]:
    """The metadata as the Hub's JSON shows it; empty when there is none or it is not valid."""
    try:
        loaded = _load(readme)
    except ValueError:
        return {}
    shown: dict[str, Any] = json.loads(json.dumps(loaded or {}, default=str))
    return shown


def check_card(readme: str) -> tuple[list[str], list[str]]:
    """The errors and the warnings that the Hub has for a README.md: the coarsest of its rules."""
    try:
        data = _load(readme)
    except ValueError as error:
        return [str(error)], []
    if not data:
        return [], ["empty or missing yaml metadata in repo card"]
    names = [config.get("config_name") for config in data.get("configs", [])]
    if len(set(names)) != len(names):
        return [f'"configs[].config_name" must be unique, not {names}'], []
    return [], []


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
