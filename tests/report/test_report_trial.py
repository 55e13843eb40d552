"""What a trial tells while it runs, and in the end."""

import io
from pathlib import Path

import pytest
from msgspec.structs import replace

from ssot_migrate.model import Applicability
from ssot_migrate.report import Color, Verbosity
from ssot_migrate.report.console import console
from ssot_migrate.report.trial import TrialProgress, limits, tried
from ssot_migrate.trial.attempts import Doing, Progress
from ssot_migrate.trial.trial import TakenBack, TrialResult
from tests.report.reports import violation

UNSAFE = violation(applicability=Applicability.UNSAFE, line=7)
NOTHING = TrialResult((), (), (), (), (), 0, 0, 2, 1.4, ())
STEPS = [
    Progress(Doing.BEFORE, 1, 1, 0, 0.0),
    Progress(Doing.AFTER, 2, 12, 0, 3.0),
    Progress(Doing.AGAIN, 3, 12, 0, 6.4),
    Progress(Doing.SEARCH, 4, 2, 20, 7.6),
    Progress(Doing.SEARCH, 5, 2, 1, 8.0),
    Progress(Doing.CONFIRM, 6, 12, 0, 9.0),
]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(result: TrialResult, verbosity: Verbosity = Verbosity.NORMAL) -> list[str]:
    stream = io.StringIO()
    tried(result, console(stream, Color.NEVER), verbosity)
    return stream.getvalue().splitlines()


def told(stream: io.StringIO, verbosity: Verbosity) -> str:
    with TrialProgress(stream, Color.AUTO, verbosity) as tell:
        for step in STEPS:
            tell(step)
    return stream.getvalue()


def test_each_step_is_a_line_where_that_is_wanted() -> None:
    assert told(io.StringIO(), Verbosity.VERBOSE).splitlines() == [
        "trial: run 1, before the change: 1 test file",
        "trial: run 2, with all fixes: 12 test files, 3 s so far",
        "trial: run 3, again, for flaky tests: 12 test files, 6 s so far",
        "trial: run 4, a search among 20 fixes: 2 test files, 8 s so far",
        "trial: run 5, a search among 1 fix: 2 test files, 8 s so far",
        "trial: run 6, the whole result: 12 test files, 9 s so far",
    ]


def test_a_pipe_is_told_nothing_else() -> None:
    assert told(io.StringIO(), Verbosity.NORMAL) == ""


def test_a_terminal_shows_one_line_and_takes_it_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    shown = told(Terminal(), Verbosity.NORMAL)
    assert "run 6, the whole result" in shown
    assert shown.endswith("\x1b[2K"), "the line is erased"
    assert told(Terminal(), Verbosity.QUIET) == ""


def test_a_trial_that_took_nothing_back() -> None:
    (line,) = printed(replace(NOTHING, passed=1, confirmed=(violation(),)))
    assert line == "trial: 1 test passes as before; 0 of 1 fix taken back; 2 runs, 1 s"


def test_the_totals() -> None:
    result = replace(
        NOTHING,
        confirmed=(UNSAFE, violation()),
        unconfirmed=(violation(line=9),),
        passed=1203,
        runs=9,
        seconds=84.2,
    )
    (line,) = printed(result, Verbosity.QUIET)
    assert line == (
        "trial: 1,203 tests pass as before; 0 of 3 fixes taken back, 1 unsafe fix confirmed, "
        "1 not run by any passing test; 9 runs, 84 s"
    )


def test_a_fix_that_was_taken_back_is_told_with_all_that_is_known() -> None:
    broke = TakenBack(UNSAFE, "tests/test_a.py::test_it", "assert 1 == 2", Path("out/3.txt"))
    silent = TakenBack(violation(), "the command", "", Path("out/4.txt"))
    assert printed(replace(NOTHING, taken_back=(broke, silent)))[:-1] == [
        "tests/test_a.py:7:5: websocket [unsafe] mock_websocket — taken back",
        "  broke        tests/test_a.py::test_it: assert 1 == 2",
        "  differences  was 1 and will be 2",
        "  output       out/3.txt",
        "tests/test_a.py:1:5: websocket [safe] mock_websocket — taken back",
        "  broke        the command",
        "  output       out/4.txt",
    ]


def test_tests_that_do_not_count_are_told() -> None:
    lines = printed(replace(NOTHING, failed_before=2, flaky=("a", "b", "c", "d", "e")))
    assert lines[:-1] == [
        "2 tests failed before, too, and did not count.",
        "5 flaky tests did not count: a, b, c and 2 more",
    ]
    lines = printed(replace(NOTHING, flaky=("a",)))
    assert lines[:-1] == ["1 flaky test did not count: a"]


@pytest.mark.parametrize(
    ("verbosity", "expected"),
    [(Verbosity.NORMAL, "warning: trial: no test loads a.py\n"), (Verbosity.QUIET, "")],
)
def test_what_limits_the_proof(verbosity: Verbosity, expected: str) -> None:
    stream = io.StringIO()
    result = replace(NOTHING, warnings=("no test loads a.py",))
    limits(result, console(stream, Color.NEVER), verbosity)
    assert stream.getvalue() == expected
