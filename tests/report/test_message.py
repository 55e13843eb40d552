"""What is said of a violation where it is read alone."""

from msgspec.structs import replace

from ssot_migrate.model import Applicability, Severity
from ssot_migrate.report.check import stale_text
from ssot_migrate.report.message import by_severity, message
from tests.report.reports import violation
from tests.report.verdicts import clean, of, verdict


def test_a_fix_that_apply_makes() -> None:
    found = violation()
    known = of(found, fixable=frozenset({found}), instead={found: "Factory.create"})
    assert message(known, found) == (
        "`mock_websocket` is built by hand; use Factory.create; `ssot-migrate apply` fixes it"
    )


def test_an_unsafe_fix_says_what_would_differ() -> None:
    found = violation(applicability=Applicability.UNSAFE)
    assert message(of(found), found).endswith("; the fix is unsafe: was 1 and will be 2")


def test_a_reason_is_given_once() -> None:
    found = violation(applicability=Applicability.MANUAL, reason="spec=[…] forbids it")
    alone, beside = of(found), of(found, instead={found: "Factory.create"})
    assert message(alone, found) == "`mock_websocket` is built by hand; spec=[…] forbids it"
    assert message(beside, found) == (
        "`mock_websocket` is built by hand; use Factory.create; spec=[…] forbids it"
    )


def test_the_most_severe_come_first() -> None:
    low, high = replace(violation(line=1), severity=Severity.LOW), violation(line=2)
    assert by_severity([low, high, violation(line=3)]) == [high, violation(line=3), low]


def test_entries_are_counted() -> None:
    entry = verdict().stale[0]
    assert stale_text(verdict()).startswith("1 entry of the baseline matches ")
    two = replace(clean(), stale=(entry, entry))
    assert stale_text(two) == (
        "2 entries of the baseline match nothing any more; `ssot-migrate baseline prune` drops them"
    )
    assert (two.fails, replace(two, fails_on_stale=True).fails) == (False, True)
    assert ", which fails with --fail-on-stale;" in stale_text(replace(two, fails_on_stale=True))
