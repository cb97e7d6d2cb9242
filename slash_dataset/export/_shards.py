"""Exports of independent shards: made by any workers, in any order, over several runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..checksums import RunningChecksum
from ..configs import Config
from ..foreign import is_of
from ..shards import Shard
from ..splits import open_splits
from ..workers import JobError, Workers
from . import _writing
from ._manifest import (
    MANIFEST,
    Check,
    Record,
    StoredShard,
    Whole,
    difference_of_bytes,
    libraries_of,
    read_json,
    rows_of,
)
from ._places import JOB, PARTIAL, File, Place, open_place
from ._readme import README, readme_of
from ._writing import Rows
from .layout import PathLike, find_layout, progress_bar


@dataclass(frozen=True)
class _ShardJob:
    """A shard to make: everything that determines its bytes, and where it goes.

    Attributes
    ----------
    layout : str
        A layout with independent shards.
    config : Config
    split : str
        "train" or "test".
    shard : Shard
    options : mapping
        Every option of the layout.
    libraries : mapping of str to str
        The versions that all workers must have.
    dest : str
        What reopens the place.
    """

    layout: str
    config: Config
    split: str
    shard: Shard
    options: Mapping[str, Any]
    libraries: Mapping[str, str]
    dest: str

    def __str__(self) -> str:
        return f"{self.split} {self.shard}"


def _make(job: _ShardJob) -> Record:
    """Write a shard and its record to the place."""
    layout = find_layout(job.layout)
    found = libraries_of(layout)
    if found != job.libraries:
        raise RuntimeError(f"this worker has {found}, but {dict(job.libraries)} is needed")
    place = open_place(job.dest)
    seen = RunningChecksum()
    split = open_splits(job.config)[job.split]
    rows = Rows(split, job.shard.rows, lambda batch: seen.update(batch.images, batch.labels))
    with place.building() as path:
        layout.writer().write_shard(path, rows, **job.options)
        sums = seen.result()
        about = {"rows": rows_of(job.shard), "images": sums["images"], "labels": sums["labels"]}
        return place.keep(job.shard.name, path, about)


def write_export(
    whole: Whole, dest: PathLike, place: Place, workers: Workers, check: bool, progress: bool
) -> None:
    """Make the missing and damaged parts of an export, then declare it complete.

    Parameters
    ----------
    whole : Whole
    dest : path-like
        The place as the user gave it.
    place : Place
    workers : Workers
    check : bool
        Read all existing files, even if size and stored checksum are right.
    progress : bool
        Show a progress bar on standard error.

    Raises
    ------
    FileExistsError
        If something else is there, or files that this export did not write.
    BlockingIOError
        If another run is writing to a folder.
    JobError
        If a shard cannot be made; finished shards are kept.
    """
    with place.working():
        found = place.files()
        if place.disk is not None:
            export = (whole.layout.writer(), whole.config, whole.options)
            there = sum(file.size for file in found.values())
            _writing.check_room(place.disk, [export], there)
        jobs = {
            shard.name: _ShardJob(
                layout=whole.layout.name,
                config=whole.config,
                split=split,
                shard=shard,
                options=whole.options,
                libraries=whole.header["libraries"],
                dest=place.dest,
            )
            for split, plan in whole.plans.items()
            for shard in plan
        }
        texts = whole.texts()
        ours = {name for name in found if not name.startswith(PARTIAL)}
        records = _records(whole, dest, place, found)
        for name in sorted(ours - {*jobs, *texts, README, MANIFEST}):
            raise FileExistsError(
                f"dest={str(dest)!r} has {name!r}, which is not part of this export; move it away, "
                "or give force=True to replace all"
            )
        done = _right_ones(jobs, records, place, found, workers, check)
        todo = [job for name, job in jobs.items() if name not in done]
        rows = sum(len(jobs[name].shard.rows) for name in done)
        with progress_bar(whole.layout, whole.config, progress, rows) as bar:
            try:
                for job, record, running in workers.map(_make, todo):
                    done[job.shard.name] = record
                    bar.set_postfix_str(_counts(len(done), running, 0), refresh=False)
                    bar.update(len(job.shard.rows))
            except JobError:
                bar.set_postfix_str(_counts(len(done), 0, 1))
                raise
        texts[README] = _readme(whole, done).encode()
        texts[MANIFEST] = whole.manifest(done, texts)
        for name, data in texts.items():
            if name not in ours or place.read_all([name])[name] != data:
                place.write(place.waiting + name, data)
        place.publish([*jobs, *texts], ours)
        place.clear()


def _readme(whole: Whole, done: Mapping[str, Record]) -> str:
    of_splits = {name: [done[s.name] for s in plan] for name, plan in whole.plans.items()}
    in_one_piece = {name: dict(found[0]) for name, found in of_splits.items() if len(found) == 1}
    sizes = {name: [record["bytes"] for record in found] for name, found in of_splits.items()}
    return readme_of(whole.layout, whole.config, in_one_piece, sizes)


def _counts(done: int, running: int, failed: int) -> str:
    return f"shards: {done} done, {running} running, {failed} failed"


def _records(
    whole: Whole, dest: PathLike, place: Place, found: Mapping[str, File]
) -> dict[str, Record]:
    """The records of existing files, if they are part of this export."""
    headers = {name: read_json(place, name) for name in (MANIFEST, JOB) if name in found}
    if not headers:
        if any(not name.startswith(PARTIAL) for name in found):
            raise FileExistsError(
                f"dest={str(dest)!r} exists and is not empty; give a new folder, or force=True to "
                "replace it"
            )
        try:
            place.write(JOB, json.dumps(whole.header).encode(), exclusive=True)
        except FileExistsError:  # another run has just begun
            headers[JOB] = read_json(place, JOB)
    for header in headers.values():
        difference = whole.difference(header)
        if difference is not None:
            raise FileExistsError(
                f"dest={str(dest)!r} holds another export, {header['identity']}: {difference}; "
                "give a new folder, or force=True to replace it"
            )
    splits = headers.get(MANIFEST, {}).get("shards", {}).values()
    listed = {name: record for shards in splits for name, record in shards.items()}
    written = place.records(found).items()
    return listed | {name: record for name, record in written if is_of(record, StoredShard)}


def _right_ones(
    jobs: Mapping[str, _ShardJob],
    records: Mapping[str, Record],
    place: Place,
    found: Mapping[str, File],
    workers: Workers,
    check: bool,
) -> dict[str, Record]:
    """The records of the shards that exist and are intact."""
    waiting = {name for name in jobs if place.waiting + name in found}
    recorded = [
        Check(place.dest, place.waiting + name if name in waiting else name, name, records[name])
        for name, job in jobs.items()
        if name in records and records[name]["rows"] == rows_of(job.shard)
    ]
    existing = [each for each in recorded if each.difference_of_size(found) is None]
    right = {
        each.name: each.record
        for each in existing
        if not check
        and found[each.file].md5 is not None
        and found[each.file].md5 == each.record.get("md5")
    }
    unsure = [each for each in existing if each.name not in right]
    for each, difference, _ in workers.map(difference_of_bytes, unsure):
        if difference is None:
            right[each.name] = each.record
    return right
