"""Every function of the release, with anything, each time on a Hub of its own."""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import strategies as st

from slash_dataset.configs import resolve_config

from ..hub import Hub
from ..hub.fixture import hub_client, hub_no_proxy, running_hub
from ..release.conftest import REPO, TOKEN, built, files_in, put_release, quick, sources, writes
from .calls import EXAMPLES, Call, keeps_its_promise, public
from .test_functions import CALLS, place

__all__ = ["built", "hub_no_proxy", "place", "quick", "sources"]

MADE = SimpleNamespace()
"""A folder of version 1.0.0, what it is built from, and a Hub with that version, to read."""


@contextmanager
def hub_of_ada() -> Iterator[Hub]:
    """A Hub on which Ada may write."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        # By git-LFS alone: through Xet, the same is decided.
        with running_hub(home / "server", xet=False) as hub, hub_client(hub, home / "client"):
            hub.add_user("ada", TOKEN)
            yield hub


@pytest.fixture(autouse=True)
def made(hub_no_proxy, built, sources):
    MADE.folder, MADE.sources = built("1.0.0"), sources
    with hub_of_ada() as MADE.hub:
        put_release(MADE.hub, MADE.folder, "v1.0.0")
        yield


def releasing(function: Callable[..., Any]) -> Callable[..., Any]:
    """Release to a Hub of its own; return also what was written, and all trees by their names."""

    def call(**given: Any) -> tuple[Any, dict[str, int], dict[str, Any]]:
        with hub_of_ada() as hub:
            released = function(**given)
            repo = hub.repo(REPO) if hub.has_repo(REPO) else None
            names = () if repo is None else (*repo.branches, *repo.tags)
            return released, writes(hub), {name: repo.tree(name) for name in names}

    return call


def is_on_the_hub(found: tuple[Any, ...], given: dict[str, Any]) -> bool:
    released, written, trees = found
    if given["dry_run"]:
        return released is None and not written
    files = files_in(MADE.folder)
    return released.tag == "v1.0.0" and trees["v1.0.0"] == trees[given["branch"]] == files


def is_whole(found: Any, given: dict[str, Any]) -> bool:
    return {*found} <= {*files_in(Path(given["dest"]))} and "README.md" in found


BUILD = {"num_proc": st.just(1), "configs": st.none()}
HUB = {"repo_id": st.just(REPO), "token": st.just(TOKEN), "report": st.just(lambda text: None)}
TINY = st.builds(lambda: [resolve_config("long", num_train=4, num_test=2)])
RELEASES = {
    "release.build_folder": Call(
        {"dest": st.just("new"), "configs": TINY, "repo_id": st.sampled_from([None, REPO])}
        | {"version": st.sampled_from(["1.0.0", "2.0.0"]), "num_proc": st.integers(1, 2)}
        | {
            "force": st.booleans(),
            "progress": st.none(),
            "sources": st.builds(lambda: MADE.sources),
        },
        holds=is_whole,
        also="config",
    ),
    "release.release": Call(
        HUB
        | BUILD
        | {"version": st.sampled_from([None, "1.0.0"]), "folder": st.builds(lambda: MADE.folder)}
        | {"branch": st.sampled_from(["main", "next/1"]), "private": st.booleans()}
        | {"replace": st.booleans(), "dry_run": st.booleans(), "progress": st.just(False)},
        releasing,
        is_on_the_hub,
    ),
    "release.published_versions": Call(
        HUB, holds=lambda found, given: [version.tag for version in found] == ["v1.0.0"]
    ),
    "release.verify_published": Call(
        HUB | {"revision": st.sampled_from([None, "main", "v1.0.0"])},
        lambda function: lambda **given: list(function(**given)),
        lambda found, given: {difference for _, difference in found} == {None},
    ),
}


def test_every_public_function_and_argument_has_its_strategy():
    given = {**CALLS, **RELEASES}
    assert set(given) == set(public())
    for name, value in public().items():
        function = getattr(value, name.rpartition(".")[2], value)
        wanted = inspect.signature(function).parameters.values()
        named = {each.name for each in wanted if each.kind != each.VAR_KEYWORD} - {"self"}
        # TFDS's own arguments are its own.
        assert named <= set(given[name].arguments) or name.startswith("tfds."), name


@pytest.mark.parametrize("odd", [False, True], ids=["valid", "odd"])
@pytest.mark.parametrize("name", RELEASES)
def test_a_release_keeps_its_promise_or_names_what_is_wrong(name, odd, place):
    keeps_its_promise(name, RELEASES[name], odd, place, EXAMPLES if odd else EXAMPLES // 20)
