"""Run the same jobs in this process, in several, or on a Ray cluster; results come as they finish.

A job is a pure function of its arguments, so that neither the number of workers nor the order in
which they finish affects the results.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from .checks import PROCESSES, check_choice, shown

J = TypeVar("J")
R = TypeVar("R")

Submit = Callable[[Callable[[J], R], J], "Future[R]"]
"""Starts one job."""

ENGINES = ("local", "ray")


class JobError(OSError):
    """A job failed; the message names it and says why. No further job was started."""


@dataclass(frozen=True)
class Workers:
    """Who runs the jobs.

    Attributes
    ----------
    num_proc : int
        Processes on this machine, 1 to 1024; 1 means this process. A script that asks for more does
        so below ``if __name__ == "__main__":``, as with all uses of :mod:`multiprocessing`.
    engine : str
        "local", or "ray" for a cluster, which decides for itself how many workers there are.
    address : str, optional
        Address of the cluster, "auto" or "ray://HOST:PORT". If left out, Ray looks for one, or else
        starts one on this machine.

    Raises
    ------
    ValueError
        If a value is not allowed, or belongs to the other engine.

    Examples
    --------
    >>> sorted(result for _, result, _ in Workers().map(abs, [-2, 1]))
    [1, 2]
    >>> Workers(engine="ray", num_proc=4)
    Traceback (most recent call last):
    ValueError: num_proc=4 is not allowed with engine='ray': the cluster decides how many work
    """

    num_proc: int = 1
    engine: str = "local"
    address: str | None = None

    def __post_init__(self) -> None:
        PROCESSES.check("num_proc", self.num_proc)
        check_choice("engine", self.engine, ENGINES)
        if self.engine == "ray" and self.num_proc != 1:
            raise ValueError(
                f"num_proc={self.num_proc} is not allowed with engine='ray': the cluster decides "
                "how many work"
            )
        if self.engine != "ray" and self.address is not None:
            raise ValueError(f"address={shown(self.address)} is not allowed: engine='ray' takes it")

    def map(self, function: Callable[[J], R], jobs: Sequence[J]) -> Iterator[tuple[J, R, int]]:
        """Run jobs, keeping only a few under way at a time.

        Parameters
        ----------
        function : callable
            Takes one job; importable by name where it runs.
        jobs : sequence
            Each can be pickled.

        Yields
        ------
        job, result
            In the order in which they finish.
        running : int
            How many other jobs are under way.

        Raises
        ------
        JobError
            If a job fails. Jobs under way are allowed to finish, or cancelled on a cluster.
        """
        waiting = iter(jobs)
        running: dict[Future[R], J] = {}
        with self._executor(len(jobs)) as (submit, width):
            while True:
                for job in islice(waiting, max(0, width() - len(running))):
                    running[submit(function, job)] = job
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    job = running.pop(future)
                    try:
                        result = future.result()
                    except Exception as error:
                        raise _failure(job, error) from error
                    yield job, result, len(running)

    @contextmanager
    def _executor(self, jobs: int) -> Iterator[tuple[Submit[Any, Any], Callable[[], int]]]:
        """Yield a function that starts a job, and one that limits how many are under way."""
        # Windows waits for 63 handles at most, two of which are the pool's.
        count = min(self.num_proc, jobs, 61 if sys.platform == "win32" else jobs)
        if self.engine == "ray" and jobs:
            from .cluster import ray_executor

            with ray_executor(self.address) as executor:
                yield executor
        elif count <= 1:
            yield _at_once, lambda: 1
        else:
            # Forking a process that runs threads of C++ libraries may crash or hang.
            methods = multiprocessing.get_all_start_methods()
            context = multiprocessing.get_context(
                "forkserver" if "forkserver" in methods else "spawn"
            )
            if "forkserver" in methods:  # imports the slow libraries only once
                context.set_forkserver_preload(["__main__", "pyarrow.parquet"])
            pool = ProcessPoolExecutor(count, context, _follow, (dict(os.environ),))
            try:
                # One extra job per process waits in the queue, so that no process waits for this
                # one.
                yield pool.submit, lambda: 2 * count
            finally:
                pool.shutdown(cancel_futures=True)


def _at_once(function: Callable[[J], R], job: J) -> Future[R]:
    future: Future[R] = Future()
    try:
        future.set_result(function(job))
    except Exception as error:
        future.set_exception(error)
    return future


def _follow(environment: Mapping[str, str]) -> None:
    """Leave Ctrl-C to the parent, and end if the parent is killed.

    The fork server has the environment from its own start; this adds what the parent has set since,
    such as the keys of a storage.
    """
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def end_with_parent() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()


def _failure(job: object, error: Exception) -> JobError:
    number = getattr(error, "errno", None)
    message = f"{job} failed: {type(error).__name__}: {error}"
    return JobError(message) if number is None else JobError(number, message)
