"""Run every cell of the long test matrices of a release, and write how they ended as a table.

``make soak``; it takes about half an hour on two cores. The table is committed, with its date.
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
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "docs" / "soak.md"
TESTS = ("tests/release/test_matrix.py", "tests/release/test_publish_processes.py")
OUTCOMES = ("finished", "stopped", "failed")


def run(report: Path) -> int:
    """Run the matrices and write pytest's report."""
    command = [sys.executable, "-m", "pytest", *TESTS, "-k", "one_fault or is_ended", "-q"]
    settings = {**os.environ, "SLASH_SOAK": "1"}
    done = subprocess.run(
        [*command, "-n", "2", "--junitxml", str(report)], cwd=ROOT, env=settings, check=False
    )
    return done.returncode


def counted(cases: Iterable[ElementTree.Element]) -> dict[tuple[str, str], dict[str, int]]:
    """Count how cells ended, by storage and by step of the protocol or signal."""
    table: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(OUTCOMES, 0))
    for case in cases:
        if "[" not in case.attrib.get("name", ""):
            continue  # of a run that was interrupted
        storage, rest = case.attrib["name"].partition("[")[2].rstrip("]").split("-", 1)
        step = rest.split("-")[0]
        properties = {p.attrib["name"]: p.attrib["value"] for p in case.iter("property")}
        failed = case.find("failure") is not None or case.find("error") is not None
        # A process that was ended has stopped, and the test has run it again.
        outcome = "failed" if failed else properties.get("outcome", "stopped")
        table[storage, step][outcome] += 1
    return table


def rendered(table: dict[tuple[str, str], dict[str, int]], date: datetime.date) -> str:
    """Return the table as Markdown."""
    total = {outcome: sum(row[outcome] for row in table.values()) for outcome in OUTCOMES}
    lines = [
        "# Releases under faults",
        "",
        f"Run on {date.isoformat()} by `make soak`: {sum(total.values())} cells, "
        f"{total['failed']} failed. A run that is interrupted counts the cells that it came to.",
        "",
        "Each cell releases a version to the loopback Hub with one fault at one request: a reset, "
        "a truncated body, 401, 403, 404, 409, 412, 429 with either header, 500, 503, an answer "
        "that is lost, slow or never comes; or the process is ended there by SIGKILL or SIGTERM. "
        "*Finished*: the release went through. *Stopped*: it ended with one sentence, nothing "
        "half-done was on the Hub, and running it again finished it.",
        "",
        "| storage | fault at | finished | stopped | failed |",
        "|---|---|---:|---:|---:|",
    ]
    for (storage, step), row in sorted(table.items()):
        numbers = " | ".join(str(row[outcome]) for outcome in OUTCOMES)
        lines.append(f"| {storage} | {step} | {numbers} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run all, or only render a report that exists."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--report", type=Path, nargs="+", help="JUnit reports of earlier runs, if need be in parts"
    )
    given = parser.parse_args()
    code = 0
    with tempfile.TemporaryDirectory() as folder:
        reports = given.report or [Path(folder) / "report.xml"]
        if given.report is None:
            code = run(reports[0])
        suites = [ElementTree.parse(report).getroot() for report in reports]
    table = counted(case for suite in suites for case in suite.iter("testcase"))
    stamp = next(suites[0].iter("testsuite")).attrib["timestamp"]
    date = datetime.datetime.fromisoformat(stamp).date()
    TABLE.write_text(rendered(table, date), encoding="utf-8")
    print(f"{TABLE.relative_to(ROOT)}: {sum(sum(row.values()) for row in table.values())} cells")
    return code


if __name__ == "__main__":
    sys.exit(main())
