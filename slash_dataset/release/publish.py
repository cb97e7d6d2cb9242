"""A release of the data to the Hub, safe to run again after any failure.

Seven steps: the token and its role; the folder and its manifest; what is on the Hub; one commit on
exactly that state; a comparison from the outside; the tag; and, as the last proof,
``load_dataset``. Nothing is trusted but what the Hub shows afterwards. What an interrupted run has
left is recognised by its content: running again finishes it, and repeats nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from ..about import DATA_VERSION
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
    """A release that stands.

    Attributes
    ----------
    repo_id, version, tag, sha, url : str
        `sha` is the commit that the tag leads to.
    is_new : bool
        Whether this call set the tag; it stood already otherwise.
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
    """Put a version of the data on the Hub: complete, compared from the outside, tagged.

    Parameters
    ----------
    repo_id : str
        NAMESPACE/NAME of the dataset on the Hub; it is made if it does not exist.
    version : str, optional
        X.Y.Z. The data's own version, or that of `folder`, if left out.
    folder : path-like, optional
        A folder that :func:`build_folder` has made for this repository; built now, and thrown away
        afterwards, if left out.
    configs : sequence of str, optional
        What to build; all named configs if left out. Not with `folder`.
    num_proc : int
        Processes that build, 1 to 1024.
    branch : str
        Which branch the commit goes to; it is made at the head of main if it does not exist.
    private : bool
        Make a new repository private. It is an error if it exists and is public.
    replace : bool
        Go on if others have committed to the branch since the newest release, and replace what they
        did.
    dry_run : bool
        Only report what would be done.
    token : str, optional
        Of the Hub, with write access; the one that its client is logged in with if left out.
    report : callable
        Called with text for people: the plan, what is waited for, and what is there at the end.
    progress : bool
        Show a progress bar on standard error.

    Returns
    -------
    Released or None
        None for a dry run.

    Raises
    ------
    ValueError
        If an argument is not allowed, before anything is sent.
    ReleaseError
        If the release stops. The message says what stands; nothing is tagged that was not compared.
    OSError
        If there is no space for building or for comparing.
    """
    steps = Steps(_STEPS, progress, report)
    with connected(repo_id, token, steps) as hub, ExitStack() as stack:
        check_branch(branch)
        if version is not None:
            DataVersion.parse(version)
        if folder is not None and configs is not None:
            raise ValueError(f"configs={list(configs)!r} is not allowed with folder={folder!r}")
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
    """Open a folder that was built for this version and repository."""
    built = open_built(folder)
    if version not in (None, str(built.version)):
        raise ValueError(
            f"version={version!r} is not allowed: folder={str(folder)!r} was built as "
            f"{built.version}"
        )
    if built.checksums.get("repo_id") != repo_id:
        raise ValueError(
            f"folder={str(folder)!r} is not allowed: it was built for "
            f"{built.checksums.get('repo_id') or 'no repository'}, and its card says so; build "
            f"it with --repo-id {repo_id}"
        )
    return built


def _published(
    hub: HubRepo, built: BuiltFolder, branch: str, *, private: bool, replace: bool, dry_run: bool
) -> Released | None:
    """Do everything that comes after the build."""
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
            f"{tag} of {hub.repo_id} is at {sha}, and every file of it is right, but the last "
            f"proof failed: {error}. Run again to repeat it"
        ) from error
    url = hub_url(hub.repo_id, tag, hub.endpoint)
    steps.say(f"{hub.repo_id} {built.version}: commit {sha}, tag {tag}, {url}")
    return Released(hub.repo_id, str(built.version), tag, sha, url, is_new)


def _checked_plan(
    hub: HubRepo, refs: Refs | None, built: BuiltFolder, branch: str, replace: bool
) -> tuple[str, Plan]:
    """Return what the branch is at, and what will change there, once that is allowed."""
    base, tree, foreign, where = "", {}, [], "which does not exist yet"
    if refs is None and hub.token is None:
        where += ", or is private"
    if refs is not None:
        check_version(hub, refs, built)
        base = refs.base_of(branch)
        tree, where = hub.tree(base), f"at {base[:12]}"
    plan = make_plan(built.manifest, tree)
    # Where nothing is changed, nobody's work is replaced, whoever has put it there.
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
    """Return what a tag that exists is at, once that is this very version."""
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
    """Make what is missing of the repository and its branch, and return the branch's head.

    Raises
    ------
    ReleaseError
        If it cannot be made, or somebody else has put something there meanwhile.
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
        # Whatever the answer was, it may be there: no answer came, or somebody else was faster.
        refs = hub.refs()
        if refs is not None and branch in refs.branches:
            return refs
        if refs is None and failed is not None and failed.status == 409:
            raise ReleaseError(
                f"{hub.repo_id} exists, but this token cannot see it: use a token with the scopes "
                "repo.content.read and repo.write for it. Nothing was changed"
            )
        doing = f"making {branch} of {hub.repo_id}"
        raise failed or HubError(doing, NO_ANSWER, "it is not there afterwards")

    head = hub.steps.retried(attempt).branches[branch]
    if is_new and not is_fresh(hub.tree(head)):
        raise ReleaseError(
            f"somebody else has made {hub.repo_id} since this release began: "
            f"{tell_commits(hub.commits(head))}; look at it and run again"
        )
    if is_new and private and not hub.is_private():
        raise ReleaseError(f"somebody else has made {hub.repo_id} meanwhile, and it is public")
    return head


def compare_with_hub(hub: HubRepo, built: BuiltFolder, sha: str) -> None:
    """Compare a commit with the folder from the outside: the listing, then every byte.

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
                f"and {right.sha256} is right. It was not tagged"
            )


def set_tag(hub: HubRepo, tag: str, sha: str) -> None:
    """Tag a commit, or find that exactly this tag is there.

    Raises
    ------
    ReleaseError
        If the tag is at another commit, or cannot be made.
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
                f"somebody else has set {tag} of {hub.repo_id} at {target[:12]}, and this release "
                f"is {sha[:12]}; a tag never moves"
            )

    try:
        hub.steps.retried(attempt)
    except HubError as error:
        raise ReleaseError(
            f"{error}. Commit {sha} of {hub.repo_id} is complete and compared, but not tagged; run "
            "again"
        ) from error
