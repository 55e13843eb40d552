"""The scan for people: totals, places, adoption."""

from collections.abc import Sequence

from rich.console import Console

from ssot_migrate.model import Applicability, Report, Severity, Violation
from ssot_migrate.report import By, Verbosity
from ssot_migrate.report.console import count, say, table
from ssot_migrate.report.summary import (
    Adoption,
    FamilyTotals,
    RuleTotals,
    Summary,
    by_scope,
    summarize,
)

#: How many folders and files are listed.
_TOP = 10
_HEADING = ("family", "severity", "violations", *Applicability, "from factory", "adoption")


def scan(report: Report, console: Console, verbosity: Verbosity, by: Sequence[By] = ()) -> None:
    """Print what a scan found; ``by`` chooses the tables, which are then printed in full."""
    summary = summarize(report)
    if verbosity is Verbosity.VERBOSE:
        for violation in report.violations:
            say(console, place(violation))
        for violation, reason in report.suppressed.items():
            say(console, f"{title(violation)} — suppressed: {reason}")
    say(console, _total_line(summary), "bold")
    if verbosity is Verbosity.QUIET:
        return
    if summary.suppressed:
        say(console, f"{summary.suppressed} suppressed")
    for each in dict.fromkeys(by or (By.FAMILY, By.DIRECTORY, By.FILE)):
        _print(each, summary, report, console, top=None if by else _TOP)


def problems(report: Report, console: Console, verbosity: Verbosity) -> None:
    """Print what limits the answer, and what could not be processed: one line each."""
    if verbosity is not Verbosity.QUIET:
        for warning in report.warnings:
            say(console, f"warning: {warning}", "yellow")
    for failure in report.all_failures:
        say(console, f"error: {failure.path}: {failure.stage}: {failure.message}", "red")


def place(violation: Violation) -> str:
    """Return one line for a violation: where, what, why."""
    evidence = ", ".join(f"{item.kind} {item.detail}" for item in violation.evidence)
    why = violation.reason or "; ".join(difference.message for difference in violation.differences)
    nothing = "no evidence" if violation.is_creation else ""
    return f"{title(violation)} — " + "; ".join(filter(None, [evidence or nothing, why]))


def title(violation: Violation) -> str:
    """Return where a violation is, and what."""
    what = f"{violation.rule} [{violation.applicability}]" + (
        f" {violation.name}" if violation.name else ""
    )
    return f"{violation.path}:{violation.line}:{violation.column}: {what}"


def _print(by: By, summary: Summary, report: Report, console: Console, *, top: int | None) -> None:
    match by:
        case By.FAMILY:
            _families(summary, console)
            _rules(summary, console)
        case By.DIRECTORY:
            folders = [(p.path, str(p.files), str(p.violations)) for p in summary.directories]
            _ranked(console, ("directory", "files", "violations"), folders, top)
        case By.FILE:
            files = [(p.path, str(p.violations)) for p in summary.worst]
            _ranked(console, ("worst files" if top else "file", "violations"), files, top)
        case By.SCOPE:
            scopes = [
                (p, scope, str(n))
                for p, scope, n in by_scope(v for v in report.violations if v.is_creation)
            ]
            _ranked(console, ("file", "scope", "violations"), scopes, top)


def _total_line(summary: Summary) -> str:
    mocks, files = count(summary.violations, "mock"), count(summary.files, "file")
    found = f"{mocks} built by hand in {len(summary.worst)} of {files}"
    adoption = summary.adoption
    if adoption.share is None:
        return f"{found}."
    share = f"{adoption.adopted} of {adoption.adopted + adoption.by_hand} ({adoption.share:.0%})"
    return f"{found}; of the mocks of a known family, {share} come from the factory."


def _families(summary: Summary, console: Console) -> None:
    shown = [
        totals
        for totals in summary.families
        if totals.violations or (totals.adoption and totals.adoption.adopted)
    ]
    if not shown:
        return
    rows = [_HEADING, *map(_family_row, shown), _total_row(summary)]
    table(console, rows, right=frozenset(range(2, len(_HEADING))))
    severities = (
        f"{summary.severities[severity]} {severity}"
        for severity in Severity
        if summary.severities[severity]
    )
    say(console, "By severity: " + (", ".join(severities) or "none"))


def _family_row(totals: FamilyTotals) -> Sequence[str]:
    applicabilities = (
        str(totals.applicabilities[applicability]) for applicability in Applicability
    )
    return (
        totals.family,
        totals.severity,
        str(totals.violations),
        *applicabilities,
        *_adopted(totals.adoption),
    )


def _total_row(summary: Summary) -> Sequence[str]:
    applicabilities = (
        str(summary.applicabilities[applicability]) for applicability in Applicability
    )
    return ("total", "", str(summary.violations), *applicabilities, *_adopted(summary.adoption))


def _rules(summary: Summary, console: Console) -> None:
    """Print what the engine's own rules found: beside the mocks built by hand, not among them."""
    shown = [totals for totals in summary.rules if totals.violations]
    if shown:
        heading = ("rule", "severity", "violations", "of a known family")
        table(console, [heading, *map(_rule_row, shown)], right=frozenset({2}))


def _rule_row(totals: RuleTotals) -> Sequence[str]:
    families = ((family, number) for family, number in totals.families.items() if family)
    ranked = sorted(families, key=lambda item: (-item[1], item[0]))
    known = ", ".join(f"{number} {family}" for family, number in ranked)
    return (totals.rule, totals.severity, str(totals.violations), known or "-")


def _adopted(adoption: Adoption | None) -> tuple[str, str]:
    if adoption is None or adoption.share is None:
        return ("-", "-")
    return (str(adoption.adopted), f"{adoption.share:.0%}")


def _ranked(
    console: Console, heading: Sequence[str], rows: Sequence[Sequence[str]], top: int | None
) -> None:
    """Print a table's first rows, and how many more there are."""
    if not rows:
        return
    numbers = frozenset(n for n, title in enumerate(heading) if title in {"files", "violations"})
    table(console, [heading, *rows[:top]], right=numbers)
    if top and len(rows) > top:
        say(console, f"… and {len(rows) - top} more")
