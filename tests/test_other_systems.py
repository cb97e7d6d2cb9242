"""Differences of Windows and macOS, imitated on this system."""

from __future__ import annotations

import builtins
import errno
import fcntl
import io
import json
import os
import re
import shutil
import signal
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import slash_dataset
from slash_dataset import original, stages, workers
from slash_dataset.benchmark import bound
from slash_dataset.cli import streams
from slash_dataset.destinations import new_file, new_folder
from slash_dataset.drawing import open_drawer
from slash_dataset.export import LAYOUTS, _places, export, verify_folder
from slash_dataset.release import build_folder, manifest, verify
from slash_dataset.shuffling import shuffled
from slash_dataset.signals import ended_by_signals
from slash_dataset.verification import verify_config
from slash_dataset.workers import Workers

ROOT = Path(__file__).parents[1]
WINDOWS = SimpleNamespace(platform="win32")
# learn.microsoft.com/windows/win32/fileio/naming-a-file
NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f]|[. ]$')
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|(com|lpt)[0-9])(\.|$)")


def is_open(path) -> bool:
    """Whether this process has a file open, or any file below a folder."""
    path = os.path.realpath(path)
    held = []
    for number in os.listdir("/proc/self/fd"):
        try:
            held.append(os.readlink(f"/proc/self/fd/{number}"))
        except OSError:
            continue
    return any(each == path or each.startswith(f"{path}/") for each in held)


def refuse(number, path):
    raise OSError(number, os.strerror(number), str(path))


def portable(path) -> None:
    name = os.path.basename(os.fspath(path))
    assert not NOT_IN_NAMES.search(name), name
    assert not RESERVED.match(name), name
    folder = os.path.dirname(os.path.abspath(path))
    alike = [each for each in os.listdir(folder) if each.lower() == name.lower()]
    assert set(alike) <= {name}, alike


@pytest.fixture
def windows(tmp_path, monkeypatch):
    """Files as on Windows: open files cannot be removed, and a move never replaces a file."""
    for module in (stages, _places, workers):
        monkeypatch.setattr(module, "sys", WINDOWS)
    monkeypatch.setattr(stages, "fcntl", None)
    for name in ("geteuid", "getuid", "fork", "sched_getaffinity"):
        monkeypatch.delattr(os, name, raising=False)
    monkeypatch.delattr(signal, "SIGHUP")
    monkeypatch.setattr(shutil, "_use_fd_functions", False)
    real = SimpleNamespace(**{name: getattr(os, name) for name in dir(os)}, io=io.open)

    def moved(name, over):
        def move(source, target, **how):
            if is_open(source) or (over and is_open(target)):
                refuse(errno.EACCES, source)
            if os.path.lexists(target) and (not over or os.path.isdir(target)):
                refuse(errno.EEXIST, target)
            portable(target)
            return getattr(real, name)(source, target, **how)

        monkeypatch.setattr(os, name, move)

    def removed(name):
        def remove(path, **how):
            if is_open(path):
                refuse(errno.EACCES, path)
            return getattr(real, name)(path, **how)

        monkeypatch.setattr(os, name, remove)

    def opened(path, flags, *how, **more):
        if os.path.isdir(path):
            refuse(errno.EACCES, path)
        portable(path)
        return real.open(path, flags, *how, **more)

    def stream(path, mode="r", *how, **more):
        if "r" not in mode and not isinstance(path, int):
            portable(path)
        return real.io(path, mode, *how, **more)

    def made(path, *how, **more):
        portable(path)
        return real.mkdir(path, *how, **more)

    def synced(number):
        if fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            refuse(errno.EBADF, number)

    def linked(source, target, *, follow_symlinks=True):
        if not follow_symlinks:
            raise NotImplementedError("follow_symlinks unavailable on this platform")
        real.link(source, target)

    moved("rename", over=False)
    moved("replace", over=True)
    for name in ("unlink", "remove", "rmdir"):
        removed(name)
    for name, instead in {"open": opened, "mkdir": made, "fsync": synced, "link": linked}.items():
        monkeypatch.setattr(os, name, instead)
    for module in (builtins, io):
        monkeypatch.setattr(module, "open", stream)


def all_names(folder: Path) -> list[str]:
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        portable(folder / name)
        assert not name.startswith(".slash"), "something was left"
    return names


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_written_and_written_again(windows, layout, tmp_path):
    few = {"num_train": 9, "num_test": 4}
    dest = export(layout, tmp_path / "dest", "long", **few)
    names = all_names(tmp_path)
    if LAYOUTS[layout].shards is not None:
        assert export(layout, dest, "long", **few) == dest
        [found] = {d.parent for d in dest.rglob("manifest.json")}
        assert not any(difference for _, difference in verify_folder(found))
    assert export(layout, dest, "long", force=True, **few) == dest
    assert all_names(tmp_path) == names


def test_a_release_folder_is_built(windows, tmp_path):
    made = build_folder(tmp_path / "dest", configs=["original"])
    assert [name for name in all_names(tmp_path / "dest") if (tmp_path / "dest" / name).is_file()]
    assert list(made) == sorted(made, key=lambda path: path.split("/"))


def test_what_fails_leaves_what_was_there(windows, tmp_path):
    for make, name in ((new_folder, "folder"), (new_file, "file.txt")):
        with pytest.raises(KeyError), make(tmp_path / name) as place:
            raise KeyError
        with make(tmp_path / name) as place:
            (place / "a" if place.is_dir() else place).write_bytes(b"1")
        with pytest.raises(KeyError), make(tmp_path / name, force=True) as place:
            (place / "a" if place.is_dir() else place).write_bytes(b"2")
            raise KeyError
        assert all_names(tmp_path)
        with pytest.raises(FileExistsError), make(tmp_path / name):
            pass
    assert (tmp_path / "folder" / "a").read_bytes() == (tmp_path / "file.txt").read_bytes() == b"1"


def test_what_was_written_anew_meanwhile_stays_where_only_contents_have_times(windows, tmp_path):
    (tmp_path / "a").write_bytes(b"before")
    with new_folder(tmp_path, force=True) as folder:
        (folder / "b").write_bytes(b"new")
        (tmp_path / "a").write_bytes(b"meanwhile")
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b"}


def test_urls_of_this_machine_are_paths(windows, tmp_path):
    assert _places.local_path("file:///C:/data/slash") == "C:/data/slash"
    assert _places.local_path("C:\\data") == "C:\\data"
    assert not _places.is_url("C:\\data")


def test_urls_of_unix_keep_their_slash(tmp_path):
    assert _places.local_path(f"file://{tmp_path}") == str(tmp_path)
    assert _places.local_path("file:///C:/data") == "/C:/data"


def test_the_current_folder_is_kept_under_any_of_its_names(tmp_path, monkeypatch):
    """File names as on macOS, which ignores case."""
    (tmp_path / "here").mkdir()
    (tmp_path / "HERE").symlink_to(tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(Path, "resolve", lambda self, strict=False: self)
    with pytest.raises(ValueError, match="it holds the current folder"):
        _places.check_destination(tmp_path / "HERE")


def test_a_pool_of_windows_has_61_processes_at_most(windows, monkeypatch):
    asked = []
    monkeypatch.setattr(workers, "ProcessPoolExecutor", lambda count, *how: asked.append(count))
    with pytest.raises(AttributeError, match="shutdown"):
        list(Workers(1024).map(abs, range(100)))
    assert asked == [61]


def test_without_a_fork_server_processes_are_spawned(monkeypatch):
    monkeypatch.setattr(workers.multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    assert sorted(result for _, result, _ in Workers(2).map(abs, [-1, 2])) == [1, 2]


def test_the_signals_of_windows_end_a_run_politely(monkeypatch):
    monkeypatch.delattr(signal, "SIGHUP")
    monkeypatch.setattr(signal, "SIGBREAK", signal.SIGUSR1, raising=False)
    # What a run that does not know the signal would end by.
    signal.signal(signal.SIGUSR1, signal.default_int_handler)
    try:
        with pytest.raises(SystemExit), ended_by_signals():
            signal.raise_signal(signal.SIGUSR1)
        assert signal.getsignal(signal.SIGUSR1) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGUSR1, signal.SIG_DFL)


def test_a_launcher_may_stand_between_a_release_and_its_proof(monkeypatch):
    said = io.StringIO()
    request = io.StringIO(json.dumps({"repo_id": "ada/slash", "revision": "v1", "configs": {}}))
    system = {"argv": ["", str(os.getpid())], "stdin": request, "stdout": said}
    monkeypatch.setattr(verify, "sys", SimpleNamespace(platform="win32", **system))
    monkeypatch.setattr(verify, "join_stage", lambda stage: None)
    verify._main()
    assert json.loads(said.getvalue()) == {"configs": {}}


def test_a_console_is_written_by_pythons_own_stream(monkeypatch):
    given = io.TextIOWrapper(io.BytesIO(), encoding="cp437")
    monkeypatch.setattr(streams, "sys", WINDOWS)
    streams.codecs.register_error("slash_escape", streams._escape)
    assert streams._text(SimpleNamespace(isatty=lambda: True), given) is given
    given.write("a ✗ b")
    given.flush()
    assert given.buffer.getvalue() == b"a \\u2717 b"


def test_a_release_lists_its_files_in_one_order_on_every_system(tmp_path):
    for name in ("b", "A", "a-b", "a"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    assert list(manifest.manifest_of(tmp_path)) == ["A/file", "a/file", "a-b/file", "b/file"]


@pytest.fixture
def short_integers(monkeypatch):
    """NumPy 1 on Windows: Python integers become 32-bit integers if they fit."""

    def shortened(function):
        def short(first, *others, **how):
            made = function(first, *others, **how)
            plain = not isinstance(first, np.ndarray | np.generic) and "dtype" not in how
            plain &= not any(isinstance(each, np.dtype | type) for each in others)
            if plain and made.dtype == np.int64 and (made == made.astype(np.int32)).all():
                return made.astype(np.int32)
            return made

        return short

    for name in ("arange", "array", "asarray", "full", "indices"):
        monkeypatch.setattr(np, name, shortened(getattr(np, name)))
    caches = (open_drawer, original.replay, slash_dataset.drawing.reachable)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


@pytest.mark.parametrize("config", slash_dataset.CONFIG_NAMES)
def test_pixels_are_the_same_with_short_integers(short_integers, config):
    assert [difference for _, difference in verify_config(config)] == [None, None]
    labels = slash_dataset.draw(config, stop=9)[1]
    assert labels.dtype == np.int64


def test_far_rows_are_the_same_with_short_integers(request):
    def found():
        source = slash_dataset.Source("rotated", num_rows=10**12, targets="box", factors=True)
        yield slash_dataset.render("standard", noise_row=[2 * 10**9, 5], rows=3)
        yield from source.read([2 * 10**9, 7, -1]).values()
        yield from source.batched(3, shuffle=5)[10**9].values()
        yield from slash_dataset.Source("long", num_rows=7).batched(3).read(5, 9).values()
        yield shuffled([0, 2 * 10**9], 10**12, seed=1)
        yield np.array(bound("standard", 20, max_error=0.1))

    right = list(found())
    request.getfixturevalue("short_integers")
    for short, long in zip(found(), right, strict=True):
        assert short.dtype == long.dtype
        assert (short == long).all()


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "uint8", "uint64"])
def test_rows_of_any_integers_are_read(dtype):
    for num_rows in (100, 10**12):
        source = slash_dataset.Source(num_rows=num_rows)
        rows = np.array([3, 0], dtype)
        assert source.read(rows)["label"].tolist() == [1, 0]
    if dtype.startswith("int"):
        assert source.read(np.array([-1], dtype))["label"].tolist() == [1]


@pytest.mark.parametrize(
    "path", sorted((ROOT / "slash_dataset").rglob("*.py")), ids=lambda path: path.name
)
def test_text_is_written_as_bytes_which_no_system_changes(path):
    code = re.sub(r"(?m)^ *(>>>|\.\.\.) .*$", "", path.read_text(encoding="utf-8"))
    assert ".write_text(" not in code
    assert not re.search(r"""(?<!archive\.)open\([^)]*["'][wax]["']""", code)
    assert not re.search(r"\.read_text\(\)", code)
