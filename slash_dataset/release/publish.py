"""A release of the data to the Hub, safe to run again after any failure.

Seven steps: the token and its role; the folder and its manifest; what stands on the Hub; one commit
on exactly that state; a comparison from the outside; the tag; and, as the last proof,
``load_dataset``. Nothing is trusted but what the Hub shows afterwards. What an interrupted run has
left is recognised by its content: running again finishes it, and repeats nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module

from ..about import DATA_VERSION
from ..destinations import ended_by_signals, scratch_folder
from .checks import (
    check_account,
    check_branch,
    check_online,
    check_repo_id,
    check_version,
    find_token,
    foreign_commits,
    tell_commits,
)
from .errors import ReleaseError, without_token
from .hub import HubRepo, hub_url, patient_storage
from .manifest import CHECKSUMS_NAME, BuiltFolder, open_built, read_checksums
from .plan import Plan, make_plan, size_text
from .progress import Steps
from .steps import commit_folder, compare_with_hub, make_repository, set_tag
from .verify import prove_loadable
from .versions import DataVersion

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
    report: Callable[[str], object] = print,
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
    token = find_token(token)
    with without_token(token):
        check_repo_id(repo_id)
        check_branch(branch)
        if version is not None:
            DataVersion.parse(version)
        if folder is not None and configs is not None:
            raise ValueError(f"configs={list(configs)!r} is not allowed with folder={folder!r}")
        check_online(token, dry_run)
        with ExitStack() as stack:
            steps = stack.enter_context(Steps(_STEPS, progress))
            stack.enter_context(_client_without_bars())
            stack.enter_context(patient_storage())
            stack.enter_context(ended_by_signals())
            say = steps.printing(report)
            hub = HubRepo(repo_id, token, steps.waiting(say), say)
            run = _Run(hub, branch, steps, say)
            if not dry_run:
                run.begin("checking the token")
                check_account(run.hub.account(), repo_id)
            run.begin("building")
            built = _built_folder(stack, run, version, folder, configs, num_proc)
            return run.go(built, private=private, replace=replace, dry_run=dry_run)


class _Run:
    """One run of a release: where it goes to, and whom it tells."""

    def __init__(
        self, hub: HubRepo, branch: str, steps: Steps, report: Callable[[str], object]
    ) -> None:
        self.hub = hub
        self.branch = branch
        self.steps = steps
        self.begin = steps.begin
        self.report = report

    def go(
        self, built: BuiltFolder, *, private: bool, replace: bool, dry_run: bool
    ) -> Released | None:
        """Do everything that comes after the build."""
        hub, version = self.hub, built.version
        self.begin("reading the Hub")
        refs = hub.refs()
        if refs is not None and private and not hub.is_private():
            raise ValueError(
                f"private=True is not allowed: {hub.repo_id} exists and is public; change that in "
                "its settings on the Hub"
            )
        if refs is not None and version.tag in refs.tags:
            return self._finish_tagged(built, dry_run)
        if refs is not None:
            check_version(hub, refs, built)
        base = None if refs is None else refs.base_of(self.branch)
        plan = self._plan(built, base)
        foreign = []
        # Where nothing is changed, nobody's work is replaced, whoever has put it there.
        if refs is not None and base is not None and not plan.is_empty:
            foreign = foreign_commits(hub, refs, base)
        self._report_plan(plan, version, base)
        if foreign and not replace:
            raise ReleaseError(
                f"{self.branch} of {hub.repo_id} holds commits that no release made: "
                f"{tell_commits(foreign)}. Nothing was changed. Look at them; running again with "
                "--replace replaces what they did"
            )
        if dry_run:
            self.report("Dry run: nothing was changed.")
            return None
        self.begin("committing")
        if refs is None or base is None or self.branch not in refs.branches:
            base = make_repository(hub, self.branch, private)
            plan = self._plan(built, base)
        if not plan.is_empty:
            self.report(f"Uploading up to {size_text(plan.upload_bytes)}.")
            base = commit_folder(hub, self.branch, base, plan, built)
        return self._finish(built, base, is_new=True)

    def _plan(self, built: BuiltFolder, base: str | None) -> Plan:
        return make_plan(built.manifest, {} if base is None else self.hub.tree(base))

    def _report_plan(self, plan: Plan, version: DataVersion, base: str | None) -> None:
        where = "which does not exist yet"
        if base is not None:
            where = f"at {base[:12]}"
        elif self.hub.token is None:
            where += ", or is private"
        self.report(f"{version.tag} to {self.branch} of {self.hub.repo_id}, {where}")
        self.report(plan.table())

    def _finish_tagged(self, built: BuiltFolder, dry_run: bool) -> Released | None:
        """Go on with a tag that stands: it must be this very version."""
        tag = built.version.tag
        sha = self.hub.commit_of(tag)
        plan = self._plan(built, sha)
        if not plan.is_empty:
            raise ReleaseError(
                f"{tag} of {self.hub.repo_id} is at {sha[:12]} with other content "
                f"({', '.join(plan.paths('added', 'changed', 'removed'))}), and a tag never "
                "moves: release this as a higher version"
            )
        self.report(f"{tag} of {self.hub.repo_id} exists already, with this very content.")
        if dry_run:
            return None
        self.begin("committing")
        return self._finish(built, sha, is_new=False)

    def _finish(self, built: BuiltFolder, sha: str, *, is_new: bool) -> Released:
        """Compare a commit with the folder, tag it, and load it."""
        hub, tag = self.hub, built.version.tag
        self.begin("comparing")
        if is_new:
            compare_with_hub(hub, built, sha, self.steps.advance)
        self.begin("tagging")
        if is_new:
            set_tag(hub, tag, sha)
        self.begin("loading")
        try:
            prove_loadable(hub, tag, built.checksums)
        except ReleaseError as error:
            raise ReleaseError(
                f"{tag} of {hub.repo_id} is at {sha}, and every file of it is right, but the last "
                f"proof failed: {error}. Run again to repeat it"
            ) from error
        url = hub_url(hub.repo_id, tag, hub.endpoint)
        self.report(f"{hub.repo_id} {built.version}: commit {sha}, tag {tag}, {url}")
        return Released(hub.repo_id, str(built.version), tag, sha, url, is_new)


def _built_folder(
    stack: ExitStack,
    run: _Run,
    version: str | None,
    folder: str | os.PathLike[str] | None,
    configs: Sequence[str] | None,
    num_proc: int,
) -> BuiltFolder:
    """Open the folder that was given, or build one that goes away with `stack`."""
    repo_id = run.hub.repo_id
    if folder is not None:
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
    from .build import build_folder

    path = stack.enter_context(scratch_folder()) / "folder"
    manifest = build_folder(
        path,
        configs=configs,
        version=version or DATA_VERSION,
        repo_id=repo_id,
        num_proc=num_proc,
        progress=run.steps.advance,
    )
    return BuiltFolder(path, manifest, read_checksums(path / CHECKSUMS_NAME))


@contextmanager
def _client_without_bars() -> Iterator[None]:
    """Leave the terminal to the one bar over everything."""
    utils = import_module("huggingface_hub.utils")
    were_disabled = utils.are_progress_bars_disabled()
    utils.disable_progress_bars()
    try:
        yield
    finally:
        if not were_disabled:
            utils.enable_progress_bars()
