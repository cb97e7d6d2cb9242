"""Concurrent use by processes and threads, in a module that spawned processes can import."""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import sys
import threading

import numpy as np

import slash_dataset

SOURCES = {
    "drawn": slash_dataset.Source("rotated", num_rows=400, factors=True, targets="box"),
    "endless": slash_dataset.Source("noisy", num_rows=None, seed=5),
    "replayed": slash_dataset.Source("original"),
}
ROWS = np.arange(0, 400, 7) % 250
KEYWORDS = [{}, {}, {}, {"name": "standard", "num_train": 30, "num_test": 5}] * 2


def digest(batch):
    return {name: values.tobytes() for name, values in batch.items()}


def read(source, batched, out):
    """Read rows one by one, all together and in batches; return whether they agree."""
    whole = digest(source.read(ROWS))
    singly = [source[int(row)] for row in ROWS]
    stacked = {name: np.stack([np.asarray(item[name]) for item in singly]) for name in singly[0]}
    piece = source.read(range(2 * len(ROWS), 3 * len(ROWS)))
    out.put((whole == digest(stacked), digest(batched[2]) == digest(piece), whole))


def in_threads(source, count=8):
    """Read one source in several threads; return what each one read."""
    import queue

    out = queue.Queue()
    batched = source.batched(len(ROWS))
    threads = [threading.Thread(target=read, args=(source, batched, out)) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "threads wait for each other"
    return [out.get() for _ in threads]


def in_processes(method, source, count=2):
    """Start workers while threads of this process draw; return what each one read."""
    context = multiprocessing.get_context(method)
    out, enough = context.Queue(), threading.Event()

    def draw():
        while not enough.is_set():
            source.read(range(100))

    drawing = [threading.Thread(target=draw) for _ in range(2)]
    for thread in drawing:
        thread.start()
    workers = [
        context.Process(target=read, args=(source, source.batched(len(ROWS)), out))
        for _ in range(count)
    ]
    try:
        for worker in workers:
            worker.start()
        return [out.get(timeout=120) for _ in workers]
    finally:
        enough.set()
        for each in (*workers, *drawing):
            each.join(60)
        for worker in workers:
            worker.kill()


def load(cache, keywords, barrier, out):
    """Load the dataset when all others do."""
    from datasets import disable_progress_bars, load_dataset

    disable_progress_bars()
    try:
        barrier.wait(60)
        with contextlib.redirect_stderr(io.StringIO()):
            rows = load_dataset("slash", cache_dir=cache, **keywords)
        images = np.stack([np.asarray(image) for image in rows["train"]["image"]])
        out.put((keywords, images.tobytes(), rows["train"]["label"][:]))
    except Exception as error:
        out.put((keywords, repr(error), None))


def loads_at_once(method, cache):
    """Load from one cache in 8 processes at once; return what each one loaded."""
    context = multiprocessing.get_context(method)
    barrier, out = context.Barrier(len(KEYWORDS)), context.Queue()
    loading = [
        context.Process(target=load, args=(cache, keywords, barrier, out)) for keywords in KEYWORDS
    ]
    for each in loading:
        each.start()
    try:
        return [out.get(timeout=300) for _ in loading]
    finally:
        for each in loading:
            each.join(10)
            each.kill()


if __name__ == "__main__":
    # A process that has nothing of a test's in it is what users fork.
    import datasets  # noqa: F401 - imported once for all

    for number in range(int(sys.argv[2])):
        for keywords, images, labels in loads_at_once("fork", f"{sys.argv[1]}/{number}"):
            assert labels is not None, images
            drawn = slash_dataset.Source(
                keywords.get("name", "original"), **{"num_rows": 30} if keywords else {}
            )
            batch = drawn.read(range(len(drawn)))
            assert images == batch["image"].tobytes(), keywords
            assert list(labels) == batch["label"].tolist(), keywords
