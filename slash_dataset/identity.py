"""The identity of a dataset: the complete request, as a text and as a fingerprint.

Equal identities give equal bytes. Code that stores, names, caches, resumes or compares a dataset
carries its identity, so that no dataset is mistaken for another. The text is for people: it shows
only what differs from the config's own values. The fingerprint is for programs: it covers every
resolved value, so that a changed default is noticed too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .about import DRAW_VERSION, NAME
from .configs import SPLIT_NAMES, Config, find_config


@dataclass(frozen=True)
class Identity:
    """How a config or one of its splits was requested.

    Attributes
    ----------
    text : str
        For people: the name, and whatever differs from the config's own values.
    values : mapping of str to (str, int, float, bool or None)
        Every resolved value, by name.

    Examples
    --------
    >>> from slash_dataset.configs import resolve_config
    >>> str(config_identity(resolve_config("standard", seed=2, noise=1.2)))
    'slash/standard seed=2 noise=1.2'
    """

    text: str
    values: Mapping[str, Any]

    def __str__(self) -> str:
        return self.text

    @property
    def fingerprint(self) -> str:
        """The first 64 bits of a SHA-256 over all values: 16 hexadecimal digits."""
        canonical = json.dumps(dict(self.values), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]

    def difference(self, stored: Mapping[str, Any]) -> str | None:
        """Return the first difference from stored values, or None.

        Parameters
        ----------
        stored : mapping
            The :attr:`values` of another identity, for example read from a file.

        Examples
        --------
        >>> from slash_dataset.configs import resolve_config
        >>> seven, eight = (config_identity(resolve_config("long", seed=s)) for s in (7, 8))
        >>> seven.difference(eight.values)
        'seed is 8, not 7'
        """
        for name in dict.fromkeys([*self.values, *stored]):
            ours, theirs = self.values.get(name), stored.get(name)
            if ours != theirs:
                return f"{name} is {theirs!r}, not {ours!r}"
        return None


def config_identity(config: Config, **how: Any) -> Identity:
    """Return the identity of a config.

    Parameters
    ----------
    config : Config
    **how
        Whatever else determines the bytes, such as `encoding` or `factors`. None and False are the
        same as leaving a value out.

    Returns
    -------
    Identity
    """
    return _identity(f"{NAME}/{config.name}", config, config.parameters, how)


def split_identity(config: Config, split: str, *, num_rows: bool = True, **how: Any) -> Identity:
    """Return the identity of a split: everything that affects its rows, and nothing else.

    Parameters
    ----------
    config : Config
    split : str
        "train" or "test".
    num_rows : bool
        Include the number of rows. No row depends on it, and a loader that resumes may find more
        rows.
    **how
        As for :func:`config_identity`.

    Returns
    -------
    Identity

    Examples
    --------
    >>> from slash_dataset.configs import resolve_config
    >>> config = resolve_config("shifted", num_train=500, num_test=30)
    >>> print(split_identity(config, "test"))
    slash/shifted/test num_test=30
    """
    others = {name for name in SPLIT_NAMES if name != split}
    left_out = {f"num_{name}" for name in others} | {f"{name}_region" for name in others}
    if not num_rows:
        left_out.add(f"num_{split}")
    values = {name: value for name, value in config.parameters.items() if name not in left_out}
    return _identity(f"{NAME}/{config.name}/{split}", config, {"split": split} | values, how)


def _identity(
    path: str, config: Config, values: Mapping[str, Any], how: Mapping[str, Any]
) -> Identity:
    further = {n: value for n, value in how.items() if value is not None and value is not False}
    usual = find_config(config.name).parameters | {"encoding": config.default_encoding}
    asked = {**values, **further}
    shown = [f"{name}={v}" for name, v in asked.items() if usual.get(name, v) != v]
    shown += [f"{name}={v}" for name, v in further.items() if name not in usual]
    version = {"draw_version": DRAW_VERSION} if config.parameters else {}
    return Identity(" ".join([path, *shown]), {"config": config.name, **version, **asked})
