"""Verdicts made by hand, for the tests of what shows them."""

from hypothesis import strategies as st
from msgspec.structs import replace

from ssot_migrate.families.family import Example, Family, Rule
from ssot_migrate.gate.baseline import Entry
from ssot_migrate.gate.verdict import Verdict
from ssot_migrate.model import (
    Applicability,
    Change,
    Failure,
    FileResult,
    Report,
    Severity,
    Stage,
    Violation,
)
from tests.report.reports import OWN_RULES, empty, own, report, violation

RULES: dict[str, Rule] = {
    "agent": Family(
        "agent",
        "Agent mocks built by hand",
        Severity.CRITICAL,
        "They drift\nfrom agents.\n\nAnd from each other.",
        fix_safety="Not always.",
        example=(Example("one", before="agent = AsyncMock()", after="agent = create()"),),
        factory_method="create_agent_mock",
    ),
    "websocket": Family(
        "websocket",
        "WebSocket mocks built by hand",
        Severity.HIGH,
        "They drift.",
        factory_method="create_websocket_mock",
    ),
    "database": Family(
        "database", "Database session mocks built by hand", Severity.HIGH, "They drift."
    ),
    "generic": Family("generic", "Mocks built by hand", Severity.MEDIUM, "Nobody knows them."),
    "mock-class": Rule("mock-class", "Classes written by hand", Severity.LOW, "They drift."),
}
#: Families with a method.
METHODS = {"agent", "websocket"}


def verdict() -> Verdict:
    """Everything once: new, changed, accepted, unchanged, stale, suppressed, failed, warned."""
    suppressed = violation("tests/test_c.py", 4)
    whole = report()
    more = FileResult("tests/test_c.py", suppressed={suppressed: "a real one is too slow"})
    other = FileResult("tests/test_own.py", (own("mock-class", "agent"),))
    *rest, accepted, unchanged = whole.violations
    whole = replace(whole, results=(*whole.results, more, other), own_rules=OWN_RULES)
    return Verdict(
        whole,
        new=(*rest, *other.violations),
        changed={found: found.scope for found in rest[:1]},
        accepted=(accepted,),
        unchanged=(unchanged,),
        stale=(Entry("tests/test_a.py", "agent", "test_gone", "0123456789abcdef", 2),),
        rules=RULES,
        instead={v: f"SSotMockFactory.create_{v.rule}_mock" for v in rest if v.rule in METHODS},
        fixable=frozenset(v for v in rest if v.applicability is Applicability.SAFE),
    )


def clean() -> Verdict:
    """Nothing at all."""
    return Verdict(empty(), new=())


def of(*new: Violation, **more: object) -> Verdict:
    """A verdict of which only the new violations matter."""
    result = FileResult("tests/test_a.py", tuple(new))
    return replace(Verdict(Report((result,), 1), new=tuple(new), rules=RULES), **more)


def fixed(found: Violation, before: bytes, after: bytes) -> Verdict:
    """A verdict with one new violation and its fix."""
    return of(found, fixes={found: Change.of("/x", found.path, before, after, (found,))})


#: Whatever a name or a sentence may hold.
TEXTS = st.text(min_size=1, max_size=30) | st.text(
    st.sampled_from([*"`*_<>[](){}!#&|\\~@$:;,%=\"'-+./ab \t\n\r\x00\x1b\x85\u2028", "漢", "🦊"]),
    min_size=1,
)
#: Whatever files may be called, by bytes that are no text, too.
PATHS = st.lists(
    st.text(st.characters(exclude_characters="/\0") | st.just("\udce9"), min_size=1).filter(
        lambda name: name not in {".", ".."}
    ),
    min_size=1,
    max_size=3,
).map("/".join)


@st.composite
def hostile(draw: st.DrawFn) -> Verdict:
    """Verdicts whose texts hold anything."""
    found = [
        replace(
            violation(draw(PATHS), draw(st.integers(1, 3))),
            name=draw(st.none() | TEXTS),
            reason=draw(TEXTS),
            applicability=draw(st.sampled_from(Applicability)),
            severity=draw(st.sampled_from(Severity)),
        )
        for _ in range(draw(st.integers(1, 3)))
    ]
    failures = (Failure(draw(PATHS), draw(st.sampled_from(Stage)), draw(TEXTS)),)
    result = FileResult("x", tuple(found), suppressed={violation("é", 1): draw(TEXTS)})
    whole = Report((result,), 1, warnings=(draw(TEXTS),), failures=failures)
    return Verdict(whole, new=tuple(sorted(found, key=lambda one: one.path)), rules=RULES)
