"""The verdict for programs: version 1 of the format that ``check.schema.json`` documents."""

from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from typing import TextIO

from msgspec.structs import asdict

from ssot_migrate.gate.verdict import Verdict
from ssot_migrate.model import Severity
from ssot_migrate.packed import kinds, rules
from ssot_migrate.report.json import failure, marked, of_kind, rows, suppressed, violation, written
from ssot_migrate.sharding import Part

#: Raised when a field changes its meaning or goes away.
VERSION = 1


def write(verdict: Verdict, stream: TextIO, part: Part | None = None) -> None:
    """Write the document, in ASCII: one violation, entry or failure a line."""
    report = verdict.report
    changed = [v for v in verdict.new if v in verdict.changed] if verdict.changed else []
    stream.writelines(
        written(
            {
                "version": VERSION,
                **marked(part),
                "new": rows(verdict.new),
                "changed": rows(changed),
                "stale": [*map(asdict, verdict.stale)],
                "suppressed": [*map(suppressed, report.suppressed.items())],
                "failures": [*map(failure, report.all_failures)],
                "summary": _summary(verdict),
            }
        )
    )


def lines(verdict: Verdict) -> Iterator[str]:
    """Yield a new violation, stale entry or failure a line, in ASCII, each with its kind."""
    yield from of_kind("violation", map(violation, verdict.new))
    yield from of_kind("stale", map(asdict, verdict.stale))
    yield from of_kind("failure", map(failure, verdict.report.all_failures))


def schema() -> str:
    """Return the JSON Schema of the document, which refers to that of a scan, its neighbour."""
    return files("ssot_migrate.report").joinpath("check.schema.json").read_text("utf-8")


def _summary(verdict: Verdict) -> dict[str, object]:
    severities = Counter[Severity]()
    for kind, number in kinds(verdict.new).items():
        severities[kind.severity] += number
    new, accepted = rules(verdict.new), rules(verdict.accepted)
    return {
        "files": verdict.report.files,
        "new": len(verdict.new),
        "changed": len(verdict.changed),
        "accepted": len(verdict.accepted),
        "unchanged": len(verdict.unchanged),
        "suppressed": len(verdict.report.suppressed),
        "stale": len(verdict.stale),
        "fails_on_stale": verdict.fails_on_stale,
        "failures": len(verdict.report.all_failures),
        "by_rule": {
            rule: {"new": new[rule], "accepted": accepted[rule]}
            for rule in sorted({*verdict.rules, *new, *accepted})
        },
        "by_severity": {severity: severities[severity] for severity in Severity},
        "warnings": sorted(verdict.report.warnings),
    }
