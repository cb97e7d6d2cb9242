"""A sweep loses no finished run, confuses none with another, and skips none."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.dummy import DummyClassifier
from sklearn.neighbors import KNeighborsClassifier

from slash_dataset.benchmark import MODELS, evaluate, read_results, summarize, sweep
from slash_dataset.cli.group import cli

FEW = {"num_train": 20, "num_test": 10}


class Counted:
    """Counts its trainings in a file, because a counter inside would change the model."""

    def fit(self, X, y):
        with open(os.environ["COUNTED"], "a") as file:
            file.write(".")

    def predict(self, X):
        return (X.mean(axis=1) > X.mean()).astype(int)


def fits():
    return Path(os.environ["COUNTED"]).stat().st_size


@pytest.fixture(autouse=True)
def nothing_trained(tmp_path, monkeypatch):
    monkeypatch.setenv("COUNTED", str(tmp_path / "counted"))
    (tmp_path / "counted").touch()


def lines(path):
    """What a file holds but for the times, which differ."""
    found = [json.loads(line) for line in path.read_text().splitlines()]
    return sorted(json.dumps(line | {"seconds": None}, sort_keys=True) for line in found)


def test_every_combination_is_one_row_with_a_column_for_every_parameter():
    models = {"a": DummyClassifier(), "b": Counted()}
    frame = sweep(models, noise=[0.5, 1], num_train=[10, 20], num_test=10, seeds=3)
    assert len(frame) == 2 * 2 * 2 * 3
    combinations = frame[["model", "noise", "num_train", "seed"]].drop_duplicates()
    assert len(combinations) == len(frame)
    needed = {"train_accuracy", "test_accuracy", "seconds", "device", "versions", "identity"}
    assert needed | {"stroke_length", "contrast", "data_seed", "fingerprint"} <= set(frame.columns)
    assert frame.groupby(["noise", "num_train"]).fingerprint.nunique().eq(1).all()
    assert frame.fingerprint.nunique() == 4
    assert "numpy" in frame.versions[0]


def test_a_row_is_what_evaluate_gives():
    frame = sweep(["knn-1"], noise=np.array([0.7]), seeds=[4], test_on=["long"], **FEW)
    alone = evaluate("knn-1", "standard", [4], noise=0.7, test_on=["long"], **FEW).to_frame()
    pd.testing.assert_frame_equal(frame.drop(columns="seconds"), alone.drop(columns="seconds"))
    assert "test_accuracy_long" in frame


def test_several_configs_may_be_swept():
    frame = sweep([DummyClassifier()], config=["standard", "rotated"], seeds=2, **FEW)
    assert frame.config.tolist() == ["standard"] * 2 + ["rotated"] * 2


def test_a_sweep_goes_on_where_it_stopped_and_takes_what_is_new(tmp_path):
    out = tmp_path / "sweep.jsonl"
    sweep({"m": Counted()}, noise=[0, 1], seeds=2, out=out, **FEW)
    assert fits() == 4
    again = sweep({"m": Counted()}, noise=[0, 1, 2], seeds=3, out=out, **FEW)
    assert fits() == len(again) == len(lines(out)) == 9
    pd.testing.assert_frame_equal(
        sweep({"m": Counted()}, noise=[0, 1, 2], seeds=3, out=out, **FEW), again
    )
    assert fits() == 9


def test_another_way_to_vary_or_to_test_is_another_run(tmp_path):
    out = tmp_path / "sweep.jsonl"
    for how in ({}, {"vary": "data"}, {"test_on": ["long"]}, {"config": "noisy"}, {"seed": 1}):
        sweep({"m": Counted()}, seeds=2, out=out, **how, **FEW)
    noisy = [("long", {"noise": 2})]
    sweep({"m": Counted()}, seeds=2, out=out, test_on=noisy, **FEW)
    sweep({"m": Counted()}, seeds=2, out=out, test_on=noisy, **FEW)
    assert fits() == 12


def test_each_run_is_in_the_file_before_the_next_one_ends(tmp_path):
    out, seen = tmp_path / "sweep.jsonl", []

    class Looks(Counted):
        def fit(self, X, y):
            seen.append(len(lines(out)) if out.exists() else 0)

    sweep({"m": Looks()}, seeds=4, out=out, **FEW)
    assert seen == [0, 1, 2, 3]


def test_an_error_in_one_run_keeps_those_before_and_names_the_run(tmp_path):
    out = tmp_path / "sweep.jsonl"

    class Breaks(Counted):
        def fit(self, X, y):
            super().fit(X, y)
            if fits() > 2:
                raise RuntimeError("no memory")

    with pytest.raises(RuntimeError, match="no memory") as caught:
        sweep({"m": Breaks()}, seeds=4, out=out, **FEW)
    if sys.version_info >= (3, 11):
        assert caught.value.__notes__ == ["model='m', config='standard', seed=2"]
    assert len(lines(out)) == 2


@pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")
def test_a_training_process_that_is_killed_ends_the_sweep_with_a_message(tmp_path):
    out = tmp_path / "sweep.jsonl"

    class Killed(Counted):
        def fit(self, X, y):
            os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(OSError, match="a training process was ended from outside"):
        sweep({"m": Killed()}, seeds=4, out=out, jobs=2, **FEW)


@pytest.fixture
def finished(tmp_path):
    out = tmp_path / "finished.jsonl"
    sweep({"m": Counted()}, noise=[0, 1], seeds=3, out=out, **FEW)
    return out


@given(share=st.floats(0, 1))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_wherever_a_file_is_cut_off_the_sweep_ends_with_the_same_lines(finished, tmp_path, share):
    out = tmp_path / "sweep.jsonl"
    content = finished.read_bytes()
    out.write_bytes(content[: round(share * len(content))])
    whole = out.read_bytes().count(b"\n")
    before = fits()
    sweep({"m": Counted()}, noise=[0, 1], seeds=3, out=out, **FEW)
    assert fits() - before == 6 - whole
    assert lines(out) == lines(finished)


SCRIPT = """
    import os, sys, time
    import numpy as np
    from slash_dataset.benchmark import sweep

    class Slow:
        def __init__(self, shift): self.shift = shift
        def fit(self, X, y): time.sleep(float(os.environ["SECONDS"]))
        def predict(self, X): return (X[:, self.shift] > X.mean()).astype(int)

    if __name__ == "__main__":
        sweep({f"slow-{i}": Slow(i) for i in range(3)}, noise=[0, 1, 2, 3], seeds=10,
              num_train=10, num_test=10, out=sys.argv[1], jobs=int(sys.argv[2]))
"""


def start(tmp_path, out, jobs=1, seconds=0.1):
    script = tmp_path / "sweeps.py"
    script.write_text(textwrap.dedent(SCRIPT))
    return subprocess.Popen(
        [sys.executable, str(script), str(out), str(jobs)],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"SECONDS": str(seconds)},
        start_new_session=True,
    )


def wait_for_a_line(process, out):
    before = out.stat().st_size if out.exists() else 0
    while (not out.exists() or out.stat().st_size == before) and process.poll() is None:
        time.sleep(0.001)


# Processes take seconds to begin: twice is enough to see that theirs is the same way.
@pytest.mark.parametrize(("jobs", "moments"), [(1, 20), (2, 2)])
def test_killed_at_any_moment_a_sweep_ends_with_the_lines_of_one_that_was_not(
    tmp_path, jobs, moments
):
    out, whole = tmp_path / "killed.jsonl", tmp_path / "whole.jsonl"
    for moment in range(moments):
        process = start(tmp_path, out, jobs)
        wait_for_a_line(process, out)
        time.sleep(0.02 * moment)
        assert process.poll() is None, process.stderr.read()
        process.send_signal(signal.SIGKILL if moment % 3 else signal.SIGINT)
        process.wait()
        with suppress(ProcessLookupError):  # what joblib started outlives a kill for minutes
            os.killpg(process.pid, signal.SIGKILL)
    assert moments <= len(lines(out)) < 120
    for path in (out, whole):
        process = start(tmp_path, path, seconds=0)
        _, errors = process.communicate()
        assert process.returncode == 0, errors
    assert len(lines(whole)) == 120
    assert lines(out) == lines(whole)


def test_of_two_sweeps_on_one_file_the_second_refuses_and_the_first_loses_nothing(tmp_path):
    out = tmp_path / "sweep.jsonl"
    first = start(tmp_path, out, seconds=0.03)
    wait_for_a_line(first, out)
    with pytest.raises(BlockingIOError, match=r"sweep.jsonl' is in use: another sweep"):
        sweep({"m": Counted()}, out=out, **FEW)
    assert first.poll() is None
    assert first.communicate()[1] == ""
    assert len(lines(out)) == 120
    assert fits() == 0


def changed(body):
    space = {}
    exec(textwrap.dedent(body), space)  # what a user has edited between two sweeps
    return space["make"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (KNeighborsClassifier(1), KNeighborsClassifier(3)),
        (KNeighborsClassifier(1), DummyClassifier()),
        (MODELS["knn"], MODELS["knn-1"]),
        (lambda: KNeighborsClassifier(1), lambda: KNeighborsClassifier(2)),
    ],
    ids=["settings", "class", "name", "function"],
)
def test_a_changed_model_under_an_old_name_is_refused(tmp_path, before, after):
    out = tmp_path / "sweep.jsonl"
    sweep({"m": before}, out=out, seeds=1, **FEW)
    sweep({"m": before}, out=out, seeds=1, noise=3, **FEW)
    content = out.read_bytes()
    with pytest.raises(ValueError, match="results of another model named 'm': its code or"):
        sweep({"m": after}, out=out, seeds=1, noise=3, **FEW)
    assert out.read_bytes() == content
    sweep({"other": after}, out=out, seeds=1, noise=3, **FEW)


def test_a_model_stays_the_same_when_objects_of_its_class_are_copied(tmp_path):
    class Fresh(Counted):
        pass

    for seeds in (1, 2):  # Python notes something in a class when it first copies an object of it
        sweep({"m": Fresh()}, out=tmp_path / "sweep.jsonl", seeds=seeds, **FEW)
    assert fits() == 2


def test_what_a_function_calls_belongs_to_the_model(tmp_path):
    out = tmp_path / "sweep.jsonl"
    text = """
        from sklearn.neighbors import KNeighborsClassifier
        def number(): return {}
        def make(): return KNeighborsClassifier(number())  # {}
    """
    sweep({"m": changed(text.format(1, "a comment"))}, out=out, seeds=1, **FEW)
    sweep({"m": changed(text.format(1, "another one"))}, out=out, seeds=2, **FEW)
    assert len(lines(out)) == 2
    with pytest.raises(ValueError, match="another model named 'm'"):
        sweep({"m": changed(text.format(3, "a comment"))}, out=out, seeds=2, **FEW)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("notes of mine\n", "line 1 that is not a result"),
        ('{"model": "m"}\n', "line 1 that is not a result"),
        ("[]\n", "line 1 that is not a result"),
        ("notes of mine", "ends in text that is not a result"),
    ],
)
def test_a_file_of_somebody_else_is_refused_and_stays(tmp_path, text, message):
    out = tmp_path / "notes.txt"
    out.write_text(text)
    with pytest.raises(ValueError, match=message):
        sweep({"m": Counted()}, out=out, **FEW)
    assert out.read_text() == text
    assert fits() == 0


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"noise": []}, r"noise=\[\] is not allowed"),
        ({"noise": [1, 1.0]}, "noise=1.0.* is repeated"),
        ({"noise": [1, 9]}, "noise=9 is out of range"),
        ({"nose": 1}, "parameter 'nose' is unknown; did you mean 'noise'"),
        ({"config": "long", "seeds": [1, 1]}, "a seed is repeated"),
        ({"config": ["original"], "noise": 1}, "noise=1 is not allowed: config 'original'"),
        ({"config": "original", "vary": "data"}, "vary='data' is not allowed: the rows of"),
        ({"vary": "weights"}, "vary='weights' is not allowed"),
        ({"jobs": 0}, "jobs=0 is out of range"),
        ({"jobs": "2"}, "jobs='2' is not allowed"),
        ({"test_on": "long"}, "test_on='long' is not allowed: test_on takes a list"),
        (
            {"test_on": ["long"], "image_size": 20},
            "test_on='long' is not allowed: test_on takes configs with images",
        ),
        ({"test_on": ["long", ("long", {"noise": 0.65})]}, "it repeats a config"),
        ({"test_on": [("long", {"nose": 1})]}, "did you mean 'noise'"),
        (
            {"test_on": [("long", 3)]},
            r"test_on=\[\('long', 3\)\] is not allowed: test_on takes a list of",
        ),
        ({"test_on": {"long": {}}}, "test_on={'long': {}} is not allowed: test_on takes a list"),
        ({"models": {}}, "models is empty"),
        ({"models": "knn"}, "models='knn' is not allowed"),
        ({"models": ["knn", "knn"]}, "two models are named 'knn'"),
        ({"models": ["knn-2"]}, "model 'knn-2' is unknown"),
    ],
)
def test_bad_input_is_named_before_anything_is_trained(tmp_path, how, message):
    out = tmp_path / "sweep.jsonl"
    with pytest.raises(ValueError, match=message):
        sweep(**{"models": {"m": Counted()}, "out": out, **how})
    assert fits() == 0
    assert not out.exists()


def test_processes_give_the_same_lines(tmp_path):
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    models = ["knn-1", "mlp", "random-convolutions"]
    for out, jobs in ((one, 1), (two, 2)):
        sweep(models, num_train=60, num_test=40, noise=[0, 1], seeds=2, out=out, jobs=jobs)
    assert lines(one) == lines(two)


def test_results_are_read_and_summarised(tmp_path):
    out = tmp_path / "sweep.jsonl"
    frame = sweep(["knn-1"], noise=[0, 1], seeds=4, num_train=100, num_test=50, out=out)
    with open(out, "a") as file:
        file.write('{"model": "torn')
    with pytest.warns(UserWarning, match="line 9 is not a result"):
        again = read_results(out)
    pd.testing.assert_frame_equal(again, frame)
    table = summarize(frame)
    assert table.columns.tolist()[:3] == ["model", "noise", "runs"]
    values = frame[frame.noise == 1].test_accuracy
    row = table[table.noise == 1].iloc[0]
    assert row["mean"] == pytest.approx(values.mean())
    assert row["std"] == pytest.approx(values.std())
    # Student's t with 3 degrees of freedom, from a printed table.
    assert row.high - row["mean"] == pytest.approx(3.182 * values.std() / 2, rel=1e-3)
    assert row["mean"] - row.low == pytest.approx(row.high - row["mean"])
    with pytest.raises(ValueError, match="by='nose' is not allowed"):
        summarize(frame, "nose")
    with pytest.raises(FileNotFoundError):
        read_results(tmp_path / "none.jsonl")


def test_the_command_prints_a_summary_and_goes_on(tmp_path):
    out = tmp_path / "sweep.jsonl"
    command = ["--models", "knn-1,logistic-regression", "--noise", "0.5,1", "--num-train", "20,40"]
    command += ["--num-test", "10", "--seeds", "2", "--out", str(out)]
    done = CliRunner().invoke(cli, ["sweep", *command])
    assert done.exit_code == 0, done.output
    assert len(lines(out)) == 16
    assert len(done.stdout.splitlines()) == 1 + 8
    content = out.read_bytes()
    assert CliRunner().invoke(cli, ["sweep", *command]).stdout == done.stdout
    assert out.read_bytes() == content


@pytest.mark.parametrize(
    "arguments",
    [["--models", "knn-2"], ["--models", "knn", "--noise", "a,b"], []],
    ids=["model", "number", "none"],
)
def test_the_command_refuses_bad_usage(arguments):
    assert CliRunner().invoke(cli, ["sweep", *arguments]).exit_code == 2
