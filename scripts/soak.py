"""Run every cell of the long test matrices, and write the outcomes as tables.

``make soak`` runs all parts, ``make soak ARGS=release`` one part. Each part has its own section in
docs/soak.md, with its own markers and date.
"""

from __future__ import annotations

import argparse
import datetime
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from scripts.pages import markdown, renew

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "soak.md"


@dataclass(frozen=True)
class Part:
    """Tests that run completely when ``SLASH_SOAK`` is set, one cell each.

    Attributes
    ----------
    tests : tuple of str
        Arguments of pytest.
    columns : tuple of str
        What cells are counted by: a cell's id starts with these, separated by dashes.
    outcomes : tuple of str
        The possible ``outcome`` records of a test; the first if it records none.
    """

    tests: tuple[str, ...]
    columns: tuple[str, str]
    outcomes: tuple[str, ...]


# To add a part: a record here, and a section with its markers in docs/soak.md.
PARTS = {
    "destinations": Part(
        ("tests/test_destinations_of_writers.py", "tests/test_disturbed_writers.py"),
        ("writer", "what happens"),
        ("written", "refused", "ended"),
    ),
    "release": Part(
        (
            "tests/release/test_matrix.py",
            "tests/release/test_publish_processes.py",
            *("-k", "one_fault or is_ended"),
        ),
        ("storage", "fault at"),
        # A process that was ended has stopped, and the test has run it again.
        ("stopped", "finished"),
    ),
    "shards": Part(
        ("tests/export", *("-k", "killed_export_goes or killed_export_to or fails_now or on_ray")),
        ("where", "what happens"),
        ("the same",),
    ),
    "inputs": Part(
        ("tests/inputs", "-k", "keeps_its_promise or a_command_works"),
        ("function or command", "input"),
        ("as promised",),
    ),
    "concurrency": Part(("tests/test_concurrency.py",), ("who", "what"), ("the same",)),
    "loaders": Part(
        ("tests/test_torch.py", "-k", "by_interruptions"), ("rows", "interruptions"), ("exact",)
    ),
}


def run(part: Part, report: Path) -> int:
    """Run the tests of a part and write pytest's report."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--junitxml", str(report)]
    settings = {**os.environ, "SLASH_SOAK": "1"}
    return subprocess.run([*command, *part.tests], cwd=ROOT, env=settings, check=False).returncode


def counted(
    part: Part, cases: Iterable[ElementTree.Element]
) -> dict[tuple[str, str], dict[str, int]]:
    """Count the outcomes of the cells of a part."""
    outcomes = (*part.outcomes, "failed")
    table: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(outcomes, 0))
    for case in cases:
        # A case without an id belongs to an interrupted run.
        if "[" in case.attrib.get("name", "") and case.find("skipped") is None:
            first, second = case.attrib["name"].partition("[")[2].rstrip("]").split("-")[:2]
            found = {p.attrib["name"]: p.attrib["value"] for p in case.iter("property")}
            failed = case.find("failure") is not None or case.find("error") is not None
            outcome = "failed" if failed else found.get("outcome", part.outcomes[0])
            table[first, second][outcome] += 1
    return table


def rendered(part: Part, table: dict[tuple[str, str], dict[str, int]], date: datetime.date) -> str:
    """Return the result of a part as Markdown."""
    total, failed = (
        sum(row[name] for row in table.values() for name in names)
        for names in ((*part.outcomes, "failed"), ("failed",))
    )
    rows = [[*key, *map(str, row.values())] for key, row in sorted(table.items())]
    head = [*part.columns, *part.outcomes, "failed"]
    rule = ["---"] * len(part.columns) + ["---:"] * (len(part.outcomes) + 1)
    return (
        f"Run on {date.isoformat()}: {total:,} cells, {failed} failed. A run that is interrupted "
        f"counts the cells that it came to.\n\n{markdown(head, rule, rows)}"
    )


def main() -> int:
    """Run parts, or only render an existing report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument(
        "--report", type=Path, nargs="+", help="JUnit reports of earlier runs of the one PART"
    )
    given = parser.parse_args()
    names = given.parts or list(PARTS)
    if not set(names) <= set(PARTS) or (given.report and len(names) != 1):
        parser.error(f"PART is of {', '.join(PARTS)}; --report takes one")
    code = 0
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            reports = given.report or [Path(folder) / "report.xml"]
            if given.report is None:
                code = max(code, run(PARTS[name], reports[0]))
            suites = [ElementTree.parse(report).getroot() for report in reports]
        table = counted(PARTS[name], (case for suite in suites for case in suite.iter("testcase")))
        stamp = next(suites[0].iter("testsuite")).attrib["timestamp"]
        date = datetime.datetime.fromisoformat(stamp).date()
        renew(PAGE, f"soak-{name}", rendered(PARTS[name], table, date))
    return code


if __name__ == "__main__":
    sys.exit(main())
