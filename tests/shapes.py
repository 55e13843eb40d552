# ruff: noqa: ANN401 - a live mock, and what is found on it, may be anything
"""Hold a shape that was read against the mock that Python makes of the same code."""

import ast
import asyncio
from collections.abc import Iterator
from textwrap import dedent, indent
from typing import Any
from unittest import mock

from ssot_migrate.code.names import KINDS, FunctionNode, Kind, Scope, open_scope
from ssot_migrate.shapes.reader import Context, read_creation, read_settings
from ssot_migrate.shapes.reader import configure as apply
from ssot_migrate.shapes.shape import CALL, DELETED, EFFECT, Items, Mock, Node, Opaque, Value, child

IMPORTS = "import unittest.mock\nfrom unittest.mock import *\n"
_MAGICS = ("__aenter__", "__aexit__", "__anext__", "__aiter__", "__enter__", "__len__", "__iter__")


def context(imports: str = IMPORTS, origin: str = "test.py") -> Context:
    """Give a place at the end of a module that begins with these imports."""
    return Context(open_scope(ast.parse(imports), None), origin)


def expression(code: str) -> ast.expr:
    """Parse an expression."""
    return ast.parse(dedent(code).strip(), mode="eval").body


def read(code: str, root: str = "m") -> Mock:
    """Read a creation and the statements that configure it, all of them."""
    first, *rest = ast.parse(dedent(code)).body
    assert isinstance(first, ast.Assign)
    assert isinstance(first.value, ast.Call)
    here = context()
    shape = read_creation(first.value, KINDS[_name(first.value.func)], here)
    for statement in rest:
        settings = read_settings(statement, (root,))
        assert settings is not None, ast.unparse(statement)
        for setting in settings:
            assert apply(shape, setting, here) is None
    return shape


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else function.attr  # type: ignore[attr-defined]


def live(code: str, root: str = "m") -> Any:
    """Run code, and give what it leaves under a name."""
    names: dict[str, Any] = {}
    exec(IMPORTS + dedent(code), names)  # noqa: S102 - our own code
    return names[root]


def kind_of(found: object) -> str:
    """Name the class of a live mock; each mock has a subclass of its own."""
    assert isinstance(found, mock.NonCallableMock), found
    return type(found).__mro__[1].__name__


def value_of(node: Value) -> Any:
    """Make the Python value that a value's key describes."""
    return _made(node.key)


def _made(key: Any) -> Any:
    match key:
        case ("constant", "ellipsis", _):
            return ...
        case ("constant", _, str(text)):
            return ast.literal_eval(text)
        case ("unary", operator, inner):
            value = _made(inner)
            return {"USub": lambda: -value, "UAdd": lambda: +value, "Invert": lambda: ~value}[
                operator
            ]()
        case ("List", *items):
            return [_made(item) for item in items]
        case ("Tuple", *items):
            return tuple(_made(item) for item in items)
        case ("Set", *items):
            return {_made(item) for item in items}
        case ("dict", *pairs):
            return {_made(name): _made(value) for name, value in pairs}
        case ("name", str(dotted)):
            return _imported(dotted)
    raise AssertionError(key)


def _imported(dotted: str) -> Any:
    module, _, name = dotted.rpartition(".")
    return getattr(__import__(module, fromlist=[name]), name)


def reached(found: Any, step: str) -> Any:
    """Follow one step on a live object."""
    if step == CALL:
        return found.return_value
    if step == EFFECT:
        return found.side_effect
    return found[ast.literal_eval(step[1:-1])] if step.startswith("[") else getattr(found, step)


def disagreements(
    node: Node, found: Any, path: str = "m", seen: Any = frozenset()
) -> Iterator[str]:
    """Yield where a shape is wrong about a live object: a class, a value, something missing."""
    match node:
        case Mock():
            if (id(node), id(found)) in seen:
                return
            yield from _mock(node, found, path, seen | {(id(node), id(found))})
        case Items(items=items):
            if not isinstance(found, list | tuple) or len(found) != len(items):
                yield f"{path} is {found!r}, read as {len(items)} items"
                return
            for index, item in enumerate(items):
                yield from disagreements(item, found[index], f"{path}[{index}]", seen)
        case Value():
            if isinstance(found, mock.NonCallableMock) or found != value_of(node):
                yield f"{path} is {found!r}, read as {value_of(node)!r}"
            elif node.truth is not None and bool(found) is not node.truth:
                yield f"{path} is {found!r}, said to be {node.truth}"


def _mock(shape: Mock, found: Any, path: str, seen: Any) -> Iterator[str]:
    if not isinstance(found, mock.NonCallableMock):
        yield f"{path} is {found!r}, read as a {shape.kind}"
        return
    expected = {Kind.OPEN: "MagicMock"}.get(shape.kind, shape.kind.value)
    if shape.kind is not Kind.AUTOSPEC and kind_of(found) != expected:
        yield f"{path} is a {kind_of(found)}, read as a {shape.kind}"
        return
    magics = [magic for magic in _MAGICS if hasattr(found, magic)]
    for step in dict.fromkeys([*shape.children, "nobody_set_this", CALL, *magics]):
        below = child(shape, step)
        if step == EFFECT and isinstance(below, Mock):
            continue  # Where Python can iterate it, it keeps the iterator.
        if step == EFFECT and hasattr(found.side_effect, "__next__"):
            items = below.items if isinstance(below, Items) else value_of(below)  # type: ignore[arg-type]
            if len(list(found.side_effect)) != len(items):
                yield f"{path} has another side effect, read as {items!r}"
            continue
        if below is DELETED:
            if hasattr(found, step):
                yield f"{path}.{step} is there, read as deleted"
        elif not isinstance(below, Opaque):
            if step not in shape.children and isinstance(below, Mock):
                if kind_of(reached(found, step)) != below.kind:
                    yield f"{path}.{step} is a {kind_of(reached(found, step))}, not a {below.kind}"
                continue
            try:
                yield from disagreements(below, reached(found, step), f"{path}.{step}", seen)
            except AttributeError as error:
                yield f"{path}.{step}: {error}"


def scope_at(tree: ast.Module, name: str) -> Scope:
    """Open the scope of a module's function."""
    top = open_scope(tree, None)
    function = next(n for n in tree.body if isinstance(n, FunctionNode) and n.name == name)
    return open_scope(function, top)


def in_function(body: str, head: str = "def test():") -> str:
    """Put statements into a function."""
    return f"{head}\n{indent(dedent(body).strip(), '    ')}\n"


def result(awaitable: Any) -> Any:
    """Wait for what a coroutine gives."""

    async def wait() -> Any:
        return await awaitable

    return asyncio.run(wait())
