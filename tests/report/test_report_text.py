"""The reports for people."""

from io import StringIO

import pytest
from rich.console import Console

from ssot_migrate.model import Applicability, FileResult, Report, Severity
from ssot_migrate.report import By, Color, Verbosity
from ssot_migrate.report.console import columns, console, count, say
from ssot_migrate.report.outcome import changed, outcome
from ssot_migrate.report.summary import directory, summarize
from ssot_migrate.report.text import problems, scan
from tests.report.reports import (
    SEVERITIES,
    change,
    empty,
    files_with_one,
    report,
    violation,
    with_own,
)


def plain() -> Console:
    return console(StringIO(), Color.NEVER)


def text_of(target: Console) -> str:
    assert isinstance(target.file, StringIO)
    return target.file.getvalue()


def scanned(found: Report, verbosity: Verbosity = Verbosity.NORMAL) -> str:
    target = plain()
    scan(found, target, verbosity)
    return text_of(target)


def test_a_scan() -> None:
    assert scanned(report()) == (
        "7 mocks built by hand in 2 of 12 files; "
        "of the mocks of a known family, 4 of 9 (44%) come from the factory.\n"
        "\n"
        "family     severity  violations  safe  unsafe  manual  from factory  adoption\n"
        "agent      critical           2     0       2       0             1       33%\n"
        "database   high               1     0       0       1             0        0%\n"
        "websocket  high               2     2       0       0             3       60%\n"
        "generic    medium             2     0       0       2             -         -\n"
        "total                         7     2       2       3             4       44%\n"
        "By severity: 2 critical, 3 high, 2 medium\n"
        "\n"
        "directory  files  violations\n"
        "tests/sub      1           4\n"
        "tests          1           3\n"
        "\n"
        "worst files          violations\n"
        "tests/sub/test_b.py           4\n"
        "tests/test_a.py               3\n"
    )


def test_the_engines_own_rules_are_counted_apart() -> None:
    alone, text = scanned(report()), scanned(with_own())
    table = (
        "\n"
        "rule        severity  violations  of a known family\n"
        "mock-class  low                4  2 websocket, 1 agent\n"
        "patch       low                1  -\n"
    )
    assert text.replace(table, "") == alone
    assert text.index("By severity") < text.index(table) < text.index("directory")


def test_a_verbose_scan_lists_what_own_rules_found() -> None:
    lines = scanned(with_own(), Verbosity.VERBOSE).splitlines()
    assert lines[7:9] == [
        "tests/test_own.py:1:1: mock-class [manual] FakeAgent — name FakeAgent; it was written by hand",
        "tests/test_own.py:2:1: patch [manual] FakeAgent — it was written by hand",
    ]


def test_own_rules_that_nobody_declared_are_counted() -> None:
    found = Report(with_own().results[-1:], 1)
    totals = summarize(found).rules
    assert [(t.rule, t.severity, t.violations) for t in totals] == [
        ("mock-class", Severity.LOW, 4),
        ("patch", Severity.LOW, 1),
    ]
    assert summarize(found).violations == 0
    assert scanned(found).startswith("0 mocks built by hand in 0 of 1 file.\n\nrule ")


def test_what_is_left_are_mocks() -> None:
    assert told(with_own()) == told(report())


def test_a_quiet_scan_is_one_line() -> None:
    assert scanned(report(), Verbosity.QUIET).count("\n") == 1


def test_a_verbose_scan_lists_each_violation() -> None:
    lines = scanned(report(), Verbosity.VERBOSE).splitlines()
    assert lines[:7] == [
        "tests/sub/test_b.py:7:5: generic [manual] — no evidence",
        "tests/sub/test_b.py:8:5: generic [manual] — no evidence",
        "tests/sub/test_b.py:9:5: websocket [safe] mock_websocket — name mock_websocket",
        "tests/sub/test_b.py:10:5: agent [unsafe] mock_agent — name mock_agent; was 1 and will be 2",
        "tests/test_a.py:3:5: websocket [safe] mock_websocket — name mock_websocket",
        "tests/test_a.py:4:5: agent [unsafe] mock_agent — name mock_agent; was 1 and will be 2",
        "tests/test_a.py:5:5: database [manual] mock_database — name mock_database; spec=[…] forbids it",
    ]


def test_a_scan_of_nothing() -> None:
    assert scanned(empty()) == "0 mocks built by hand in 0 of 0 files.\n"


def test_a_scan_of_a_migrated_suite() -> None:
    done = Report((FileResult("a.py", adopted={"agent": 2}),), 1, severities=SEVERITIES)
    text = scanned(done)
    assert "agent   critical           0" in text
    assert "websocket" not in text
    assert "By severity: none" in text


def test_only_the_worst_places_are_listed() -> None:
    text = scanned(Report(files_with_one(f"d{n:02}/a.py" for n in range(12)), 12))
    assert text.count("… and 2 more") == 2
    assert "d09/a.py" in text
    assert "d10" not in text


@pytest.mark.parametrize(
    ("by", "heading", "rows"),
    [
        (By.DIRECTORY, "directory  files  violations", 12),
        (By.FILE, "file      violations", 12),
        (By.SCOPE, "file      scope    violations", 12),
        (By.FAMILY, "family     severity  violations", 3),
    ],
)
def test_a_table_that_was_asked_for_is_printed_alone_and_in_full(
    by: By, heading: str, rows: int
) -> None:
    target = plain()
    scan(
        Report(files_with_one(f"d{n:02}/a.py" for n in range(12)), 12),
        target,
        Verbosity.NORMAL,
        [by],
    )
    _, empty_line, first, *table = text_of(target).splitlines()
    assert (empty_line, first.startswith(heading)) == ("", True)
    assert len(table) == rows


def test_scopes_with_most_violations_come_first() -> None:
    target = plain()
    scan(report(), target, Verbosity.NORMAL, [By.SCOPE])
    assert text_of(target).splitlines()[2:] == [
        "file                 scope    violations",
        "tests/sub/test_b.py  test_it           4",
        "tests/test_a.py      test_it           3",
    ]


def test_a_family_that_no_codemod_declared_is_counted() -> None:
    (totals,) = summarize(Report((FileResult("a.py", (violation(),)),), 1)).families
    assert (totals.family, totals.severity, totals.violations) == ("websocket", Severity.HIGH, 1)


@pytest.mark.parametrize(
    ("path", "expected"), [("a.py", "."), ("x/a.py", "x"), ("/a.py", "/"), ("/x/a.py", "/x")]
)
def test_the_directory_of_a_path(path: str, expected: str) -> None:
    assert directory(path) == expected


def told(
    found: Report,
    verbosity: Verbosity = Verbosity.NORMAL,
    *,
    written: bool = True,
) -> str:
    target = plain()
    outcome(found, target, verbosity, written=written)
    return text_of(target)


def test_what_was_changed_and_what_is_left() -> None:
    assert told(report()) == (
        "Changed 1 file, 1 mock.\n"
        "Left 6 mocks:\n"
        "  2  the fix would leave a difference (-v lists it)\n"
        "  2  there is no edit for it\n"
        "  1  spec=[…] forbids it\n"
        "  1  the fix was left out; an error tells about its file\n"
        "2 more fixes with `--unsafe-fixes`.\n"
    )


def test_what_would_be_changed() -> None:
    assert told(report(), written=False).startswith("Would change 1 file, 1 mock.\n")
    assert told(report(), Verbosity.QUIET, written=False) == "Would change 1 file, 1 mock.\n"


def test_where_the_left_ones_are() -> None:
    lines = told(report(), Verbosity.VERBOSE).splitlines()
    assert "tests/test_a.py:5:5: database [manual] mock_database — spec=[…] forbids it" in lines
    assert "tests/test_a.py:4:5: agent [unsafe] mock_agent — was 1 and will be 2" in lines


def test_nothing_to_change() -> None:
    assert told(empty()) == "Nothing was changed.\n"
    assert told(empty(), written=False) == "Nothing to change.\n"


def test_unsafe_fixes_that_were_wanted_are_not_advertised() -> None:
    unsafe = violation(applicability=Applicability.UNSAFE)
    result = FileResult("a.py", (unsafe,), left={unsafe: "skipped: moves to a new service"})
    assert told(Report((result,), 1)) == (
        "Nothing was changed.\nLeft 1 mock:\n  1  skipped: moves to a new service\n"
    )


def test_one_more_fix() -> None:
    unsafe = violation(applicability=Applicability.UNSAFE)
    assert "1 more fix with `--unsafe-fixes`." in told(Report((FileResult("a.py", (unsafe,)),), 1))


def test_many_reasons_are_cut() -> None:
    manual = [
        violation(line=n, applicability=Applicability.MANUAL, reason=f"reason {n:02}")
        for n in range(1, 14)
    ]
    text = told(Report((FileResult("a.py", tuple(manual)),), 1))
    assert "reason 10" in text
    assert "reason 11" not in text
    assert "… and 3 more reasons" in text


def test_a_changed_file() -> None:
    target = plain()
    changed(change("a.py", violation(family="agent"), violation(line=2), violation(line=3)), target)
    assert text_of(target) == "a.py: 2 websocket, 1 agent\n"


def test_problems_are_a_line_each() -> None:
    target = plain()
    problems(report(), target, Verbosity.NORMAL)
    assert text_of(target) == (
        "warning: the factory lacks create_agent_mock\n"
        "error: tests/broken.py: line 3: invalid syntax\n"
        "error: gone: does not exist\n"
    )
    quiet = plain()
    problems(report(), quiet, Verbosity.QUIET)
    assert text_of(quiet).count("\n") == 2


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "color", "environment", "colored"),
    [
        (Terminal, Color.AUTO, {}, True),
        (Terminal, Color.AUTO, {"NO_COLOR": "1"}, False),
        (Terminal, Color.AUTO, {"NO_COLOR": ""}, True),
        (Terminal, Color.NEVER, {}, False),
        (StringIO, Color.AUTO, {}, False),
        (StringIO, Color.AUTO, {"FORCE_COLOR": "1"}, False),
        (StringIO, Color.ALWAYS, {}, True),
        (StringIO, Color.ALWAYS, {"NO_COLOR": "1"}, True),
    ],
)
def test_colours(
    monkeypatch: pytest.MonkeyPatch,
    stream: type[StringIO],
    color: Color,
    environment: dict[str, str],
    *,
    colored: bool,
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    target = console(stream(), color)
    say(target, "line", "red")
    assert ("\x1b[31m" in text_of(target)) is colored
    assert "line" in text_of(target)


def test_long_lines_and_markup_stay_as_they_are() -> None:
    for target in (plain(), console(StringIO(), Color.ALWAYS)):
        line = "[bold]x[/bold] :smile: " + "word " * 100 + "."
        say(target, line)
        assert text_of(target) == f"{line}\n"


def test_control_characters_cannot_steer_the_terminal() -> None:
    target = plain()
    say(target, "a\x1b[2Jb\nc\x7f\x9bd\te")
    assert text_of(target) == "a\\x1b[2Jb\\x0ac\\x7f\\x9bd\te\n"


def test_columns_of_wide_characters() -> None:
    assert columns([("日本", "1"), ("a", "10")], frozenset({1})) == ["日本   1", "a     10"]


def test_counts() -> None:
    assert [count(number, "file") for number in (0, 1, 2)] == ["0 files", "1 file", "2 files"]
