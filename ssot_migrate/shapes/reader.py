"""The one reader: creations and the statements that configure them, in tests and in factories."""

import ast
from collections.abc import Callable, Hashable, Iterator
from enum import Enum
from typing import TypeVar

from ssot_migrate.code.names import Kind, Scope, creation_kind, resolve
from ssot_migrate.frozen import Frozen
from ssot_migrate.shapes.shape import (
    DELETED,
    NONE,
    Items,
    Mock,
    Node,
    Opaque,
    Path,
    Value,
    assign,
    step_of,
)

#: Keywords of the mock classes that are no attributes, and that no factory product can take over.
UNKEEPABLE = {
    "wraps": "wraps= passes calls on to a real object",
    "unsafe": "unsafe= allows attributes that start with assert",
    "parent": "parent= records its calls in another mock",
}
_POSITIONAL = ("spec", "side_effect", "return_value", "wraps", "name", "spec_set", "parent")
#: Keywords that give the spec.
SPECS = ("spec", "spec_set")
#: What ``constructor`` yields that sets no attribute of the mock.
NO_SETTINGS = frozenset({*SPECS, *UNKEEPABLE, "name", "*", "**"})
T = TypeVar("T")


class Action(Enum):
    """What a setting does at its path."""

    SET = "set"
    DELETE = "delete"
    #: ``type(m).x = …``
    SET_ON_TYPE = "set on type"


class Setting(Frozen):
    """One thing that a statement configures."""

    path: Path
    #: What is put there; ``None`` for a deletion.
    value: ast.expr | None
    action: Action = Action.SET


class Context(Frozen):
    """Where an expression stands."""

    scope: Scope
    #: What makes places in this file different from those in another.
    origin: str = ""
    #: Knows more of names, calls and conditions than can be read from the expression alone.
    known: Callable[[ast.expr], Node | None] | None = None

    def place(self, node: ast.expr) -> tuple[str, int, int]:
        """Key something by where it stands."""
        return (self.origin, node.lineno, node.col_offset)


def evaluate(expression: ast.expr, context: Context) -> Node:
    """Read an expression as a shape."""
    known = context.known(expression) if context.known else None
    if known is not None:
        return known
    match expression:
        case ast.Constant():
            return _constant(expression)
        case ast.List() | ast.Tuple() | ast.Set():
            return _sequence(expression, context, [evaluate(e, context) for e in expression.elts])
        case ast.Dict():
            return _mapping(expression, context)
        case ast.UnaryOp(op=operator, operand=ast.Constant(value=int() | float()) as operand):
            return Value(("unary", type(operator).__name__, _constant(operand).key))
        case ast.Name() | ast.Attribute():
            qualified = resolve(expression, context.scope)
            if qualified:
                return Value(("name", qualified))
        case ast.Call():
            kind = creation_kind(expression, context.scope)
            if kind is not None:
                return read_creation(expression, kind, context)
    return Value(context.place(expression))


def _constant(node: ast.Constant) -> Value:
    key = ("constant", type(node.value).__name__, repr(node.value))
    return Value(key, truth=bool(node.value))


def _sequence(
    expression: ast.List | ast.Tuple | ast.Set, context: Context, nodes: list[Node]
) -> Node:
    if any(isinstance(element, ast.Starred) for element in expression.elts):
        return Opaque("a list that unpacks another", context.place(expression))
    values = [node for node in nodes if isinstance(node, Value)]
    if len(values) == len(nodes):
        key = (type(expression).__name__, *(value.key for value in values))
        return Value(key, truth=bool(nodes))
    if isinstance(expression, ast.Set):
        return Opaque("a set that holds mocks", context.place(expression))
    return Items(tuple(nodes))


def _mapping(expression: ast.Dict, context: Context) -> Node:
    pairs: list[tuple[object, object]] = []
    for key, value in zip(expression.keys, expression.values, strict=True):
        key_node = evaluate(key, context) if key else None
        value_node = evaluate(value, context)
        if not (isinstance(key_node, Value) and isinstance(value_node, Value)):
            return Opaque("a dict that holds mocks", context.place(expression))
        pairs.append((key_node.key, value_node.key))
    return Value(("dict", *pairs), truth=bool(pairs))


def read_creation(call: ast.Call, kind: Kind, context: Context) -> Mock:
    """Read a call of a mock class as a shape."""
    mock = Mock(kind, place=context.place(call))
    if kind in (Kind.AUTOSPEC, Kind.OPEN):
        return mock
    for name, value in constructor(call):
        if name in SPECS:
            mock.spec = _spec(evaluate(value, context))
        elif name == "name":
            mock.named = True
        elif name == "**":
            _unpack_into(mock, evaluate(value, context), context.place(value))
        elif name not in UNKEEPABLE and name != "*":
            configure(mock, Setting(path_of(name), value), context)
    return mock


def _unpack_into(mock: Mock, pairs: Node, place: Hashable) -> None:
    """Apply the keywords of a call that the creation hands on with ``**``."""
    for pair in pairs.items if isinstance(pairs, Items) else (pairs,):
        match pair:
            case Items(items=(Value(key=("constant", "str", str(name))), value)):
                assign(mock, path_of(ast.literal_eval(name)), value)
            case _:
                mock.rest = Opaque("set by keywords that are not in sight", place)


def _spec(node: Node) -> Node | None:
    return None if isinstance(node, Value) and node.key == NONE.key else node


def constructor(call: ast.Call) -> list[tuple[str, ast.expr]]:
    """List a creation's arguments by keyword; an entry that cannot be read is called ``**``."""
    found: list[tuple[str, ast.expr]] = []
    for name, argument in zip(_POSITIONAL, call.args, strict=False):
        found.append(("*" if isinstance(argument, ast.Starred) else name, argument))
    for keyword in call.keywords:
        found += [(keyword.arg, keyword.value)] if keyword.arg else unpacked(keyword.value)
    return by_depth(found)


def leaves(path: Path, value: ast.expr | None, scope: Scope) -> list[tuple[Path, ast.expr]]:
    """Take ``m.execute = AsyncMock(return_value=x)`` apart into what it sets below."""
    if value is None:
        return []
    if not isinstance(value, ast.Call) or not creation_kind(value, scope):
        return [(path, value)]
    found: list[tuple[Path, ast.expr]] = []
    for name, inner in constructor(value):
        if name in NO_SETTINGS:
            return []
        found += leaves((*path, *path_of(name)), inner, scope)
    return found


def by_depth(pairs: list[tuple[str, T]]) -> list[tuple[str, T]]:
    """Sort keywords as ``configure_mock`` does: ``a`` before ``a.b``."""
    return sorted(pairs, key=lambda pair: pair[0].count("."))


def unpacked(mapping: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Yield the pairs of ``**{"a.b": 1}``, or one called ``**`` where no names are in sight."""
    if not isinstance(mapping, ast.Dict):
        yield "**", mapping
        return
    for key, value in zip(mapping.keys, mapping.values, strict=True):
        known = isinstance(key, ast.Constant) and isinstance(key.value, str)
        yield (key.value if known else "**"), value  # type: ignore[union-attr]


def path_of(keyword: str) -> Path:
    """Split the keyword of ``configure_mock`` into steps: ``"execute.return_value"``."""
    return tuple(step_of(name) for name in keyword.split("."))


def configure(mock: Mock, setting: Setting, context: Context) -> tuple[Path, Node] | None:
    """Apply a setting to a shape. Gives the first obstacle on its path, as ``assign`` does."""
    node = DELETED if setting.value is None else evaluate(setting.value, context)
    return assign(mock, setting.path, node)


def steps_below(expression: ast.expr, root: tuple[str, ...]) -> Path | None:
    """Give the steps from a mock to an expression: ``m.a.return_value[0]`` below ``m``."""
    steps: list[str] = []
    names: list[str] = []
    while True:
        match expression:
            case ast.Attribute(value=below, attr=attribute):
                steps.append(step_of(attribute))
                names.append(attribute)
            case ast.Subscript(value=below, slice=ast.Constant(value=index)):
                steps.append(f"[{index!r}]")
                names.append("[")
            case ast.Name(id=name):
                names.append(name)
                names.reverse()
                steps.reverse()
                if tuple(names[: len(root)]) != root:
                    return None
                return tuple(steps[len(root) - 1 :])
            case _:
                return None
        expression = below


def read_settings(statement: ast.stmt, root: tuple[str, ...]) -> list[Setting] | None:
    """Read a statement that does nothing but configure the mock called ``root``, else ``None``."""
    match statement:
        case ast.Assign(targets=targets, value=value):
            found = [_target(target, value, root) for target in targets]
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            found = [_target(target, value, root)]
        case ast.Delete(targets=targets):
            paths = [steps_below(target, root) for target in targets]
            found = [Setting(path, None, Action.DELETE) if path else None for path in paths]
        case ast.Expr(value=ast.Call() as call):
            return _configuring_call(call, root)
        case _:
            return None
    settings = [setting for setting in found if setting]
    return settings if len(settings) == len(found) else None


def _target(target: ast.expr, value: ast.expr, root: tuple[str, ...]) -> Setting | None:
    path = steps_below(target, root)
    if path:
        return Setting(path, value)
    match target:
        case ast.Attribute(
            value=ast.Call(func=ast.Name(id="type"), args=[owner], keywords=[]), attr=attribute
        ):
            below = steps_below(owner, root)
            if below is not None:
                return Setting((*below, attribute), value, Action.SET_ON_TYPE)
    return None


def _configuring_call(call: ast.Call, root: tuple[str, ...]) -> list[Setting] | None:
    match call:
        case ast.Call(func=ast.Attribute(value=owner, attr="configure_mock"), args=[]):
            return _configure_mock(call, steps_below(owner, root))
        case ast.Call(
            func=ast.Name(id="setattr"),
            args=[owner, ast.Constant(value=str(attribute)), value],
            keywords=[],
        ):
            below = steps_below(owner, root)
            return None if below is None else [Setting((*below, step_of(attribute)), value)]
        case ast.Call(
            func=ast.Attribute(value=owner, attr="attach_mock"),
            args=[value, ast.Constant(value=str(attribute))],
            keywords=[],
        ):
            below = steps_below(owner, root)
            return None if below is None else [Setting((*below, step_of(attribute)), value)]
    return None


def _configure_mock(call: ast.Call, below: Path | None) -> list[Setting] | None:
    if below is None:
        return None
    pairs: list[tuple[str, ast.expr]] = []
    for keyword in call.keywords:
        pairs += [(keyword.arg, keyword.value)] if keyword.arg else unpacked(keyword.value)
    if any(name == "**" for name, _ in pairs):
        return None
    return [Setting((*below, *path_of(name)), value) for name, value in by_depth(pairs)]
