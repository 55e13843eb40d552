"""Ask git which lines of the working tree a revision does not have."""

import ast
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from msgspec import field

from ssot_migrate import git
from ssot_migrate.frozen import Frozen
from ssot_migrate.model import SourceFile, UserError, Violation
from ssot_migrate.suppressions.read import MARK

#: What no setting or variable of the user's may change: lines alone, as they are in the files.
_DIFF: Final = (
    *("diff", "--no-color", "--no-ext-diff", "--no-textconv", "--text", "--no-relative"),
    *("--unified=0", "--inter-hunk-context=0", "--find-renames", "--ignore-submodules=all"),
    *("--src-prefix=a/", "--dst-prefix=b/"),
)
_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
#: Comments that accepted what follows them, or all that there is in their file.
_SUPPRESSION = re.compile(rb"-\s*#\s*%s:\s*ignore(-file)?\[" % MARK.encode())
#: Python ends a line here, and git does not.
_LONE_RETURN = re.compile(rb"\r(?!\n)")


class Hunk(Frozen):
    """Lines that the revision does not have; of a deletion none, and the place where it was."""

    #: 1-based, the first one; of a deletion the line above it.
    line: int
    #: ``None`` for all that follow.
    count: int | None = None

    def touches(self, lines: frozenset[int]) -> bool:
        """Tell whether one of some lines is new, or something was deleted between two of them."""
        if self.count == 0:
            inside = min(lines) <= self.line < max(lines)
            return inside and not lines.isdisjoint({self.line, self.line + 1})
        return any(self.line <= line and self._reaches(line) for line in lines)

    def _reaches(self, line: int) -> bool:
        return self.count is None or line < self.line + self.count


_EVERYTHING: Final = (Hunk(1),)


class Changes(Frozen):
    """What the working tree has and a revision does not."""

    #: As it was given.
    revision: str
    #: By the real location of the file.
    hunks: Mapping[str, Sequence[Hunk]] = field(default_factory=dict)

    def touch(self, file: SourceFile, violation: Violation) -> bool:
        """Tell whether a line of a violation was changed."""
        own = (violation.line, violation.end_line)
        spans = (range(first, last + 1) for first, last in (own, *violation.lines))
        lines = frozenset(line for span in spans for line in span)
        hunks = self.hunks.get(os.path.realpath(file.location), ())
        return any(hunk.touches(lines) for hunk in hunks)


def since(
    revision: str, folder: Path, names: Iterable[str] = ("*.py",), *, ignored: bool = False
) -> Changes:
    """Return what changed in a folder's checkout since ``revision``, or since HEAD parted from it.

    ``names`` are patterns of the files that may be asked about. What is staged, what is not, and
    files that git does not know count, also those of repositories in it that git does not know;
    submodules do not, and links only where they lead. ``ignored`` takes files that git ignores for
    unknown ones. Raises UserError.
    """
    top = _top(next(one for one in (folder, *folder.parents) if one.is_dir()))
    base = _base(top, revision)
    patterns = sorted(set(names))
    specs = [f":(top){name}" for name in patterns]
    hunks: dict[bytes, Sequence[Hunk]] = dict(_hunks(_git(top, *_DIFF, base, "--", *specs)))
    standard = () if ignored else ("--exclude-standard",)
    unknown = _git(top, "ls-files", "--others", "-z", *standard).split(b"\0")
    listed = {
        name
        for name in _with_repositories(top, unknown)
        if any(fnmatchcase(os.fsdecode(name), pattern) for pattern in patterns)
    }
    hunks |= dict.fromkeys(listed, _EVERYTHING)
    places = {top / os.fsdecode(name): changed for name, changed in hunks.items()}
    return Changes(
        revision,
        {
            os.path.realpath(place): _as_python_counts(place, changed)
            for place, changed in places.items()
            if place.is_file() and not place.is_symlink()
        },
    )


def _with_repositories(top: Path, unknown: Iterable[bytes]) -> Iterator[bytes]:
    """Yield files by path from the top; of a repository in the checkout git lists the folder."""
    for name in unknown:
        if not name.endswith(b"/"):
            yield name
            continue
        for inner, folders, files in os.walk(top / os.fsdecode(name)):
            folders[:] = [one for one in folders if one != ".git"]
            yield from (os.fsencode((Path(inner) / file).relative_to(top)) for file in files)


def _top(folder: Path) -> Path:
    try:
        shown = _git(folder, "rev-parse", "--show-toplevel")
    except _GitError as error:
        raise UserError(f"--changed-since needs a git checkout: {error}") from None
    return Path(os.fsdecode(shown.removesuffix(b"\n")))


def _base(top: Path, revision: str) -> str:
    """Return the last commit that HEAD and a revision have in common: of an older one, itself."""
    told = f"--changed-since `{revision}`"
    if not revision or revision.startswith("-") or ".." in revision:
        raise UserError(f"{told}: give one revision, a commit, a branch or a tag")
    try:
        _git(top, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    except _GitError:
        raise UserError(f"{told}: no such revision here; {_advice(top, revision)}") from None
    try:
        return _git(top, "merge-base", revision, "HEAD").decode().strip()
    except _GitError as error:
        why = f"nothing in common with HEAD ({error})"
        advice = f"; {_advice(top, revision)}" if _is_shallow(top) else ""
        raise UserError(f"{told}: {why}{advice}") from None


def _advice(top: Path, revision: str) -> str:
    """Say how to get a revision that a clone does not have."""
    remote, _, branch = revision.partition("/")
    is_remote = branch and remote in _git(top, "remote").decode().split()
    wanted = f" {remote} {branch}:refs/remotes/{revision}" if is_remote else ""
    if _is_shallow(top):
        return f"this clone is shallow: `git fetch --unshallow{wanted}` brings what it lacks"
    return f"`git fetch{wanted}` brings it" if wanted else "check the spelling, or `git fetch` it"


def _is_shallow(top: Path) -> bool:
    return _git(top, "rev-parse", "--is-shallow-repository").strip() == b"true"


def _hunks(patch: bytes) -> Iterator[tuple[bytes, list[Hunk]]]:
    """Read the files of a patch, by path from the top, and their hunks."""
    lines = iter(patch.split(b"\n"))
    hunks: list[Hunk] = []
    for line in lines:
        if line.startswith(b"+++ "):
            hunks = []
            yield _path(line), hunks
        elif found := _HUNK.match(line):
            before, first, after = found.groups()
            count = int(after or 1)
            text = _text(lines, int(before or 1) + count)
            hunks.append(_with_accepted(Hunk(int(first), count), text))


def _path(line: bytes) -> bytes:
    """Return the path in the head of a file; git writes it as C would where it is not plain."""
    text = line.removeprefix(b"+++ ").rstrip(b"\t")
    if text.startswith(b'"'):
        text = ast.literal_eval(f"b{text.decode('ascii')}")
    return text.removeprefix(b"b/")


def _text(lines: Iterator[bytes], number: int) -> list[bytes]:
    """Take the lines of a hunk, which may look like anything, the head of a file too."""
    text: list[bytes] = []
    while len(text) < number:
        line = next(lines)
        # What begins so is a remark on the end of the file.
        text += [line] if not line.startswith(b"\\") else []
    return text


def _with_accepted(hunk: Hunk, text: Iterable[bytes]) -> Hunk:
    """Add what suppressions accepted that went: it is no longer, and its lines are the same."""
    gone = [found for line in text if (found := _SUPPRESSION.match(line))]
    if any(found.group(1) for found in gone):
        return Hunk(1)
    if gone and hunk.count is not None:
        return Hunk(hunk.line + (hunk.count == 0), hunk.count + 1)
    return hunk


def _as_python_counts(place: Path, hunks: Sequence[Hunk]) -> Sequence[Hunk]:
    """Take a file for changed as a whole where git and Python number its lines differently."""
    try:
        return _EVERYTHING if _LONE_RETURN.search(place.read_bytes()) else hunks
    except OSError:  # The run tells of it.
        return _EVERYTHING


class _GitError(UserError):
    """What git refused, in its own words."""


def _git(folder: Path, *arguments: str) -> bytes:
    """Run git in a folder and return what it prints. Raises _GitError."""
    try:
        done = git.run(str(folder), "-c", "core.quotePath=true", *arguments)
    except OSError as error:
        raise _GitError(f"git cannot be run ({error.strerror})") from None
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines()
        fatal = (line for line in words if line.startswith("fatal: "))
        raise _GitError(next(fatal, f"exit code {done.returncode}"))
    return done.stdout
