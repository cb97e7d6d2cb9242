"""The scaling law: fits, when the target counts as reached, and when a prediction fails."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from click.testing import CliRunner

from slash_dataset.benchmark import scaling, scaling_models
from slash_dataset.benchmark.evaluation import flat_pixels
from slash_dataset.benchmark.scaling import Need, Run, find_law, fit_exponent, need_of, violations
from slash_dataset.benchmark.scaling_models import ARCHITECTURES, KernelNet, find_architecture
from slash_dataset.cli.group import cli
from slash_dataset.configs import resolve_config
from slash_dataset.splits import open_splits


def runs_of(model, medians, config="standard"):
    """Runs of three seeds around given medians, by size and rows."""
    return [
        Run(model, config, size, rows, (median - 0.01, median, median + 0.01))
        for size, by_rows in medians.items()
        for rows, median in by_rows.items()
    ]


def test_the_need_is_interpolated_in_log_rows_on_the_median():
    need = need_of(runs_of("knn-1", {12: {16: 0.6, 64: 0.8, 256: 1.0}}))
    assert need == Need(12, pytest.approx(128), True)


def test_what_never_reaches_90_percent_is_more_than_what_was_tried():
    assert need_of(runs_of("knn-1", {12: {16: 0.6, 64: 0.8}})) == Need(12, 64, False)


@pytest.mark.parametrize("slope", [0.0, 0.9, 2.0])
def test_an_exact_power_is_found(slope):
    sizes = (12, 16, 22, 30)
    needs = [Need(size, 3 * scaling.num_places(size) ** slope, True) for size in sizes]
    assert fit_exponent(needs)[0] == pytest.approx(slope, abs=1e-9)


def test_a_size_that_is_not_reached_bends_the_line_up_and_never_down():
    reached = [Need(12, 81, True), Need(16, 169, True)]
    above, below = Need(22, 3_000, False), Need(22, 100, False)
    assert fit_exponent([*reached, below])[0] == pytest.approx(1)
    assert fit_exponent([*reached, above])[0] > 1.5
    assert fit_exponent([reached[0], above])[0] == math.inf


def test_a_verdict_follows_from_the_interval():
    steep = {size: {10: 0.5, scaling.num_places(size) ** 2: 0.99} for size in (12, 16, 22)}
    flat = {size: {2: 0.99, 3: 0.99} for size in (12, 16, 22)}
    assert find_law("knn-1", runs_of("knn-1", steep)).verdict == "contradicts"
    assert find_law("custom-cnn", runs_of("custom-cnn", flat)).verdict == "as predicted"
    wide = [
        Run("knn-1", "standard", size, rows, shares)
        for size in (12, 16, 22)
        for rows, shares in ((50, (0.5, 0.5, 0.95)), (5_000, (0.99, 0.95, 0.99)))
    ]
    law = find_law("knn-1", wide)
    assert law.interval[0] < 0.8 < 1.0 < law.interval[1]
    assert law.verdict == "not decided"


def test_what_is_proven_is_held_against_the_runs():
    impossible = runs_of("knn-1", {12: {12: 0.99}})
    possible = runs_of("custom-cnn", {12: {12: 0.99}})
    changed = runs_of("knn-1", {12: {500: 0.95}}) + runs_of("knn-1", {12: {500: 0.9}}, "shuffled")
    assert "exceeds its bound" in violations(impossible)[0]
    assert violations(possible) == []
    assert "differs from standard" in violations(changed)[0]


def test_numbers_of_rows_grow_by_the_square_root_of_two():
    rows = [n for n, _ in zip(scaling.grid(2), range(12), strict=False)]
    assert rows == [2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64, 91]


def test_the_locally_connected_net_is_the_convolution_with_weights_of_its_own_everywhere():
    """With the same kernels at every position, it gives the same outputs."""
    config = resolve_config("standard", image_size=10, num_train=64)
    train = flat_pixels(open_splits(config)["train"])
    shared, local = (
        KernelNet(3, 8, shared=shared, standardised=True, rate=0.01, max_steps=50).fit(*train)
        for shared in (True, False)
    )
    assert (shared.num_parameters, local.num_parameters) == (80, 8 * 8 * 72 + 8)
    kernels, head = (np.asarray(weights) for weights in shared.model.get_weights())
    tiled = np.broadcast_to(kernels.reshape(9, 8), (8, 8, 9, 8))
    local.model.set_weights([tiled, head])
    images = shared.as_input(train[0])
    found = (np.asarray(net.model(images)) for net in (shared, local))
    np.testing.assert_allclose(*found, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["mlp-adam", "mlp-sgd", "locally-connected", "custom-cnn"])
def test_every_network_learns_small_images(name):
    frame = scaling.sweep(
        {name: ARCHITECTURES[name].model}, image_size=8, num_train=1_000, num_test=500, seeds=1
    )
    assert frame.test_accuracy[0] > 0.9


def test_probabilities_are_of_the_same_pixels_as_the_classes():
    pixels, labels = flat_pixels(open_splits(resolve_config("long", num_train=60))["train"])
    net = KernelNet(3, 8, shared=True, standardised=True, rate=0.03, max_steps=100)
    net.fit(pixels, labels)
    assert set(net.predict(pixels)) == {0, 1}
    assert np.array_equal(net.predict_proba(pixels)[:, 1] > 0.5, net.predict(pixels))


def test_the_command_goes_on_where_it_stopped_and_writes_what_it_found(tmp_path, monkeypatch):
    monkeypatch.setattr(scaling, "QUICK_SIZES", (8, 10))
    command = ["scaling", "--quick", "--models", "overlap,knn-1", "--seeds", "2"]
    command += ["--runs", str(tmp_path / "runs.jsonl"), "--out", str(tmp_path / "out"), "--force"]
    first = CliRunner().invoke(cli, command)
    assert first.exit_code == 0, first.output
    lines = (tmp_path / "runs.jsonl").read_text()
    again = CliRunner().invoke(cli, command)
    assert again.output == first.output
    assert (tmp_path / "runs.jsonl").read_text() == lines
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"results.json", "scaling.md", "scaling.png", "scaling-dark.png", "scaling.svg"}
    runs, environment = scaling.from_json((tmp_path / "out" / "results.json").read_text())
    assert {run.model for run in runs} == {"overlap", "knn-1"}
    assert environment["cores"] >= 1
    controls = [run for run in runs if run.config == "shuffled"]
    assert {run.image_size for run in controls} == {8, 10}


def test_only_what_is_proven_ends_the_command_with_status_1(monkeypatch, tmp_path):
    monkeypatch.setattr(scaling, "QUICK_SIZES", (8, 10))
    command = ["scaling", "--quick", "--models", "overlap", "--seeds", "2"]
    # That the overlap learner needs ever more rows is a prediction, and none that is proven.
    surprised = scaling_models.Architecture(
        **{**vars(ARCHITECTURES["overlap"]), "predicted": (5.0, 6.0)}
    )
    monkeypatch.setitem(ARCHITECTURES, "overlap", surprised)
    done = CliRunner().invoke(cli, command)
    assert done.exit_code == 0
    assert "contradicts" in done.output
    monkeypatch.setattr(scaling, "bound", lambda *args, **params: (0.4, 0.0))
    done = CliRunner().invoke(cli, command)
    assert done.exit_code == 1
    assert "proven but violated" in done.output


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="'knn-2' is unknown; did you mean 'knn-1'"):
        find_architecture("knn-2")
    with pytest.raises(ValueError, match=r"sizes=\[12\] is not allowed"):
        scaling.measure_scaling(["knn-1"], [12])
    with pytest.raises(ValueError, match="image_size=7 is out of range"):
        scaling.measure_scaling(["knn-1"], [7, 12])
    with pytest.raises(ValueError, match="seeds=1 is out of range"):
        scaling.measure_scaling(["knn-1"], [8, 12], seeds=1)


def test_results_read_back_as_they_were_written():
    runs = runs_of("knn-1", {12: {16: 0.5}})
    text = scaling.to_json(runs, {"cores": 2})
    assert scaling.from_json(text) == (runs, {"cores": 2})
    assert json.loads(text)["runs"][0]["num_train"] == 16
