"""Rules that the loopback Hub adds to `.gitattributes` say what they mean."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hub.git_rules import attribute_pattern, lfs_rule, tracked_by_lfs
from tests.hub.git_store import GitStore


@settings(max_examples=5, deadline=None, derandomize=True)
@given(
    st.lists(
        st.text(st.sampled_from('ab!#*?[]\\" é'), min_size=1, max_size=6), unique=True, max_size=40
    )
)
def test_rules_of_gitattributes_match_the_paths_that_they_name(paths: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        git = GitStore.create(Path(folder, "any.git"))
        chosen, others = paths[::2], paths[1::2]
        rules = "".join(lfs_rule(attribute_pattern(path)) for path in chosen)
        (blob,) = git.write_blobs([rules.encode()])
        tree = git.changed_tree(None, {".gitattributes": blob})
        assert tracked_by_lfs(git, tree, [*chosen, *others]) == set(chosen)
