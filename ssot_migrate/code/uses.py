"""What code does with a value that tells what that stands for."""

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct, field

Root = tuple[str, ...]
#: Steps of a path that lead to what a mock gives, and say nothing of what that is.
_GIVING = frozenset(
    "return_value side_effect __enter__ __aenter__ __call__ __iter__ __anext__".split()
)
_PATCHES = frozenset({"patch", "object", "setattr", "setitem"})
_REPLACED_BY = frozenset({"new", "value"})


class Uses(Struct):
    """How one name, or one expression, is used."""

    #: Attributes, directly below it.
    attributes: set[str] = field(default_factory=set)
    #: What others call it: keywords, keys of dicts, attributes that it is set as, patched names.
    aliases: set[str] = field(default_factory=set)
    #: Functions and classes that it is passed to, by position.
    receivers: set[str] = field(default_factory=set)
    #: Those that it is passed to by a keyword, and what it is set on.
    holders: set[str] = field(default_factory=set)
    #: Functions and classes that give it: a patched ``get_client``, the ``connect`` of an engine.
    givers: set[str] = field(default_factory=set)

    def joined(self, other: "Uses") -> "Uses":
        """Give what two of them say together."""
        return Uses(
            self.attributes | other.attributes,
            self.aliases | other.aliases,
            self.receivers | other.receivers,
            self.holders | other.holders,
            self.givers | other.givers,
        )


class _Passing(NamedTuple):
    """One place that passes a value on."""

    value: ast.expr
    #: The field of ``Uses`` that the name goes to.
    into: str
    name: str


def uses_at(places: Iterable[ast.expr], parent: Callable[[ast.AST], ast.AST | None]) -> Uses:
    """Say what the places tell at which one value is used."""
    uses = Uses()
    values = {*places}
    holders: dict[ast.AST, None] = {}
    for place in values:
        above = parent(place)
        if isinstance(above, ast.Attribute):
            uses.attributes.add(above.attr)
        while isinstance(above, ast.keyword | ast.Lambda):
            above = parent(above)
        if isinstance(above, ast.Call | ast.Dict | ast.Assign):
            holders[above] = None
    for holder in holders:
        for passing in _passings(holder):
            if passing.value in values:
                getattr(uses, passing.into).add(passing.name)
    return uses


def patched_as(name: ast.Name, item: ast.AST | None) -> str | None:
    """Give the dotted end of what is patched where ``with patch(…) as`` binds a name."""
    match item:
        case ast.withitem(context_expr=ast.Call() as call, optional_vars=target):
            return patched(call) if target is name else None
    return None


def passed_directly(value: ast.expr, above: tuple[ast.AST, ...]) -> Uses:
    """Say how an expression is passed on by what it stands in (``above``, the nearest first)."""
    uses = Uses()
    if any(_puts_modules(node) for node in above[:2]):
        return uses
    for node in above[:2]:
        for passing in _by_value(node).get(value, ()):
            getattr(uses, passing.into).add(passing.name)
    if isinstance(above[0], ast.List | ast.Tuple | ast.Set):
        several = passed_directly(above[0], above[1:])
        uses.aliases |= {n.removesuffix("s") for n in several.aliases if n.endswith("s")}
    return uses


@lru_cache(maxsize=2)
def _by_value(node: ast.AST) -> dict[ast.expr, list[_Passing]]:
    """Give what a node passes on: what it passes is asked about one value after another."""
    found: dict[ast.expr, list[_Passing]] = {}
    for passing in _passings(node):
        found.setdefault(passing.value, []).append(passing)
    return found


def _passings(node: ast.AST) -> Iterator[_Passing]:
    match node:
        case ast.Call():
            yield from _arguments(node)
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                # A dotted key names a module.
                if isinstance(key, ast.Constant) and str(key.value).isidentifier():
                    yield _Passing(value, "aliases", str(key.value))
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _set_as(target, value)


def _puts_modules(call: ast.AST) -> bool:
    """Say whether a call puts modules in place: ``patch.dict("sys.modules", …)``."""
    match call:
        case ast.Call(args=[ast.Constant(value="sys.modules") | ast.Attribute(attr="modules"), *_]):
            return True
    return False


def _arguments(call: ast.Call) -> Iterator[_Passing]:
    if _puts_modules(call):
        return
    callee = last_name(call.func)
    target = patched(call)
    if target:
        yield from _replacements(call, target)
        return
    for argument in call.args:
        if callee:
            yield _Passing(argument, "receivers", callee)
    for keyword in call.keywords:
        if keyword.arg:
            yield _Passing(keyword.value, "aliases", keyword.arg)
            if callee:
                yield _Passing(keyword.value, "holders", callee)


def patched(call: ast.Call) -> str | None:
    """Name what a ``patch`` or ``setattr`` replaces, with what that belongs to."""
    if last_name(call.func) not in _PATCHES:
        return None
    parts: list[str] = []
    for argument in call.args[:2]:
        match argument:
            case ast.Constant(value=str(text)):
                return ".".join([*parts, *text.split(".")][-2:])
            case _:
                parts = [last_name(argument) or ""]
    return None


def _replacements(call: ast.Call, target: str) -> Iterator[_Passing]:
    for argument in call.args[1:3]:
        yield _given(argument, target)
    for keyword in call.keywords:
        if keyword.arg in _REPLACED_BY:
            yield _given(keyword.value, target)
        elif keyword.arg == "return_value":
            yield _Passing(keyword.value, "givers", target)


def _given(value: ast.expr, target: str) -> _Passing:
    """Tell a replacement from a function that gives it."""
    if isinstance(value, ast.Lambda):
        return _Passing(value.body, "givers", target)
    return _Passing(value, "aliases", target.rpartition(".")[2])


def _set_as(target: ast.expr, value: ast.expr) -> Iterator[_Passing]:
    match target:
        case ast.Subscript(value=ast.Attribute(attr="modules")):
            return
        case ast.Subscript(slice=ast.Constant(value=str(key))) if key.isidentifier():
            yield _Passing(value, "aliases", key)
    steps = _steps(target) if isinstance(target, ast.Attribute) else []
    telling = [step for step in steps if step not in _GIVING]
    if telling:
        if telling[-1] == steps[-1]:
            yield _Passing(value, "aliases", telling[-1])
        else:
            yield _Passing(value, "givers", ".".join(telling[-2:]))
        yield from (_Passing(value, "holders", step) for step in telling[-2:-1])


def _steps(expression: ast.expr) -> list[str]:
    """List the names of a chain, calls and subscripts left out."""
    steps: list[str] = []
    while True:
        match expression:
            case ast.Attribute(value=below, attr=attribute):
                steps.insert(0, attribute)
                expression = below
            case ast.Call(func=below) | ast.Subscript(value=below):
                expression = below
            case ast.Name(id=name):
                return [name, *steps]
            case _:
                return steps


def last_name(expression: ast.expr) -> str | None:
    """Give the last part of a dotted name."""
    match expression:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return None


def dotted_root(expression: ast.AST) -> Root | None:
    """Split ``self.ws`` into its names, ``None`` for anything but names and attributes."""
    names: list[str] = []
    while isinstance(expression, ast.Attribute):
        names.append(expression.attr)
        expression = expression.value
    return (expression.id, *reversed(names)) if isinstance(expression, ast.Name) else None
