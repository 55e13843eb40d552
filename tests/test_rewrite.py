"""Statements rewritten in their lines; everything around them stays."""

import ast
from codecs import BOM_UTF8
from pathlib import Path
from textwrap import dedent, indent

import pytest
from msgspec.structs import replace

from ssot_migrate.code.source import decode, parse
from ssot_migrate.model import Applicability, Report, Severity, Stage, Violation
from ssot_migrate.rewriting.plan import Argument, Call, Fix, Group
from ssot_migrate.rewriting.rewrite import RewriteError, rewrite
from tests.support import Project, check_rewritten, only
from tests.writing import HEAD, check_body, rewrite_bytes

BODIES = {
    "a trailing comment stays at its statement": (
        """
        mock_ws = MagicMock()  # the socket
        mock_ws.user_id = "u1"
        mock_ws.headers = {}  # none
        go(mock_ws)
        """,
        """
        mock_ws = SSotMockFactory.create_websocket_mock(user_id="u1")  # the socket
        mock_ws.headers = {}  # none
        go(mock_ws)
        """,
    ),
    "a comment above a statement that goes is said above the call": (
        """
        mock_ws = MagicMock()
        # it sends
        mock_ws.send_text = AsyncMock()
        # and is somebody's
        mock_ws.user_id = "u1"
        # now go
        go(mock_ws)
        """,
        """
        # it sends
        # and is somebody's
        mock_ws = SSotMockFactory.create_websocket_mock(user_id="u1")
        # now go
        go(mock_ws)
        """,
    ),
    "a trailing comment of a dropped statement goes with its argument": (
        """
        mock_ws = MagicMock()
        mock_ws.user_id = "u1"  # the owner
        go(mock_ws)
        """,
        """
        mock_ws = SSotMockFactory.create_websocket_mock(
            user_id="u1",  # the owner
        )
        go(mock_ws)
        """,
    ),
    "a comment that has no room behind its argument stands above it": (
        """
        mock_ws = MagicMock()
        mock_ws.connection_id = compute(number, [1, 2, 3], name=number)  # a longer comment, up to here
        mock_ws.user_id = "u1"
        go(mock_ws)
        """,
        """
        mock_ws = SSotMockFactory.create_websocket_mock(
            # a longer comment, up to here
            connection_id=compute(number, [1, 2, 3], name=number),
            user_id="u1",
        )
        go(mock_ws)
        """,
    ),
    "what a dropped statement said to a linter goes": (
        """
        mock_ws = MagicMock()  # noqa: F841
        mock_ws.user_id = "u1"  # noqa: E501
        mock_ws.send_text = AsyncMock()  # type: ignore[method-assign]
        mock_ws.close = AsyncMock()  # closes  # noqa
        go(mock_ws)
        """,
        """
        # closes
        mock_ws = SSotMockFactory.create_websocket_mock(user_id="u1")  # noqa: F841
        go(mock_ws)
        """,
    ),
    "comments inside a dropped statement go above the call": (
        """
        mock_ws = MagicMock()
        mock_ws.send_text = AsyncMock(
            # answers nothing
        )
        setattr(  # noqa: B010
            mock_ws,  # the socket
            "close",
            AsyncMock(),
        )
        go(mock_ws)
        """,
        """
        # answers nothing
        # the socket
        mock_ws = SSotMockFactory.create_websocket_mock()
        go(mock_ws)
        """,
    ),
    "comments inside a constructor stay": (
        """
        mock_ws = MagicMock(
            user_id="u1",  # the owner
            # from the ticket
            headers={
                "a": 1,  # one
            },
        )  # the socket
        go(mock_ws)
        """,
        """
        # the owner
        # from the ticket
        mock_ws = SSotMockFactory.create_websocket_mock(user_id="u1")  # the socket
        mock_ws.headers = {
            "a": 1,  # one
        }
        go(mock_ws)
        """,
    ),
    "blank lines do not pile up": (
        """
        mock_ws = MagicMock()

        mock_ws.send_text = AsyncMock()

        mock_ws.user_id = "u1"


        mock_ws.close = AsyncMock()

        go(mock_ws)
        """,
        """
        mock_ws = SSotMockFactory.create_websocket_mock(user_id="u1")


        go(mock_ws)
        """,
    ),
    "blank lines around what stays stay": (
        """
        mock_ws = MagicMock()
        mock_ws.send_text = AsyncMock()

        other = 1

        mock_ws.close = AsyncMock()
        go(mock_ws)
        """,
        """
        mock_ws = SSotMockFactory.create_websocket_mock()

        other = 1

        go(mock_ws)
        """,
    ),
    "what is not superfluous stays in its order, among unrelated statements": (
        """
        mock_ws = MagicMock()
        first = 1
        mock_ws.headers = {"n": first}
        second = 2
        mock_ws.close = AsyncMock(side_effect=OSError)
        mock_ws.send_text = AsyncMock()
        go(mock_ws, second)
        """,
        """
        mock_ws = SSotMockFactory.create_websocket_mock()
        first = 1
        mock_ws.headers = {"n": first}
        second = 2
        mock_ws.close = AsyncMock(side_effect=OSError)
        go(mock_ws, second)
        """,
    ),
    "several statements on a line": (
        """
        mock_ws = MagicMock(); mock_ws.send_text = AsyncMock(); x = 1; mock_ws.user_id = 'u1'
        mock_ws.close = AsyncMock(); mock_ws.accept = AsyncMock()
        y = 2; mock_ws.send_json = AsyncMock();  # both
        go(mock_ws); go(x, y)
        """,
        """
        mock_ws = SSotMockFactory.create_websocket_mock(user_id='u1'); x = 1
        y = 2;  # both
        go(mock_ws); go(x, y)
        """,
    ),
    "a shared line stays one, however long": (
        """
        mock_ws = MagicMock(); other_value = 1
        mock_ws.user_id = "the name of a user that is long"
        mock_ws.connection_id = "the name of a connection"
        go(mock_ws)
        """,
        """
        mock_ws = SSotMockFactory.create_websocket_mock(user_id="the name of a user that is long", connection_id="the name of a connection"); other_value = 1
        go(mock_ws)
        """,
    ),
    "statements that share lines with one of several lines": (
        """
        mock_ws = MagicMock(); mock_ws.headers = {
            "a": 1,  # one
        }; mock_ws.user_id = "u1"  # end
        go(mock_ws)
        """,
        """
        mock_ws = SSotMockFactory.create_websocket_mock(user_id="u1"); mock_ws.headers = {
            "a": 1,  # one
        }  # end
        go(mock_ws)
        """,
    ),
    "one-line suites": (
        """
        if value: mock_ws = MagicMock()
        else: mock_ws = None
        with go() as x: mock_agent = AsyncMock(agent_type='triage'); go(mock_agent)
        go(mock_ws)
        """,
        """
        if value: mock_ws = SSotMockFactory.create_websocket_mock()
        else: mock_ws = None
        with go() as x: mock_agent = SSotMockFactory.create_agent_mock(agent_type='triage'); go(mock_agent)
        go(mock_ws)
        """,
    ),
    "what configures in a one-line suite stays": (
        """
        if value: mock_ws = MagicMock(); mock_ws.user_id = "u1"; mock_ws.close = AsyncMock()
        go(mock_ws)
        """,
        """
        if value: mock_ws = SSotMockFactory.create_websocket_mock(); mock_ws.user_id = "u1"; mock_ws.close = AsyncMock()
        go(mock_ws)
        """,
    ),
    "a creation of several lines in a one-line suite": (
        """
        if value: mock_ws = MagicMock(
            user_id="u1",  # noqa
            headers={
                "a": 1,
            },
        ); go(mock_ws)  # end
        """,
        """
        if value: mock_ws = SSotMockFactory.create_websocket_mock(user_id="u1"); mock_ws.headers = {
            "a": 1,
        }; go(mock_ws)  # end
        """,
    ),
    "two creations in one one-line suite": (
        """
        if value: mock_ws = MagicMock(); mock_agent = AsyncMock(); go(mock_ws, mock_agent)
        """,
        """
        if value: mock_ws = SSotMockFactory.create_websocket_mock(); mock_agent = SSotMockFactory.create_agent_mock(); go(mock_ws, mock_agent)
        """,
    ),
    "backslashes": (
        """
        mock_ws = \\
            MagicMock()
        mock_ws.user_id = \\
            "u1"
        mock_ws.send_text \\
            = AsyncMock()
        go(mock_ws)
        """,
        """
        mock_ws = \\
            SSotMockFactory.create_websocket_mock(user_id="u1")
        go(mock_ws)
        """,
    ),
    "a statement that a backslash joins to another one stays": (
        """
        x = 1; \\
          mock_ws = MagicMock()
        mock_ws.user_id = "u1"; \\
          y = 2
        z = 1; \\
          mock_ws.close = AsyncMock()
        go(mock_ws)
        """,
        """
        x = 1; \\
          mock_ws = SSotMockFactory.create_websocket_mock()
        mock_ws.user_id = "u1"; \\
          y = 2
        z = 1; \\
          mock_ws.close = AsyncMock()
        go(mock_ws)
        """,
    ),
    "annotations": (
        """
        mock_ws: MagicMock = MagicMock()
        mock_ws.user_id: str = "u1"
        mock_ws.send_text: AsyncMock = AsyncMock()
        mock_ws.headers: dict = {}
        go(mock_ws)
        """,
        """
        mock_ws: MagicMock = SSotMockFactory.create_websocket_mock(user_id="u1")
        mock_ws.headers: dict = {}
        go(mock_ws)
        """,
    ),
    "a constructor's keywords become arguments, or statements behind the call": (
        """
        mock_ws = MagicMock(user_id="u1", headers={"a": 1}, close=AsyncMock(), state="open")
        mock_ws.send_text = AsyncMock()
        go(mock_ws)
        """,
        """
        mock_ws = SSotMockFactory.create_websocket_mock(user_id="u1")
        mock_ws.headers = {"a": 1}
        mock_ws.state = "open"
        go(mock_ws)
        """,
    ),
    "a statement made of a keyword is broken where it is too long": (
        """
        mock_websocket_connection = MagicMock(
            headers={"x-token": "t", "accept": "text", "user-agent": "test"}, scope=1
        )
        go(mock_websocket_connection)
        """,
        """
        mock_websocket_connection = SSotMockFactory.create_websocket_mock()
        mock_websocket_connection.headers = {
            "x-token": "t",
            "accept": "text",
            "user-agent": "test",
        }
        mock_websocket_connection.scope = 1
        go(mock_websocket_connection)
        """,
    ),
    "keywords that become statements keep to a line that is shared": (
        """
        x = 1; mock_ws = MagicMock(headers={"a": 1}, scope=2); go(mock_ws)
        if value: mock_ws = MagicMock(headers={"a": 1}, user_id="u1"); go(mock_ws)
        """,
        """
        x = 1; mock_ws = SSotMockFactory.create_websocket_mock(); mock_ws.headers = {"a": 1}; mock_ws.scope = 2; go(mock_ws)
        if value: mock_ws = SSotMockFactory.create_websocket_mock(user_id="u1"); mock_ws.headers = {"a": 1}; go(mock_ws)
        """,
    ),
    "a keyword's value keeps its meaning out of the brackets": (
        """
        mock_ws = MagicMock(
            headers=value +  # twice
            value,
            scope=\"\"\"a
            b\"\"\",
        )
        go(mock_ws)
        """,
        """
        mock_ws = SSotMockFactory.create_websocket_mock()
        mock_ws.headers = (value +  # twice
        value)
        mock_ws.scope = \"\"\"a
            b\"\"\"
        go(mock_ws)
        """,
    ),
    "two blocks that alternate": (
        """
        mock_ws = MagicMock()
        mock_agent = AsyncMock()
        mock_ws.user_id = "u1"
        mock_agent.agent_type = "triage"
        go(mock_ws, mock_agent)
        """,
        """
        mock_ws = SSotMockFactory.create_websocket_mock(user_id="u1")
        mock_agent = SSotMockFactory.create_agent_mock(agent_type="triage")
        go(mock_ws, mock_agent)
        """,
    ),
    "a creation of several lines": (
        """
        mock_ws = (
            MagicMock()
        )
        mock_ws.user_id = "u1"
        go(mock_ws)
        """,
        """
        mock_ws = SSotMockFactory.create_websocket_mock(user_id="u1")
        go(mock_ws)
        """,
    ),
}


@pytest.mark.parametrize(("before", "after"), BODIES.values(), ids=BODIES)
def test_body(before: str, after: str, tmp_path: Path) -> None:
    check_body(tmp_path, before, after)


def test_attributes_of_self_in_a_set_up(tmp_path: Path) -> None:
    before = """
        from unittest import TestCase
        from unittest.mock import AsyncMock, MagicMock


        class TestHandler(TestCase):
            def setUp(self):
                self.mock_ws = MagicMock()
                self.mock_ws.user_id = "u1"
                self.mock_ws.send_text = AsyncMock()

            def test_it(self):
                go(self.mock_ws)
    """
    after = """
        from unittest import TestCase

        from test_framework.ssot.mock_factory import SSotMockFactory


        class TestHandler(TestCase):
            def setUp(self):
                self.mock_ws = SSotMockFactory.create_websocket_mock(user_id="u1")

            def test_it(self):
                go(self.mock_ws)
    """
    check_rewritten(tmp_path, before, after)


def test_blocks_of_a_class_and_of_a_module(tmp_path: Path) -> None:
    before = """
        from unittest.mock import AsyncMock, MagicMock

        mock_agent = AsyncMock()
        mock_agent.agent_type = "triage"


        class TestHandler:
            mock_ws = MagicMock()
            mock_ws.user_id = "u1"
            mock_ws.send_text = AsyncMock()

            def test_it(self):
                go(self.mock_ws, mock_agent)
    """
    after = """
        from test_framework.ssot.mock_factory import SSotMockFactory

        mock_agent = SSotMockFactory.create_agent_mock(agent_type="triage")


        class TestHandler:
            mock_ws = SSotMockFactory.create_websocket_mock(user_id="u1")

            def test_it(self):
                go(self.mock_ws, mock_agent)
    """
    check_rewritten(tmp_path, before, after)


def test_decorators_and_fixtures_stay_as_they_are(tmp_path: Path) -> None:
    before = """
        from unittest.mock import AsyncMock, patch

        import pytest


        @pytest.fixture(
            name="agent",
        )
        def make():
            agent = AsyncMock()  # as in production
            agent.agent_type = "triage"
            return agent


        @patch("app.go", new_callable=AsyncMock)
        @pytest.mark.parametrize(
            "x",
            [1, 2],
        )
        def test_it(go, agent, x):
            go(agent, x)
    """
    after = """
        from unittest.mock import AsyncMock, patch

        import pytest

        from test_framework.ssot.mock_factory import SSotMockFactory


        @pytest.fixture(
            name="agent",
        )
        def make():
            agent = SSotMockFactory.create_agent_mock(agent_type="triage")  # as in production
            return agent


        @patch("app.go", new_callable=AsyncMock)
        @pytest.mark.parametrize(
            "x",
            [1, 2],
        )
        def test_it(go, agent, x):
            go(agent, x)
    """
    check_rewritten(tmp_path, before, after)


# bytes

PLAIN = """\
from unittest.mock import AsyncMock, MagicMock


def test_it():
    mock_ws = MagicMock(headers={"a": 1})  # the socket
    mock_ws.user_id = "a user that has quite a long name"
    mock_ws.connection_id = "a connection"
    # it sends
    mock_ws.send_text = AsyncMock()

    go(mock_ws)
"""
PLAIN_AFTER = """\
from test_framework.ssot.mock_factory import SSotMockFactory


def test_it():
    # it sends
    mock_ws = SSotMockFactory.create_websocket_mock(
        user_id="a user that has quite a long name",
        connection_id="a connection",
    )  # the socket
    mock_ws.headers = {"a": 1}

    go(mock_ws)
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_line_ends_stay_as_they_are(tmp_path: Path, newline: str) -> None:
    before = PLAIN.replace("\n", newline).encode()
    assert rewrite_bytes(tmp_path, before) == PLAIN_AFTER.replace("\n", newline).encode()


def test_a_last_line_without_an_end_is_broken_as_the_others_are(tmp_path: Path) -> None:
    before = f"""from unittest.mock import MagicMock


def test_it():
    mock_ws = MagicMock(connection_id="{40 * "c"}", user_id="{40 * "u"}")"""
    after = rewrite_bytes(tmp_path, before.replace("\n", "\r\n").encode())
    assert after.endswith(f'user_id="{40 * "u"}",\r\n    )'.encode())
    assert after.count(b"\n") == after.count(b"\r\n")


def test_lone_carriage_returns_are_left(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("tests/test_it.py", PLAIN.replace("\n", "\r").encode())
    report = project.run()
    assert report.changes == ()
    (failure,) = report.all_failures
    assert "ends in a carriage return alone; save the file with LF or CRLF" in failure.message


@pytest.mark.parametrize("inner", ["x = )", "import os, )"])
def test_a_file_with_an_error_far_from_its_mocks_is_left_and_told(
    tmp_path: Path, inner: str
) -> None:
    project = Project(tmp_path)
    body = 40 * "    x = 1\n"
    project.write("tests/test_it.py", f"{PLAIN}\n\ndef broken():\n    {inner}\n{body}")
    report = project.run()
    assert report.changes == ()
    (failure,) = report.all_failures
    assert "line 15: " in failure.message
    assert "correct the file, or exclude it" in failure.message


def test_a_byte_order_mark_stays(tmp_path: Path) -> None:
    after = rewrite_bytes(tmp_path, BOM_UTF8 + PLAIN.encode())
    assert after == BOM_UTF8 + PLAIN_AFTER.encode()


def test_a_file_without_a_final_newline_stays_one(tmp_path: Path) -> None:
    after = rewrite_bytes(tmp_path, PLAIN.rstrip("\n").encode())
    assert after == PLAIN_AFTER.rstrip("\n").encode()


@pytest.mark.parametrize(
    ("last", "lines"),
    [
        (
            b"mock_ws = MagicMock(scope=1)",
            b"mock_ws = F.create_websocket_mock()\nmock_ws.scope = 1",
        ),
        (b"mock_ws = MagicMock(user_id='a')", b"mock_ws = F.create_websocket_mock(user_id='a')"),
        (
            b"mock_ws = MagicMock(); mock_ws.close = AsyncMock()",
            b"mock_ws = F.create_websocket_mock()",
        ),
        (
            b"mock_ws = MagicMock()\nmock_ws.close = AsyncMock()",
            b"mock_ws = F.create_websocket_mock()\n",
        ),
    ],
)
def test_a_block_at_the_end_of_a_file_without_a_final_newline(
    tmp_path: Path, last: bytes, lines: bytes
) -> None:
    head = (
        b"from unittest.mock import *\n"
        b"from test_framework.ssot.mock_factory import SSotMockFactory as F\n"
    )
    assert rewrite_bytes(tmp_path, head + last) == head + lines


def test_form_feeds_stay(tmp_path: Path) -> None:
    head, _, test = PLAIN.partition("\n\n")
    new_head, _, new_test = PLAIN_AFTER.partition("\n\n")
    after = rewrite_bytes(tmp_path, f"{head}\n\f\n{test}".encode())
    assert after == f"{new_head}\n\f\n{new_test}".encode()


def test_other_encodings_and_what_stands_before_the_creation(tmp_path: Path) -> None:
    before = (
        "# -*- coding: latin-1 -*-\n"
        "from unittest.mock import MagicMock\n"
        "def test_it():\n"
        "    é = 'é'; mock_ws = MagicMock(); mock_ws.user_id = 'é'\n"
        "    if é: café = 'ö'; mock_ws = MagicMock()\n"
        "    go(mock_ws)\n"
    )
    after = (
        "# -*- coding: latin-1 -*-\n"
        "from test_framework.ssot.mock_factory import SSotMockFactory\n"
        "def test_it():\n"
        "    é = 'é'; mock_ws = SSotMockFactory.create_websocket_mock(user_id='é')\n"
        "    if é: café = 'ö'; mock_ws = SSotMockFactory.create_websocket_mock()\n"
        "    go(mock_ws)\n"
    )
    assert rewrite_bytes(tmp_path, before.encode("latin-1")) == after.encode("latin-1")


@pytest.mark.parametrize("indent", ["    ", "\t"])
def test_a_bare_call_that_is_too_long_is_put_in_brackets(tmp_path: Path, indent: str) -> None:
    comment = "# a comment that leaves no room for the call"
    project = Project(tmp_path)
    code = (
        "from unittest.mock import AsyncMock  # noqa\n"
        "from test_framework.ssot.mock_factory import SSotMockFactory\n"
        f"def test_it():\n{indent}db_session = AsyncMock()  {comment}\n{indent}go(db_session)\n"
    )
    project.write("tests/test_it.py", code.encode())
    call = "SSotMockFactory.create_database_session_mock()"
    lines = [f"{indent}db_session = (", f"{indent}{indent}{call}", f"{indent})  {comment}"]
    assert "\n".join(lines) in project.rewrite("tests/test_it.py", unsafe=True).decode()


def test_a_bare_call_that_brackets_do_not_make_fit_stays_on_its_line(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("pyproject.toml", "[tool.ssot-migrate]\nline-length = 20\n")
    project.write("tests/test_it.py", f"{HEAD}    mock_ws = MagicMock()\n    go(mock_ws)\n")
    call = "    mock_ws = SSotMockFactory.create_websocket_mock()\n"
    assert call in project.rewrite("tests/test_it.py").decode()


# what cannot be carried out


VIOLATION = Violation(
    rule="websocket",
    family="websocket",
    severity=Severity.HIGH,
    path="test_it.py",
    line=1,
    column=1,
    end_line=1,
    end_column=2,
    name="ws",
    scope="<module>",
    evidence=(),
    applicability=Applicability.SAFE,
)
FIX = Fix(
    VIOLATION,
    statement=(1, 0),
    creation=(1, 5),
    creation_end=(1, 8),
    call=Call("F.f", (Argument("a=", "1", "1"),)),
    groups=(Group(1, 1, ((1, 0),), whole_lines=True),),
)


def test_a_plan_is_carried_out() -> None:
    assert rewrite(parse(b"ws = M()\n"), [FIX], 88) == "ws = F.f(a=1)\n"


@pytest.mark.parametrize("text", [b"return_(M())\n", b"ws: M\n"])
def test_a_call_can_only_stand_in_an_assignment(text: bytes) -> None:
    with pytest.raises(RewriteError, match="line 1: expected an assignment"):
        rewrite(parse(text), [FIX], 88)


def test_a_group_is_made_of_simple_statements() -> None:
    with pytest.raises(RewriteError, match="line 1: expected simple statements"):
        rewrite(parse(b"def f(): x = M()\n"), [FIX], 88)


def test_what_follows_a_call_is_a_simple_statement() -> None:
    group = Group(1, 1, ((1, 0), (1, 10)), whole_lines=True)
    fix = replace(FIX, call=Call("F.f", after=("if x: pass",)), groups=(group,))
    with pytest.raises(RewriteError, match="expected a simple statement"):
        rewrite(parse(b"ws = M(); x = 1\n"), [fix], 88)


def test_a_form_feed_in_the_indent_is_kept(tmp_path: Path) -> None:
    before = HEAD.encode() + b"\f    mock_ws = MagicMock()\n    go(mock_ws)\n"
    after = (
        HEAD.encode()
        + b"\f    mock_ws = SSotMockFactory.create_websocket_mock()\n    go(mock_ws)\n"
    )
    assert rewrite_bytes(tmp_path, before) == after


def test_a_form_feed_before_a_modules_mock_is_kept(tmp_path: Path) -> None:
    before = b"from unittest.mock import MagicMock\n\n\fmock_ws = MagicMock()\n"
    after = b"from test_framework.ssot.mock_factory import SSotMockFactory\n\n"
    after += b"\fmock_ws = SSotMockFactory.create_websocket_mock()\n"
    assert rewrite_bytes(tmp_path, before) == after


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"ws = (M()\n", "line 1: LibCST cannot parse these lines"),
        (b"ws = M()\r", "line 1: LibCST does not give these lines back as they are"),
    ],
)
def test_lines_that_libcst_cannot_handle_are_left(text: bytes, message: str) -> None:
    with pytest.raises(RewriteError, match=message):
        rewrite(decode(text), [FIX], 88)


def left(tmp_path: Path, body: str) -> tuple[Report, str]:
    """Run on a test's body, and give why nothing of it was rewritten."""
    project = Project(tmp_path)
    project.write("tests/test_it.py", HEAD.encode() + body.encode())
    report = project.run()
    assert report.changes == ()
    (failure,) = report.all_failures
    assert failure.stage is Stage.REWRITE
    return report, failure.message


def test_a_value_that_libcst_cannot_parse_is_left(tmp_path: Path) -> None:
    value = " ".join(["f'{x}'"] * 20_000)  # Python parses as many as there are.
    body = f"    mock_ws = MagicMock()\n    mock_ws.user_id = ({value})\n    go(mock_ws)\n"
    _, message = left(tmp_path, body)
    assert message == "left as it was: line 7: LibCST cannot parse these lines"


def test_a_comment_that_would_have_no_place_is_not_lost(tmp_path: Path) -> None:
    body = "    if value: mock_ws = MagicMock(\n        user_id='u1'  # the owner\n    )\n    go(mock_ws)\n"
    report, message = left(tmp_path, body)
    assert message == "left as it was: line 7: no place for a comment inside the creation"
    assert only(report, Applicability.SAFE).line == 7


# comments above statements that go


def above(tmp_path: Path, body: str, *, unsafe: bool = True) -> str:
    """Rewrite a test's body; gives what stands in its place."""
    project = Project(tmp_path)
    project.write("tests/test_it.py", HEAD + indent(dedent(body), "    "))
    after = project.rewrite("tests/test_it.py", unsafe=unsafe).decode()
    return dedent(after.partition("def test_it(value):\n")[2])


CALL = 'mock_ws = SSotMockFactory.create_websocket_mock(user_id="u1")\n'


def test_what_is_said_above_a_statement_that_goes_is_said_above_the_call(tmp_path: Path) -> None:
    body = """
        # a client
        mock_ws = MagicMock()
        # Mock its methods
        mock_ws.send_text = AsyncMock()
        mock_ws.close = AsyncMock()

        # the user that it
        # belongs to
        mock_ws.user_id = "u1"
        go(mock_ws)
    """
    said = "# a client\n# Mock its methods\n# the user that it\n# belongs to\n"
    assert (
        above(tmp_path, body.lstrip("\n")).lstrip("\n").replace("\n\n", "\n")
        == f"{said}{CALL}go(mock_ws)\n"
    )


def test_a_comment_that_speaks_of_more_than_what_goes_stays(tmp_path: Path) -> None:
    body = """
        mock_ws = MagicMock()
        # whose it is, and what it carries
        mock_ws.user_id = "u1"
        mock_ws.cargo = value
        go(mock_ws)
    """
    said = "# whose it is, and what it carries\nmock_ws.cargo = value\n"
    assert above(tmp_path, body).lstrip("\n") == f"{CALL}{said}go(mock_ws)\n"


def test_two_mocks_keep_what_is_said_of_each(tmp_path: Path) -> None:
    body = """
        mock_ws = MagicMock()
        # the first one's
        mock_ws.user_id = "u1"
        other_ws = MagicMock()
        # the second one's
        other_ws.user_id = "u2"
        go(mock_ws, other_ws)
    """
    second = f"# the second one's\n{CALL.replace('mock_ws =', 'other_ws =').replace('u1', 'u2')}"
    after = above(tmp_path, body).lstrip("\n")
    assert after == f"# the first one's\n{CALL}{second}go(mock_ws, other_ws)\n"


def test_a_string_is_no_comment_and_a_pragma_is_not_for_people(tmp_path: Path) -> None:
    body = '''
mock_ws = MagicMock()
text = """
    # no comment"""
    # type: ignore
mock_ws.user_id = "u1"

go(mock_ws, text)
'''
    project = Project(tmp_path)
    project.write("tests/test_it.py", HEAD + indent(body.replace("    #", "#"), "    "))
    after = project.rewrite("tests/test_it.py", unsafe=True).decode()
    assert '"""\n    # no comment"""\n    # type: ignore\n\n    go(' in after


def test_what_only_python_can_tokenize_is_rewritten_with_its_comments_in_place(
    tmp_path: Path,
) -> None:
    before = PLAIN.replace("    mock_ws.", "    # said\n    mock_ws.", 1) + " \\\n\t\nX = 1\n"
    ast.parse(before)
    after = rewrite_bytes(tmp_path, before.encode()).decode()
    assert "    # said\n" in after
    assert "create_websocket_mock(" in after
