"""Where mocks are created: every form, its place in characters, its scope, and what is no violation."""

from pathlib import Path
from textwrap import dedent

import pytest

from ssot_migrate.model import Violation
from tests.support import Project, violations

HEAD = "from unittest.mock import AsyncMock, MagicMock, Mock, PropertyMock, create_autospec, mock_open, patch\n"


def found(folder: Path, code: str, name: str = "tests/test_it.py") -> list[Violation]:
    project = Project(folder)
    project.write(name, code)
    report = project.run(fix=False)
    assert report.all_failures == ()
    return violations(report)


def inside(body: str, head: str = HEAD) -> str:
    """Put a body into a test; its first line is line 5."""
    lines = dedent(body).strip("\n").splitlines()
    return f"{head}\n\nasync def test_it(thing=None):\n" + "".join(
        f"    {line}\n" for line in lines
    )


@pytest.mark.parametrize(
    ("imports", "creation"),
    [
        ("from unittest.mock import MagicMock", "MagicMock()"),
        ("from unittest.mock import MagicMock as M", "M()"),
        ("from unittest import mock", "mock.MagicMock()"),
        ("from unittest import mock as m", "m.MagicMock()"),
        ("import unittest.mock", "unittest.mock.MagicMock()"),
        ("import unittest.mock as um", "um.MagicMock()"),
        ("from unittest.mock import *", "MagicMock()"),
        ("import mock", "mock.AsyncMock()"),
        ("from mock import AsyncMock", "AsyncMock()"),
        ("from mock.mock import AsyncMock", "AsyncMock()"),
        (
            "try:\n    from unittest.mock import AsyncMock\nexcept ImportError:\n    AsyncMock = None",
            "AsyncMock()",
        ),
        (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from unittest.mock import Mock",
            "Mock()",
        ),
        ("from unittest.mock import NonCallableMock", "NonCallableMock()"),
        ("from unittest.mock import NonCallableMagicMock", "NonCallableMagicMock()"),
        ("from unittest.mock import create_autospec as spec", "spec(WebSocket)"),
        ("from unittest.mock import PropertyMock", "PropertyMock()"),
        ("from unittest.mock import mock_open", "mock_open()"),
    ],
)
def test_each_name_of_a_mock_class(tmp_path: Path, imports: str, creation: str) -> None:
    (violation,) = found(
        tmp_path, f"{imports}\n\n\ndef test_it():\n    mock_ws = {creation}\n    assert mock_ws\n"
    )
    assert (violation.rule, violation.name, violation.scope) == ("websocket", "mock_ws", "test_it")
    assert violation.end_column - violation.column == len(creation)


def test_an_import_in_the_function(tmp_path: Path) -> None:
    code = "def test_it():\n    from unittest.mock import Mock\n\n    ws = Mock()\n    assert ws\n\n\ndef test_other():\n    ws = Mock()\n"
    (violation,) = found(tmp_path, code)
    assert (violation.line, violation.scope) == (4, "test_it")


@pytest.mark.parametrize("fixture", ["mocker", "class_mocker", "session_mocker"])
def test_pytest_mocks_fixture(tmp_path: Path, fixture: str) -> None:
    code = f"def test_it({fixture}):\n    ws = {fixture}.MagicMock()\n    {fixture}.patch('x')\n"
    (violation,) = found(tmp_path, code)
    assert (violation.line, violation.column, violation.rule) == (2, 10, "websocket")


@pytest.mark.parametrize(
    "code",
    [
        "def test_it():\n    mocker = Mocker()\n    ws = mocker.MagicMock()\n",
        "from unittest.mock import patch\n\n\ndef test_it():\n    ws = patch('x')\n",
        "from unittest.mock import ANY, call, sentinel, MagicMock\n\n\ndef test_it():\n    ws = call(sentinel.MagicMock)\n    assert MagicMock\n",
        "from other import MagicMock\n\n\ndef test_it():\n    ws = MagicMock()\n",
        "from .unittest.mock import MagicMock\n\n\ndef test_it():\n    ws = MagicMock()\n",
        "from unittest.mock import MagicMock\n\n\ndef test_it():\n    MagicMock = dict\n    ws = MagicMock()\n",
        "from unittest.mock import MagicMock\n\n\ndef test_it():\n    ws = MagicMock\n",
        "ws = MagicMock()\n",
        "from unittest.mock import MagicMock\nMocks = {'MagicMock()': 'MagicMock()'}  # MagicMock()\n",
    ],
)
def test_what_creates_no_mock(tmp_path: Path, code: str) -> None:
    assert found(tmp_path, code) == []


#: A body, and for each violation what is written there, its name and the reason's start.
FORMS = [
    ("ws = MagicMock()", [("MagicMock()", "ws", "")]),
    ("ws: Mock = MagicMock(spec=dict)", [("MagicMock(spec=dict)", "ws", "")]),
    ("ws = other = MagicMock()", [("MagicMock()", "ws", "")]),
    ("thing.ws = ws = MagicMock()", [("MagicMock()", "ws", "")]),
    ("ws = thing()['ws'] = MagicMock()", [("MagicMock()", "ws", "bound to something else")]),
    ("thing.ws = MagicMock()", [("MagicMock()", "thing.ws", "")]),
    ("thing.ws: Mock = MagicMock()", [("MagicMock()", "thing.ws", "")]),
    (
        "thing.inner.ws = MagicMock()",
        [("MagicMock()", "thing.inner.ws", "bound to an attribute of something else")],
    ),
    ("mock_thing.ws = MagicMock()", []),
    (
        "thing().ws: Mock = MagicMock()",
        [("MagicMock()", None, "bound to an attribute of something else")],
    ),
    (
        "thing().ws = MagicMock()",
        [("MagicMock()", None, "bound to an attribute of something else")],
    ),
    ("thing['ws'] = AsyncMock()", [("AsyncMock()", None, "")]),
    ("thing[0] = AsyncMock()", [("AsyncMock()", None, "")]),
    (
        "thing[use()] = AsyncMock()",
        [("AsyncMock()", None, "bound to an attribute of something else")],
    ),
    ("thing(MagicMock())", [("MagicMock()", None, "")]),
    ("thing(websocket=MagicMock())", [("MagicMock()", None, "")]),
    ("thing([MagicMock()])", [("MagicMock()", None, "")]),
    ("things = {'websocket': MagicMock(), **{}}", [("MagicMock()", None, "")]),
    ("things = {MagicMock(): 1}", [("MagicMock()", None, "")]),
    ("things = (MagicMock(),)", [("MagicMock()", None, "")]),
    ("things = {MagicMock()}", [("MagicMock()", None, "")]),
    ("return MagicMock()", [("MagicMock()", "test_it", "")]),
    ("yield MagicMock()", [("MagicMock()", "test_it", "")]),
    ("ws = thing or MagicMock()", [("MagicMock()", None, "part of a larger expression")]),
    ("ws = MagicMock() if thing else None", [("MagicMock()", "ws", "")]),
    ("a, b = MagicMock(), 1", [("MagicMock()", None, "")]),
    ("(ws := MagicMock())", [("MagicMock()", "ws", "")]),
    ("MagicMock()", [("MagicMock()", None, "part of a larger expression")]),
    ("ws = MagicMock().child", [("MagicMock()", None, "part of a larger expression")]),
    (
        "things = [MagicMock() for _ in 'ab']",
        [("MagicMock()", None, "part of a larger expression")],
    ),
    ("assert MagicMock()", [("MagicMock()", None, "part of a larger expression")]),
    (
        "with patch('x', MagicMock()):\n    pass",
        [("MagicMock()", None, "passed on without a name")],
    ),
    ("with MagicMock() as ws:\n    pass", [("MagicMock()", None, "part of a larger expression")]),
    ("if MagicMock():\n    pass", [("MagicMock()", None, "part of a larger expression")]),
    ("for ws in MagicMock():\n    pass", [("MagicMock()", None, "part of a larger expression")]),
    (
        "while MagicMock():\n    ws = Mock()",
        [("MagicMock()", None, "part of"), ("Mock()", "ws", "")],
    ),
    (
        "try:\n    ws = MagicMock()\nexcept ValueError:\n    ws = Mock()\nelse:\n    ws = AsyncMock()\nfinally:\n    db = Mock()",
        [
            ("MagicMock()", "ws", ""),
            ("Mock()", "ws", ""),
            ("AsyncMock()", "ws", ""),
            ("Mock()", "db", ""),
        ],
    ),
    (
        "match thing:\n    case 1:\n        ws = MagicMock()\n    case _:\n        ws = Mock()",
        [("MagicMock()", "ws", ""), ("Mock()", "ws", "")],
    ),
    (
        "def inner(ws=MagicMock(), *, db=Mock(), x):\n    pass",
        [("MagicMock()", None, "part of"), ("Mock()", None, "part of")],
    ),
    ("ws = MagicMock(); db = Mock()", [("MagicMock()", "ws", ""), ("Mock()", "db", "")]),
]


@pytest.mark.parametrize(("body", "expected"), FORMS)
def test_each_form(tmp_path: Path, body: str, expected: list[tuple[str, str | None, str]]) -> None:
    code = inside(body)
    lines = code.splitlines()
    result = found(tmp_path, code)
    texts = [lines[v.line - 1][v.column - 1 : v.end_column - 1] for v in result]
    assert [(text, v.name) for text, v in zip(texts, result, strict=True)] == [
        e[:2] for e in expected
    ]
    for violation, (_, _, reason) in zip(result, expected, strict=True):
        if reason and violation.rule != "generic":
            assert (violation.reason or "").startswith(reason)


def test_what_keeps_a_form_from_a_rewrite_is_the_reason(tmp_path: Path) -> None:
    forms = {
        "websocket = use().it = MagicMock()": "bound to something else in one statement; bind it to a name first",
        "thing.inner.websocket = MagicMock()": "bound to an attribute of something else; bind it to a name first",
        "x = 1; thing(websocket=MagicMock())": "shares its line with another statement; put it on a line of its own",
    }
    result = found(tmp_path, inside("\n".join(forms)))
    assert [(v.rule, v.reason) for v in result] == [
        ("websocket", reason) for reason in forms.values()
    ]


def test_a_returned_mock_is_named_by_its_function(tmp_path: Path) -> None:
    code = (
        HEAD
        + "\n\ndef make_websocket():\n    return MagicMock()\n\n\ndef mock_ws():\n    return MagicMock()\n"
    )
    verb, noun = found(tmp_path, code)
    assert (verb.rule, noun.rule) == ("websocket", "websocket")
    assert [v.evidence[0].kind.value for v in (verb, noun)] == ["given by", "name"]


@pytest.mark.parametrize(
    "body",
    [
        "ws = MagicMock(client=Mock(), **{'a.b': AsyncMock()})",
        "ws = MagicMock()\nws.close = AsyncMock()",
        "ws = MagicMock()\nws.close: Mock = AsyncMock()",
        "ws = MagicMock()\nws.close['a'] = AsyncMock()",
        "ws = MagicMock()\nws().client[0].close = AsyncMock(return_value=Mock())",
        "ws = MagicMock()\nsetattr(ws, 'close', AsyncMock())",
        "ws = MagicMock()\nws.configure_mock(close=AsyncMock())",
        "ws = MagicMock()\nws.attach_mock(AsyncMock(), 'close')",
        "ws = MagicMock()\ntype(ws).user = PropertyMock(return_value=Mock())",
        "ws = MagicMock()\nif thing:\n    ws.close = AsyncMock()",
        "ws = MagicMock()\nthing(ws)\nws.close = AsyncMock()",
        "ws = MagicMock()\nchild = ws.client\nchild.close = AsyncMock()",
        "ws = MagicMock()\nchild = await ws.client()\nchild.close = AsyncMock()",
    ],
)
def test_what_configures_a_mock_belongs_to_its_block(tmp_path: Path, body: str) -> None:
    assert [v.name for v in found(tmp_path, inside(body))] == ["ws"]


@pytest.mark.parametrize(
    "body",
    [
        "mock_thing.close = AsyncMock()",
        "thing.mock_client.close = AsyncMock()",
        "ws = SSotMockFactory.create_websocket_mock()\nws.close = AsyncMock(side_effect=Mock())",
        "ws = SSotMockFactory.create_websocket_mock(user_id=1)\nws.client.close = AsyncMock()",
        "with patch('x') as client:\n    client.close = AsyncMock()",
        "client = patch('x').start()\nclient.close = AsyncMock()",
        "client = thing.enter_context(patch('x'))\nclient.close = AsyncMock()",
        "(client := SSotMockFactory.create_agent_mock()).x = 1\nclient.close = AsyncMock()",
    ],
)
def test_what_configures_the_mock_of_somebody_else_is_no_violation(
    tmp_path: Path, body: str
) -> None:
    head = HEAD.rstrip() + "; from test_framework.ssot.mock_factory import SSotMockFactory\n"
    assert found(tmp_path, inside(body, head)) == []


def test_a_parameter_that_is_given_a_mock(tmp_path: Path) -> None:
    code = HEAD + dedent("""
        import pytest


        @pytest.fixture
        def client():
            ws = MagicMock()
            yield ws


        @pytest.fixture
        def bare():
            return MagicMock()


        @pytest.fixture
        def plain():
            real = dict(a=MagicMock())

            def inner():
                return MagicMock()

            return real


        def test_fixture(client, bare, plain):
            client.close = AsyncMock()
            bare.close = AsyncMock()
            plain.close = AsyncMock()


        @patch("a.b")
        def test_patch(thing):
            thing.close = AsyncMock()


        def test_real(thing):
            thing.close = AsyncMock()


        class TestPatch:
            @patch.object(dict, "x")
            def test_it(self, thing):
                thing.close = AsyncMock()
                self.close = AsyncMock()
        """)
    assert [(v.scope, v.name) for v in found(tmp_path, code)] == [
        ("client", "ws"),
        ("bare", "bare"),
        ("plain", None),
        ("plain.inner", "inner"),
        ("test_fixture", "plain.close"),
        ("test_real", "thing.close"),
        ("TestPatch.test_it", "self.close"),
    ]


def test_the_attributes_of_a_class(tmp_path: Path) -> None:
    code = HEAD + dedent("""
        class TestIt:
            ws = MagicMock()

            def setup_method(self):
                self.websocket = MagicMock()
                self.websocket.close = AsyncMock()
                self.real = dict()
                self.real.close = AsyncMock()
                self.a.b = AsyncMock()

            def test_it(self):
                self.websocket.accept = AsyncMock()
                self.websocket.client.accept = AsyncMock()

            class Inner:
                async def test_inner(cls):
                    cls.db = Mock()


        def helper(self):
            self.ws = MagicMock()
            self.ws.x = AsyncMock()
        """)
    assert [(v.scope, v.name, v.line) for v in found(tmp_path, code)] == [
        ("TestIt", "ws", 4),
        ("TestIt.setup_method", "self.websocket", 7),
        ("TestIt.setup_method", "self.real.close", 10),
        ("TestIt.setup_method", "self.a.b", 11),
        ("TestIt.Inner.test_inner", "cls.db", 19),
        ("helper", "self.ws", 23),
        ("helper", "self.ws.x", 24),
    ]


def test_scopes_of_functions_classes_and_the_module(tmp_path: Path) -> None:
    code = HEAD + dedent("""
        ws = MagicMock()


        class TestIt:
            class Nested:
                def test_it(self):
                    def inner():
                        ws = MagicMock()
                    return inner


        @decorate(MagicMock())
        def test_decorated():
            pass
        """)
    assert [(v.scope, v.line) for v in found(tmp_path, code)] == [
        ("<module>", 3),
        ("TestIt.Nested.test_it.inner", 10),
        ("<module>", 14),
    ]


def test_places_are_counted_in_characters(tmp_path: Path) -> None:
    code = (
        HEAD
        + "\n\ndef test_it():\n    use('é€😀', websocket=MagicMock(\n        spec=dict, x='é',\n    ))\n"
    )
    (violation,) = found(tmp_path, code)
    place = (violation.line, violation.column, violation.end_line, violation.end_column)
    assert place == (5, 26, 7, 6)


def test_places_in_a_file_of_another_encoding_and_line_ending(tmp_path: Path) -> None:
    project = Project(tmp_path)
    code = "# coding: latin-1\r\nfrom unittest.mock import Mock\r\ndef test_it():\r\n    é = 1; ws = Mock()\r\n"
    project.write("tests/test_it.py", code.encode("latin-1"))
    (violation,) = project.run(fix=False).violations
    assert (violation.line, violation.column, violation.end_column) == (4, 17, 23)


def test_products_are_counted_by_family(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write(
        "tests/test_it.py",
        """
        from test_framework.ssot.mock_factory import SSotMockFactory


        def test_it(thing):
            ws = SSotMockFactory.create_websocket_mock()
            ws.client = SSotMockFactory.create_websocket_mock()
            use(SSotMockFactory.create_agent_mock(), [SSotMockFactory.create_database_session_mock()])
            thing.mock_x = SSotMockFactory.create_agent_mock()
            SSotMockFactory.create_tool_mock()
            thing.SSotMockFactory.create_websocket_mock()
            SSotMockFactory.create_websocket_mock
        """,
    )
    (result,) = project.run(fix=False).results
    assert result.adopted == {"websocket": 2, "agent": 2, "database": 1, "tool": 1}
    assert result.violations == ()


def test_a_block_ends_where_something_else_sees_the_mock(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write(
        "tests/test_it.py",
        """
        from unittest.mock import MagicMock

        ws = MagicMock()
        text = "a".upper()
        ws.user_id = text


        def test_it():
            global shared
            shared = MagicMock()
            shared.user_id = len("a")
            assert ws.user_id == "A"
        """,
    )
    after = project.rewrite("tests/test_it.py", unsafe=True).decode()
    assert "ws = SSotMockFactory.create_websocket_mock()\ntext" in after
    assert "ws.user_id = text" in after


def test_a_block_in_a_loop_makes_several_mocks(tmp_path: Path) -> None:
    code = (
        HEAD
        + "\n\ndef test_it():\n    for name in 'ab':\n        ws = MagicMock()\n        ws.user_id = name\n"
    )
    (violation,) = found(tmp_path, code)
    assert [d.path for d in violation.differences] == ["connection_id"]


def test_a_function_in_a_loop_is_no_loop(tmp_path: Path) -> None:
    code = (
        HEAD
        + "\n\nfor name in 'ab':\n    def test_it():\n        ws = MagicMock()\n        assert ws\n"
    )
    (violation,) = found(tmp_path, code)
    assert violation.differences == ()


def test_what_configures_something_real_is_a_violation(tmp_path: Path) -> None:
    body = "client = dict()\nclient.close = AsyncMock()\nunknown.close = AsyncMock()\nother = await client.x()\nother.close = AsyncMock()"
    names = ["client.close", "unknown.close", "other.close"]
    assert [v.name for v in found(tmp_path, inside(body))] == names


@pytest.mark.parametrize(
    ("between", "moved"),
    [
        ("x = 1", True),
        ("use(1)", True),
        ("thing.ws = 1", True),
        ("def later():\n            return 1", True),
        ("self.wsx = 1", True),
        ("self.other.user_id = 1", True),
        ("self.check()", False),
        ("use(self)", False),
        ("self.ws", False),
        ("print(self.ws.close)", False),
    ],
)
def test_what_ends_the_block_of_an_attribute(tmp_path: Path, between: str, moved: bool) -> None:  # noqa: FBT001 - a parameter of the test
    project = Project(tmp_path)
    code = f"""\
from unittest.mock import MagicMock


class TestIt:
    def setup_method(self):
        self.ws = MagicMock()
        {between}
        self.ws.user_id = "u"

    def test_it(self):
        assert self.ws
"""
    path = project.write("tests/test_it.py", code)
    after = project.rewrite("tests/test_it.py", unsafe=True).decode()
    assert after != path.read_text()
    assert ('create_websocket_mock(user_id="u")' in after) is moved


@pytest.mark.parametrize("word", ["global", "nonlocal"])
def test_a_declaration_ends_a_block(tmp_path: Path, word: str) -> None:
    project = Project(tmp_path)
    code = f"from unittest.mock import MagicMock\n\n\ndef test_it():\n    ws = MagicMock()\n    def inner():\n        {word} ws\n    ws.user_id = 1\n"
    project.write("tests/test_it.py", code)
    after = project.rewrite("tests/test_it.py", unsafe=True).decode()
    assert "ws = SSotMockFactory.create_websocket_mock()\n" in after
    assert "    ws.user_id = 1\n" in after
