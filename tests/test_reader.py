"""The one reader: what it makes of code is what unittest.mock makes of it."""

import ast
from textwrap import dedent
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssot_migrate.code.names import Kind
from ssot_migrate.shapes.reader import (
    Action,
    Context,
    Setting,
    by_depth,
    configure,
    constructor,
    evaluate,
    path_of,
    read_creation,
    read_settings,
    steps_below,
)
from ssot_migrate.shapes.shape import (
    CALL,
    DELETED,
    EFFECT,
    NONE,
    Items,
    Mock,
    Opaque,
    Value,
    child,
    follow,
    same,
)
from tests.shapes import IMPORTS, context, disagreements, expression, live, read, value_of

ONE = Value(("constant", "int", "1"), truth=True)


def call(code: str) -> ast.Call:
    found = expression(code)
    assert isinstance(found, ast.Call)
    return found


def found_in(code: str, root: tuple[str, ...] = ("m",)) -> list[Setting] | None:
    (statement,) = ast.parse(dedent(code)).body
    return read_settings(statement, root)


# values


@pytest.mark.parametrize(
    "code",
    [
        *("1", "0", "-1", "+2", "1.5", "-0.0", "2j", "True", "None", "..."),
        *("'a'", "''", "b'x'", "'a' 'b'", "[]", "[1, 'a', None]", "()", "(1,)", "(1, [2, (3,)])"),
        *("{1, 2}", "{}", "{'a': 1, 2: [3]}", "{'a': {'b': (None, True)}}", "{(1, 2): -3}"),
    ],
)
def test_a_literal_is_read_as_its_value(code: str) -> None:
    node = evaluate(expression(code), context())
    assert isinstance(node, Value)
    value = ast.literal_eval(code)
    assert value_of(node) == value
    assert repr(value_of(node)) == repr(value)
    assert node.truth in {bool(value), None}


_SIMPLE = st.none() | st.booleans() | st.integers(0, 9) | st.text("ab'", max_size=2)
_LITERAL = st.recursive(
    _SIMPLE,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_SIMPLE, inner, max_size=2),
    max_leaves=4,
)


@settings(deadline=None)
@given(_LITERAL, _LITERAL)
def test_literals_are_equal_only_when_their_values_are(left: object, right: object) -> None:
    old, new = (evaluate(expression(repr(value)), context()) for value in (left, right))
    assert same(old, new) == (repr(left) == repr(right))
    assert isinstance(old, Value)
    assert old.truth is bool(left)


@pytest.mark.parametrize(
    ("left", "right"),
    [("1", "True"), ("1", "1.0"), ("0", "False"), ("'a'", "b'a'"), ("[1]", "(1,)"), ("[]", "{}")],
)
def test_what_python_calls_equal_may_still_be_another_value(left: str, right: str) -> None:
    assert not same(evaluate(expression(left), context()), evaluate(expression(right), context()))


def test_names_are_equal_when_they_resolve_to_the_same_import() -> None:
    here = context("import os.path\nfrom os.path import join\nfrom os import path as p\nlocal = 1")
    keys = [evaluate(expression(c), here) for c in ("os.path.join", "join", "p.join")]
    assert keys == [Value(("name", "os.path.join"))] * 3
    assert evaluate(expression("(local)"), here) != evaluate(expression("local"), here)


@pytest.mark.parametrize(
    "code",
    [
        "f(1)",
        "x",
        "x.y",
        "x[0]",
        "lambda: 1",
        "f'{x}'",
        "a + b",
        "not a",
        "-x",
        "a or b",
        "await_(x)",
    ],
)
def test_anything_else_is_equal_only_to_itself(code: str) -> None:
    """Calls are never equal (DESIGN): two ``object()`` are two objects."""
    tree = ast.parse(f"{code}\n{code}").body
    first, second = (statement.value for statement in tree if isinstance(statement, ast.Expr))
    assert same(evaluate(first, context()), evaluate(first, context()))
    assert not same(evaluate(first, context()), evaluate(second, context()))
    assert not same(
        evaluate(first, context(origin="a.py")), evaluate(first, context(origin="b.py"))
    )
    node = evaluate(first, context())
    assert isinstance(node, Value)
    assert node.truth is None


def test_what_holds_mocks_is_read_as_far_as_that_goes() -> None:
    items = evaluate(expression("[Mock(), 1]"), context())
    assert isinstance(items, Items)
    assert isinstance(items.items[0], Mock)
    assert items.items[1] == ONE
    assert isinstance(evaluate(expression("(AsyncMock(),)"), context()), Items)
    for code in ("{Mock()}", "{'a': Mock()}", "{Mock(): 1}"):
        assert isinstance(evaluate(expression(code), context()), Opaque)


@pytest.mark.parametrize("code", ["[*rows]", "(*rows, 1)", "{*rows}", "{**row}", "{'a': 1, **row}"])
def test_what_unpacks_something_else_is_not_known_to_be_true(code: str) -> None:
    """``[*rows]`` is false where ``rows`` is empty; a factory's ``x or default`` would see that."""
    node = evaluate(expression(code), context())
    assert isinstance(node, Opaque)
    assert same(node, evaluate(expression(code), context()))


def test_a_context_may_know_more() -> None:
    here = context()
    known = Context(here.scope, "", lambda node: ONE if isinstance(node, ast.Name) else None)
    assert evaluate(expression("anything"), known) is ONE
    assert evaluate(expression("[anything]"), known) == Value(("List", ONE.key), truth=True)


# creations


@pytest.mark.parametrize(
    "code",
    [
        "Mock()",
        "MagicMock()",
        "AsyncMock()",
        "NonCallableMock()",
        "NonCallableMagicMock()",
        "PropertyMock(return_value=1)",
        "unittest.mock.AsyncMock()",
        "Mock(return_value=1)",
        "Mock(side_effect=[1, 2])",
        "Mock(side_effect=None)",
        "Mock(None, [1, 2], 3)",
        "Mock(None)",
        "Mock(None, None, Mock(x=1))",
        "Mock(a=1, b='x')",
        "AsyncMock(execute=Mock(), run=AsyncMock(return_value={'a': 1}))",
        "Mock(**{'a.b.return_value': 1, 'c': 2})",
        "Mock(**{'a.b': 1, 'a': Mock(c=2)})",
        "Mock(**{'return_value.x': 1}, return_value=MagicMock())",
        "MagicMock(**{'method.side_effect': [1]}, x=[Mock(), AsyncMock()])",
        "AsyncMock(return_value=MagicMock(fetchone=Mock(return_value=None)))",
        "Mock(name='a', x=1)",
        "Mock(spec=None, x=1)",
        "Mock(spec_set=None)",
        "Mock(unsafe=True, x=1)",
        "Mock(**{})",
        "mock_open(read_data='x')",
        "create_autospec(int)",
    ],
)
def test_a_creation_is_read_as_the_mock_that_it_makes(code: str) -> None:
    shape = evaluate(expression(code), context())
    assert isinstance(shape, Mock)
    assert list(disagreements(shape, live(f"m = {code}"))) == []


def test_a_spec_is_kept_for_comparison() -> None:
    here = context(f"{IMPORTS}from a import B")
    for code in (
        "Mock(B)",
        "Mock(spec=B)",
        "Mock(spec_set=B)",
        "Mock(None, None, 1, None, 'n', B)",
    ):
        assert read_creation(call(code), Kind.MOCK, here).spec == Value(("name", "a.B"))
    shape = read_creation(call("Mock(spec=['a'])"), Kind.MOCK, here)
    assert shape.spec == Value(("List", ("constant", "str", "'a'")), truth=True)


def test_a_name_is_no_attribute_and_hides_calls_from_the_parent() -> None:
    code = "m = MagicMock()\nm.a = MagicMock(name='a')\nm.b = MagicMock()\n"
    shape = read(code)
    found = live(f"{code}m.a()\nm.b()")
    assert found.method_calls == [mock.call.b()]
    assert [getattr(child(shape, step), "named", None) for step in "ab"] == [True, False]


def test_a_creation_knows_where_it_stands() -> None:
    here = context(origin="a.py")
    first, second = (evaluate(expression(code), here) for code in ("mock_open()", "\nmock_open()"))
    assert same(first, evaluate(expression("mock_open()"), here))
    assert isinstance(first, Mock)
    assert isinstance(second, Mock)
    assert first.place == ("a.py", 1, 0)


@pytest.mark.parametrize("code", ["AsyncMock(**given)", "AsyncMock(a=1, **given())"])
def test_keywords_out_of_sight_may_have_set_anything(code: str) -> None:
    shape = evaluate(expression(code), context())
    assert isinstance(shape, Mock)
    assert isinstance(child(shape, "user_id"), Opaque)
    assert isinstance(child(shape, CALL), Opaque)
    assert same(shape, evaluate(expression(code), context()))
    assert not same(shape, Mock(Kind.ASYNC))


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("Mock()", []),
        ("Mock(B, e, 1)", ["spec", "side_effect", "return_value"]),
        ("Mock(B, e, 1, w, 'n', S, p)", ["spec", "side_effect", "return_value", "wraps", "name", "spec_set", "parent"]),
        ("Mock(*args)", ["*"]),
        ("Mock(a=1, **{'b.c': 2, 'd': 3})", ["a", "d", "b.c"]),
        ("Mock(**given)", ["**"]),
        ("Mock(**{name: 1, **more})", ["**", "**"]),
    ],
)  # fmt: skip
def test_the_arguments_of_a_creation_are_listed(code: str, names: list[str]) -> None:
    assert [name for name, _ in constructor(call(code))] == names


def test_positional_arguments_are_those_of_the_mock_class() -> None:
    import inspect

    positional = [name for name, _ in constructor(call("Mock(a, b, c, d, e, f, g)"))]
    assert list(inspect.signature(mock.Mock.__init__).parameters)[1:8] == positional


def test_keywords_are_applied_as_configure_mock_does_it() -> None:
    assert by_depth([("a.b.c", 1), ("b", 2), ("a.b", 3), ("a", 4)]) == [
        *(("b", 2), ("a", 4), ("a.b", 3), ("a.b.c", 1))
    ]
    assert path_of("execute.return_value.side_effect") == ("execute", CALL, EFFECT)


# paths


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("m", ()),
        ("m.a", ("a",)),
        ("m.a.return_value.b", ("a", CALL, "b")),
        ("m.a.side_effect", ("a", EFFECT)),
        ("m.choices[0].message['x']", ("choices", "[0]", "message", "['x']")),
        ("other.a", None),
        ("m().a", None),
        ("m.a[i]", None),
        ("m[0].a", ("[0]", "a")),
    ],
)
def test_the_steps_from_a_mock_are_read(code: str, path: tuple[str, ...] | None) -> None:
    assert steps_below(expression(code), ("m",)) == path


def test_a_mock_may_be_an_attribute_of_self() -> None:
    assert steps_below(expression("self.m.a"), ("self", "m")) == ("a",)
    assert steps_below(expression("self.m"), ("self", "m")) == ()
    assert steps_below(expression("self.other.a"), ("self", "m")) is None
    assert steps_below(expression("self"), ("self", "m")) is None
    assert steps_below(expression("self[0].a"), ("self", "m")) is None


# statements that configure


@pytest.mark.parametrize(
    ("code", "paths"),
    [
        ("m.a = 1", [("a",)]),
        ("m.a: int = 1", [("a",)]),
        ("m.a = m.b = 1", [("a",), ("b",)]),
        ("m.a.return_value.b.side_effect = x", [("a", CALL, "b", EFFECT)]),
        ("m.choices[0].text = 'x'", [("choices", "[0]", "text")]),
        ("setattr(m, 'a', 1)", [("a",)]),
        ("setattr(m.b, 'return_value', 1)", [("b", CALL)]),
        ("m.attach_mock(x, 'a')", [("a",)]),
        ("m.b.attach_mock(x, 'a')", [("b", "a")]),
        ("m.configure_mock(a=1, b=2)", [("a",), ("b",)]),
        ("m.x.configure_mock(**{'b.return_value': 1, 'a': 2})", [("x", "a"), ("x", "b", CALL)]),
        ("m.configure_mock()", []),
        ("del m.a", [("a",)]),
        ("del m.a, m.b.c", [("a",), ("b", "c")]),
        ("type(m).a = x", [("a",)]),
        ("type(m.b).a = x", [("b", "a")]),
    ],
)
def test_a_statement_that_only_configures_is_read(code: str, paths: list[tuple[str, ...]]) -> None:
    found = found_in(code)
    assert found is not None
    assert [setting.path for setting in found] == paths


@pytest.mark.parametrize(
    "code",
    [
        *("m = 1", "other.a = 1", "m.a = other.b = 1", "m.a += 1", "m.a: int", "del m", "del other.a"),
        *("m.a(1)", "m.a", "await_(m)", "m.configure_mock(**given)", "m.configure_mock(given)"),
        *("m.configure_mock(**{name: 1})", "other.configure_mock(a=1)", "setattr(m, name, 1)"),
        *("setattr(other, 'a', 1)", "setattr(m, 'a')", "other.attach_mock(x, 'a')", "pass"),
        *("m.attach_mock(x, name)", "type(other).a = 1", "type(m) = 1", "m.a, m.b = 1, 2"),
        *("kind(m).a = 1", "if m: m.a = 1", "m.a[i] = 1", "print(m)"),
    ],
)  # fmt: skip
def test_any_other_statement_is_not(code: str) -> None:
    try:
        ast.parse(code)
    except SyntaxError:
        code = "type(m).a: int"
    assert not found_in(code)


def test_a_setting_says_what_it_does() -> None:
    assert [s.action for s in found_in("del m.a") or ()] == [Action.DELETE]
    assert [s.action for s in found_in("type(m).a = 1") or ()] == [Action.SET_ON_TYPE]
    assert [s.action for s in found_in("m.a = 1") or ()] == [Action.SET]
    assert [s.value for s in found_in("del m.a") or ()] == [None]


def test_a_deletion_is_kept() -> None:
    shape = Mock(Kind.MOCK)
    assert configure(shape, Setting(("a",), None, Action.DELETE), context()) is None
    assert child(shape, "a") is DELETED
    where = configure(shape, Setting(("a", "b"), expression("1")), context())
    assert where == (("a",), DELETED)


def test_a_side_effect_of_none_is_none() -> None:
    shape = read("m = Mock(side_effect=ValueError)\nm.side_effect = None")
    assert child(shape, EFFECT) == NONE


# random configuration, done and read


_NAMES = st.sampled_from(["a", "b", "execute", "user_id"])
_PATHS = st.builds(
    lambda names, last: ".".join([*names, last]),
    st.lists(st.one_of(_NAMES, st.just("return_value")), max_size=2),
    st.one_of(_NAMES, st.sampled_from(["return_value", "side_effect"])),
)
_LITERALS = st.sampled_from(
    [
        "1",
        "None",
        "'u1'",
        "True",
        "[]",
        "{'a': [1, -2]}",
        "(1, 'b')",
        "b''",
        "[{'id': 1}]",
        "{1, 2}",
    ]
)
_CLASSES = st.sampled_from(
    ["Mock", "MagicMock", "AsyncMock", "NonCallableMock", "NonCallableMagicMock"]
)


def _creation(kind: str, keywords: dict[str, str]) -> str:
    pairs = ", ".join(f"{path!r}: {value}" for path, value in keywords.items())
    return f"{kind}(**{{{pairs}}})" if pairs else f"{kind}()"


def _keywords(values: st.SearchStrategy[str], most: int = 2) -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(_PATHS, values, max_size=most)


_VALUES = st.recursive(
    _LITERALS | _CLASSES.map(lambda kind: f"{kind}()"),
    lambda inner: st.one_of(
        st.builds(_creation, _CLASSES, _keywords(inner, 1)),
        st.lists(inner, min_size=1, max_size=2).map(lambda items: f"[{', '.join(items)}]"),
    ),
    max_leaves=4,
)
_STATEMENTS = st.one_of(
    st.builds("m.{} = {}".format, _PATHS, _VALUES),
    st.builds("m.{}: object = {}".format, _PATHS, _VALUES),
    st.builds("m.{} = m.{} = {}".format, _PATHS, _PATHS, _LITERALS),
    st.builds("setattr(m, {!r}, {})".format, _NAMES, _VALUES),
    st.builds(
        lambda pairs: (
            f"m.configure_mock(**{{{', '.join(f'{k!r}: {v}' for k, v in pairs.items())}}})"
        ),
        _keywords(_VALUES),
    ),
    st.builds("del m.{}".format, _NAMES),
)


@settings(max_examples=60, deadline=None)
@given(_CLASSES, _keywords(_VALUES), st.lists(_STATEMENTS, max_size=6))
def test_configuration_is_read_as_unittest_mock_carries_it_out(
    kind: str, keywords: dict[str, str], statements: list[str]
) -> None:
    names: dict[str, Any] = {}
    creation = _creation(kind, keywords)
    try:
        exec(f"{IMPORTS}m = {creation}", names)  # noqa: S102 - our own code
    except (AttributeError, TypeError):
        return  # Such as an attribute below a value: nobody's test.
    shape = evaluate(expression(creation), context())
    assert isinstance(shape, Mock)
    for statement in statements:
        try:
            exec(statement, names)  # noqa: S102
        except (AttributeError, TypeError):
            # What mock refuses has an obstacle on its path, or deletes twice; the test ends there.
            if not statement.startswith(("del ", "m.configure_mock")) and statement.count("=") == 1:
                (refused,) = found_in(statement) or pytest.fail(statement)
                assert configure(shape, refused, context()) is not None
            return
        for setting in found_in(statement) or ():
            assert configure(shape, setting, context()) is None
    assert list(disagreements(shape, names["m"])) == []


def test_the_comparison_with_a_live_mock_can_fail() -> None:
    """What the property above rests on."""
    shape = read("m = Mock()\nm.a = 1\nm.b = AsyncMock()\ndel m.c\nm.d = [Mock()]\nm.e.f = 2")
    found = live("m = Mock()\nm.a = 2\nm.b = Mock()\nm.c = 1\nm.d = 1\nm.e = 1")
    assert list(disagreements(shape, found)) == [
        "m.a is 2, read as 1",
        "m.b is a Mock, read as a AsyncMock",
        "m.c is there, read as deleted",
        "m.d is 1, read as 1 items",
        "m.e is 1, read as a Mock",
    ]
    assert list(disagreements(shape, live("m = MagicMock()")))
    assert list(disagreements(Mock(Kind.MOCK, children={"a": ONE}), live("m = Mock()\ndel m.a")))


def test_items_of_a_list_are_configured() -> None:
    code = "m = MagicMock()\nm.choices = [MagicMock()]\nm.choices[0].message.content = 'x'"
    shape = read(code)
    assert follow(shape, ("choices", "[0]", "message", "content")) == Value(
        ("constant", "str", "'x'"), truth=True
    )
    assert list(disagreements(shape, live(code))) == []
