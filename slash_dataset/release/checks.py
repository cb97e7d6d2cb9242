"""What must hold before a release changes anything: names, tokens, and version steps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NamedTuple

from ..checks import check_kind, shown
from .errors import ReleaseError

WRITE = "repo.write"
"""The scope that a fine-grained token needs for a release."""
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]*")
_NUMBERS = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")


@dataclass(frozen=True)
class Account:
    """The owner of a token, and the token's rights.

    Attributes
    ----------
    name : str
        The user.
    namespaces : dict of str to str
        The user and their organisations, with the role in each; empty if the Hub does not tell.
    role : str
        Of the token: read, write or fineGrained; empty if the Hub does not tell.
    writable : tuple of str or None
        For a fine-grained token, the namespaces and repositories it can write to; None if the Hub
        does not tell.
    """

    name: str
    namespaces: dict[str, str]
    role: str
    writable: tuple[str, ...] | None = None

    @classmethod
    def of_answer(cls, answer: Mapping[str, Any]) -> Account:
        """Read the answer of ``whoami-v2``."""
        token = answer.get("auth", {}).get("accessToken", {})
        scoped = (token.get("fineGrained") or {}).get("scoped")
        orgs = {org["name"]: org.get("roleInOrg") or "" for org in answer.get("orgs", [])}
        writable = None
        if scoped is not None:
            writable = tuple(
                scope.get("entity", {}).get("name", "")
                for scope in scoped
                if WRITE in scope.get("permissions", [])
            )
        role = token.get("role") or ""
        return cls(answer["name"], {answer["name"]: ""} | orgs, role, writable)


def find_token(token: str | None) -> str | None:
    """Return the given token, or the one stored by the Hub's client, or None."""
    if check_kind("token", token, "a text", isinstance(token, str | None)):
        return token
    import huggingface_hub

    return huggingface_hub.get_token() or None


def check_online(token: str | None, dry_run: bool) -> None:
    """Refuse to begin without a network, or without a token if anything is to be written.

    Raises
    ------
    ValueError
    """
    import huggingface_hub

    if huggingface_hub.constants.HF_HUB_OFFLINE:
        raise ValueError("HF_HUB_OFFLINE=1 is set: unset it to reach the Hub")
    if token is None and not dry_run:
        raise ValueError(
            "there is no token: set HF_TOKEN to one with write access, or run `hf auth login` "
            "(only --dry-run needs none)"
        )


def check_repo_id(repo_id: str) -> str:
    """Return `repo_id` if it is allowed as the dataset's name on the Hub.

    Parameters
    ----------
    repo_id : str
        NAMESPACE/NAME; the namespace is a user or an organisation.

    Raises
    ------
    ValueError
        If it has another form, or the name is the package's.

    Examples
    --------
    >>> check_repo_id("ada/slash")
    'ada/slash'
    >>> check_repo_id("slash")
    Traceback (most recent call last):
    ValueError: repo_id='slash' is not allowed: repo_id takes NAMESPACE/NAME, for example ada/slash
    """
    utils = import_module("huggingface_hub.utils")
    is_text = isinstance(repo_id, str)
    namespace, _, name = repo_id.partition("/") if is_text else ("", "", "")
    if not namespace or not name:
        raise ValueError(
            f"repo_id={shown(repo_id)} is not allowed: repo_id takes NAMESPACE/NAME, for example "
            "ada/slash"
        )
    try:
        utils.validate_repo_id(repo_id)
    except utils.HFValidationError as error:
        raise ValueError(f"repo_id={repo_id!r} is not allowed: {error}") from error
    if name == "slash_dataset":
        raise ValueError(
            f"repo_id={repo_id!r} is not allowed: a dataset must not have the package's name, "
            "because `datasets` looks there for a script of that name"
        )
    return repo_id


def check_branch(branch: str) -> None:
    """Refuse names that git does not accept for a branch, or that the Hub reserves.

    Raises
    ------
    ValueError

    Examples
    --------
    >>> check_branch("a b")
    Traceback (most recent call last):
    ValueError: branch='a b' is not allowed: branch takes a name like main or next/2.0
    """
    check_kind("branch", branch, "a text", isinstance(branch, str))
    bad = (".." in branch, "//" in branch, branch.endswith(("/", ".", ".lock")), "/." in branch)
    if not _BRANCH.fullmatch(branch) or any(bad) or branch.startswith("refs/"):
        raise ValueError(
            f"branch={shown(branch)} is not allowed: branch takes a name like main or next/2.0"
        )


def check_account(account: Account, repo_id: str) -> None:
    """Refuse a token that cannot write to the repository, as far as the Hub tells.

    Raises
    ------
    ReleaseError
    """
    if account.role == "read":
        raise ReleaseError(
            f"the token of {account.name} is read-only: a release needs one with write access"
        )
    namespace = repo_id.partition("/")[0]
    roles = {name.lower(): role for name, role in account.namespaces.items()}
    if namespace.lower() not in roles:
        raise ReleaseError(
            f"repo_id={repo_id!r} is not allowed: {account.name} can write to "
            f"{', '.join(account.namespaces)}, not to {namespace}"
        )
    if roles[namespace.lower()] == "read":
        raise ReleaseError(
            f"repo_id={repo_id!r} is not allowed: {account.name} may only read in {namespace}; ask "
            "for the role write or contributor there"
        )
    allowed = account.writable
    if allowed is not None and not {namespace.lower(), repo_id.lower()} & {
        *map(str.lower, allowed)
    }:
        raise ReleaseError(
            f"the fine-grained token of {account.name} may write to "
            f"{', '.join(allowed) or 'nothing'}, not to {repo_id}: give it the scope {WRITE} for "
            f"{namespace}, or for {repo_id} if that exists"
        )


class DataVersion(NamedTuple):
    """A semantic version (semver.org, without suffixes) of the data.

    Examples
    --------
    >>> DataVersion.parse("1.10.0") > DataVersion.parse("1.9.3")
    True
    >>> DataVersion.parse("1.0")
    Traceback (most recent call last):
    ValueError: version='1.0' is not allowed: version takes three numbers, for example 1.0.0
    """

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> DataVersion:
        """Read a version such as "1.0.0".

        Raises
        ------
        ValueError
            If it has another form.
        """
        match = _NUMBERS.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise ValueError(
                f"version={shown(text)} is not allowed: version takes three numbers, for example "
                "1.0.0"
            )
        return cls(*map(int, match.groups()))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    @property
    def tag(self) -> str:
        """The name of the version's tag on the Hub."""
        return f"v{self}"


def released_versions(tags: Iterable[str]) -> list[DataVersion]:
    """Return the versions among some tags, newest first; ignore other tags.

    Examples
    --------
    >>> [str(version) for version in released_versions(["v1.2.0", "v1.10.0", "draft", "v2"])]
    ['1.10.0', '1.2.0']
    """
    names = [tag.removeprefix("v") for tag in tags if tag.startswith("v")]
    return sorted((DataVersion.parse(n) for n in names if _NUMBERS.fullmatch(n)), reverse=True)


def check_step(version: DataVersion, newest: DataVersion, change: DataChange) -> None:
    """Refuse a version that must not follow the newest one.

    Parameters
    ----------
    version : DataVersion
        The version to release.
    newest : DataVersion
        The highest released version.
    change : DataChange
        The change between the data of the two.

    Raises
    ------
    ValueError
        If `version` is not higher, or its step is too small for the change.

    Examples
    --------
    >>> change = DataChange("minor", "config long is new")
    >>> check_step(DataVersion(1, 0, 1), DataVersion(1, 0, 0), change)
    Traceback (most recent call last):
    ValueError: version='1.0.1' is not allowed: config long is new since v1.0.0, which requires ...
    """
    if version <= newest:
        raise ValueError(
            f"version='{version}' is not allowed: {newest.tag} has been released, and a new "
            "version must be higher"
        )
    least = {
        "major": DataVersion(newest.major + 1, 0, 0),
        "minor": DataVersion(newest.major, newest.minor + 1, 0),
        "patch": DataVersion(newest.major, newest.minor, newest.patch + 1),
    }[change.step]
    if version < least:
        raise ValueError(
            f"version='{version}' is not allowed: {change.what} since {newest.tag}, which requires "
            f"a {change.step} version; the lowest is {least}"
        )


@dataclass(frozen=True)
class DataChange:
    """How much the data of two versions differs.

    Attributes
    ----------
    step : str
        "major", "minor" or "patch": the step that the change requires.
    what : str
        The first change that requires it.
    """

    step: str
    what: str


def data_change(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> DataChange:
    """Compare the data that two ``checksums.json`` describe.

    Code that reads a version must be able to read the next minor one and get the same pixels.

    Parameters
    ----------
    before : mapping or None
        Of the older version; None if it has none, in which case all of its data counts as
        different.
    after : mapping
        Of the newer version.

    Examples
    --------
    >>> one = {"configs": {"a": {"splits": {"train": {"images": "1"}}}}}
    >>> data_change(one, {"configs": {**one["configs"], "b": {"splits": {}}}})
    DataChange(step='minor', what='config b is new')
    >>> data_change(one, {"configs": {}})
    DataChange(step='major', what='config a is gone')
    """
    if before is None:
        return DataChange("major", "it has no checksums.json, so all data counts as changed")
    old, new = before["configs"], after["configs"]
    for name in old:
        if name not in new:
            return DataChange("major", f"config {name} is gone")
        was, now = old[name]["splits"], new[name]["splits"]
        for split in [*was, *now]:
            if was.get(split) != now.get(split):
                return DataChange("major", f"{name}/{split} has other rows, pixels or labels")
    for name in new:
        if name not in old:
            return DataChange("minor", f"config {name} is new")
    return DataChange("patch", "no data has changed")
