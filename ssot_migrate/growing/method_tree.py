"""What the tree of a factory's method says, and how parts of it are replaced."""

import ast
from collections.abc import Sequence
from typing import TypeGuard, TypeVar

import libcst as cst

from ssot_migrate.code.names import KINDS, MOCK_MODULES, open_scope
from ssot_migrate.growing.method_text import PRODUCT, Manner

_Suite = TypeVar("_Suite", cst.FunctionDef, cst.ClassDef)


class GrowError(Exception):
    """An edit cannot be written into the factory's source; the message says why."""


def mock_names(tree: ast.Module) -> dict[str, str]:
    """Say how the module's code names each class of mock."""
    found: dict[str, str] = {}
    for name, bindings in open_scope(tree, None).bindings.items():
        for qualified in (binding.qualified or "" for binding in bindings):
            module, _, member = qualified.rpartition(".")
            if module in MOCK_MODULES and member in KINDS:
                found[member] = name
            elif qualified in MOCK_MODULES:
                found |= {kind: f"{name}.{kind}" for kind in KINDS if kind not in found}
    return found


def product_of(function: cst.FunctionDef) -> str:
    """Name what a method returns, be it handed through a function: ``return finished(agent)``."""
    value = returned(function)
    if isinstance(value, cst.Name):
        return value.value
    if isinstance(value, cst.Call) and isinstance(value.func, cst.Name):
        names = [arg.value.value for arg in value.args if isinstance(arg.value, cst.Name)]
        mocks = (n for n in names if any(_creates(node, n) for node in function.body.body))
        if product := next(mocks, None):
            return product
    raise GrowError(f"{function.name.value} does not return its product by a name")


def returned(function: cst.FunctionDef) -> cst.BaseExpression | None:
    """Give what the last statement of a method returns."""
    last = function.body.body[-1]
    small = last.body[-1] if isinstance(last, cst.SimpleStatementLine) else None
    return small.value if isinstance(small, cst.Return) else None


def _creates(statement: cst.CSTNode, name: str) -> bool:
    value = bound_to(statement, name)
    return value is not None and is_creation(value)


def manner_of(functions: Sequence[cst.FunctionDef]) -> Manner:
    """Say how the last of some methods ends, and what it takes for that beside its own."""
    if not functions:
        return Manner()
    last, code = functions[-1], cst.Module([]).code_for_node
    params, value = last.params, returned(last)
    bare = cst.MaybeSentinel.DEFAULT
    own = [p for p in params.kwonly_params if p.name.value == "spec"]
    own += [params.star_kwarg] if params.star_kwarg else []
    if not (isinstance(value, cst.Call) and own):
        return Manner()
    try:
        product = product_of(last)
    except GrowError:
        return Manner()
    args = [arg.value.value for arg in value.args if isinstance(arg.value, cst.Name)]
    if len(args) < len(value.args) or {*args} - {product, *(p.name.value for p in own)}:
        return Manner()
    notes = (p.annotation for p in own if p.annotation and last.returns)
    anything = next((code(note.annotation) for note in notes), "")
    given = [_argument(arg, product) for arg in value.args]
    return Manner(
        tuple(code(p.with_changes(comma=bare)).strip() for p in own),
        code(value.with_changes(args=given)),
        anything,
        positional=any(function.params.params for function in functions),
    )


def _argument(arg: cst.Arg, product: str) -> cst.Arg:
    """Leave the place of the product open in a call."""
    is_product = isinstance(arg.value, cst.Name) and arg.value.value == product
    return arg.with_changes(value=cst.Name(PRODUCT)) if is_product else arg


def bound_to(statement: cst.CSTNode, target: str) -> cst.BaseExpression | None:
    """Give the value that a statement binds to just this name or attribute."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) > 1:
        return None
    small = statement.body[0]
    code = cst.Module([]).code_for_node
    if isinstance(small, cst.Assign) and len(small.targets) == 1:
        return small.value if code(small.targets[0].target) == target else None
    if isinstance(small, cst.AnnAssign):
        return small.value if code(small.target) == target else None
    return None


def sets_on(statement: cst.CSTNode, name: str) -> bool:
    """Say whether a statement only sets something on the product."""
    if not isinstance(statement, cst.SimpleStatementLine):
        return False
    small = statement.body[0]
    if not isinstance(small, cst.Assign):
        return False
    return cst.Module([]).code_for_node(small.targets[0].target).startswith(f"{name}.")


def sets_mock(statement: cst.CSTNode) -> bool:
    """Say whether a statement sets a mock."""
    small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    return isinstance(small, cst.Assign) and is_creation(small.value)


def is_creation(value: cst.BaseExpression) -> bool:
    """Say whether an expression creates a mock."""
    function = value.func if isinstance(value, cst.Call) else None
    name = function.attr if isinstance(function, cst.Attribute) else function
    return isinstance(name, cst.Name) and name.value in KINDS


def is_static(node: cst.CSTNode) -> TypeGuard[cst.FunctionDef]:
    """Say whether this is one of the methods that create mocks and need nothing else for it."""
    if not isinstance(node, cst.FunctionDef) or not node.name.value.startswith("create_"):
        return False
    return any(
        isinstance(d.decorator, cst.Name) and d.decorator.value == "staticmethod"
        for d in node.decorators
    )


def is_literal(text: str) -> bool:
    """Say whether a source is a literal."""
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return False
    return True


def is_constant(text: str) -> bool:
    """Say whether a literal can be a default: nobody can change it."""
    return is_literal(text) and isinstance(ast.literal_eval(text), str | int | float | None)


def with_body(node: _Suite, body: Sequence[cst.CSTNode]) -> _Suite:
    """Give a class or function with another body."""
    return node.with_changes(body=node.body.with_changes(body=body))


def replaced(function: cst.FunctionDef, old: cst.CSTNode, new: cst.CSTNode) -> cst.FunctionDef:
    """Replace a part of a function."""
    result = function.deep_replace(old, new)
    if isinstance(result, cst.FunctionDef):
        return result
    raise GrowError(f"{function.name.value} cannot be changed")
