"""The release folder: complete, loadable as it is, and the same bytes every time."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import datasets
import numpy as np
import pyarrow.parquet as pq
import pytest

import slash_dataset
from slash_dataset.about import DATA_VERSION
from slash_dataset.checksums import checksum_of_batches, checksum_of_split, recorded_checksums
from slash_dataset.configs import CONFIGS, resolve_config
from slash_dataset.release import build_folder
from slash_dataset.release.checks import DataVersion
from slash_dataset.release.manifest import manifest_of, open_built
from slash_dataset.release.texts import Sources, entries_up_to
from slash_dataset.splits import open_splits
from slash_dataset.tables import features_of
from tests.release.conftest import small_configs

TEXTS = {".gitattributes", "CITATION.cff", "LICENSE", "README.md", "checksums.json"}
TEXTS |= {"croissant.json"} | {
    f"figures/{name}{ending}.png" for name in ("montage", "statistics") for ending in ("", "-dark")
}


def test_it_holds_these_files_and_no_others(every_config):
    shards = {
        f"{name}/{split}-00000-of-00001.parquet" for name in CONFIGS for split in ("train", "test")
    }
    assert manifest_of(every_config).keys() == TEXTS | shards


def test_the_same_inputs_give_the_same_bytes_for_any_number_of_processes(
    every_config, tmp_path, sources
):
    again = tmp_path / "elsewhere" / "again"
    build_folder(again, configs=small_configs()[::-1], num_proc=2, sources=sources)
    assert manifest_of(again) == manifest_of(every_config)


def test_the_whole_release_holds_the_recorded_pixels(tmp_path, sources):
    build_folder(tmp_path / "slash", num_proc=2, sources=sources)
    said = json.loads((tmp_path / "slash" / "checksums.json").read_text(encoding="utf-8"))
    assert {n: c["splits"] for n, c in said["configs"].items()} == {
        name: recorded_checksums(name) for name in CONFIGS
    }
    assert said["version"] == DATA_VERSION
    open_built(tmp_path / "slash")


def test_checksums_are_those_of_the_files_and_of_fresh_draws(every_config):
    said = json.loads((every_config / "checksums.json").read_text(encoding="utf-8"))
    files = {
        path: {"size": file.size, "sha256": file.sha256}
        for path, file in manifest_of(every_config).items()
    }
    del files["checksums.json"]
    assert said["files"] == files
    for name, config in said["configs"].items():
        drawn = open_splits(resolve_config(name, **config["parameters"]))
        assert config["splits"] == {n: checksum_of_split(s) for n, s in drawn.items()}


@pytest.mark.parametrize("name", [None, *CONFIGS])
def test_load_dataset_reads_it_as_it_is(every_config, tmp_path, name):
    (config,) = (c for c in small_configs() if c.name == (name or "original"))
    loaded = datasets.load_dataset(str(every_config), name, cache_dir=str(tmp_path))
    assert list(loaded) == ["train", "test"]
    for split, rows in loaded.items():
        assert rows.features == features_of(config, config.default_encoding)
        assert str(rows.info.version) == DATA_VERSION
        assert rows.info.config_name == config.name
        images = np.stack([np.asarray(image, config.dtype) for image in rows["image"]])
        found = checksum_of_batches([(images, np.array(rows["label"]))])
        assert found == checksum_of_split(open_splits(config)[split])


def test_the_card_has_the_sizes_that_datasets_measures(every_config, tmp_path):
    for name in ("original", "original-float64", "long"):
        said = datasets.load_dataset_builder(str(every_config), name, cache_dir=str(tmp_path)).info
        claimed = {n: (s.num_bytes, s.num_examples) for n, s in said.splits.items()}
        loaded = datasets.load_dataset(
            str(every_config),
            name,
            cache_dir=str(tmp_path / "anew"),
            verification_mode="no_checks",
        )
        measured = {
            n: (s.num_bytes, s.num_examples) for n, s in loaded["train"].info.splits.items()
        }
        assert claimed == measured
        assert said.dataset_size == sum(size for size, _ in claimed.values())
        shards = (every_config / name).iterdir()
        assert said.download_size == sum(shard.stat().st_size for shard in shards)


def test_shards_are_zstd_with_row_groups_that_a_viewer_can_read(every_config):
    for path in every_config.glob("*/*.parquet"):
        metadata = pq.read_metadata(path)
        for number in range(metadata.num_row_groups):
            group = metadata.row_group(number)
            assert group.num_rows <= 1_000
            assert {group.column(i).compression for i in range(group.num_columns)} == {"ZSTD"}


BUILD = """
import sys
from pathlib import Path
from slash_dataset.configs import resolve_config
from slash_dataset.release import build_folder
from slash_dataset.release.texts import Sources
print("ready", flush=True)
configs = [resolve_config(n, num_train=2000, num_test=1000) for n in ("long", "noisy", "rotated")]
build_folder(sys.argv[1], configs=configs, sources=Sources(*map(Path, sys.argv[2:])))
"""


@pytest.mark.parametrize("seed", range(3))
def test_a_build_that_is_killed_leaves_nothing_half_built_under_its_name(tmp_path, sources, seed):
    dest = tmp_path / "slash"
    paths = (sources.card, sources.changelog, sources.results, sources.root)
    command = [sys.executable, "-c", BUILD, dest, *paths]
    root = Path(slash_dataset.__file__).parents[1]
    process = subprocess.Popen(map(str, command), cwd=root, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    time.sleep(random.Random(seed).uniform(0, 3))
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    if dest.exists():  # it was already done
        open_built(dest)
    assert {path.name for path in tmp_path.iterdir() if not path.name.startswith(".")} <= {"slash"}


def test_the_projects_own_checkout_has_all_that_a_release_needs():
    sources = Sources.find()
    assert entries_up_to(sources.changelog, DataVersion.parse(DATA_VERSION))


def test_a_package_without_its_card_and_changelog_says_so(tmp_path, monkeypatch):
    inner = tmp_path / "site-packages" / "slash_dataset" / "release" / "texts.py"
    monkeypatch.setattr("slash_dataset.release.texts.__file__", str(inner))
    with pytest.raises(FileNotFoundError, match="a release is built from a wheel"):
        build_folder(tmp_path / "slash")
