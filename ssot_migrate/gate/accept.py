"""A run whose changes accept what was found: nothing but comments."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from msgspec.structs import replace

from ssot_migrate.code.source import SourceError
from ssot_migrate.frozen import Frozen
from ssot_migrate.model import Change, Failure, FileResult, SourceFile, Stage, Violation
from ssot_migrate.pipeline import Run
from ssot_migrate.suppressions.read import ABOUT
from ssot_migrate.suppressions.suppress import (
    Commented,
    SuppressError,
    suppress_file,
    suppress_lines,
)
from ssot_migrate.worker.process import process_data
from ssot_migrate.worker.settings import Outcome


class Comments(Frozen):
    """The comments to write."""

    reason: str
    #: One for each file, not one for each line.
    of_file: bool = False


def accept(run: Run, files: Iterable[SourceFile], comments: Comments) -> Run:
    """Change each file so that comments accept what the gate would find in it.

    What cannot have one is left in its result, and why.
    """
    by_path = {file.path: file for file in files}

    def accepted(result: FileResult) -> FileResult:
        file = by_path[result.path]
        settings, users = run.settings[file.location], run.uses.of(file.path)
        find = partial(process_data, settings, file, users=users)
        return _accepted(find, settings.config.line_length, file, result, comments)

    results = tuple(accepted(r) if r.violations else r for r in run.report.results)
    return replace(run, report=replace(run.report, results=results))


def _accepted(
    find: Callable[[bytes], Outcome],
    line_length: int,
    file: SourceFile,
    result: FileResult,
    comments: Comments,
) -> FileResult:
    wanted = [v for v in result.violations if v.rule not in ABOUT]
    if not wanted:
        return result
    try:
        before = file.read()
        commented = _commented(before, wanted, comments, line_length)
    except (OSError, SourceError, SuppressError) as error:
        return _failed(result, Stage.REWRITE, str(error))
    left = {v: why for v in wanted if (why := commented.left.get(v.line))}
    fixed = tuple(v for v in wanted if v not in left)
    if not fixed:
        return replace(result, left=left)
    if not _holds(find, before, commented.data, fixed):
        return _failed(result, Stage.VERIFY, "the comments would not stand at what they accept")
    change = Change.of(file.location, file.path, before, commented.data, fixed)
    return replace(result, change=change, left=left)


def _commented(
    before: bytes, wanted: Sequence[Violation], comments: Comments, line_length: int
) -> Commented:
    if comments.of_file:
        rules = sorted({v.rule for v in wanted})
        return Commented(suppress_file(before, rules, comments.reason), {})
    lines: dict[int, dict[str, None]] = {}
    for violation in wanted:
        lines.setdefault(violation.line, {})[violation.rule] = None
    return suppress_lines(before, lines, comments.reason, line_length)


def _holds(
    find: Callable[[bytes], Outcome], before: bytes, after: bytes, wanted: Iterable[Violation]
) -> bool:
    """Find again what is in the file, and see that just what was wanted is accepted."""
    was, now = find(before).result, find(after).result
    # What only a whole run finds is not found here.
    expected = _keys({*wanted} & {*was.violations})
    return (
        _keys(now.suppressed) == _keys(was.suppressed) + expected
        and _keys(now.violations) == _keys(was.violations) - expected
    )


def _keys(violations: Iterable[Violation]) -> Counter[tuple[str, str | None, str]]:
    return Counter(violation.key for violation in violations if violation.rule not in ABOUT)


def _failed(result: FileResult, stage: Stage, message: str) -> FileResult:
    failure = Failure(result.path, stage, f"left as it was: {message}")
    return replace(result, failures=(*result.failures, failure))
