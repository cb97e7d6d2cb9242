"""Scenarios on a Ray cluster of two nodes: run as a script where only loopback exists.

``python ray_scenarios.py FOLDER`` starts the cluster, goes through every scenario, and writes
``FOLDER/outcomes.json``: for each an empty text, or how it failed. One cluster serves all.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import struct
import sys
import threading
import time
import traceback
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from slash_dataset import export
from slash_dataset.export import LAYOUTS, verify_folder
from slash_dataset.export._places import PARTIAL
from slash_dataset.workers import JobError, Workers

SMALL: dict[str, Any] = {"config": "standard", "num_train": 1_500, "num_test": 10, "image_size": 16}
SMALL |= {"max_shard_bytes": 60_000}
# Shards that take long enough to be caught at.
LARGE: dict[str, Any] = {"config": "standard", "num_train": 1_200, "num_test": 10}
LARGE |= {"image_size": 256, "max_shard_bytes": 20_000_000}
NODE: dict[str, Any] = {"num_cpus": 1, "object_store_memory": 80 * 2**20}


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def workers_on(node: Any) -> set[int]:
    """The processes of a node that do its tasks."""
    return {pid for process in all_processes(node) for pid in children_of(process)}


def all_processes(node: Any) -> list[int]:
    return [info.process.pid for infos in node.all_processes.values() for info in infos]


def children_of(pid: int) -> set[int]:
    return {int(number) for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def files_open_in(pid: int) -> list[str]:
    try:
        return [os.readlink(entry.path) for entry in os.scandir(f"/proc/{pid}/fd")]
    except OSError:
        return []


def send(number: signal.Signals, pids: Iterable[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


class Scenarios:
    """Each public method is one; they run in their order."""

    def __init__(self, folder: Path, cluster: Any, second: Any, proxy: Any) -> None:
        self.folder, self.cluster, self.second, self.proxy = folder, cluster, second, proxy

    def shards_are_those_of_one_process(self) -> None:
        for layout in ("parquet", "tfds-array-record"):
            alone = export.export(layout, self.folder / f"{layout}-1", **SMALL)
            shared = export.export(layout, self.folder / f"{layout}-2", engine="ray", **SMALL)
            assert files_of(alone) == files_of(shared), layout

    def what_is_damaged_is_found_and_alone_made_again(self) -> None:
        dest = Path(shutil.copytree(self.folder / "parquet-1", self.folder / "damaged"))
        before = {path: path.stat().st_mtime_ns for path in dest.rglob("*.parquet")}
        for number in (2, 5):
            os.truncate(dest / f"train/train-0000{number}-of-00007.parquet", 1_000)
        [wrong] = [text for _, text in verify_folder(dest, engine="ray") if text]
        assert wrong.startswith("train/train-00002-of-00007.parquet has 1,000 bytes"), wrong
        export.parquet(dest, engine="ray", **SMALL)
        assert files_of(dest) == files_of(self.folder / "parquet-1")
        changed = {p.name[:11] for p, when in before.items() if p.stat().st_mtime_ns != when}
        assert changed == {"train-00002", "train-00005"}, changed
        assert not any(text for _, text in verify_folder(dest, engine="ray"))

    def a_poison_job_ends_all_and_is_named(self) -> None:
        begun = self.folder / "begun"
        begun.mkdir()

        def poison(number: int) -> int:
            (begun / f"{number}-{time.time_ns()}").touch()
            if number == 3:
                raise ValueError("poison")
            # A node may be slow to start: what it has to do first must not look like the last.
            until = time.monotonic() + 60
            while number > 3 and not list(begun.glob("3-*")) and time.monotonic() < until:
                time.sleep(0.05)
            time.sleep(0.1)
            return number

        try:
            list(Workers(engine="ray").map(poison, range(40)))
        except JobError as error:
            assert "3 failed: " in str(error), error
            assert "poison" in str(error), error
        else:
            raise AssertionError("it went through")
        tried = [path.name.partition("-")[0] for path in begun.iterdir()]
        assert tried.count("3") == 1, tried
        assert len(tried) < 20, "all jobs were submitted at once"

    def an_os_error_is_tried_again(self) -> None:
        marker = self.folder / "failed-once"

        def fail_once(number: int) -> int:
            if not marker.exists():
                marker.touch()
                raise OSError("a storage that stumbles")
            return number

        assert [found for _, found, _ in Workers(engine="ray").map(fail_once, [7])] == [7]

    def a_node_that_is_killed_in_the_middle_of_a_shard_changes_nothing(self) -> None:
        alone = export.parquet(self.folder / "alone", **LARGE)
        dest = self.folder / "killed-node"
        failure: list[BaseException] = []

        def run() -> None:
            try:
                export.parquet(dest, engine="ray", **LARGE)
            except BaseException as error:
                failure.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        half: list[str] = []
        while not half:
            assert thread.is_alive(), failure
            pids = workers_on(self.second)
            send(signal.SIGSTOP, pids)  # lest a shard ends between a look and the kill
            half = [f for pid in pids for f in files_open_in(pid) if f"{PARTIAL}tmp-" in f]
            if not half:
                send(signal.SIGCONT, pids)
                time.sleep(0.01)
        send(signal.SIGKILL, [*all_processes(self.second), *pids])
        assert os.path.exists(half[0])
        thread.join(300)
        assert not failure, failure
        assert files_of(dest) == files_of(alone)
        assert not list(dest.rglob(".slash*"))
        self.cluster.remove_node(self.second, allow_graceful=False)
        self.second = self.cluster.add_node(**NODE)

    def a_driver_that_is_killed_goes_on_with_what_is_missing(self) -> None:
        for moment in range(10) if "SLASH_SOAK" in os.environ else (2,):  # of five shards
            status, _ = self._ended_driver(f"killed-driver-{moment}", moment // 2, signal.SIGKILL)
            assert status == -signal.SIGKILL

    def ctrl_c_leaves_what_is_done_and_says_how_to_go_on(self) -> None:
        status, said = self._ended_driver("interrupted", 1, signal.SIGINT)
        assert status == 130, said
        assert "finished shards are kept; run the same command to make the rest" in said, said
        assert "Traceback" not in said, said

    def _ended_driver(self, name: str, shards: int, sent: signal.Signals) -> tuple[int, str]:
        """End a driver once it has some shards, and resume; return its status and its messages."""
        from tests.export.ended_export import ended_export

        dest = self.folder / name
        waiting = dest / PARTIAL / "new"
        options = [f"--{name.replace('_', '-')}={value}" for name, value in LARGE.items()]
        options += ["--engine=ray", f"--address={self.cluster.address}"]
        status, said = ended_export(sent, shards, dest, options)
        time.sleep(3)  # until Ray has ended its workers
        kept = {p.relative_to(waiting): p.stat().st_mtime_ns for p in waiting.rglob("*.parq*")}
        assert len(kept) >= shards
        export.parquet(dest, engine="ray", **LARGE)
        assert files_of(dest) == files_of(self.folder / "alone")
        assert {name: (dest / name).stat().st_mtime_ns for name in kept} == kept
        return status, said

    def object_storage_gets_the_same(self) -> None:
        from slash_dataset.export._places import open_place

        self.proxy.faults["PUT"] = (503, 5)
        export.parquet("s3://bucket/ray", engine="ray", **SMALL)
        self.proxy.faults.clear()
        place = open_place("s3://bucket/ray")
        names = [name for name in place.files() if name.endswith(".parquet")]
        alone = files_of(self.folder / "parquet-1")
        assert place.read_all(names) == {n: alone[n] for n in alone if n.endswith(".parquet")}
        assert not any(text for _, text in verify_folder("s3://bucket/ray", engine="ray"))

    def ray_data_reads_it(self) -> None:
        import ray

        ray.data.DataContext.get_current().enable_progress_bars = False
        code = LAYOUTS["parquet"].readers["Ray Data"].code
        for dest in (self.folder / "parquet-1", "s3://bucket/ray"):
            found: dict[str, Any] = {}
            exec(code.replace("DEST", str(dest)), found)
            assert found["train"].count() == SMALL["num_train"]


def loopback_up() -> None:
    with socket.socket() as any_socket:
        flags = 0x1 | 0x40  # IFF_UP, IFF_RUNNING
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh", b"lo", flags))


def main(folder: Path) -> None:
    loopback_up()
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from tests.export.object_storage import s3_server

    with s3_server() as proxy:
        import ray
        from ray.cluster_utils import Cluster

        cluster = Cluster()
        cluster.add_node(include_dashboard=False, **NODE)
        scenarios = Scenarios(folder, cluster, cluster.add_node(**NODE), proxy)
        ray.init(address=cluster.address, log_to_driver=False, logging_level="warning")
        outcomes = {}
        for name, scenario in vars(Scenarios).items():
            if name.startswith("_"):
                continue
            begin = time.monotonic()
            try:
                scenario(scenarios)
                outcomes[name] = ""
            except BaseException:
                outcomes[name] = traceback.format_exc()
            print(f"{name}: {time.monotonic() - begin:.1f} s", flush=True)
            (folder / "outcomes.json").write_text(json.dumps(outcomes))
        ray.shutdown()
        cluster.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
