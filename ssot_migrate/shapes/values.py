"""Values that an interpreter of shapes computes with: truth, comparison, text, pairs."""

import ast
from collections.abc import Callable, Sequence
from typing import Any

from ssot_migrate.shapes.shape import NONE, PROBE, Items, Mock, Node, Opaque, Value

_NUMBERS = frozenset({"bool", "int", "float", "complex"})
_BRACKETS = {"List": "[]", "Tuple": "()", "Set": "{}"}
_SIGNS = {"USub": "-", "UAdd": "+", "Invert": "~", "Not": "not "}
#: Methods that change a list, dict or set in place.
MUTATORS = frozenset(
    """add append clear discard extend insert pop popitem remove reverse setdefault sort
    update""".split()
)


def truth_of(node: Node) -> bool | None:
    """Say whether a node is true in a condition, ``None`` where that is not known."""
    if isinstance(node, Value):
        return node.truth
    if isinstance(node, Items):
        return bool(node.items)
    return True if isinstance(node, Mock) else None


def boolean(value: bool) -> Value:  # noqa: FBT001 - it is the value itself
    """Make the value ``True`` or ``False``."""
    return Value(("constant", "bool", repr(value)), truth=value)


def compare(left: Node, operator: ast.cmpop, right: Node) -> Node:
    """Compare two nodes as far as ``is`` and ``==`` of literals go."""
    positive = isinstance(operator, ast.Is | ast.Eq)
    if not (positive or isinstance(operator, ast.IsNot | ast.NotEq)):
        return Opaque("a condition")
    if isinstance(left, Mock | Items) and right == NONE:
        return boolean(not positive)
    equal = _equal(left, right)
    return Opaque("a condition") if equal is None else boolean(equal is positive)


def _equal(left: Node, right: Node) -> bool | None:
    """Compare literals, ``None`` where those of two types may be equal, as ``1`` and ``True``."""
    if not (isinstance(left, Value) and isinstance(right, Value)):
        return None
    if not (is_constant(left) and is_constant(right)):
        return None
    if left.key == right.key:
        return True
    match left.key, right.key:
        case ("constant", str(a), _), ("constant", str(b), _):
            return None if a != b and {a, b} <= _NUMBERS else False
        case (a, *_), (b, *_) if a == b or {a, b} == {"constant", "unary"}:
            return None
    return False


def is_constant(node: Node) -> bool:
    """Say whether a value is a literal, a probe included, so that it is surely not another one."""
    kinds = {"constant", "dict", "List", "Tuple", "Set", "unary", PROBE}
    return isinstance(node, Value) and isinstance(node.key, tuple) and node.key[0] in kinds


def either(values: list[ast.expr], evaluate: Callable[[ast.expr], Node], *, stop: bool) -> Node:
    """Evaluate ``or`` (stops at the first true value) or ``and`` (at the first false one)."""
    for expression in values[:-1]:
        node = evaluate(expression)
        truth = truth_of(node)
        if truth is None:
            return Opaque("depends on the argument's truth")
        if truth is stop:
            return node
    return evaluate(values[-1])


def join(parts: list[ast.expr], evaluate: Callable[[ast.expr], Node]) -> Node:
    """Evaluate a formatted string whose parts are all known texts."""
    texts: list[str] = []
    for part in parts:
        plain = isinstance(part, ast.FormattedValue) and not (
            part.format_spec or part.conversion != -1
        )
        value = part.value if isinstance(part, ast.FormattedValue) and plain else part
        text = text_of(evaluate(value)) if plain or isinstance(part, ast.Constant) else None
        if text is None:
            return Opaque("a formatted string")
        texts.append(text)
    joined = "".join(texts)
    return Value(("constant", "str", repr(joined)), truth=bool(joined))


def text_of(node: Node) -> str | None:
    """Give the text of a string literal, ``None`` for anything else."""
    match node:
        case Value(key=("constant", "str", str(text))):
            value = ast.literal_eval(text)
            return value if isinstance(value, str) else None
    return None


def mapping_of(pairs: list[tuple[str, Node]]) -> Node:
    """Make the mapping that a function gets for ``**kwargs``."""
    items = tuple(Items((Value(("constant", "str", repr(n))), v)) for n, v in pairs)
    return Items(items)


def pairs_of(node: Node) -> list[tuple[Node, Node]] | None:
    """List the pairs of a mapping: a literal dict, or the keywords of a call."""
    if isinstance(node, Items):
        pairs: list[tuple[Node, Node]] = []
        for item in node.items:
            match item:
                case Items(items=(name, value)):
                    pairs.append((name, value))
                case _:
                    return None
        return pairs
    if isinstance(node, Value) and isinstance(node.key, tuple) and node.key[0] == "dict":
        return [(value_of_key(key), value_of_key(value)) for key, value in node.key[1:]]
    return None


def get(pairs: list[tuple[Node, Node]] | None, name: Node, default: Node) -> Node | None:
    """Give what a mapping's ``get`` returns, ``None`` where the names are not all known."""
    known, text = named_pairs(pairs), text_of(name)
    return None if known is None or text is None else dict(known).get(text, default)


def named_pairs(pairs: list[tuple[Node, Node]] | None) -> list[tuple[str, Node]] | None:
    """Give pairs whose names are all known texts, ``None`` for anything else."""
    named = [(text_of(name), value) for name, value in pairs or ()]
    known = [(name, value) for name, value in named if name]
    return known if pairs is not None and len(known) == len(named) else None


def parts_of(node: Node) -> Sequence[Node] | None:
    """List the items of a list or tuple, ``None`` for anything else."""
    match node:
        case Items(items=items):
            return items
        case Value(key=(("List" | "Tuple"), *keys)):
            return [value_of_key(key) for key in keys]
    return None


def noun(node: Node) -> str:
    """Name the type of a value."""
    match node:
        case Value(key=(("dict" | "List" | "Set") as kind, *_)):
            return f"a {kind.lower()}"
    return "something"


def code_of(node: Node) -> str | None:
    """Write a value as code would, ``None`` for anything that is more than literals and names."""
    return _code(node.key) if isinstance(node, Value) else None


def _code(key: Any) -> str | None:  # noqa: ANN401 - keys nest without end
    match key:
        case ("constant", str(), str(text)) | ("name", str(text)):
            return text
        case ("unary", str(operator), inner):
            operand = _code(inner)
            return None if operand is None else f"{_SIGNS[operator]}{operand}"
        case ("dict", *pairs):
            return _display("{}", [_pair(_code(name), _code(value)) for name, value in pairs])
        case ("List" | "Tuple" | "Set", *items):
            return _display(_BRACKETS[key[0]], [_code(item) for item in items])
    return None


def _pair(name: str | None, value: str | None) -> str | None:
    return None if name is None or value is None else f"{name}: {value}"


def _display(brackets: str, items: list[str | None]) -> str | None:
    known = [item for item in items if item is not None]
    comma = "," if brackets == "()" and len(items) == 1 else ""
    text = f"{brackets[0]}{', '.join(known)}{comma}{brackets[1]}"
    return text if len(known) == len(items) else None


def value_of_key(key: object) -> Value:
    """Make a value of a key that was part of a larger one."""
    match key:
        case ("constant", str(), str(text)):
            return Value(key, truth=bool(ast.literal_eval(text)))
        case (("dict" | "List" | "Tuple" | "Set"), *items):
            return Value(key, truth=bool(items))
    return Value(key)
