"""What the formats of ``check`` say of a violation, in one line."""

from collections.abc import Iterable

from ssot_migrate.families.family import Family
from ssot_migrate.gate.verdict import Verdict
from ssot_migrate.model import Applicability, Severity, Violation
from ssot_migrate.report.console import count

_SEVERITIES = tuple(Severity)


def message(verdict: Verdict, violation: Violation) -> str:
    """Say what a violation is and what can be done."""
    known = verdict.rules.get(violation.rule)
    name = f"`{violation.name}`: " if violation.name else ""
    what = known.summary if known else violation.rule
    method = known.factory_method if isinstance(known, Family) else None
    return name + "; ".join(
        filter(
            None,
            [
                what,
                f"the factory's `{method}` builds them" if method else "",
                "accepted once, changed since" if violation in verdict.changed else "",
                _fix(violation),
            ],
        )
    )


def place(violation: Violation) -> str:
    """Say where a violation is."""
    return f"{violation.path}:{violation.line}:{violation.column}"


def stale(verdict: Verdict) -> str:
    """Say how many entries of the baseline match nothing, and what to do."""
    entries = count(len(verdict.stale), "entry", "entries")
    return (
        f"Stale: {entries} of the baseline that nothing matches;"
        " `ssot-migrate baseline prune` takes them out"
    )


def by_severity(violations: Iterable[Violation]) -> list[Violation]:
    """Sort violations, most severe first; equally severe ones stay as they are."""
    return sorted(violations, key=lambda violation: _SEVERITIES.index(violation.severity))


def _fix(violation: Violation) -> str:
    differences = "; ".join(difference.message for difference in violation.differences)
    match violation.applicability:
        case Applicability.SAFE:
            return "`ssot-migrate apply` fixes it"
        case Applicability.UNSAFE:
            return f"`ssot-migrate apply --unsafe-fixes` fixes it, but {differences}"
        case Applicability.MANUAL:
            return violation.reason or ""
