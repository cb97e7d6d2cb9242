"""Names of dataset repositories on the Hub, and their addresses."""

from __future__ import annotations

from importlib import import_module

HUB = "https://huggingface.co"


def check_repo_id(repo_id: str) -> str:
    """Return `repo_id` if it can name the dataset on the Hub.

    Parameters
    ----------
    repo_id : str
        NAMESPACE/NAME; the namespace is a user or an organisation.

    Raises
    ------
    ValueError
        If it is of another form, or the name is that of the package.

    Examples
    --------
    >>> check_repo_id("ada/slash")
    'ada/slash'
    >>> check_repo_id("slash")
    Traceback (most recent call last):
    ValueError: repo_id='slash' is not allowed: it takes NAMESPACE/NAME, for example ada/slash
    """
    utils = import_module("huggingface_hub.utils")
    namespace, _, name = repo_id.partition("/")
    if not namespace or not name:
        raise ValueError(
            f"repo_id={repo_id!r} is not allowed: it takes NAMESPACE/NAME, for example ada/slash"
        )
    try:
        utils.validate_repo_id(repo_id)
    except utils.HFValidationError as error:
        raise ValueError(f"repo_id={repo_id!r} is not allowed: {error}") from error
    if name == "slash_dataset":
        raise ValueError(
            f"repo_id={repo_id!r} is not allowed: a dataset must not be named like the package, "
            "since `datasets` looks there for a script of that name"
        )
    return repo_id


def hub_url(repo_id: str, revision: str | None = None, endpoint: str = HUB) -> str:
    """Return the address of a dataset on the Hub, at a revision if one is given.

    Examples
    --------
    >>> hub_url("ada/slash", "v1.0.0")
    'https://huggingface.co/datasets/ada/slash/tree/v1.0.0'
    """
    url = f"{endpoint}/datasets/{repo_id}"
    return url if revision is None else f"{url}/tree/{revision}"
