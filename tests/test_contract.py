"""What a factory's methods return, read from its source: held against what they really return."""

import ast
import inspect
import warnings
from textwrap import dedent, indent
from typing import Any

import pytest

from ssot_migrate.code.names import Kind
from ssot_migrate.contracts.contract import Factory
from ssot_migrate.shapes.reader import evaluate
from ssot_migrate.shapes.shape import (
    CALL,
    DELETED,
    EFFECT,
    Contract,
    Items,
    Mock,
    Node,
    Opaque,
    Value,
    child,
    follow,
)
from tests.shapes import context, disagreements, reached, result, value_of
from tests.support import FACTORY

HEAD = """
import enum
import datetime
from unittest.mock import AsyncMock, MagicMock, Mock, PropertyMock
from enum import Enum
"""


def factory(code: str, name: str = "F") -> Factory:
    return Factory("factories", name, ast.parse(HEAD + dedent(code)))


def in_class(methods: str) -> str:
    return f"class F:\n{indent(dedent(methods), '    ')}"


def contract(code: str, name: str = "make") -> Contract:
    found = factory(code).contract(name)
    assert found is not None
    return found


def live(code: str) -> Any:  # noqa: ANN401
    """Run a factory's module, and give the class."""
    names: dict[str, Any] = {}
    exec(HEAD + dedent(code), names)  # noqa: S102 - our own code
    return names["F"]


def literal(value: object) -> Value:
    key = ("constant", type(value).__name__, repr(value))
    return Value(key, truth=bool(value))


def opaque_paths(node: Node, path: str = "", seen: frozenset[int] = frozenset()) -> set[str]:
    """List where a product cannot be read."""
    if isinstance(node, Opaque):
        return {path} - ({path} if node is DELETED else set())
    if id(node) in seen:
        return set()
    below = node.children.items() if isinstance(node, Mock) else ()
    found = {p for s, n in below for p in opaque_paths(n, f"{path}.{s}", seen | {id(node)})}
    return found | ({f"{path}.*"} if isinstance(node, Mock) and node.rest else set())


# every form: the product is what the method returns

READABLE = {
    "plain block": """
        def make():
            ws = MagicMock()
            ws.send_text = AsyncMock()
            ws.client_state.CONNECTED = 1
            ws.execute.return_value.fetchone.side_effect = [1, 2]
            return ws
    """,
    "the creation itself": """
        def make():
            return AsyncMock(return_value={"a": 1}, x=MagicMock())
    """,
    "annotations": """
        def make() -> MagicMock:
            ws: MagicMock = MagicMock()
            ws.a: int = 1
            ws.b: str
            return ws
    """,
    "docstring, imports, assert, pass": """
        def make():
            \"\"\"Make it.\"\"\"
            import os
            from os import path
            ws = MagicMock()
            assert ws
            pass
            ws.path = "x"
            return ws
    """,
    "parameters and defaults": """
        def make(a=1, /, b="x", *, c=None, d=(1, 2)):
            m = Mock(a=a)
            m.b, m.c = b, c
            m.d = d
            return m
    """,
    "or default": """
        def make(result=None, empty={}, given="x"):
            m = AsyncMock()
            m.a = result or {"status": "completed"}
            m.b = empty or [1]
            m.c = given or 1
            m.d = given and 2
            m.e = result and 2
            m.f = None or 0 or "last"
            return m
    """,
    "if p is None": """
        def make(a=None, b="x"):
            if a is None:
                a = "default"
            if b is not None:
                extra = 1
            else:
                extra = 2
            m = Mock()
            m.a = a
            m.extra = extra
            m.c = "none" if a is None else "some"
            return m
    """,
    "branches on a default": """
        def make(kind="a", flag=True, items=(), name=None):
            m = AsyncMock()
            if kind == "a":
                m.a = 1
            elif kind == "b":
                m.b = 1
            if kind != "a":
                m.c = 1
            if flag:
                m.flagged = AsyncMock()
            if not flag:
                m.unflagged = 1
            if items:
                m.items = 1
            if name == None:
                m.nameless = 1
            return m
    """,
    "branches that return": """
        def make(kind="b"):
            if kind == "a":
                return Mock()
            if kind == "b":
                return AsyncMock(x=1)
            return MagicMock()
    """,
    "a method calling another": """
        @classmethod
        def make(cls):
            m = cls.other(2, c="z")
            m.d = F.other(b=1)
            m.e = cls.other(1).a
            return m

        @staticmethod
        def other(a=1, b="y", **more):
            m = AsyncMock()
            m.a = a
            m.b = b
            m.configure_mock(**more)
            return m
    """,
    "setattr over a parameter's items": """
        def make(config=None, **more):
            m = MagicMock()
            if config:
                for key, value in config.items():
                    setattr(m, key, value)
            for key, value in more.items():
                setattr(m, key, value)
            return m
    """,
    "a mapping's get": """
        def make(config=None, **more):
            m = MagicMock()
            m.a = more.get("a", {})
            m.b = (config or {"b": 1}).get("b", 2)
            m.c = {"c": Mock()}.get("d", "y")
            return m
    """,
    "setattr over a literal": """
        def make():
            m = MagicMock()
            for name in ("a", "b"):
                setattr(m, name, AsyncMock())
            for name in ["c", "d"]:
                setattr(m, f"on_{name}", 1)
            for name, value in (("e", 1), ("f", 2)):
                setattr(m, name, value)
            for name, value in [("g", AsyncMock()), ["h", Mock()]]:
                setattr(m, name, value)
            for name, value in {"i": 1, "j": [2]}.items():
                setattr(m, name, value)
            for pair in (("k", 1),):
                m.pair = pair
            for (name, (x, y)) in (("l", (1, 2)),):
                setattr(m, name, y)
            else:
                m.done = True
            setattr(m.a, "return_value", 5)
            delattr(m, "gone")
            return m
    """,
    "return inside a loop": """
        def make():
            for name in ("a", "b"):
                m = Mock()
                setattr(m, name, 1)
                return m
    """,
    "getattr in a loop": """
        def make():
            m = AsyncMock()
            for name in ("a", "b"):
                getattr(m, name).return_value = 1
            return m
    """,
    "a loop over the values of a parameter": """
        def make(names=("a", "b")):
            m = AsyncMock()
            for name in names:
                setattr(m, name, AsyncMock(return_value=name))
            return m
    """,
    "configure_mock": """
        def make(**kwargs):
            m = MagicMock()
            m.configure_mock(a=1, **{"b.c": 2, "b": Mock()})
            m.b.configure_mock(d=3)
            m.configure_mock(**kwargs)
            return m
    """,
    "dicts that hold mocks": """
        def make():
            m = MagicMock()
            m.configure_mock(**{"a": AsyncMock()})
            for name, child in {"b": AsyncMock(), "c": 1}.items():
                setattr(m, name, child)
            return F.other(m, **{"d": Mock()})

        @staticmethod
        def other(m, d):
            m.d = d
            return m
    """,
    "a dict with a name": """
        def make():
            values = {"a": 1, "b": {"c": None}}
            m = MagicMock()
            for name, value in values.items():
                setattr(m, name, value)
            m.c.configure_mock(**values)
            return m
    """,
    "AsyncMock(**kwargs)": """
        def make(**kwargs):
            return AsyncMock(**kwargs)
    """,
    "list elements": """
        def make(text="hello"):
            response = MagicMock()
            response.choices = [MagicMock()]
            response.choices[0].message.content = text
            response.usage.total_tokens = 100
            return response
    """,
    "a list with a name": """
        def make():
            choices = [MagicMock(), AsyncMock()]
            choices[0].text = "a"
            choices[1].text.return_value = "b"
            m = Mock()
            m.choices = choices
            return m
    """,
    "a product that refers to itself": """
        def make():
            client = AsyncMock()
            client.get_default_client = AsyncMock(return_value=client)
            client.me = client
            client.late = 1
            return client
    """,
    "a child with a name": """
        def make():
            m = AsyncMock()
            queue = m.queue
            queue.get = MagicMock(return_value=1)
            m.queue.put.return_value = 2
            result = m.execute.return_value
            result.fetchone = MagicMock(return_value=None)
            return m
    """,
    "shared and chained": """
        def make():
            m = MagicMock()
            m.a = m.b = AsyncMock()
            m.a.x = 1
            first, *others, last = (1, 2, 3)
            left, right = AsyncMock(), 5
            m.left = left
            m.right = right
            return m
    """,
    "attach_mock, del and type": """
        def make():
            m = MagicMock()
            m.attach_mock(AsyncMock(), "a")
            del m.b
            gone = 1
            del gone
            type(m).c = 3
            return m
    """,
    "with": """
        def make():
            m = MagicMock()
            with open("/dev/null"):
                m.a = 1
            return m
    """,
    "formatted strings": """
        def make(user="u1", thread="t1"):
            m = MagicMock()
            m.a = f"conn_{user}_{thread}"
            m.b = f"{user}"
            m.c = f""
            return m
    """,
    "imported names and constants of the module": """
        TIMEOUT = 30
        STATES = ("open", "closed")
        def make():
            from os import sep
            m = MagicMock()
            m.timeout = TIMEOUT
            for state in STATES:
                setattr(m, state, True)
            m.sep = sep
            m.kind = Enum
            m.other = enum.Enum
            return m
    """,
    "spec": """
        def make():
            return MagicMock(spec=Enum)
    """,
}


def code_of(form: str) -> str:
    code = dedent(READABLE[form])
    constants, _, method = (
        code.rpartition("\ndef make(") if "\n\n" not in code.strip() else ("", "", "")
    )
    if method:
        head = "" if "cls" in method else "@staticmethod\n"
        return f"{constants}\n{in_class(f'{head}def make({method}')}"
    return in_class(code if code.lstrip().startswith("@") else f"@staticmethod\n{code.lstrip()}")


@pytest.mark.parametrize("form", READABLE)
def test_a_product_is_read_as_what_the_method_returns(form: str) -> None:
    code = code_of(form)
    product = contract(code).product
    assert isinstance(product, Mock)
    assert list(disagreements(product, live(code).make())) == []


@pytest.mark.parametrize("form", [form for form in READABLE if form != "shared and chained"])
def test_a_readable_product_is_read_completely(form: str) -> None:
    assert opaque_paths(contract(code_of(form)).product) == set()


@pytest.mark.parametrize(
    ("form", "arguments"),
    [
        ("parameters and defaults", {"b": "y", "c": 0}),
        ("or default", {"result": "given"}),
        ("or default", {"result": ""}),
        ("or default", {"given": None}),
        ("if p is None", {"a": "x", "b": None}),
        ("branches on a default", {"kind": "b", "flag": False, "name": "x"}),
        ("branches that return", {"kind": "a"}),
        ("branches that return", {"kind": "c"}),
        ("setattr over a parameter's items", {"a": 1, "b": None}),
        ("a mapping's get", {"a": "given"}),
        ("configure_mock", {"a": 5, "z": "x"}),
        ("AsyncMock(**kwargs)", {"a": 5, "return_value": "x"}),
        ("list elements", {"text": "bye"}),
        ("formatted strings", {"user": "x"}),
    ],
)
def test_with_arguments_it_is_what_the_method_returns_for_them(
    form: str, arguments: dict[str, object]
) -> None:
    code = code_of(form)
    product = contract(code).instantiate({name: literal(v) for name, v in arguments.items()})
    assert isinstance(product, Mock)
    assert list(disagreements(product, live(code).make(**arguments))) == []


def test_each_product_is_a_fresh_one() -> None:
    found = contract(code_of("plain block"))
    first, second = found.instantiate({}), found.instantiate({})
    assert isinstance(first, Mock)
    first.children.clear()
    assert isinstance(second, Mock)
    assert second.children != {}


# what is not understood is opaque at its path and only there

OPAQUE = {
    "a call": ("m.a = build()", {".a"}),
    "a real object": ("m.a = datetime.datetime.now()", {".a"}),
    "a comprehension": ("m.a = [x for x in y]", {".a"}),
    "arithmetic": ("m.a = given + 1", {".a"}),
    "an async generator": ("async def stream():\n    yield 1\nm.a = stream", {".a"}),
    "a function": ("def answer():\n    return 1\nm.a = Mock(side_effect=answer)", {".a.!"}),
    "a lambda": ("m.a.side_effect = lambda: 1", {".a.!"}),
    "a name of the module": ("m.a = F\nm.c = len", {".a", ".c"}),
    "a mutable constant of the module": ("m.a = SHARED", {".a"}),
    "a constant that is bound twice": ("m.a = TWICE", {".a"}),
    "a parameter without a default": ("m.a = given", {".a"}),
    "an unknown truth": ("m.a = given or 1\nm.c = given and 1", {".a", ".c"}),
    "an unknown condition": ("m.a = 1 if given else 2", {".a"}),
    "a negated condition": ("m.a = not given", {".a"}),
    "a comparison": ("m.a = given == 1\nm.c = 1 < 2", {".a", ".c"}),
    "a formatted string": ("m.a = f'{given}'\nm.c = f'{1}'\nm.d = f'{b!r}'", {".a", ".c", ".d"}),
    "an item": ("m.a = given[0]\nm.c = m.x[given]", {".a", ".c"}),
    "an unknown branch": ("if given:\n    m.a = 1\nelse:\n    m.c = 1", {".a", ".c"}),
    "a branch's local": ("if given:\n    x = 1\nm.a = x", {".a"}),
    "a branch's function": ("if given:\n    def x(): return 1\nm.a = x", {".a"}),
    "a branch's deletion": ("if given:\n    del m.a", {".a"}),
    "a branch's setattr": ("if given:\n    setattr(m, 'a', 1)", {".a"}),
    "a branch's unknown setattr": ("if given:\n    setattr(m, given, 1)", {".*"}),
    "a branch's configure_mock": ("if given:\n    m.configure_mock(a=1)", {".*"}),
    "a branch that creates": ("if given:\n    m.a = AsyncMock()", {".a"}),
    "a branch that hands over": ("if given:\n    decorate(m)", {".*"}),
    "a try": ("try:\n    m.a = 1\nexcept E:\n    m.c = 1", {".a", ".c"}),
    "while": ("while given:\n    m.a = 1", {".a"}),
    "augmented": ("x = 1\nx += 1\nm.a = x\nm.c += 1", {".a", ".c"}),
    "a loop over something": ("for x in given:\n    m.a = x", {".a"}),
    "a loop that sets names": ("for x in given:\n    setattr(m, x, 1)", {".*"}),
    "a loop over items": ("for k, v in SHARED.items():\n    setattr(m, k, v)", {".*"}),
    "a loop with a break": ("for x in (1, 2):\n    m.a = x\n    break", {".a"}),
    "a loop with continue": ("for x in ('a', 'c'):\n    if x == 'c':\n        continue\n    setattr(m, x, 1)", {".*"}),
    "keywords": ("m.configure_mock(**given)", {".*"}),
    "keywords of a creation": ("m.a = AsyncMock(**given)", {".a.*"}),
    "keywords with names out of sight": ("m.configure_mock(**{given: 1})", {".*"}),
    "setattr": ("setattr(m, given, 1)", {".*"}),
    "a function of somebody else": ("decorate(m)", {".*"}),
    "somebody else's module": ("enum.decorate(target=m.x)", {".x.*"}),
    "a context manager's": ("with open('x') as f:\n    m.a = f", {".a"}),
    "a dict that is changed": ("x = {}\nm.a = x\nx['k'] = 1\nm.c = x", {".a", ".c"}),
    "a list that is changed": ("x = []\nx.append(1)\nm.a = x", {".a"}),
    "a value that is changed in place": ("m.a = {}\nm.a['k'] = 1\nm.c = []\nm.c.append(1)", {".a", ".c"}),
    "an item of something by get": ("m.a = given.get('k', 1)\nm.c = {'k': 1}.get(given, 1)", {".a", ".c"}),
    "a deleted item": ("x = {'k': 1}\ndel x['k']\nm.a = x", {".a"}),
    "a wrong unpacking": ("[x, y] = given\nm.a = x", {".a"}),
    "a starred unpacking": ("x, *y = given\nm.a = y\nm.c = x", {".a", ".c"}),
    "a set that holds mocks": ("m.a = {Mock()}", {".a"}),
    "an attribute by an unknown name": ("m.a = getattr(m, given)", {".a"}),
    "an unknown set of arguments": ("m.a = F.make(*given)\nm.c = F.make(**given)", {".a", ".c"}),
    "an unknown method": ("m.a = F.unknown()\nm.c = Other.make()", {".a", ".c"}),
}  # fmt: skip


@pytest.mark.parametrize("form", OPAQUE)
def test_what_is_not_understood_is_opaque_at_its_path_only(form: str) -> None:
    body, expected = OPAQUE[form]
    method = f"""
@staticmethod
def make(given, *more):
    m = AsyncMock()
    m.b = 'known'
    b = 'local'
{indent(body, "    ")}
    m.d_known = 'known'
    return m
"""
    code = f"SHARED = {{'a': 1}}\nTWICE = 1\nTWICE = 2\n{in_class(method)}"
    product = contract(code).product
    assert opaque_paths(product) == expected
    assert child(product, "b") == child(product, "d_known") == literal("known")


@pytest.mark.parametrize(
    "body",
    [
        "return build()",
        "m = Mock()\nif given:\n    return m\nreturn AsyncMock()",
        "m = Mock()\nmatch given:\n    case 1:\n        return m\nreturn AsyncMock()",
        "try:\n    return build()\nexcept ValueError:\n    return Mock()",
        "if F.real:\n    return F.real()\nreturn build()",
        "for x in given:\n    return Mock()",
        "raise ValueError",
        "pass",
        "yield Mock()",
        "m = Mock()\nm = wrap(m)\nreturn m",
        "return given",
    ],
)
def test_a_result_that_is_not_known_is_opaque(body: str) -> None:
    code = in_class(f"@staticmethod\ndef make(given):\n{indent(body, '    ')}")
    assert isinstance(contract(code).product, Opaque)


# a mock that may not be what is returned


def otherwise(node: Node) -> list[tuple[int, str]]:
    """List what may come in place of a product: the line in the method, and a sentence."""
    assert isinstance(node, Mock)
    first = len((HEAD + "class F:\n    @staticmethod").splitlines())
    return [(note.line - first, note.text) for note in node.otherwise]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "if F.real is not None:\n    try:\n        return F.real(given)\n    except E:\n        pass",
            [(4, "another object may be returned: depends on a condition")],
        ),
        (
            "try:\n    return build()\nexcept E:\n    pass",
            [(3, "another object may be returned: set in a way that is not understood")],
        ),
        (
            "if F.kind == 1:\n    return Mock()\nelse:\n    return AsyncMock()",
            [
                (3, "another object may be returned: depends on a condition"),
                (5, "another object may be returned: depends on a condition"),
            ],
        ),
        (
            "for one in F.known:\n    return one",
            [(3, "another object may be returned: set in a loop")],
        ),
        (
            "if not isinstance(given, str):\n    raise TypeError",
            [(3, "an error may be raised: depends on a condition")],
        ),
        ("def build():\n    return 1\nif None:\n    raise TypeError", []),
    ],
)
def test_a_mock_is_read_though_something_else_may_come_first(
    body: str, expected: list[tuple[int, str]]
) -> None:
    method = f"def make(given):\n{indent(body, '    ')}\n    m = Mock()\n    m.a = 1\n    return m"
    product = contract(in_class(f"@staticmethod\n{method}")).product
    assert child(product, "a") == literal(1)
    assert otherwise(product) == expected


def test_what_may_be_another_object_goes_along_where_a_method_hands_it_on() -> None:
    product = contract(
        in_class("""
        @classmethod
        def make(cls):
            m = cls.inner()
            m.b = 2
            return m
        @classmethod
        def inner(cls):
            if cls.real: return cls.real()
            return Mock(a=1)
        """)
    ).product
    assert (child(product, "a"), child(product, "b")) == (literal(1), literal(2))
    assert [text for _, text in otherwise(product)] == [
        "another object may be returned: depends on a condition"
    ]


def test_what_may_be_another_object_is_opaque_as_a_part() -> None:
    product = contract(
        in_class("""
        @classmethod
        def make(cls):
            return Mock(a=cls.inner(), b=[cls.inner()])
        @classmethod
        def inner(cls):
            if cls.real: return cls.real()
            return Mock(c=1)
        """)
    ).product
    for path in (("a",), ("a", "c"), ("b", "[0]"), ("b", "[0]", "c")):
        found = follow(product, path)
        assert isinstance(found, Opaque)
        assert found.reason == "another object may be returned: depends on a condition"


def test_a_method_that_only_raises_is_opaque() -> None:
    product = contract(in_class("@staticmethod\ndef make():\n    raise ValueError")).product
    assert product == Opaque("an error is raised")


def test_a_method_that_returns_nothing_returns_none() -> None:
    product = contract(in_class("@staticmethod\ndef make():\n    return")).product
    assert product == literal(None)


def test_an_async_method_is_opaque() -> None:
    found = contract(in_class("@staticmethod\nasync def make(a=1):\n    return Mock()"))
    assert isinstance(found.product, Opaque)
    assert found.parameters == ()
    assert isinstance(
        contract(
            in_class(
                "@staticmethod\ndef make():\n    return F.other()\n@staticmethod\nasync def other():\n    return Mock()"
            )
        ).product,
        Opaque,
    )


def test_a_method_that_calls_itself_ends() -> None:
    code = in_class(
        "@classmethod\ndef make(cls):\n    m = Mock()\n    m.a = cls.make()\n    return m"
    )
    node = contract(code).product
    depth = 0
    while isinstance(node, Mock):
        node, depth = child(node, "a"), depth + 1
    assert isinstance(node, Opaque)
    assert depth > 3


# classes and helpers


def agree(code: str, name: str = "make") -> Mock:
    product = contract(code, name).product
    assert isinstance(product, Mock)
    assert list(disagreements(product, getattr(live(code), name)())) == []
    return product


def test_base_classes_of_the_module_are_followed() -> None:
    code = """
    class Root:
        @classmethod
        def make(cls):
            m = cls.base()
            m.root = True
            return m

    class Base(Root):
        @classmethod
        def base(cls):
            return AsyncMock(kind="base")

        @classmethod
        def other(cls):
            return Mock()

    class F(Base, imported.Mixin, Unknown, Root):
        @classmethod
        def base(cls):
            return AsyncMock(kind="own")
    """
    found = factory(code)
    assert set(found.methods) == {"make", "base", "other"}
    product = contract(code).product
    assert child(product, "kind") == literal("own")
    assert child(product, "root") == literal(value=True)


def test_a_method_that_extends_the_inherited_one_is_read() -> None:
    agree("""
    class Root:
        @classmethod
        def make(cls, a=1):
            return AsyncMock(a=a, root=True)

    class Base(Root):
        @classmethod
        def make(cls, a=2):
            m = super().make(a)
            m.base = True
            return m

    class F(Base):
        @classmethod
        def make(cls, a=3):
            m = super().make(a=a)
            m.own = True
            return m
    """)


def test_another_class_of_the_module_has_its_own_methods() -> None:
    agree("""
    class Responses:
        @staticmethod
        def build():
            return MagicMock(own="responses")

    class F:
        @staticmethod
        def build():
            return MagicMock(own="factory")

        @classmethod
        def make(cls):
            m = AsyncMock()
            m.response = Responses.build()
            m.other = cls.build()
            return m
    """)


def test_a_class_that_inherits_from_itself_is_nobodys_problem() -> None:
    assert factory("class F(F):\n    def make(self): return Mock()").contract("make") is not None
    assert factory("class G: ...").methods == {}


def test_helper_functions_of_the_module_are_followed() -> None:
    agree("""
    def response(text="x", *tags, **more):
        m = MagicMock()
        m.text = text
        for key, value in more.items():
            setattr(m, key, value)
        return m

    def make_async(mock, *names):
        for name in names:
            setattr(mock, name, AsyncMock())

    def _add(mock, value=1, *, flag=False):
        mock.added = value
        mock.flag = flag

    class F:
        @staticmethod
        def make():
            m = MagicMock()
            m.response = response("y", status=200)
            m.other = response(**{"text": "z", "status": 404})
            make_async(m, "a", "b")
            _add(m.inner, flag=True)
            return m
    """)


def test_self_and_cls_are_filled_in_but_not_for_a_static_method() -> None:
    code = in_class("""
    def make(self):
        return self.pair(1, 2)

    @staticmethod
    def pair(a, b):
        return Mock(a=a, b=b)

    def named(this, a):
        return Mock()
    """)
    product = contract(code).product
    assert (child(product, "a"), child(product, "b")) == (literal(1), literal(2))
    assert [p.name for p in contract(code, "pair").parameters] == ["a", "b"]
    assert [p.name for p in contract(code, "make").parameters] == []


def test_a_local_name_hides_a_function_of_the_module() -> None:
    code = """
    def build():
        return Mock()

    class F:
        @staticmethod
        def make(build):
            return build()
    """
    assert isinstance(contract(code).product, Opaque)


# parameters, and where they land


def test_parameters_have_their_defaults() -> None:
    code = in_class("""
    @staticmethod
    def make(hidden, a, b=1, *rest, c, d="x", e=None, **more):
        return Mock(a=a)
    """).replace("hidden,", "hidden, /,")
    parameters = contract(code).parameters
    assert [(p.name, p.default) for p in parameters] == [
        *(("a", None), ("b", literal(1)), ("c", None), ("d", literal("x")), ("e", literal(None)))
    ]


def test_a_parameter_lands_where_it_stands_alone() -> None:
    found = contract(
        in_class("""
    @staticmethod
    def make(a=1, b=None, c="x", d=None, unused=1, both=1):
        m = AsyncMock()
        m.a = a
        m.execute = AsyncMock(return_value=b or {"time": c})
        m.choices = [MagicMock()]
        m.choices[0].content = d
        m.info = {"a": a}
        m.text = f"{a}"
        m.first = both
        m.second = both
        m.me = m
        return m
    """)
    )
    assert found.landings == {
        ("a",): "a",
        ("execute", CALL): "b",
        ("choices", "[0]", "content"): "d",
        ("first",): "both",
        ("second",): "both",
    }


def test_a_parameter_that_is_the_product_lands_nowhere() -> None:
    assert contract(in_class("@staticmethod\ndef make(a=1):\n    return a")).landings == {}


@pytest.mark.parametrize(
    ("body", "is_open"),
    [
        ("m = Mock()\nm.configure_mock(**more)\nreturn m", True),
        ("m = Mock()\nfor k, v in more.items():\n    setattr(m, k, v)\nreturn m", True),
        ("return AsyncMock(**more)", True),
        ("return F.other(**more)", True),
        ("m = Mock()\nm.more = more\nreturn m", False),
        ("m = Mock()\nm.a = more.get('a', 1)\nreturn m", False),
        ("m = Mock()\nmore.pop('b', None)\nm.configure_mock(**more)\nreturn m", False),
        ("more['x'] = 1\nreturn Mock(**more)", False),
        ("return {}", False),
    ],
)
def test_further_keywords_are_taken_only_where_they_become_attributes(
    body: str,
    is_open: bool,  # noqa: FBT001
) -> None:
    code = in_class(
        f"@staticmethod\ndef make(**more):\n{indent(body, '    ')}\n\n@staticmethod\ndef other(a=1, **rest):\n    return Mock(a=a, **rest)"
    )
    assert contract(code).open_keywords is is_open


def test_a_method_without_keywords_takes_no_others() -> None:
    assert contract(code_of("plain block")).open_keywords is False


def test_a_contract_is_read_once_and_only_of_what_there_is() -> None:
    found = factory(code_of("plain block"))
    assert found.contract("make") is found.contract("make")
    assert found.contract("unknown") is None


# the factory of the samples, written by the public interface


SAMPLE = Factory("test_framework.ssot.mock_factory", "SSotMockFactory", ast.parse(FACTORY))
#: Real objects, times and generators, and what holds them: everything else is read.
UNREADABLE = {
    "create_execution_context_mock": {".created_at"},
    "create_mock_llm_manager": {".stream_response"},
    "create_mock_user_context": {".created_at"},
    "create_isolated_execution_context": {
        *(".user_id", ".thread_id", ".run_id", ".request_id", ".websocket_client_id"),
        ".created_at",
    },
    "create_mock_websocket_emitter": {".last_ping_time"},
    "create_mock_suite": {""},
    "create_mock": {""},
}
REQUIRED: dict[str, dict[str, object]] = {
    "create_isolated_execution_context": {"user_id": "u", "thread_id": "t"},
    "create_mock_suite": {"mock_types": ["agent"]},
    "create_mock": {"mock_type": "Whatever"},
}
METHODS = [name for name in SAMPLE.methods if not name.startswith("_")]


def sample() -> Any:  # noqa: ANN401
    names: dict[str, Any] = {"__name__": "mock_factory"}
    exec(compile(FACTORY, "mock_factory.py", "exec"), names)  # noqa: S102 - our own sample
    return names["SSotMockFactory"]


@pytest.mark.parametrize("method", METHODS)
def test_the_sample_factory_is_read_as_it_is(method: str) -> None:
    found = SAMPLE.contract(method)
    assert found is not None
    assert opaque_paths(found.product) == UNREADABLE.get(method, set())
    product = getattr(sample(), method)(**REQUIRED.get(method, {}))
    assert list(disagreements(found.product, product)) == []


@pytest.mark.parametrize("method", METHODS)
def test_the_parameters_of_the_sample_factory_are_read(method: str) -> None:
    found = SAMPLE.contract(method)
    assert found is not None
    signature = inspect.signature(getattr(sample(), method))
    expected = {
        p.name: p.default for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD
    }
    read = {
        p.name: value_of(p.default) if isinstance(p.default, Value) else inspect.Parameter.empty
        for p in found.parameters
    }
    assert read == expected


@pytest.mark.parametrize("method", [m for m in METHODS if UNREADABLE.get(m) != {""}])
def test_the_parameters_of_the_sample_factory_land_where_they_do(method: str) -> None:
    """Give each parameter an object of its own to the real method, and look for it."""
    found = SAMPLE.contract(method)
    assert found is not None
    for path, name in found.landings.items():
        marker = "a value of its own"
        node: Any = getattr(sample(), method)(**(REQUIRED.get(method, {}) | {name: marker}))
        for step in path:
            node = reached(node, step)
        assert node == marker, (path, name)
    landed = set(found.landings.values())
    expected = {p.name for p in found.parameters} - {
        *("should_fail", "user_isolation", "additional_config", "config", "execution_time"),
        "connection_id" if "websocket_client_id" in landed else "",
    }
    assert landed == expected - ({"model"} if method == "nothing" else set())


def test_the_emitter_takes_further_attributes() -> None:
    emitter = SAMPLE.contract("create_mock_websocket_emitter")
    websocket = SAMPLE.contract("create_websocket_mock")
    assert emitter is not None
    assert websocket is not None
    assert emitter.open_keywords
    assert not websocket.open_keywords


def test_a_failing_bridge_has_its_side_effects() -> None:
    bridge = SAMPLE.contract("create_mock_agent_websocket_bridge")
    assert bridge is not None
    failing = bridge.instantiate({"should_fail": literal(value=True)})
    for event in ("started", "thinking", "completed"):
        effect = follow(failing, (f"notify_agent_{event}", EFFECT))
        assert isinstance(effect, Opaque)
        assert follow(bridge.product, (f"notify_agent_{event}", EFFECT)) == literal(None)


def test_a_client_gives_itself() -> None:
    client = SAMPLE.contract("create_llm_client_mock")
    assert client is not None
    assert follow(client.product, ("get_default_client", CALL)) is client.product
    live_client = sample().create_llm_client_mock()
    assert result(live_client.get_default_client()) is live_client
    choices = follow(client.product, ("chat", "completions", "create", CALL, "choices"))
    assert isinstance(choices, Items)


def test_mocks_of_a_class_name_are_followed_to_their_method() -> None:
    """``create_mock`` decides by its argument."""
    found = SAMPLE.contract("create_mock")
    assert found is not None
    with warnings.catch_warnings():
        for name in ("AsyncSession", "WebSocketManager", "AgentWebSocketBridge", "Whatever"):
            product = found.instantiate({"mock_type": literal(name)})
            assert isinstance(product, Mock), name
            assert list(disagreements(product, sample().create_mock(name))) == []
    engine = found.instantiate({"mock_type": literal("UserExecutionEngine")})
    assert opaque_paths(engine) == {".engine_id", ".created_at"}
    assert found.open_keywords is False


_PAIRS: list[tuple[object, object]] = [
    (1, 1),
    (1, 2),
    (True, 1),
    (0, False),
    (1, 1.0),
    ("a", "a"),
    ("a", "b"),
    ("a", 1),
    (None, 0),
    (None, None),
    ([1], [True]),
    ([1], (1,)),
    ({"a": 1}, {"a": 1}),
    (-1, -1),
    ("a", []),
]
_VALUES: list[object] = [0, 1, "", "x", [], [0], None, {}, {"a": 1}]


@pytest.mark.parametrize(
    ("condition", "arguments"),
    [
        *((f"a {op} b", {"a": a, "b": b}) for op in ("==", "!=") for a, b in _PAIRS),
        *((f"a {op} None", {"a": a}) for op in ("is", "is not") for a in _VALUES),
        *((f"{op} a", {"a": a}) for op in ("", "not") for a in _VALUES),
        *((f"a {op} b", {"a": a, "b": b}) for op in ("or", "and") for a in (0, "x") for b in (1, "")),
        ("MagicMock() is None", {}),
        ("[MagicMock()] is not None", {}),
        ("MagicMock()", {}),
        ("[MagicMock()]", {}),
        ("1 < 2", {}),
        ("MagicMock() in (1, 2)", {}),
        ("MagicMock() < None", {}),
        ("1 < 2 < 3", {}),
        ("1 < 2 or Enum", {}),
        ("Enum == 1 or 1 < 2", {}),
    ],
)  # fmt: skip
def test_a_condition_is_read_as_python_decides_it_or_not_at_all(
    condition: str, arguments: dict[str, object]
) -> None:
    code = in_class(f"""
    @staticmethod
    def make(a=None, b=None):
        m = MagicMock()
        if {condition}:
            m.yes = 1
        else:
            m.no = 1
        return m
    """)
    given = {
        n: evaluate(ast.parse(repr(v), mode="eval").body, context()) for n, v in arguments.items()
    }
    product = contract(code).instantiate(given)
    unknown = {".yes", ".no"}
    assert opaque_paths(product) in (set(), unknown)
    left, right = arguments.get("a"), arguments.get("b")
    if condition in {"a == b", "a != b"}:
        simple = type(left) is type(right) and isinstance(left, str | int)
        decided = (
            simple or repr(left) == repr(right) or {left is None, right is None} == {True, False}
        )
    else:
        decided = not any(op in condition for op in (" in ", "<"))
    assert not (decided and opaque_paths(product))
    if not opaque_paths(product):
        assert list(disagreements(product, live(code).make(**arguments))) == []


@pytest.mark.parametrize(
    "body",
    [
        "m.a['k'] = 1",
        "m.append(1)",
        "given.a = 1",
        "m.a()",
        "print(m)",
        "given.configure_mock(a=1)",
        "given.append(m)",
    ],
)
def test_what_happens_to_a_mock_itself_leaves_it_readable(body: str) -> None:
    code = in_class(
        f"@staticmethod\ndef make(given):\n    m = MagicMock()\n    {body}\n    return m"
    )
    product = contract(code).product
    assert isinstance(product, Mock)
    assert opaque_paths(product) == set()


def test_a_mapping_that_is_none_is_not_understood() -> None:
    code = in_class(
        "@staticmethod\ndef make():\n    m = Mock()\n    m.configure_mock(**[Mock()])\n    return m"
    )
    assert opaque_paths(contract(code).product) == {".*"}


def test_deleting_is_read() -> None:
    product = contract(code_of("attach_mock, del and type")).product
    assert child(product, "b") is DELETED
    assert isinstance(product, Mock)
    assert product.kind is Kind.MAGIC


@pytest.mark.parametrize(
    ("body", "mappings"),
    [
        ("for k, v in (more or {}).items():\n    setattr(m, k, v)", {(): "more"}),
        (
            "if more:\n    for k, v in more.items():\n        setattr(m.inner, k, v)",
            {("inner",): "more"},
        ),
        ("m.configure_mock(**(more or {}))", {(): "more"}),
        ("m.more = more", {}),
        ("for k in more or ():\n    setattr(m, k, 1)", {}),
    ],
)
def test_a_parameter_whose_pairs_become_attributes_is_known(
    body: str, mappings: dict[tuple[str, ...], str]
) -> None:
    lines = "\n".join(f"        {line}" for line in body.splitlines())
    code = (
        "from unittest.mock import MagicMock\n\n\nclass F:\n    @staticmethod\n"
        f"    def make(more=None):\n        m = MagicMock()\n{lines}\n        return m\n"
    )
    contract = Factory("f", "F", ast.parse(code)).contract("make")
    assert contract is not None
    assert contract.mappings == mappings
