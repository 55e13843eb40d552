"""What a factory with other forms than the sample's makes of a block."""

import re
from pathlib import Path

import pytest

from ssot_migrate.model import Applicability
from tests.support import Project, check_rewritten, check_unchanged, only

OPEN = """
from unittest.mock import AsyncMock, MagicMock


class SSotMockFactory:
    @staticmethod
    def create_websocket_mock(user_id="u", **kwargs):
        ws = MagicMock()
        ws.user_id = user_id
        ws.send_text = AsyncMock()
        ws.configure_mock(**kwargs)
        return ws

    @staticmethod
    def create_agent_mock(**kwargs):
        return load_agent(**kwargs)

    @staticmethod
    def create_database_session_mock():
        session = AsyncMock()
        session.info = connect()
        return session
"""


def test_what_a_parameter_does_not_take_goes_by_open_keywords(tmp_path: Path) -> None:
    check_rewritten(
        tmp_path,
        """
        from unittest.mock import AsyncMock, MagicMock


        async def test_it():
            ws = MagicMock()
            ws.headers = {"x": "y"}
            ws.send_text = AsyncMock()
            ws.user_id = "u1"
            await use(ws)
        """,
        """
        from test_framework.ssot.mock_factory import SSotMockFactory


        async def test_it():
            ws = SSotMockFactory.create_websocket_mock(headers={"x": "y"}, user_id="u1")
            await use(ws)
        """,
        factory=OPEN,
    )


@pytest.mark.parametrize(
    "name", ["spec", "wraps", "name", "parent", "self", "unsafe", "spec_set", "_private"]
)
def test_a_keyword_that_a_mock_would_take_for_something_else_stays(
    tmp_path: Path, name: str
) -> None:
    before = f"""
        from unittest.mock import MagicMock


        def test_it():
            ws = MagicMock()
            ws.{name} = "x"
            use(ws)
        """
    after = f"""
        from test_framework.ssot.mock_factory import SSotMockFactory


        def test_it():
            ws = SSotMockFactory.create_websocket_mock()
            ws.{name} = "x"
            use(ws)
        """
    check_rewritten(tmp_path, before, after, factory=OPEN)


def test_a_product_that_cannot_be_read_is_a_reason(tmp_path: Path) -> None:
    code = """
        from unittest.mock import AsyncMock


        async def test_it():
            agent = AsyncMock()
            await use(agent)
        """
    violation = only(check_unchanged(tmp_path, code, factory=OPEN), Applicability.MANUAL)
    assert violation.reason == "what create_agent_mock returns cannot be read: built by a call"


def test_a_setting_below_what_cannot_be_read_is_a_difference(tmp_path: Path) -> None:
    code = """
        from unittest.mock import AsyncMock


        async def test_it():
            db_session = AsyncMock()
            db_session.info.name = "x"
            await use(db_session)
        """
    violation = only(check_unchanged(tmp_path, code, factory=OPEN), Applicability.UNSAFE)
    assert any(
        d.path == "info" and "cannot be read: built by a call" in d.message
        for d in violation.differences
    )


def test_a_setting_that_a_later_one_replaces_stays(tmp_path: Path) -> None:
    check_rewritten(
        tmp_path,
        """
        from unittest.mock import MagicMock


        def test_it():
            ws = MagicMock()
            ws.user_id = "u0"
            ws.user_id = "u1"
            use(ws)
        """,
        """
        from test_framework.ssot.mock_factory import SSotMockFactory


        def test_it():
            ws = SSotMockFactory.create_websocket_mock()
            ws.user_id = "u0"
            ws.user_id = "u1"
            use(ws)
        """,
        factory=OPEN,
    )


def test_a_value_that_would_outgrow_its_lines_stays(tmp_path: Path) -> None:
    before = """
        from unittest.mock import MagicMock


        def test_it():
            ws = MagicMock()
            ws.headers = {
                "a key of some length": {"another one": "a value", "and a third one": "end"},
            }
            use(ws)
        """
    after = before.replace("MagicMock()", "SSotMockFactory.create_websocket_mock()").replace(
        "unittest.mock import MagicMock", "test_framework.ssot.mock_factory import SSotMockFactory"
    )
    check_rewritten(tmp_path, before, after, factory=OPEN)


def test_an_item_set_in_a_value_of_the_test_stays(tmp_path: Path) -> None:
    check_rewritten(
        tmp_path,
        """
        from unittest.mock import MagicMock


        def test_it():
            ws = MagicMock()
            ws.user = load()
            ws.user.name = "z"
            ws.headers = {}
            ws.headers["x"] = "y"
            use(ws)
        """,
        """
        from test_framework.ssot.mock_factory import SSotMockFactory


        def test_it():
            ws = SSotMockFactory.create_websocket_mock(user=load(), headers={})
            ws.user.name = "z"
            ws.headers["x"] = "y"
            use(ws)
        """,
        factory=OPEN,
    )


def test_an_item_set_in_a_value_of_the_factory_is_a_reason(tmp_path: Path) -> None:
    code = """
        from unittest.mock import MagicMock


        def test_it():
            ws = MagicMock()
            ws.user_id["x"] = "y"
            use(ws)
        """
    violation = only(check_unchanged(tmp_path, code, factory=OPEN), Applicability.MANUAL)
    assert violation.reason is not None
    assert violation.reason.startswith("user_id['x'] cannot be set")


def test_a_client_library_makes_a_name_weak(tmp_path: Path) -> None:
    code = """
        import websockets
        from unittest.mock import AsyncMock, MagicMock


        async def test_client():
            mock_ws = MagicMock()
            mock_ws.close = AsyncMock()
            await use(mock_ws)
        """
    assert only(check_unchanged(tmp_path, code), Applicability.MANUAL).rule == "generic"


def test_an_attribute_that_only_one_family_has_tells_it(tmp_path: Path) -> None:
    report = check_rewritten(
        tmp_path,
        """
        from unittest.mock import Mock


        def test_it():
            socket = Mock()
            socket.application_state = "connected"
            use(socket)
        """,
        """
        from test_framework.ssot.mock_factory import SSotMockFactory


        def test_it():
            socket = SSotMockFactory.create_websocket_mock()
            socket.application_state = "connected"
            use(socket)
        """,
    )
    assert [v.rule for v in report.violations] == ["websocket"]


CONFIG = "config = SSotMockFactory.create_configuration_mock({})"


@pytest.mark.parametrize(
    ("body", "after"),
    [
        # All that is left can be said in the dict.
        (
            "config = MagicMock()\nconfig.debug = True\nconfig.level = 3",
            [CONFIG.format('additional_config={"debug": True, "level": 3}')],
        ),
        ("config = MagicMock(debug=True)", [CONFIG.format('additional_config={"debug": True}')]),
        # One statement has to stay, so the others stay beside it.
        (
            "config = MagicMock()\nconfig.debug = True\nconfig.a.b = 3",
            [CONFIG.format(""), "config.debug = True", "config.a.b = 3"],
        ),
        # The first of two values is gone anyway, and a dict has no place for both.
        (
            "config = MagicMock()\nconfig.debug = True\nconfig.debug = False",
            [CONFIG.format(""), "config.debug = True", "config.debug = False"],
        ),
        # A name that is bound in between would mean something else in the call.
        (
            "config = MagicMock()\nlocal = 2\nconfig.debug = local",
            [CONFIG.format(""), "local = 2", "config.debug = local"],
        ),
    ],
)
def test_what_is_left_goes_into_a_dict_if_all_of_it_can(
    tmp_path: Path, body: str, after: list[str]
) -> None:
    project = Project(tmp_path)
    head = "from unittest.mock import MagicMock\n\n\ndef test_it():\n"
    lines = [f"    {line}" for line in [*body.splitlines(), "run(config)"]]
    project.write("tests/test_it.py", (head + "\n".join(lines) + "\n").encode())
    text = project.rewrite("tests/test_it.py").decode()
    rewritten = text.partition("def test_it():\n")[2]
    joined = re.sub(r"\(\n\s+(.*),\n\s+\)", r"(\1)", rewritten)
    assert [line.strip() for line in joined.splitlines()][:-1] == after


def test_a_product_that_may_be_another_object_is_unsafe(tmp_path: Path) -> None:
    factory = """
    from unittest.mock import MagicMock


    class SSotMockFactory:
        real = None

        @classmethod
        def create_websocket_mock(cls, user_id="u"):
            if cls.real is not None:
                return cls.real(user_id)
            ws = MagicMock()
            ws.user_id = user_id
            return ws
    """
    report = check_rewritten(
        tmp_path,
        """
        from unittest.mock import MagicMock


        def test_it():
            ws = MagicMock()
            ws.user_id = "u1"
            use(ws)
        """,
        """
        from test_framework.ssot.mock_factory import SSotMockFactory


        def test_it():
            ws = SSotMockFactory.create_websocket_mock(user_id="u1")
            use(ws)
        """,
        unsafe=True,
        factory=factory,
    )
    (difference,) = only(report, Applicability.UNSAFE).differences
    assert difference.path == ""
    assert difference.message == (
        "another object may be returned: depends on a condition"
        " (line 10 of create_websocket_mock's module)"
    )
    check_unchanged(tmp_path, (tmp_path / "tests/test_it.py").read_text(), factory=factory)
