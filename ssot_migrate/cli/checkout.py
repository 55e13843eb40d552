"""Ask git about the project, and commit to it."""

import contextlib
import os
import subprocess
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ssot_migrate.frozen import Frozen
from ssot_migrate.model import UserError
from ssot_migrate.settings.toolchain import shown

if TYPE_CHECKING:
    from rich.console import Console

#: What git keeps while something is under way, and what to call that.
_UNDER_WAY = {
    "MERGE_HEAD": "a merge",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
}
#: So many files are named.
_NAMED = 5


class GitError(UserError):
    """What git refused, in its own words."""


def warn_uncommitted(folder: Path, errors: "Console") -> None:
    """Warn where files differ from the last commit; never without git or outside a checkout."""
    from ssot_migrate.report.console import count, say

    try:
        dirty = len(_status(folder))
    except GitError:
        return
    if dirty:
        files = count(dirty, "file")
        say(errors, f"warning: the git tree has uncommitted changes in {files}", "yellow")


def check_commits(folder: Path, files: Collection[str]) -> None:
    """Raise UserError where files, given by location, cannot be committed one by one as they are.

    That is outside a checkout, where a link leads out of it, with changes that are not committed,
    in the middle of a merge or the like, and where git does not know who commits.
    """
    try:
        top = Path(_git(folder, "rev-parse", "--show-toplevel").rstrip("\n"))
    except GitError as error:
        raise UserError(f"`--commit` needs a git checkout: {error}") from None
    for name, what in _UNDER_WAY.items():
        if (folder / _git(folder, "rev-parse", "--git-path", name).rstrip("\n")).exists():
            raise UserError(f"{top}: {what} is under way; finish it before `--commit`")
    real = {os.path.realpath(file): file for file in files}
    outside = (file for file in real if not Path(file).is_relative_to(os.path.realpath(top)))
    if file := next(outside, None):
        raise UserError(
            f"{shown(Path(real[file]))}: is a link to {file}, which the commits of {top} cannot"
            " hold; leave it out (`exclude`), or go without `--commit`"
        )
    dirty = [
        path
        for code, path in _status(folder, "--untracked-files=all")
        if code != "??" or os.path.realpath(top / path) in real
    ]
    if dirty:
        more = f" and {len(dirty) - _NAMED} more" if len(dirty) > _NAMED else ""
        named = ", ".join(dirty[:_NAMED]) + more
        raise UserError(f"`--commit` needs a clean git tree; commit or stash {named}")
    try:
        _git(folder, "var", "GIT_AUTHOR_IDENT")
        _git(folder, "var", "GIT_COMMITTER_IDENT")
    except GitError as error:
        raise UserError(f"{error}; set user.name and user.email") from None


def head(folder: Path) -> str | None:
    """Return the id of the last commit, ``None`` before the first."""
    try:
        return _git(folder, "rev-parse", "--verify", "--short", "HEAD").strip()
    except GitError:
        return None


class Commit(Frozen):
    """A commit that was made."""

    id: str
    #: Those of its files, by location, that it has as a hook left them.
    hooked: tuple[str, ...] = ()


def commit(folder: Path, files: Sequence[str], message: str) -> Commit:
    """Commit these files alone, given by location. Raises GitError.

    Hooks run as in any commit. Where one changes the files and refuses, as formatters do, the
    commit is tried once more with what it made of them.
    """
    command = ("commit", "--quiet", "--only", "--message", message)
    paths = ("--pathspec-from-file=-", "--pathspec-file-nul")
    before = _contents(files)
    hooked: tuple[str, ...] = ()
    # Of a link git would commit where it leads to, and not what is there.
    given = "\0".join(dict.fromkeys(map(os.path.realpath, files)))
    try:
        _git(folder, *command, *paths, given=given)
    except GitError:
        after = _contents(files)
        hooked = tuple(file for file in files if after[file] != before[file])
        if not hooked:
            raise
        _git(folder, *command, *paths, given=given)
    return Commit(head(folder) or "", hooked)


def configure(folder: Path, settings: Mapping[str, str]) -> None:
    """Set what git goes by in the checkout around a folder. Raises GitError."""
    for key, value in settings.items():
        _git(folder, "config", key, value)


def merge_as_text(base: Path, ours: Path, theirs: Path) -> None:
    """Merge a file line by line into ours, with markers where both sides changed the same."""
    labels = [part for side in ("ours", "base", "theirs") for part in ("-L", side)]
    with contextlib.suppress(GitError):  # It counts conflicts by its exit code.
        _git(Path(), "merge-file", *labels, str(ours), str(base), str(theirs))


def revert_command(commits: Sequence[str]) -> str:
    """Return the command that takes back commits that follow each other, the last one last."""
    named = f"{commits[0]}^..{commits[-1]}" if len(commits) > 1 else commits[0]
    return f"git revert {named}"


def _contents(files: Sequence[str]) -> dict[str, bytes]:
    return {file: Path(file).read_bytes() if Path(file).exists() else b"" for file in files}


def _status(folder: Path, *options: str) -> list[tuple[str, str]]:
    """List what differs from the last commit: git's two letters, and the path from the top."""
    listed = _git(folder, "status", "--porcelain", "-z", "--no-renames", *options)
    return [(entry[:2], entry[3:]) for entry in listed.split("\0") if entry]


def _git(folder: Path, *arguments: str, given: str = "") -> str:
    """Run git in a folder and return what it prints. Raises GitError."""
    command = ["git", "--literal-pathspecs", "-C", str(folder), *arguments]
    # Without optional locks a status never blocks another git command of the user's.
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    try:
        process = subprocess.Popen(  # noqa: S603 (git, with arguments of our own)
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="surrogateescape",
        )
    except OSError as error:
        raise GitError(f"git cannot be run ({error.strerror})") from None
    with process:
        try:
            out, errors = process.communicate(given)
        except KeyboardInterrupt:
            # Ended this way, git takes its locks away.
            process.terminate()
            process.wait()
            raise
    if process.returncode:
        words = _words(errors) or _words(out) or _silence(arguments[0], process.returncode)
        raise GitError(f"git {arguments[0]}: {words}")
    return out


def _words(text: str) -> str:
    """Give the line that says most of what git or a hook printed."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    fatal = (line for line in lines if line.startswith(("fatal: ", "error: ")))
    return next(fatal, lines[-1] if lines else "")


def _silence(command: str, exit_code: int) -> str:
    why = "; a hook may have refused" if command == "commit" else ""
    return f"it ended with exit code {exit_code} and without a word{why}"
