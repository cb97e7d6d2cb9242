"""The dataset card: the template ``dataset_card.md``, filled in only from data and results."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ..about import CITATION, HOMEPAGE, LICENSE
from ..configs import CONFIGS, DEFAULT_CONFIG_NAME, Config
from ..extras import require
from ..original import IMAGE_SIZE, NOISE, NUM_IMAGES, STROKE_LENGTH
from ..tables import features_of
from ..variants import CLASSES, Variant
from .figures import FOLDER, MONTAGE, STATISTICS, STATISTICS_SHOWN
from .hub import hub_url
from .manifest import Contents
from .texts import Entry

# The config that examples load besides the default one.
_EXAMPLE = "rotated"
_TAGS = ["synthetic", "toy", "inductive-bias", "convolution", "benchmark", "croissant"]
# The Hub's size categories, each with the number of rows that it stays below.
_SIZES = [
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
    (10**8, "10M<n<100M"),
    (10**9, "100M<n<1B"),
]


def render_card(
    template: Path,
    contents: Contents,
    entries: Sequence[Entry],
    *,
    first_file: str,
    benchmark: str,
    shown: str,
    repo_id: str | None,
) -> str:
    """Return ``README.md``.

    Parameters
    ----------
    template : pathlib.Path
        Markdown with Jinja expressions.
    contents : mapping
        Configs and the contents of their splits.
    entries : sequence of Entry
        Of the changelog, newest first.
    first_file : str
        The path of a Parquet file.
    benchmark : str
        The published and measured table in Markdown.
    shown : str
        What the montage shows.
    repo_id : str or None
        The card's future place on the Hub; None if it stays in a folder.

    Returns
    -------
    str

    Raises
    ------
    ImportError
        If Jinja2 is not installed.
    """
    import huggingface_hub

    require("jinja2", "release")
    version = str(entries[0].version)
    default = default_config(contents)
    names = [config.name for config in contents]
    card = huggingface_hub.DatasetCard.from_template(
        card_metadata(contents, version),
        template_path=str(template),
        version=version,
        source=repo_id or "DEST",
        is_folder=repo_id is None,
        files="DEST" if repo_id is None else f"hf://datasets/{repo_id}@v{version}",
        first_file=first_file,
        default_config=default.name,
        names=names,
        other_config=_EXAMPLE if _EXAMPLE in names else default.name,
        original=_original_facts(),
        configs_table=_configs_table(contents),
        statistics_table=_statistics_table(contents),
        splits_of_default={name: f"{of.num_rows:,}" for name, of in contents[default].items()},
        parameters_table=_parameters_table(contents),
        checksums_table=_checksums_table(contents),
        benchmark_table=benchmark,
        figures=FOLDER if repo_id is None else f"{hub_url(repo_id)}/resolve/v{version}/{FOLDER}",
        pictures={MONTAGE: shown, STATISTICS: STATISTICS_SHOWN},
        changelog="\n\n".join(
            f"### {e.version} ({e.date.isoformat()})\n\n{e.text}" for e in entries
        ),
        citation=CITATION,
        homepage=HOMEPAGE,
    )
    return str(card.content).rstrip() + "\n"


def _original_facts() -> dict[str, Any]:
    """Facts about the 2019 release for the text, from the code that replays it."""
    test_rows = CONFIGS["original"].num_rows["test"]
    return {
        "images": f"{NUM_IMAGES:,}",
        "size": IMAGE_SIZE,
        "stroke": STROKE_LENGTH,
        "noise": NOISE,
        "test_rows": test_rows,
        # The standard error of a proportion, largest at one half.
        "standard_error": f"{100 * math.sqrt(0.25 / test_rows):.1f}",
    }


def benchmark_section(results: Path) -> str:
    """Return the benchmark's report from its ``results.json`` as a section of the card.

    Raises
    ------
    ValueError
        If the file does not hold benchmark results.
    """
    from ..benchmark.report import render_report
    from ..benchmark.results import load_results

    _, _, text = render_report(load_results(results)).partition("\n")
    return re.sub(r"^## ", "### ", text.strip(), flags=re.M)


def default_config(configs: Iterable[Config]) -> Config:
    """Return the config that ``load_dataset`` loads without a name."""
    named = {config.name: config for config in configs}
    return named.get(DEFAULT_CONFIG_NAME) or next(iter(named.values()))


def card_metadata(contents: Contents, version: str) -> Any:
    """Return the card's YAML as huggingface_hub's ``DatasetCardData``.

    Parameters
    ----------
    contents : mapping
        Configs and the contents of their splits.
    version : str
        Of the data. `datasets` attaches it to everything that it loads.
    """
    import datasets
    import huggingface_hub

    default = default_config(contents)
    configs: list[dict[str, Any]] = []
    infos = datasets.info.DatasetInfosDict()
    for config, splits in contents.items():
        name = config.name
        files = [{"split": split, "path": f"{name}/{split}-*.parquet"} for split in splits]
        configs.append({"config_name": name, "version": version, "data_files": files})
        if config == default:
            configs[-1]["default"] = True
        sizes = {
            split: datasets.SplitInfo(split, num_bytes=of.num_bytes, num_examples=of.num_rows)
            for split, of in splits.items()
        }
        infos[name] = datasets.DatasetInfo(
            features=features_of(config, config.default_encoding),
            splits=datasets.SplitDict(sizes),
            download_size=sum(of.file_bytes for of in splits.values()),
            dataset_size=sum(of.num_bytes for of in splits.values()),
        )
    data = huggingface_hub.DatasetCardData(
        license=LICENSE,
        pretty_name="Slash",
        task_categories=["image-classification"],
        task_ids=["multi-class-image-classification"],
        size_categories=[_size_category(contents)],
        annotations_creators=["machine-generated"],
        source_datasets=["original"],
        tags=list(_TAGS),
        configs=configs,
    )
    infos.to_dataset_card_data(data)
    written = data["dataset_info"] if isinstance(data["dataset_info"], list) else None
    described = {info["config_name"]: info for info in written or [data["dataset_info"]]}
    data["dataset_info"] = [
        {"config_name": c.name, "version": version} | described[c.name] for c in contents
    ]
    return data


def _size_category(contents: Contents) -> str:
    rows = sum(of.num_rows for splits in contents.values() for of in splits.values())
    return next((name for most, name in _SIZES if rows < most), "n>1T")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _configs_table(contents: Contents) -> str:
    rows = []
    for config, splits in contents.items():
        size = config.image_size
        form = "PNG" if config.default_encoding == "png" else f"{config.dtype} array"
        name = f"`{config.name}`"
        if config == default_config(contents):
            name += " (default)"
        numbers = [f"{splits[split].num_rows:,}" for split in ("train", "test")]
        megabytes = sum(of.file_bytes for of in splits.values()) / 1e6
        rows.append(
            [name, *numbers, f"{size} x {size}, {form}", f"{megabytes:.1f} MB", config.description]
        )
    return _table(["config", "train", "test", "image", "download", "what"], rows)


def _statistics_table(contents: Contents) -> str:
    rows = []
    for config, splits in contents.items():
        for name, of in splits.items():
            classes = [f"{number:,}" for number in of.class_counts]
            rows.append([f"`{config.name}`", name, f"{of.mean:.6f}", f"{of.std:.6f}", *classes])
    return _table(["config", "split", "mean", "std", *CLASSES], rows)


def _parameters_table(configs: Iterable[Config]) -> str:
    own = Variant()
    rows = []
    for config in configs:
        if config.parameters:
            changed = [
                f"{name} = {value}"
                for name, value in config.parameters.items()
                if hasattr(own, name) and value != getattr(own, name)
            ]
            changed.append(f"seed = {config.parameters['seed']}")
            rows.append([f"`{config.name}`", ", ".join(changed)])
    return _table(["config", "parameters that differ from the original's"], rows) if rows else ""


def _checksums_table(contents: Contents) -> str:
    rows = [
        [f"`{config.name}`", name, f"`{of.checksums['images']}`"]
        for config, splits in contents.items()
        for name, of in splits.items()
    ]
    return _table(["config", "split", "SHA-256 of the pixels"], rows)
