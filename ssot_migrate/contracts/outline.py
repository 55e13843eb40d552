"""Say in words what a factory's methods make, as the tool reads them."""

import ast
from collections.abc import Iterator, Sequence

from ssot_migrate.code.names import FunctionNode
from ssot_migrate.contracts.contract import Factory
from ssot_migrate.contracts.lineage import own
from ssot_migrate.explanation import Note
from ssot_migrate.families.family import Family
from ssot_migrate.frozen import Frozen
from ssot_migrate.shapes.shape import (
    CALL,
    DELETED,
    EFFECT,
    NONE,
    PROBE,
    Contract,
    Items,
    Mock,
    Node,
    Opaque,
    Parameter,
    Path,
    Value,
    child,
    spell,
)
from ssot_migrate.shapes.values import code_of

#: What stands for a value that code cannot write.
UNKNOWN = "…"


class Attribute(Frozen):
    """What stands at one path of a product; the empty path is the product itself."""

    path: str
    #: The class of the mock, ``None`` for anything else.
    mock: str | None = None
    #: As code would write it, ``None`` for anything else.
    value: str | None = None
    #: What calling the mock gives where that is preset, in words.
    returns: str | None = None
    #: In words.
    side_effect: str | None = None
    #: In words.
    spec: str | None = None
    #: What else it is, such as another path's mock.
    remark: str | None = None
    #: Why it, or what nobody set below it, cannot be read.
    unreadable: str | None = None
    #: The parameter that lands here.
    parameter: str | None = None


class ParameterOutline(Frozen):
    """What an argument does, and what stands for it where there is none."""

    name: str
    #: As code would write it; ``None`` where an argument is required.
    default: str | None
    #: The paths at which it stands alone.
    lands: tuple[str, ...]
    #: The path below which the pairs of a dict become attributes, ``None`` where they do not.
    pairs_below: str | None
    is_spec: bool


class Choice(Frozen):
    """What comes for one value of an argument that decides."""

    value: str
    #: In words.
    gives: str


class Outline(Frozen):
    """A method's contract, told."""

    method: str
    #: With its parameters.
    signature: str
    #: 1-based line of its ``def``.
    line: int
    parameters: tuple[ParameterOutline, ...]
    #: Whether further keyword arguments become attributes.
    open_keywords: bool
    product: Attribute
    attributes: tuple[Attribute, ...]
    #: What may come in its place.
    otherwise: tuple[Note, ...]
    #: What its required parameters choose from, where it makes more than one thing.
    choices: tuple[Choice, ...]
    #: The families whose mocks become calls of it.
    families: tuple[str, ...]

    @property
    def unreadable(self) -> tuple[tuple[str, str], ...]:
        """The paths that cannot be read, and why."""
        parts = (self.product, *self.attributes)
        return tuple((part.path, part.unreadable) for part in parts if part.unreadable)


def outline(factory: Factory, families: Sequence[Family]) -> tuple[Outline, ...]:
    """Tell the contracts of a factory's public methods that give something, in its order."""
    found = []
    for name, function in factory.methods.items():
        gives = not name.startswith("_") and any(
            isinstance(statement, ast.Return) and statement.value
            for statement in own(function.body)
        )
        contract = factory.contract(name) if gives else None
        if contract:
            used = tuple(family.id for family in families if family.factory_method == name)
            opaque = isinstance(contract.product, Opaque)
            choices = tuple(_choices(factory, contract, function)) if opaque else ()
            found.append(_outline(contract, function, choices, used))
    return tuple(found)


def signature(contract: Contract) -> str:
    """Write a method with its parameters."""
    parameters = [_parameter(parameter) for parameter in contract.parameters]
    parameters += ["**attributes"] if contract.open_keywords else []
    return f"{contract.method}({', '.join(parameters)})"


def _parameter(parameter: Parameter) -> str:
    if parameter.default is None:
        return parameter.name
    return f"{parameter.name}={code_of(parameter.default) or UNKNOWN}"


def _outline(
    contract: Contract,
    function: FunctionNode,
    choices: tuple[Choice, ...],
    families: tuple[str, ...],
) -> Outline:
    product = contract.product
    whole, *parts = _Telling(contract).attributes()
    return Outline(
        contract.method,
        signature(contract),
        function.lineno,
        tuple(_parameters(contract)),
        contract.open_keywords,
        whole,
        tuple(parts),
        product.otherwise if isinstance(product, Mock) else (),
        choices,
        families,
    )


def _parameters(contract: Contract) -> Iterator[ParameterOutline]:
    below = {name: spell(path) for path, name in contract.mappings.items()}
    for parameter in contract.parameters:
        name, default = parameter.name, parameter.default
        yield ParameterOutline(
            name,
            None if default is None else code_of(default) or UNKNOWN,
            tuple(spell(path) for path, landed in contract.landings.items() if landed == name),
            below.get(name),
            is_spec=_is_spec(contract, name),
        )


def _is_spec(contract: Contract, parameter: str) -> bool:
    probe = Value((PROBE, parameter), truth=True)
    product = contract.instantiate({parameter: probe})
    return isinstance(product, Mock) and product.spec == probe


def _choices(factory: Factory, contract: Contract, function: FunctionNode) -> Iterator[Choice]:
    """Yield what a method makes by name: the values that it compares with, or has methods for."""
    required = {parameter.name for parameter in contract.parameters if parameter.default is None}
    for node in ast.walk(function) if required else ():
        match node:
            case ast.Compare(
                left=ast.Name(id=name), ops=[ast.Eq()], comparators=[ast.Constant(value=str(text))]
            ) if name in required:
                value = Value(("constant", "str", repr(text)), truth=bool(text))
                yield Choice(repr(text), _in_words(contract.instantiate({name: value})))
            case ast.Dict(keys=keys, values=values):
                for key, entry in zip(keys, values, strict=True):
                    yield from _entry(factory, key, entry)


def _entry(factory: Factory, key: ast.expr | None, value: ast.expr) -> Iterator[Choice]:
    match key, value:
        case ast.Constant(value=str(text)), ast.Attribute(attr=method):
            made = factory.contract(method)
            if made:
                yield Choice(repr(text), f"{_in_words(made.product)}, by {method}")


def _in_words(product: Node) -> str:
    if isinstance(product, Mock):
        number = len(product.children)
        return f"{product.kind}, {number} attribute{'' if number == 1 else 's'}"
    return _told(product, {})


class _Telling:
    """Walks over one product, and remembers which mocks it met where."""

    def __init__(self, contract: Contract) -> None:
        self.landings = contract.landings
        self.product = contract.product
        self.required = {p.name for p in contract.parameters if p.default is None}
        self.met: dict[int, str] = {}

    def attributes(self) -> Iterator[Attribute]:
        """Yield what stands at each path, the product itself first."""
        yield from self._at((), self.product)

    def _at(self, path: Path, node: Node) -> Iterator[Attribute]:
        name = spell(path)
        parameter = self.landings.get(path)
        match node:
            case Mock() if id(node) in self.met:
                remark = _told(node, self.met)
                yield Attribute(name, node.kind, remark=remark)
            case Mock():
                self.met[id(node)] = name
                yield self._mock(path, node)
                yield from self._below(path, node)
            case Items(items=items):
                yield Attribute(name, remark=_told(node, self.met))
                for index, item in enumerate(items):
                    yield from self._at((*path, f"[{index}]"), item)
            case Opaque() if node is DELETED or parameter in self.required:
                remark = "deleted" if node is DELETED else "the argument"
                yield Attribute(name, remark=remark, parameter=parameter)
            case Opaque(reason=reason):
                yield Attribute(name, unreadable=reason, parameter=parameter)
            case _:
                value = code_of(node)
                unknown = None if value else "an expression"
                yield Attribute(name, value=value, unreadable=unknown, parameter=parameter)

    def _mock(self, path: Path, mock: Mock) -> Attribute:
        effect = child(mock, EFFECT) if EFFECT in mock.children else NONE
        return Attribute(
            spell(path),
            mock.kind,
            returns=_told(child(mock, CALL), self.met) if CALL in mock.children else None,
            side_effect=None if effect == NONE else _told(effect, self.met),
            spec=None if mock.spec is None else _told(mock.spec, self.met),
            unreadable=None if mock.rest is None else f"its other attributes: {mock.rest.reason}",
            parameter=self.landings.get((*path, CALL)),
        )

    def _below(self, path: Path, mock: Mock) -> Iterator[Attribute]:
        for step in mock.children:
            below = child(mock, step)
            inner = isinstance(below, Mock | Items) and id(below) not in self.met
            if step not in (CALL, EFFECT):
                yield from self._at((*path, step), below)
            elif inner:
                _, *parts = self._at((*path, step), below)
                yield from parts


def _told(node: Node, met: dict[int, str]) -> str:
    """Say in a few words what a node is: as code where that can be written."""
    match node:
        case Mock():
            seen = met.get(id(node))
            if seen is None:
                return node.kind
            return f"the same as {seen}" if seen else "the product itself"
        case Items(items=items):
            kinds = (_told(item, met) for item in items)
            return f"[{', '.join(kinds)}]"
        case Opaque(reason=reason):
            return f"something that cannot be read ({reason})"
    return code_of(node) or "something that cannot be read (an expression)"
