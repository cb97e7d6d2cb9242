"""New files and folders appear completely or not at all, and replace nothing unless asked."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
from contextlib import nullcontext, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from slash_dataset import stages as module
from slash_dataset.destinations import (
    check_space,
    new_file,
    new_folder,
    scratch_folder,
    size_text,
    target_of,
)
from slash_dataset.signals import ended_by_signals, held, insist


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
        assert [name for name in _names(tmp_path / "b") if name[0] != "."] == ["old"]
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


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path):
    with (
        pytest.raises(OSError, match=r"not enough space .*dest=") as caught,
        new_folder(tmp_path / "b"),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.errno == errno.ENOSPC
    assert _names(tmp_path) == []


def stages(folder):
    return [name for name in os.listdir(folder) if name.startswith(".slash-")]


HOLD = """
import sys, tempfile, time
from slash_dataset.destinations import new_folder, scratch_folder
dest, *options = sys.argv[1:]
tempfile.tempdir = dest
force = "force" in options
with scratch_folder() if "scratch" in options else new_folder(dest, force=force) as folder:
    (folder / "sub").mkdir()
    (folder / "sub" / "x").write_text("ours")
    (folder / "y").write_text("ours")
    print("ready", flush=True)
    time.sleep(60)
"""


def holding(dest, *arguments):
    """A run that is filling a destination."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(dest), *arguments], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "ready\n"
    return child


@pytest.mark.parametrize("exists", [False, True])
def test_what_is_killed_leaves_a_stage_that_the_next_run_removes(tmp_path, exists):
    dest = tmp_path / "b"
    if exists:
        dest.mkdir()
    child = holding(dest)
    child.kill()
    child.wait()
    assert len(stages(dest if exists else tmp_path)) == 1
    assert not exists or os.listdir(dest) == stages(dest)
    with new_folder(dest) as folder:
        (folder / "x").touch()
    assert _names(dest) == ["x"]
    assert _names(tmp_path) == ["b"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("exists", [False, True])
def test_a_signal_that_asks_to_end_leaves_nothing(tmp_path, number, exists):
    dest = tmp_path / "b"
    if exists:
        dest.mkdir()
    child = holding(dest)
    child.send_signal(number)
    assert child.wait() in (128 + number, -number)
    assert _names(tmp_path) == (["b"] if exists else [])
    assert not exists or _names(dest) == []


@pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")
def test_a_signal_waits_for_the_end_of_what_must_not_be_interrupted():
    done = []
    with pytest.raises(SystemExit, match=str(128 + signal.SIGTERM)), ended_by_signals(), held():
        signal.raise_signal(signal.SIGTERM)
        done.append("cleaned up")
    assert done


def test_a_stage_that_is_in_use_is_never_touched(tmp_path):
    child = holding(tmp_path / "b")
    try:
        before = stages(tmp_path)
        with new_folder(tmp_path / "b") as folder:
            (folder / "mine").touch()
        assert stages(tmp_path) == before
        assert (tmp_path / before[0] / "new" / "y").read_text() == "ours"
    finally:
        child.kill()
        child.wait()


JOIN = """
import sys, time
from pathlib import Path
from slash_dataset.stages import join_stage
join_stage(Path(sys.argv[1]))
print("ready", flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(os.name != "posix", reason="Windows removes no file that is open")
def test_the_stage_of_a_dead_run_stays_as_long_as_its_child_lives(tmp_path):
    run = holding(tmp_path / "b")
    [stage] = stages(tmp_path)
    command = [sys.executable, "-c", JOIN, str(tmp_path / stage)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "ready\n"
    for process, left in ((run, [stage]), (child, [])):
        process.kill()
        process.wait()
        with new_folder(tmp_path / "b", force=True) as folder:
            (folder / "x").touch()
        assert stages(tmp_path) == left


@pytest.fixture
def dead(tmp_path):
    """The stage that a run for the folder ``b`` has left."""
    child = holding(tmp_path / "b")
    child.kill()
    child.wait()
    [stage] = stages(tmp_path)
    return tmp_path / stage


def fill(dest):
    with new_folder(dest) as folder:
        (folder / "x").touch()


@pytest.mark.parametrize("other", ["host", "user"])
def test_a_stage_of_another_host_or_user_is_kept_and_named(tmp_path, dead, other, monkeypatch):
    host, user = socket.gethostname(), os.geteuid()
    if other == "host":
        host = "another"
        (dead / "lock").write_text(host)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    with pytest.warns(UserWarning, match=f"{dead} was made on host '{host}' by user {user}, "):
        fill(tmp_path / "b")
    assert (dead / "new" / "y").read_text() == "ours"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a link away")
def test_a_link_that_another_user_has_put_in_the_place_of_a_stage_is_not_followed(tmp_path, dead):
    dead.rename(tmp_path / "mine")
    dead.symlink_to("mine")
    os.lchown(dead, 12345, 12345)
    with pytest.warns(UserWarning, match="by user 12345"):
        fill(tmp_path / "b")
    assert (tmp_path / "mine" / "new" / "y").read_text() == "ours"


def test_a_stage_that_cannot_be_removed_whole_goes_later(tmp_path, dead, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("shutil.rmtree", lambda *arguments, **options: None)
        fill(tmp_path / "b")
    assert dead.is_dir()
    with pytest.raises(FileExistsError):
        fill(tmp_path / "b")
    assert _names(tmp_path) == ["b"]


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_a_scratch_folder_is_private_and_goes_with_an_error_too(scratch):
    with pytest.raises(RuntimeError), scratch_folder() as folder:
        (folder / "x").touch()
        [stage] = scratch.iterdir()
        assert stage.stat().st_mode & 0o777 == 0o700
        raise RuntimeError
    assert _names(scratch) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_of_scratch_folders_that_of_a_dead_run_goes_and_that_of_a_live_one_stays(scratch, number):
    dead, live = (holding(scratch, "scratch") for _ in range(2))
    try:
        dead.send_signal(number)
        dead.wait()
        assert len(stages(scratch)) == 1 + (number == signal.SIGKILL)
        with scratch_folder():
            pass
        [stage] = stages(scratch)
        assert (scratch / stage / "new" / "y").read_text() == "ours"
    finally:
        live.kill()
        live.wait()


def test_a_run_that_died_while_it_moved_is_taken_back(tmp_path, monkeypatch):
    """Files that it moved are removed; files added later, and the one that made room, remain."""
    dest = tmp_path / "b"
    (dest / "old").mkdir(parents=True)
    (dest / "old" / "mine").write_text("mine")
    code = HOLD.replace("time.sleep(60)", "") + "print('done')\n"
    code = (
        "import os, signal\nfrom slash_dataset import stages\nmove = stages.move_exclusively\n"
        "def dies(source, dest):\n"
        "    move(source, dest)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "stages.move_exclusively = dies\n" + code
    )
    done = subprocess.run([sys.executable, "-c", code, str(dest), "force"], capture_output=True)
    assert done.returncode == -signal.SIGKILL
    assert (dest / "sub" / "x").read_text() == "ours"
    assert not (dest / "old").exists()
    (dest / "sub" / "later").write_text("mine")
    with pytest.raises(FileExistsError, match="not empty"), new_folder(dest):
        pytest.fail("work began")
    assert _names(dest) == ["old", "sub"]
    assert _names(dest / "sub") == ["later"]
    assert (dest / "old" / "mine").read_text() == "mine"
    assert module.entries(dest).keys() == {"old", "sub"}


@pytest.mark.parametrize("exists", [False, True])
@pytest.mark.parametrize("force", [False, True])
def test_what_arrives_meanwhile_is_kept(tmp_path, exists, force):
    dest = tmp_path / "b"
    if exists:
        (dest / "deep").mkdir(parents=True)
        (dest / "deep" / "old").write_text("old")
        if not force:
            (dest / "deep" / "old").unlink()
            (dest / "deep").rmdir()
    with new_folder(dest, force=force) as folder:
        (folder / "ours").touch()
        (dest / "deep").mkdir(parents=True, exist_ok=True)
        (dest / "deep" / "arrived").write_text("mine")
        (dest / "note").write_text("mine")
    assert _names(dest) == ["deep", "note", "ours"]
    assert _names(dest / "deep") == ["arrived"]
    assert _names(tmp_path) == ["b"]


@pytest.mark.parametrize("exists", [False, True])
@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_arrives_under_a_name_that_is_needed_is_kept_and_all_else_undone(
    tmp_path, exists, force, kind
):
    dest = tmp_path / "b"
    if exists:
        dest.mkdir()
        if force:
            (dest / "old").write_text("old")
    with pytest.raises(FileExistsError, match="'note' has appeared there"):
        with new_folder(dest, force=force) as folder:
            (folder / "a").mkdir()
            (folder / "a" / "x").touch()
            (folder / "note").touch()
            dest.mkdir(exist_ok=True)
            if kind == "file":
                (dest / "note").write_text("mine")
            elif kind == "folder":
                (dest / "note").mkdir()
            else:
                (dest / "note").symlink_to("nowhere")
    assert _names(dest) == (["note", "old"] if exists and force else ["note"])
    assert kind != "file" or (dest / "note").read_text() == "mine"
    assert _names(tmp_path) == ["b"]


def test_a_file_that_arrives_meanwhile_is_kept(tmp_path):
    with pytest.raises(FileExistsError, match="x.png"), new_file(tmp_path / "x.png") as path:
        path.write_text("ours")
        (tmp_path / "x.png").write_text("mine")
    assert (tmp_path / "x.png").read_text() == "mine"
    assert _names(tmp_path) == ["x.png"]


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_that_exists_keeps_its_owner_mode_and_inode(tmp_path, force):
    dest = tmp_path / "b"
    dest.mkdir()
    dest.chmod(0o2750)
    if force:
        (dest / "old").touch()
    before = dest.stat()
    with new_folder(dest, force=force) as folder:
        (folder / "sub").mkdir()
        (folder / "x").touch()
    after = dest.stat()
    assert (after.st_ino, after.st_mode, after.st_uid, after.st_gid) == (
        before.st_ino,
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )
    assert (dest / "sub").stat().st_mode & 0o2000
    assert _names(dest) == ["sub", "x"]


def test_a_new_folder_has_the_mode_and_group_of_its_place(tmp_path):
    tmp_path.chmod(0o2755)
    with new_folder(tmp_path / "b"):
        pass
    assert (tmp_path / "b").stat().st_mode == (tmp_path.stat().st_mode & ~0o777) | 0o755


@pytest.mark.parametrize("filled", [False, True])
def test_a_link_to_a_folder_stays_a_link(tmp_path, filled):
    (tmp_path / "disk" / "data").mkdir(parents=True)
    (tmp_path / "data").symlink_to("disk/data")
    if filled:
        (tmp_path / "data" / "old").touch()
    with new_folder(tmp_path / "data", force=filled) as folder:
        (folder / "x").touch()
    assert (tmp_path / "data").is_symlink()
    assert _names(tmp_path / "disk" / "data") == ["x"]


def test_a_link_to_a_file_stays_a_link(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "x.png").write_text("old")
    (tmp_path / "x.png").symlink_to("disk/x.png")
    with new_file(tmp_path / "x.png", force=True) as path:
        path.write_text("new")
    assert (tmp_path / "x.png").is_symlink()
    assert (tmp_path / "disk" / "x.png").read_text() == "new"


@pytest.mark.parametrize("make", [new_folder, new_file])
@pytest.mark.parametrize("target", ["nowhere", "b"])
def test_a_link_that_leads_nowhere_is_refused(tmp_path, make, target):
    (tmp_path / "b").symlink_to(target)
    with pytest.raises(ValueError, match="broken symbolic link"), make(tmp_path / "b"):
        pytest.fail("work began")
    assert _names(tmp_path) == ["b"]


@pytest.mark.parametrize("name", ["x" * 255, "\u00e9" * 127, "a b", "-x", "\u65e5\u672c", "x\ny"])
@pytest.mark.parametrize("exists", [False, True])
def test_any_name_that_a_folder_may_have_is_taken(tmp_path, name, exists):
    dest = tmp_path / name
    if exists:
        dest.mkdir()
    with new_folder(dest) as folder:
        (folder / "x").touch()
    assert _names(dest) == ["x"]
    assert os.listdir(tmp_path) == [name]


def test_a_place_that_takes_no_folder_is_refused_at_once():
    for dest in ("/proc/nope", "/proc/nope/deep/er", "/dev/null/x"):
        with pytest.raises(OSError, match=f"dest='{dest}'"), new_folder(dest):
            pytest.fail("work began")
    assert not os.path.exists("/proc/nope")


@pytest.mark.parametrize("make", [new_folder, new_file])
@pytest.mark.parametrize("dest", ["s3://bucket/x", Path("hf://ada/x"), "file:///x"])
def test_a_url_is_refused_where_a_path_is_needed_and_no_folder_gets_its_name(
    tmp_path, monkeypatch, make, dest
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="dest takes a path of this machine here, not a URL"):
        with make(dest):
            pytest.fail("work began")
    assert _names(tmp_path) == []


def test_what_cannot_fit_is_refused_with_both_sizes(tmp_path):
    size = 9 * 10**14
    sizes = r"dest='.*b': about 900.0 TB are needed, and .* are free"
    with pytest.raises(OSError, match=sizes) as caught, new_folder(tmp_path / "a" / "b") as folder:
        check_space(folder, 1, lambda: pytest.fail("what fits was measured"))
        check_space(folder, size, lambda: size)
    assert caught.value.errno == errno.ENOSPC
    assert _names(tmp_path) == []


RACE = """
import sys
from contextlib import nullcontext, suppress
from pathlib import Path
from slash_dataset.destinations import new_folder
sys.stdin.readline()
try:
    with new_folder(sys.argv[1], force="force" in sys.argv) as folder:
        for name in ("a", "b", "z"):
            (folder / name).write_text(sys.argv[2])
except FileExistsError:
    sys.exit(17)
"""


@pytest.mark.parametrize("runs", [2, 8])
@pytest.mark.parametrize("state", ["missing", "empty", "filled"])
def test_of_several_runs_at_once_the_content_is_that_of_one(tmp_path, runs, state):
    dest = tmp_path / "b"
    if state != "missing":
        dest.mkdir()
    if state == "filled":
        (dest / "old").touch()
    options = ["force"] if state == "filled" else []
    children = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, str(dest), str(number), *options],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(runs)
    ]
    for child in children:
        child.stdin.write("\n")
        child.stdin.flush()
    codes = [child.wait() for child in children]
    assert set(codes) <= {0, 17}, [child.stderr.read() for child in children]
    assert 0 in codes
    assert _names(dest) == ["a", "b", "z"]
    [who] = {(dest / name).read_text() for name in ("a", "b", "z")}
    assert codes[int(who)] == 0
    assert _names(tmp_path) == ["b"]


@pytest.fixture
def no_links(monkeypatch):
    """A file system without hard links."""

    def fails(*arguments, **options):
        raise OSError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(os, "link", fails)


def test_a_file_system_without_hard_links_is_no_reason_to_overwrite(tmp_path, no_links):
    (tmp_path / "b").mkdir()
    fill(tmp_path / "b")
    assert _names(tmp_path / "b") == ["x"]
    with pytest.raises(FileExistsError), new_file(tmp_path / "f") as path:
        path.write_text("ours")
        (tmp_path / "f").write_text("mine")
    assert (tmp_path / "f").read_text() == "mine"


def test_without_hard_links_a_half_moved_folder_is_taken_back_too(tmp_path, no_links):
    (tmp_path / "b").mkdir()
    with pytest.raises(FileExistsError, match="'z' has appeared there"):
        with new_folder(tmp_path / "b") as folder:
            (folder / "a").write_text("ours")
            (folder / "z").write_text("ours")
            (tmp_path / "b" / "z").write_text("mine")
    assert _names(tmp_path / "b") == ["z"]
    assert (tmp_path / "b" / "z").read_text() == "mine"


def test_what_arrives_in_a_moved_folder_stays_when_the_rest_fails(tmp_path, monkeypatch):
    move = module.move_exclusively

    def joined(source, dest):
        move(source, dest)
        if dest.name == "a":
            (dest / "arrived").write_text("mine")

    (tmp_path / "b").mkdir()
    with pytest.raises(FileExistsError, match="'z' has appeared there"):
        with new_folder(tmp_path / "b") as folder:
            (folder / "a").mkdir()
            (folder / "a" / "ours").touch()
            (folder / "z").touch()
            (tmp_path / "b" / "z").touch()
            monkeypatch.setattr(module, "move_exclusively", joined)
    assert _names(tmp_path / "b") == ["a", "z"]
    assert _names(tmp_path / "b" / "a") == ["arrived"]


def test_what_made_room_is_put_into_a_folder_that_somebody_makes_meanwhile(tmp_path, monkeypatch):
    move = module.move_exclusively

    def joined(source, dest):
        move(source, dest)
        if dest.name == "a":
            (tmp_path / "b" / "sub").mkdir()
            (tmp_path / "b" / "z").touch()

    (tmp_path / "b" / "sub").mkdir(parents=True)
    (tmp_path / "b" / "sub" / "x").write_text("mine")
    with pytest.raises(FileExistsError, match="'z' has appeared there"):
        with new_folder(tmp_path / "b", force=True) as folder:
            (folder / "a").touch()
            (folder / "z").touch()
            monkeypatch.setattr(module, "move_exclusively", joined)
    assert _names(tmp_path / "b") == ["sub", "z"]
    assert (tmp_path / "b" / "sub" / "x").read_text() == "mine"


@pytest.mark.parametrize("number", [errno.EBUSY, errno.EXDEV, errno.EPERM])
def test_a_mount_point_stays_and_what_else_cannot_be_moved_undoes_all(
    tmp_path, monkeypatch, number
):
    (tmp_path / "b" / "mounted").mkdir(parents=True)
    (tmp_path / "b" / "old").touch()
    rename = os.rename

    def refusing(source, dest):
        if os.path.basename(source) == "mounted":
            raise OSError(number, os.strerror(number), str(source))
        rename(source, dest)

    expected = pytest.raises(OSError, match="mounted") if number == errno.EPERM else nullcontext()
    with expected, new_folder(tmp_path / "b", force=True) as folder:
        (folder / "new").touch()
        monkeypatch.setattr(os, "rename", refusing)
    assert _names(tmp_path / "b") == ["mounted", "old" if number == errno.EPERM else "new"]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_signal_just_after_a_move_takes_that_move_back_too(tmp_path, monkeypatch, kind):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "old").write_text("old")
    move = module.move_exclusively

    def ends(source, dest):
        move(source, dest)
        raise SystemExit(143)

    with pytest.raises(SystemExit), new_folder(tmp_path / "b", force=True) as folder:
        (folder / "a").mkdir() if kind == "folder" else (folder / "a").touch()
        (folder / "z").touch()
        monkeypatch.setattr(module, "move_exclusively", ends)
        monkeypatch.setattr(
            module, "_restore", lambda aside, target: os.rename(aside / "old", target / "old")
        )
    assert _names(tmp_path / "b") == ["old"]


@pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_a_library_swallows_ends_the_next_round(number):
    rounds = []
    with pytest.raises((KeyboardInterrupt, SystemExit)), ended_by_signals():
        with suppress(BaseException):  # as an import or a callback of somebody else's may do
            signal.raise_signal(number)
        for i in range(3):
            insist()
            rounds.append(i)
    assert rounds == []
    insist()  # nothing is left of it


def test_what_a_dead_run_left_of_a_file_goes_with_the_next(tmp_path):
    _, lock = module._make_stage(tmp_path / "a", tmp_path, [])
    os.close(lock)
    with new_file(tmp_path / "a") as path:
        path.touch()
    assert _names(tmp_path) == ["a"]


def test_what_just_fits_is_made_and_asked_for_only_if_it_may_not_fit(tmp_path, monkeypatch):
    free = SimpleNamespace(free=100)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: free)
    check_space(tmp_path, 100, lambda: pytest.fail("there is room for the upper bound"))
    check_space(tmp_path, 101, lambda: 100)
    with pytest.raises(OSError, match="about 101 B are needed, and 100 B are free"):
        check_space(tmp_path, 101, lambda: 101)


def test_the_largest_unit_takes_all_that_is_larger():
    assert size_text(2.5e15) == "2,500.0 TB"


@pytest.mark.parametrize("name", ["", "missing"])
def test_a_folder_that_may_not_be_written_is_refused_before_the_work(tmp_path, name, monkeypatch):
    monkeypatch.setattr(os, "access", lambda folder, mode: False)
    with pytest.raises(PermissionError, match=f": {tmp_path} is not writable"):
        target_of(tmp_path / name)


def test_a_place_that_another_run_takes_away_for_a_moment_is_made_again(tmp_path, monkeypatch):
    mkdir, taken = module.Path.mkdir, []

    def mkdir_late(path, *how, **more):
        if path.name.startswith(".slash-") and not taken:
            taken.append(path)
            path.parent.rmdir()
        mkdir(path, *how, **more)

    monkeypatch.setattr(module.Path, "mkdir", mkdir_late)
    with new_folder(tmp_path / "a" / "b") as folder:
        (folder / "x").touch()
    assert taken
    assert _names(tmp_path / "a" / "b") == ["x"]


def test_a_parent_that_was_made_before_another_was_taken_away_goes_with_an_error(
    tmp_path, monkeypatch
):
    mkdir, calls = Path.mkdir, []

    def taken_away(self, *args, **how):
        calls.append(self)
        if len(calls) == 1:
            os.mkdir(tmp_path / "a")
            raise FileNotFoundError
        mkdir(self, *args, **how)

    monkeypatch.setattr(Path, "mkdir", taken_away)
    with pytest.raises(RuntimeError), new_folder(tmp_path / "a" / "b" / "c"):
        raise RuntimeError
    assert _names(tmp_path) == []


def test_links_in_a_folder_that_is_replaced_go_and_what_they_lead_to_stays(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "mine").touch()
    (tmp_path / "b" / "link").symlink_to(tmp_path / "elsewhere")
    with new_folder(tmp_path / "b", force=True) as folder:
        (folder / "x").touch()
    assert _names(tmp_path / "b") == ["x"]
    assert _names(tmp_path / "elsewhere") == ["mine"]


def test_a_folder_that_arrives_after_the_last_look_is_not_moved_over(tmp_path, monkeypatch):
    for name in ("new", "there"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").write_text(name)
    monkeypatch.setattr("os.path.lexists", lambda path: False)
    with pytest.raises(FileExistsError):
        module.move_exclusively(tmp_path / "new", tmp_path / "there")
    assert (tmp_path / "there" / "x").read_text() == "there"


def test_all_that_is_older_goes_with_the_folders_that_held_it(tmp_path):
    (tmp_path / "b" / "c" / "d").mkdir(parents=True)
    (tmp_path / "b" / "c" / "d" / "x").touch()
    module._remove_older(tmp_path / "b", 2**62)
    assert _names(tmp_path) == []


def test_what_changed_at_the_very_moment_is_not_older(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x").touch()
    module._remove_older(tmp_path / "b", module._changed(tmp_path / "b" / "x"))
    assert _names(tmp_path / "b") == ["x"]


def test_a_folder_that_took_the_place_of_one_that_makes_room_stays(tmp_path):
    for name in ("b/sub", "theirs"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "theirs" / "x").touch()
    with new_folder(tmp_path / "b", force=True) as folder:
        (folder / "a").touch()
        (tmp_path / "b" / "sub").rmdir()
        (tmp_path / "theirs").rename(tmp_path / "b" / "sub")
    assert _names(tmp_path / "b") == ["a", "sub"]
    assert _names(tmp_path / "b" / "sub") == ["x"]


def test_a_disk_with_room_for_a_folder_alone_gets_none(tmp_path, monkeypatch):
    def full(path, *how):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched, pytest.raises(OSError, match="not enough space"):
        patched.setattr(module.os, "open", full)
        with new_folder(tmp_path / "b"):
            pytest.fail("work began")
    assert _names(tmp_path) == []
