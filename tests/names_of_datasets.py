"""Compare what the package uses of `datasets` with the installed release."""

from __future__ import annotations

import ast
import inspect
from operator import attrgetter
from pathlib import Path

import datasets

import slash_dataset


def moved_names():
    """Return the names that the package uses and the installed `datasets` lacks."""
    moved = set()
    for path in Path(slash_dataset.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "datasets":
                used = {f"datasets.{alias.name}": [] for alias in node.names}
            elif isinstance(node, ast.Call):
                used = {ast.unparse(node.func): [each.arg for each in node.keywords if each.arg]}
            elif isinstance(node, ast.Attribute):
                used = {ast.unparse(node): []}
            else:
                continue
            for name, keywords in used.items():
                if name.startswith("datasets."):
                    moved |= {f"{each} in {path.name}" for each in _moved(name, keywords)}
    return sorted(moved)


def _moved(name, keywords):
    try:
        found = attrgetter(name.partition(".")[2])(datasets)
    except AttributeError:
        return [name]
    return [f"{name}({keyword}=)" for keyword in keywords if not _takes(found, keyword)]


def _takes(found, keyword):
    parameters = inspect.signature(found).parameters
    return keyword in parameters or "kwargs" in parameters
