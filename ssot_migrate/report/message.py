"""What the formats that services and programs read say of a violation, in one line."""

from collections.abc import Iterable

from ssot_migrate.gate.verdict import Verdict
from ssot_migrate.model import Applicability, Severity, Violation
from ssot_migrate.report import check
from ssot_migrate.report.console import count

_SEVERITIES = tuple(Severity)


def title(verdict: Verdict) -> str:
    """Say what the gate fails on, in one line."""
    found = "no new violations"
    where = f"{verdict.part}: ".lower() if verdict.part else ""
    if verdict.new:
        files = count(len({violation.path for violation in verdict.new}), "file")
        found = f"{count(len(verdict.new), 'new violation')} in {files}"
    if verdict.is_stale:
        found += f", {count(len(verdict.stale), 'stale entry', 'stale entries')} in the baseline"
    failures = len(verdict.report.all_failures)
    found += f", but {count(failures, 'error')}" if failures else ""
    return f"{where}{found}"


def message(verdict: Verdict, violation: Violation) -> str:
    """Say what a violation is, and what becomes of its fix: each is read alone."""
    return "; ".join(filter(None, [check.message(verdict, violation), _fix(verdict, violation)]))


def place(violation: Violation) -> str:
    """Say where a violation is."""
    return f"{violation.path}:{violation.line}:{violation.column}"


def by_severity(violations: Iterable[Violation]) -> list[Violation]:
    """Sort violations, most severe first; equally severe ones stay as they are."""
    return sorted(violations, key=lambda violation: _SEVERITIES.index(violation.severity))


def _fix(verdict: Verdict, violation: Violation) -> str:
    if violation in verdict.fixable:
        return "`ssot-migrate apply` fixes it"
    if violation.applicability is Applicability.UNSAFE:
        differences = "; ".join(difference.message for difference in violation.differences)
        return f"the fix is unsafe: {differences}"
    # Where nothing is to be used instead, the reason is what was said.
    return (violation.reason or "") if violation in verdict.instead else ""
