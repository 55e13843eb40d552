"""The scan for people: totals, places, adoption."""

from collections.abc import Callable, Sequence

from rich.console import Console

from ssot_migrate.model import Applicability, Report, Severity, Violation
from ssot_migrate.report import Verbosity
from ssot_migrate.report.console import columns, count, say
from ssot_migrate.report.summary import (
    Adoption,
    FamilyTotals,
    Place,
    RuleTotals,
    Summary,
    summarize,
)

#: How many folders and files are listed.
_TOP = 10
_HEADING = ("family", "severity", "violations", *Applicability, "from factory", "adoption")


def scan(report: Report, console: Console, verbosity: Verbosity) -> None:
    """Print what a scan found."""
    summary = summarize(report)
    if verbosity is Verbosity.VERBOSE:
        for violation in report.violations:
            say(console, place(violation))
    say(console, _total_line(summary), "bold")
    if verbosity is Verbosity.QUIET:
        return
    _families(summary, console)
    _rules(summary, console)
    _places(console, ("directory", "files", "violations"), summary.directories, _directory_row)
    _places(console, ("worst files", "violations"), summary.worst, _file_row)


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
    _table(console, rows, right=frozenset(range(2, len(_HEADING))))
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
        _table(console, [heading, *map(_rule_row, shown)], right=frozenset({2}))


def _rule_row(totals: RuleTotals) -> Sequence[str]:
    families = ((family, number) for family, number in totals.families.items() if family)
    ranked = sorted(families, key=lambda item: (-item[1], item[0]))
    known = ", ".join(f"{number} {family}" for family, number in ranked)
    return (totals.rule, totals.severity, str(totals.violations), known or "-")


def _adopted(adoption: Adoption | None) -> tuple[str, str]:
    if adoption is None or adoption.share is None:
        return ("-", "-")
    return (str(adoption.adopted), f"{adoption.share:.0%}")


def _places(
    console: Console,
    heading: Sequence[str],
    places: Sequence[Place],
    row: Callable[[Place], Sequence[str]],
) -> None:
    if not places:
        return
    _table(console, [heading, *map(row, places[:_TOP])], right=frozenset(range(1, len(heading))))
    if len(places) > _TOP:
        say(console, f"… and {len(places) - _TOP} more")


def _directory_row(directory: Place) -> Sequence[str]:
    return (directory.path, str(directory.files), str(directory.violations))


def _file_row(file: Place) -> Sequence[str]:
    return (file.path, str(file.violations))


def _table(console: Console, rows: Sequence[Sequence[str]], right: frozenset[int]) -> None:
    heading, *body = columns(rows, right)
    say(console, "")
    say(console, heading, "bold")
    for line in body:
        say(console, line)
