"""Ask git what became of files that are no longer there."""

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from ssot_migrate import git

#: A file that was renamed more often than this is lost.
_ROUNDS = 10
_RENAMES = ("-M", "--diff-filter=R", "--name-status", "-z", "--relative")


def renamed(root: Path, baseline: Path, missing: Collection[str]) -> dict[str, str]:
    """Give the present names of missing files that were renamed; nothing without git.

    Paths are relative to the root. What counts is what is not committed yet, and the commits since
    the baseline was first committed: no entry is older.
    """
    if not missing:
        return {}
    steps = dict(_pairs(_git(root, "diff", *_RENAMES, "HEAD", "--")))
    span: list[str] | None = None
    for _ in range(_ROUNDS):
        pending = {end for path in missing if not (root / (end := _last(path, steps))).exists()}
        if not pending:
            break
        span = _span(root, baseline) if span is None else span
        found = _committed(root, span, pending)
        if not found:
            break
        steps = found | steps
    ends = {path: _last(path, steps) for path in missing}
    return {path: end for path, end in ends.items() if (root / end).is_file()}


def _last(path: str, steps: dict[str, str]) -> str:
    """Follow a file from name to name; in a circle, once."""
    passed = {path}
    while path in steps and steps[path] not in passed:
        path = steps[path]
        passed.add(path)
    return path


def _span(root: Path, baseline: Path) -> list[str]:
    """Name the commits since a baseline was first committed, that one included."""
    added = _git(root, "log", "--format=%H", "--diff-filter=A", "--", str(baseline)).split()
    return ["HEAD", f"^{added[-1]}^@"] if added else []


def _committed(root: Path, span: Collection[str], paths: Collection[str]) -> dict[str, str]:
    """Find the commits that removed these files, and where to; the last one of each counts."""
    if not span:
        return {}
    asked = "\n".join([*span, "--", *sorted(paths)])
    removed = _git(
        root,
        *("log", "--no-follow", "--full-history", "--no-renames", "--diff-filter=D"),
        *("--format=%H", "--stdin"),
        given=asked,
    )
    moves = _git(root, "diff-tree", "--stdin", "-r", "--no-commit-id", *_RENAMES, given=removed)
    found: dict[str, str] = {}
    for old, new in _pairs(moves):
        found.setdefault(old, new)
    return {old: new for old, new in found.items() if old in paths}


def _pairs(answer: str) -> Iterator[tuple[str, str]]:
    """Yield old and new names from what ``--name-status -z`` prints of renames."""
    fields = answer.split("\0")
    return zip(fields[1::3], fields[2::3], strict=False)


def _git(root: Path, *arguments: str, given: str = "") -> str:
    """Run git in the root; nothing where it cannot say."""
    try:
        done = git.run(str(root), "--literal-pathspecs", *arguments, given=os.fsencode(given))
    except (OSError, UnicodeEncodeError):  # The latter of a name that no file can have.
        return ""
    return "" if done.returncode else os.fsdecode(done.stdout)
