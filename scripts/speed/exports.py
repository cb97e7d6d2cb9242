"""Each layout's export, compared with the plainest code that a user would write for it.

An export draws its rows while it writes; the plain code gets them as arrays. Each runs in its own
process, which also reports its peak of memory. The plain code is measured on fewer rows, because it
is slow; the rates are comparable.
"""

from __future__ import annotations

import gzip
import struct
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from slash_dataset import CLASSES, draw
from slash_dataset.export import LAYOUTS, export

from .alone import alone, peak_bytes


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


def export_once(layout: str, rows: int, plain: bool) -> dict[str, float]:
    """Export some rows once, after a small export that does all imports."""
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


class Exports:
    """Every layout in turn."""

    def measure(self, quick: bool = False) -> dict[str, Any]:
        """Export each layout, and run its plain code."""
        rows, plain_rows = (10_000, 1_000) if quick else (100_000, 10_000)
        layouts = {}
        for layout in LAYOUTS:
            ours = alone(export_once, layout, rows, False)
            plain = alone(export_once, layout, plain_rows, True)
            ratio = ours["rows_per_second"] / plain["rows_per_second"]
            layouts[layout] = {"export": ours, "plain": plain, "ratio": ratio}
        return {"layouts": layouts}

    def table(self, found: dict[str, Any]) -> str:
        """Return the rates, peaks and ratios."""
        lines = [
            "| layout | rows/s | peak | plainest code | its rows/s | ratio |",
            "|---|--:|--:|---|--:|--:|",
        ]
        for layout, figures in found["layouts"].items():
            ours, plain = figures["export"], figures["plain"]
            what = (PLAIN[layout].__doc__ or "").splitlines()[0].rstrip(".")
            lines.append(
                f"| `{layout}` | {ours['rows_per_second']:,.0f} "
                f"| {ours['peak_bytes'] / 1e6:.0f} MB | {what.replace('``', '`')} "
                f"| {plain['rows_per_second']:,.0f} | {figures['ratio']:.1f}x |"
            )
        return "\n".join(lines)


MEASUREMENT = Exports()
