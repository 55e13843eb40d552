"""The tables of a scan, whatever they are written as."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from ssot_migrate.frozen import Frozen
from ssot_migrate.model import Applicability, Report, Severity
from ssot_migrate.report import By
from ssot_migrate.report.console import count
from ssot_migrate.report.summary import (
    Adoption,
    FamilyTotals,
    RuleTotals,
    Summary,
    by_scope,
)
from ssot_migrate.sharding import Part

#: How many folders and files are listed.
_TOP = 10
_FAMILIES = ("family", "severity", "violations", *Applicability, "from factory", "adoption")
_RULES = ("rule", "severity", "violations", "of a known family")
_NUMBERS = {*_FAMILIES[2:], "files"}


class Table(Frozen):
    """Rows of cells below a heading."""

    heading: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    #: How many rows there are beyond those.
    more: int = 0
    #: A line to stand below.
    note: str = ""

    @property
    def right(self) -> frozenset[int]:
        """Return the columns that hold numbers, and are aligned to the right."""
        return frozenset(n for n, title in enumerate(self.heading) if title in _NUMBERS)


def tables(summary: Summary, report: Report, by: Sequence[By] = ()) -> Iterator[Table]:
    """Yield the tables of a scan that hold a row; ``by`` chooses them, which are then in full."""
    for each in dict.fromkeys(by or (By.FAMILY, By.DIRECTORY, By.FILE)):
        for table in _tables(each, summary, report, top=None if by else _TOP):
            if table.rows:
                yield table


def total(summary: Summary, part: Part | None = None) -> str:
    """Say in a sentence what a scan found, of the whole or of a part of it."""
    mocks, files = count(summary.violations, "mock"), count(summary.files, "file")
    where = f"{part}: " if part else ""
    found = f"{where}{mocks} built by hand in {len(summary.worst)} of {files}"
    adoption = summary.adoption
    if adoption.share is None:
        return f"{found}."
    share = f"{adoption.adopted} of {adoption.adopted + adoption.by_hand} ({adoption.share:.0%})"
    return f"{found}; of the mocks of a known family, {share} come from the factory."


def _tables(by: By, summary: Summary, report: Report, *, top: int | None) -> Iterator[Table]:
    match by:
        case By.FAMILY:
            yield _families(summary)
            yield _rules(summary)
        case By.DIRECTORY:
            folders = ((p.path, str(p.files), str(p.violations)) for p in summary.directories)
            number = len(summary.directories)
            yield _ranked(("directory", "files", "violations"), folders, number, top)
        case By.FILE:
            files = ((p.path, str(p.violations)) for p in summary.worst)
            heading = ("worst files" if top else "file", "violations")
            yield _ranked(heading, files, len(summary.worst), top)
        case By.SCOPE:
            scopes = [
                (p, scope, str(n))
                for p, scope, n in by_scope(v for v in report.violations if v.is_creation)
            ]
            yield _ranked(("file", "scope", "violations"), scopes, len(scopes), top)


def _families(summary: Summary) -> Table:
    shown = [
        totals
        for totals in summary.families
        if totals.violations or (totals.adoption and totals.adoption.adopted)
    ]
    severities = (
        f"{summary.severities[severity]} {severity}"
        for severity in Severity
        if summary.severities[severity]
    )
    rows = [*map(_family_row, shown), _total_row(summary)] if shown else []
    return Table(_FAMILIES, rows, note="By severity: " + (", ".join(severities) or "none"))


def _family_row(totals: FamilyTotals) -> tuple[str, ...]:
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


def _total_row(summary: Summary) -> tuple[str, ...]:
    applicabilities = (
        str(summary.applicabilities[applicability]) for applicability in Applicability
    )
    return ("total", "", str(summary.violations), *applicabilities, *_adopted(summary.adoption))


def _rules(summary: Summary) -> Table:
    """Tell what the engine's own rules found: beside the mocks built by hand, not among them."""
    shown = [totals for totals in summary.rules if totals.violations]
    return Table(_RULES, [*map(_rule_row, shown)])


def _rule_row(totals: RuleTotals) -> tuple[str, ...]:
    families = ((family, number) for family, number in totals.families.items() if family)
    ranked = sorted(families, key=lambda item: (-item[1], item[0]))
    known = ", ".join(f"{number} {family}" for family, number in ranked)
    return (totals.rule, totals.severity, str(totals.violations), known or "-")


def _adopted(adoption: Adoption | None) -> tuple[str, str]:
    if adoption is None or adoption.share is None:
        return ("-", "-")
    return (str(adoption.adopted), f"{adoption.share:.0%}")


def _ranked(
    heading: tuple[str, ...], rows: Iterable[tuple[str, ...]], number: int, top: int | None
) -> Table:
    """Make a table of the first of so many rows, and count the others."""
    shown = [*islice(rows, top)]
    return Table(heading, shown, more=number - len(shown))
