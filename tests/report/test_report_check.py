"""The gate's verdict for people, where a whole project would be needed for it."""

from io import StringIO

import pytest
from msgspec.structs import replace

from ssot_migrate.gate.verdict import Verdict
from ssot_migrate.model import Applicability, Failure, Stage, Violation
from ssot_migrate.report import Color, Verbosity
from ssot_migrate.report.check import conclude, message, show
from ssot_migrate.report.console import console
from tests.report.reports import violation
from tests.report.verdicts import clean, of


def concluded(verdict: Verdict, revision: str | None = None) -> list[str]:
    stream = StringIO()
    conclude(verdict, console(stream, Color.NEVER), Verbosity.NORMAL, revision)
    return stream.getvalue().splitlines()


def many(number: int, family: str = "websocket") -> tuple[Violation, ...]:
    return tuple(violation("tests/test_b.py", line, family) for line in range(1, number + 1))


def test_the_totals_name_what_passes_and_why() -> None:
    suppressed = dict.fromkeys(many(12, "agent"), "a reason")
    new = (violation(), violation("tests/test_c.py"), violation("tests/test_c.py", 5))
    verdict = replace(of(*new), accepted=many(1070), fixable=frozenset(new[1:]))
    (result,) = verdict.report.results
    verdict = replace(
        verdict,
        report=replace(verdict.report, results=(replace(result, suppressed=suppressed),)),
    )
    assert concluded(verdict) == [
        "Found 3 new violations in 2 files (1,070 in the baseline, 12 suppressed).",
        "`ssot-migrate apply tests/test_c.py` fixes 2 of them ([*]).",
        "`ssot-migrate explain tests/test_a.py:1` says what is in the way of the others.",
    ]


def test_all_is_well() -> None:
    verdict = clean()
    whole = replace(verdict, report=replace(verdict.report, files=1234))
    assert concluded(whole) == ["No new violations in 1,234 files."]
    one = replace(verdict, report=replace(verdict.report, files=1), unchanged=many(2))
    assert concluded(one, "main") == [
        "No new violations in 1 file changed since main (2 on lines that did not change)."
    ]


def test_failures_are_in_the_totals() -> None:
    failures = (Failure("a.py", Stage.PARSE, "x"), Failure("b.py", Stage.PARSE, "x"))
    verdict = replace(clean(), report=replace(clean().report, files=5, failures=failures))
    assert concluded(verdict) == ["No new violations in 5 files, but 2 errors."]


@pytest.mark.parametrize(
    ("name", "reason", "instead", "told"),
    [
        pytest.param(
            "self.ws",
            None,
            "F.create_ws",
            "`self.ws` is built by hand; use F.create_ws",
            id="named",
        ),
        pytest.param(
            None, None, "F.create_ws", "a mock is built by hand; use F.create_ws", id="unnamed"
        ),
        pytest.param(
            "ws", "no method", None, "`ws` is built by hand; no method", id="no method for it"
        ),
        pytest.param("ws", "is a spec", "F.c", "`ws` is built by hand; use F.c", id="manual"),
        pytest.param("ws", None, None, "`ws` is built by hand", id="nothing known"),
    ],
)
def test_a_message_says_what_to_use(
    name: str | None, reason: str | None, instead: str | None, told: str
) -> None:
    found = replace(violation(applicability=Applicability.MANUAL, reason=reason), name=name)
    verdict = of(found, instead={found: instead} if instead else {})
    assert message(verdict, found) == told


def test_an_own_rule_without_a_reason_gives_its_summary() -> None:
    found = replace(violation(), rule="mock-class", family="websocket")
    assert message(of(found), found) == "Classes written by hand"
    unknown = replace(found, rule="gone")
    assert message(of(unknown), unknown) == ""


def test_lines_go_on_below_where_a_terminal_is_narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    found = violation()
    verdict = of(found, instead={found: "SSotMockFactory.create_websocket_mock"})
    stream = StringIO()
    show(verdict, console(stream, Color.ALWAYS), Verbosity.NORMAL)
    assert stream.getvalue().splitlines() == [
        "tests/test_a.py:1:5: websocket: `mock_websocket` is built by",
        "  hand; use SSotMockFactory.create_websocket_mock",
    ]
    assert max(map(len, stream.getvalue().splitlines())) <= 60
