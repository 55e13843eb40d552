"""``factory show``, with the real engine."""

import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from ssot_migrate.cli import app
from ssot_migrate.report.console import hang
from tests.cli.conftest import Result
from tests.support import Project

NAME = "test_framework.ssot.mock_factory:SSotMockFactory"
PATH = "test_framework/ssot/mock_factory.py"
OTHER = """\
from unittest.mock import MagicMock


class Mocks:
    @staticmethod
    def socket(name="x", **more):
        m = MagicMock()
        m.name = name
        m.configure_mock(**more)
        return m
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path)


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(app, ("factory", *arguments), catch_exceptions=False)
    return Result(result.exit_code, result.stdout, result.stderr)


@pytest.mark.usefixtures("project")
def test_all_methods_are_shown_a_line_each() -> None:
    result = run("show")
    heading, *lines = result.out.splitlines()
    assert (result.code, result.err) == (0, "")
    assert heading == f"{NAME} in {PATH}: 15 methods"
    rows = {line.split()[0]: line.split(maxsplit=1)[1] for line in lines}
    assert len(rows) == len(lines) == 15
    assert rows["create_execution_context_mock"] == (
        "MagicMock; 5 attributes; takes user_id, thread_id; cannot be read: created_at;"
        " used by context"
    )
    assert rows["create_database_session_mock"].startswith("AsyncMock; 8 attributes; takes nothing")
    assert "takes user_id, connection_id, **attributes" in rows["create_mock_websocket_emitter"]
    assert "may give another object" in rows["create_mock_user_context"]
    assert rows["create_mock"] == "one of 7 products, by mock_type; takes mock_type"


@pytest.mark.usefixtures("project")
def test_a_method_is_shown_whole() -> None:
    result = run("show", "create_configuration_mock")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [
        "create_configuration_mock(environment='test', additional_config=None)",
        f"  defined      {PATH}:115",
        "  used by      configuration",
        "  gives        MagicMock",
        "  parameters   environment        'test', lands at environment",
        "               additional_config  None, a dict whose pairs become attributes",
        "  attributes   environment     'test' (environment)",
        "               database_url    'postgresql://test:test@localhost:5432/test'",
        "               redis_url       'redis://localhost:6379/0'",
        "               jwt_secret_key  'test-jwt-secret'",
    ]


@pytest.mark.usefixtures("project")
def test_what_else_may_come_and_what_cannot_be_read_is_shown() -> None:
    lines = [
        line.strip() for line in run("show", "create_isolated_execution_context").out.split("\n")
    ]
    assert "or           line 265: another object may be returned: depends on a condition" in lines
    assert "created_at           cannot be read: built by a call" in lines
    assert "keywords     any others become attributes" in lines
    lines = [line.strip() for line in run("show", "create_mock_suite").out.split("\n")]
    assert "gives        a dict of 9 products, by mock_types" in lines
    assert "'tool'                    AsyncMock, 3 attributes, by create_tool_mock" in lines
    lines = [line.strip() for line in run("show", "create_mock").out.split("\n")]
    assert "'WebSocketManager'         AsyncMock, 34 attributes" in lines


@pytest.mark.usefixtures("project")
def test_what_a_mock_does_is_shown() -> None:
    out = run("show", "create_mock_llm_manager").out
    assert "config  None, a dict whose pairs become attributes of llm_config" in out
    assert "get_embeddings                  AsyncMock, returns [0.1, 0.2, 0.3]" in out
    out = run("show", "create_mock_agent_websocket_bridge").out
    assert "should_fail  False, has no place of its own" in out


def test_effects_and_specs_are_shown(project: Project) -> None:
    code = OTHER.replace("MagicMock()", "MagicMock(spec=kind, side_effect=[1])").replace(
        'name="x"', 'name="x", kind=None'
    )
    project.write("mine.py", code)
    out = run("show", "socket", "--factory", "mine:Mocks").out
    assert "kind  None, the product's spec" in out
    assert "gives        MagicMock, has the side effect [1]\n" in out
    assert "used by      no family\n" in out


def test_another_factory_is_shown(project: Project) -> None:
    project.write("mine.py", OTHER)
    assert run("show", "--factory", "mine:Mocks").out == (
        "mine:Mocks in mine.py: 1 method\n"
        "socket  MagicMock; 1 attribute; takes name, **attributes\n"
    )
    project.write("other.toml", '[tool.ssot-migrate]\nfactory = "mine:Mocks"\n')
    assert run("show", "--config", "other.toml").out.startswith("mine:Mocks in mine.py")


@pytest.mark.usefixtures("project")
def test_contracts_as_json() -> None:
    document = json.loads(run("show", "--output-format", "json").out)
    assert (document["version"], document["factory"], document["path"]) == (1, NAME, PATH)
    methods = {method["method"]: method for method in document["methods"]}
    assert len(methods) == 15
    one = json.loads(run("show", "create_websocket_mock", "--output-format", "json").out)
    (websocket,) = one["methods"]
    assert websocket == methods["create_websocket_mock"]
    assert websocket["product"]["mock"] == "MagicMock"
    assert websocket["families"] == ["websocket"]
    assert websocket["unreadable"] == {}
    assert {a["path"]: a["mock"] or a["value"] for a in websocket["attributes"]} == {
        "connection_id": "'test-connection'",
        "user_id": "'test-user'",
        **dict.fromkeys(("send_text", "send_json", "accept", "close"), "AsyncMock"),
        "client_state": "MagicMock",
        "client_state.CONNECTED": "1",
    }
    assert methods["create_mock_websocket_emitter"]["unreadable"] == {
        "last_ping_time": "built by a call"
    }


@pytest.mark.usefixtures("project")
def test_colours_are_shown_on_request() -> None:
    assert "\x1b[" in run("show", "--color", "always").out
    assert "\x1b[" not in run("show").out


class Terminal(Console):
    """A terminal of 60 columns."""

    def __init__(self) -> None:
        super().__init__(force_terminal=True, width=60, record=True, no_color=True)


def test_a_line_too_wide_for_a_terminal_goes_on_below_between_words() -> None:
    words = "postgresql://test:test@localhost:5432/test-of-a-wide-name and 'some more words'"
    terminal = Terminal()
    hang(terminal, "  database_url  ", words)
    lines = terminal.export_text().splitlines()
    assert len(lines) > 1
    assert " ".join(" ".join(lines).split()) == f"database_url {words}"
    assert all(line.startswith(" " * 18) for line in lines[1:])
    hang(terminal, "  a  ", "1")
    assert terminal.export_text() == "  a  1\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("create_mock_websocket",),
            f"{NAME} has no method `create_mock_websocket`; did you mean `create_websocket_mock`?",
        ),
        (("_create_supervisor_mock",), f"{NAME} has no method `_create_supervisor_mock`; "),
        (("zzz",), f"{NAME} has no method `zzz`; it has create_agent_mock, create_websocket_mock,"),
        (("--factory", "mocks"), '--factory must look like "package.module:Class", not "mocks"'),
        (("--factory", "mocks:M"), "factory mocks:M: no module mocks below "),
        (("--config", "gone.toml"), ""),
    ],
)
def test_what_cannot_be_shown(project: Project, arguments: tuple[str, ...], message: str) -> None:
    result = run("show", *arguments)
    assert project
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"error: {message}")
    assert result.err.count("\n") == 1


def test_what_makes_nothing_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("show", "bind")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(
        "error: bind of ssot_migrate.factory:SSotMockFactory makes nothing"
    )


def test_without_a_factory_the_shipped_one_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Project(tmp_path, factory=None)
    result = run("show")
    assert (result.code, result.err) == (0, "")
    heading, *methods = result.out.splitlines()
    assert heading.startswith("ssot_migrate.factory:SSotMockFactory in ")
    assert [line.split()[0] for line in methods if line.startswith(("bind", "create_tool"))] == [
        "create_tool_mock"
    ]
