"""Optional dependencies: imported when first needed, with an error that says what to install."""

from __future__ import annotations

import importlib
from typing import Any


def require(module: str, extra: str) -> Any:
    """Import and return a module that an extra of this package installs.

    Parameters
    ----------
    module : str
        The module's full name.
    extra : str
        The extra that brings it.

    Raises
    ------
    ImportError
        If the module is not installed; the message says how to install it.

    Examples
    --------
    >>> require("no_such_module", "torch")
    Traceback (most recent call last):
    ImportError: no_such_module is not installed: pip install "slash-dataset[torch]"
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".", maxsplit=1)[0]:
            raise
        message = f'{error.name} is not installed: pip install "slash-dataset[{extra}]"'
        raise ImportError(message, name=error.name) from None
