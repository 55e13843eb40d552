"""``suppress``: the gate finds nothing more, and nothing but comments is different."""

import ast
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from ssot_migrate.cli import app
from ssot_migrate.code.source import parse
from ssot_migrate.discover import discover
from ssot_migrate.gate import accept as accepting
from ssot_migrate.gate.accept import Comments, accept
from ssot_migrate.gate.selected import ON_REQUEST, gated
from ssot_migrate.model import Report, Request
from ssot_migrate.pipeline import start
from tests.support import SAMPLES, Project
from tests.test_suppressed import MOCKS

NAME = "tests/test_it.py"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--color", "never"])


def suppress(*arguments: str) -> Result:
    return run("suppress", "--reason", "kept for now", *arguments)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    project = Project(tmp_path)
    project.write(NAME, MOCKS.encode())
    monkeypatch.chdir(tmp_path)
    return project


def open_ones(report: Report) -> list[str]:
    """List what the gate would find."""
    assert report.all_failures == ()
    return [f"{v.path}:{v.line} {v.rule}" for v in report.violations if v.rule not in ON_REQUEST]


def test_all_that_the_gate_finds_is_accepted(project: Project) -> None:
    before = project.run(fix=False)
    wanted = [v for v in before.violations if v.rule not in ON_REQUEST]
    result = suppress("tests")
    assert (result.exit_code, result.stderr) == (0, "")
    first, *rest = result.stdout.splitlines()
    assert first.startswith(f"{NAME}: ")
    assert sum(map(int, re.findall(r" (\d+) ", first))) == len(wanted)
    assert rest == [
        f"Suppressed {len(wanted)} violations in 1 file.",
        "`ssot-migrate undo` brings the files back as they were.",
    ]
    after = project.run(fix=False)
    assert open_ones(after) == []
    assert Counter(v.key for v in after.suppressed) == Counter(v.key for v in wanted)
    assert {*after.suppressed.values()} == {"kept for now"}
    # What was not asked for is there still.
    assert [v.key for v in after.violations] == [
        v.key for v in before.violations if v not in wanted
    ]


def test_a_second_run_and_undo(project: Project) -> None:
    path = project.folder / NAME
    suppress("tests")
    once = path.read_bytes()
    result = suppress("tests")
    assert (result.exit_code, result.stdout) == (0, "Suppressed nothing.\n")
    assert path.read_bytes() == once != MOCKS.encode()
    assert run("undo").exit_code == 0
    assert path.read_bytes() == MOCKS.encode()


def test_several_rules_share_a_comment(project: Project) -> None:
    code = "from unittest.mock import MagicMock\n\nrun(agent=MagicMock(), websocket=MagicMock())\n"
    path = project.write(NAME, code)
    assert suppress(NAME, "--no-journal").exit_code == 0
    (line,) = [line for line in path.read_text().splitlines() if "ssot-migrate" in line]
    assert line == "# ssot-migrate: ignore[agent, websocket] kept for now"
    assert run("undo").exit_code == 2


def test_what_is_selected(project: Project) -> None:
    assert suppress("--select", "generic,agent").exit_code == 0
    after = project.run(fix=False)
    assert {v.rule for v in after.suppressed} == {"generic", "agent"}
    assert "websocket" in {v.rule for v in after.violations}
    assert suppress("--ignore", "database", "--no-journal").exit_code == 0
    rules = {v.rule for v in project.run(fix=False).violations}
    assert "database" in rules
    assert "websocket" not in rules


def test_a_diff_writes_nothing(project: Project) -> None:
    result = suppress("--diff")
    assert result.exit_code == 1
    assert f"+++ b/{NAME}\n" in result.stdout
    added = [line for line in result.stdout.splitlines() if line.startswith("+ ")]
    assert added
    assert all("# ssot-migrate: ignore[" in line for line in added)
    assert result.stderr.startswith("Would suppress ")
    assert (project.folder / NAME).read_text() == MOCKS
    assert suppress("--diff", "--select", "tool").exit_code == 0


@pytest.mark.parametrize(
    ("head", "after"),
    [
        ("", "{}"),
        ('"""Tests."""\n\n', '{}"""Tests."""\n\n'),
        ("#!/usr/bin/python3\n# coding: utf-8\n# Copyright\n\n", None),
        ("\n", "{}\n"),
    ],
)
def test_one_comment_for_a_file(project: Project, head: str, after: str | None) -> None:
    mark = "# ssot-migrate: ignore-file[agent, websocket] kept for now\n"
    body = "from unittest.mock import MagicMock\n\nrun(agent=MagicMock(), websocket=MagicMock())\n"
    path = project.write(NAME, (head + body).encode())
    assert suppress("--file").exit_code == 0
    expected = after.format(mark) if after is not None else head[:-1] + mark + "\n"
    assert path.read_text() == expected + body
    assert open_ones(project.run(fix=False)) == []
    assert suppress("--file").stdout == "Suppressed nothing.\n"


def test_what_cannot_have_a_comment_is_told(project: Project) -> None:
    code = dedent('''\
        from unittest.mock import MagicMock

        ws = MagicMock()
        text = f"""
        {dict(websocket=MagicMock())}
        """
        both = call(
            1, websocket=MagicMock(), agent=MagicMock()
        )
        ''')
    path = project.write(NAME, code)
    result = suppress()
    assert result.exit_code == 1
    told = [line for line in result.stdout.splitlines() if f"{NAME}:" in line]
    assert len(told) == 4
    assert "no comment can stand here, behind a backslash or in a string" in told[1]
    assert told[2].startswith(f"{NAME}:8:18: websocket ")
    assert told[2].endswith("put it on a line of its own")
    assert told[3].startswith(f"{NAME}:8:37: agent ")
    assert path.read_text() == code.replace(
        "ws = MagicMock()", "ws = MagicMock()  # ssot-migrate: ignore[websocket] kept for now"
    )
    assert suppress().stdout.startswith("Suppressed nothing.\n")
    assert suppress("--file").exit_code == 0
    assert open_ones(project.run(fix=False)) == []


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("  ", "a suppression needs a reason"),
        ("--", "a suppression needs a reason"),
        ("a\x07b", "the reason holds characters that cannot be shown; type it in plain text"),
    ],
)
def test_what_is_no_reason(project: Project, reason: str, message: str) -> None:
    result = run("suppress", f"--reason={reason}")
    assert (result.exit_code, result.stderr) == (2, f"error: --reason: {message}\n")
    assert (project.folder / NAME).read_text() == MOCKS


def test_a_file_that_cannot_hold_the_reason(project: Project) -> None:
    project.write("tests/test_old.py", b"# coding: latin-1\n" + MOCKS.encode())
    result = run("suppress", "--reason", "5 \u20ac", "tests/test_old.py")
    assert result.exit_code == 2
    assert "left as it was: the reason cannot be written in iso-8859-1" in result.stderr


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("coding: latin-1", "with the comment the file would mean something else"),
        ("coding: no-such", "with the comment it would not be read any more: unknown encoding"),
    ],
)
def test_a_reason_that_would_be_the_encoding(project: Project, reason: str, message: str) -> None:
    result = run("suppress", "--file", "--reason", reason)
    assert result.exit_code == 2
    assert f"{NAME}: left as it was: {message}" in result.stderr
    assert (project.folder / NAME).read_text() == MOCKS
    # Behind the code it says nothing to Python.
    assert run("suppress", "--reason", reason).exit_code == 0


def test_the_rules_about_comments_are_no_work_for_comments(project: Project) -> None:
    code = "x = 1  # ssot-migrate: ignore[agent]\n"
    path = project.write(NAME, code)
    for options in ((), ("--file",), ("--select", "unused-suppression")):
        assert suppress(*options).stdout == "Suppressed nothing.\n"
    assert path.read_text() == code


def test_a_comment_that_would_not_stand_at_its_mock(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless = accepting.suppress_lines

    def above(data: bytes, wanted: dict[int, list[str]], *rest: object) -> object:
        return careless(data, {line - 1: rules for line, rules in wanted.items()}, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(accepting, "suppress_lines", above)
    result = suppress()
    assert result.exit_code == 2
    assert "left as it was: the comments would not stand at what they accept" in result.stderr
    assert (project.folder / NAME).read_text() == MOCKS


def test_what_only_the_whole_run_finds(project: Project) -> None:
    project.write(
        "tests/builders.py",
        """
        from unittest.mock import MagicMock


        class Builders:
            def websocket(self):
                ws = MagicMock()
                return ws
        """,
    )
    project.write("tests/use.py", "from tests.builders import Builders\n")
    assert suppress("tests").exit_code == 0
    report = project.run(fix=False)
    assert open_ones(report) == []
    assert "second-factory" in {v.rule for v in report.suppressed}


@pytest.mark.parametrize("options", [(), ("--file",)])
def test_formatters_leave_the_comments_at_their_mocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    folder = shutil.copytree(SAMPLES, tmp_path / "samples")
    monkeypatch.chdir(folder)
    ruff = [sys.executable, "-m", "ruff", "format", "--quiet", "tests"]
    subprocess.run(ruff, check=True)
    assert suppress("tests", *options).exit_code == 0
    files = {path: path.read_bytes() for path in folder.rglob("*.py")}
    subprocess.run(ruff, check=True)
    assert {path: path.read_bytes() for path in folder.rglob("*.py")} == files
    assert run("suppress", "--reason", "again", "tests").stdout == "Suppressed nothing.\n"


# properties

BLOCKS = (
    "def test_{n}():\n\tws = MagicMock()\n\tws.send_text = AsyncMock()\n\tassert ws\n",
    "def test_{n}():\n    # é\n    agent = AsyncMock()  # noqa: S1\n    assert agent\n",
    "def test_{n}(run):\n    run(\n        1,\n        websocket=MagicMock(),\n        db_session=AsyncMock(),\n    )\n",
    "run(agent=MagicMock(), websocket=MagicMock())\n",
    "class Test{n}:\n    def test_it(self):\n        db_session = AsyncMock(); ws = MagicMock()\n",
    "with MagicMock() as websocket, \\\n    MagicMock() as agent:\n    pass\n",
    'text = """\n# ssot-migrate: ignore[websocket]\n"""\n',
)


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    blocks = draw(st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=6))
    head, encoding = draw(
        st.sampled_from(
            [
                ("", "utf-8"),
                ("\ufeff", "utf-8"),
                ("# coding: latin-1\n", "latin-1"),
                ('"""Tests."""\n\n', "utf-8"),
            ]
        )
    )
    text = head + "from unittest.mock import AsyncMock, MagicMock\n\n\n"
    text += "\n\n".join(block.format(n=n) for n, block in enumerate(blocks))
    text = text if draw(st.booleans()) else text.rstrip("\n")
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"]))).encode(encoding)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("bulk"))


@given(content=contents(), of_file=st.booleans(), length=st.sampled_from([20, 88]))
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_nothing_but_comments_that_go_again(
    shared: Project, *, content: bytes, of_file: bool, length: int
) -> None:
    path = shared.write(NAME, content)
    resolver = shared.resolver(line_length=length)
    files, _ = discover([path], resolver)
    found = accept(
        start(files, resolver, Request(), adapt=gated), files, Comments("wie früher", of_file)
    )
    assert found.report.all_failures == ()
    for change in found.report.changes:
        path.write_bytes(change.after)
        assert ast.dump(parse(change.after).tree) == ast.dump(parse(content).tree)
    left = {f"{v.path}:{v.line} {v.rule}" for r in found.report.results for v in r.left}
    now = open_ones(shared.run(NAME, fix=False))
    assert len(now) == len(left) == 0
    # Where no mock is built any more, fixes take them all out.
    path.write_bytes(without(path.read_bytes()))
    assert shared.rewrite(NAME) == without(content)


def without(data: bytes) -> bytes:
    return data.replace(b"AsyncMock()", b"object()").replace(b"MagicMock()", b"object()")


def test_comments_that_are_taken_out_are_no_mocks(project: Project) -> None:
    gone = "x = 1  # ssot-migrate: ignore[agent] gone\n"
    project.write("tests/test_gone.py", gone)
    assert "Would change 1 file, 1 violation.\n" in run("diff", "tests/test_gone.py").stderr
    assert "Would change 1 file, 4 mocks.\n" in run("diff", NAME).stderr
    told = run("migrate", "--plan", "tests").stdout
    assert "unused-suppression" not in told
    project.write(NAME, MOCKS + gone)
    assert "Would change 1 file, 4 mocks and 1 other violation.\n" in run("diff", NAME).stderr
    assert "Migrated 4 mocks in 1 batch." in run("migrate", "tests").stdout
