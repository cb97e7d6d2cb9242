"""Jobs on a Ray cluster. Tasks, retries, placement and the failures of nodes are Ray's."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

from .extras import require

# A job is begun so many times more if its node dies, or after an OSError: no other error goes away.
_RETRIES = 5


@contextmanager
def ray_executor(
    address: str | None = None,
) -> Iterator[tuple[Callable[[Callable[[Any], Any], Any], Future[Any]], Callable[[], int]]]:
    """Give what starts a job on a cluster, each on one CPU, and how many may be under way.

    Parameters
    ----------
    address : str, optional
        As for ``ray.init``, which is left out where the program has called it.

    Yields
    ------
    submit : callable
        Of a function and a job; returns a future.
    width : callable
        Two jobs for each CPU that the cluster has at the moment.

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
    # Ray begins the jobs of one remote function in their order; those of several may starve.
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
