"""A release of the data to the Hub, safe to run again after any failure.

Seven steps: the token and its role; the folder and its manifest; the state of the Hub; one commit
on exactly that state; a comparison from the outside; the tag; and ``load_dataset`` as the last
proof. Only what the Hub shows afterwards is trusted. What an interrupted run left is recognised by
its content: running again finishes it and repeats nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from ..about import DATA_VERSION
from ..checks import PROCESSES, check_bool, check_path, shown
from ..destinations import scratch_folder, size_text
from .checks import DataVersion, check_account, check_branch, check_online
from .errors import NO_ANSWER, HubError, ReleaseError
from .hub import HubRepo, Refs, connected, hub_url
from .manifest import CHECKSUMS_NAME, BuiltFolder, open_built, read_checksums
from .plan import (
    Plan,
    check_version,
    commit_folder,
    foreign_commits,
    is_fresh,
    make_plan,
    tell_commits,
)
from .progress import Report, Steps
from .verify import download_commit, prove_loadable

_STEPS = 7


@dataclass(frozen=True)
class Released:
    """A finished release.

    Attributes
    ----------
    repo_id, version, tag, sha, url : str
        `sha` is the commit that the tag points to.
    is_new : bool
        Whether this call set the tag; if not, it already existed.
    """

    repo_id: str
    version: str
    tag: str
    sha: str
    url: str
    is_new: bool


def release(
    repo_id: str,
    version: str | None = None,
    *,
    folder: str | os.PathLike[str] | None = None,
    configs: Sequence[str] | None = None,
    num_proc: int = 1,
    branch: str = "main",
    private: bool = False,
    replace: bool = False,
    dry_run: bool = False,
    token: str | None = None,
    report: Report = print,
    progress: bool = False,
) -> Released | None:
    """Put a version of the data on the Hub: complete, compared from the outside, and tagged.

    Parameters
    ----------
    repo_id : str
        NAMESPACE/NAME of the dataset on the Hub; created if missing.
    version : str, optional
        X.Y.Z; by default, the data's own version, or that of `folder`.
    folder : path-like, optional
        A folder made by :func:`build_folder` for this repository; by default, one is built and
        deleted afterwards.
    configs : sequence of str, optional
        Configs to build; by default, all named configs. Not with `folder`.
    num_proc : int
        Building processes, 1 to 1024.
    branch : str
        The branch to commit to; created at the head of main if missing.
    private : bool
        Make a new repository private. If it exists and is public, that is an error.
    replace : bool
        Continue if others have committed to the branch since the newest release, and replace what
        they did.
    dry_run : bool
        Only report what would be done.
    token : str, optional
        A token of the Hub with write access; by default, the one its client is logged in with.
    report : callable
        Called with text for people: the plan, what the release waits for, and the result.
    progress : bool
        Show a progress bar on standard error.

    Returns
    -------
    Released or None
        None for a dry run.

    Raises
    ------
    ValueError
        If an argument is not allowed; raised before anything is sent.
    ReleaseError
        If the release stops. The message says what exists; nothing is tagged without being
        compared.
    OSError
        If there is no space for building or comparing.
    """
    steps = Steps(_STEPS, progress, report)
    for name, flag in (("private", private), ("replace", replace), ("dry_run", dry_run)):
        check_bool(name, flag)
    if folder is not None:
        check_path("folder", folder)
        if configs is not None:
            raise ValueError(
                f"configs={shown(configs)} is not allowed with folder={os.fspath(folder)!r}"
            )
    PROCESSES.check("num_proc", num_proc)
    with connected(repo_id, token, steps) as hub, ExitStack() as stack:
        check_branch(branch)
        if version is not None:
            DataVersion.parse(version)
        check_online(hub.token, dry_run)
        steps.say_longest_wait()
        if not dry_run:
            steps.begin("checking the token")
            check_account(hub.account(), repo_id)
        steps.begin("building")
        if folder is not None:
            built = _given_folder(folder, version, repo_id)
        else:
            from .build import build_folder

            path = stack.enter_context(scratch_folder()) / "folder"
            manifest = build_folder(
                path,
                configs=configs,
                version=version or DATA_VERSION,
                repo_id=repo_id,
                num_proc=num_proc,
                progress=steps.advance,
            )
            built = BuiltFolder(path, manifest, read_checksums(path / CHECKSUMS_NAME))
        return _published(hub, built, branch, private=private, replace=replace, dry_run=dry_run)


def _given_folder(folder: str | os.PathLike[str], version: str | None, repo_id: str) -> BuiltFolder:
    """Open a folder built for this version and repository."""
    built = open_built(folder)
    if version not in (None, str(built.version)):
        raise ValueError(
            f"version={version!r} is not allowed: folder={str(folder)!r} was built as "
            f"{built.version}"
        )
    if built.checksums.get("repo_id") != repo_id:
        raise ValueError(
            f"folder={str(folder)!r} is not allowed: it was built for "
            f"{built.checksums.get('repo_id') or 'no repository'}, as its card says; build "
            f"it with --repo-id {repo_id}"
        )
    return built


def _published(
    hub: HubRepo, built: BuiltFolder, branch: str, *, private: bool, replace: bool, dry_run: bool
) -> Released | None:
    """Do everything after the build."""
    steps, tag = hub.steps, built.version.tag
    steps.begin("reading the Hub")
    refs = hub.refs()
    if refs is not None and private and not hub.is_private():
        raise ValueError(
            f"private=True is not allowed: {hub.repo_id} exists and is public; change that in "
            "its settings on the Hub"
        )
    is_new = refs is None or tag not in refs.tags
    if is_new:
        sha, plan = _checked_plan(hub, refs, built, branch, replace)
    else:
        sha, plan = _checked_tag(hub, built)
    if dry_run:
        steps.say("Dry run: nothing was changed.")
        return None
    steps.begin("committing")
    if is_new and (refs is None or branch not in refs.branches):
        sha = make_repository(hub, branch, private)
        plan = make_plan(built.manifest, hub.tree(sha))
    if not plan.is_empty:
        steps.say(f"Uploading up to {size_text(plan.upload_bytes)}.")
        sha = commit_folder(hub, branch, sha, plan, built)
    steps.begin("comparing")
    if is_new:
        compare_with_hub(hub, built, sha)
    steps.begin("tagging")
    if is_new:
        set_tag(hub, tag, sha)
    steps.begin("loading")
    try:
        prove_loadable(hub, tag, built.checksums)
    except ReleaseError as error:
        raise ReleaseError(
            f"{tag} of {hub.repo_id} is at {sha}, and all of its files are right, but the last "
            f"proof failed: {error}. Run again to repeat it"
        ) from error
    url = hub_url(hub.repo_id, tag, hub.endpoint)
    steps.say(f"{hub.repo_id} {built.version}: commit {sha}, tag {tag}, {url}")
    return Released(hub.repo_id, str(built.version), tag, sha, url, is_new)


def _checked_plan(
    hub: HubRepo, refs: Refs | None, built: BuiltFolder, branch: str, replace: bool
) -> tuple[str, Plan]:
    """Return the head of the branch and the changes to make there, if they are allowed."""
    base, tree, foreign, where = "", {}, [], "which does not exist yet"
    if refs is None and hub.token is None:
        where += ", or is private"
    if refs is not None:
        check_version(hub, refs, built)
        base = refs.base_of(branch)
        tree, where = hub.tree(base), f"at {base[:12]}"
    plan = make_plan(built.manifest, tree)
    # If nothing changes, nobody's work is replaced, whoever put it there.
    if refs is not None and not plan.is_empty:
        foreign = foreign_commits(hub, refs, base)
    hub.steps.say(f"{built.version.tag} to {branch} of {hub.repo_id}, {where}")
    hub.steps.say(plan.table())
    if foreign and not replace:
        raise ReleaseError(
            f"{branch} of {hub.repo_id} holds commits that no release made: "
            f"{tell_commits(foreign)}. Nothing was changed. Look at them; running again with "
            "--replace replaces what they did"
        )
    return base, plan


def _checked_tag(hub: HubRepo, built: BuiltFolder) -> tuple[str, Plan]:
    """Return the commit of an existing tag, if it holds exactly this version."""
    tag = built.version.tag
    sha = hub.commit_of(tag)
    plan = make_plan(built.manifest, hub.tree(sha))
    if not plan.is_empty:
        raise ReleaseError(
            f"{tag} of {hub.repo_id} is at {sha[:12]} with other content "
            f"({', '.join(plan.differing)}), and a tag never moves: release this as a higher "
            "version"
        )
    hub.steps.say(f"{tag} of {hub.repo_id} exists already, with this very content.")
    return sha, plan


def make_repository(hub: HubRepo, branch: str, private: bool) -> str:
    """Create what is missing of the repository and its branch; return the branch's head.

    Raises
    ------
    ReleaseError
        If it cannot be created, or somebody else has meanwhile put something there.
    """
    is_new = hub.refs() is None

    def attempt() -> Refs:
        failed: HubError | None = None
        try:
            refs = hub.refs()
            if refs is None:
                hub.create(private)
                refs = hub.refs()
            if refs is not None and branch not in refs.branches:
                hub.create_branch(branch, refs.base_of(branch))
        except HubError as error:
            failed = error
        # Whatever the answer was, it may exist: the answer was lost, or somebody else was faster.
        refs = hub.refs()
        if refs is not None and branch in refs.branches:
            return refs
        if refs is None and failed is not None and failed.status == 409:
            raise ReleaseError(
                f"{hub.repo_id} exists, but this token cannot see it: use a token with the scopes "
                "repo.content.read and repo.write for it. Nothing was changed"
            )
        doing = f"creating {branch} of {hub.repo_id}"
        raise failed or HubError(doing, NO_ANSWER, "it is not there afterwards")

    head = hub.steps.retried(attempt).branches[branch]
    if is_new and not is_fresh(hub.tree(head)):
        raise ReleaseError(
            f"somebody else has created {hub.repo_id} since this release began: "
            f"{tell_commits(hub.commits(head))}; look at it and run again"
        )
    if is_new and private and not hub.is_private():
        raise ReleaseError(f"somebody else has meanwhile created {hub.repo_id}, and it is public")
    return head


def compare_with_hub(hub: HubRepo, built: BuiltFolder, sha: str) -> None:
    """Compare a commit with the folder from the outside: first the listing, then every byte.

    Raises
    ------
    ReleaseError
        If anything differs.
    """
    try:
        tree = hub.tree(sha)
        wrong = make_plan(built.manifest, tree).differing
        if wrong:
            raise ReleaseError(
                f"commit {sha} of {hub.repo_id} does not hold this release: {', '.join(wrong)}. It "
                "was not tagged"
            )
        with scratch_folder() as folder:
            found = download_commit(hub, sha, tree, folder / "files", hub.steps.advance)
    except HubError as error:
        raise ReleaseError(
            f"{error}. Commit {sha} of {hub.repo_id} is complete but not compared, and was not "
            "tagged; run again"
        ) from error
    for path, right in built.manifest.items():
        if found[path] != right:
            raise ReleaseError(
                f"{path} of {hub.repo_id} at {sha} downloads with SHA-256 {found[path].sha256}, "
                f"not {right.sha256}. It was not tagged"
            )


def set_tag(hub: HubRepo, tag: str, sha: str) -> None:
    """Tag a commit, or find that exactly this tag exists.

    Raises
    ------
    ReleaseError
        If the tag is at another commit, or cannot be created.
    """

    def attempt() -> None:
        failed: HubError | None = None
        try:
            hub.create_tag(tag, sha, f"Slash dataset {tag.removeprefix('v')}")
        except HubError as error:
            failed = error
        refs = hub.refs()
        if refs is None or tag not in refs.tags:
            doing = f"tagging {hub.repo_id} as {tag}"
            raise failed or HubError(doing, NO_ANSWER, "it is not there afterwards")
        target = hub.commit_of(tag)
        if target != sha:
            raise ReleaseError(
                f"somebody else has set {tag} of {hub.repo_id} at {target[:12]}, but this release "
                f"is {sha[:12]}; a tag never moves"
            )

    try:
        hub.steps.retried(attempt)
    except HubError as error:
        raise ReleaseError(
            f"{error}. Commit {sha} of {hub.repo_id} is complete and compared, but not tagged; run "
            "again"
        ) from error
