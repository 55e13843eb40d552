"""Rule ``mock-class``: which classes stand in for something, for what, and what the factory covers."""

from pathlib import Path
from textwrap import dedent

import pytest

from ssot_migrate.model import Violation
from tests.support import FACTORY, Project, violations


def found(folder: Path, code: str, factory: bytes | str | None = FACTORY) -> list[Violation]:
    project = Project(folder, factory)
    project.write("tests/test_it.py", code)
    report = project.run("tests", fix=False)
    assert report.all_failures == ()
    return violations(report, "mock-class")


METHOD = "\n    def run(self):\n        pass\n"


@pytest.mark.parametrize(
    "code",
    [
        "class MockClock:" + METHOD,
        "class _FakeClock:" + METHOD,
        "class StubClock(Clock):" + METHOD,
        "class DummyClock(Generic[T]):" + METHOD,
        "class MockedClock:" + METHOD,
        "class ClockMock:" + METHOD,
        "class FakeClock:\n    now = 0\n",
        "class FakeClock:\n    def __init__(self):\n        self.now = 0\n",
        "class FakeClock:\n    def __call__(self):\n        return 0\n",
        "@dataclass\nclass FakeClock:\n    now: int\n" + METHOD,
        "def test_it():\n    class FakeClock:\n        now = 0\n",
        "from unittest.mock import MagicMock\nclass Clock(MagicMock):\n    pass\n",
        "from unittest import mock\nclass Clock(Base, mock.NonCallableMock):\n    pass\n",
        "from unittest.mock import MagicMock\nclass AsyncMock(MagicMock):" + METHOD,
    ],
)
def test_a_class_that_stands_in_for_something(tmp_path: Path, code: str) -> None:
    (violation,) = found(tmp_path, code)
    assert (violation.family, violation.reason) == (None, "a stand-in written by hand")


@pytest.mark.parametrize(
    "code",
    [
        "class Clock:" + METHOD,
        "class Clock(FakeBase):" + METHOD,
        "class ClockWithMockTime:" + METHOD,
        "class MockingBird:" + METHOD,
        "class Fake:" + METHOD,
        "class MockObject:" + METHOD,
        "class FakeClock:\n    pass\n",
        "class FakeClock(Clock):\n    pass\n",
        "class FakeClock:\n    _now = 0\n",
        "@dataclass\nclass FakeMessage:\n    text: str\n",
        "@dataclasses.dataclass(frozen=True)\nclass FakeMessage:\n    text: str\n",
        "@attrs.define\nclass FakeMessage:\n    text: str\n",
        "class FakeMessage(BaseModel):" + METHOD,
        "class DummyColor(enum.Enum):\n    RED = 1\n",
        "class MockError(Exception):\n    code = 1\n",
        "class FakeFailure(app.NotFoundError):\n    code = 1\n",
        "class FakeProtocol(Protocol[T]):" + METHOD,
        "class MockFactory:" + METHOD,
        "class FakeConfig:\n    level = 1\n",
        "class MockClockTests:" + METHOD,
        "class MockClock(unittest.TestCase):" + METHOD,
        "class DummyClock:\n    def test_it(self):\n        pass\n",
        "class TestMockClock:\n    def test_it(self):\n        pass\n",
        "class AgentStub(object):" + METHOD,
        "text = '''\nclass FakeClock:\n    now = 0\n'''\n",
    ],
)
def test_a_class_that_does_not(tmp_path: Path, code: str) -> None:
    assert found(tmp_path, code) == []


def test_how_far_the_factory_covers_what_a_class_offers(tmp_path: Path) -> None:
    code = dedent("""
        class FakeWebSocket:
            user_id: str = "u"
            __slots__ = ()

            def __init__(self):
                self.log = []
                self._hidden = None

            @property
            def url(self):
                return ""

            async def send_text(self, text):
                self.log.append(text)

            async def accept(self): ...

            def _private(self): ...
    """).lstrip("\n")
    (violation,) = found(tmp_path, code)
    assert (violation.rule, violation.family) == ("mock-class", "websocket")
    assert [(e.kind, e.detail) for e in violation.evidence] == [
        ("name", "FakeWebSocket"),
        ("attribute", "accept"),
        ("attribute", "send_text"),
    ]
    assert violation.reason == "create_websocket_mock covers 3 of its 5 members; lacks url, log"
    assert (violation.line, violation.column, violation.end_line, violation.end_column) == (
        (1, 1, 1, 21)
    )


def test_many_lacking_members_are_not_all_named(tmp_path: Path) -> None:
    code = "class FakeWebSocket:\n" + "".join(f"    {name} = 1\n" for name in "abcdefg")
    (violation,) = found(tmp_path, code)
    assert violation.reason == (
        "create_websocket_mock covers 0 of its 7 members; lacks a, b, c, d, e and 2 more"
    )


def test_a_class_of_a_family_that_offers_nothing(tmp_path: Path) -> None:
    code = "from unittest.mock import MagicMock\n\n\nclass FakeWebSocket(MagicMock):\n    pass\n"
    (violation,) = found(tmp_path, code)
    assert (violation.family, violation.reason) == ("websocket", "a stand-in written by hand")


def test_nothing_is_lacking(tmp_path: Path) -> None:
    (violation,) = found(tmp_path, "class WebSocketMock:\n    async def close(self): ...\n")
    assert violation.reason == "create_websocket_mock covers 1 of its 1 members"


@pytest.mark.parametrize(
    ("code", "family"),
    [
        (
            "from starlette.websockets import WebSocket\nclass FakeConn(WebSocket):" + METHOD,
            "websocket",
        ),
        ("class StubReporter(BaseAgent):" + METHOD, "agent"),
        ("class FakeAgent(LoggingMixin, Generic[T], object, MockBase):" + METHOD, "agent"),
        ("class FakeAgent(Other, BaseAgent):" + METHOD, "agent"),
        ("class FakeWebSocket(Emitter):\n    async def send_text(self): ...\n", None),
        ("class FakeWebSocketManager:" + METHOD, "websocket-manager"),
        ("class FakeSession:" + METHOD, None),
        (
            "class FakeSession:\n    async def commit(self): ...\n    async def rollback(self): ...\n",
            "database",
        ),
        ("class FakeWebSocket:\n    async def recv(self): ...\n", None),
    ],
)
def test_the_family_is_that_of_base_name_and_members(
    tmp_path: Path, code: str, family: str | None
) -> None:
    (violation,) = found(tmp_path, code)
    assert violation.family == family


@pytest.mark.parametrize(
    ("factory", "reason"),
    [
        (None, "create_websocket_mock covers 0 of its 1 members; lacks run"),
        ("class SSotMockFactory:\n    pass\n", "the factory has no create_websocket_mock; add it"),
        (
            "class SSotMockFactory:\n    def create_websocket_mock(self):\n        return Real()\n",
            "what create_websocket_mock gives cannot be read from the factory's source",
        ),
    ],
)
def test_a_factory_that_says_nothing_of_it(
    tmp_path: Path, factory: str | None, reason: str
) -> None:
    (violation,) = found(tmp_path, "class FakeWebSocket:" + METHOD, factory)
    assert (violation.family, violation.reason) == ("websocket", reason)
