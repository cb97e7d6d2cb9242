"""Jobs on a Ray cluster. Ray handles tasks, retries, placement and node failures."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

from .extras import require

# Retries of a job whose node dies or that raises an OSError: no other error goes away by itself.
_RETRIES = 5


@contextmanager
def ray_executor(
    address: str | None = None,
) -> Iterator[tuple[Callable[[Callable[[Any], Any], Any], Future[Any]], Callable[[], int]]]:
    """Yield a function that starts jobs on a cluster, one CPU each, and one that limits them.

    Parameters
    ----------
    address : str, optional
        As for ``ray.init``, which is skipped if the program has called it already.

    Yields
    ------
    submit : callable
        Takes a function and a job; returns a future.
    width : callable
        Returns the number of jobs to keep under way: two for each CPU in the cluster now.

    Raises
    ------
    ImportError
        If Ray is not installed.
    ConnectionError
        If there is no cluster at `address`.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    ray = require("ray", "ray")
    ours = not ray.is_initialized()
    if ours:
        ray.init(address=address, log_to_driver=False, logging_level="warning")
    references: list[Any] = []
    # Ray starts the jobs of one remote function in order; those of several may starve.
    remote = cache(ray.remote(max_retries=_RETRIES, retry_exceptions=[OSError]))

    def submit(function: Callable[[Any], Any], job: Any) -> Future[Any]:
        reference = remote(function).remote(job)
        future: Future[Any] = reference.future()
        references.append(reference)
        future.add_done_callback(lambda _: references.remove(reference))
        return future

    try:
        yield submit, lambda: 2 * max(1, int(ray.cluster_resources().get("CPU", 1)))
    finally:
        for reference in list(references):
            with suppress(Exception):
                ray.cancel(reference)
        if ours:
            ray.shutdown()
