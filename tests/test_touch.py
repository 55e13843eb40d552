"""What code does with a mock, where it can be seen, and whether it would notice another one."""

import ast
import re
from textwrap import dedent, indent
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssot_migrate.code.index import Index
from ssot_migrate.code.module import Module, Root, is_test_file
from ssot_migrate.code.names import FunctionNode, Scope
from ssot_migrate.code.source import parse
from ssot_migrate.known import Export, Operation, Touch
from ssot_migrate.shapes.shape import CALL, EFFECT, Mock, spell
from ssot_migrate.touches.follow import find_reach, users
from ssot_migrate.touches.notices import notices
from ssot_migrate.touches.reach import Reach
from ssot_migrate.touches.touch import AWAITED, CALLED, configured, read_touch
from tests.shapes import IMPORTS, read, result


def touch_of(statement: str, name: str = "m") -> Touch:
    """Read the first mention of a mock in a statement of an async test."""
    index = index_of(f"async def test():\n{indent(dedent(statement), '    ')}\n")
    return read_touch(index.names(name)[0], index)[0]


def index_of(code: str) -> Index:
    return Module("test_it.py", parse(code.encode()), []).index


# reading a touch


@pytest.mark.parametrize(
    ("statement", "steps", "operation"),
    [
        ("x = m.user_id", ("user_id",), Operation.READ),
        ("assert m.user_id == 'u1'", ("user_id",), Operation.READ),
        ("f(m.a.b)", ("a", "b"), Operation.READ),
        ("m.execute()", ("execute",), Operation.CALL),
        ("await m.execute(1)", ("execute",), Operation.CALL),
        ("m()", (), Operation.CALL),
        ("x = m.execute()", ("execute", CALLED), Operation.READ),
        ("x = await m.execute()", ("execute", AWAITED), Operation.READ),
        ("(await m.execute()).fetchone()", ("execute", AWAITED, "fetchone"), Operation.CALL),
        ("x = (await m.execute()).scalars().all()", ("execute", AWAITED, "scalars", CALLED, "all", CALLED), Operation.READ),
        ("x = m.return_value.a", (CALL, "a"), Operation.READ),
        ("x = m.a.side_effect", ("a", EFFECT), Operation.READ),
        ("m.a.assert_called_once()", ("a",), Operation.RECORDED),
        ("assert m.a.b.call_count == 2", ("a", "b"), Operation.RECORDED),
        ("x = m.call_args[0][0]", (), Operation.RECORDED),
        ("m.reset_mock()", (), Operation.RECORDED),
        ("m.a.assert_awaited_once_with(1)", ("a",), Operation.RECORDED_ASYNC),
        ("x = m.a.await_count", ("a",), Operation.RECORDED_ASYNC),
        ("assert m.mock_calls == []", (), Operation.RECORDS),
        ("x = m.a.method_calls", ("a",), Operation.RECORDS),
        ("m.a = 1", ("a",), Operation.CONFIGURE),
        ("m.a.return_value = 1", ("a", CALL), Operation.CONFIGURE),
        ("m.a += 1", ("a", "__operator__"), Operation.READ),
        ("del m.a", ("a",), Operation.CONFIGURE),
        ("setattr(m, 'return_value', 1)", (CALL,), Operation.CONFIGURE),
        ("delattr(m.a, 'b')", ("a", "b"), Operation.CONFIGURE),
        ("x = getattr(m, 'a')", ("a",), Operation.READ),
        ("x = getattr(m, 'call_count')", (), Operation.RECORDED),
        ("x = m['k']", ("['k']",), Operation.READ),
        ("x = m.choices[0].text", ("choices", "[0]", "text"), Operation.READ),
        ("m.a['k'] = 1", ("a", "['k']"), Operation.READ),
        ("x = m[k]", ("__getitem__",), Operation.READ),
        ("with m as c: pass", ("__enter__",), Operation.READ),
        ("async with m.a() as c: pass", ("a", CALLED, "__aenter__"), Operation.READ),
        ("for x in m.rows: pass", ("rows", "__iter__"), Operation.READ),
        ("async for x in m: pass", ("__aiter__",), Operation.READ),
        ("x = [y for y in m]", ("__iter__",), Operation.READ),
        ("x = [y async for y in m]", ("__aiter__",), Operation.READ),
        ("isinstance(m, Mock)", (), Operation.ISINSTANCE),
        ("isinstance(m.a, (Mock, mock.AsyncMock))", ("a",), Operation.ISINSTANCE),
        ("type(m)", (), Operation.INSIDE),
        ("vars(m.a)", ("a",), Operation.INSIDE),
        ("copy.deepcopy(m)", (), Operation.INSIDE),
        ("x = m.__class__", (), Operation.INSIDE),
        ("weakref.ref(m)", (), Operation.INSIDE),
        ("gc.get_referrers(m)", (), Operation.INSIDE),
        ("asyncio.iscoroutinefunction(m.a)", ("a",), Operation.INSIDE),
        ("hasattr(m, name)", (), Operation.INSIDE),
        ("patch.object(m.a, 'b')", ("a", "b"), Operation.READ),
        ("patch.object(m, 'b', new=1)", (), Operation.PASS),
        ("patch.object(m, 'b', c)", (), Operation.PASS),
        ("patch.object(c, 'b', m)", (), Operation.PASS),
        ("patch.multiple(m, b=DEFAULT)", (), Operation.INSIDE),
        ("callable(m.a)", ("a",), Operation.RECORDED),
        ("hasattr(m.a, 'b')", ("a", "b"), Operation.HAS),
        ("hasattr(m, '__len__')", ("__len__",), Operation.READ),
        ("registry.ref(m)", (), Operation.PASS),
        ("f(m)", (), Operation.PASS),
        ("f(x=m)", (), Operation.PASS),
        ("x = m", (), Operation.PASS),
        ("assert m is x", (), Operation.PASS),
        ("if m: pass", (), Operation.PASS),
        ("id(m)", (), Operation.PASS),
        ("print(f'{m}')", ("__str__",), Operation.READ),
        ("return m", (), Operation.RETURN),
        ("return m.a", ("a",), Operation.READ),
        ("len(m)", ("__len__",), Operation.READ),
        ("x = m + 1", ("__operator__",), Operation.READ),
        ("x = 1 in m", ("__contains__",), Operation.READ),
        ("x = m < 1", ("__lt__",), Operation.READ),
        ("x, y = m.pair", ("pair", "__iter__"), Operation.READ),
        ("f(*m)", ("__iter__",), Operation.READ),
    ],
)  # fmt: skip
def test_a_touch_is_read(statement: str, steps: tuple[str, ...], operation: Operation) -> None:
    touch = touch_of(statement)
    assert (touch.steps, touch.operation, touch.line) == (steps, operation, 2)


def test_a_yield_is_a_return() -> None:
    assert touch_of("yield m").operation is Operation.RETURN


@pytest.mark.parametrize(
    ("statement", "paths"),
    [
        ("m.configure_mock(a=1)", ["a"]),
        ("m.x.configure_mock(b=2, **{'a.return_value': 1})", ["x.b", "x.a()"]),
        ("m.configure_mock(**given)", [""]),
        ("m.configure_mock(**{name: 1})", [""]),
        ("m.configure(a=1)", []),
    ],
)
def test_a_later_configure_mock_is_taken_apart(statement: str, paths: list[str]) -> None:
    call = ast.parse(statement, mode="eval").body
    found = list(configured(touch_of(statement), call))
    assert [spell(touch.steps) for touch in found] == paths
    assert {t.operation for t in found} <= {Operation.CONFIGURE, Operation.INSIDE}
    assert all((t.operation is Operation.INSIDE) is (spell(t.steps) == "") for t in found)
    assert list(configured(touch_of(statement), call.func)) == []  # type: ignore[attr-defined]


def test_isinstance_says_which_classes() -> None:
    assert touch_of("isinstance(m, (Mock, mock.AsyncMock, f()))").detail == (
        *("Mock", "AsyncMock", "?"),
    )


def test_every_question_that_a_mock_answers_is_known() -> None:
    """A new Python may bring new ones: then they have to be sorted here."""
    asks = {n for n in dir(mock.AsyncMock()) if n.startswith(("assert_", "await_", "call", "mock_calls", "method_calls", "reset"))}  # fmt: skip
    plain = {n for n in dir(mock.Mock()) if n in asks}
    for name in asks:
        operation = touch_of(f"x = m.{name}").operation
        if name in {"mock_calls", "method_calls"}:
            assert operation is Operation.RECORDS
        else:
            assert operation is (
                Operation.RECORDED if name in plain else Operation.RECORDED_ASYNC
            ), name


# noticing another mock


def noticed(old: str, new: str, statement: str) -> tuple[str, str] | None:
    found = notices(read(f"m = {old}"), read(f"m = {new}"), touch_of(statement))
    return (spell(found[0]), found[1]) if found else None


NEUTRAL = [
    # Works alike on both kinds (DESIGN).
    ("AsyncMock()", "MagicMock()", "m.close.assert_not_called()"),
    ("AsyncMock()", "MagicMock()", "assert m.close.call_count == 0"),
    ("Mock()", "MagicMock()", "x = m.a.b"),
    ("Mock()", "MagicMock()", "m.a(1)"),
    ("Mock()", "MagicMock()", "f(m)"),
    ("Mock()", "MagicMock(a=AsyncMock())", "x = m.b"),
    ("MagicMock()", "MagicMock(a=MagicMock())", "x = m.a"),
    ("MagicMock()", "MagicMock(user_id='u')", "m.user_id = 'x'"),
    ("MagicMock()", "MagicMock(a=AsyncMock())", "m.a = 1"),
    ("MagicMock()", "MagicMock(a=MagicMock(return_value=1))", "m.a.assert_called_once()"),
    ("MagicMock()", "MagicMock(a=MagicMock(return_value=1))", "m.a()"),
    ("Mock(a=1)", "MagicMock(a=1)", "assert m.a == 1"),
    ("Mock(a=AsyncMock())", "MagicMock(a=AsyncMock())", "x = await m.a()"),
    ("Mock(a=AsyncMock())", "MagicMock(a=AsyncMock())", "m.a.assert_awaited_once()"),
    ("Mock(a=Mock(side_effect=[1]))", "Mock(a=Mock(side_effect=[1], return_value=2))", "x = m.a()"),
    ("Mock()", "MagicMock()", "isinstance(m, Mock)"),
    ("MagicMock()", "MagicMock(a=AsyncMock())", "isinstance(m, (MagicMock, dict))"),
    ("MagicMock()", "MagicMock(a=AsyncMock())", "return m"),
    ("MagicMock()", "MagicMock(a=AsyncMock())", "assert m.method_calls == []"),
    ("MagicMock()", "MagicMock(a=AsyncMock())", "assert m.mock_calls == []"),
    ("MagicMock()", "MagicMock()", "type(m)"),
    ("MagicMock(a=AsyncMock(name='x'))", "MagicMock(a=AsyncMock(name='y'))", "x = m.mock_calls"),
    ("MagicMock()", "MagicMock(a=AsyncMock())", "x = m.b.c.d"),
]
NOTICED = [
    ("MagicMock()", "MagicMock(a=AsyncMock())", "x = m.a", "a"),
    ("MagicMock()", "MagicMock(a=AsyncMock())", "x = m.a()", "a"),
    ("MagicMock()", "MagicMock(a=AsyncMock())", "m.a()", "a"),
    ("MagicMock()", "MagicMock(user_id='u')", "x = m.user_id", "user_id"),
    ("MagicMock()", "MagicMock(user_id='u')", "x = m.user_id.hex", "user_id"),
    ("MagicMock()", "MagicMock(user_id='u')", "m.user_id()", "user_id"),
    ("MagicMock()", "MagicMock(user_id='u')", "m.user_id.assert_not_called()", "user_id"),
    ("MagicMock()", "MagicMock(user_id='u')", "m.user_id.assert_awaited()", "user_id"),
    ("MagicMock()", "MagicMock(user_id='u')", "isinstance(m.user_id, Mock)", "user_id"),
    ("MagicMock()", "MagicMock(user_id='u')", "x = m.user_id.mock_calls", "user_id"),
    ("MagicMock(a=1)", "MagicMock(a=2)", "x = m.a", "a"),
    ("MagicMock(a=Mock(return_value=1))", "MagicMock(a=Mock(return_value=2))", "x = m.a()", "a()"),
    ("Mock(a=Mock(side_effect=[1]))", "Mock(a=Mock(side_effect=[2]))", "x = m.a()", "a"),
    ("Mock(a=Mock())", "Mock(a=Mock(side_effect=[2]))", "m.a()", "a"),
    ("MagicMock()", "AsyncMock()", "x = m.a", "a"),
    ("AsyncMock()", "MagicMock()", "await m.a()", "a"),
    ("AsyncMock()", "MagicMock()", "m.a.assert_awaited()", "a"),
    ("MagicMock()", "AsyncMock()", "m.a.assert_awaited()", "a"),
    # A child of an AsyncMock's return value is an AsyncMock (FACTS).
    ("AsyncMock()", "AsyncMock(execute=AsyncMock(return_value=MagicMock()))", "x = (await m.execute()).fetchone()", "execute().fetchone"),
    ("Mock()", "MagicMock()", "isinstance(m, MagicMock)", ""),
    ("AsyncMock()", "MagicMock()", "isinstance(m, AsyncMock)", ""),
    ("Mock()", "MagicMock()", "type(m)", ""),
    ("MagicMock(spec=int)", "MagicMock()", "x = m.a", "a"),
    ("MagicMock()", "MagicMock(a=AsyncMock(name='x'))", "assert m.method_calls == []", "a"),
    ("Mock()", "MagicMock()", "assert m.mock_calls == []", ""),
    ("Mock()", "MagicMock()", "len(m)", ""),
    ("Mock()", "MagicMock()", "with m.a: pass", "a"),
    ("MagicMock()", "MagicMock(a=AsyncMock())", "m.a.b = 1", "a"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "statement"), NEUTRAL)
def test_a_touch_that_works_alike_notices_nothing(old: str, new: str, statement: str) -> None:
    assert noticed(old, new, statement) is None


@pytest.mark.parametrize(("old", "new", "statement", "path"), NOTICED)
def test_a_touch_that_would_notice_says_where(
    old: str, new: str, statement: str, path: str
) -> None:
    found = noticed(old, new, statement)
    assert found is not None
    assert found[0] == path
    assert found[1].strip()


def test_a_mock_of_the_same_kind_is_told_as_another_one() -> None:
    """``MagicMock, the factory gives MagicMock`` would be a riddle."""
    told = {
        "MagicMock()": "a was MagicMock, the factory gives another MagicMock",
        "AsyncMock()": "a was MagicMock, the factory gives AsyncMock",
    }
    for kind, message in told.items():
        assert noticed("MagicMock()", f"MagicMock(a={kind[:-1]}b=1))", "x = m.a") == ("a", message)


#: Statements that look at ``m``, and leave what they saw in ``seen``.
LOOKS = [
    *("seen = m.a", "seen = m.a.b", "seen = m.a()", "seen = await m.a()", "seen = m.b['k']"),
    *("m.a()", "await m.a()", "seen = (await m.a()).b()", "seen = m.a().b", "seen = m.a.call_count"),
    *("m.a.assert_not_called()", "m.a.assert_not_awaited()", "seen = m.a.await_count"),
    *("seen = isinstance(m, MagicMock)", "seen = isinstance(m.a, (AsyncMock, Mock))"),
    *("seen = hasattr(m, 'a')", "seen = callable(m.a)", "seen = m.a == 1", "seen = m is None"),
    *("seen = len(m)", "seen = list(m.a)", "seen = 1 in m", "seen = m.mock_calls", "seen = bool(m)"),
    *("with m as seen: pass", "async with m.a as seen: pass", "seen = m.a.return_value"),
    *("m.a = 5; seen = m.a", "m.a.b = 5; seen = m.a.b", "del m.a", "seen = getattr(m, 'b')"),
    *("seen = m.a.side_effect", "seen = [x for x in m.b]", "seen = m()", "seen = await m()"),
    *("m.a(); m.b(); seen = m.method_calls", "m.a(); seen = m.mock_calls", "seen = m.b + 1"),
    *("seen = hasattr(m, '__len__')", "seen = hasattr(m.a, 'b')", "seen = str(type(m.b))"),
    *("seen = -m.a", "seen = m.a < 1", "seen, *rest = m.b", "seen = m.a.__class__"),
]  # fmt: skip
_MOCKS = st.sampled_from(["Mock", "MagicMock", "AsyncMock"])
_CHILDREN = st.one_of(
    st.sampled_from(["1", "'u1'", "[1, 2]"]),
    st.builds("{}()".format, _MOCKS),
    st.builds("{}(return_value={})".format, _MOCKS, st.sampled_from(["1", "MagicMock()"])),
    st.builds("{}(side_effect=[1, 2])".format, _MOCKS),
    st.builds("{}(name='n')".format, _MOCKS),
)
_CREATIONS = st.builds(
    lambda kind, pairs: f"{kind}({', '.join(f'{n}={v}' for n, v in pairs.items())})",
    _MOCKS,
    st.dictionaries(st.sampled_from(["a", "b"]), _CHILDREN, max_size=2),
)


def look(creation: str, statement: str) -> tuple[str, str]:
    """Run a statement on a live mock: the class of what it saw, or of what it raised."""
    names: dict[str, Any] = {}
    body = indent(f"m = {creation}\nseen = None\n{statement}\nreturn seen", "    ")
    exec(f"{IMPORTS}async def test():\n{body}", names)  # noqa: S102 - our own code
    try:
        seen = result(names["test"]())
    except Exception as error:  # noqa: BLE001 - whatever the mock raises is what is seen
        return "raised", type(error).__name__
    if isinstance(seen, mock.NonCallableMock):
        return "mock", type(seen).__mro__[1].__name__
    return type(seen).__name__, re.sub(" at 0x.*", "", repr(seen))


@settings(max_examples=150, deadline=None)
@given(_CREATIONS, _CREATIONS, st.sampled_from(LOOKS))
@pytest.mark.filterwarnings("ignore:coroutine.*was never awaited:RuntimeWarning")
def test_what_no_touch_notices_is_not_seen(old: str, new: str, statement: str) -> None:
    """The promise of *safe*: where nothing is noticed, both mocks answer alike."""
    index = index_of(f"async def test():\n{indent(statement, '    ')}")
    touches = [read_touch(name, index)[0] for name in index.names("m")]
    if any(notices(read(f"m = {old}"), read(f"m = {new}"), touch) for touch in touches):
        return
    widened = look(old, statement)[0] == look(new, statement)[0] == "mock"
    assert widened or look(old, statement) == look(new, statement)


# reach


def module_of(code: str, path: str = "tests/test_it.py") -> Module:
    source = parse(f"{IMPORTS}{dedent(code)}".encode())
    return Module(path, source, list(range(1, 1000)))


def scope_named(module: Module, name: str) -> Scope:
    """Open a function's scope, ``T.test`` for a method."""
    scope = module.top
    for part in name.split(".") if name else ():
        node = next(
            n
            for n in scope.node.body
            if isinstance(n, FunctionNode | ast.ClassDef) and n.name == part
        )
        scope = module.scope(node, scope)
    return scope


def reach_of(
    code: str, root: str = "ws", where: str = "test", path: str = "tests/test_it.py"
) -> Reach:
    """Find the reach of a mock; the first statement that binds it is its creation."""
    module = module_of(code, path)
    scope = scope_named(module, where)
    names: Root = tuple(root.split("."))
    text = f"{root} = "
    creation = next(
        n
        for n in ast.walk(scope.node)
        if isinstance(n, ast.Assign) and ast.unparse(n).startswith(text)
    )
    return find_reach(module, [names], scope, frozenset({creation}))


def touched(reach: Reach) -> set[str]:
    return {f"{spell(touch.steps)} {touch.operation.value}" for touch in reach.touches}


IN_REACH = {
    "the function": ("def test():\n    ws = Mock()\n    ws.seen()", "ws", "test"),
    "an inner block": ("def test():\n    ws = Mock()\n    if x:\n        ws.seen()", "ws", "test"),
    "a nested function": ("def test():\n    ws = Mock()\n    def inner():\n        ws.seen()", "ws", "test"),
    "a nested function that declares it": ("def test():\n    ws = Mock()\n    def inner():\n        nonlocal ws\n        ws.seen()\n        ws = None", "ws", "test"),
    "a lambda": ("def test():\n    ws = Mock()\n    run(lambda: ws.seen())", "ws", "test"),
    "a comprehension": ("def test():\n    ws = Mock()\n    x = [ws.seen() for _ in y]", "ws", "test"),
    "an alias": ("def test():\n    ws = Mock()\n    other = ws\n    other.seen()", "ws", "test"),
    "an annotated alias": ("def test():\n    ws = Mock()\n    other: Mock = ws\n    other.seen()", "ws", "test"),
    "an alias of an alias": ("def test():\n    ws = Mock()\n    a = ws\n    b = a\n    b.seen()", "ws", "test"),
    "a walrus": ("def test():\n    ws = Mock()\n    if (other := ws):\n        other.seen()", "ws", "test"),
    "an alias by or": ("def test():\n    ws = Mock()\n    other = ws or None\n    other.seen()", "ws", "test"),
    "an alias by a condition": ("def test():\n    ws = Mock()\n    other = ws if x else y\n    other.seen()", "ws", "test"),
    "a pair": ("def test():\n    ws = Mock()\n    a, b = 1, ws\n    b.seen()", "ws", "test"),
    "a loop over a list": ("def test():\n    ws = Mock()\n    for one in [ws, db]:\n        one.seen()", "ws", "test"),
    "an item of a list": ("def test():\n    ws = Mock()\n    x = [ws]\n    x[0].seen()", "ws", "test"),
    "an item of a literal": ("def test():\n    ws = Mock()\n    {'a': ws}['a'].seen()", "ws", "test"),
    "twice in a list": ("def test():\n    ws = Mock()\n    x = [ws, ws]\n    x[1].seen()", "ws", "test"),
    "a lambda that is called": ("def test():\n    ws = Mock()\n    (lambda: ws)().seen()", "ws", "test"),
    "a list in a loop": ("def test():\n    ws = Mock()\n    x = (ws,)\n    for y in x:\n        y.seen()", "ws", "test"),
    "a lambda's result": ("def test():\n    ws = Mock()\n    f = lambda: ws\n    f().seen()", "ws", "test"),
    "a comprehension's items": ("def test():\n    ws = Mock()\n    x = [ws for _ in y]\n    x[0].seen()", "ws", "test"),
    "an item of something": ("def test():\n    ws = Mock()\n    d['ws'] = ws\n    d['ws'].seen()", "ws", "test"),
    "an attribute of something": ("def test():\n    ws = Mock()\n    app.ws = ws\n    app.ws.seen()", "ws", "test"),
    "an attribute of self": ("class T:\n    def setUp(self):\n        ws = Mock()\n        self.ws = ws\n    def test(self):\n        self.ws.seen()", "ws", "T.setUp"),
    "a function of the module": ("def test():\n    ws = Mock()\n    use(1, ws)\ndef use(a, b):\n    b.seen()", "ws", "test"),
    "a function by keyword": ("def test():\n    ws = Mock()\n    use(b=ws)\ndef use(a=1, b=2):\n    b.seen()", "ws", "test"),
    "a method of the class": ("class T:\n    def test(self):\n        ws = Mock()\n        self.use(ws)\n    def use(self, a):\n        a.seen()", "ws", "T.test"),
    "another mock's attribute": ("def test():\n    ws = Mock()\n    m = Mock(ws=ws)\n    m.ws.seen()", "ws", "test"),
    "another mock's result": ("async def test():\n    ws = Mock()\n    m = AsyncMock(return_value=ws)\n    (await m()).seen()", "ws", "test"),
    "another mock's attribute without a name": ("def test():\n    ws = Mock()\n    m = Mock(wrap(ws), ws=ws)\n    ws.seen()", "ws", "test"),
    "a class's body": ("def test():\n    ws = Mock()\n    class Service:\n        ws = ws\n        def run(self):\n            self.ws.seen()", "ws", "test"),
    "a keyword of a class": ("def test():\n    ws = Mock()\n    class Service(metaclass=ws): ...\n    ws.seen()", "ws", "test"),
    "self": ("class T:\n    def setUp(self):\n        self.ws = Mock()\n    def test(self):\n        self.ws.seen()", "self.ws", "T.setUp"),
    "self in a subclass": ("class T:\n    def setUp(self):\n        self.ws = Mock()\nclass U(T):\n    def test(self):\n        self.ws.seen()", "self.ws", "T.setUp"),
    "self in a subclass's subclass": ("class T:\n    def setUp(self):\n        self.ws = Mock()\nclass U(T): ...\nclass V(U):\n    def test(self):\n        self.ws.seen()", "self.ws", "T.setUp"),
    "self in a base class": ("class B:\n    def check(self):\n        self.ws.seen()\nclass T(B):\n    def setUp(self):\n        self.ws = Mock()", "self.ws", "T.setUp"),
    "self in a base of a base": ("class A:\n    def check(self):\n        self.ws.seen()\nclass B(A): ...\nclass T(B):\n    def setUp(self):\n        self.ws = Mock()", "self.ws", "T.setUp"),
    "self by an alias": ("class T:\n    def setUp(self):\n        self.ws = Mock()\n    def test(self):\n        ws = self.ws\n        ws.seen()", "self.ws", "T.setUp"),
    "a class attribute": ("class T:\n    ws = Mock()\n    def test(self):\n        self.ws.seen()", "ws", "T"),
    "a class attribute by its class": ("class T:\n    ws = Mock()\ndef test():\n    T.ws.seen()", "ws", "T"),
    "a class attribute in its class": ("class T:\n    ws = Mock()\n    x = ws.seen()", "ws", "T"),
    "the module": ("ws = Mock()\ndef test():\n    ws.seen()", "ws", ""),
    "a fixture": ("@pytest.fixture\ndef ws_mock():\n    ws = Mock()\n    return ws\ndef test(ws_mock):\n    ws_mock.seen()", "ws", "ws_mock"),
    "a fixture that yields": ("@pytest.fixture\ndef w():\n    ws = Mock()\n    yield ws\nclass T:\n    async def test(self, w):\n        w.seen()", "ws", "w"),
    "a fixture with a name": ("@pytest.fixture(name='w')\ndef make():\n    ws = Mock()\n    return ws\ndef test(w):\n    w.seen()", "ws", "make"),
    "a fixture of a fixture": ("@pytest.fixture\ndef a():\n    ws = Mock()\n    return ws\n@pytest.fixture\ndef b(a):\n    return a\ndef test(b):\n    b.seen()", "ws", "a"),
    "a fixture beside a parameter": ("@pytest.fixture\ndef w():\n    ws = Mock()\n    return ws\n@pytest.mark.parametrize('x', [1])\ndef test(x, w):\n    w.seen()", "ws", "w"),
    "a helper": ("def make():\n    ws = Mock()\n    return ws\ndef test():\n    w = make()\n    w.seen()", "ws", "make"),
    "a helper without a name": ("def make():\n    ws = Mock()\n    return ws\ndef test():\n    make().seen()", "ws", "make"),
    "an async helper": ("async def make():\n    ws = Mock()\n    return ws\nasync def test():\n    w = await make()\n    w.seen()", "ws", "make"),
    "a helper of a helper": ("def a():\n    ws = Mock()\n    return ws\ndef b():\n    return a()\ndef test():\n    w = b()\n    w.seen()", "ws", "a"),
    "a helper's context": ("@contextmanager\ndef make():\n    ws = Mock()\n    yield ws\ndef test():\n    with make() as w:\n        w.seen()", "ws", "make"),
    "a helper's method": ("class T:\n    def make(self):\n        ws = Mock()\n        return ws\n    def test(self):\n        w = self.make()\n        w.seen()", "ws", "T.make"),
    "returned with others": ("def make():\n    ws = Mock()\n    return ws, 1\ndef test():\n    ws, _ = make()\n    ws.seen()", "ws", "make"),
    "returned in a dict": ("def make():\n    ws = Mock()\n    return {'ws': ws}\ndef test():\n    make()['ws'].seen()", "ws", "make"),
    "unpacked from a list": ("def test():\n    ws = Mock()\n    for [x] in [ws]:\n        x.seen()", "ws", "test"),
    "unpacked from a list's name": ("def test():\n    ws = Mock()\n    x = [ws]\n    y, = x\n    y.seen()", "ws", "test"),
    "a list by another name": ("def test():\n    ws = Mock()\n    x = [ws]\n    y = x\n    y[0].seen()", "ws", "test"),
    "a list that is returned": ("def make():\n    ws = Mock()\n    x = [ws]\n    return x\ndef test():\n    make()[0].seen()", "ws", "make"),
    "what a dict gives": ("def test():\n    ws = Mock()\n    x = {'ws': ws}\n    x.get('ws').seen()", "ws", "test"),
    "a loop over a dict's items": ("def test():\n    ws = Mock()\n    x = {'ws': ws}\n    for _, y in x.items():\n        y.seen()", "ws", "test"),
    "appended to a list": ("def test():\n    ws = Mock()\n    x.append(ws)\n    x[0].seen()", "ws", "test"),
    "stored in a module's dict": ("X = {}\ndef test():\n    ws = Mock()\n    X['ws'] = ws\n    read()\ndef read():\n    X['ws'].seen()", "ws", "test"),
    "an object that keeps it": ("def test():\n    ws = Mock()\n    service = Service(ws)\n    service.socket.seen()", "ws", "test"),
    "an object that is given it": ("def test(service):\n    ws = Mock()\n    service.take(ws)\n    service.socket.seen()", "ws", "test"),
    "an object that is passed on": ("def test():\n    ws = Mock()\n    use(Service(ws))\ndef use(service):\n    service.socket.seen()", "ws", "test"),
    "an object that a fixture gives": ("@fixture\ndef service():\n    ws = Mock()\n    return Service(ws)\ndef test(service):\n    service.socket.seen()", "ws", "service"),
    "a fixture's object": ("@fixture\ndef ready(service):\n    ws = Mock()\n    service.ws = ws\ndef test(ready, service):\n    service.ws.seen()", "ws", "ready"),
    "a class of the module that gives it back": ("class Service:\n    def __init__(self, ws):\n        self.ws = ws\n    def give(self):\n        return self.ws\ndef test():\n    ws = Mock()\n    Service(ws).give().seen()", "ws", "test"),
    "a base's maker": ("class Base:\n    def __init__(self, ws):\n        self.ws = ws\n    def run(self):\n        self.ws.seen()\nclass Service(Base):\n    def __init__(self):\n        ws = Mock()\n        super().__init__(ws)", "ws", "Service.__init__"),
    "a base's maker elsewhere": ("class Service(Base):\n    def __init__(self):\n        ws = Mock()\n        super().__init__(ws)\ndef test():\n    Service().socket.seen()", "ws", "Service.__init__"),
    "an instance's attribute": ("def test():\n    class Service:\n        ws = Mock()\n    service = Service()\n    service.ws.seen()", "ws", "test.Service"),
    "a parameter for the rest": ("def test():\n    ws = Mock()\n    use(1, ws)\ndef use(a, *rest):\n    rest[0].seen()", "ws", "test"),
    "a parameter for other keywords": ("def test():\n    ws = Mock()\n    use(ws=ws)\ndef use(**rest):\n    rest['ws'].seen()", "ws", "test"),
    "patched": ("def test():\n    ws = Mock()\n    with patch('app.socket', ws):\n        app.socket.seen()", "ws", "test"),
    "patched and named": ("def test():\n    ws = Mock()\n    with patch('app.socket', ws) as x:\n        x.seen()", "ws", "test"),
    "a patched dict": ("def test():\n    ws = Mock()\n    with patch.dict(X, {'ws': ws}):\n        X['ws'].seen()", "ws", "test"),
    "set by its name": ("def test():\n    ws = Mock()\n    setattr(service, 'ws', ws)\n    service.ws.seen()", "ws", "test"),
    "a helper for setUp": ("class T:\n    def make(self):\n        ws = Mock()\n        return ws\n    def setUp(self):\n        self.ws = self.make()\n    def test(self):\n        self.ws.seen()", "ws", "T.make"),
}  # fmt: skip


@pytest.mark.parametrize("form", IN_REACH)
def test_a_touch_in_reach_is_found(form: str) -> None:
    code, root, where = IN_REACH[form]
    reach = reach_of(code, root, where)
    assert (
        "seen called" in touched(reach)
        or "seen() read" in touched(reach)
        or any(touch.steps[:1] == ("seen",) for touch in reach.touches)
    )
    assert reach.places


OUT_OF_REACH = {
    "another function": ("def test():\n    ws = Mock()\ndef other(ws):\n    ws.seen()", "ws", "test"),
    "a nested function's own name": ("def test():\n    ws = Mock()\n    def inner():\n        ws = 1\n        ws.seen()", "ws", "test"),
    "a nested function's parameter": ("def test():\n    ws = Mock()\n    def inner(ws):\n        ws.seen()", "ws", "test"),
    "another key": ("def test():\n    ws = Mock()\n    x = {'ws': ws, 'db': 1}\n    x['db'].seen()", "ws", "test"),
    "another attribute": ("def test():\n    ws = Mock()\n    service.ws = ws\n    service.db.seen()", "ws", "test"),
    "what an object does": ("def test():\n    ws = Mock()\n    service = Service(ws)\n    service.run().seen()", "ws", "test"),
    "a sibling": ("class T:\n    def setUp(self):\n        self.ws = Mock()\n    def test(self):\n        self.db.seen()\n        other.ws.seen()", "self.ws", "T.setUp"),
    "another class": ("class T:\n    def setUp(self):\n        self.ws = Mock()\nclass U:\n    def test(self):\n        self.ws.seen()", "self.ws", "T.setUp"),
    "a parametrized value": ("@pytest.fixture\ndef w():\n    ws = Mock()\n    return ws\n@pytest.mark.parametrize('w', [1])\ndef test(w):\n    w.seen()", "ws", "w"),
    "parametrized values": ("@pytest.fixture\ndef w():\n    ws = Mock()\n    return ws\n@pytest.mark.parametrize('w, x', [1])\ndef test(w, x):\n    w.seen()", "ws", "w"),
    "another fixture's taker": ("@pytest.fixture\ndef w():\n    ws = Mock()\n    return ws\ndef test(v):\n    v.seen()", "ws", "w"),
}  # fmt: skip


@pytest.mark.parametrize("form", OUT_OF_REACH)
def test_a_touch_of_something_else_is_not(form: str) -> None:
    code, root, where = OUT_OF_REACH[form]
    assert not any("seen" in text for text in touched(reach_of(code, root, where)))


LOST = {
    "global": ("def test():\n    global ws\n    ws = Mock()", "ws", "test", "declared global"),
    "a helper that is passed on": ("def make():\n    ws = Mock()\n    return ws\nrun(make)", "ws", "make", "without being called"),
    "getfixturevalue": ("@pytest.fixture\ndef w():\n    ws = Mock()\n    return ws\ndef test(request):\n    request.getfixturevalue('w')", "ws", "w", "getfixturevalue"),
    "passed through too many names": ("def test():\n    x0 = Mock()\n" + "".join(f"    x{i + 1} = x{i}\n" for i in range(40)), "x0", "test", "too many names"),
    "unpacked into a function": ("def test():\n    ws = Mock()\n    use(*[1, ws])\ndef use(a, b):\n    b.seen()", "ws", "test", "unpacked"),
    "set on an argument": ("def prepare(service):\n    service.ws = Mock()", "service.ws", "prepare", "its caller"),
    "a default": ("def test():\n    ws = Mock()\n    def f(a=ws): ...", "ws", "test", "default of a parameter"),
    "run by something else": ("def use(w): ...\ndef test():\n    ws = Mock()\n    pool.submit(use, ws)", "ws", "test", "together with a function"),
    "a parametrized value": ("def test():\n    ws = Mock()\n    mark = pytest.mark.parametrize('w', [ws])", "ws", "test", "parametrized"),
    "looked up by name": ("def test():\n    s = Service()\n    s.ws = Mock()\n    use(getattr(s, 'ws'))", "s.ws", "test", "looked into by name"),
    "seen by a fixture": ("@pytest.fixture\ndef s():\n    yield Service()\ndef test(s):\n    s.ws = Mock()", "s.ws", "test", "a fixture of this file"),
    "given back": ("def test():\n    ws = Mock()\n    x = cycle(ws)", "ws", "test", "gives it back"),
    "given to a lambda": ("def test():\n    ws = Mock()\n    x = (lambda y: y)(ws)", "ws", "test", "gives it back"),
}  # fmt: skip


@pytest.mark.parametrize("form", LOST)
def test_what_goes_out_of_sight_is_said(form: str) -> None:
    code, root, where, text = LOST[form]
    assert any(text in message for _, message in reach_of(code, root, where).lost)


@pytest.mark.parametrize(
    "code",
    [
        "@pytest.fixture\ndef store(): ...\ndef test(store):\n    ws = Mock()\n    run(ws, store)",
        "def test():\n    ws = Mock()\n    f(ws)\n    assert ws is x\n    g(x=ws, y=[ws])\n    assert ws in (ws, 1)",
        "def test():\n    ws = Mock()\n    other = ws\n    other.a()",
        "def test():\n    ws = Mock()\n    app.state.ws = ws",
        "def test():\n    ws = Mock()\n    call().ws = ws",
        "def test():\n    ws = Mock()\n    x = wrap(ws)\n    y: int = wrap(a=ws)",
        "def test():\n    ws = Mock()\n    d['a'] = ws\n    d['b'].x()\n    d['a'] = 1",
    ],
)
def test_what_stays_in_sight_is_not_lost(code: str) -> None:
    assert reach_of(code).lost == []


@pytest.mark.parametrize(
    ("path", "is_test"),
    [
        ("tests/test_a.py", True),
        ("a_test.py", True),
        ("app/tests.py", True),
        ("app\\test_b.py", True),
        ("test.py", True),
        ("tests/conftest.py", False),
        ("tests/helpers.py", False),
        ("testing.py", False),
    ],
)
def test_a_test_file_is_imported_by_nobody(path: str, is_test: bool) -> None:  # noqa: FBT001
    assert is_test_file(path) is is_test


def test_what_other_files_can_use_is_exported() -> None:
    fixture = "@pytest.fixture\ndef w():\n    ws = Mock()\n    return ws"
    helper = "def make():\n    ws = Mock()\n    return ws"
    assert reach_of(fixture, "ws", "w", "tests/conftest.py").exports == [
        Export("tests/conftest.py", "w", is_fixture=True)
    ]
    assert reach_of(helper, "ws", "make", "tests/helpers.py").exports == [
        Export("tests/helpers.py", "make", is_fixture=False)
    ]
    assert reach_of(fixture, "ws", "w").exports == []
    (lost,) = reach_of("ws = Mock()", "ws", "", "tests/helpers.py").lost
    assert "can be imported" in lost[1]
    code = "class T:\n    def setUp(self):\n        self.ws = Mock()"
    (lost,) = reach_of(code, "self.ws", "T.setUp", "tests/base.py").lost
    assert "can be inherited from" in lost[1]


def test_other_files_are_asked_what_they_do() -> None:
    module = module_of("def test(w):\n    w.seen()\ndef test_b():\n    a = make()\n    a.used()")
    fixture = users(module, Export("conftest.py", "w", is_fixture=True))
    helper = users(module, Export("helpers.py", "make", is_fixture=False))
    assert touched(fixture) == {"seen called"}
    assert "used called" in touched(helper)


@pytest.mark.parametrize(
    ("calls", "repeated"),
    [
        ("def test():\n    a = make()", False),
        ("def test():\n    a = make()\n    b = make()", True),
        ("def test():\n    a = make()\ndef test_b():\n    b = make()", False),
        ("def test():\n    for x in y:\n        a = make()", True),
        ("def test():\n    a = [make() for x in y]", True),
        ("while x:\n    def test():\n        a = make()", False),
    ],
)
def test_several_mocks_of_one_creation_are_known(calls: str, repeated: bool) -> None:  # noqa: FBT001
    code = f"def make():\n    ws = Mock()\n    return ws\n{calls}"
    assert reach_of(code, "ws", "make").repeated is repeated


def test_the_making_itself_is_no_touch() -> None:
    module = module_of("def test():\n    ws = Mock()\n    ws.a = 1\n    ws.b = ws.c")
    scope = scope_named(module, "test")
    body = scope.node.body
    both = find_reach(module, [("ws",)], scope, frozenset(body[:2]))
    assert touched(both) == {"b configured", "c read"}
    assert touched(find_reach(module, [("ws",)], scope, frozenset(body))) == set()


def test_what_a_test_returns_goes_nowhere() -> None:
    code = "def test():\n    ws = Mock()\n    return ws\ndef other():\n    x = test()\n    x.seen()"
    assert "seen called" not in touched(reach_of(code))


def test_a_helper_of_the_same_name_elsewhere_is_no_use() -> None:
    code = "def make():\n    ws = Mock()\n    return ws\nmake = 1"
    assert reach_of(code, "ws", "make").lost == []


def test_whatever_refers_to_itself_ends() -> None:
    helper = "def make():\n    ws = Mock()\n    ws = make()\n    return ws"
    assert reach_of(helper, "ws", "make").places
    fixture = "@pytest.fixture\ndef w(w):\n    ws = Mock()\n    w = ws\n    return w"
    assert reach_of(fixture, "ws", "w").places
    classes = "class T(x.U):\n    def setUp(self):\n        self.ws = Mock()\n        self.ws = self.ws\nclass U(x.T):\n    def test(self):\n        self.ws.seen()"
    assert "seen called" in touched(reach_of(classes, "self.ws", "T.setUp"))
    chain = "\n".join(f"def f{i}():\n    return f{i - 1}()" for i in range(1, 30))
    deep = f"def f0():\n    ws = Mock()\n    return ws\n{chain}\ndef test():\n    f29().seen()"
    assert reach_of(deep, "ws", "f0").places


def test_read_mocks_are_what_the_comparison_takes() -> None:
    assert isinstance(read("m = Mock()"), Mock)
