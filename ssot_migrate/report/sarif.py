"""The verdict as SARIF 2.1.0, the format of code scanning.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from typing import TextIO

from ssot_migrate import __version__
from ssot_migrate.families.family import Rule
from ssot_migrate.gate.verdict import Verdict
from ssot_migrate.model import Change, Severity, Violation
from ssot_migrate.report.check import stale_text
from ssot_migrate.report.message import message
from ssot_migrate.report.page import about, safety
from ssot_migrate.report.replacements import Object, replacements
from ssot_migrate.report.repository import inside, root, uri

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "%SRCROOT%"
#: Raised when what goes into a fingerprint changes. Not the name that GitHub computes one under:
#: it warns of every value there that is not its own.
_FINGERPRINT = "ssotMigrateViolation/v1"
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
}
#: What GitHub sorts by; its own words.
_PROBLEMS = {"error": "error", "warning": "warning", "note": "recommendation"}


def write(verdict: Verdict, stream: TextIO) -> None:
    """Write what is new, and what comments accept as suppressed.

    What the baseline accepts is left out: who does not read suppressions would open an alert for
    each, and a service that keeps results compares them with its own.
    """
    json.dump(document(verdict), stream, indent=1)
    stream.write("\n")


def document(verdict: Verdict) -> Object:
    """Return the log with its one run."""
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [_Run(verdict).run()]}


class _Run:
    """What the parts of a run share."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        self.suppressed = verdict.report.suppressed
        self.top = root()
        used = {violation.rule for violation in (*verdict.new, *self.suppressed)}
        self.rules = sorted({*verdict.rules, *used})
        #: How often each fingerprint was given.
        self.given: Counter[str] = Counter()

    def run(self) -> Object:
        """Return the run."""
        rules = [_rule(rule, self.verdict.rules.get(rule)) for rule in self.rules]
        driver = {"name": "ssot-migrate", "version": __version__, "rules": rules}
        return {
            "tool": {"driver": driver | {"semanticVersion": __version__}},
            "columnKind": "unicodeCodePoints",
            "newlineSequences": ["\r\n", "\n", "\r"],
            "originalUriBaseIds": {_ROOT: {"uri": f"{uri(self.top).rstrip('/')}/"}},
            "invocations": [self.invocation()],
            "results": [
                *map(self.new, self.verdict.new),
                *(self.accepted(*item) for item in self.suppressed.items()),
            ],
        }

    def invocation(self) -> Object:
        """Say how the run went: what could not be processed, what limits the answer."""
        report = self.verdict.report
        notes = [stale_text(self.verdict)] if self.verdict.stale else []
        return {
            "executionSuccessful": not report.all_failures,
            "toolExecutionNotifications": [
                *(
                    {
                        "level": "error",
                        "message": _text(failure.message),
                        "locations": [self.location(failure.path)],
                    }
                    for failure in report.all_failures
                ),
                *({"level": "warning", "message": _text(warning)} for warning in report.warnings),
                *({"level": "note", "message": _text(note)} for note in notes),
            ],
        }

    def new(self, violation: Violation) -> Object:
        """Return the result for what fails the gate."""
        change = self.verdict.fixes.get(violation)
        replaced = replacements(*change.both) if change else []
        state = "updated" if violation in self.verdict.changed else "new"
        fixed = {"fixes": [self.fix(change, violation, replaced)]} if change and replaced else {}
        return self.result(violation) | {"baselineState": state} | fixed

    def accepted(self, violation: Violation, reason: str) -> Object:
        """Return the result for what a comment accepts."""
        suppression = {"kind": "inSource", "status": "accepted", "justification": reason}
        return self.result(violation) | {"suppressions": [suppression]}

    def result(self, violation: Violation) -> Object:
        """Return what the results of a run have in common."""
        region = {
            "startLine": violation.line,
            "startColumn": violation.column,
            "endLine": violation.end_line,
            "endColumn": violation.end_column,
        }
        scope = violation.scope
        return {
            "ruleId": violation.rule,
            "ruleIndex": self.rules.index(violation.rule),
            "level": _LEVELS[violation.severity],
            "message": _text(message(self.verdict, violation)),
            "locations": [
                self.location(violation.path, {"region": region})
                | {"logicalLocations": [{"fullyQualifiedName": scope}]}
            ],
            "partialFingerprints": {_FINGERPRINT: self.fingerprint(violation)},
            "properties": {
                "applicability": violation.applicability,
                "family": violation.family,
                "severity": violation.severity,
            },
        }

    def location(self, path: str, more: Mapping[str, object] | None = None) -> Object:
        """Return the location of a file, or of a region in it."""
        return {"physicalLocation": {"artifactLocation": self.artifact(path), **(more or {})}}

    def artifact(self, path: str) -> Object:
        """Return where a file is, from the root if it lies below it."""
        place = inside(self.top, path)
        location: Object = {"uri": uri(place)}
        return location if place.is_absolute() else location | {"uriBaseId": _ROOT}

    def fingerprint(self, violation: Violation) -> str:
        """Return what stays the same when lines move; equal ones are numbered."""
        path = uri(inside(self.top, violation.path))
        parts = (violation.rule, path, violation.scope, violation.name or "", violation.fingerprint)
        digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
        self.given[digest] += 1
        return f"{digest}:{self.given[digest]}"

    def fix(self, change: Change, violation: Violation, replaced: list[Object]) -> Object:
        """Return the fix of a violation."""
        artifact = self.artifact(change.path)
        return {
            "description": _text(
                f"What `ssot-migrate apply` makes of it ({violation.applicability})"
            ),
            "artifactChanges": [{"artifactLocation": artifact, "replacements": replaced}],
        }


def _rule(name: str, rule: Rule | None) -> Object:
    if rule is None:
        return {"id": name}
    level = _LEVELS[rule.severity]
    why = _unwrapped(rule.why)
    return {
        "id": name,
        "name": name.title().replace("-", ""),
        "shortDescription": _text(rule.summary),
        "fullDescription": _text(why),
        "help": {
            "text": f"{why}\n\nFix safety: {_unwrapped(safety(rule))}",
            "markdown": about(rule),
        },
        "defaultConfiguration": {"level": level},
        "properties": {"tags": ["maintainability", "test"], "problem.severity": _PROBLEMS[level]},
    }


def _unwrapped(text: str) -> str:
    """Put each paragraph on one line."""
    return "\n\n".join(" ".join(part.split()) for part in text.strip().split("\n\n"))


def _text(text: str) -> dict[str, str]:
    """Return a message; what is no text, in a file's name, is shown escaped."""
    return {"text": text.encode("utf-8", "backslashreplace").decode("utf-8")}
