"""Change one thing in the code at a time, and see whether a test fails: ``make mutants``.

Of each module in ``MODULES`` a fixed sample of all mutants is tried. What survives is a gap in the
tests, or makes no difference: ``EXPLAINED`` says why. Outcomes are kept in build/mutants.jsonl, so
that the next run tries only what is new or has survived; docs/mutants.md shows them.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import datetime
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.pages import markdown, renew

ROOT = Path(__file__).resolve().parents[1]
OUTCOMES = ROOT / "build" / "mutants.jsonl"
PAGE = ROOT / "docs" / "mutants.md"
# Seconds of the processor, and on the clock: a mutant may never come to an end.
LONGEST_WORK, LONGEST_WAIT = 120, 1800

# Through git-LFS alone: what is decided is the same through Xet.
_PUBLISHING = ("tests/release/test_publish.py", "-k", "not xet")
# Of each module: how many mutants, and the tests that reach it, the fastest first.
MODULES: dict[str, tuple[int, tuple[str, ...]]] = {
    "checks": (8, ("tests/test_variants.py", "tests/test_configs.py", "tests/test_numpy_api.py")),
    "variants": (
        10,
        ("tests/test_configs.py", "tests/test_variants.py", "tests/test_numpy_api.py"),
    ),
    "configs": (12, ("tests/test_configs.py", "tests/test_identity.py", "tests/test_numpy_api.py")),
    "original": (8, ("tests/test_original.py",)),
    "drawing": (20, ("tests/test_drawing.py", "tests/test_numpy_api.py")),
    "png": (16, ("tests/test_png.py",)),
    "splits": (14, ("tests/test_splits.py", "tests/test_numpy_api.py")),
    "identity": (12, ("tests/test_identity.py",)),
    "shards": (12, ("tests/test_shards.py",)),
    "destinations": (20, ("tests/test_destinations.py",)),
    "stages": (28, ("tests/test_destinations.py",)),
    "signals": (8, ("tests/test_destinations.py",)),
    "release/checks": (12, ("tests/release/test_parts.py", "tests/release/test_bad_input.py")),
    "release/manifest": (
        12,
        (
            "tests/release/test_parts.py",
            "tests/release/test_published.py",
            "tests/release/test_card.py",
        ),
    ),
    "release/verify": (12, ("tests/release/test_published.py",)),
    "release/plan": (14, ("tests/release/test_parts.py", *_PUBLISHING)),
    "release/publish": (14, ("tests/release/test_bad_input.py", *_PUBLISHING)),
}

_COLUMNS = ("killed", "explained", "survived", "not tried")

# Mutants that no test can tell from the code, and why.
EXPLAINED: dict[str, str] = {
    "_Layout.__init__: most(n) < 2 ** 24 -> most(n) <= 2 ** 24": (
        "a bound that 255 divides is never a power of two"
    ),
    "Split.read: 1 -> 2 (3)": "the first row that is out of range is already the error",
    "Drawer._render: False -> True (3)": "all indices are in range; to check takes longer",
    "reachable: 2 * math.sqrt(2) * gap -> 2 * math.sqrt(2) + gap": (
        "more pixels are looked at, which have no ink and stay as they are"
    ),
    "_find_stairs: 0 -> 1": "gray values are then looked up one by one: the same, but slower",
    "_main: sys.platform != 'win32' -> sys.platform == 'win32'": "matters on Windows alone",
    "_end_with_parent: time.sleep(0.2) -> pass": "it looks without a pause: the same, but busier",
}

# A path has `/` too: to change one is no mutant of interest.
_SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitXor,
}


@dataclass(frozen=True)
class Mutant:
    """A module with one thing changed: its name in MODULES, what is changed, and its new source."""

    module: str
    what: str
    source: bytes


def _changed(node: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, ast.AST]]:
    """Yield what may be changed in a node itself, and into what."""
    match node:
        case ast.Compare(ops=[op, *more]):
            yield node, ast.Compare(node.left, [_SWAPPED[type(op)](), *more], node.comparators)
        case ast.BoolOp():
            yield node, ast.BoolOp(_SWAPPED[type(node.op)](), node.values)
        case ast.BinOp() if type(node.op) in _SWAPPED and not _is_text(node):
            yield node, ast.BinOp(node.left, _SWAPPED[type(node.op)](), node.right)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node, node.operand
        case ast.Constant(value=bool(value)):
            yield node, ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield node, ast.Constant(value + 1)
        case ast.If() | ast.While() | ast.IfExp():
            yield node.test, ast.UnaryOp(ast.Not(), node.test)
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.AugAssign() | ast.Continue():
            yield node, ast.Pass()
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield node, ast.Return(ast.Constant(None))


def _is_text(node: ast.BinOp) -> bool:
    sides = (node.left, node.right)
    return any(
        isinstance(side, ast.JoinedStr)
        or (isinstance(side, ast.Constant) and isinstance(side.value, (str, bytes)))
        for side in sides
    )


def _places(node: ast.AST, where: str) -> Iterator[tuple[str, ast.expr | ast.stmt, ast.AST]]:
    """Walk through all that runs: not annotations, texts of errors, or what only checkers read."""
    for field, child in ast.iter_fields(node):
        for one in child if isinstance(child, list) else [child]:
            if not isinstance(one, ast.AST) or field in (
                *("annotation", "returns", "decorator_list", "exc", "cause"),
            ):
                continue
            if isinstance(one, ast.JoinedStr) or getattr(one, "arg", None) == "stacklevel":
                continue
            if isinstance(one, ast.If) and ast.unparse(one.test) == "TYPE_CHECKING":
                continue
            named = isinstance(one, (ast.FunctionDef, ast.ClassDef))
            inside = f"{where}{one.name}." if named else where
            if not inside.endswith(("__repr__.", "__str__.")):
                yield from ((inside, *change) for change in _changed(one))
                if not isinstance(getattr(one, "op", None), ast.USub):
                    yield from _places(one, inside)


def mutants(module: str) -> list[Mutant]:
    """Return all mutants of a module, in an order that hangs on nothing but what each changes."""
    source = (ROOT / "slash_dataset" / f"{module}.py").read_bytes()
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found: list[Mutant] = []
    seen: Counter[str] = Counter()
    for where, node, new in _places(ast.parse(source), ""):
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        begin = starts[node.lineno - 1] + node.col_offset
        end = starts[node.end_lineno - 1] + node.end_col_offset
        text = ast.unparse(ast.fix_missing_locations(new))
        put = f"({text})" if isinstance(node, ast.expr) else text
        what = f"{where}: {_short(ast.unparse(node))} -> {_short(text)}".replace(".:", ":")
        seen[what] += 1
        if seen[what] > 1:
            what += f" ({seen[what]})"
        found.append(Mutant(module, what, source[:begin] + put.encode() + source[end:]))
    return sorted(found, key=lambda mutant: hashlib.sha256(mutant.what.encode()).digest())


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) < 72 else f"{line[:68]} ..."


def _fails(tree: Path, tests: Sequence[str]) -> str | None:
    """Run tests in a copy of the project, and return what failed first."""
    settings = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    limited = ["sh", "-c", 'ulimit -t "$0" && exec "$@"', f"{LONGEST_WORK}"]
    command = [*limited, sys.executable, "-m", "pytest", "-qx", "-p", "no:cacheprovider", *tests]
    with subprocess.Popen(
        command,
        cwd=tree,
        env=settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as run:
        try:
            said, _ = run.communicate(timeout=LONGEST_WAIT)
        except subprocess.TimeoutExpired:
            return "no end"
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGKILL)
    if run.returncode == 0:
        return None
    if run.returncode < 0:
        return "no end"
    # A signal that nobody caught ends pytest itself, before any test is called a failure.
    failed = re.search(r"^(?:FAILED|ERROR|!+) (\S+)", said, re.MULTILINE)
    if run.returncode not in (1, 2) or not failed:
        raise SystemExit(f"the tests could not be run:\n{said[-3000:]}")
    return failed[1]


def _try(modules: Sequence[str], outcomes: dict[tuple[str, str], str | None]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "project"
        left_out = (".git", ".venv*", "node_modules", "build", "dist", "__pycache__", ".*_cache")
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*left_out))
        for module in modules:
            number, tests = MODULES[module]
            tests = (f"slash_dataset/{module}.py", *tests)
            path = tree / "slash_dataset" / f"{module}.py"
            sample = [
                mutant
                for mutant in mutants(module)[:number]
                if outcomes.get((module, mutant.what)) is None and mutant.what not in EXPLAINED
            ]
            if not sample:
                continue
            right = path.read_bytes()
            failed = _fails(tree, tests)
            if failed:
                raise SystemExit(f"{failed} fails without any mutant")
            for mutant in sample:
                path.write_bytes(mutant.source)
                killer = _fails(tree, tests)
                path.write_bytes(right)
                print(f"{module}: {mutant.what}: {killer or 'SURVIVED'}", flush=True)
                with OUTCOMES.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps([module, mutant.what, killer]) + "\n")
                outcomes[module, mutant.what] = killer


def main() -> int:
    """Try the mutants of some modules, and write the page about all outcomes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"of {', '.join(MODULES)}")
    parser.add_argument("--render", action="store_true", help="only write the page again")
    given = parser.parse_args()
    if not set(given.modules) <= set(MODULES):
        parser.error(f"MODULE is of {', '.join(MODULES)}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the tests end too
    OUTCOMES.parent.mkdir(exist_ok=True)
    OUTCOMES.touch()
    outcomes: dict[tuple[str, str], str | None] = {}
    for line in OUTCOMES.read_text(encoding="utf-8").splitlines():
        module, what, killer = json.loads(line)
        outcomes[module, what] = killer
    if not given.render:
        _try(given.modules or list(MODULES), outcomes)
    renew(PAGE, "mutants", rendered(outcomes, datetime.date.today()))
    return 0


def rendered(outcomes: dict[tuple[str, str], str | None], date: datetime.date) -> str:
    """Return the outcomes of all samples as Markdown."""
    rows = []
    left, why = [], []
    total: Counter[str] = Counter()
    for module, (number, _) in MODULES.items():
        counts: Counter[str] = Counter()
        everything = mutants(module)
        for mutant in everything[:number]:
            key = module, mutant.what
            if mutant.what in EXPLAINED:
                counts["explained"] += 1
                why.append(f"- `{module}`, `{mutant.what}`: {EXPLAINED[mutant.what]}")
            elif key not in outcomes:
                counts["not tried"] += 1
            elif outcomes[key] is None:
                counts["survived"] += 1
                left.append(f"- `{module}`, `{mutant.what}`")
            else:
                counts["killed"] += 1
        total += counts
        cells = [f"{counts[name]}" for name in _COLUMNS]
        rows.append([f"`{module}`", f"{len(everything)}", *cells])
    head = ["module", "mutants", *_COLUMNS]
    tried = total["killed"] + total["survived"] + total["explained"]
    return "\n".join(
        [
            f"On {date.isoformat()}, of {tried} mutants that were tried the tests killed "
            f"{total['killed']}; {total['explained']} make no difference that a test could see, "
            f"and {total['survived']} survived.",
            "",
            markdown(head, ["---", *["---:"] * (len(head) - 1)], rows),
            *(["", "Explained:", "", *why] if why else []),
            *(["", "Survived:", "", *left] if left else []),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
