"""What ``diff`` would do and what ``apply`` did, and what is left and why."""

from collections import Counter
from collections.abc import Iterable, Iterator

from rich.console import Console

from ssot_migrate.frozen import Frozen
from ssot_migrate.model import Applicability, Change, FileResult, Report, Violation
from ssot_migrate.report import Verbosity
from ssot_migrate.report.console import columns, count, say
from ssot_migrate.report.summary import by_family
from ssot_migrate.report.text import title

#: How many reasons are listed.
_TOP = 10
_UNSAFE = "the fix would leave a difference (-v lists it)"
_UNKNOWN = "there is no edit for it"


class Left(Frozen):
    """A violation that is still there after the run."""

    #: The violation.
    violation: Violation
    #: What it is counted under.
    reason: str
    #: The reason in full.
    detail: str


def changed(change: Change, console: Console) -> None:
    """Print one line for a file that was changed: its mocks by family."""
    families = sorted(by_family(change.fixed).items(), key=lambda item: (-item[1], item[0]))
    counts = ", ".join(f"{number} {family}" for family, number in families)
    say(console, f"{change.path}: {counts or 'suppressions only'}")


def outcome(report: Report, console: Console, verbosity: Verbosity, *, written: bool) -> None:
    """Print the totals of a run that makes changes, and what it left and why.

    ``written`` says whether the changes are on disk.
    """
    say(console, _total_line(report, written=written), "bold")
    if verbosity is Verbosity.QUIET:
        return
    reasons = Counter(item.reason for item in left(report))
    if reasons:
        _reasons(reasons, console)
        if verbosity is Verbosity.VERBOSE:
            details(left(report), console)
    if more := reasons[_UNSAFE]:
        say(
            console,
            f"{more} more {'fix' if more == 1 else 'fixes'} with `--unsafe-fixes`.",
            "yellow",
        )


def suppressed(report: Report, console: Console, *, written: bool) -> None:
    """Print how much comments accept now, and each violation that cannot have one, and why."""
    number = count(sum(len(change.fixed) for change in report.changes), "violation")
    done = f"{number} in {count(len(report.changes), 'file')}" if report.changes else "nothing"
    say(console, f"{'Suppressed' if written else 'Would suppress'} {done}.", "bold")
    for result in report.results:
        for violation, why in result.left.items():
            say(console, f"{title(violation)} — {why}")


def left(report: Report) -> Iterator[Left]:
    """Yield the mocks built by hand that no change of the report ends, with their reasons."""
    for result in report.results:
        fixed = {*result.change.fixed} if result.change else ()
        reasons = result.left | _suppressed(result)
        for violation in (*result.violations, *result.suppressed):
            if violation.is_creation and violation not in fixed:
                yield _left(violation, reasons.get(violation))


def details(remaining: Iterable[Left], console: Console) -> None:
    """Print each violation that is left, and why."""
    for item in remaining:
        say(console, f"{title(item.violation)} — {item.detail}")


def _left(violation: Violation, reason: str | None) -> Left:
    if reason is None and violation.applicability is Applicability.UNSAFE:
        detail = "; ".join(difference.message for difference in violation.differences)
        return Left(violation, _UNSAFE, detail or _UNSAFE)
    reason = reason or violation.reason or _UNKNOWN
    return Left(violation, reason, reason)


def _suppressed(result: FileResult) -> dict[Violation, str]:
    return {violation: f"suppressed: {reason}" for violation, reason in result.suppressed.items()}


def _total_line(report: Report, *, written: bool) -> str:
    if not report.changes:
        return "Nothing was changed." if written else "Nothing to change."
    done = f"{'Changed' if written else 'Would change'} {count(len(report.changes), 'file')}"
    mocks = sum(v.is_creation for change in report.changes for v in change.fixed)
    others = sum(len(change.fixed) for change in report.changes) - mocks
    if not mocks and others:
        return f"{done}, {count(others, 'violation')}."
    more = f" and {count(others, 'other violation')}" if others else ""
    return f"{done}, {count(mocks, 'mock')}{more}."


def _reasons(numbers: Counter[str], console: Console) -> None:
    say(console, f"Left {count(numbers.total(), 'mock')}:")
    reasons = sorted(numbers.items(), key=lambda item: (-item[1], item[0]))
    for line in columns(
        [(f"  {number}", reason) for reason, number in reasons[:_TOP]], right=frozenset({0})
    ):
        say(console, line)
    if len(reasons) > _TOP:
        say(
            console,
            f"  … and {len(reasons) - _TOP} more reasons; `scan --output-format json` has them all",
        )
