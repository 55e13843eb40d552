"""What a comment accepts is left alone, told apart, and nothing else is."""

import json
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import validate
from typer.testing import CliRunner

from ssot_migrate.cli import app
from ssot_migrate.code.source import parse
from ssot_migrate.discover import discover
from ssot_migrate.model import Report, Request, SourceFile
from ssot_migrate.pipeline import explain, run
from ssot_migrate.report.json import schema
from ssot_migrate.suppressions import read as reading
from ssot_migrate.suppressions.read import Suppressions, read
from ssot_migrate.suppressions.suppress import suppress
from ssot_migrate.worker.change import Rewrite
from tests.support import Project
from tests.test_suppress import CROWDED, FILE, IN_STRINGS, REASONS

NAME = "tests/test_it.py"
#: Blocks and expressions, alone and beside others on a line, in brackets, behind comments.
MOCKS = dedent("""\
    from unittest.mock import AsyncMock, MagicMock


    def test_first():
        ws = MagicMock()  # noqa: S1
        ws.send_text = AsyncMock()
        ws.user_id = "u1"
        # about the agent
        agent = AsyncMock()
        agent.execute.return_value = 1
        assert ws and agent


    def test_second(run):
        run(
            1,
            websocket=MagicMock(),
            db_session=AsyncMock(),
        )
        thing = MagicMock()
        ws, websocket = MagicMock(), MagicMock()
        assert ws.user_id and thing and websocket


    class TestThird:
        def test_third(self):
            \tdb_session = AsyncMock(); ws = MagicMock()
            \tassert ws and db_session
    """)


def accepted(text: str) -> dict[int, dict[str, str]]:
    return by_line(read(parse(text.encode())))


def by_line(suppressions: Suppressions) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for one in suppressions.found:
        if one.target is not None and one.rules:
            found.setdefault(one.target, {}).update(dict.fromkeys(one.rules, one.reason))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1  # ssot-migrate: ignore[agent] why\n", {1: {"agent": "why"}}),
        ("a = 1  #ssot-migrate:ignore[agent]why\n", {1: {"agent": "why"}}),
        ("# ssot-migrate: ignore[agent] why\na = 1\n", {2: {"agent": "why"}}),
        # Other comments may stand before it, behind it, and below it.
        ("a = 1  # noqa  # ssot-migrate: ignore[agent] why\n", {1: {"agent": "why"}}),
        ("a = 1  # ssot-migrate: ignore[agent] why  # noqa\n", {1: {"agent": "why"}}),
        ("# ssot-migrate: ignore[agent] why\n# more\na = 1\n", {3: {"agent": "why"}}),
        # Several rules, several comments; the nearest counts.
        ("a = 1  # ssot-migrate: ignore[a, b] why\n", {1: {"a": "why", "b": "why"}}),
        (
            "a = 1  # ssot-migrate: ignore[a] one # ssot-migrate: ignore[b] #2\n",
            {1: {"a": "one", "b": "#2"}},
        ),
        (
            "#ssot-migrate:ignore[a] 1\n#ssot-migrate:ignore[b] 2\na = 1  #ssot-migrate:ignore[a] 3",
            {3: {"a": "3", "b": "2"}},
        ),
        ("a = 1  # ssot-migrate: ignore[agent]\n", {1: {"agent": ""}}),
        # Inside brackets a line counts as well.
        (
            "a = (\n    # ssot-migrate: ignore[a] 1\n    2,  # ssot-migrate: ignore[b] 2\n)\n",
            {3: {"a": "1", "b": "2"}},
        ),
        # A carriage return ends a line too.
        ("a = 1\rb = 2  # ssot-migrate: ignore[a] 1\r", {2: {"a": "1"}}),
        ('a = """\n# ssot-migrate: ignore[agent] why\n"""\n', {}),
        ('a = "# ssot-migrate: ignore[agent] why"\n', {}),
        ("a = 1  # ssot-migrate: ignore-file[agent] why\n", {}),
        ("a = 1  # ssot-migrate: please\n", {}),
    ],
)
def test_what_is_read(text: str, expected: dict[int, dict[str, str]]) -> None:
    assert accepted(text) == expected


def test_a_comment_behind_one_line_is_not_for_the_next() -> None:
    found = accepted("a = 1  # ssot-migrate: ignore[agent] why\nb = 1\n# other\n\nc = 1\n")
    assert found[1] == {"agent": "why"}
    assert not any(found.get(line) for line in range(2, 6))


def test_other_files_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "tokenize", None)
    assert accepted("a = 1  # noqa\n") == {}


@given(
    line=st.sampled_from([n for n, text in enumerate(FILE.split("\n"), 1) if "Mock()" in text]),
    reason=REASONS,
    length=st.sampled_from([0, 40, 100]),
    newline=st.sampled_from(["\n", "\r\n"]),
    start=st.sampled_from(["", "\ufeff"]),
)
def test_what_is_written_is_read(
    *, line: int, reason: str, length: int, newline: str, start: str
) -> None:
    if line in (*IN_STRINGS, *CROWDED):
        return
    before = (start + FILE.replace("\n", newline)).encode()
    after = parse(suppress(before, line, "websocket", reason, length))
    found = by_line(read(after))
    moved = len(after.lines) - len(parse(before).lines)
    assert found == {line + moved: {"websocket": " ".join(reason.split())}}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("suppressed"))


def scanned(project: Project, content: bytes) -> Report:
    project.write(NAME, content)
    report = project.run(NAME, unsafe=True)
    assert report.all_failures == ()
    return report


@pytest.mark.no_cover
@given(data=st.data(), reason=REASONS, length=st.sampled_from([0, 60, 200]))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_an_accepted_mock_stays_and_the_others_go(
    project: Project, data: st.DataObject, reason: str, length: int
) -> None:
    report = scanned(project, MOCKS.encode())
    chosen = data.draw(st.sampled_from(report.violations))
    content = suppress(MOCKS.encode(), chosen.line, chosen.rule, reason, length)
    after = scanned(project, content)
    reasons = dict.fromkeys(
        (v.key for v in report.violations if (v.line, v.rule) == (chosen.line, chosen.rule)),
        " ".join(reason.split()),
    )
    assert {v.key: told for v, told in after.suppressed.items()} == reasons
    kept = sorted(str(v.key) for v in report.violations if v.key not in reasons)
    assert sorted(str(v.key) for v in after.violations) == kept
    fixed = sorted(str(v.key) for change in report.changes for v in change.fixed)
    (change,) = after.changes
    assert sorted(str(v.key) for v in change.fixed) == [key for key in fixed if key in kept]
    # Everything else is migrated, the comment stays with its mock, and a second run finds that.
    again = scanned(project, change.after)
    assert {v.key for v in again.suppressed} == set(reasons)
    assert again.changes == ()


def test_fixes_on_both_sides_leave_the_comment_at_its_mock(tmp_path: Path) -> None:
    middle = "    # ssot-migrate: ignore[agent] why\n    agent = AsyncMock()\n"
    code = f"""from unittest.mock import AsyncMock, MagicMock


def test_it():
    ws = MagicMock()
    ws.send_text = AsyncMock()
{middle}    websocket = MagicMock()
    websocket.user_id = "u"
    assert ws and agent and websocket.user_id
"""
    project = Project(tmp_path)
    project.write(NAME, code.encode())
    after = project.rewrite(NAME, unsafe=True).decode()
    assert after.count("create_websocket_mock") == 2
    assert f"create_websocket_mock()\n{middle}    websocket = SSot" in after


def test_an_inner_mock_stays_in_its_expression(tmp_path: Path) -> None:
    code = """from unittest.mock import AsyncMock, MagicMock


def test_it(run):
    run(
        websocket=MagicMock(),
        # ssot-migrate: ignore[database] why
        db_session=AsyncMock(),
    )
"""
    project = Project(tmp_path)
    project.write(NAME, code.encode())
    report = project.run(unsafe=True)
    assert report.all_failures == ()
    (accepted_mock,) = report.suppressed
    assert (accepted_mock.rule, accepted_mock.line) == ("database", 8)
    (change,) = report.changes
    assert "websocket=SSotMockFactory.create_websocket_mock(),\n" in change.after.decode()
    assert "  # ssot-migrate: ignore[database] why\n        db_session=AsyncMock(),\n" in (
        change.after.decode()
    )


def test_a_suppression_that_would_move_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = suppress(MOCKS.encode(), 20, "generic", "why", 100)
    project = Project(tmp_path)
    project.write(NAME, code)
    text = Rewrite._text

    def careless(rewrite: Rewrite) -> str:
        return text(rewrite).replace("ignore[generic]", "ignored")

    monkeypatch.setattr(Rewrite, "_text", careless)
    # It compares lines, and would find this one too.
    monkeypatch.setattr("ssot_migrate.rewriting.verify.verify", lambda *_: None)
    report = project.run(NAME)
    (failure,) = report.all_failures
    assert "a suppression would no longer stand at its mock" in failure.message
    assert report.changes == ()


OWN = """
    from unittest.mock import MagicMock, patch


    class FakeSession:{0}
        def execute(self): ...
        def commit(self): ...
        def rollback(self): ...


    class Builders:{1}
        def websocket(self):
            return MagicMock(name="websocket")

        def make_websocket(self):
            mock_websocket = MagicMock()
            return mock_websocket


    @patch("app.get"){2}
    def test_it(get):
        agent = AsyncMock(){3}
        assert agent
"""
RULES = ("mock-class", "second-factory", "patch", "unimported")


def test_the_own_rules_too(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("tests/use.py", "from tests.builders import Builders\n")
    project.write("tests/builders.py", OWN.format("", "", "", ""))
    before = [v for v in project.run(fix=False).violations if v.rule in RULES]
    assert {v.rule for v in before} == {*RULES}
    comments = [f"  # ssot-migrate: ignore[{rule}] why {rule}" for rule in RULES]
    project.write("tests/builders.py", OWN.format(*comments))
    after = project.run(fix=False)
    assert not [v for v in after.violations if v.rule in RULES]
    reasons = {(v.rule, v.line): reason for v, reason in after.suppressed.items()}
    assert reasons == {(v.rule, v.line): f"why {v.rule}" for v in before}


def test_what_is_suppressed_can_be_explained(tmp_path: Path) -> None:
    project = Project(tmp_path)
    text = '@patch("a.b")  # ssot-migrate: ignore[patch] why\ndef test_it(b): ...\n'
    path = project.write(NAME, f"from unittest.mock import patch\n\n\n{text}")
    (found,) = explain(SourceFile.of(str(path), NAME), (4, None), project.resolver())
    assert found.violation.rule == "patch"


def test_a_survey_leaves_it_out(tmp_path: Path) -> None:
    project = Project(tmp_path)
    path = project.write(NAME, MOCKS.encode())
    resolver = project.resolver()

    def cases() -> set[tuple[str, str | None]]:
        files = discover([path], resolver)[0]
        report = run(files, resolver, Request(survey=True))
        return {(case.family, case.name) for result in report.results for case in result.cases}

    before = cases()
    project.write(NAME, suppress(MOCKS.encode(), 20, "generic", "why", 100))
    assert before - cases() == {("generic", "thing")}


def shown(*arguments: str) -> str:
    return CliRunner().invoke(app, [*arguments, "--color", "never"]).output


COMMENT = "  # ssot-migrate: ignore[websocket] the socket of the past"
TOLD = "suppressed: the socket of the past"


@pytest.fixture
def suppressed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    project = Project(tmp_path)
    monkeypatch.chdir(tmp_path)
    text = (
        f"from unittest.mock import MagicMock\n\n\ndef test_it():\n    ws = MagicMock(){COMMENT}\n"
    )
    return project.write(NAME, f"{text}    assert ws\n")


def test_the_commands_agree(suppressed: Path) -> None:
    before = suppressed.read_bytes()
    scan = shown("scan", "tests")
    assert scan.startswith("0 mocks built by hand in 0 of 1 file")
    assert "\n1 suppressed\n" in scan
    assert f"test_it.py:5:10: websocket [safe] ws — {TOLD}\n" in shown("scan", "-v", "tests")
    for command in ("diff", "apply", "migrate"):
        told = shown(command, "tests")
        assert "Left 1 mock:\n" in told, command
        assert f"1  {TOLD}\n" in told, command
    assert suppressed.read_bytes() == before


def test_as_json(suppressed: Path) -> None:
    document = json.loads(shown("scan", "--output-format", "json", str(suppressed)))
    validate(document, json.loads(schema()))
    assert document["violations"] == []
    assert document["summary"]["violations"] == 0
    assert document["summary"]["suppressed"] == 1
    (one,) = document["suppressed"]
    assert (one["violation"]["line"], one["reason"]) == (5, "the socket of the past")


def test_a_batch_beside_it_is_migrated_and_it_is_told_once(suppressed: Path) -> None:
    other = "\n\ndef test_other():\n    websocket = MagicMock()\n    assert websocket\n"
    suppressed.write_text(suppressed.read_text() + other)
    told = shown("migrate", "tests")
    assert "Migrated 1 mock in 1 batch." in told
    assert f"Left 1 mock:\n  1  {TOLD}\n" in told
    assert COMMENT in suppressed.read_text()


def test_line_regexes_are_held_against_it_too(suppressed: Path) -> None:
    assert "where there are 1:" in shown("scan", "--statistics", str(suppressed))
