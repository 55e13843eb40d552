"""Rule ``wrong-await``: what a factory's method gives, taken for something else."""

import ast
from collections.abc import Iterator, Sequence
from types import CoroutineType

from ssot_migrate.code.module import Module
from ssot_migrate.code.names import Bound, FunctionNode, Kind, with_article
from ssot_migrate.code.sites import Told, report
from ssot_migrate.code.spot import spot_of
from ssot_migrate.contracts.interface import Method, Result
from ssot_migrate.families.family import Rule
from ssot_migrate.finding.draft import Rules
from ssot_migrate.model import Violation
from ssot_migrate.rules.expected import is_expected
from ssot_migrate.rules.references import Reference
from ssot_migrate.shapes.shape import Mock, Node, Opaque

#: Mocks that are objects of a mock class; not one of these can be awaited.
_OBJECTS = frozenset(Kind) - {Kind.AUTOSPEC, Kind.OPEN}
#: What a coroutine has itself.
_OF_COROUTINE = frozenset(dir(CoroutineType))
_GIVEN = Opaque("an argument")
_AWAITED = "is awaited"
_ENTERED = "is entered by with"
_ASYNC_ENTERED = "is entered by async with"
_DROPPED = "is not awaited"
_USED = "is used as what it is to give"
#: What cannot be done with what a call gives, and what to do instead.
_WRONG = {
    Result.COROUTINE: {
        _ENTERED: "await it first",
        _ASYNC_ENTERED: "await it first",
        _DROPPED: "await it",
        _USED: "await it",
    },
    Result.GENERATOR: {_AWAITED: "iterate over it"},
    Result.ASYNC_GENERATOR: {_AWAITED: "iterate over it with async for"},
    Result.CONTEXT: {_AWAITED: "enter it by with", _ASYNC_ENTERED: "enter it by with"},
    Result.ASYNC_CONTEXT: {
        _AWAITED: "enter it by async with",
        _ENTERED: "enter it by async with",
    },
}


def find(
    module: Module, rule: Rule, rules: Rules, found: Sequence[Reference]
) -> Iterator[Violation]:
    """Report what is awaited and cannot be, and what has to be awaited and is not."""
    for one in found:
        method = rules.factory.interface.methods.get(one.name)
        reason = misused(module, rules, one, method) if method else None
        if reason and one.call and not is_expected(module, one.node):
            yield report(module, rule, one.call, one.scope, Told(one.name, f"{one.name} {reason}"))


def misused(module: Module, rules: Rules, one: Reference, method: Method) -> str | None:
    """Say what is wrong with what is done with a call's result, if anything surely is."""
    use = _use(module, one, one.call) if one.call else ""
    if one.call and use == _AWAITED and method.result is Result.VALUE:
        kind = _mock(rules, one, method, one.call)
        return f"gives {with_article(kind)}, which {use}; take it without await" if kind else None
    instead = _WRONG.get(method.result, {}).get(use)
    return f"gives {method.result.value}, which {use}; {instead}" if instead else None


def _use(module: Module, one: Reference, call: ast.Call) -> str:
    """Say what is done with what a call gives, as far as it is in plain sight."""
    match module.index.parent(call):
        case ast.Await():
            return _AWAITED
        case ast.withitem(context_expr=entered) as item if entered is call:
            outer = module.index.parent(item)
            return _ASYNC_ENTERED if isinstance(outer, ast.AsyncWith) else _ENTERED
        case ast.Expr():
            return _DROPPED
        case ast.Attribute(attr=name) if name not in _OF_COROUTINE:
            return _USED
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return _USED if _is_used(module, one, name) else ""
    return ""


def _is_used(module: Module, one: Reference, name: str) -> bool:
    """Say whether a function's name is bound once, and an attribute of it is used."""
    function = one.scope.node
    bindings = one.scope.bindings.get(name, [])
    if not isinstance(function, FunctionNode) or [b.how for b in bindings] != [Bound.OTHER]:
        return False
    for use in module.index.uses((name,), function):
        parent = module.index.parent(use)
        if isinstance(parent, ast.Attribute) and parent.attr not in _OF_COROUTINE:
            if spot_of(module, use).owner(name) is one.scope:
                return True
    return False


def _mock(rules: Rules, one: Reference, method: Method, call: ast.Call) -> str | None:
    """Name the class of mock that a call surely gives, ``None`` for anything else."""
    contract = rules.factory.contract(method.name)
    starred = any(isinstance(argument, ast.Starred) for argument in call.args)
    if (
        starred
        or not all(k.arg for k in call.keywords)
        or not (contract and _kind(contract.product))
    ):
        return None
    places = method.signature.positional[method.filled(on_instance=one.on_instance) :]
    given: dict[str, Node] = dict.fromkeys(places[: len(call.args)], _GIVEN)
    given |= {keyword.arg: _GIVEN for keyword in call.keywords if keyword.arg}
    return _kind(rules.factory.product(method.name, given))


def _kind(product: Node) -> str | None:
    if not isinstance(product, Mock) or product.kind not in _OBJECTS:
        return None
    return None if product.otherwise or "__await__" in product.children else str(product.kind)
