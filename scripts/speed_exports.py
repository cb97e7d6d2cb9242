"""How fast each layout is exported, next to the plainest code that a user would write for it.

An export draws its rows while it writes; the plain code is given them as arrays. Every measurement
runs in a process of its own, which also gives its peak of resident memory (the libraries that the
layout needs included). The plain code is measured on fewer rows where it is slow; rates compare.

    python scripts/speed_exports.py
    python scripts/speed_exports.py --layout csv --rows 1000000 --plain-rows 0

``scripts/speed.py --exports`` runs it too, and puts :func:`exports_table` into the README.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import os
import platform
import re
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from slash_dataset import CLASSES, draw
from slash_dataset.export import LAYOUTS, export

Arrays = tuple[np.ndarray, np.ndarray]


def plain_imagefolder(folder: Path, images: np.ndarray, labels: np.ndarray) -> None:
    """A loop over Pillow."""
    from PIL import Image

    for name in CLASSES:
        (folder / name).mkdir()
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        Image.fromarray(image).save(folder / CLASSES[label] / f"{i:06d}.png")


def plain_mnist(folder: Path, images: np.ndarray, labels: np.ndarray) -> None:
    """Headers by hand, ``tobytes``, and gzip at its default level."""
    for name, array in (("images-idx3", images), ("labels-idx1", labels.astype(np.uint8))):
        header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
        (folder / f"train-{name}-ubyte").write_bytes(header + array.tobytes())
        with gzip.open(folder / f"train-{name}-ubyte.gz", "wb") as stream:
            stream.write(header + array.tobytes())


def plain_tfds(
    folder: Path, images: np.ndarray, labels: np.ndarray, kind: str = "tfrecord"
) -> None:
    """A builder of TensorFlow Datasets."""
    import tensorflow_datasets as tfds

    tfds.disable_progress_bar()

    class Plain(tfds.core.GeneratorBasedBuilder, skip_registration=True):
        VERSION = tfds.core.Version("1.0.0")

        def _info(self) -> Any:
            return tfds.core.DatasetInfo(
                builder=self,
                features=tfds.features.FeaturesDict(
                    {
                        "image": tfds.features.Image(shape=(*images.shape[1:], 1)),
                        "label": tfds.features.ClassLabel(names=list(CLASSES)),
                    }
                ),
            )

        def _split_generators(self, dl_manager: Any) -> Any:
            return {"train": self._generate_examples()}

        def _generate_examples(self) -> Any:
            for i, (image, label) in enumerate(zip(images, labels, strict=True)):
                yield i, {"image": image[..., None], "label": label}

    Plain(data_dir=folder, file_format=kind).download_and_prepare()


def plain_array_record(folder: Path, images: np.ndarray, labels: np.ndarray) -> None:
    """The same builder, with the other file format."""
    plain_tfds(folder, images, labels, "array_record")


def plain_webdataset(folder: Path, images: np.ndarray, labels: np.ndarray) -> None:
    """``webdataset.ShardWriter`` with Pillow images."""
    import webdataset
    from PIL import Image

    pattern = str(folder / "slash-train-%06d.tar")
    with webdataset.ShardWriter(pattern, maxsize=100e6, verbose=0) as writer:
        for i, (image, label) in enumerate(zip(images, labels, strict=True)):
            about = {"index": i, "label": CLASSES[label]}
            picture = Image.fromarray(image)
            writer.write({"__key__": f"{i:06d}", "png": picture, "cls": label, "json": about})


def plain_npz(folder: Path, images: np.ndarray, labels: np.ndarray) -> None:
    """``numpy.savez_compressed``."""
    np.savez_compressed(folder / "slash_data.npz", x_train=images, y_train=labels)


def plain_parquet(folder: Path, images: np.ndarray, labels: np.ndarray) -> None:
    """``pandas.DataFrame.to_parquet``."""
    import pandas

    rows = list(images.reshape(len(images), -1))
    pandas.DataFrame({"image": rows, "label": labels}).to_parquet(folder / "train.parquet")


def plain_csv(folder: Path, images: np.ndarray, labels: np.ndarray) -> None:
    """``pandas.DataFrame.to_csv``."""
    import pandas

    frame = pandas.DataFrame(images.reshape(len(images), -1)).add_prefix("pixel")
    frame.insert(0, "label", labels)
    frame.to_csv(folder / "train.csv", index=False)


PLAIN: dict[str, Callable[[Path, np.ndarray, np.ndarray], None]] = {
    "imagefolder": plain_imagefolder,
    "mnist": plain_mnist,
    "tfds": plain_tfds,
    "tfds-array-record": plain_array_record,
    "webdataset": plain_webdataset,
    "npz": plain_npz,
    "parquet": plain_parquet,
    "csv": plain_csv,
}


def measure(layout: str, rows: int, plain: bool) -> dict[str, float]:
    """Export some rows once; the imports that it needs are done by a small export before."""
    with tempfile.TemporaryDirectory() as folder:
        if plain:
            for count, name in ((8, "warm"), (rows, "measured")):
                dest = Path(folder, name)
                dest.mkdir()
                images, labels = draw("standard", "train", 0, count)
                start = time.perf_counter()
                PLAIN[layout](dest, images, labels)
        else:
            export(layout, Path(folder, "warm"), "standard", num_train=8, num_test=1)
            start = time.perf_counter()
            export(layout, Path(folder, "measured"), "standard", num_train=rows, num_test=1)
        seconds = time.perf_counter() - start
    return {"rows": rows, "rows_per_second": rows / seconds, "peak_bytes": peak_bytes()}


def exports_table(path: Path) -> str:
    """Write the figures of a JSON file as a Markdown table."""
    lines = [
        "| layout | rows/s | peak | plainest code | its rows/s | ratio |",
        "|---|--:|--:|---|--:|--:|",
    ]
    for layout, found in json.loads(path.read_text(encoding="utf-8"))["layouts"].items():
        ours, plain = found["export"], found["plain"]
        what = (PLAIN[layout].__doc__ or "").splitlines()[0].rstrip(".")
        lines.append(
            f"| `{layout}` | {ours['rows_per_second']:,.0f} | {ours['peak_bytes'] / 1e6:.0f} MB "
            f"| {what.replace('``', '`')} | {plain['rows_per_second']:,.0f} "
            f"| {found['ratio']:.1f} x |"
        )
    return "\n".join(lines)


def peak_bytes() -> int:
    """Peak of this process's resident memory."""
    status = Path("/proc/self/status")
    if status.exists():  # unlike getrusage, it starts anew with the process's own program
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        if found:
            return int(found[1]) * 1024
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main() -> None:
    """Measure, print a table, and write JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000, help="rows of an export")
    parser.add_argument(
        "--plain-rows", type=int, default=10_000, help="rows for the plain code; 0 leaves it out"
    )
    parser.add_argument("--layout", choices=LAYOUTS, action="append", help="all if left out")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args()
    if options.rows < 1 or options.plain_rows < 0:
        parser.error("--rows must be at least 1, and --plain-rows at least 0")

    results: dict[str, dict[str, Any]] = {}
    print(
        f"{'layout':<18}{'rows/s':>10}{'peak MB':>9}{'plain rows/s':>14}{'peak MB':>9}{'ratio':>8}"
    )
    # One process for each measurement: a fresh interpreter has no memory of the last one.
    pool = multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1)
    with pool:
        for layout in options.layout or LAYOUTS:
            ours = pool.apply(measure, (layout, options.rows, False))
            results[layout] = {"export": ours}
            line = f"{layout:<18}{ours['rows_per_second']:>10,.0f}{ours['peak_bytes'] / 1e6:>9,.0f}"
            if options.plain_rows:
                plain = pool.apply(measure, (layout, min(options.plain_rows, options.rows), True))
                ratio = ours["rows_per_second"] / plain["rows_per_second"]
                results[layout] |= {"plain": plain, "ratio": ratio}
                line += f"{plain['rows_per_second']:>14,.0f}{plain['peak_bytes'] / 1e6:>9,.0f}"
                line += f"{ratio:>8.1f}"
            print(line, flush=True)
    if options.json:
        about = {
            "python": platform.python_version(),
            "cores": os.cpu_count(),
            "libraries": {name: version(name) for name in ("numpy", "pyarrow", "pillow")},
        }
        text = json.dumps({"environment": about, "layouts": results}, indent=2)
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
