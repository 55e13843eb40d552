"""What a spec does to a factory's product, and to the mock that it replaces."""

import ast
from collections.abc import Iterable, Mapping, Sequence

from ssot_migrate.code.names import Bound, FunctionNode, Kind, Scope
from ssot_migrate.contracts.interpret import Interpreter
from ssot_migrate.contracts.lineage import FactorySource
from ssot_migrate.shapes.block import Finding
from ssot_migrate.shapes.reader import SPECS, Action, Setting, constructor, path_of
from ssot_migrate.shapes.shape import (
    CALL,
    DROPPED,
    EFFECT,
    PROBE,
    UNSETTLED,
    Contract,
    Fate,
    Mock,
    Node,
    Parameter,
    SpecParameter,
    Value,
    assign,
    follow,
    is_magic,
    same_spec,
    step_of,
)

#: What is no mock, whatever the names in it stand for.
_NO_MOCK = (
    *(ast.Constant, ast.JoinedStr, ast.List, ast.Tuple, ast.Set, ast.Dict),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.Lambda),
)


# the factory's side


def find_spec(
    factory: FactorySource, function: FunctionNode, parameters: Iterable[Parameter], plain: Node
) -> SpecParameter | None:
    """Find the parameter that lands as the product's spec, by a probe."""
    if not isinstance(plain, Mock):
        return None
    for parameter in parameters:
        probe = Value((PROBE, parameter.name), truth=True)
        product, trips = _probed(factory, function, parameter.name, probe)
        if isinstance(product, Mock) and product.spec == probe and not trips | _set_magics(product):
            keeps = product.rest is not None and plain.rest is None
            return SpecParameter(parameter.name, keeps, frozenset(_unsettled(plain, product)))
    return None


def _set_magics(product: Mock) -> bool:
    """Say whether a product has a magic method set, which a mock refuses that its spec lacks."""
    return any(is_magic(s) and isinstance(n, Mock | Value) for s, n in product.children.items())


def _unsettled(plain: Mock, product: Mock) -> Iterable[str]:
    """Yield what the method sets with a spec only, without one only, or otherwise."""
    for step in plain.children.keys() | product.children.keys():
        before, after = plain.children.get(step), product.children.get(step)
        if isinstance(before, Mock) and isinstance(after, Mock):
            if before.kind is after.kind and same_spec(before, after):
                continue
        elif before is not None and type(before) is type(after):
            continue
        yield step


def _probed(
    factory: FactorySource, function: FunctionNode, name: str, probe: Value
) -> tuple[Node, bool]:
    """Give the product for a spec, and whether the method reads attributes that it may lack."""
    trips: list[ast.expr] = []
    guarded: list[ast.stmt] = []

    class Watcher(Interpreter):
        def _part(self, expression: ast.Attribute | ast.Subscript) -> Node | None:
            match expression:
                case ast.Attribute(value=ast.Name(id=owner), attr=attribute) if not guarded:
                    mock, step = self.names.get(owner), step_of(attribute)
                    known = {CALL, EFFECT, *(mock.children if isinstance(mock, Mock) else ())}
                    if isinstance(mock, Mock) and mock.spec == probe and step not in known:
                        trips.append(expression)
            return super()._part(expression)

        def _give_up(self, statement: ast.stmt, reason: str) -> Node | None:
            guarded.append(statement)
            result = super()._give_up(statement, reason)
            guarded.pop()
            return result

    return Watcher(factory, 0).call(function, {name: probe}), bool(trips)


def product_for(
    contract: Contract, arguments: Mapping[str, Node], fate: Fate | None, sure: frozenset[str]
) -> Node:
    """Give the product for arguments; with a spec among them, for one that decides names so."""
    parameter = contract.spec
    if fate is None or parameter is None:
        return contract.instantiate(arguments)
    own = {p.name for p in contract.parameters}
    full = contract.instantiate({n: v for n, v in arguments.items() if n != parameter.name})
    product = contract.instantiate(
        {n: v for n, v in arguments.items() if n in own - {parameter.name}}
    )
    if isinstance(product, Mock):
        product.spec, product.fate, product.sure = arguments[parameter.name], fate, sure
        _keep_to_spec(product, parameter)
        for name in sorted(arguments.keys() - own, key=lambda name: name.count(".")):
            assign(product, path_of(name), follow(full, path_of(name)))
    return product


def _keep_to_spec(product: Mock, parameter: SpecParameter) -> None:
    for step, node in [*product.children.items()]:
        private = parameter.keeps and step.startswith("_") and isinstance(node, Mock)
        if step in parameter.unsettled or private:
            product.children[step] = UNSETTLED
        elif parameter.keeps and not _survives(product, step, node):
            if product.fate_of(step) is Fate.ABSENT:
                product.children[step] = DROPPED
            else:
                del product.children[step]


def _survives(product: Mock, step: str, node: Node) -> bool:
    """Say whether something is still there once a product is kept to its spec."""
    fate = product.fate_of(step)
    if step in {CALL, EFFECT} or not isinstance(node, Mock):
        return True
    return fate is not Fate.ABSENT and (node.kind is Kind.ASYNC) is (fate is Fate.ASYNC)


# the block's side


def spec_to_give(finding: Finding, contract: Contract) -> ast.expr | None:
    """Give the class that a creation takes as its spec, if the method can take it over."""
    specs = [(n, value) for n, value in constructor(finding.call) if n in SPECS]
    match specs:
        case [("spec", value)] if contract.spec and is_class_name(value, finding.scope):
            return value
    return None


def with_spec(
    arguments: Mapping[str, ast.expr], spec: ast.expr | None, contract: Contract
) -> dict[str, ast.expr]:
    """Put the spec among arguments: behind the method's own, before further keywords."""
    if spec is None or contract.spec is None:
        return dict(arguments)
    own = {parameter.name for parameter in contract.parameters}
    names = list(arguments)
    first = next((i for i, name in enumerate(names) if name not in own), len(names))
    order = [*names[:first], contract.spec.name, *names[first:]]
    return {name: arguments.get(name, spec) for name in order}


def is_class_name(expression: ast.expr, scope: Scope) -> bool:
    """Say whether an expression names something that is surely there: imported, or a class."""
    while isinstance(expression, ast.Attribute):
        expression = expression.value
    if not isinstance(expression, ast.Name):
        return False
    owner = scope.owner(expression.id)
    bindings = owner.bindings[expression.id] if owner else []
    return bool(bindings) and all(
        binding.how is Bound.IMPORT or isinstance(binding.node, ast.ClassDef)
        for binding in bindings
    )


def is_no_mock(value: ast.expr) -> bool:
    """Say whether a value is no mock: a product that is kept to a spec may lose one again."""
    return isinstance(value, _NO_MOCK)


def surely_there(settings: Sequence[Setting]) -> frozenset[str]:
    """Name what a block reads through its mock's spec, so that the spec has it."""
    names: set[str] = set()
    known: set[str] = set()
    for setting in settings:
        first = setting.path[0]
        if len(setting.path) > 1 and setting.action is not Action.SET_ON_TYPE:
            names |= {first} - known
        known.add(first)
    return frozenset(names - {CALL, EFFECT})
