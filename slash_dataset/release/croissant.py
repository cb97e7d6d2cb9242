"""``croissant.json``: the release in the Croissant 1.1 vocabulary (mlcommons.org/croissant/1.1).

Paths are relative, so the file describes the folder it is in, wherever that is.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

from ..about import AUTHOR, CITATION, DESCRIPTION, HOMEPAGE
from ..configs import Config
from ..extras import require
from ..variants import CLASSES
from .manifest import Contents, FileDigest, Manifest, shard_paths
from .texts import Entry

CROISSANT_NAME = "croissant.json"
LICENSE_URL = "https://creativecommons.org/licenses/by/4.0/"
_FIRST_PUBLISHED = datetime.datetime(2019, 5, 28)
_PARQUET = "application/x-parquet"

# Responsible-AI fields (docs.mlcommons.org/croissant/docs/croissant-rai-spec.html): what is true of
# images that a program draws, and nothing more.
_RESPONSIBLE_AI: dict[str, Any] = {
    "data_collection": (
        "Nothing was collected: every image is drawn by a program, a short stroke on a white "
        "canvas with uniform noise. The configs original and original-float64 are a replay of the "
        "2019 release from the state of its random number generator, bit for bit."
    ),
    "data_collection_type": ["Software Collection"],
    "data_collection_missing_data": "No data is missing.",
    "data_collection_raw_data": (
        "The config original-float64 is the raw form; original is the same, rounded to 8 bits."
    ),
    "data_preprocessing_protocol": [
        "8-bit configs: each float64 pixel x from 0 to 1 became rint(255 * x).",
    ],
    "data_annotation_protocol": [
        "No annotation: the program chooses the label first and draws the stroke accordingly, so "
        "every label is right by construction.",
    ],
    "machine_annotation_tools": ["The generator itself."],
    "data_use_cases": [
        "Teaching and testing inductive biases: why convolution learns what most other models "
        "do not.",
        "A fast end-to-end check of training code.",
    ],
    "data_limitations": [
        "Toy data: accuracy on it says nothing about natural images.",
        "One stroke per image, two classes, uniform noise. In noisy, some strokes are barely "
        "distinguishable from the noise.",
        "The test split of the original has 250 rows: an accuracy there has a standard error of "
        "up to 3.2 percentage points.",
    ],
    "data_biases": [
        "Both classes are equally frequent and strokes are uniformly distributed in the image, by "
        "design; in shifted, train and test strokes are in different halves, by design.",
    ],
    "data_social_impact": "None known: the images show only strokes and noise.",
    "personal_sensitive_information": ["None: no person, place or document was involved."],
    "data_release_maintenance_plan": (
        "Versions are semantic and tagged (vX.Y.Z); a tag never moves. Pixels change only with a "
        "major or minor version, and checksums.json holds the SHA-256 of every split."
    ),
}


def write_croissant(
    folder: Path,
    contents: Contents,
    manifest: Manifest,
    entry: Entry,
    url: str,
) -> None:
    """Write ``croissant.json`` to a folder; mlcroissant checks it as it is built.

    Parameters
    ----------
    folder : pathlib.Path
    contents : mapping
        Configs and the contents of their splits.
    manifest : mapping of str to FileDigest
        All files, with every Parquet shard.
    entry : Entry
        Of the changelog, for version and date.
    url : str
        The dataset's home page.

    Raises
    ------
    ImportError
        If mlcroissant is not installed.
    ValueError
        If mlcroissant reports an error or a warning.
    """
    mlc = require("mlcroissant", "croissant")
    context = _context(mlc)
    distribution: list[Any] = []
    for config, splits in contents.items():
        distribution.append(_file_set(mlc, context, config))
        distribution += [
            _file_object(mlc, context, path, manifest[path])
            for split in splits
            for path in shard_paths(manifest, config.name, split)
        ]
    metadata = mlc.Metadata(
        ctx=context,
        name="slash",
        description=" ".join(DESCRIPTION.split()),
        cite_as=CITATION,
        license=[LICENSE_URL],
        url=url,
        same_as=[HOMEPAGE],
        version=str(entry.version),
        creators=[mlc.Person(ctx=context, name=AUTHOR, url=HOMEPAGE)],
        keywords=["image classification", "synthetic", "inductive bias", "convolution"],
        date_created=_FIRST_PUBLISHED,
        date_published=datetime.datetime.combine(entry.date, datetime.time()),
        distribution=distribution,
        record_sets=[_record_set(mlc, context, config) for config in contents],
        **_RESPONSIBLE_AI,
    )
    problems = [*metadata.issues.errors, *metadata.issues.warnings]
    if problems:
        raise ValueError(f"{CROISSANT_NAME} is not valid Croissant: {'; '.join(sorted(problems))}")
    text = json.dumps(metadata.to_json(), indent=2, default=str) + "\n"
    (folder / CROISSANT_NAME).write_bytes(text.encode())


def _context(mlc: Any) -> Any:
    """The vocabulary of Croissant 1.1; by default, mlcroissant writes that of 1.0."""
    by_language = {"@container": "@language"}
    added = {name: f"cr:{name}" for name in ("arrayShape", "containedIn", "isArray")}
    terms = {**mlc.Context().rdf.context, **added, "description": by_language, "name": by_language}
    return mlc.Context(
        conforms_to="http://mlcommons.org/croissant/1.1",
        rdf=mlc.Rdf(context=dict(sorted(terms.items()))),
    )


def _file_set(mlc: Any, context: Any, config: Config) -> Any:
    return mlc.FileSet(
        ctx=context,
        id=f"{config.name}-shards",
        name=f"{config.name}-shards",
        description=f"The Parquet shards of config {config.name}.",
        includes=[f"{config.name}/*.parquet"],
        encoding_formats=[_PARQUET],
    )


def _file_object(mlc: Any, context: Any, path: str, file: FileDigest) -> Any:
    return mlc.FileObject(
        ctx=context,
        id=path,
        name=path.replace("/", "-"),
        content_url=path,
        content_size=f"{file.size} B",
        encoding_formats=[_PARQUET],
        sha256=file.sha256,
    )


def _record_set(mlc: Any, context: Any, config: Config) -> Any:
    def source(transforms: list[Any], **extract: Any) -> Any:
        return mlc.Source(
            ctx=context,
            file_set=f"{config.name}-shards",
            extract=mlc.Extract(ctx=context, **extract),
            transforms=transforms,
        )

    def field(name: str, description: str, **options: Any) -> Any:
        return mlc.Field(
            ctx=context,
            id=f"{config.name}/{name}",
            name=name,
            description=description,
            **options,
        )

    of_path = mlc.Transform(ctx=context, regex=r"^.*/(train|test)-\d+-of-\d+\.parquet$")
    size = config.image_size
    if config.default_encoding == "png":
        image = field(
            "image",
            f"Grayscale PNG of {size} x {size} pixels, 8 bits each.",
            data_types=[mlc.DataType.IMAGE_OBJECT],
            source=source([mlc.Transform(ctx=context, json_path="bytes")], column="image"),
        )
    else:
        image = field(
            "image",
            f"{size} lines of {size} pixels from 0 (black) to 1 (white).",
            data_types=[mlc.DataType.FLOAT64],
            is_array=True,
            array_shape=f"{size},{size}",
            source=source([], column="image"),
        )
    label = field(
        "label",
        ", ".join(f"{number} is a {name}" for number, name in enumerate(CLASSES)) + ".",
        data_types=[mlc.DataType.INTEGER],
        source=source([], column="label"),
    )
    split = field(
        "split",
        "train or test.",
        data_types=[mlc.DataType.TEXT],
        source=source([of_path], file_property="fullpath"),
    )
    return mlc.RecordSet(
        ctx=context,
        id=config.name,
        name=config.name,
        description=f"Config {config.name} ({config.made}): {config.description}.",
        fields=[image, label, split],
    )
