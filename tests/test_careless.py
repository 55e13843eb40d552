"""What breaks if a codemod is careless: fifteen groups, each run before and after with the real factory."""

from pathlib import Path
from textwrap import dedent, indent

import pytest

from ssot_migrate.model import Applicability, Stage
from tests.running import real_factory, run_tests
from tests.support import Project, check_rewritten, check_unchanged, only, violations

pytestmark = pytest.mark.usefixtures("collected")

MOCKS = "from unittest.mock import AsyncMock, MagicMock, Mock, PropertyMock"
FACTORY = "from test_framework.ssot.mock_factory import SSotMockFactory"
#: Uses every import, so that all of them stay whatever is rewritten.
REST = """
KINDS = (AsyncMock, MagicMock, Mock, PropertyMock)
RESULT = {"x": 1}
EMPTY = {}


async def later():
    return 1


async def handle(ws):
    return ws

"""


def before_and_after(before: str, after: str = "") -> tuple[str, str]:
    """Write the bodies of one test, without and with the import of the factory."""
    texts = [
        f"{imports}\n{REST}\nasync def test_it():\n{indent(dedent(body).strip(), '    ')}\n"
        for imports, body in ((MOCKS, before), (f"{MOCKS}\n\n{FACTORY}", after))
    ]
    return texts[0], texts[1]


def run_both(before: str, after: str) -> None:
    with real_factory():
        ran = run_tests(dedent(before))
        assert ran
        assert run_tests(dedent(after)) == ran


def migrated(folder: Path, before: str, after: str, *, unsafe: bool = False) -> None:
    """Check a rewrite, and that the tests pass on both sides of it."""
    check_rewritten(folder, before, after, unsafe=unsafe)
    run_both(before, after)


WS = "ws = SSotMockFactory.create_websocket_mock()"
AGENT = "agent = SSotMockFactory.create_agent_mock()"
SESSION = "db_session = SSotMockFactory.create_database_session_mock()"

REWRITTEN = [
    # 1: what stood there was a mock of the test's own, and is set as a whole.
    (
        1,
        'ws = MagicMock()\nws.user_id = MagicMock(return_value="u")\nassert ws.user_id() == "u"',
        f'{WS}\nws.user_id = MagicMock(return_value="u")\nassert ws.user_id() == "u"',
    ),
    (
        1,
        'ws = MagicMock()\nws.state.user_id.return_value = "u"\nassert ws.state.user_id() == "u"',
        f'{WS}\nws.state.user_id.return_value = "u"\nassert ws.state.user_id() == "u"',
    ),
    # 2: the factory's execute has a preset result.
    (
        2,
        'db_session = AsyncMock()\ndb_session.execute = AsyncMock()\nrow = (await db_session.execute("q")).fetchone()\nassert await row',
        f'{SESSION}\ndb_session.execute = AsyncMock()\nrow = (await db_session.execute("q")).fetchone()\nassert await row',
    ),
    (
        2,
        "agent = AsyncMock()\nagent.execute = AsyncMock()\nagent.execute.return_value = None\nassert await agent.execute() is None",
        f"{AGENT}\nagent.execute.return_value = None\nassert await agent.execute() is None",
    ),
    (
        2,
        (
            "db_session = AsyncMock()\ndb_session.execute.return_value = MagicMock()\ndb_session.commit = AsyncMock()\n"
            "assert (await db_session.execute()).fetchone() != {'id': 1, 'name': 'test'}"
        ),
        (
            f"{SESSION}\ndb_session.execute.return_value = MagicMock()\n"
            "assert (await db_session.execute()).fetchone() != {'id': 1, 'name': 'test'}"
        ),
    ),
    # 3: the factory's default takes the place of what is false.
    *(
        (
            3,
            f"agent = AsyncMock()\nagent.execute.return_value = {value}\nassert await agent.execute() == {value}",
            f"{AGENT}\nagent.execute.return_value = {value}\nassert await agent.execute() == {value}",
        )
        for value in ("None", "{}", "[]", "0", "''", "False", "EMPTY", "RESULT", "await later()")
    ),
    (
        3,
        "agent = AsyncMock()\nagent.execute.return_value = {'a': 1}\nassert await agent.execute() == {'a': 1}",
        "agent = SSotMockFactory.create_agent_mock(execution_result={'a': 1})\nassert await agent.execute() == {'a': 1}",
    ),
    # 4
    (
        4,
        "ws = MagicMock()\nws.client_state = KINDS\nassert ws.client_state == KINDS",
        f"{WS}\nws.client_state = KINDS\nassert ws.client_state == KINDS",
    ),
    (
        4,
        "ws = MagicMock()\nws.client_state.CONNECTED = 1\nassert ws.client_state.CONNECTED == 1",
        f"{WS}\nassert ws.client_state.CONNECTED == 1",
    ),
    (
        4,
        "ws = MagicMock()\nws.client_state.CONNECTED = True\nassert ws.client_state.CONNECTED is True",
        f"{WS}\nws.client_state.CONNECTED = True\nassert ws.client_state.CONNECTED is True",
    ),
    (
        4,
        'ws = MagicMock()\nws.client_state.name = "CONNECTED"\nassert ws.client_state.name == "CONNECTED"',
        f'{WS}\nws.client_state.name = "CONNECTED"\nassert ws.client_state.name == "CONNECTED"',
    ),
    # 5: a value moves up only if it means the same there.
    (
        5,
        'user = "u"\nws = MagicMock()\nws.user_id = user\nassert ws.user_id == "u"',
        'user = "u"\nws = SSotMockFactory.create_websocket_mock(user_id=user)\nassert ws.user_id == "u"',
    ),
    *(
        (
            5,
            f"{start}ws = MagicMock()\n{binds}\nws.user_id = {value}\nassert ws.user_id == {value}",
            f"{start}{WS}\n{binds}\nws.user_id = {value}\nassert ws.user_id == {value}",
        )
        for start, binds, value in (
            ("", 'user = "u1"', "user"),
            ('user = "u"\n', 'user = user + "x"', "user"),
            ('user = "u"\n', 'user += "x"', "user"),
            ("", "for user in 'ab':\n    pass", "user"),
            ("", "import os", "os.sep"),
            ("", "import os as system", "system.sep"),
            ("", "def user():\n    return 1", "user()"),
            ("", "class User:\n    id = 7", "User.id"),
            ("", "with open(__import__('os').devnull) as user:\n    pass", "user.name"),
            (
                "",
                "try:\n    raise ValueError('a')\nexcept ValueError as error:\n    user = str(error)",
                "user",
            ),
            ("", "if (user := 'a'):\n    pass", "user"),
            ("box = {'a': 1}\n", "box['a'] = 2", "box['a']"),
            ("box = Mock()\nbox.x = 1\n", "box.x = 2", "box.x"),
            ("box = [1, 2]\n", "box.pop()", "len(box)"),
            ("box = [1, 2]\n", "await later()", "f'{box}'"),
        )
        if value != "f'{box}'"
    ),
    (
        5,
        'ids = iter("abc")\nws = MagicMock()\nfirst = next(ids)\nws.user_id = next(ids)\nassert ws.user_id == "b"',
        f'ids = iter("abc")\n{WS}\nfirst = next(ids)\nws.user_id = next(ids)\nassert ws.user_id == "b"',
    ),
    (
        5,
        'ids = iter("ab")\nws = MagicMock()\nws.connection_id = next(ids)\nws.user_id = next(ids)\nassert ws.user_id == "b"',
        'ids = iter("ab")\nws = SSotMockFactory.create_websocket_mock(\n    connection_id=next(ids),\n    user_id=next(ids),\n)\nassert ws.user_id == "b"',
    ),
    (
        5,
        'ids = iter("ab")\nws = MagicMock()\nws.headers = next(ids)\nws.user_id = next(ids)\nassert (ws.headers, ws.user_id) == ("a", "b")',
        f'ids = iter("ab")\n{WS}\nws.headers = next(ids)\nws.user_id = next(ids)\nassert (ws.headers, ws.user_id) == ("a", "b")',
    ),
    (
        5,
        'ws = MagicMock()\nws.user_id = (name := "u")\nassert ws.user_id == name',
        f'{WS}\nws.user_id = (name := "u")\nassert ws.user_id == name',
    ),
    (
        5,
        "ws = MagicMock()\nws.user_id = await later()\nassert ws.user_id == 1",
        f"{WS}\nws.user_id = await later()\nassert ws.user_id == 1",
    ),
    # 6: what the factory cannot do stays.
    (
        6,
        'ws = MagicMock(spec=None)\nws.user_id = "u"\nassert ws.user_id == "u"',
        'ws = SSotMockFactory.create_websocket_mock(user_id="u")\nassert ws.user_id == "u"',
    ),
    (
        6,
        'ws = MagicMock()\ndel ws.send_text\nassert not hasattr(ws, "send_text")',
        f'{WS}\ndel ws.send_text\nassert not hasattr(ws, "send_text")',
    ),
    (
        6,
        'ws = MagicMock()\ntype(ws).user_id = PropertyMock(return_value="u")\nassert ws.user_id == "u"',
        f'{WS}\ntype(ws).user_id = PropertyMock(return_value="u")\nassert ws.user_id == "u"',
    ),
    (
        6,
        "ws = MagicMock()\ntype(ws).headers = 3\nassert ws.headers == 3",
        f"{WS}\ntype(ws).headers = 3\nassert ws.headers == 3",
    ),
    (
        6,
        "ws = MagicMock()\nws.__class__ = dict\nassert isinstance(ws, dict)",
        f"{WS}\nws.__class__ = dict\nassert isinstance(ws, dict)",
    ),
    # 7: the constructor's own arguments.
    (
        7,
        'ws = MagicMock(user_id="u", headers={})\nassert (ws.user_id, ws.headers) == ("u", {})',
        'ws = SSotMockFactory.create_websocket_mock(user_id="u")\nws.headers = {}\nassert (ws.user_id, ws.headers) == ("u", {})',
    ),
    (
        7,
        'ws = MagicMock(**{"state.user": "u", "close": AsyncMock()})\nassert ws.state.user == "u"\nawait ws.close()',
        f'{WS}\nws.state.user = "u"\nassert ws.state.user == "u"\nawait ws.close()',
    ),
    (
        7,
        'ws = MagicMock()\nws.name = "n"\nassert ws.name == "n"',
        f'{WS}\nws.name = "n"\nassert ws.name == "n"',
    ),
    # 8: the answer stays.
    *(
        (8, f"ws = {base}()\n{settings}{asks}", f"{WS}\n{asks}")
        for base, settings, asks in (
            (
                "MagicMock",
                "ws.send_text = AsyncMock()\n",
                "assert isinstance(ws.send_text, AsyncMock)",
            ),
            (
                "MagicMock",
                "",
                "assert isinstance(ws, MagicMock)\nassert not isinstance(ws, AsyncMock)",
            ),
            ("MagicMock", "", "assert isinstance(ws, (str, Mock))"),
            ("MagicMock", "", "assert not isinstance(ws, str)"),
            ("Mock", "", "assert isinstance(ws, Mock)"),
            ("MagicMock", "", 'assert hasattr(ws, "anything")\nassert hasattr(ws, "user_id")'),
            ("MagicMock", "", "assert callable(ws)"),
            (
                "MagicMock",
                "ws.send_text = AsyncMock()\nws.close = AsyncMock()\n",
                'await ws.send_text("x")\nawait ws.close()\nassert [name for name, _, _ in ws.method_calls] == ["send_text", "close"]',
            ),
            (
                "MagicMock",
                "ws.send_text = AsyncMock()\n",
                "await handle(ws)\nawait ws.send_text()\nassert len(ws.mock_calls) == 1",
            ),
            (
                "Mock",
                "ws.send_text = AsyncMock()\n",
                "await ws.send_text()\nassert len(ws.method_calls) == 1",
            ),
            ("MagicMock", "", "ws.close.assert_not_called()\nassert ws.close.call_count == 0"),
            # Where it is put, and never taken out for what the factory presets.
            (
                "MagicMock",
                "",
                "holder = [ws]\nassert holder[0].headers\nassert len(holder) == 1\nawait handle(holder)",
            ),
            (
                "MagicMock",
                "",
                "holder = Mock()\nholder.all = {'a': ws}\nassert ws.headers\nassert {'a': ws} == holder.all",
            ),
            ("MagicMock", "", "await handle([ws])\nawait handle(ws=(ws, 1))"),
            (
                "MagicMock",
                "",
                "holder = {}\nholder['make'] = lambda: ws\nawait handle(lambda: ws)\nassert ws.headers",
            ),
            (
                "MagicMock",
                "",
                "ws.configure_mock(user_id=1, **{'state.user': 2})\nassert (ws.user_id, ws.state.user) == (1, 2)\nassert ws",
            ),
        )
    ),
    (
        8,
        'ws = MagicMock()\nws.close = AsyncMock(name="c")\nawait ws.close()\nassert ws.method_calls == []',
        f'{WS}\nws.close = AsyncMock(name="c")\nawait ws.close()\nassert ws.method_calls == []',
    ),
    # 13
    (
        13,
        'ws = MagicMock()\nws.user_id = "a"\nassert ws.user_id == "a"\nws.user_id = "b"\nassert ws.user_id == "b"',
        'ws = SSotMockFactory.create_websocket_mock(user_id="a")\nassert ws.user_id == "a"\nws.user_id = "b"\nassert ws.user_id == "b"',
    ),
    (
        13,
        'ws = MagicMock()\nws.user_id = "a"\nkept = ws\ndel ws\nassert kept.user_id == "a"',
        'ws = SSotMockFactory.create_websocket_mock(user_id="a")\nkept = ws\ndel ws\nassert kept.user_id == "a"',
    ),
    (
        13,
        'ws = MagicMock()\ndef read():\n    return ws.headers\nws.headers = "a"\nassert read() == "a"',
        f'{WS}\ndef read():\n    return ws.headers\nws.headers = "a"\nassert read() == "a"',
    ),
    (
        13,
        "ws = MagicMock()\nif ws:\n    ws.headers = 1\nassert ws.headers == 1",
        f"{WS}\nif ws:\n    ws.headers = 1\nassert ws.headers == 1",
    ),
    # 14
    (
        14,
        "ws = MagicMock()\nws.close = AsyncMock()\nassert isinstance(ws.close, AsyncMock)\nother: MagicMock = ws\nassert other",
        f"{WS}\nassert isinstance(ws.close, AsyncMock)\nother: MagicMock = ws\nassert other",
    ),
    (
        14,
        'ws: MagicMock = MagicMock()\nws.user_id = "u"\nassert ws.user_id == "u"',
        'ws: MagicMock = SSotMockFactory.create_websocket_mock(user_id="u")\nassert ws.user_id == "u"',
    ),
]


@pytest.mark.parametrize(
    ("before", "after"),
    [(before, after) for _, before, after in REWRITTEN],
    ids=[f"{group}-{number}" for number, (group, _, _) in enumerate(REWRITTEN)],
)
def test_rewritten_right(tmp_path: Path, before: str, after: str) -> None:
    migrated(tmp_path, *before_and_after(before, after))


#: A body, and what the violation says remains different. Its unsafe fix breaks the test.
BREAKING = [
    (
        2,
        "db_session = AsyncMock()\nresult = await db_session.execute()\nassert await result.fetchone()",
        "execute()",
    ),
    (
        2,
        "db_session = AsyncMock()\ndb_session.execute.return_value.fetchone.return_value = 1\nassert await (await db_session.execute()).fetchone() == 1",
        "execute().fetchone",
    ),
    (2, "agent = AsyncMock()\nassert isinstance(await agent.execute(), AsyncMock)", "execute()"),
    (6, "ws = MagicMock()\ntype(ws).user_id = 3\nassert ws.user_id == 3", "user_id"),
    (8, "ws = MagicMock()\nassert not isinstance(ws.send_text, AsyncMock)", "send_text"),
    (8, "ws = MagicMock()\nassert isinstance(ws.close, (str, MagicMock))", "close"),
    (8, "ws = Mock()\nassert not isinstance(ws, MagicMock)", ""),
    (8, "ws = AsyncMock()\nassert isinstance(ws, AsyncMock)", ""),
    (8, 'ws = MagicMock()\nassert hasattr(ws.user_id, "x")', "user_id"),
    (8, "ws = MagicMock()\nassert callable(ws.user_id)", "user_id"),
    (8, 'ws = Mock()\nassert not hasattr(ws, "__len__")', ""),
    (8, "ws = Mock()\nassert bool(ws)\nassert ws.mock_calls == []", ""),
    (
        8,
        "ws = MagicMock()\nassert not __import__('inspect').iscoroutinefunction(ws.close)",
        "close",
    ),
    (8, "ws = MagicMock()\nassert type(ws.accept).__name__ == 'MagicMock'", "accept"),
    (8, "ws = MagicMock()\nassert ws.accept.__class__.__name__ == 'MagicMock'", "accept"),
    (8, "ws = MagicMock()\nassert ws._mock_children == {}", ""),
    (8, "ws = MagicMock()\nassert 'user_id' not in vars(ws)", ""),
    (8, "ws = MagicMock()\nassert getattr(ws, 'user_id') != 'test-user'", "user_id"),
    (8, "ws = Mock()\nassert 'MagicMock' not in str(ws)", ""),
    (8, "ws = Mock()\nfor name in ('user_id',):\n    assert getattr(ws, name) != 'test-user'", ""),
    (8, "ws = MagicMock()\nassert 'AsyncMock' not in f'{ws.close.x!r}'", "close.x"),
    (8, "ws = MagicMock()\nassert {**ws.close} == {}", "close.keys"),
    (8, "ws = Mock()\ntry:\n    -ws\n    raise ValueError\nexcept TypeError:\n    pass", ""),
    (
        8,
        "ws = Mock()\ntry:\n    ws.app[0]\n    raise ValueError\nexcept TypeError:\n    pass",
        "app",
    ),
    (
        13,
        "ws = MagicMock()\nseen = ws.user_id\nws.user_id = 1\nassert seen != 'test-user'",
        "user_id",
    ),
    (
        13,
        "ws = MagicMock()\nif not ws:\n    ws.user_id = 1\nassert ws.user_id != 'test-user'",
        "user_id",
    ),
    (
        13,
        "ws = MagicMock()\ndef read():\n    return ws.user_id\nseen = read()\nws.user_id = 1\nassert seen != 'test-user'",
        "user_id",
    ),
    (13, "ws = MagicMock()\nother = holder = ws\nassert holder.user_id != 'test-user'", "user_id"),
    (13, "ws = MagicMock()\nassert (other := ws).user_id != 'test-user'", "user_id"),
    (13, "ws = MagicMock()\nother = ws or 1\nassert other.user_id != 'test-user'", "user_id"),
    (
        13,
        "ws = MagicMock()\nfor other in (ws,):\n    assert other.user_id != 'test-user'",
        "user_id",
    ),
    (13, "ws = MagicMock()\nholder = [ws]\nassert holder[0].user_id != 'test-user'", "user_id"),
    (
        13,
        "ws = MagicMock()\nholder = {'a': ws}\nassert holder['a'].user_id != 'test-user'",
        "user_id",
    ),
    (
        13,
        "ws = MagicMock()\nholder = Mock()\nholder.all = [ws, 1]\nfor one in holder.all[:1]:\n    assert one.user_id != 'test-user'",
        "user_id",
    ),
    (
        13,
        "ws = MagicMock()\nholder = [ws]\nfor one in holder:\n    assert one.user_id != 'test-user'",
        "user_id",
    ),
    (
        13,
        "ws = MagicMock()\nholder = [ws]\nassert [one.user_id for one in holder] != ['test-user']",
        "user_id",
    ),
    (
        13,
        "ws = MagicMock()\nfor _, one in enumerate([ws]):\n    assert one.user_id != 'test-user'",
        "user_id",
    ),
    (
        13,
        "ws = MagicMock()\nfor one in list((ws,)):\n    assert one.user_id != 'test-user'",
        "user_id",
    ),
    (13, "ws = MagicMock()\none = next(iter([ws]))\nassert one.user_id != 'test-user'", "user_id"),
    (13, "ws = MagicMock()\nmake = lambda: ws\nassert make().user_id != 'test-user'", "user_id"),
    (
        13,
        "ws = MagicMock()\nholder = [ws for _ in 'ab']\nassert holder[0].user_id != 'test-user'",
        "user_id",
    ),
    (
        13,
        "ws = MagicMock()\nother = ws if ws else 1\nassert other.user_id != 'test-user'",
        "user_id",
    ),
    (
        13,
        "ws = MagicMock()\nclass Holder:\n    it = ws\nassert Holder.it.user_id != 'test-user'",
        "user_id",
    ),
    (13, "ws = MagicMock()\nws.user_id += 1\nassert ws.user_id != 'test-user'", "user_id"),
    (
        13,
        "ws = MagicMock()\nassert ws.user_id.x\nws.configure_mock(**{'user_id.x': 1})\nassert ws.user_id.x == 1",
        "user_id",
    ),
    (6, "agent = AsyncMock()\ntype(agent).execute = 3\nassert agent.execute == 3", "execute"),
    (
        13,
        "ws = MagicMock()\nholder = {}\nholder['a'] = ws\nassert holder['a'].user_id != 'test-user'",
        "user_id",
    ),
    (13, "ws = MagicMock()\nother, _ = ws, 1\nassert other.user_id != 'test-user'", "user_id"),
    (
        13,
        "ws = MagicMock()\nholder = Mock(ws=ws)\nassert holder.ws.user_id != 'test-user'",
        "user_id",
    ),
    (
        13,
        "ws = MagicMock()\nholder = AsyncMock(return_value=ws)\nassert (await holder()).user_id != 'test-user'",
        "user_id",
    ),
    (13, "ws = MagicMock()\nassert (lambda it: it.user_id)(ws) != 'test-user'", ""),
    (13, "ws = MagicMock()\nassert (lambda it=ws: it.user_id)() != 'test-user'", ""),
    (
        13,
        "ws = MagicMock()\ndef read(it):\n    return it.user_id\nassert read(ws) != 'test-user'",
        "user_id",
    ),
    (
        13,
        "ws = MagicMock()\ndef read(*, it):\n    return it.user_id\nassert read(it=ws) != 'test-user'",
        "user_id",
    ),
]


# What is broken may be a call that is not awaited any more.
@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
@pytest.mark.parametrize(
    ("body", "path"),
    [(body, path) for _, body, path in BREAKING],
    ids=[f"{group}-{number}" for number, (group, _, _) in enumerate(BREAKING)],
)
def test_left_alone_because_the_rewrite_would_break_it(
    tmp_path: Path, body: str, path: str
) -> None:
    before, _ = before_and_after(body)
    project = Project(tmp_path)
    file = project.write("tests/test_it.py", before)
    assert project.rewrite("tests/test_it.py") == file.read_bytes()
    after = project.rewrite("tests/test_it.py", unsafe=True).decode()
    violation = next(v for v in project.run().violations if v.rule != "generic")
    assert violation.applicability is Applicability.UNSAFE
    assert path in {difference.path for difference in violation.differences}
    assert "SSotMockFactory.create" in after
    with real_factory():
        assert run_tests(before) == ["test_it"]
        with pytest.raises((AssertionError, AttributeError, TypeError, ValueError)):
            run_tests(after)


#: A body, and what the reason says; not even ``--unsafe-fixes`` rewrites it.
REFUSED = [
    (
        1,
        'ws = MagicMock()\nws.user_id.return_value = "u"\nassert ws.user_id() == "u"',
        "user_id() cannot be set",
    ),
    (
        1,
        'ws = MagicMock()\nws.configure_mock(**{"user_id.x": 1})\nassert ws.user_id.x == 1',
        "set user_id as a whole",
    ),
    (
        1,
        'agent = AsyncMock()\nagent.agent_type.value = "t"\nassert agent.agent_type.value == "t"',
        "agent_type.value cannot",
    ),
    (
        1,
        'ws = MagicMock(**{"connection_id.x": 1})\nassert ws.connection_id.x == 1',
        "connection_id.x cannot be set",
    ),
    (6, 'ws = MagicMock(spec=[])\nassert not hasattr(ws, "x")', "forbids every other attribute"),
    (
        6,
        'ws = MagicMock(spec_set=("close",))\nassert not hasattr(ws, "x")',
        "forbids every other attribute",
    ),
    (6, "ws = MagicMock(wraps=RESULT)\nassert ws", "passes calls on to a real object"),
    (
        6,
        "ws = MagicMock(unsafe=True)\nassert ws.assert_it",
        "allows attributes that start with assert",
    ),
    (7, "ws = MagicMock(**EMPTY)\nassert ws", "unpacked from something that is not in sight"),
    (7, "ws = MagicMock(*EMPTY)\nassert ws", "unpacked from something that is not in sight"),
]


@pytest.mark.parametrize(
    ("body", "reason"),
    [(body, reason) for _, body, reason in REFUSED],
    ids=[f"{group}-{number}" for number, (group, _, _) in enumerate(REFUSED)],
)
def test_refused_with_a_reason(tmp_path: Path, body: str, reason: str) -> None:
    before, _ = before_and_after(body)
    report = check_unchanged(tmp_path, before, unsafe=True)
    violation = only(report, Applicability.MANUAL)
    assert violation.rule != "generic"
    assert reason in (violation.reason or "")
    assert run_tests(before) == ["test_it"]


#: A body, and a difference: left alone, but what ``--unsafe-fixes`` makes of it passes too.
DOUBTED = [
    (
        7,
        'ws = MagicMock(name="n")\nws.user_id = "u"\nassert ws.user_id == "u"',
        "its name= in messages is dropped",
    ),
    (
        8,
        "import weakref\nws = MagicMock()\nassert weakref.ref(ws)() is ws",
        "ref(…) looks at how the mock was made",
    ),
    (
        8,
        "import gc\nws = MagicMock()\nassert gc.get_referrers(ws) is not None",
        "get_referrers(…) looks at",
    ),
    (8, "import copy\nws = MagicMock()\nassert copy.copy(ws) is not ws", "copy(…) looks at how"),
    (
        13,
        'ws = MagicMock()\nws.user_id = "a"\nws = MagicMock()\nws.user_id = "b"\nassert ws.user_id == "b"',
        "would share",
    ),
    (
        13,
        'async def make():\n    global ws\n    ws = MagicMock()\n    ws.user_id = "a"\nawait make()\nassert ws.user_id == "a"',
        "declared global or nonlocal",
    ),
    (
        13,
        'ws = None\ndef make():\n    nonlocal ws\n    ws = MagicMock()\n    ws.user_id = "a"\nmake()\nassert ws.user_id == "a"',
        "declared global or nonlocal",
    ),
    (
        13,
        'ws = MagicMock()\nawait handle(ws)\nws.user_id = "b"\nassert ws.user_id == "b"',
        "user_id was MagicMock, the factory gives a preset value",
    ),
    (
        13,
        'ws = MagicMock()\nif ws:\n    ws.user_id = "b"\nassert ws.user_id == "b"',
        "user_id was MagicMock",
    ),
    (
        13,
        "ws = MagicMock()\nfor (one, *_), _ in [((ws, 1), 2)]:\n    assert one.headers",
        "it is unpacked",
    ),
    (
        13,
        "ws = MagicMock()\ndef read(one=ws):\n    return one.headers\nassert read()",
        "it is the default of a parameter",
    ),
    (
        13,
        "ws = MagicMock()\nassert ws\nws.configure_mock(**EMPTY)",
        "configure_mock(…) looks at how the mock was made",
    ),
]


@pytest.mark.parametrize(
    ("body", "difference"),
    [(body, difference) for _, body, difference in DOUBTED],
    ids=[f"{group}-{number}" for number, (group, _, _) in enumerate(DOUBTED)],
)
def test_only_with_unsafe_fixes(tmp_path: Path, body: str, difference: str) -> None:
    before, _ = before_and_after(body)
    project = Project(tmp_path)
    project.write("tests/test_it.py", before)
    report = project.run()
    assert report.changes == ()
    found = violations(report, "websocket")
    assert {v.applicability for v in found} == {Applicability.UNSAFE}
    assert all(any(difference in d.message for d in v.differences) for v in found)
    run_both(before, project.rewrite("tests/test_it.py", unsafe=True).decode())


def test_9_the_factorys_own_module_is_left_alone(tmp_path: Path) -> None:
    project = Project(tmp_path)
    report = project.run(unsafe=True)
    assert (report.violations, report.changes, report.files) == ((), (), 3)


def test_9_another_factory_is_left_alone(tmp_path: Path) -> None:
    code = """
        from unittest.mock import MagicMock


        class WebSocketFactory:
            def create(self):
                ws = MagicMock()
                ws.user_id = "u"
                return ws


        def test_it():
            assert WebSocketFactory().create().user_id == "u"
    """
    violation = only(check_unchanged(tmp_path, code, unsafe=True), Applicability.MANUAL)
    assert violation.scope == "WebSocketFactory.create"
    assert violation.reason == (
        "WebSocketFactory is a factory of its own; let its callers use the factory"
    )


def test_9_the_tests_of_the_factory_are_left_alone(tmp_path: Path) -> None:
    code = """
        from unittest.mock import MagicMock


        def test_direct():
            ws = MagicMock()
            assert ws.user_id != "test-user"
    """
    report = check_unchanged(tmp_path, code, name="tests/test_mock_factory.py", unsafe=True)
    assert "this file tests the factory" in (only(report, Applicability.MANUAL).reason or "")


@pytest.mark.parametrize(
    "code",
    [
        '''
        """ws = MagicMock()"""
        from unittest.mock import MagicMock

        CODE = "ws = MagicMock()"  # ws = MagicMock()


        def test_it():
            """
            ws = MagicMock()
            ws.user_id = "u"
            """
            assert CODE
            assert MagicMock
        ''',
        """
        class MagicMock:
            pass


        def test_it():
            ws = MagicMock()
            ws.user_id = "u"
            assert ws.user_id == "u"
        """,
        """
        from unittest.mock import AsyncMock


        class AsyncMock(AsyncMock):
            pass


        def test_it():
            ws = AsyncMock()
            ws.user_id = "u"
            assert ws.user_id == "u"
        """,
        """
        def test_it():
            def MagicMock():
                return KIND()

            class KIND:
                pass

            ws = MagicMock()
            ws.user_id = "u"
            assert ws.user_id == "u"
        """,
        """
        from types import SimpleNamespace as MagicMock


        def test_it():
            ws = MagicMock()
            ws.user_id = "u"
            assert ws.user_id == "u"
        """,
    ],
)
def test_10_text_and_other_classes_are_no_mocks(tmp_path: Path, code: str) -> None:
    assert check_unchanged(tmp_path, code, unsafe=True).violations == ()
    assert run_tests(dedent(code)) == ["test_it"]


TEST = """

def test_it():
    ws = MagicMock()
    ws.user_id = "u"
    assert ws.user_id == "u"
"""


def _test(factory: str = "SSotMockFactory") -> str:
    return f"""

def test_it():
    ws = {factory}.create_websocket_mock(user_id="u")
    assert ws.user_id == "u"
"""


MOCK = "from unittest.mock import MagicMock\n"
IMPORT = f"{FACTORY}\n"
IMPORTS = [
    # 11: the factory under another name, or only where it cannot be used.
    (f"{MOCK}\n{FACTORY} as Factory\n{TEST}", f"{FACTORY} as Factory\n{_test('Factory')}"),
    (
        f"{MOCK}\nimport test_framework.ssot.mock_factory as factories\n{TEST}",
        f"import test_framework.ssot.mock_factory as factories\n{_test('factories.SSotMockFactory')}",
    ),
    (
        f"{MOCK}\nfrom test_framework.ssot import mock_factory\n{TEST}",
        f"from test_framework.ssot import mock_factory\n{_test('mock_factory.SSotMockFactory')}",
    ),
    (
        f"{MOCK}\ntry:\n    {IMPORT}except ImportError:\n    SSotMockFactory = None\n{TEST}",
        f"try:\n    {IMPORT}except ImportError:\n    SSotMockFactory = None\n{_test()}",
    ),
    (
        f"from typing import TYPE_CHECKING\n{MOCK}\nif TYPE_CHECKING:\n    {IMPORT}{TEST}",
        f"from typing import TYPE_CHECKING\n\n{IMPORT}\nif TYPE_CHECKING:\n    {IMPORT}{_test()}",
    ),
    (
        f"try:\n    {MOCK}except ImportError:\n    from mock import MagicMock\n{TEST}",
        f"{IMPORT}\ntry:\n    {MOCK}except ImportError:\n    from mock import MagicMock\n{_test()}",
    ),
    (
        f"def test_it():\n    {MOCK}    {IMPORT}    ws = MagicMock()\n    assert ws\n    assert SSotMockFactory\n",
        f"def test_it():\n    {IMPORT}    {WS}\n    assert ws\n    assert SSotMockFactory\n",
    ),
    (
        f"def test_it():\n    {MOCK}    ws = MagicMock()\n    assert ws\n",
        f"{IMPORT}\n\ndef test_it():\n    {WS}\n    assert ws\n",
    ),
    # 12: no imports, imports after code, sys.path, no newline, a continued with, several statements on a line.
    (
        "def test_it():\n    import unittest.mock\n    ws = unittest.mock.MagicMock()\n    assert ws\n\n\nX = 1",
        f"{IMPORT}\n\ndef test_it():\n    {WS}\n    assert ws\n\n\nX = 1",
    ),
    (
        f'import sys\n\nsys.path.insert(0, ".")\n\n{MOCK}{TEST}',
        f'import sys\n\nsys.path.insert(0, ".")\n\n{IMPORT}{_test()}',
    ),
    (
        f'"""A docstring."""\n\nfrom __future__ import annotations\n\n{MOCK}{TEST}'.rstrip("\n"),
        f'"""A docstring."""\n\nfrom __future__ import annotations\n\n{IMPORT}{_test()}'.rstrip(
            "\n"
        ),
    ),
    (
        f"X = 1\n{MOCK}{TEST}",
        f"X = 1\n{IMPORT}{_test()}",
    ),
    (
        (
            "from unittest.mock import MagicMock, patch\n\n\ndef test_it():\n    ws = MagicMock(); ws.user_id = 'u'; ws.headers = {}\n"
            "    with patch('os.sep'), \\\n            patch('os.name'):\n        assert ws.headers == {}\n    assert ws.user_id == 'u'\n"
        ),
        (
            f"from unittest.mock import patch\n\n{IMPORT}\n\ndef test_it():\n    ws = SSotMockFactory.create_websocket_mock(user_id='u'); ws.headers = {{}}\n"
            "    with patch('os.sep'), \\\n            patch('os.name'):\n        assert ws.headers == {}\n    assert ws.user_id == 'u'\n"
        ),
    ),
    (
        f"{MOCK}\n\ndef test_it():\n    ws = \\\n        MagicMock()\n    ws.user_id = \\\n        'u'\n    assert ws.user_id == 'u'\n",
        f"{IMPORT}\n\ndef test_it():\n    ws = \\\n        SSotMockFactory.create_websocket_mock(user_id='u')\n    assert ws.user_id == 'u'\n",
    ),
    (
        f"{MOCK}\n\ndef test_it():\n    if True: ws = MagicMock(); ws.user_id = 'u'\n    assert ws.user_id == 'u'\n",
        f"{IMPORT}\n\ndef test_it():\n    if True: ws = SSotMockFactory.create_websocket_mock(); ws.user_id = 'u'\n    assert ws.user_id == 'u'\n",
    ),
    # 14: the name is used elsewhere.
    (
        (
            "from unittest.mock import AsyncMock, MagicMock, patch\n\n\n@patch('os.sep', new_callable=AsyncMock)\ndef check(sep):\n    assert sep\n\n\n"
            "def test_it():\n    ws = MagicMock()\n    ws.close = AsyncMock()\n    assert isinstance(ws, MagicMock)\n    check()\n"
        ),
        (
            "from unittest.mock import AsyncMock, MagicMock, patch\n\n"
            f"{IMPORT}\n\n@patch('os.sep', new_callable=AsyncMock)\ndef check(sep):\n    assert sep\n\n\n"
            f"def test_it():\n    {WS}\n    assert isinstance(ws, MagicMock)\n    check()\n"
        ),
    ),
    (
        "from unittest import mock\n\n\ndef test_it(of: mock.Mock = None):\n    ws = mock.MagicMock()\n    assert ws\n\n\nof = None\n",
        f"from unittest import mock\n\n{IMPORT}\n\ndef test_it(of: mock.Mock = None):\n    {WS}\n    assert ws\n\n\nof = None\n",
    ),
]


@pytest.mark.parametrize(("before", "after"), IMPORTS)
def test_imports_and_layouts(tmp_path: Path, before: str, after: str) -> None:
    if "test_it(of" in before:
        check_rewritten(tmp_path, before, after)
    else:
        migrated(tmp_path, before, after)


def test_11_a_reexport_under_an_alias(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("tests/doubles.py", f"{FACTORY} as Doubles\n")
    before = f"{MOCK}\nfrom tests.doubles import Doubles\n{TEST}"
    project.write("tests/test_it.py", before)
    after = f"from tests.doubles import Doubles\n{_test('Doubles')}"
    assert project.rewrite("tests/test_it.py").decode() == after


def test_11_a_name_that_is_bound_too_late_is_refused(tmp_path: Path) -> None:
    code = f"{MOCK}\n\ndef test_it():\n    ws = MagicMock()\n    {IMPORT}    assert ws\n    assert SSotMockFactory\n"
    report = check_unchanged(tmp_path, code, unsafe=True)
    reason = only(report, Applicability.MANUAL).reason or ""
    assert "SSotMockFactory is bound to something else on line 6" in reason


@pytest.mark.parametrize(
    "code", ["def test_it():\n    ws = MagicMock()\n    x = (\n", "x = $MagicMock()\n"]
)
def test_15_what_cannot_be_parsed_is_reported(tmp_path: Path, code: str) -> None:
    project = Project(tmp_path)
    project.write("tests/test_it.py", f"{MOCK}{code}")
    project.write("tests/test_other.py", f"{MOCK}{TEST}")
    report = project.run()
    (failure,) = report.all_failures
    assert (failure.stage, failure.path.endswith("tests/test_it.py")) == (Stage.PARSE, True)
    assert failure.message.startswith("line ")
    assert len(report.changes) == 1


#: Kinds that nobody writes down.
KINDS_THAT_NOBODY_WRITES = [
    ("agent = AsyncMock()\nassert isinstance(await agent.run(), AsyncMock)", True),
    ("agent = AsyncMock()\nassert isinstance(agent.run.return_value.step, AsyncMock)", True),
    ("agent = AsyncMock()\nassert isinstance(agent.run.step, AsyncMock)", True),
    ("ws = MagicMock()\nassert isinstance(ws.headers.get, MagicMock)", True),
    ("ws = Mock()\nassert isinstance(ws.headers.get, Mock)", True),
    ("ws = Mock()\nassert not isinstance(ws.headers.get, MagicMock)", False),
    ("ws = AsyncMock()\nassert isinstance(ws.headers, AsyncMock)", False),
    ("db_session = AsyncMock()\nassert await (await db_session.execute()).all()", False),
    ("db_session = AsyncMock()\nassert (await (await db_session.begin()).all()) is not None", True),
    (
        "db_session = AsyncMock()\nasync with db_session.begin_nested as inner:\n    assert inner",
        True,
    ),
    ("ws = MagicMock()\nassert isinstance(ws.__aenter__, AsyncMock)", True),
]


@pytest.mark.parametrize(("body", "safe"), KINDS_THAT_NOBODY_WRITES)
def test_kinds_that_nobody_writes_down(tmp_path: Path, body: str, safe: bool) -> None:  # noqa: FBT001
    before, _ = before_and_after(body)
    project = Project(tmp_path)
    project.write("tests/test_it.py", before)
    report = project.run()
    wanted = Applicability.SAFE if safe else Applicability.UNSAFE
    assert [v.applicability for v in report.violations] == [wanted]
    assert run_tests(before) == ["test_it"]
    if safe:
        run_both(before, project.rewrite("tests/test_it.py").decode())


SPEC = "class Socket:\n    async def close(self): ...\n    def info(self): ...\n\n"


def test_a_spec_class_is_a_difference(tmp_path: Path) -> None:
    before = (
        "from unittest.mock import MagicMock\n\nfrom fastapi import WebSocket\n\n\n"
        "async def test_it():\n    ws = MagicMock(spec=WebSocket)\n    await ws.close()\n"
        "    assert isinstance(ws, WebSocket)\n"
    )
    report = check_unchanged(tmp_path, before)
    (difference, *_) = only(report, Applicability.UNSAFE).differences
    assert (difference.path, difference.message) == (
        "",
        "its spec is dropped: attributes that the class lacks are no error now",
    )


@pytest.mark.parametrize("made", ["create_autospec(int)", "mock_open()", "PropertyMock()"])
def test_mocks_with_shapes_of_their_own_are_refused(tmp_path: Path, made: str) -> None:
    name = made.partition("(")[0]
    code = f"from unittest.mock import {name}\n\n\ndef test_it():\n    mock_ws = {made}\n    assert mock_ws is not None\n"
    violation = only(check_unchanged(tmp_path, code, unsafe=True), Applicability.MANUAL)
    assert violation.reason is not None
    assert run_tests(code) == ["test_it"]
