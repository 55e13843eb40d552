"""Fixes of the engine's own rules: text for text on one line, carried out and proved."""

import ast
from pathlib import Path

import pytest

from ssot_migrate.code.source import parse
from ssot_migrate.discover import discover
from ssot_migrate.model import Applicability, Request, Severity, SourceFile, Violation
from ssot_migrate.pipeline import Run, start
from ssot_migrate.rewriting.edits import EditError, check_edits, edited
from ssot_migrate.rewriting.plan import Edit
from ssot_migrate.rewriting.rewrite import rewrite
from ssot_migrate.worker import change, process
from tests.support import Project

CODE = """\
from unittest.mock import AsyncMock, MagicMock
from test_framework.ssot.mock_factory import SSotMockFactory


def test_it():
    # an old word
    old = SSotMockFactory.create_old_mock()  # said

    mock_ws = MagicMock()  # an old word
    mock_ws.send_text = AsyncMock()
    assert mock_ws
    assert old
"""


def edit(code: str, old: str, new: str, line: int | None = None) -> Edit:
    """Replace the first occurrence of a text, on a line if one is given."""
    lines = code.splitlines()
    number = line or next(n for n, text in enumerate(lines, 1) if old in text)
    start = lines[number - 1].index(old)
    violation = Violation(
        rule="unknown-method",
        family=None,
        severity=Severity.HIGH,
        path="test_it.py",
        line=number,
        column=start + 1,
        end_line=number,
        end_column=start + len(old) + 1,
        name=old,
        scope="test_it",
        evidence=(),
        applicability=Applicability.SAFE,
    )
    return Edit(violation, number, start, start + len(old), new)


def rewritten(code: str, *edits: Edit) -> str:
    return rewrite(parse(code.encode()), [], 88, edits)


def test_an_edit_changes_its_own_words_alone() -> None:
    rename = edit(CODE, "create_old_mock", "create_agent_mock")
    assert rewritten(CODE, rename) == CODE.replace("create_old_mock", "create_agent_mock")


def test_a_comment_leaves_neither_blanks_nor_an_empty_line() -> None:
    behind, alone = edit(CODE, "# said", ""), edit(CODE, "# an old word", "")
    assert rewritten(CODE, behind) == CODE.replace("  # said\n", "\n")
    assert rewritten(CODE, alone) == CODE.replace("    # an old word\n    old", "    old")


def test_edits_of_one_line_do_not_move_each_other() -> None:
    both = edit(CODE, "create_old_mock", "create_a_much_longer_name"), edit(CODE, "# said", "# new")
    after = rewritten(CODE, *both)
    assert "    old = SSotMockFactory.create_a_much_longer_name()  # new\n" in after


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_line_ends_stay(newline: str) -> None:
    code = f"x = 1  # a{newline}# b{newline}y = 2  # c"
    after = rewritten(code, edit(code, "# a", ""), edit(code, "# b", ""), edit(code, "# c", ""))
    assert after == f"x = 1{newline}y = 2"


def test_the_proof_takes_names_and_comments() -> None:
    source = parse(CODE.encode())
    edits = [edit(CODE, "create_old_mock", "create_agent_mock"), edit(CODE, "# an old word", "")]
    tree = check_edits(source, edits)
    assert ast.dump(tree) == ast.dump(
        ast.parse(CODE.replace("create_old_mock", "create_agent_mock"))
    )
    assert [node.lineno for node in tree.body] == [node.lineno for node in source.tree.body]


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        ("x = a.b\n", "a.b", "a.c"),
        ("x = a.b\n", "b", "b()"),
        ("x = 'a'\n", "a", "b"),
        ("x = 1\ny = 2\n", "x = 1", ""),
        ("x = 1  # a\n", "# a", "+ 1"),
        ("f(a)\n", "a", "a=1"),
    ],
)
def test_the_proof_takes_nothing_else(code: str, old: str, new: str) -> None:
    with pytest.raises(EditError, match="changes more than a comment or a name"):
        check_edits(parse(code.encode()), [edit(code, old, new)])


def test_the_lines_stay_as_many() -> None:
    lines = parse(CODE.encode()).lines
    assert len(edited(lines, [edit(CODE, "# an old word", "")])) == len(lines)


# in the pipeline


@pytest.fixture
def give_edits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every module with an old word be given edits, as an own rule would."""
    honest = process.assess

    def assess(module: process.Module, rules: object) -> object:
        found = honest(module, rules)  # type: ignore[arg-type]
        found.violations = [v for v in found.violations if v.rule != "unknown-method"]
        text = module.source.text
        words = (("create_old_mock", "create_agent_mock"), ("# an old word", ""))
        lines = [
            (n, old, new)
            for n, line in enumerate(text.splitlines(), 1)
            for old, new in words
            if old in line
        ]
        found.edits = [edit(text, old, new, line) for line, old, new in lines]
        found.violations += [one.violation for one in found.edits]
        found.violations.sort(key=lambda v: (v.line, v.column))
        return found

    monkeypatch.setattr(process, "assess", assess)
    monkeypatch.setattr(change, "assess", assess)


def run_of(project: Project) -> Run:
    resolver = project.resolver()
    files, _ = discover([project.folder / "test_it.py"], resolver)
    return start(files, resolver, Request(fix=True))


@pytest.mark.usefixtures("give_edits")
def test_edits_and_migrations_end_in_one_file(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("test_it.py", CODE)
    report = project.run()
    assert report.all_failures == ()
    [done] = report.changes
    assert [v.rule for v in done.fixed] == [
        "websocket",
        "unknown-method",
        "unknown-method",
        "unknown-method",
    ]
    assert {v.line for v in done.fixed} == {6, 7, 9}
    after = done.after.decode()
    assert "old word" not in after
    assert "    old = SSotMockFactory.create_agent_mock()  # said\n\n" in after
    assert "    mock_ws = SSotMockFactory.create_websocket_mock()\n" in after


@pytest.mark.usefixtures("give_edits")
def test_one_edit_alone(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("test_it.py", CODE)
    [done] = project.run().changes
    assert done.before == CODE.encode()
    run = run_of(project)
    [wanted] = [v for v in done.fixed if v.line == 7]
    alone = run.only(done, [wanted])
    assert isinstance(alone, process.Change)
    assert alone.fixed == (wanted,)
    assert alone.after.decode() == CODE.replace("create_old_mock", "create_agent_mock")


@pytest.mark.usefixtures("give_edits")
def test_what_waits_is_told_where_one_fix_is_taken_alone(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("test_it.py", CODE)
    places = {(9, 15), (9, 28)}
    [settings] = run_of(project).settings.each
    file = SourceFile.of(str(tmp_path / "test_it.py"), "test_it.py")
    outcome = process.process_data(settings, file, CODE.encode(), places)
    assert outcome.result.change is not None
    assert {v.rule for v in outcome.result.change.fixed} == {"websocket"}
    assert [*outcome.result.left.values()] == ["shares a line with a migrated mock; run again"]


@pytest.mark.usefixtures("give_edits")
def test_an_edit_that_does_more_leaves_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path)
    project.write("test_it.py", CODE)
    monkeypatch.setattr(
        "ssot_migrate.rewriting.rewrite.edited",
        lambda lines, _: [*lines[:6], "    x = 1\n", *lines[7:]],
    )
    report = project.run()
    assert report.changes == ()
    assert "differs from the plan" in report.all_failures[0].message
