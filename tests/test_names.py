"""Which calls create mocks: what a name means where it stands."""

import ast
import json
import sys
from textwrap import dedent
from types import ModuleType
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_migrate.code.names import (
    KINDS,
    Bound,
    Kind,
    Scope,
    ScopeNode,
    children,
    creation_kind,
    creation_kind_of,
    open_scope,
    resolve,
    walk,
    with_article,
)

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def calls(code: str) -> list[tuple[ast.Call, Scope]]:
    """List every call of a module with the scope that it stands in, in the order of the text."""
    tree = ast.parse(dedent(code))
    found: list[tuple[ast.Call, Scope]] = []

    def visit(node: ast.AST, scope: Scope) -> None:
        if isinstance(node, ast.Call):
            found.append((node, scope))
        for below in ast.iter_child_nodes(node):
            visit(below, open_scope(below, scope) if isinstance(below, _SCOPES) else scope)

    visit(tree, open_scope(tree, None))
    return sorted(found, key=lambda pair: (pair[0].lineno, pair[0].col_offset))


def kinds(code: str) -> list[str]:
    """List the kinds of the mocks that a module's calls create."""
    read = [creation_kind(call, scope) for call, scope in calls(code)]
    return [kind.value for kind in read if kind]


def scope_of(code: str, name: str) -> Scope:
    """Open the scope of a function or class of a module, however deep."""

    def find(node: ScopeNode, parent: Scope | None) -> Scope | None:
        scope = open_scope(node, parent)
        if getattr(node, "name", "") == name:
            return scope
        inner = [n for n in ast.walk(node) if isinstance(n, _SCOPES) and n in node.body]
        return next((found for n in inner if (found := find(n, scope))), None)

    scope = find(ast.parse(dedent(code)), None)
    assert scope is not None
    return scope


# every form of import


@pytest.mark.parametrize("name", [kind.value for kind in Kind])
@pytest.mark.parametrize("module", ["unittest.mock", "mock", "mock.mock"])
def test_every_class_and_function_of_the_mock_modules_counts(module: str, name: str) -> None:
    assert hasattr(mock, name)
    assert kinds(f"from {module} import {name}\nx = {name}()") == [name]
    assert kinds(f"import {module}\nx = {module}.{name}()") == [name]
    assert kinds(f"from {module} import {name} as other\nx = other()") == [name]


def test_kinds_are_named_as_unittest_mock_names_them() -> None:
    assert set(KINDS) == {kind.value for kind in Kind}
    assert all(callable(getattr(mock, name)) for name in KINDS)


@pytest.mark.parametrize(
    "code",
    [
        "import unittest.mock as m\nx = m.AsyncMock()",
        "import unittest.mock\nx = unittest.mock.AsyncMock()",
        "from unittest import mock\nx = mock.AsyncMock()",
        "from unittest import mock as m\nx = m.AsyncMock()",
        "import mock as m\nx = m.AsyncMock()",
        "from mock import mock\nx = mock.AsyncMock()",
        "from unittest.mock import *\nx = AsyncMock()",
        "from mock import *\nx = AsyncMock()",
        "from unittest.mock import Mock, AsyncMock as A\nx = A()",
        "def f():\n    from unittest.mock import AsyncMock\n    x = AsyncMock()",
        "def f():\n    from unittest.mock import *\n\n    def g():\n        AsyncMock()",
        "def f():\n    import unittest.mock as m\n    x = m.AsyncMock()",
        "def f():\n    from unittest.mock import AsyncMock\n    def g():\n        x = AsyncMock()",
        "class T:\n    from unittest.mock import AsyncMock\n    x = AsyncMock()",
        "try:\n    from unittest.mock import AsyncMock\nexcept ImportError:\n    pass\nAsyncMock()",
        "try:\n    from unittest.mock import AsyncMock\nexcept ImportError:\n    from mock import AsyncMock\nAsyncMock()",
        "try:\n    from asyncmock import X\nexcept ImportError:\n    from unittest.mock import AsyncMock\nAsyncMock()",
        "try:\n    from unittest.mock import AsyncMock\nexcept ImportError:\n    AsyncMock = None\nAsyncMock()",
        "try:\n    from unittest.mock import AsyncMock\nexcept ImportError:\n    class AsyncMock: ...\nAsyncMock()",
        "try:\n    import os\nexcept* OSError:\n    pass\nelse:\n    from unittest.mock import AsyncMock\nAsyncMock()",
        "try:\n    import os\nfinally:\n    from unittest.mock import AsyncMock\nAsyncMock()",
        "if TYPE_CHECKING:\n    from unittest.mock import AsyncMock\nAsyncMock()",
        "if sys.version_info >= (3, 8):\n    from unittest.mock import AsyncMock\nelse:\n    from mock import AsyncMock\nAsyncMock()",
        "with suppress(ImportError):\n    from unittest.mock import AsyncMock\nAsyncMock()",
        "def test(mocker):\n    mocker.AsyncMock()",
        "def test(session_mocker):\n    session_mocker.AsyncMock()",
        "def test(mocker):\n    def inner():\n        mocker.AsyncMock()",
        "class T:\n    def test(self, *, mocker):\n        mocker.AsyncMock()",
        "x = AsyncMock()\nfrom unittest.mock import AsyncMock",
        "def f():\n    AsyncMock()\nfrom unittest.mock import AsyncMock",
    ],
)
def test_a_creation_is_seen_through_every_import(code: str) -> None:
    assert kinds(code) == ["AsyncMock"]


@pytest.mark.parametrize(
    "code",
    [
        "x = AsyncMock()",
        "class AsyncMock: ...\nx = AsyncMock()",
        "from unittest.mock import AsyncMock\nclass AsyncMock: ...\nx = AsyncMock()",
        "from unittest.mock import *\ndef AsyncMock(): ...\nx = AsyncMock()",
        "from unittest.mock import AsyncMock\ndef f():\n    class AsyncMock: ...\n    AsyncMock()",
        "from unittest.mock import AsyncMock\ndef f():\n    def AsyncMock(): ...\n    AsyncMock()",
        "from unittest.mock import AsyncMock\ndef f(AsyncMock):\n    AsyncMock()",
        "from unittest.mock import AsyncMock\ndef f(*AsyncMock):\n    AsyncMock()",
        "from unittest.mock import AsyncMock\ndef f(**AsyncMock):\n    AsyncMock()",
        "from unittest.mock import AsyncMock\ndef f(AsyncMock, /):\n    AsyncMock()",
        "from unittest.mock import AsyncMock\nAsyncMock = make\nAsyncMock()",
        "from unittest.mock import AsyncMock\ndef f():\n    for AsyncMock in xs:\n        AsyncMock()",
        "from unittest.mock import AsyncMock\ndef f():\n    with x as AsyncMock:\n        AsyncMock()",
        "from unittest.mock import AsyncMock\ndef f():\n    if (AsyncMock := g()):\n        AsyncMock()",
        "from unittest.mock import AsyncMock\ndef f():\n    [AsyncMock := y for y in ys]\n    AsyncMock()",
        "from unittest.mock import AsyncMock\ndef f():\n    try:\n        pass\n    except E as AsyncMock:\n        AsyncMock()",
        "from unittest.mock import AsyncMock\ndef f():\n    match x:\n        case [*AsyncMock]:\n            AsyncMock()",
        "from unittest.mock import AsyncMock\ndef f():\n    match x:\n        case {**AsyncMock}:\n            AsyncMock()",
        "from unittest.mock import AsyncMock\ndef f():\n    match x:\n        case A(y=[AsyncMock]):\n            AsyncMock()",
        "from unittest.mock import AsyncMock\ndef f():\n    from ours import AsyncMock\n    AsyncMock()",
        "from asynctest import AsyncMock\nAsyncMock()",
        "from .mock import AsyncMock\nAsyncMock()",
        "from . import mock\nmock.AsyncMock()",
        "from .unittest.mock import AsyncMock\nAsyncMock()",
        "from asynctest import *\nAsyncMock()",
        "import unittest\nunittest.AsyncMock()",
        "from unittest import mock\nmock.Other()\nmock.patch('x')\nmock.AsyncMock.x()",
        "from unittest.mock import patch\npatch.object(x, 'y')\npatch('z')",
        "def test(mock):\n    mock.AsyncMock()",
        "mocker = make()\nmocker.AsyncMock()",
        "def test(mocker):\n    mocker = make()\n    mocker.AsyncMock()",
        "def test(mocker):\n    mocker.patch('x')",
        "factory().AsyncMock()",
        "from unittest.mock import AsyncMock\nAsyncMock\n[AsyncMock][0]()",
        "from unittest.mock import AsyncMock\nx = 'AsyncMock()'  # AsyncMock()\n",
        'from unittest.mock import AsyncMock\ndef f():\n    """ws = AsyncMock()"""\n',
    ],
)
def test_what_only_looks_like_a_creation_is_none(code: str) -> None:
    assert [kind for kind in kinds(code) if kind == "AsyncMock"] == []


def test_a_class_body_is_not_looked_at_from_its_methods() -> None:
    code = """
    from unittest.mock import Mock

    class T:
        class Mock: ...
        a = Mock()

        def test(self):
            Mock()
    """
    assert [bool(creation_kind(call, scope)) for call, scope in calls(code)] == [False, True]


def test_a_global_statement_looks_past_the_function() -> None:
    code = """
    from unittest.mock import Mock

    def f():
        global Mock
        Mock()
        Mock = None
    """
    assert kinds(code) == ["Mock"]


def test_the_first_import_of_a_name_counts_and_an_unguarded_one_before_all() -> None:
    code = "if x:\n    from ours import Mock\nfrom unittest.mock import Mock\nMock()"
    assert kinds(code) == ["Mock"]
    code = "from ours import Mock\ntry:\n    from unittest.mock import Mock\nexcept E:\n    pass"
    (binding, _) = open_scope(ast.parse(code), None).bindings["Mock"]
    assert binding.qualified == "ours.Mock"


def test_only_a_call_creates() -> None:
    scope = open_scope(ast.parse("from unittest.mock import Mock"), None)
    (call,) = (node for node in ast.walk(ast.parse("Mock()")) if isinstance(node, ast.Call))
    assert creation_kind_of(call, scope) is Kind.MOCK
    assert creation_kind_of(call.func, scope) is None


# what a dotted name means


@pytest.mark.parametrize(
    ("imports", "expression", "qualified"),
    [
        ("import os", "os.path.join", "os.path.join"),
        ("import os.path", "os.path.join", "os.path.join"),
        ("import os.path as p", "p.join", "os.path.join"),
        ("from os import path", "path.join", "os.path.join"),
        ("from os import path as p", "p", "os.path"),
        ("from .helpers import make", "make", ".helpers.make"),
        ("from ..helpers import make as m", "m", "..helpers.make"),
        ("from . import helpers", "helpers.make", ".helpers.make"),
        ("from .. import helpers as h", "h", "..helpers"),
        ("", "os", None),
        ("import os", "os().path", None),
        ("import os", "os[0]", None),
        ("os = 1", "os.path", None),
    ],
)
def test_a_dotted_name_is_resolved_through_imports(
    imports: str, expression: str, qualified: str | None
) -> None:
    scope = open_scope(ast.parse(imports), None)
    assert resolve(ast.parse(expression, mode="eval").body, scope) == qualified


# scopes


def test_a_scope_knows_its_place() -> None:
    code = """
    class T:
        def test(self):
            def inner(x): ...
    """
    scope = scope_of(code, "inner")
    assert scope.name == "T.test.inner"
    assert scope.module.name == "<module>"
    assert [outer.name for outer in scope.chain()] == ["T.test.inner", "T.test", "<module>"]
    assert Scope(scope.node, None).name == "inner"


def test_a_scope_lists_how_its_names_are_bound() -> None:
    code = """
    def test(self, db, *args, flag=False, **more):
        import a.b, c as d
        from e import *
        x: int = 1
        y += 1
        del z
        with open(p) as (f, [g]):
            nonlocal outer
        @(w := 1)
        class Local:
            hidden = 1
        def nested(): also_hidden = 1
        numbers = [i for i in (lambda j: (k := j))(1)]
        match command:
            case {"a": first, **rest} if (late := 1): ...
            case [*others] | _: ...
        try: ...
        except E: ...
        except F as error: ...
    """
    bindings = scope_of(code, "test").bindings
    assert {name for name, found in bindings.items() if found[0].how is Bound.PARAMETER} == {
        *("self", "db", "args", "flag", "more")
    }
    assert {n: found[0].qualified for n, found in bindings.items() if found[0].qualified} == {
        "a": "a",
        "d": "c",
    }
    assert {n for n, found in bindings.items() if found[0].how is Bound.DEFINITION} == {
        *("Local", "nested")
    }
    assert {n for n, found in bindings.items() if found[0].how is Bound.OTHER} == {
        *("x", "y", "z", "f", "g", "w", "numbers", "k", "first", "rest", "late", "others"),
        "error",
    }
    assert scope_of(code, "test").foreign == {"outer"}
    assert scope_of(code, "test").stars == ["e"]


#: Statements that bind a name in ways that ``symtable``, Python's own reader of scopes, knows.
_BINDING = [
    *("a = 1", "b: int = 1", "import c.d", "from e import f as g", "def h(): pass"),
    *("class i: j = 1", "for k in []: pass", "with x as l: pass", "del m", "n += 1"),
    *("[o for o in x]", "(lambda p: p)", "[(q := r) for r in x]", "{**s}", "print(t := 1)"),
    "try:\n    u = 1\nexcept E as v:\n    w = 1\nelse:\n    y = 1\nfinally:\n    z = 1",
    "if x:\n    aa = 1\nelse:\n    bb = 1",
    "match x:\n    case {'k': cc, **dd}:\n        ee = 1\n    case [ff, *gg] as hh:\n        pass",
    "match x:\n    case {'k': 1}:\n        pass",
    "while (ii := 1):\n    jj = 1",
    *("kk, (ll, *mm) = x", "@nn\ndef oo(): pp = 1", "async def qq(): pass", "rr.attr = ss[0] = 1"),
]


@given(st.lists(st.sampled_from(_BINDING), min_size=1, max_size=6, unique=True))
def test_a_function_binds_what_python_says_it_binds(statements: list[str]) -> None:
    import symtable

    body = "\n".join("    " + line for text in statements for line in text.split("\n"))
    code = f"def test(first):\n{body}\n"
    table = symtable.symtable(code, "<test>", "exec").get_children()[0]
    expected = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_local()}
    if sys.version_info >= (3, 12) and "[o for o in x]" in statements:
        expected -= {"o"}  # PEP 709 inlines comprehensions; their names stay their own
    if sys.version_info >= (3, 12) and "[(q := r) for r in x]" in statements:
        expected -= {"r"}
    assert set(scope_of(code, "test").bindings) == expected


# walking


@given(st.lists(st.sampled_from(_BINDING), max_size=8))
def test_a_walk_sees_what_ast_walk_sees(statements: list[str]) -> None:
    tree = ast.parse("\n".join(statements))
    contexts = (ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop)
    expected = {node for node in ast.walk(tree) if not isinstance(node, contexts) and node._fields}
    assert {node for node in walk(tree) if node._fields} == expected
    for node in expected:
        assert set(children(node)) <= set(ast.iter_child_nodes(node))


def test_python_agrees_about_every_form_that_runs() -> None:
    """What is read here is what an import gives: run some forms, and look at the class."""
    package = ModuleType("ours")
    package.__dict__["AsyncMock"] = type("AsyncMock", (), {})
    forms = [
        "from unittest.mock import AsyncMock as A\nx = A()",
        "import unittest.mock as m\nx = m.AsyncMock()",
        "from unittest import mock\nx = mock.AsyncMock()",
        "from ours import AsyncMock\nx = AsyncMock()",
        "from unittest.mock import AsyncMock\nclass AsyncMock: ...\nx = AsyncMock()",
        "try:\n    from unittest.mock import AsyncMock\nexcept ImportError:\n    AsyncMock = None\nx = AsyncMock()",
        "if 1:\n    from unittest.mock import AsyncMock\nelse:\n    class AsyncMock: ...\nx = AsyncMock()",
    ]
    sys.modules["ours"] = package
    try:
        for code in forms:
            names: dict[str, object] = {}
            exec(code, names)  # noqa: S102 - our own forms
            is_mock = isinstance(names["x"], mock.AsyncMock)
            assert bool(kinds(code)) is is_mock, json.dumps(code)
    finally:
        del sys.modules["ours"]


def test_a_class_of_mock_is_spoken_of_with_its_article() -> None:
    assert [with_article(kind) for kind in ("AsyncMock", "MagicMock")] == [
        "an AsyncMock",
        "a MagicMock",
    ]
