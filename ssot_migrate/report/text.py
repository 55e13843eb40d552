"""The scan for people: totals, places, adoption."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ssot_migrate.model import Report, Violation
from ssot_migrate.report import By, Verbosity
from ssot_migrate.report.console import say, table
from ssot_migrate.report.summary import summarize
from ssot_migrate.report.tables import Table, tables, total
from ssot_migrate.sharding import Part

if TYPE_CHECKING:
    from rich.console import Console


def scan(
    report: Report,
    console: "Console",
    verbosity: Verbosity,
    by: Sequence[By] = (),
    part: Part | None = None,
) -> None:
    """Print what a scan found; ``by`` chooses the tables, which are then printed in full."""
    summary = summarize(report)
    if verbosity is Verbosity.VERBOSE:
        for violation in report.violations:
            say(console, place(violation))
        for violation, reason in report.suppressed.items():
            say(console, f"{title(violation)} — suppressed: {reason}")
    say(console, total(summary, part), "bold")
    if verbosity is Verbosity.QUIET:
        return
    if summary.suppressed:
        say(console, f"{summary.suppressed} suppressed")
    for each in tables(summary, report, by):
        _print(each, console)


def problems(report: Report, console: "Console", verbosity: Verbosity) -> None:
    """Print what limits the answer, and what could not be processed: one line each."""
    if verbosity is not Verbosity.QUIET:
        for warning in report.warnings:
            say(console, f"warning: {warning}", "yellow")
    for failure in report.all_failures:
        say(console, f"error: {failure.text}", "red")


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


def _print(shown: Table, console: "Console") -> None:
    """Print a table, and how many more rows there are."""
    table(console, [shown.heading, *shown.rows], shown.right)
    if shown.note:
        say(console, shown.note)
    if shown.more:
        say(console, f"… and {shown.more} more")
