"""Measure how fast the dataset is drawn, encoded, written, loaded and read, side by side.

Everything is one run on one machine, and what counts is the ratio to each group's first line::

    python scripts/speed.py --out build/speed --readme README.md

prints the tables, writes ``speed.json`` and ``speed.png`` to the folder, and puts the table into
the README. ``--only draw png`` measures some groups, ``--quick`` fewer rows, ``--memory`` also
builds 100,000 and 5,000,000 rows in processes of their own and reports their peak memory, and
``--exports`` also writes 100,000 rows in every export layout (``speed_exports.py``).
"""

from __future__ import annotations

import argparse
import io
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

import slash_dataset
from slash_dataset.original import replay
from slash_dataset.png import encode_png
from slash_dataset.shards import write_shards

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
from pages import renew  # noqa: E402 - its folder is on the path since just now
from side_by_side import (  # noqa: E402 - the same
    Contender,
    Measurement,
    draw_bars,
    markdown_table,
    measure,
    write_json,
)
from speed_exports import exports_table  # noqa: E402 - the same

SCRATCH = Path(tempfile.mkdtemp(prefix="slash-speed-"))


def author_loop(count: int) -> np.ndarray:
    """Draw images as the author's notebook does, one at a time."""
    random = np.random.RandomState(0)
    images = []
    for number in range(count):
        row, col = random.randint(0, 27, size=2)
        stroke = 1 - np.eye(4)
        canvas = np.ones((30, 30))
        canvas[row : row + 4, col : col + 4] = stroke if number % 2 == 0 else np.fliplr(stroke)
        images.append(np.clip(canvas + 0.5 * (random.rand(30, 30) - 0.5), 0, 1))
    return np.array(images)


def pillow_png(images: np.ndarray) -> list[bytes]:
    """Encode images with Pillow's defaults, one at a time."""
    files = []
    for image in images:
        stream = io.BytesIO()
        Image.fromarray(image).save(stream, format="PNG")
        files.append(stream.getvalue())
    return files


def _in_memory(images: np.ndarray) -> tuple[int, int]:
    return len(images), images.nbytes


def _draw_group(rows: int) -> dict[str, Contender]:
    few = min(rows, 2_000)
    words = np.random.PCG64DXSM(0)

    def raw() -> tuple[int, int]:
        for _ in range(0, rows, 1_000):
            words.random_raw(1_000 * 225)
        return rows, 0

    def drawn(config: str) -> Contender:
        return lambda: _in_memory(slash_dataset.draw(config, stop=rows)[0])

    return {
        "the author's loop": lambda: _in_memory(author_loop(few)),
        "replay of the original, float64": lambda: _in_memory(replay.__wrapped__().images),
        "draw: standard": drawn("standard"),
        "draw: rotated, anti-aliased": drawn("rotated"),
        "draw: shuffled": drawn("shuffled"),
        "the generator's raw words alone": raw,
    }


def _png_group(rows: int) -> dict[str, Contender]:
    images, _ = slash_dataset.draw("standard", stop=rows)
    few = images[: min(rows, 2_000)]

    def bulk() -> tuple[int, int]:
        files = encode_png(images)
        return len(files), files.nbytes

    return {
        "Pillow PNG, its defaults": lambda: (len(few), sum(map(len, pillow_png(few)))),
        "bulk PNG": bulk,
    }


def _parquet_group(rows: int) -> dict[str, Contender]:
    few = min(rows, 2_000)

    def naive() -> tuple[int, int]:
        images = np.rint(255 * author_loop(few)).astype(np.uint8)
        rows_ = [
            {"image": {"bytes": file, "path": None}, "label": number % 2}
            for number, file in enumerate(pillow_png(images))
        ]
        path = SCRATCH / "naive.parquet"
        pq.write_table(pa.Table.from_pylist(rows_), path, compression="zstd")
        return few, path.stat().st_size

    def ours() -> tuple[int, int]:
        folder = Path(tempfile.mkdtemp(dir=SCRATCH))
        split = slash_dataset.open_config("standard", num_train=rows)["train"]
        files = write_shards(split, folder)
        size = sum(file.stat().st_size for file in files)
        for file in files:
            file.unlink()
        return rows, size

    return {"author's loop, Pillow, Parquet (zstd)": naive, "ours: draw, bulk PNG, shards": ours}


def _load_group(_: int) -> dict[str, Contender]:
    import datasets
    from datasets import load_dataset

    datasets.disable_progress_bars()
    folder, parquet = SCRATCH / "imagefolder", SCRATCH / "parquet"
    loaded = slash_dataset.load(cache_dir=str(SCRATCH / "made"))
    parquet.mkdir()
    for name, split in loaded.items():
        split.to_parquet(parquet / f"{name}-00000-of-00001.parquet")
        for number, row in enumerate(split):
            target = folder / name / slash_dataset.CLASSES[row["label"]] / f"{number:06d}.png"
            target.parent.mkdir(parents=True, exist_ok=True)
            row["image"].save(target)

    def load(what: Callable[..., Any], cold: bool) -> Contender:
        warm_cache = tempfile.mkdtemp(dir=SCRATCH)

        def run() -> tuple[int, int]:
            cache = tempfile.mkdtemp(dir=SCRATCH) if cold else warm_cache
            return sum(map(len, what(cache_dir=cache).values())), 0

        return run

    ways: dict[str, Callable[..., Any]] = {
        'load_dataset("imagefolder")': lambda **o: load_dataset(
            "imagefolder", data_dir=folder, **o
        ),
        'load_dataset("parquet")': lambda **o: load_dataset("parquet", data_dir=parquet, **o),
        'load_dataset("slash")': lambda **o: load_dataset("slash", **o),
    }
    return {
        f"{name}, {'empty cache' if cold else 'warm'}": load(way, cold)
        for cold in (True, False)
        for name, way in ways.items()
    }


def _epoch_group(rows: int) -> dict[str, Contender]:
    import datasets

    datasets.disable_progress_bars()
    size, cache = 1_000, str(SCRATCH / "epoch")
    params = {"num_train": rows, "num_test": 1, "split": "train", "cache_dir": cache}

    def batches_of(split: Any) -> Contender:
        def run() -> tuple[int, int]:
            seen = 0
            for batch in split.iter(batch_size=size):
                images = np.asarray(batch["image"])
                seen += len(images)
            return seen, 0

        return run

    def arrow_batches(split: Any) -> Contender:
        def run() -> tuple[int, int]:
            seen = 0
            for batch in split.with_format("arrow").iter(batch_size=size):
                image = batch["image"].combine_chunks()
                height, width = image.type.shape
                pixels = image.storage.flatten().flatten().to_numpy()
                seen += len(pixels.reshape(-1, height, width))
            return seen, 0

        return run

    png = slash_dataset.load("standard", **params).with_format("numpy", dtype="uint8")
    array = slash_dataset.load("standard", encoding="array", **params)
    source = slash_dataset.Source("standard", num_rows=rows)
    ways = {
        'encoding="png", as NumPy batches': batches_of(png),
        'encoding="array", as NumPy batches': batches_of(array.with_format("numpy", dtype="uint8")),
        'encoding="array", from Arrow, no copy': arrow_batches(array),
        "Source.batches, drawn as it goes": lambda: (
            sum(len(images) for images, _ in source.batches(size)),
            0,
        ),
    }
    mnist_style = _mnist_style_dataset(rows)
    if mnist_style is None:
        return ways

    def items() -> tuple[int, int]:
        for start in range(0, rows, size):
            np.stack([np.asarray(mnist_style[i][0]) for i in range(start, min(start + size, rows))])
        return rows, 0

    return ways | {"torchvision, MNIST-style items": items}


def _mnist_style_dataset(rows: int) -> Any:
    """Return the torchvision dataset, or None where torchvision is not installed."""
    from tests.torchvision_operators import prepare

    prepare()
    try:
        from slash_dataset.torchvision import Slash
    except ImportError:
        return None
    return Slash(config="standard", num_train=rows, num_test=1)


def _processes_group(rows: int) -> dict[str, Contender]:
    import datasets

    datasets.disable_progress_bars()

    def build(num_proc: int) -> Contender:
        def run() -> tuple[int, int]:
            cache = tempfile.mkdtemp(dir=SCRATCH)
            train = slash_dataset.load(
                "standard", num_train=rows, num_test=128, cache_dir=cache, num_proc=num_proc
            )["train"]
            size = sum(os.path.getsize(file["filename"]) for file in train.cache_files)
            del train
            subprocess.run(["rm", "-rf", cache], check=True)
            return rows, size

        return run

    return {"load_dataset, 1 process": build(1), "load_dataset, 2 processes": build(2)}


GROUPS: dict[str, tuple[str, Callable[[int], dict[str, Contender]], int, int]] = {
    # Title, contenders, rows, rounds.
    "draw": ("draw (bytes in memory)", _draw_group, 100_000, 7),
    "png": ("PNG", _png_group, 50_000, 7),
    "parquet": ("draw and write Parquet", _parquet_group, 100_000, 5),
    "load": ("load the original's 1,000 images", _load_group, 1_000, 7),
    "epoch": ("one epoch", _epoch_group, 100_000, 3),
    "processes": ("build with datasets", _processes_group, 500_000, 3),
}


def build_and_report_peak(rows: int) -> dict[str, float]:
    """Build a config in a process of its own; return its peak memory and time.

    Opening what was built is not part of it: that maps the file, and the kernel counts pages of a
    mapped file as the process's own as long as nobody else needs the memory.
    """
    code = (
        "import sys, time, datasets\n"
        "from slash_dataset.builder import Slash\n"
        "datasets.disable_progress_bars()\n"
        "def build(rows):\n"
        "    made = Slash(sys.argv[2], config_name='standard', num_train=rows, num_test=1)\n"
        "    made.download_and_prepare()\n"
        "build(1_000)\n"
        "start = time.perf_counter()\n"
        "build(int(sys.argv[1]))\n"
        "seconds = time.perf_counter() - start\n"
        # Not ru_maxrss: that begins with the peak of the process that started this one.
        "status = dict(line.split(':', 1) for line in open('/proc/self/status'))\n"
        "print(seconds, status['VmHWM'].split()[0])\n"
    )
    with tempfile.TemporaryDirectory(dir=SCRATCH) as cache:
        command = [sys.executable, "-c", code, str(rows), cache]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, kilobytes = map(float, done.stdout.split())
    return {
        "rows": rows,
        "seconds": seconds,
        "microseconds_per_row": 1e6 * seconds / rows,
        "peak_megabytes": kilobytes / 1024,
    }


def compare_builds(*rows: int, rounds: int = 5) -> list[dict[str, float]]:
    """Build each number of rows in turn, and return each one's median time and highest peak."""
    found = [[build_and_report_peak(count) for count in rows] for _ in range(rounds)]
    return [
        {
            **{name: statistics.median(one[name] for one in builds) for name in builds[0]},
            "peak_megabytes": max(one["peak_megabytes"] for one in builds),
        }
        for builds in zip(*found, strict=True)
    ]


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=list(GROUPS))
    parser.add_argument("--out", type=Path, help="folder for speed.json and speed.png")
    parser.add_argument("--readme", type=Path, help="page whose table is to be renewed")
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows, fewer rounds")
    parser.add_argument("--memory", action="store_true", help="also build 5,000,000 rows")
    parser.add_argument("--exports", action="store_true", help="also export 100,000 rows")
    arguments = parser.parse_args()
    results: list[Measurement] = []
    for name in arguments.only:
        title, contenders, rows, rounds = GROUPS[name]
        if arguments.quick:
            rows, rounds = max(1_000, rows // 10), 3
        results += measure(title, contenders(rows), rounds)
        print(f"\n{markdown_table([r for r in results if r.group == title])}", flush=True)
    memory = compare_builds(100_000, 5_000_000) if arguments.memory else []
    for found in memory:
        print(
            f"{found['rows']:,} rows: {found['seconds']:.1f} s, "
            f"{found['microseconds_per_row']:.2f} us a row, peak {found['peak_megabytes']:.0f} MB"
        )
    if arguments.out:
        write_json(results, arguments.out / "speed.json", memory=memory)
        draw_bars(results, arguments.out / "speed.png")
        print(f"wrote {arguments.out / 'speed.json'} and {arguments.out / 'speed.png'}")
    if arguments.readme:
        renew(arguments.readme, "speed", markdown_table(results))
    if arguments.exports:
        exports = (arguments.out or SCRATCH) / "exports.json"
        rows = ["--rows", "10000", "--plain-rows", "1000"] if arguments.quick else []
        script = str(Path(__file__).with_name("speed_exports.py"))
        subprocess.run([sys.executable, script, "--json", str(exports), *rows], check=True)
        if arguments.readme:
            renew(arguments.readme, "exports", exports_table(exports))
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"peak of this process: {own} MB, at {time.strftime('%Y-%m-%d')}")


if __name__ == "__main__":
    try:
        main()
    finally:
        subprocess.run(["rm", "-rf", str(SCRATCH)], check=False)
