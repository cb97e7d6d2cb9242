"""The card: valid, complete, and without a figure that was typed by hand."""

from __future__ import annotations

import os
import re

import datasets
import huggingface_hub
import numpy as np
import pytest
import yaml
from datasets.utils.metadata import MetadataConfigs

from slash_dataset import open_config
from slash_dataset.about import DATA_VERSION
from slash_dataset.configs import CONFIGS
from slash_dataset.release import build_folder
from slash_dataset.release.manifest import manifest_of
from tests.release.card_rules import check_card
from tests.release.conftest import CHANGELOG, REPO


@pytest.fixture(scope="module")
def text(every_config):
    return (every_config / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def paths(every_config):
    return manifest_of(every_config).keys()


def test_its_metadata_names_every_config_with_its_version_and_one_default(text):
    data = huggingface_hub.DatasetCard(text).data
    configs = MetadataConfigs.from_dataset_card_data(data)
    assert list(configs) == list(CONFIGS)
    assert configs.get_default_config_name() == "original"
    assert {config["version"] for config in configs.values()} == {DATA_VERSION}
    assert [info["version"] for info in data["dataset_info"]] == [DATA_VERSION] * len(CONFIGS)
    infos = datasets.info.DatasetInfosDict.from_dataset_card_data(data)
    assert list(infos) == list(CONFIGS)
    assert data.license == "cc-by-4.0"
    assert data.size_categories == ["1K<n<10K"]
    assert data.task_ids == ["multi-class-image-classification"]
    assert data.language is None


def test_it_survives_huggingface_hub_as_it_is(text, tmp_path):
    card = huggingface_hub.DatasetCard(text)
    card.save(tmp_path / "README.md")
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == text


def test_it_has_every_section_and_picture(text, every_config):
    sections = re.findall(r"^## (.+)$", text, flags=re.M)
    assert sections == [
        "Configs",
        "Loading",
        "How it was made",
        "Which models can learn it",
        "Statistics",
        "Known limits",
        "Checking a copy",
        "Changelog",
        "Citation",
        "Licence and attribution",
    ]
    pictures = re.findall(r'src(?:set)?="(.+)">', text)
    assert len(pictures) == 4
    for picture in pictures:
        assert (every_config / picture).read_bytes().startswith(b"\x89PNG")
    assert "| Random Forest" in text
    assert "What 1.0.0 brought." in text
    assert "What 1.1.0 brought." in CHANGELOG
    assert "What 1.1.0 brought." not in text


def test_it_begins_with_how_to_load_it_and_the_pictures_and_folds_long_tables(text):
    body = text.split("---\n", 2)[2]
    first = body.partition("## Configs")[0]
    assert first.index("load_dataset(") < first.index("montage.png") < first.index("statistics.png")
    fold = r"<details>\n<summary>[^<]+</summary>\n\n(\|.+?)\n\n</details>"
    folded = re.findall(fold, body, flags=re.S)
    assert len(folded) == 3
    for name, config in CONFIGS.items():
        assert f"`{name}`" in folded[1]
        assert (f"`{name}`" in folded[0]) == bool(config.parameters)
    rest = re.sub(r"<details>.+?</details>", "", body, flags=re.S)
    assert not re.search(r"[0-9a-f]{64}", rest)


def test_its_statistics_are_those_of_the_pixels(text):
    for config, scale in (("original", 255), ("original-float64", 1)):
        for split, rows in open_config(config).items():
            x, y, _ = rows.read(range(len(rows)))
            counts = np.bincount(y)
            row = f"| `{config}` | {split} | {x.mean() / scale:.6f} | {x.std() / scale:.6f} "
            assert f"{row}| {counts[0]} | {counts[1]} |" in text


def test_the_template_has_no_figure_of_its_own(sources):
    template = sources.card.read_text(encoding="utf-8").partition("# Slash")[2]
    aside = r"```.*?```|\{\{.*?\}\}|\{%.*?%\}|https?://[^\s)]+|`[^`]+`"
    prose = re.sub(aside, "", template, flags=re.S)
    found = set(re.findall(r"\d[\d.,]*\d|\d", prose))
    # Labels, bounds of a pixel, its bits, the year, and the numbers of SHA and CC BY.
    assert found <= {"0", "1", "8", "256", "2019", "4.0"}


BLOCKS = 8


@pytest.mark.parametrize("number", range(BLOCKS))
def test_its_examples_run(text, every_config, tmp_path, monkeypatch, capsys, number):
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.S)
    assert len(blocks) == BLOCKS
    needed = re.findall(r"^(?:import|from) (\w+)", blocks[number], flags=re.M)
    needed += [
        m for m, mark in (("jax", '"jax"'), ("tensorflow", "_tf_")) if mark in blocks[number]
    ]
    for module in needed:
        pytest.importorskip(module)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    exec(blocks[number].replace("DEST", str(every_config)), {})
    assert capsys.readouterr().out.strip()


def test_for_the_hub_it_names_the_repository_and_the_tag(tmp_path, sources):
    build_folder(tmp_path / "slash", configs=["original"], repo_id=REPO, sources=sources)
    text = (tmp_path / "slash" / "README.md").read_text(encoding="utf-8")
    assert f'load_dataset("{REPO}")' in text
    assert f'revision="v{DATA_VERSION}"' in text
    assert f"hf://datasets/{REPO}@v{DATA_VERSION}/original/train-00000-of-00001.parquet" in text
    assert "DEST" not in text
    for name in ("noisy", "shuffled", "rotated"):
        assert f"`{name}`" not in text.partition("## What models")[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.pop("license"), "license is missing"),
        (lambda d: d.update(license="mit"), "license is 'mit', not 'cc-by-4.0'"),
        (lambda d: d.update(licence="cc-by-4.0"), "licence is not a field"),
        (lambda d: d.update(size_categories=["74K"]), r"size_categories has \['74K'\]"),
        (lambda d: d.update(tags="toy"), "tags is not a list of strings"),
        (lambda d: d.update(pretty_name=7), "pretty_name is not a string"),
        (lambda d: d["configs"][3].update(default=True), "not exactly one config is the default"),
        (lambda d: d["configs"][0].pop("default"), "not exactly one config is the default"),
        (lambda d: d["configs"].append(d["configs"][1]), "configs has a name twice"),
        (lambda d: d["dataset_info"].pop(), "do not name the same configs"),
        (lambda d: d["dataset_info"][0].update(version="9.9.9"), "original has two versions"),
        (lambda d: d["dataset_info"][0]["splits"].pop(), "original has other splits"),
        (
            lambda d: d["configs"][0]["data_files"][0].update(path="original/valid-*"),
            "no file is original/valid-",
        ),
    ],
)
def test_metadata_that_the_hub_refuses_or_that_is_not_true_is_found(text, paths, change, message):
    check_card(text, paths)
    _, front, body = text.split("---\n", 2)
    data = yaml.safe_load(front)
    change(data)
    with pytest.raises(ValueError, match=message):
        check_card(f"---\n{yaml.safe_dump(data, sort_keys=False)}---\n{body}", paths)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("---\n", "", "does not begin with metadata"),
        ("---\n", "---\n- ]\n", "metadata that is not YAML"),
        ("figures/montage.png", "montage.png", "the picture montage.png is not there"),
        ("figures/montage-dark.png", "dark.png", "the picture dark.png is not there"),
        ("## Statistics", "## {{ title }}", r"\{\{ is left in the text"),
    ],
)
def test_text_that_is_broken_is_found(text, paths, old, new, message):
    with pytest.raises(ValueError, match=message):
        check_card(text.replace(old, new, 1), paths)


def test_the_citation_file_has_version_date_and_author(every_config):
    citation = yaml.safe_load((every_config / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == DATA_VERSION
    assert citation["date-released"].isoformat() == "2026-01-02"
    assert citation["authors"] == [{"family-names": "Searcy", "given-names": "Sophie"}]
    assert citation["license"] == "CC-BY-4.0"


def test_the_licence_file_attributes_as_the_projects_own_does(every_config, sources):
    notice = (sources.root / "LICENSE-DATA").read_text(encoding="utf-8")
    text = (every_config / "LICENSE").read_text(encoding="utf-8")
    attribution = re.search(r"Attribution: .*?soph\.info/slash-data\n", notice, flags=re.S)
    assert attribution[0] in text
    assert "https://creativecommons.org/licenses/by/4.0/legalcode" in text
    assert os.linesep == "\n" or "\r" not in text
