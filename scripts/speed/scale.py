"""An export of independent shards in one process, in two, and on Ray.

Each runs in its own process, after a small export that is not counted, so that the workers are up;
the peak of memory is that of the largest process that makes shards. Ray listens on all interfaces
if there is a default route; to measure without one:

    unshare --user --map-root-user --net sh -c 'ip link set lo up; python -m scripts.speed scale'
"""

from __future__ import annotations

import multiprocessing
import os
import re
import statistics
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from slash_dataset import open_config
from slash_dataset.export import parquet
from slash_dataset.shards import plan_shards

from .scratch import SCRATCH

# As on the Hub.
_HOW: dict[str, Any] = {"config": "standard", "num_test": 1_000, "encoding": "png"}
WORKERS: dict[str, dict[str, Any]] = {
    "1 process on 1 core": {},
    "1 process": {},
    "2 processes": {"num_proc": 2},
    "Ray, 2 CPUs": {"engine": "ray"},
}


def _descendants(pid: int) -> set[int]:
    found = {pid}
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found |= _descendants(int(child))
    return found


class _Watch(threading.Thread):
    """Polls all of our processes while they exist."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.cpu: dict[int, float] = {}
        self.peaks: list[int] = []
        self._ended = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._ended.wait(0.1):
            self.look()

    def look(self) -> None:
        for pid in _descendants(os.getpid()):
            with suppress(OSError, IndexError):
                times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
                self.cpu[pid] = sum(map(int, times)) / os.sysconf("SC_CLK_TCK")
                status = Path(f"/proc/{pid}/status").read_text()
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
                if pid == os.getpid() or b"multiprocessing" in command or b"ray::" in command:
                    self.peaks += [1024 * int(kb) for kb in re.findall(r"VmHWM:\s+(\d+)", status)]

    def end(self) -> None:
        self._ended.set()


def _export(who: str, rows: int) -> dict[str, Any]:
    """Export once to warm up and once to measure."""
    if who == "1 process on 1 core":
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    if who.startswith("Ray"):
        import ray

        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    watch = _Watch()
    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder:
        parquet(f"{folder}/warm", num_train=4_000, **_HOW, **WORKERS[who])
        watch.look()
        start, cpu = time.perf_counter(), sum(watch.cpu.values())
        dest = parquet(f"{folder}/x", num_train=rows, **_HOW, **WORKERS[who])
        seconds = time.perf_counter() - start
        watch.look()
        size = sum(path.stat().st_size for path in dest.rglob("*") if path.is_file())
    watch.end()
    return {
        "seconds": seconds,
        "cpu_seconds": sum(watch.cpu.values()) - cpu,
        "bytes": size,
        "peak_bytes": max(watch.peaks),
    }


class _Scale:
    """One round of many rows, and several rounds of a tenth of them."""

    def measure(self, quick: bool) -> dict[str, Any]:
        few = 100_000 if quick else 1_000_000
        lines: dict[str, dict[str, list[Any]]] = {}
        for rows in (few, few, few, 10 * few):
            for who in WORKERS:
                spawn = multiprocessing.get_context("spawn")
                with ProcessPoolExecutor(1, spawn) as pool:
                    found = pool.submit(_export, who, rows).result()
                lines.setdefault(f"{rows:,}", {}).setdefault(who, []).append(found)
                print(rows, who, found, flush=True)
        return {"rows": lines}

    def table(self, found: dict[str, Any]) -> str:
        """Medians; a ratio is that of seconds within a round."""
        table = ["| rows | who | rows/s | MB/s | ratio | CPU a row | peak |"]
        table += ["|--:|---|--:|--:|--:|--:|--:|"]
        for rows, lines in found["rows"].items():
            first = next(iter(lines.values()))
            for who, rounds in lines.items():
                seconds = statistics.median(each["seconds"] for each in rounds)
                ratio = statistics.median(
                    one["seconds"] / own["seconds"] for one, own in zip(first, rounds, strict=True)
                )
                number = int(rows.replace(",", ""))
                rate = number / seconds
                cpu = statistics.median(each["cpu_seconds"] for each in rounds) / number
                peak = max(each["peak_bytes"] for each in rounds) / 1e6
                megabytes = rounds[0]["bytes"] / seconds / 1e6
                table.append(
                    f"| {rows} | {who} | {rate:,.0f} | {megabytes:,.0f} | {ratio:.2f}x "
                    f"| {cpu * 1e6:.1f} us | {peak:,.0f} MB |"
                )
        return "\n".join(table)


MEASUREMENT = _Scale()


def cost_table(found: dict[str, Any], rows: int = 10**9) -> str:
    """The cost of many rows, by the longest run on one core."""
    lines = found["rows"][max(found["rows"], key=len)]
    [run] = lines["1 process on 1 core"]
    measured = int(max(found["rows"], key=len).replace(",", ""))
    hours = run["cpu_seconds"] / measured * rows / 3600
    size = run["bytes"] / measured * rows
    shards = len(plan_shards(open_config("standard", num_train=rows)["train"]))
    table = ["| rows | files | bytes | core-hours | on 2 cores | on 100 cores |"]
    table += ["|--:|--:|--:|--:|--:|--:|"]
    table += [
        f"| {rows:,} | {shards:,} | {size / 1e9:,.0f} GB | {hours:.1f} | {hours / 2:.1f} h "
        f"| {60 * hours / 100:.0f} min |"
    ]
    return "\n".join(table)
