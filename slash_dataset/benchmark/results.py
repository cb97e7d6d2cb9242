"""All that a benchmark run measured, with what it was measured on, as one JSON file."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..about import DATA_VERSION, DRAW_VERSION
from .evaluation import Evaluation
from .generalisation import MatrixCell
from .learning_curves import CurvePoint
from .published import PUBLISHED, compare

SCHEMA_VERSION = 1
"""Of ``results.json``; it changes when a reader of an older file would misread a newer one."""

_LIBRARIES = ("numpy", "scikit-learn", "keras", "jax", "tensorflow", "torch", "matplotlib")
_BACKEND_LIBRARIES = ("jax", "tensorflow", "torch")


@dataclass(frozen=True)
class Results:
    """What one run measured.

    Attributes
    ----------
    table : list of Evaluation
        On `original-float64`.
    learning_curves : list of CurvePoint
        Empty if they were not asked for.
    generalisation : list of MatrixCell
        Empty if it was not asked for.
    environment : mapping
        Versions of data and libraries, and the hardware.
    """

    table: list[Evaluation]
    learning_curves: list[CurvePoint] = field(default_factory=list)
    generalisation: list[MatrixCell] = field(default_factory=list)
    environment: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the text of ``results.json``: one line for each row, point and cell."""
        table = [
            row.to_dict()
            | {
                "published": asdict(PUBLISHED[row.model]) if row.model in PUBLISHED else None,
                "status": compare(row),
            }
            for row in self.table
        ]
        sections = {
            "table": table,
            "learning_curves": [asdict(point) for point in self.learning_curves],
            "generalisation": [asdict(cell) for cell in self.generalisation],
        }
        lines = [f'  "schema_version": {SCHEMA_VERSION}']
        lines.append(f'  "environment": {json.dumps(self.environment)}')
        for name, entries in sections.items():
            body = ",\n".join(f"    {json.dumps(entry)}" for entry in entries)
            lines.append(f'  "{name}": [\n{body}\n  ]' if entries else f'  "{name}": []')
        return "{\n" + ",\n".join(lines) + "\n}\n"

    @classmethod
    def from_json(cls, text: str) -> Results:
        """Return the results that :meth:`to_json` wrote.

        Raises
        ------
        ValueError
            If the text is no such results, or of another schema version.
        """
        values = json.loads(text)
        version = values.get("schema_version") if isinstance(values, dict) else None
        if version != SCHEMA_VERSION:
            raise ValueError(
                f"results have schema_version={version!r}; this version reads {SCHEMA_VERSION}"
            )
        derived = ("published", "status")
        try:
            table = [{k: v for k, v in row.items() if k not in derived} for row in values["table"]]
            return cls(
                table=[Evaluation.from_dict(row) for row in table],
                learning_curves=[CurvePoint(**point) for point in values["learning_curves"]],
                generalisation=[MatrixCell(**cell) for cell in values["generalisation"]],
                environment=values["environment"],
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"fields of schema_version={version} are wrong: {error}") from None


def load_results(path: str | os.PathLike[str]) -> Results:
    """Read a ``results.json``.

    Raises
    ------
    ValueError
        If the file is no results of a benchmark; the message names it.
    """
    try:
        return Results.from_json(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"results={str(path)!r} cannot be read: {error}") from error


def describe_environment() -> dict[str, Any]:
    """Return what decides figures and times: versions of data and libraries, and the hardware.

    Nothing in it tells one machine from another of the same kind.

    Examples
    --------
    >>> describe_environment()["data_version"]
    '1.0.0'
    """
    keras = sys.modules.get("keras")
    backend = keras.backend.backend() if keras is not None else None
    unused = [name for name in _BACKEND_LIBRARIES if name != backend]
    return {
        "data_version": DATA_VERSION,
        "draw_version": DRAW_VERSION,
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in _LIBRARIES if name not in unused},
        "keras_backend": backend,
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
    }


def _version(library: str) -> str | None:
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return None


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    for line in lines:
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
