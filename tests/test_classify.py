"""Which family a mock belongs to, and by what evidence."""

from pathlib import Path

import pytest

from ssot_migrate.code.uses import Uses
from ssot_migrate.families.catalogue import load_families
from ssot_migrate.families.family import ending, split_name
from ssot_migrate.finding.classify import Facts, classify
from ssot_migrate.model import EvidenceKind, Violation
from tests.support import Project, violations

FAMILIES = load_families()
HEAD = "from unittest.mock import AsyncMock, MagicMock, create_autospec\n"


def found(folder: Path, code: str) -> list[Violation]:
    project = Project(folder)
    project.write("tests/test_it.py", HEAD + code)
    return violations(project.run(fix=False))


def single(folder: Path, body: str) -> Violation:
    lines = body.splitlines()
    text = "".join(f"    {line}\n" for line in lines)
    (violation,) = found(folder, f"\n\nasync def test_it(use=None):\n{text}")
    return violation


# names


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("mock_ws", ("ws",)),
        ("mock_web_socket2", ("websocket",)),
        ("FakeWebSocket", ("websocket",)),
        ("HTTPSession", ("http", "session")),
        ("test_mock_ws_1", ("ws",)),
        ("ws_a", ("ws",)),
        ("session_for_user", ("session",)),
        ("with_ws", ("with", "ws")),
        ("mock_with_ws", ("with", "ws")),
        ("make_websocket", ()),
        ("connect", ("connect",)),
        ("mock", ()),
        ("_", ()),
        ("", ()),
        ("self", ("self",)),
    ],
)
def test_a_name_is_taken_apart(name: str, head: tuple[str, ...]) -> None:
    assert split_name(name).head == head


def test_the_longest_ending_counts() -> None:
    assert ending(split_name("mock_db_session"), ("session", "db_session")) == "db_session"
    assert ending(split_name("session_db"), ("session", "db_session")) is None


def test_a_name_that_begins_like_a_functions_has_to_be_named_itself() -> None:
    assert ending(split_name("mock_run_context"), ("context", "run_context")) == "run_context"
    assert ending(split_name("create_run_context"), ("context", "run_context")) is None
    assert ending(split_name("run_agent"), ("agent",)) is None


# the evidence


@pytest.mark.parametrize(
    ("body", "rule", "evidence"),
    [
        ("mock_ws = MagicMock()", "websocket", [("name", "mock_ws")]),
        (
            "mock_websocket_connection = MagicMock()",
            "websocket",
            [("name", "mock_websocket_connection")],
        ),
        ("x = MagicMock()\nuse(websocket=x)", "websocket", [("keyword", "websocket")]),
        (
            "use(websocket=MagicMock())",
            "websocket",
            [("keyword", "websocket")],
        ),
        (
            "x = MagicMock()\nx.send_text = 1\nx.accept()",
            "websocket",
            [("attribute", "accept"), ("attribute", "send_text")],
        ),
        (
            "x = MagicMock(send_text=1, client_state=2)",
            "websocket",
            [("attribute", "client_state"), ("attribute", "send_text")],
        ),
        (
            "mock_ws = MagicMock()\nawait mock_ws.send_json(1)",
            "websocket",
            [("name", "mock_ws"), ("attribute", "send_json")],
        ),
        (
            "agent = AsyncMock()\nuse(agent=agent)",
            "agent",
            [("name", "agent"), ("keyword", "agent")],
        ),
        ("mock_supervisor = AsyncMock()", "agent", [("name", "mock_supervisor")]),
        ("x = AsyncMock()\nuse(supervisor_agent=x)", "agent", [("keyword", "supervisor_agent")]),
        ("mock_db_session = AsyncMock()", "database", [("name", "mock_db_session")]),
        ("x = AsyncMock()\nuse(db_session=x)", "database", [("keyword", "db_session")]),
        (
            "session = AsyncMock()\nawait session.commit()",
            "database",
            [("name", "session"), ("attribute", "commit")],
        ),
        (
            "session = AsyncMock()\nmock_session_factory.return_value.__aenter__.return_value = session",
            "database",
            [("name", "session"), ("given by", "mock_session_factory")],
        ),
        (
            "mock_ws = AsyncMock()\nagent.set_websocket_manager(mock_ws)",
            "websocket-manager",
            [("passed to", "set_websocket_manager")],
        ),
        (
            'm = MagicMock()\nwith patch("app.get_agent", return_value=m):\n    pass',
            "agent",
            [("given by", "app.get_agent")],
        ),
        (
            "db_session: AsyncSession = AsyncMock()",
            "database",
            [("annotation", "AsyncSession"), ("name", "db_session")],
        ),
        (
            "mock_db = AsyncMock()\nuse(db=mock_db)",
            "database",
            [("name", "mock_db"), ("keyword", "db")],
        ),
    ],
)
def test_what_speaks_for_a_family(
    tmp_path: Path, body: str, rule: str, evidence: list[tuple[str, str]]
) -> None:
    violation = single(tmp_path, body)
    assert violation.rule == violation.family == rule
    assert [(e.kind.value, e.detail) for e in violation.evidence] == evidence


@pytest.mark.parametrize(
    "body",
    [
        # A name that needs a second sign.
        "session = AsyncMock()",
        "mock_db = AsyncMock()\nuse(mock_db)",
        "sess = AsyncMock()\nsess.unknown = 1",
        "x = AsyncMock()\nx.commit = 1\nx.rollback = 2\nx.flush = 3",
        "x = MagicMock()\nx.send_text = 1",
        "connection = AsyncMock()\nclient.connect.return_value.__aenter__.return_value = connection",
        # An HTTP session, and a user's.
        "mock_session = AsyncMock()\nmock_session.post.return_value.status = 200\nmock_session.execute = 1",
        "mock_http_session = AsyncMock()\nmock_http_session.execute = 1",
        "aiohttp_session = AsyncMock()\naiohttp_session.commit()",
        "mock_session = MagicMock()\nmock_session.user_id = 1\nmock_session.commit = 2",
        "user_session = MagicMock()\nuser_session.refresh = 2",
        "mock_session_factory = MagicMock()\nmock_session_factory.commit = 1",
        "mock_session_manager = MagicMock()\nmock_session_manager.commit = 1",
        # A manager, whatever its name says.
        "mock_db = AsyncMock()\nmock_db.initialize = 1\nmock_db.execute = 2",
        "mock_db_manager = AsyncMock()\nmock_db_manager.execute = 2",
        # Nobody's agent.
        "mock_agent_factory = MagicMock()\nmock_agent_factory.execute = 1",
        "mock_agent_registry = MagicMock()",
        "agent_class = MagicMock()",
        "mock_agent = MagicMock()\nmock_agent.create_agent = 1",
        "tool_dispatcher = MagicMock()\ntool_dispatcher.execute = 1",
        # Nobody's websocket.
        "mock_websocket_service = MagicMock()\nmock_websocket_service.send_text = 1",
        "mock_websocket_factory = MagicMock()",
        "mock_websocket_url = MagicMock()",
        "mock_ws = MagicMock()\nmock_ws.recv = 1",
        "mock_ws = MagicMock()\nmock_ws.ping.return_value = 1",
        "mock_ws = MagicMock()\nawait mock_ws.send('x')",
        "mock_ws = MagicMock(return_value=1)",
        "mock_ws = MagicMock(side_effect=ValueError)",
        "client = MagicMock()\nclient.send_text = 1\nclient.accept = 2",
        "payment_service = MagicMock()\npayment_service.send_text = 1\npayment_service.accept = 2",
        "create_websocket = MagicMock()",
    ],
)
def test_what_speaks_against_it(tmp_path: Path, body: str) -> None:
    violation = single(tmp_path, body)
    assert (violation.rule, violation.evidence) == ("generic", ())


@pytest.mark.parametrize(
    ("imports", "creation", "rule", "spec"),
    [
        (
            "from fastapi import WebSocket",
            "MagicMock(spec=WebSocket)",
            "websocket",
            "fastapi.WebSocket",
        ),
        (
            "import starlette.websockets as s",
            "MagicMock(spec_set=s.WebSocket)",
            "websocket",
            "starlette.websockets.WebSocket",
        ),
        ("from fastapi import WebSocket", "MagicMock(WebSocket)", "websocket", "fastapi.WebSocket"),
        (
            "from fastapi import WebSocket",
            "create_autospec(WebSocket)",
            "websocket",
            "fastapi.WebSocket",
        ),
        (
            "from sqlalchemy.orm import Session",
            "MagicMock(spec=Session)",
            "database",
            "sqlalchemy.orm.Session",
        ),
        (
            "from app import MyWebSocket",
            "MagicMock(spec=MyWebSocket)",
            "websocket",
            "app.MyWebSocket",
        ),
        ("from app import TriageAgent", "MagicMock(spec=TriageAgent)", "agent", "app.TriageAgent"),
        ("class LocalAgent: pass", "MagicMock(spec=LocalAgent)", "agent", "LocalAgent"),
        (
            "from app import WebSocketManager",
            "MagicMock(spec=WebSocketManager)",
            "websocket-manager",
            "app.WebSocketManager",
        ),
        (
            "from app import RunContext",
            "MagicMock(spec=RunContext[int])",
            "context",
            "app.RunContext",
        ),
        ("from ssl import SSLContext", "MagicMock(spec=SSLContext)", "generic", None),
        ("from app import WebSocketServer", "MagicMock(spec=WebSocketServer)", "generic", None),
        ("from app import Session", "MagicMock(spec=Session)", "generic", None),
        ("from app import User", "MagicMock(spec=User)", "generic", None),
    ],
)
def test_a_spec_decides_alone(
    tmp_path: Path, imports: str, creation: str, rule: str, spec: str | None
) -> None:
    code = f"{imports}\n\n\ndef test_it():\n    mock_agent_ws_db_session = {creation}\n    use(websocket=mock_agent_ws_db_session)\n"
    (violation,) = found(tmp_path, code)
    assert violation.rule == rule
    expected = [("spec", spec)] if spec else []
    assert [(e.kind.value, e.detail) for e in violation.evidence] == expected


@pytest.mark.parametrize("spec", ["spec=None", "spec=[]", "spec=dict()", "spec=use[0]"])
def test_a_spec_without_a_name_decides_nothing(tmp_path: Path, spec: str) -> None:
    assert single(tmp_path, f"mock_ws = MagicMock({spec})").rule == "websocket"


def test_the_function_that_returns_a_mock_without_a_name_of_its_own_speaks(tmp_path: Path) -> None:
    code = (
        "\n\ndef mock_ws():\n    mock = MagicMock()\n    return mock\n"
        "\n\ndef mock_agent():\n    ws = MagicMock()\n    yield ws\n"
        "\n\ndef websocket():\n    m = MagicMock()\n    return 1\n"
    )
    result = found(tmp_path, code)
    assert [v.rule for v in result] == ["websocket", "websocket", "generic"]
    assert result[0].evidence[0].detail == "mock_ws"


def test_uses_in_other_methods_count_for_an_attribute_of_a_class(tmp_path: Path) -> None:
    code = (
        "\n\nclass TestIt:\n    def setup_method(self):\n        self.session = AsyncMock()\n        self.other = AsyncMock()\n"
        "\n    async def test_it(self):\n        await self.session.commit()\n        other = 1\n"
    )
    assert [(v.name, v.rule) for v in found(tmp_path, code)] == [
        ("self.session", "database"),
        ("self.other", "generic"),
    ]


def test_the_stronger_evidence_wins_and_then_the_more_specific() -> None:
    agent_session = Facts(name="agent_db_session")
    known = classify(agent_session, FAMILIES)
    assert known is not None
    assert known[0].id == "database"
    both = classify(Facts(name="x", uses=Uses(aliases={"agent", "db_session"})), FAMILIES)
    assert both is not None
    assert both[0].id == "database"
    name = classify(Facts(name="ws", uses=Uses(aliases={"db_session"})), FAMILIES)
    assert name is not None
    assert (name[0].id, name[1][0].kind) == ("websocket", EvidenceKind.NAME)
    assert classify(Facts(), FAMILIES) is None
