"""What is told of a factory's methods, held against what they really make."""

import ast
from collections.abc import Iterator
from textwrap import dedent, indent
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_migrate.contracts.contract import Factory
from ssot_migrate.contracts.outline import Attribute, Outline, outline
from ssot_migrate.families.catalogue import load_families
from ssot_migrate.shapes.reader import evaluate
from ssot_migrate.shapes.values import code_of
from tests.shapes import context
from tests.support import FACTORY

HEAD = "from unittest.mock import AsyncMock, MagicMock, Mock\n\nimport chat\n"


def told(body: str, parameters: str = "", method: str = "make") -> Outline:
    """Tell a method of a factory."""
    code = f"{HEAD}class F:\n    @staticmethod\n    def {method}({parameters}):\n{indent(dedent(body), '        ')}"
    (found,) = outline(Factory("f", "F", ast.parse(code)), load_families())
    return found


def attributes(found: Outline) -> dict[str, Attribute]:
    return {attribute.path: attribute for attribute in found.attributes}


SAMPLE = Factory("test_framework.ssot.mock_factory", "SSotMockFactory", ast.parse(FACTORY))
OUTLINES = {one.method: one for one in outline(SAMPLE, load_families())}
REQUIRED = {"create_isolated_execution_context": {"user_id": "u", "thread_id": "t"}}


def sample() -> Any:  # noqa: ANN401
    names: dict[str, Any] = {"__name__": "mock_factory"}
    exec(compile(FACTORY, "mock_factory.py", "exec"), names)  # noqa: S102 - our own sample
    return names["SSotMockFactory"]


def wrong(attribute: Attribute, found: Any) -> Iterator[str]:  # noqa: ANN401
    """Yield what is told of a live object and is not so."""
    if attribute.mock:
        kind = type(found).__mro__[1].__name__ if isinstance(found, mock.Mock) else None
        if kind != attribute.mock:
            yield f"{attribute.path} is a {kind}, told as {attribute.mock}"
    if attribute.value and eval(attribute.value) != found:  # noqa: S307 - a literal of our own
        yield f"{attribute.path} is {found!r}, told as {attribute.value}"
    if attribute.returns and attribute.returns[0] in "{['":
        if eval(attribute.returns) != found.return_value:  # noqa: S307 - likewise
            yield f"{attribute.path} returns {found.return_value!r}, told as {attribute.returns}"


@pytest.mark.parametrize("method", [m for m, one in OUTLINES.items() if one.product.mock])
def test_what_is_told_of_the_samples_factory_is_so(method: str) -> None:
    product = getattr(sample(), method)(**REQUIRED.get(method, {}))
    found = OUTLINES[method]
    told = {attribute.path: attribute for attribute in (found.product, *found.attributes)}
    for path, attribute in told.items():
        dotted = f"product.{path.replace('()', '.return_value')}".removesuffix(".")
        live = eval(dotted, {"product": product})  # noqa: S307 - a path of our own
        assert list(wrong(attribute, live)) == []
    assert set(vars(product)["_mock_children"]) <= told.keys()


def test_private_methods_are_not_told() -> None:
    assert "create_mock" in OUTLINES
    assert not [method for method in OUTLINES if method.startswith("_")]


def test_the_families_that_use_a_method_are_named() -> None:
    assert OUTLINES["create_database_session_mock"].families == ("database",)
    assert OUTLINES["create_mock"].families == ()


def test_parameters_and_where_they_land() -> None:
    found = told(
        """
        m = MagicMock(spec=kind)
        m.a.b = m.c.return_value = name
        m.text = f"{name}!"
        for key, value in (more or {}).items():
            setattr(m.inner, key, value)
        m.configure_mock(**others)
        return m
        """,
        "name, loud=not_known(), more=None, kind=None, **others",
    )
    assert found.signature == "make(name, loud=…, more=None, kind=None, **attributes)"
    assert found.open_keywords
    rows = {p.name: (p.default, p.lands, p.pairs_below, p.is_spec) for p in found.parameters}
    assert rows == {
        "name": (None, ("a.b", "c()"), None, False),
        "loud": ("…", (), None, False),
        "more": ("None", (), "inner", False),
        "kind": ("None", (), None, True),
    }
    parts = attributes(found)
    assert parts["a.b"] == Attribute("a.b", remark="the argument", parameter="name")
    assert parts["c"].parameter == "name"
    assert found.unreadable == (("text", "a formatted string"),)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("m.a = 1", Attribute("a", value="1")),
        ("m.a = -1", Attribute("a", value="-1")),
        ("m.a = (1,)", Attribute("a", value="(1,)")),
        ("m.a = {'k': [1, {2}]}", Attribute("a", value="{'k': [1, {2}]}")),
        ("m.a = chat.OPEN", Attribute("a", value="chat.OPEN")),
        ("m.a = AsyncMock()", Attribute("a", "AsyncMock")),
        ("m.a = AsyncMock(return_value=1)", Attribute("a", "AsyncMock", returns="1")),
        ("m.a = Mock(side_effect=[1])", Attribute("a", "Mock", side_effect="[1]")),
        ("m.a = Mock(side_effect=None)", Attribute("a", "Mock")),
        ("m.a = Mock(spec=chat.Socket)", Attribute("a", "Mock", spec="chat.Socket")),
        ("m.a.return_value = m", Attribute("a", "MagicMock", returns="the product itself")),
        ("m.a = [Mock(), 1]", Attribute("a", remark="[Mock, 1]")),
        ("m.a = build()", Attribute("a", unreadable="built by a call")),
        ("del m.a", Attribute("a", remark="deleted")),
        (
            "m.a = Mock(side_effect=build())",
            Attribute("a", "Mock", side_effect="something that cannot be read (built by a call)"),
        ),
        (
            "setattr(m.a, unknown, 1)",
            Attribute(
                "a",
                "MagicMock",
                unreadable="its other attributes: set under a name that cannot be read",
            ),
        ),
    ],
)
def test_an_attribute_in_words(statement: str, expected: Attribute) -> None:
    found = told(f"m = MagicMock()\n{statement}\nreturn m", "unknown")
    assert attributes(found)["a"] == expected


def test_what_a_mock_returns_is_told_below_it() -> None:
    found = told("m = MagicMock()\nm.a.return_value.b = [Mock(c=1)]\nm.d = m.a\nreturn m")
    assert [(one.path, one.mock, one.value or one.remark) for one in found.attributes] == [
        ("a", "MagicMock", None),
        ("a().b", None, "[Mock]"),
        ("a().b[0]", "Mock", None),
        ("a().b[0].c", None, "1"),
        ("d", "MagicMock", "the same as a"),
    ]


def test_a_product_that_is_called() -> None:
    found = told("m = AsyncMock(return_value=Mock(a=1))\nreturn m")
    assert found.product == Attribute("", "AsyncMock", returns="Mock")
    assert [one.path for one in found.attributes] == ["().a"]


def test_what_a_parameter_decides() -> None:
    found = told(
        """
        if kind == "a":
            return MagicMock(x=1)
        if kind == "b":
            return build()
        return Mock(x=1, y=2)
        """,
        "kind",
    )
    assert found.product.unreadable == "what is returned depends on kind"
    assert [(one.value, one.gives) for one in found.choices] == [
        ("'a'", "MagicMock, 1 attribute"),
        ("'b'", "something that cannot be read (built by a call)"),
    ]


def test_what_is_chosen_from_a_dict_of_methods() -> None:
    found = OUTLINES["create_mock_suite"]
    assert len(found.choices) == 9
    assert (found.choices[1].value, found.choices[1].gives) == (
        "'websocket'",
        "MagicMock, 7 attributes, by create_websocket_mock",
    )
    by_another = told("made = {'a': F.gone, 'b': 1, **kind}\nreturn made[kind]()", "kind")
    assert by_another.choices == ()


def test_what_may_come_instead_is_told() -> None:
    found = OUTLINES["create_mock_user_context"]
    assert found.product.mock == "MagicMock"
    ((line, text),) = [(note.line, note.text) for note in found.otherwise]
    assert text == "another object may be returned: depends on a condition"
    assert FACTORY.splitlines()[line - 1].strip() == b"return cls.user_context_class("


def test_a_suite_cannot_be_read_and_why() -> None:
    found = OUTLINES["create_mock_suite"].product
    assert found.unreadable == "a dict whose items are set one by one"


_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(), inner)
    ),
    max_leaves=12,
)


@given(_PLAIN)
def test_a_value_is_written_as_code_that_makes_it(value: object) -> None:
    node = evaluate(ast.parse(repr(value), mode="eval").body, context())
    code = code_of(node)
    assert code is not None
    assert eval(code) == value  # noqa: S307 - a literal of our own
