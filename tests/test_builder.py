"""What `datasets` users get: configs, features, caches, streaming, errors."""

from __future__ import annotations

import hashlib
import pickle

import datasets
import numpy as np
import pytest
from datasets import load_dataset, load_dataset_builder

import slash_dataset
from slash_dataset.builder import Slash
from slash_dataset.checksums import checksum_of_batches, recorded_checksums
from slash_dataset.configs import CONFIGS, PARAMETERS


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return str(tmp_path_factory.mktemp("cache"))


def _decoded(split, size=500):
    """Decoded batches of a loaded split, whatever its encoding."""
    dtype, image = "uint8", split.features["image"]
    if isinstance(image, datasets.Array2D):
        dtype = image.dtype
        split = split.with_format("numpy", dtype=dtype)
    for start in range(0, len(split), size):
        rows = split[start : start + size]
        yield np.stack([np.asarray(i, dtype) for i in rows["image"]]), np.asarray(rows["label"])


@pytest.mark.parametrize("config", CONFIGS)
def test_every_config_loads_with_its_recorded_pixels_and_labels(config, cache):
    loaded = load_dataset("slash", config, cache_dir=cache)
    assert list(loaded) == ["train", "test"]
    for name, split in loaded.items():
        assert checksum_of_batches(_decoded(split)) == recorded_checksums(config)[name]


def test_the_default_config_is_the_original_with_its_features(cache):
    loaded = load_dataset("slash", cache_dir=cache)
    assert {name: len(split) for name, split in loaded.items()} == {"train": 750, "test": 250}
    assert loaded["train"].features == datasets.Features(
        {
            "image": datasets.Image(mode="L"),
            "label": datasets.ClassLabel(names=["backslash", "slash"]),
        }
    )
    example = loaded["train"][0]
    assert (example["image"].mode, example["image"].size) == ("L", (30, 30))


def test_the_exact_original_is_a_float64_array(cache):
    train = load_dataset("slash", "original-float64", split="train", cache_dir=cache)
    assert train.features["image"] == datasets.Array2D((30, 30), "float64")
    images = train.with_format("numpy", dtype=np.float64)[:]["image"]
    digest = hashlib.sha256(np.ascontiguousarray(images)).hexdigest()
    assert digest == "149e7aba7163a5e925f3f74c01e2f257c8bf788a205aec2a77a4a1c692cc00b2"


def test_a_slice_of_a_split_loads(cache):
    some = load_dataset("slash", split="train[:100]", cache_dir=cache)
    assert len(some) == 100
    both = load_dataset("slash", split="train+test", cache_dir=cache)
    assert len(both) == 1000


def test_two_processes_prepare_what_one_prepares(tmp_path):
    arguments = {"num_train": 1_001, "num_test": 130, "seed": 3, "image_size": 12}
    one = load_dataset("slash", "standard", cache_dir=str(tmp_path / "1"), **arguments)
    two = load_dataset("slash", "standard", cache_dir=str(tmp_path / "2"), num_proc=2, **arguments)
    for name, split in one.items():
        assert checksum_of_batches(_decoded(split)) == checksum_of_batches(_decoded(two[name]))
        assert len(split) == arguments[f"num_{name}"]


@pytest.mark.parametrize("rows", [1, 2, 63, 64, 65, 129])
def test_any_number_of_rows_keeps_its_order(tmp_path, rows):
    params = {"num_train": rows, "num_test": 1, "image_size": 8}
    train = load_dataset("slash", "standard", split="train", cache_dir=str(tmp_path), **params)
    images, labels = slash_dataset.draw("standard", stop=rows, image_size=8)
    assert (np.stack([np.asarray(i) for i in train["image"]]) == images).all()
    assert train["label"][:] == labels.tolist()


def test_the_array_encoding_holds_the_same_pixels(cache):
    params = {"num_train": 500, "num_test": 100, "cache_dir": cache}
    png = load_dataset("slash", "rotated", **params)
    array = load_dataset("slash", "rotated", encoding="array", **params)
    assert array["train"].features["image"] == datasets.Array2D((30, 30), "uint8")
    for name in png:
        assert checksum_of_batches(_decoded(png[name])) == checksum_of_batches(
            _decoded(array[name])
        )


def test_factors_are_columns_when_asked_for(cache):
    split = load_dataset(
        "slash", "rotated", split="test", num_train=10, num_test=200, factors=True, cache_dir=cache
    )
    _, _, factors = slash_dataset.draw("rotated", "test", stop=200, factors=True)
    for name, values in factors.items():
        assert split[name][:] == values.tolist()
    with_factors = load_dataset("slash", factors=True, split="train", cache_dir=cache)
    assert with_factors.column_names == ["image", "label", "row", "col", "angle"]


def test_streaming_gives_the_same_rows_and_writes_no_data(tmp_path):
    params = {"num_train": 300, "num_test": 50}
    stream = load_dataset(
        "slash", "long", split="train", streaming=True, cache_dir=str(tmp_path / "c"), **params
    )
    images, labels = slash_dataset.draw("long", stop=300)
    rows = list(stream)
    assert (np.stack([np.asarray(row["image"]) for row in rows]) == images).all()
    assert [row["label"] for row in rows] == labels.tolist()
    # `datasets` itself leaves an empty lock file.
    assert all(path.suffix == ".lock" for path in tmp_path.rglob("*") if path.is_file())


def test_a_torch_loader_with_four_workers_streams_every_row_once():
    from torch.utils.data import DataLoader

    stream = load_dataset(
        "slash",
        "standard",
        split="train",
        streaming=True,
        encoding="array",
        factors=True,
        num_train=1_000,
    ).with_format("torch")
    assert stream.num_shards >= 4
    found = [
        image.numpy().astype(np.uint8).tobytes()
        for batch in DataLoader(stream, batch_size=32, num_workers=4)
        for image in batch["image"]
    ]
    images, _ = slash_dataset.draw("standard", stop=1_000)
    assert sorted(found) == sorted(image.tobytes() for image in images)


def test_a_torch_loader_with_workers_reads_a_prepared_split(cache):
    from torch.utils.data import DataLoader

    train = load_dataset("slash", "original-float64", split="train", cache_dir=cache)
    loader = DataLoader(train.with_format("torch"), batch_size=50, num_workers=2)
    assert sum(len(batch["label"]) for batch in loader) == 750


def test_map_works_in_two_processes(cache):
    train = load_dataset("slash", split="train", cache_dir=cache)
    dark = train.map(lambda row: {"darkest": int(np.asarray(row["image"]).min())}, num_proc=2)
    assert max(dark["darkest"]) <= 64


def test_a_second_call_reads_the_cache(cache, monkeypatch):
    load_dataset("slash", "noisy", num_train=100, num_test=10, cache_dir=cache)
    monkeypatch.setattr(Slash, "_generate_tables", lambda *_: pytest.fail("drawn again"))
    load_dataset("slash", "noisy", num_train=100, num_test=10, cache_dir=cache)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"noise": 0.65}),
        ({}, {"stroke_length": 15, "num_train": 10_000, "encoding": "png", "factors": False}),
        ({"noise": 1}, {"noise": 1.0}),
        ({"seed": 5, "noise": 0.7}, {"noise": 0.7, "seed": np.int64(5)}),
        ({"seed": None}, {}),
    ],
)
def test_equal_parameters_share_a_cache_entry(one, other, tmp_path):
    folders = {Slash(str(tmp_path), config_name="long", **p).cache_dir for p in (one, other)}
    assert len(folders) == 1


def test_different_parameters_have_different_cache_entries(tmp_path):
    given = [{}, {"seed": 1}, {"noise": 0.7}, {"encoding": "array"}, {"factors": True}]
    folders = {Slash(str(tmp_path), config_name="long", **p).cache_dir for p in given}
    assert len(folders) == len(given)


@pytest.mark.parametrize("version", ["DATA_VERSION", "STORAGE_VERSION", "DRAW_VERSION"])
def test_the_cache_entry_follows_every_version(version, monkeypatch):
    from slash_dataset import builder, identity

    def key():
        return Slash(config_name="long").cache_dir

    before = key()
    module = identity if version == "DRAW_VERSION" else builder
    monkeypatch.setattr(module, version, 99)
    assert key() != before


def test_the_cache_entry_follows_a_configs_own_values(monkeypatch):
    """After a default changes, data prepared before is not used."""
    from slash_dataset import configs

    before = Slash(config_name="long").cache_dir
    changed = configs.CONFIGS["long"].with_parameters(noise=0.7)
    monkeypatch.setattr(configs, "CONFIGS", dict(configs.CONFIGS) | {"long": changed})
    assert Slash(config_name="long").cache_dir != before


# SHA-256 over the values of all columns of the first 300 rows of each split, as they are stored.
# Whoever changes one must raise STORAGE_VERSION (equal pixels in other bytes), or DRAW_VERSION and
# DATA_VERSION: else users go on with what their cache holds.
GOLDEN_COLUMNS = {
    ("original", "png"): "6718a49bbdfc86b9",
    ("original", "array"): "be90d4faad0484c1",
    ("original-float64", "array"): "651be896b8992d93",
    ("standard", "png"): "7c615643cc923518",
    ("standard", "array"): "80cdb3e21b139a67",
    ("long", "png"): "5fb056a0c7a4331b",
    ("long", "array"): "afd84c14a391fc94",
    ("noisy", "png"): "89a4f54bc4a0f257",
    ("noisy", "array"): "6ea7521056ede146",
    ("rotated", "png"): "8e4b39c2852dc85b",
    ("rotated", "array"): "3c35d8ae7fe2aa82",
    ("shuffled", "png"): "7233707cb07840e4",
    ("shuffled", "array"): "63dce07af7a72ecb",
    ("shifted", "png"): "f230372fefca71bd",
    ("shifted", "array"): "f0f9375cf9df794a",
}


@pytest.mark.parametrize(("config", "encoding"), GOLDEN_COLUMNS)
def test_prepared_columns_change_only_with_a_version(config, encoding, cache):
    rows = {"num_train": 300, "num_test": 300} if CONFIGS[config].parameters else {}
    loaded = load_dataset("slash", config, encoding=encoding, factors=True, cache_dir=cache, **rows)
    digest = hashlib.sha256()
    for split in loaded.values():
        for column in split.with_format("arrow")[:300].to_pydict().items():
            digest.update(repr(column).encode())
    assert digest.hexdigest()[:16] == GOLDEN_COLUMNS[config, encoding]


def test_the_info_names_author_licence_and_source():
    info = load_dataset_builder("slash").info
    assert info.license == "cc-by-4.0"
    assert info.homepage == "https://soph.info/slash-data"
    assert "@misc{searcy2019slash" in info.citation
    assert "Sophie Searcy" in info.description
    assert str(info.version) == slash_dataset.DATA_VERSION
    assert info.dataset_name == "slash"


def test_every_parameter_is_a_field_of_the_builder_config():
    for config in Slash.BUILDER_CONFIGS:
        assert all(hasattr(config, name) for name in PARAMETERS)
        assert config.version == slash_dataset.DATA_VERSION


def test_a_builder_survives_pickling(cache):
    builder = pickle.loads(pickle.dumps(Slash(cache, config_name="rotated", seed=8)))
    assert builder.info.features == Slash(cache, config_name="rotated").info.features
    assert builder.config.seed == 8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["orignal"], "'orignal' is unknown; did you mean 'original'"),
        (["standard", {"noise": 9}], "noise=9 is out of range: noise takes a number from 0 to 4"),
        (["standard", {"nose": 0.9}], "did you mean 'noise'"),
        (["standard", {"image_size": 8, "stroke_length": 9}], "stroke_length=9"),
        (["standard", {"num_train": 0}], "num_train=0"),
        (["original", {"noise": 0.9}], "noise=0.9 .* use config 'standard'"),
        (["original", {"num_train": 5}], "num_train=5 .* use config 'standard'"),
        (["original-float64", {"encoding": "png"}], "encoding='png' .* float64"),
        (["standard", {"encoding": "jpg"}], "encoding='jpg'"),
        (["standard", {"factors": "yes"}], "factors='yes'"),
        (["original", {"revision": "v1"}], "revision='v1' .* not from a repository"),
        (["original", {"data_files": "x.npz"}], "data_files='x.npz' .* reads no files"),
        (["original", {"data_dir": "x"}], "data_dir='x' .* reads no files"),
    ],
)
@pytest.mark.parametrize("streaming", [False, True])
def test_bad_input_is_refused_before_anything_is_written(arguments, message, streaming, tmp_path):
    name, params = arguments[0], dict(*arguments[1:])
    with pytest.raises(ValueError, match=message):
        load_dataset("slash", name, cache_dir=str(tmp_path), streaming=streaming, **params)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["", 5, np.array(["long", "noisy"])])
def test_a_config_has_a_name(name, tmp_path):
    with pytest.raises(ValueError, match="config .* is unknown; .*Configs: original"):
        slash_dataset.load(name, cache_dir=tmp_path)
    assert not list(tmp_path.iterdir())


def test_files_are_refused_by_the_builder_itself(tmp_path):
    with pytest.raises(ValueError, match="data_files="):
        Slash(str(tmp_path), data_files={"train": "x"})


def test_load_gives_what_load_dataset_gives(cache):
    by_name = load_dataset("slash", "long", num_train=64, num_test=9, seed=2, cache_dir=cache)
    params = {"num_train": 64, "num_test": 9, "seed": 2, "cache_dir": cache}
    loaded = slash_dataset.load("long", **params)
    for name, split in by_name.items():
        assert loaded[name].cache_files == split.cache_files
    assert len(slash_dataset.load("long", "train[:5]", **params)) == 5
    stream = slash_dataset.load("long", "test", streaming=True, **params)
    assert len(list(stream)) == 9
    with pytest.raises(ValueError, match="num_proc=2 is not allowed with streaming"):
        slash_dataset.load(streaming=True, num_proc=2)


@pytest.mark.parametrize(
    ("name", "params", "rows"),
    [
        ("original", {}, {"train": 750, "test": 250}),
        ("original-float64", {"factors": True}, {"train": 750, "test": 250}),
        ("long", {}, {"train": 10_000, "test": 2_000}),
        ("standard", {"num_train": 10**12}, {"train": 10**12, "test": 2_000}),
    ],
)
def test_numbers_of_rows_are_known_before_anything_is_drawn(name, params, rows, monkeypatch):
    monkeypatch.setattr(Slash, "_generate_tables", lambda *_: pytest.fail("drawn"))
    splits = load_dataset_builder("slash", name, **params).info.splits
    assert {name: split.num_examples for name, split in splits.items()} == rows
    stream = load_dataset("slash", name, split="test", streaming=True, **params)
    assert stream.info.splits["test"].num_examples == rows["test"]


@pytest.mark.parametrize("mode", ["no_checks", "basic_checks", "all_checks"])
@pytest.mark.parametrize("num_proc", [None, 2])
def test_prepared_rows_pass_every_check_of_datasets(mode, num_proc, tmp_path):
    loaded = load_dataset(
        "slash",
        "noisy",
        num_train=130,
        num_test=70,
        verification_mode=mode,
        num_proc=num_proc,
        cache_dir=str(tmp_path),
    )
    for name, rows in {"train": 130, "test": 70}.items():
        split = loaded[name].info.splits[name]
        assert (split.num_examples, len(loaded[name])) == (rows, rows)
        assert split.num_bytes > 0


def test_load_takes_what_load_dataset_takes(cache, monkeypatch):
    params = {"num_train": 70, "num_test": 9, "cache_dir": cache}
    assert slash_dataset.load("long", "test", **params).cache_files
    in_memory = slash_dataset.load("long", "test", keep_in_memory=True, **params)
    assert (in_memory.cache_files, len(in_memory)) == ([], 9)
    drawn = []
    draw = Slash._generate_tables
    monkeypatch.setattr(
        Slash, "_generate_tables", lambda *args, **kw: drawn.append(1) or draw(*args, **kw)
    )
    slash_dataset.load("long", download_mode="reuse_dataset_if_exists", **params)
    assert not drawn
    for mode in ("force_redownload", datasets.DownloadMode.FORCE_REDOWNLOAD):
        drawn.clear()
        loaded = slash_dataset.load("long", download_mode=mode, **params)
        assert drawn
    assert len(loaded["train"]) == 70
    mode = datasets.VerificationMode.ALL_CHECKS
    assert len(slash_dataset.load("long", verification_mode=mode, **params)["test"]) == 9


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"token": "hf_x"}, "token is not an argument of load.* nothing is fetched"),
        ({"revision": "v1"}, "revision is not an argument of load.* not from a repository"),
        ({"data_dir": "x"}, "data_dir is not an argument of load.* reads no files"),
        ({"trust_remote_code": True}, "trust_remote_code is not an argument of load"),
        ({"storage_options": {}}, "storage_options is not an argument of load"),
        ({"keep_in_memory": "yes"}, "keep_in_memory='yes'"),
        ({"download_mode": "again"}, r"download_mode='again' .*'force_redownload'"),
        ({"verification_mode": "some"}, "verification_mode='some' .*'no_checks'"),
        ({"streaming": True, "keep_in_memory": True}, "keep_in_memory=True .*streaming"),
        ({"streaming": True, "download_mode": "force_redownload"}, "download_mode=.*streaming"),
        ({"streaming": True, "verification_mode": "no_checks"}, "verification_mode=.*streaming"),
        ({"nois": 1}, "did you mean 'noise'"),
    ],
)
def test_load_names_what_it_does_not_take(arguments, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        slash_dataset.load(cache_dir=tmp_path, **arguments)
    assert not list(tmp_path.iterdir())


IMAGE, LABEL = datasets.Image(mode="L"), datasets.ClassLabel(names=["backslash", "slash"])


@pytest.mark.parametrize(
    ("name", "params", "features"),
    [
        ("original", {}, {"image": datasets.Array2D((30, 30), "uint8"), "label": LABEL}),
        ("original", {}, {"image": IMAGE, "label": datasets.Value("int8")}),
        ("original", {}, {"image": IMAGE, "label": datasets.ClassLabel(names=["a", "b"])}),
        ("original", {}, {"image": IMAGE}),
        ("original", {"factors": True}, {"image": IMAGE, "label": LABEL}),
        ("original", {}, {"image": IMAGE, "label": LABEL, "row": datasets.Value("int64")}),
        (
            "standard",
            {"encoding": "array"},
            {"image": datasets.Array2D((30, 30), "float32"), "label": LABEL},
        ),
        ("original-float64", {}, {"image": datasets.Array2D((30, 30), "float32"), "label": LABEL}),
    ],
)
@pytest.mark.parametrize("streaming", [False, True])
def test_features_of_another_kind_are_a_clear_error(name, params, features, streaming, tmp_path):
    arguments = {"features": datasets.Features(features), "cache_dir": str(tmp_path), **params}
    with pytest.raises(ValueError, match=r"features\['\w+'\]=.* is not allowed.*cast"):
        load_dataset("slash", name, streaming=streaming, **arguments)
    assert not list(tmp_path.iterdir())


def test_features_that_are_the_datasets_own_are_taken(cache):
    own = load_dataset_builder("slash", "original", factors=True).info.features
    turned = datasets.Features(dict(reversed(own.items())))
    for features in (own, turned):
        loaded = load_dataset("slash", factors=True, features=features, cache_dir=cache)
        assert list(loaded["test"].features) == ["image", "label", "row", "col", "angle"]
        assert loaded["test"][:3]["label"] == [0, 1, 0]
