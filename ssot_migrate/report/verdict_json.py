"""The verdict for programs: version 1 of the format that ``check.schema.json`` documents."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from importlib.resources import files

from ssot_migrate.gate.verdict import Verdict
from ssot_migrate.model import Severity
from ssot_migrate.report.json import failure, of_kind, rows, suppressed, violation

#: Raised when a field changes its meaning or goes away.
VERSION = 1


def render(verdict: Verdict) -> str:
    """Return the document, in ASCII: one violation, entry or failure a line."""
    report = verdict.report
    changed = [found for found in verdict.new if found in verdict.changed]
    parts = [
        f'"version": {VERSION}',
        f'"new": {rows(map(violation, verdict.new))}',
        f'"changed": {rows(map(violation, changed))}',
        f'"stale": {rows(map(asdict, verdict.stale))}',
        f'"suppressed": {rows(map(suppressed, report.suppressed.items()))}',
        f'"failures": {rows(map(failure, report.all_failures))}',
        f'"summary": {json.dumps(_summary(verdict), indent=2)}',
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def lines(verdict: Verdict) -> Iterator[str]:
    """Yield a new violation, stale entry or failure a line, in ASCII, each with its kind."""
    yield from of_kind("violation", map(violation, verdict.new))
    yield from of_kind("stale", map(asdict, verdict.stale))
    yield from of_kind("failure", map(failure, verdict.report.all_failures))


def schema() -> str:
    """Return the JSON Schema of the document, which refers to that of a scan, its neighbour."""
    return files("ssot_migrate.report").joinpath("check.schema.json").read_text("utf-8")


def _summary(verdict: Verdict) -> dict[str, object]:
    severities = Counter(found.severity for found in verdict.new)
    new, accepted = (
        Counter(found.rule for found in violations)
        for violations in (verdict.new, verdict.accepted)
    )
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
        "warnings": list(verdict.report.warnings),
    }
