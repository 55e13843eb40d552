"""The report for programs: version 1 of the format that ``scan.schema.json`` documents."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Final, TextIO

import msgspec

from ssot_migrate import __version__, packed
from ssot_migrate.model import Applicability, Failure, Report, Severity, Violation
from ssot_migrate.report.estimates import document
from ssot_migrate.report.summary import Adoption, FamilyTotals, Place, RuleTotals, summarize
from ssot_migrate.sharding import Part

#: A summary names every file with mocks: it is not held as text.
_ENCODER: Final = json.JSONEncoder(indent=2)
#: Raised when a field changes its meaning or goes away.
VERSION = 1


def write(
    report: Report, stream: TextIO, *, statistics: bool = False, part: Part | None = None
) -> None:
    """Write the document, in ASCII: one violation or failure a line."""
    stream.writelines(
        written(
            {
                "version": VERSION,
                **marked(part),
                "violations": rows(report.violations),
                "suppressed": [*map(suppressed, report.suppressed.items())],
                "failures": [*map(failure, report.all_failures)],
                "summary": _summary(report),
                **({"statistics": document(report)} if statistics else {}),
            }
        )
    )


def marked(part: Part | None) -> dict[str, object]:
    """Say of which whole a document is a part; nothing of one that is the whole."""
    if part is None:
        return {}
    shard = part.shard
    return {
        "shard": {
            "number": shard.number,
            "of": shard.of,
            "files": part.files,
            "tree": part.tree,
            "settings": part.settings,
            "baseline": part.baseline,
            "tool": __version__,
        }
    }


def written(values: Mapping[str, object]) -> Iterator[str]:
    """Yield a document; its lists, and lines that are written already, with one item a line."""
    before = "{\n"
    for key, value in values.items():
        yield f'{before}"{key}": '
        match value:
            case Iterator():
                yield from _rows(value)
            case list():
                yield from _rows(map(json.dumps, value))
            case _:
                yield from _ENCODER.iterencode(value)
        before = ",\n"
    yield "\n}\n"


def lines(report: Report) -> Iterator[str]:
    """Yield a violation or failure a line, in ASCII; as the document has them, with their kind."""
    start = json.dumps({"kind": "violation"})[:-1]
    for of_file in rows(report.violations, "\n"):
        yield from (f"{start}, {line[1:]}\n" for line in of_file.split("\n"))
    yield from of_kind("failure", map(failure, report.all_failures))


def of_kind(kind: str, items: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """Yield a line for each of some items, which says first what it is."""
    return (json.dumps({"kind": kind, **item}) + "\n" for item in items)


def schema() -> str:
    """Return the JSON Schema of the document; that of a line is its definition ``line``."""
    return files("ssot_migrate.report").joinpath("scan.schema.json").read_text("utf-8")


def _rows(items: Iterable[str]) -> Iterator[str]:
    """Yield a list, one item a line."""
    before = "[\n"
    for item in items:
        yield before + item
        before = ",\n"
    yield "[]" if before == "[\n" else "\n]"


def rows(violations: Sequence[Violation], between: str = ",\n") -> Iterator[str]:
    """Yield the violations of each file that has some, one a line; they may be written already."""
    for part in packed.parts(violations):
        yield packed.lines(part).replace("\n", between)


def violation(found: Violation) -> dict[str, object]:
    """Return a violation as the schema has it: its fields are those of the object."""
    fields: dict[str, object] = msgspec.to_builtins(found)
    return fields


def suppressed(item: tuple[Violation, str]) -> dict[str, object]:
    """Return a violation that a comment accepts, and why."""
    found, reason = item
    return {"violation": violation(found), "reason": reason}


def failure(found: Failure) -> dict[str, object]:
    """Return what could not be processed, as the schema has it."""
    return {"path": found.path, "stage": found.stage, "message": found.message}


def _summary(report: Report) -> dict[str, object]:
    summary = summarize(report)
    return {
        "files": summary.files,
        "violations": summary.violations,
        "suppressed": summary.suppressed,
        "adoption": _adoption(summary.adoption),
        "by_family": [_family(totals) for totals in summary.families],
        "by_rule": [_rule(totals) for totals in summary.rules],
        "by_severity": {severity: summary.severities[severity] for severity in Severity},
        "by_applicability": _applicabilities(summary.applicabilities),
        "by_directory": [_place(place) for place in summary.directories],
        "by_file": [
            {"path": place.path, "violations": place.violations} for place in summary.worst
        ],
        "warnings": sorted(report.warnings),
    }


def _family(totals: FamilyTotals) -> dict[str, object]:
    return {
        "family": totals.family,
        "severity": totals.severity,
        "violations": totals.violations,
        "by_applicability": _applicabilities(totals.applicabilities),
        "adoption": _adoption(totals.adoption) if totals.adoption else None,
    }


def _rule(totals: RuleTotals) -> dict[str, object]:
    return {
        "rule": totals.rule,
        "severity": totals.severity,
        "violations": totals.violations,
        "by_family": dict(sorted(_known(totals))),
    }


def _known(totals: RuleTotals) -> Iterable[tuple[str, int]]:
    return ((family, number) for family, number in totals.families.items() if family)


def _applicabilities(counts: Mapping[Applicability, int]) -> dict[str, int]:
    return {applicability: counts.get(applicability, 0) for applicability in Applicability}


def _adoption(adoption: Adoption) -> dict[str, object]:
    return {"from_factory": adoption.adopted, "by_hand": adoption.by_hand, "share": adoption.share}


def _place(place: Place) -> dict[str, object]:
    return {"path": place.path, "files": place.files, "violations": place.violations}
