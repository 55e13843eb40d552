"""Why a mock is what the tool says it is: everything that led to its fix, or to the lack of one."""

from pathlib import Path

import pytest

from ssot_migrate.discover import discover
from ssot_migrate.explanation import Explanation
from ssot_migrate.model import Applicability, UserError
from ssot_migrate.pipeline import explain
from tests.support import Project

TEST = """
    from unittest.mock import AsyncMock, MagicMock


    async def test_greeting():
        mock_ws = MagicMock()
        mock_ws.user_id = "u1"
        mock_ws.send_text = AsyncMock()
        mock_ws.headers = {"x": "y"}
        await greet(mock_ws)
        mock_ws.close.assert_not_called()
    """
FILE = "tests/test_it.py"


def explained(
    folder: Path, code: str, line: int, column: int | None = None, name: str = FILE
) -> list[Explanation]:
    project = Project(folder)
    path = project.write(name, code)
    resolver = project.resolver()
    (file,) = discover([path], resolver)[0]
    return explain(file, (line, column), resolver)


def notes(explanation: Explanation) -> dict[str, list[tuple[int, str]]]:
    parts = ("arguments", "dropped", "stays")
    return {p: [(note.line, note.text) for note in getattr(explanation, p)] for p in parts}


def test_every_statement_of_a_block_is_accounted_for(tmp_path: Path) -> None:
    (found,) = explained(tmp_path, TEST, 5)
    assert found.violation.applicability is Applicability.SAFE
    assert notes(found) == {
        "arguments": [(6, 'user_id="u1"')],
        "dropped": [(6, 'mock_ws.user_id = "u1"'), (7, "mock_ws.send_text = AsyncMock()")],
        "stays": [(8, 'mock_ws.headers = {"x": "y"}')],
    }
    method = "create_websocket_mock(connection_id='test-connection', user_id='test-user')"
    assert found.method == method


def test_both_shapes_are_told(tmp_path: Path) -> None:
    (found,) = explained(tmp_path, TEST, 5)
    assert dict(found.shape) == {
        "": "MagicMock",
        "user_id": "'u1'",
        "send_text": "AsyncMock",
        "headers": "{'x': 'y'}",
    }
    gives = dict(found.contract)
    assert (gives["user_id"], gives["connection_id"]) == ("'u1'", "'test-connection'")
    assert gives["client_state.CONNECTED"] == "1"


def test_what_only_the_factory_mentions_is_left_open(tmp_path: Path) -> None:
    (found,) = explained(tmp_path, TEST, 5)
    # The test configures user_id, send_text and headers, and touches close.
    assert set(found.open_paths) == {"connection_id", "send_json", "accept", "client_state"}


def test_the_change_is_that_of_this_fix_alone(tmp_path: Path) -> None:
    code = TEST.rstrip() + "\n        other_ws = MagicMock(user_id='2')\n"
    (found,) = explained(tmp_path, code, 5)
    assert found.change is not None
    after = found.change.after.decode()
    assert "mock_ws = SSotMockFactory.create_websocket_mock(" in after
    assert "other_ws = MagicMock(user_id='2')" in after
    assert found.change.fixed == (found.violation,)


@pytest.mark.parametrize("line", [5, 6, 8])
def test_any_line_of_a_block_will_do(tmp_path: Path, line: int) -> None:
    (found,) = explained(tmp_path, TEST, line)
    assert found.violation.line == 5


def test_where_nothing_is_created_there_is_nothing_to_explain(tmp_path: Path) -> None:
    assert explained(tmp_path, TEST, 4) == []
    assert explained(tmp_path, TEST, 9) == []


def test_a_column_chooses_among_several(tmp_path: Path) -> None:
    code = """
        from unittest.mock import AsyncMock, MagicMock


        def test_it():
            use(websocket=MagicMock(), agent=AsyncMock())
        """
    assert [e.violation.family for e in explained(tmp_path, code, 5)] == ["websocket", "agent"]
    (agent,) = explained(tmp_path, code, 5, 38)
    assert agent.violation.family == "agent"


def test_a_remedy_names_the_method_and_the_path(tmp_path: Path) -> None:
    code = """
        from unittest.mock import AsyncMock


        async def test_it():
            mock_ws = AsyncMock()
            mock_ws.query_params = "a"
            await mock_ws.receive_text()
        """
    (found,) = explained(tmp_path, code, 5)
    assert found.violation.applicability is Applicability.UNSAFE
    base, receive, parameter = found.remedies
    assert base.startswith("let create_websocket_mock build on AsyncMock")
    assert receive.startswith("set receive_text in the test as a whole")
    assert parameter.startswith("a parameter of create_websocket_mock for query_params")


def test_a_safe_fix_that_keeps_nothing_needs_no_help(tmp_path: Path) -> None:
    code = TEST.replace('mock_ws.headers = {"x": "y"}', "pass")
    (found,) = explained(tmp_path, code, 5)
    assert found.remedies == ()


@pytest.mark.parametrize(
    ("body", "doubt"),
    [
        ("session = AsyncMock()", ("database", "the name session alone needs a second sign")),
        (
            "mock_session = AsyncMock()\n    mock_session.commit = mock_session.post = 1",
            ("database", "has no attribute post"),
        ),
        ("agent_class = AsyncMock(spec=object)", None),
        (
            "mock_user_session_agent = AsyncMock()",
            ("agent", "the name mock_user_session_agent has user in it"),
        ),
        ("mock_ws = AsyncMock(spec=object)", ("websocket", "its spec object is another class")),
        ("callback = AsyncMock()", None),
    ],
)
def test_what_spoke_against_a_family_is_told(
    tmp_path: Path, body: str, doubt: tuple[str, str] | None
) -> None:
    code = f"from unittest.mock import AsyncMock\n\n\ndef test_it():\n    {body}\n"
    (found,) = explained(tmp_path, code, 5)
    assert found.violation.family == "generic"
    assert found.doubts == ((doubt,) if doubt else ())
    assert found.change is None


def test_other_files_are_asked_about_a_fixture(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write(
        "tests/test_user.py",
        """
        def test_it(mock_ws):
            assert mock_ws.user_id is None
        """,
    )
    code = """
        from unittest.mock import MagicMock

        import pytest


        @pytest.fixture
        def mock_ws():
            return MagicMock()
        """
    (found,) = explained(tmp_path, code, 8, name="tests/conftest.py")
    (difference,) = found.violation.differences
    assert difference.path == "user_id"
    assert "cannot be followed" not in difference.message


def test_a_file_that_cannot_be_parsed_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"test_it\.py: cannot be explained: line 1"):
        explained(tmp_path, "ws = MagicMock(\n", 1)


def test_the_edit_of_an_own_rule_is_shown_beside_the_mock(tmp_path: Path) -> None:
    code = """
        from unittest.mock import MagicMock


        def test_it():
            mock_ws = MagicMock()  # ssot-migrate: ignore[agent] old
            other = 1  # ssot-migrate: ignore[agent] old
        """
    (alone,) = explained(tmp_path, code, 6)
    assert alone.violation.rule == "unused-suppression"
    assert alone.change is not None
    assert alone.change.after.endswith(b"\n    other = 1\n")
    mock, comment = explained(tmp_path, code, 5)
    assert (mock.violation.rule, comment.violation.rule) == ("websocket", "unused-suppression")
    # The mock may be what was meant.
    assert comment.change is None
