"""New files and folders appear whole or not at all, and overwrite nothing unasked."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys

import pytest

from slash_dataset.atomic import new_file, new_folder


def _names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_appears_when_the_block_ends(tmp_path):
    with new_folder(tmp_path / "a" / "b") as folder:
        (folder / "x").write_text("1")
        assert not (tmp_path / "a" / "b").exists()
    assert _names(tmp_path / "a") == ["b"]
    assert (tmp_path / "a" / "b" / "x").read_text() == "1"
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == tmp_path.stat().st_mode & 0o777 | 0o055


def test_an_empty_folder_may_be_filled(tmp_path):
    (tmp_path / "b").mkdir()
    with new_folder(tmp_path / "b") as folder:
        (folder / "x").touch()
    assert _names(tmp_path / "b") == ["x"]


@pytest.mark.parametrize("make", [new_folder, new_file])
def test_an_error_leaves_nothing_behind(tmp_path, make):
    with pytest.raises(RuntimeError), make(tmp_path / "a" / "b" / "c") as path:
        (path / "x" if path.is_dir() else path).write_text("half")
        raise RuntimeError
    assert _names(tmp_path) == []


def test_a_folder_that_is_not_empty_is_refused_and_stays(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "mine").touch()
    with pytest.raises(FileExistsError, match="dest=.*not empty"), new_folder(tmp_path / "b"):
        pytest.fail("work began")
    assert _names(tmp_path / "b") == ["mine"]


def test_force_replaces_a_folder_whole(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "old").touch()
    with new_folder(tmp_path / "b", force=True) as folder:
        (folder / "new").touch()
        assert _names(tmp_path / "b") == ["old"]
    assert _names(tmp_path / "b") == ["new"]
    assert _names(tmp_path) == ["b"]


def test_a_forced_folder_that_fails_leaves_the_old_one(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "old").touch()
    with pytest.raises(RuntimeError), new_folder(tmp_path / "b", force=True):
        raise RuntimeError
    assert _names(tmp_path / "b") == ["old"]


def test_a_file_appears_when_the_block_ends_and_is_not_overwritten_unasked(tmp_path):
    dest = tmp_path / "x.png"
    with new_file(dest) as path:
        path.write_text("1")
        assert not dest.exists()
        assert path.suffix == ".png"
    with pytest.raises(FileExistsError, match="x.png"), new_file(dest):
        pytest.fail("work began")
    with new_file(dest, force=True) as path:
        path.write_text("2")
    assert dest.read_text() == "2"
    assert _names(tmp_path) == ["x.png"]


def test_a_file_where_a_folder_should_be_is_refused(tmp_path):
    (tmp_path / "f").touch()
    for dest in (tmp_path / "f", tmp_path / "f" / "g", tmp_path / "f" / "g" / "h"):
        with pytest.raises(NotADirectoryError, match="dest="), new_folder(dest, force=True):
            pytest.fail("work began")
    with pytest.raises(IsADirectoryError, match="dest="), new_file(tmp_path, force=True):
        pytest.fail("work began")
    with pytest.raises(ValueError, match="dest=''"), new_folder(""):
        pytest.fail("work began")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_parent_is_refused(tmp_path):
    (tmp_path / "r").mkdir(mode=0o555)
    with pytest.raises(PermissionError, match="not writable"), new_folder(tmp_path / "r" / "x"):
        pytest.fail("work began")


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path):
    with (
        pytest.raises(OSError, match=r"no space left .*dest=") as caught,
        new_folder(tmp_path / "b"),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.errno == errno.ENOSPC
    assert _names(tmp_path) == []


def test_what_is_killed_leaves_nothing_under_its_name(tmp_path):
    code = (
        "import sys, time; from slash_dataset.atomic import new_folder\n"
        "with new_folder(sys.argv[1]) as folder:\n"
        "    (folder / 'x').touch(); print('ready', flush=True); time.sleep(60)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "b")], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert not (tmp_path / "b").exists()
    assert all(name.startswith(".b.building-") for name in _names(tmp_path))
