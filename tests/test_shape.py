"""What a mock is: the rules of ``unittest.mock`` about children, and what counts as the same."""

from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_migrate.code.names import Kind
from ssot_migrate.shapes.shape import (
    CALL,
    DELETED,
    EFFECT,
    NONE,
    Items,
    Mock,
    Node,
    Opaque,
    Value,
    assign,
    child,
    describe,
    enter,
    follow,
    replace,
    same,
    same_kind,
    same_spec,
    spell,
    step_of,
)
from tests.shapes import kind_of, read

ONE = Value(("constant", "int", "1"), truth=True)
TWO = Value(("constant", "int", "2"), truth=True)
CLASSES = (
    *(Kind.MOCK, Kind.MAGIC, Kind.ASYNC, Kind.NON_CALLABLE, Kind.NON_CALLABLE_MAGIC),
    Kind.PROPERTY,
)
STEPS = (
    *("x", "_private", "return_value", "__aenter__", "__aexit__", "__anext__", "__aiter__"),
    *("__enter__", "__exit__", "__len__", "__iter__", "__getitem__"),
)


@given(st.sampled_from(CLASSES), st.lists(st.sampled_from(STEPS), min_size=1, max_size=4))
def test_a_child_nobody_configured_is_of_the_class_that_mock_makes(
    kind: Kind, steps: list[str]
) -> None:
    live: Any = getattr(mock, kind.value)()
    node: Node = Mock(kind)
    for step in steps:
        if not hasattr(live, step):
            return
        live, node = getattr(live, step), child(node, step_of(step))
        if not isinstance(live, mock.NonCallableMock):
            return  # What Python's protocols give by default: __len__() is 0, __aexit__() False.
        assert isinstance(node, Mock)
        assert node.kind == kind_of(live)


@pytest.mark.parametrize("kind", [Kind.MAGIC, Kind.ASYNC])
def test_an_item_of_a_mock_is_of_the_class_that_mock_makes(kind: Kind) -> None:
    item = child(Mock(kind), "[0]")
    assert isinstance(item, Mock)
    assert item.kind == kind_of(getattr(mock, kind.value)()[0])


@pytest.mark.parametrize("kind", CLASSES)
def test_a_mock_has_no_side_effect_unless_it_is_given_one(kind: Kind) -> None:
    assert getattr(mock, kind.value)().side_effect is None
    assert child(Mock(kind), EFFECT) == NONE


def test_what_a_spec_decides_is_not_guessed() -> None:
    """With a spec the async methods of the class are AsyncMock on every base (FACTS)."""
    spec = Value(("name", "a.B"))
    below = child(Mock(Kind.MAGIC, spec, place=("t", 1)), "x")
    assert below == Opaque("its spec decides", (("t", 1), "x"))
    assert child(Mock(Kind.MAGIC, spec), "x") == Opaque("its spec decides")
    assert child(Mock(Kind.AUTOSPEC), "x") == Opaque("its spec decides")
    assert child(Mock(Kind.OPEN), CALL) == Opaque("its spec decides")


def test_below_a_value_nothing_can_be_read_but_it_is_itself() -> None:
    assert child(ONE, "x") == Opaque("part of a value", (ONE.key, "x"))
    assert same(child(ONE, "x"), child(Value(ONE.key), "x"))
    assert not same(child(ONE, "x"), child(TWO, "x"))
    assert not same(child(ONE, "x"), child(ONE, "y"))


def test_below_something_opaque_everything_is() -> None:
    assert child(Opaque("why"), "x") == Opaque("why")
    assert child(Opaque("why", 1), "x") == Opaque("why", (1, "x"))


def test_a_list_of_mocks_gives_its_items() -> None:
    items = Items((Mock(Kind.ASYNC), ONE))
    assert child(items, "[0]") is items.items[0]
    assert child(items, "[1]") is ONE
    for step in ("[2]", "['a']", "append"):
        assert isinstance(child(items, step), Opaque)


def test_entering_keeps_the_child_and_following_does_not() -> None:
    shape = Mock(Kind.MAGIC)
    follow(shape, ("a", "b"))
    assert shape.children == {}
    assert enter(shape, "a") is enter(shape, "a") is child(shape, "a")
    assert enter(ONE, "a") == child(ONE, "a")


# assigning


def test_a_value_lands_where_its_path_leads() -> None:
    shape = Mock(Kind.ASYNC)
    assert assign(shape, ("execute", CALL, "fetchone", CALL), ONE) is None
    assert follow(shape, ("execute", CALL, "fetchone", CALL)) is ONE
    execute = child(shape, "execute")
    assert isinstance(execute, Mock)
    assert execute.kind is Kind.ASYNC


def test_a_value_lands_in_an_item_of_a_list() -> None:
    shape = read("m = MagicMock()\nm.choices = [MagicMock(), Mock()]")
    assert assign(shape, ("choices", "[1]", "message", "content"), ONE) is None
    assert follow(shape, ("choices", "[1]", "message", "content")) is ONE
    first = follow(shape, ("choices", "[0]"))
    assert isinstance(first, Mock)
    assert first.children == {}


@pytest.mark.parametrize(
    ("path", "obstacle"),
    [
        (("x", "y"), ("x",)),
        (("a", "x", "y", "z"), ("a", "x")),
        (("choices", "[0]"), ("choices",)),
        (("choices", "[5]", "y"), ("choices", "[5]")),
    ],
)
def test_what_stands_in_the_way_is_said(path: tuple[str, ...], obstacle: tuple[str, ...]) -> None:
    """``m.x = 1; m.x.y = 2`` is an AttributeError."""
    shape = read("m = Mock()\nm.x = 1\nm.a.x = 1\nm.choices = [Mock()]")
    where = assign(shape, path, ONE)
    assert where is not None
    assert where[0] == obstacle
    assert same(where[1], follow(shape, obstacle)) or isinstance(where[1], Opaque | Items)


def test_something_is_replaced_wherever_it_stands() -> None:
    shared = Value(("dict",))
    shape = Mock(Kind.MAGIC)
    shape.children = {"me": shape, "a": shared, "list": Items((shape,)), "b": Value(("dict",))}
    replace(Items((shape, ONE)), shared, ONE)
    assert shape.children["a"] is ONE
    assert shape.children["b"] == shared


# what is the same


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("m = Mock()", "m = Mock()", True),
        ("m = Mock()", "m = MagicMock()", True),
        ("m = MagicMock()", "m = Mock()", False),
        ("m = MagicMock()", "m = AsyncMock()", False),
        ("m = AsyncMock()", "m = MagicMock()", False),
        ("m = Mock()", "m = NonCallableMock()", False),
        ("m = Mock()\nm.a = Mock()", "m = Mock()", True),
        ("m = Mock()", "m = Mock()\nm.a = Mock()", True),
        ("m = Mock()\nm.a = AsyncMock()", "m = Mock()", False),
        ("m = AsyncMock()\nm.a = AsyncMock()", "m = AsyncMock()", True),
        ("m = Mock()\nm.a.b.c = 1", "m = Mock()\nm.a = Mock(**{'b.c': 1})", True),
        ("m = Mock()\nm.a.b.c = 1", "m = Mock()\nm.a.b.c = 2", False),
        ("m = Mock()\nm.a = 1", "m = Mock()\nm.a = True", False),
        ("m = Mock()\nm.a = 1", "m = Mock()\nm.a = 1.0", False),
        ("m = Mock()\nm.a = 1", "m = Mock()", False),
        ("m = Mock()\nm.a = [Mock()]", "m = Mock()\nm.a = [MagicMock()]", True),
        ("m = Mock()\nm.a = [Mock()]", "m = Mock()\nm.a = [Mock(), 1]", False),
        ("m = Mock()\nm.a = [Mock()]", "m = Mock()\nm.a = [Mock(x=1)]", False),
        ("m = Mock()\nm.a = [Mock()]", "m = Mock()\nm.a = [1]", False),
        ("m = Mock()\nm.side_effect = None", "m = Mock()", True),
        ("m = Mock(side_effect=[1])", "m = Mock()", False),
        ("m = Mock(name='a')", "m = Mock()", False),
        ("m = Mock()\nm.a = Mock(name='b')", "m = Mock()\nm.a = Mock(name='c')", True),
        ("m = Mock(spec=unittest.mock.Mock)", "m = Mock()", False),
        ("m = Mock()", "m = Mock(spec=unittest.mock.Mock)", False),
        ("m = Mock(spec=unittest.mock.Mock)", "m = Mock(spec_set=unittest.mock.Mock)", True),
        ("m = Mock(spec=unittest.mock.Mock)", "m = Mock(spec=unittest.mock.call)", False),
        ("m = Mock(spec=None)", "m = Mock()", True),
        ("m = Mock()\ndel m.a", "m = Mock()\ndel m.a", True),
        ("m = Mock()\ndel m.a", "m = Mock()", False),
        ("m = mock_open()", "m = mock_open()", True),
        ("m = mock_open()", "\nm = mock_open()", False),
    ],
)
def test_two_mocks_are_the_same_in_kind_and_value(old: str, new: str, expected: bool) -> None:  # noqa: FBT001
    assert same(read(old), read(new)) is expected


def test_a_widening_is_one_way() -> None:
    """``Mock`` to ``MagicMock`` is a widening and safe (DESIGN)."""
    assert same_kind(Kind.MOCK, Kind.MAGIC)
    assert [(a, b) for a in Kind for b in Kind if a is not b and same_kind(a, b)] == [
        (Kind.MOCK, Kind.MAGIC)
    ]


def test_a_spec_is_compared_as_a_value() -> None:
    spec, other = Value(("name", "a.B")), Value(("name", "a.C"))
    assert same_spec(Mock(Kind.MOCK, spec), Mock(Kind.MOCK, Value(spec.key)))
    assert not same_spec(Mock(Kind.MOCK, spec), Mock(Kind.MOCK, other))
    assert not same_spec(Mock(Kind.MOCK), Mock(Kind.MOCK, other))
    assert same_spec(Mock(Kind.MOCK), Mock(Kind.MOCK))


def test_something_opaque_is_the_same_only_as_itself() -> None:
    assert same(Opaque("why", 1), Opaque("why", 1))
    assert not same(Opaque("why", 1), Opaque("why", 2))
    assert not same(Opaque("why"), Opaque("why"))
    assert not same(Opaque("why", 1), ONE)


def test_mocks_that_anything_was_set_on_are_the_same_only_in_one_place() -> None:
    def unknown(place: object) -> Mock:
        return Mock(Kind.MOCK, rest=Opaque("set", place))

    assert same(unknown(1), unknown(1))
    assert not same(unknown(1), unknown(2))
    assert not same(unknown(None), unknown(None))
    assert not same(unknown(1), Mock(Kind.MOCK))
    assert not same(Mock(Kind.MOCK), unknown(1))
    assert child(unknown(None), "x") == child(unknown(None), EFFECT) == Opaque("set")


def product_of_itself() -> Mock:
    shape = read("m = AsyncMock()\nm.a = 1")
    shape.children["get"] = Mock(Kind.ASYNC, children={CALL: shape})
    return shape


def test_a_product_that_refers_to_itself_is_compared_to_its_end() -> None:
    old, new = product_of_itself(), product_of_itself()
    assert same(old, new)
    assign(new, ("b",), ONE)
    assert not same(old, new)


def test_a_chain_without_an_end_is_not_the_same() -> None:
    """Deeper than anybody writes; refusing is safe, and the comparison ends."""
    old, new = product_of_itself(), Mock(Kind.ASYNC, children={"a": ONE})
    inner = new
    for _ in range(100):
        inner = inner.children.setdefault("get", Mock(Kind.ASYNC))  # type: ignore[assignment]
        inner.children[CALL] = Mock(Kind.ASYNC, children={"a": ONE})
        inner = inner.children[CALL]  # type: ignore[assignment]
    assert not same(old, new)


# words


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("execute", CALL, "fetchone"), "execute().fetchone"),
        (("choices", "[0]", "x"), "choices[0].x"),
        ((CALL,), "()"),
        ((EFFECT,), "side_effect"),
        (("run", EFFECT), "run.side_effect"),
        (("[0]", "x"), "[0].x"),
    ],
)
def test_a_path_is_written_as_code_has_it(path: tuple[str, ...], text: str) -> None:
    assert spell(path) == text


@pytest.mark.parametrize(
    ("node", "words"),
    [
        (Mock(Kind.ASYNC), "AsyncMock"),
        (Mock(Kind.ASYNC, children={CALL: ONE}), "AsyncMock with a preset result"),
        (Mock(Kind.MOCK, children={EFFECT: ONE}), "Mock with a side effect"),
        (Mock(Kind.MOCK, children={EFFECT: NONE}), "Mock"),
        (Items((Mock(Kind.MOCK),)), "a list of mocks"),
        (DELETED, "something else (deleted)"),
        (ONE, "a preset value"),
    ],
)
def test_a_node_has_a_few_words_for_it(node: Node, words: str) -> None:
    assert describe(node) == words
