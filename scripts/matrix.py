"""Keep the promises of tests/promises.py with each set of libraries: ``make matrix``.

Each row of ROWS, or each that is named, is tried with each Python that pyproject.toml names, and
renewed in docs/compatibility.md. uv makes the environment of a cell, and keeps it in its cache.
``--quick`` tries the lowest, a middle and the newest row, each with one Python, and writes nothing.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import product
from pathlib import Path

from scripts.pages import between, markdown, renew
from slash_dataset.configs import CONFIGS
from slash_dataset.release import build_folder

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "compatibility.md"
PYTHONS = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))

# What is held beside a release: what it needs, where its metadata do not say so.
_DATASETS = {
    "2.21.0": ("pyarrow==19.0.1",),
    "3.6.0": (),
    "4.0.0": (),
    "4.8.5": (),
    "5.2.0": (),
}
_NUMPY = {"NumPy 1.26.4": ("numpy==1.26.4", "pyarrow<26"), "newest NumPy": ()}
ROWS: dict[str, tuple[str, ...]] = {
    "lowest": ("--resolution=lowest-direct",),
    **{
        f"datasets {release}, {numpy}": tuple(
            f"--with={requirement}" for requirement in (f"datasets=={release}", *beside, *held)
        )
        for release, beside in _DATASETS.items()
        for numpy, held in _NUMPY.items()
    },
    "newest": (),
}
"""What uv is told for each set of libraries; it takes the newest of what is not held."""
MIDDLE = "datasets 4.0.0, newest NumPy"
LIBRARIES = ("datasets", "numpy", "pandas", "pyarrow", "pillow", "huggingface-hub")


@dataclass
class Cell:
    """A row with a Python, and what came of it.

    Attributes
    ----------
    row : str
        A name of ROWS.
    python : str
        As "3.11".
    versions : dict
        The installed version of each of LIBRARIES.
    date, result : str
    seconds : float
        Wall time, with what had to be installed.
    """

    row: str
    python: str
    versions: dict[str, str] = field(default_factory=dict)
    date: str = ""
    result: str = "failed"
    seconds: float = 0


@cache
def _settings() -> dict[str, str]:
    """Nothing of the Hub's settings, and all interpreters of pyenv, whichever is chosen there."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    path = os.pathsep.join([*map(str, pyenv.glob("versions/*/bin")), os.environ["PATH"]])
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    return kept | {
        "PATH": path,
        "PYTHONDONTWRITEBYTECODE": "",  # or each process compiles the libraries again
        "PYTHONPATH": str(ROOT),
        "UV_PYTHON_DOWNLOADS": "never",
    }


def _uv(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "uv", "--quiet", *arguments],
        cwd=ROOT,
        env=_settings() | settings,
        capture_output=True,
        text=True,
        check=False,
    )


@cache
def pythons() -> list[str]:
    """Return those of PYTHONS that this machine has."""
    return [python for python in PYTHONS if _uv("python", "find", python).returncode == 0]


def run_in(
    row: str, python: str, *arguments: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run Python with a row's libraries and this checkout; what is missing is installed first."""
    run = ["run", "--no-project", "--isolated", "--python", python, "--with-editable", "."]
    run += [f"--no-build-package={name}" for name in LIBRARIES]
    made = _uv(*run, *ROWS[row], "python", "-c", "")
    # Without a network, what an earlier run has cached has to do.
    done = _uv(*run, *ROWS[row], "--offline", "python", *arguments, **settings)
    done.stderr = made.stderr + done.stderr
    return done


def skipped(row: str, python: str) -> str:
    """Say why a cell cannot be tried, if it cannot."""
    if python not in pythons():
        return f"no Python {python} here"
    if "--with=numpy==1.26.4" in ROWS[row] and int(python.partition(".")[2]) > 12:
        return f"NumPy 1.26 has no wheel for Python {python}"
    return ""


def try_cell(folder: Path, row: str, python: str) -> Cell:
    """Keep every promise in a cell, or say why not, with a release in `folder`."""
    begun = time.monotonic()
    cell = Cell(row, python, date=datetime.datetime.now(datetime.timezone.utc).date().isoformat())
    if reason := skipped(row, python):
        cell.result = f"skipped: {reason}"
    else:
        with tempfile.TemporaryDirectory() as scratch:
            places = {"TMPDIR": scratch, "HF_HOME": scratch, "HF_ENDPOINT": "http://127.0.0.1:9"}
            done = run_in(row, python, "-m", "tests.promises", str(folder), *LIBRARIES, **places)
        if done.returncode:
            print(done.stdout, done.stderr[-3000:], file=sys.stderr)
        else:
            *kept, versions = done.stdout.splitlines()
            cell.versions, cell.result = json.loads(versions), f"{len(kept)} promises kept"
    cell.seconds = time.monotonic() - begun
    print(f"{row}, Python {python}: {cell.result} ({cell.seconds:.0f} s)", flush=True)
    return cell


def _line(cell: Cell) -> str:
    versions = (cell.versions.get(name, "") for name in LIBRARIES)
    how = (cell.date, f"{cell.seconds:.0f}", cell.result)
    return f"| {' | '.join((cell.row, cell.python, *versions, *how))} |"


def renewed(before: str, cell: Cell) -> str:
    """Return the result on the page with this cell in it, new or again."""
    table = {key: _line(Cell(*key, result="not tried yet")) for key in product(ROWS, PYTHONS)}
    for line in [*before.splitlines(), _line(cell)]:
        row, _, rest = line.removeprefix("| ").partition(" | ")
        if (key := (row, rest.partition(" | ")[0])) in table:
            table[key] = line
    told = [
        f"{sum(result in line for line in table.values())} {result}"
        for result in ("kept", "skipped", "failed", "not tried")
    ]
    seconds = sum(int(line.split(" | ")[-2]) for line in table.values())
    head = ["libraries", "Python", *LIBRARIES, "date", "seconds", "result"]
    rule = ["---"] * (len(head) - 2) + ["---:", "---"]
    return (
        f"{len(table)} cells: {', '.join(told)}; {seconds / 60:.0f} minutes, two at a time.\n\n"
        + "\n".join([markdown(head, rule, []), *table.values()])
    )


def main() -> int:
    """Try the cells of all rows, of some, or three."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(map(repr, ROWS))}")
    parser.add_argument("--quick", action="store_true", help="three cells, and no page")
    given = parser.parse_args()
    if not set(given.rows) <= set(ROWS):
        parser.error(f"ROW={given.rows} is not allowed: it is of {', '.join(map(repr, ROWS))}")
    cells = list(product(given.rows or ROWS, PYTHONS))
    if given.quick:
        middle = pythons()[len(pythons()) // 2]
        cells = [("lowest", pythons()[0]), (MIDDLE, middle), ("newest", pythons()[-1])]
    few = {"num_train": 40, "num_test": 20}
    configs = [c.with_parameters(**few) if c.parameters else c for c in CONFIGS.values()]
    failed = 0
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(2) as pool:
        folder = Path(scratch) / "release"
        build_folder(folder, configs=configs)
        for cell in pool.map(partial(try_cell, folder), *zip(*cells, strict=True)):
            failed += cell.result == "failed"
            if not given.quick:  # a run that is interrupted keeps what it came to
                before = between(PAGE.read_text(encoding="utf-8"), "matrix")
                renew(PAGE, "matrix", renewed(before, cell))
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
