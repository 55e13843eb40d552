"""Reports made by hand, for the tests of what shows them."""

from collections.abc import Iterable
from io import StringIO

from msgspec.structs import replace

from ssot_migrate.model import (
    UNVERIFIED,
    Applicability,
    Change,
    Difference,
    Estimate,
    Evidence,
    EvidenceKind,
    Failure,
    FileResult,
    Reason,
    Report,
    Severity,
    Stage,
    Violation,
)
from ssot_migrate.report import json

OWN_RULES = {"mock-class": Severity.LOW, "patch": Severity.LOW, "unimported": Severity.HIGH}
SEVERITIES = {
    "agent": Severity.CRITICAL,
    "database": Severity.HIGH,
    "websocket": Severity.HIGH,
    "generic": Severity.MEDIUM,
}


def render(report: Report, *, statistics: bool = False) -> str:
    stream = StringIO()
    json.write(report, stream, statistics=statistics)
    return stream.getvalue()


def violation(
    path: str = "tests/test_a.py",
    line: int = 1,
    family: str = "websocket",
    applicability: Applicability = Applicability.SAFE,
    reason: str | None = None,
) -> Violation:
    unsafe = applicability is Applicability.UNSAFE
    return Violation(
        rule=family,
        family=family,
        severity=SEVERITIES[family],
        path=path,
        line=line,
        column=5,
        end_line=line,
        end_column=16,
        name=None if family == "generic" else f"mock_{family}",
        scope="test_it",
        evidence=() if family == "generic" else (Evidence(EvidenceKind.NAME, f"mock_{family}"),),
        applicability=applicability,
        reason=reason,
        differences=(Difference("execute()", "was 1 and will be 2", 9),) if unsafe else (),
        lines=((line, line), (line + 2, line + 2)),
        fingerprint="0123456789abcdef",
    )


def files_with_one(paths: Iterable[str]) -> tuple[FileResult, ...]:
    return tuple(FileResult(path, (violation(path),)) for path in paths)


def own(rule: str, family: str | None = None, line: int = 1) -> Violation:
    """What one of the engine's own rules found."""
    return Violation(
        rule=rule,
        family=family,
        severity=OWN_RULES[rule],
        path="tests/test_own.py",
        line=line,
        column=1,
        end_line=line,
        end_column=9,
        name="FakeAgent",
        scope="<module>",
        evidence=(Evidence(EvidenceKind.NAME, "FakeAgent"),) if family else (),
        applicability=Applicability.MANUAL,
        reason="it was written by hand",
    )


def with_own() -> Report:
    """The report, and a file in which only the engine's own rules found something."""
    found = (
        own("mock-class", "agent"),
        own("patch", line=2),
        own("mock-class", "websocket", line=3),
        own("mock-class", "websocket", line=4),
        own("mock-class", line=5),
    )
    whole = report()
    results = (*whole.results, FileResult("tests/test_own.py", found))
    return replace(whole, results=results, own_rules=OWN_RULES)


def change(path: str, *fixed: Violation, location: str = "", before: bytes = b"a\n") -> Change:
    return Change.of(location or f"/project/{path}", path, before, b"b\n", fixed)


def report() -> Report:
    """Two files with mocks of four families, one of them changed, and a failure of each kind."""
    safe = violation(line=3)
    a = (
        safe,
        violation(line=4, family="agent", applicability=Applicability.UNSAFE),
        violation(
            line=5,
            family="database",
            applicability=Applicability.MANUAL,
            reason="spec=[…] forbids it",
        ),
    )
    b = (
        violation("tests/sub/test_b.py", 7, "generic", Applicability.MANUAL),
        violation("tests/sub/test_b.py", 8, "generic", Applicability.MANUAL),
        violation("tests/sub/test_b.py", 9, "websocket"),
        violation("tests/sub/test_b.py", 10, "agent", Applicability.UNSAFE),
    )
    broken = Failure("tests/broken.py", Stage.PARSE, "line 3: invalid syntax")
    return Report(
        results=(
            FileResult("tests/broken.py", failures=(broken,)),
            FileResult("tests/sub/test_b.py", b, {"websocket": 3}, left={b[2]: UNVERIFIED}),
            FileResult("tests/test_a.py", a, {"agent": 1}, change("tests/test_a.py", safe)),
        ),
        files=12,
        warnings=("the factory lacks create_agent_mock",),
        failures=(Failure("gone", Stage.DISCOVER, "does not exist"),),
        severities=SEVERITIES,
    )


def estimated() -> Report:
    """Two files in which patterns hit more lines than there are mocks."""
    first = {
        "agent": Estimate({"a": 2, "b": 1}, {Reason.AGAIN: 1, Reason.PROSE: 1}, 1, 0, 0),
        "websocket": Estimate({"w": 1}, {Reason.PROSE: 1}, 0, 2, 1),
    }
    second = {"agent": Estimate({"b": 4}, {Reason.NOTHING: 1}, 3, 1, 1)}
    results = (FileResult("a.py", estimates=first), FileResult("b.py", estimates=second))
    return Report(results, 2, severities=SEVERITIES)


def empty() -> Report:
    return Report((), 0)
