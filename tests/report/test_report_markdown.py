"""The comment of a pull request."""

import io

from hypothesis import given
from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec.structs import replace

from ssot_migrate.gate.verdict import Verdict
from ssot_migrate.model import Failure, Report, Stage
from ssot_migrate.report import By
from ssot_migrate.report.markdown import scan, write
from tests.report.reports import empty, files_with_one, report, violation, with_own
from tests.report.verdicts import clean, hostile, of, verdict


def written(found: Verdict) -> str:
    stream = io.StringIO()
    write(found, stream)
    return stream.getvalue()


def scanned(found: Report, *by: By) -> str:
    stream = io.StringIO()
    scan(found, stream, by)
    return stream.getvalue()


def parsed(markdown: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(markdown)


def tables(markdown: str) -> list[list[list[str]]]:
    """Give the tables of a document: rows of what a person reads."""
    found: list[list[list[str]]] = []
    inside = False
    for token in parsed(markdown):
        if token.type in {"table_open", "table_close"}:
            inside = token.type == "table_open"
            found += [[]] * inside
            found[-1] = list(found[-1])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type == "inline" and inside:
            children = token.children or []
            texts = [t.content for t in children if t.type in {"text", "code_inline"}]
            found[-1][-1].append("".join(texts))
    return found


def test_what_is_new() -> None:
    places, families = tables(written(verdict()))
    assert places[0] == ["place", "rule", "what", "fix"]
    assert places[1][2:] == [
        "mock_agent is built by hand; use SSotMockFactory.create_agent_mock",
        "unsafe",
    ]
    # The most severe first; equally severe ones by path and place, as the verdict has them.
    assert [row[:2] for row in places[1:]] == [
        ["tests/sub/test_b.py:10", "agent"],
        ["tests/sub/test_b.py:9", "websocket"],
        ["tests/test_a.py:3", "websocket"],
        ["tests/sub/test_b.py:7", "generic"],
        ["tests/sub/test_b.py:8", "generic"],
        ["tests/test_own.py:1", "mock-class"],
    ]
    assert families == [
        ["rule", "severity", "new", "safe", "unsafe", "manual", "in the baseline"],
        ["agent", "critical", "1", "0", "1", "0", "1"],
        ["websocket", "high", "2", "2", "0", "0", "0"],
        ["generic", "medium", "2", "0", "0", "2", "0"],
        ["mock-class", "low", "1", "0", "0", "1", "0"],
    ]


def test_what_is_said_beside_the_tables() -> None:
    lines = written(verdict()).splitlines()
    assert lines[0] == "### ssot-migrate: 6 new violations in 3 files, but 2 errors"
    assert "Not counted: 1 in the baseline, 1 outside of what changed, 1 suppressed." in lines
    assert "- error: `tests/broken.py`: line 3: invalid syntax" in lines
    assert "- warning: the factory lacks create_agent_mock" in lines
    assert any(
        line.startswith("1 entry of the baseline matches nothing any more") for line in lines
    )
    start = lines.index("**How to fix**") + 2
    assert lines[start : start + 4] == [
        "- 2 by `ssot-migrate apply tests/sub/test_b.py tests/test_a.py`",
        "- 1 with a difference: `ssot-migrate diff --unsafe-fixes tests/sub/test_b.py`",
        "- 3 by hand",
        "- One that has to stay: `# ssot-migrate: ignore[RULE] reason` in its line",
    ]


def test_nothing_new() -> None:
    assert written(clean()) == "### ssot-migrate: no new violations\n"


def test_a_file_that_was_not_checked_is_no_good_news() -> None:
    report = Report((), 1, failures=(Failure("x.py", Stage.PARSE, "line 1: bad"),))
    found = written(replace(clean(), report=report))
    assert found == (
        "### ssot-migrate: no new violations, but 1 error\n\n- error: `x.py`: line 1: bad\n"
    )


def test_a_comment_has_an_end() -> None:
    """What is too much is counted: GitHub refuses a comment of more than 65,536 characters."""
    found = [violation(f"tests/test_{n}.py") for n in range(2000)]
    failures = tuple(Failure(f"f{n}.py", Stage.READ, "gone") for n in range(30))
    whole = of(*found, fixable=frozenset(found))
    text = written(replace(whole, report=replace(whole.report, failures=failures)))
    places, families = tables(text)
    assert len(places) == 1 + 20
    assert "\n… and 1980 more\n" in text
    assert "- … and 10 more errors\n" in text
    assert families[1][2] == "2000"
    assert "- 2000 by `ssot-migrate apply`\n" in text
    assert len(text) < 10_000


def test_a_command_can_be_pasted() -> None:
    found = (violation("tests/a b.py"), violation("tests/$x.py"))
    text = written(of(*found, fixable=frozenset(found)))
    assert "`ssot-migrate apply 'tests/a b.py' 'tests/$x.py'`" in text


@given(hostile())
def test_no_text_breaks_out_of_its_place(found: Verdict) -> None:
    places, families = tables(written(found))
    assert len(places) == 1 + len(found.new)
    assert {len(row) for row in places} == {4}
    assert sum(int(row[2]) for row in families[1:]) == len(found.new)
    kinds = {token.type for token in parsed(written(found)) if token.level == 0}
    expected = {"heading", "table", "paragraph", "bullet_list"}
    assert kinds == {f"{kind}_{end}" for kind in expected for end in ("open", "close")}


def test_a_scan() -> None:
    text = scanned(with_own())
    families, rules, directories, files = tables(text)
    assert text.startswith("### Mocks built by hand\n\n7 mocks built by hand in 2 of 12 files; ")
    assert families[0][:3] == ["family", "severity", "violations"]
    assert families[-1][:3] == ["total", "", "7"]
    assert rules[1] == ["mock-class", "low", "4", "2 websocket, 1 agent"]
    assert directories[1] == ["tests/sub", "1", "4"]
    assert files[1] == ["tests/sub/test_b.py", "4"]
    assert "By severity: 2 critical, 3 high, 2 medium\n" in text
    assert "- error: `gone`: does not exist\n" in text
    assert "suppressed" not in text


def test_a_scan_says_how_many_are_suppressed() -> None:
    assert "\n1 suppressed\n" in scanned(verdict().report)


def test_a_scan_of_nothing() -> None:
    assert scanned(empty()) == "### Mocks built by hand\n\n0 mocks built by hand in 0 of 0 files.\n"


def test_a_long_table_is_cut_unless_it_was_asked_for() -> None:
    found = Report(files_with_one(f"tests/test_{n:02}.py" for n in range(12)), 12)
    assert [len(rows) for rows in tables(scanned(found))] == [3, 2, 11]
    assert "\n… and 2 more\n" in scanned(found)
    (files,) = tables(scanned(found, By.FILE))
    assert len(files) == 13
    (scopes,) = tables(scanned(found, By.SCOPE))
    assert scopes[1] == ["tests/test_00.py", "test_it", "1"]


def test_numbers_of_a_scan_go_to_the_right() -> None:
    assert "| file | violations |\n| --- | ---: |\n" in scanned(report(), By.FILE)
