"""The release folder: everything that goes to the Hub, built in a stage and renamed.

The same inputs give the same bytes, for any number of processes. The folder loads directly with
``load_dataset(DEST)``. It never holds a script.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..about import DATA_VERSION, HOMEPAGE
from ..checks import MAX_SHARD_BYTES, PROCESSES, check_bool, check_kind, check_path, shown
from ..checksums import Checksums, checksum_of_split, recorded_checksums
from ..configs import CONFIGS, SPLIT_NAMES, Config, find_config
from ..destinations import new_folder
from ..export import _parquet
from ..export._writing import check_room
from ..extras import require
from ..splits import open_splits
from ..workers import Workers
from .card import benchmark_section, render_card
from .checks import DataVersion, check_repo_id
from .croissant import write_croissant
from .figures import FOLDER, draw_montage, draw_statistics
from .hub import hub_url
from .manifest import (
    Contents,
    Manifest,
    SplitContents,
    manifest_of,
    read_shards,
    shard_paths,
    write_checksums,
)
from .texts import GITATTRIBUTES, LICENSE, Entry, Sources, citation_cff, entries_up_to

Progress = Callable[[float, str], object]
"""Called with the share of the work done since the last call, and what comes next."""

# The share of the build time spent on shards; the rest is figures and metadata.
_SHARE_OF_SHARDS = 0.8


def build_folder(
    dest: str | os.PathLike[str],
    *,
    configs: Sequence[str | Config] | None = None,
    version: str = DATA_VERSION,
    repo_id: str | None = None,
    num_proc: int = 1,
    force: bool = False,
    progress: Progress | None = None,
    sources: Sources | None = None,
) -> Manifest:
    """Build the release folder.

    Parameters
    ----------
    dest : path-like
        The folder to make, outside the source checkout.
    configs : sequence of str or Config, optional
        Names, or configs already resolved with their own parameters; by default, all named configs.
    version : str
        Of the data, X.Y.Z; the changelog must have an entry for it.
    repo_id : str, optional
        The folder's future place on the Hub, NAMESPACE/NAME: the card shows how to load it from
        there. If left out, the card shows how to load the folder.
    num_proc : int
        Processes that write and read back shards, 1 to 1024. The bytes are the same for any number.
    force : bool
        Replace `dest` if it is a folder that is not empty.
    progress : callable, optional
        Called with the share of the work done since the last call, and what comes next.
    sources : Sources, optional
        Card template, changelog and benchmark results; by default, those of this package.

    Returns
    -------
    dict of str to FileDigest
        Every file of the folder.

    Raises
    ------
    ValueError
        If an argument is not allowed, the changelog has no entry for the version, or the written
        files do not decode to the recorded pixels.
    FileExistsError
        If `dest` is not empty and `force` is false.
    FileNotFoundError
        If the card template, the changelog or the benchmark results are missing.
    ImportError
        If a library of the extra ``release`` is not installed.
    OSError
        If `dest` cannot be written, or if the disk is full or too small for the shards; then
        nothing is left there.
    """
    check_path("dest", dest)
    check_bool("force", force)
    check_kind("progress", progress, "a function", progress is None or callable(progress))
    check_kind("sources", sources, "Sources", sources is None or isinstance(sources, Sources))
    number = DataVersion.parse(version)
    chosen = _checked_configs(configs)
    num_proc = PROCESSES.check("num_proc", num_proc)
    if repo_id is not None:
        check_repo_id(repo_id)
    sources = sources or Sources.find()
    _check_outside(dest, sources.root)
    entries = entries_up_to(sources.changelog, number)
    for module in ("jinja2", "matplotlib", "mlcroissant"):
        require(module, "release")
    report = progress or (lambda share, what: None)
    with new_folder(dest, force=force) as folder:
        check_room(folder, [(_parquet, config, _as_on_the_hub(config)) for config in chosen])
        contents = _write_all_shards(chosen, folder, num_proc, report)
        (folder / ".gitattributes").write_bytes(GITATTRIBUTES.encode())
        (folder / "LICENSE").write_bytes(LICENSE.encode())
        _write_descriptions(folder, contents, entries, repo_id, sources)
        report(1 - _SHARE_OF_SHARDS, "built")
        return manifest_of(folder)


def _as_on_the_hub(config: Config) -> dict[str, Any]:
    return {"encoding": config.default_encoding, "max_shard_bytes": MAX_SHARD_BYTES}


def _write_descriptions(
    folder: Path,
    contents: Contents,
    entries: Sequence[Entry],
    repo_id: str | None,
    sources: Sources,
) -> None:
    """Write everything except the data: all of it is made from the data and the sources."""
    url = HOMEPAGE if repo_id is None else hub_url(repo_id)
    citation = citation_cff(entries[0], None if repo_id is None else url)
    (folder / "CITATION.cff").write_bytes(citation.encode())
    (folder / FOLDER).mkdir()
    shown = draw_montage(list(contents), folder / FOLDER)
    draw_statistics(contents, folder / FOLDER)
    manifest = manifest_of(folder)
    write_croissant(folder, contents, manifest, entries[0], url)
    card = render_card(
        sources.card,
        contents,
        entries,
        first_file=shard_paths(manifest, next(iter(contents)).name, SPLIT_NAMES[0])[0],
        benchmark=benchmark_section(sources.results),
        shown=shown,
        repo_id=repo_id,
    )
    (folder / "README.md").write_bytes(card.encode())
    write_checksums(folder, entries[0].version, contents, repo_id)


def _write_all_shards(
    configs: Sequence[Config], folder: Path, num_proc: int, report: Progress
) -> Contents:
    """Write every split of every config, read it back, and compare it with its checksums."""
    jobs = [_SplitJob(config, split, folder) for config in configs for split in SPLIT_NAMES]
    rows = sum(job.config.num_rows[job.split] for job in jobs)
    found: dict[_SplitJob, SplitContents] = {}
    for job, (contents, expected), _ in Workers(num_proc).map(_write_split, jobs):
        if contents.checksums != expected:
            raise ValueError(
                f"{job} was written but does not decode to the recorded pixels: "
                f"{contents.checksums}, but should be {expected}"
            )
        found[job] = contents
        report(_SHARE_OF_SHARDS * contents.num_rows / rows, f"building {job.config.name}")
    return {
        config: {job.split: found[job] for job in jobs if job.config == config}
        for config in configs
    }


@dataclass(frozen=True)
class _SplitJob:
    """A split to write below a folder and read back."""

    config: Config
    split: str
    folder: Path

    def __str__(self) -> str:
        return f"{self.config.name}/{self.split}"


def _write_split(job: _SplitJob) -> tuple[SplitContents, Checksums]:
    """Write a split; return what is in its files and what should be."""
    split = open_splits(job.config)[job.split]
    contents = read_shards(_parquet.write_split(split, job.folder / job.config.name))
    if CONFIGS.get(job.config.name) == job.config:
        return contents, recorded_checksums(job.config.name)[job.split]
    return contents, checksum_of_split(split)


def _checked_configs(configs: Sequence[str | Config] | None) -> list[Config]:
    """Resolve names, drop duplicates, and put the configs in their usual order."""
    if configs is None:
        return list(CONFIGS.values())
    if not isinstance(configs, Sequence) or isinstance(configs, str) or not configs:
        raise ValueError(f"configs={shown(configs)} is not allowed: configs takes a list of names")
    chosen: dict[str, Config] = {}
    for given in configs:
        config = find_config(given) if isinstance(given, str) else given
        check_kind("configs", given, "names", isinstance(config, Config))
        if chosen.setdefault(config.name, config) != config:
            raise ValueError(f"configs has {config.name!r} twice, with different parameters")
    return [chosen[name] for name in CONFIGS if name in chosen]


def _check_outside(dest: str | os.PathLike[str], root: Path | None) -> None:
    target = Path(os.path.realpath(os.path.expanduser(dest)))
    if root is not None and root.resolve() in (target, *target.parents):
        raise ValueError(
            f"dest={str(dest)!r} is not allowed: it is inside the source checkout {root}; give a "
            "folder outside"
        )
    if target.name == "slash_dataset":
        raise ValueError(
            f"dest={str(dest)!r} is not allowed: a dataset's folder must not have the package's "
            "name, because `datasets` looks there for a script of that name"
        )
