"""Read from a factory's source, without running it, what each of its methods returns."""

import ast
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import cached_property, partial

from msgspec import field

from ssot_migrate.code.names import FunctionNode
from ssot_migrate.contracts.interface import Interface, read_interface
from ssot_migrate.contracts.interpret import Interpreter
from ssot_migrate.contracts.lineage import FactorySource, implicit
from ssot_migrate.contracts.specs import find_spec
from ssot_migrate.shapes.shape import (
    PROBE,
    PROBE_NAME,
    Contract,
    Items,
    Mock,
    Node,
    Opaque,
    Parameter,
    Path,
    Value,
    copied,
    follow,
    mapping_of,
)

#: Products that a factory remembers.
_REMEMBERED = 200


class Factory(FactorySource, dict=True):
    """A factory class whose contracts are read when they are asked for."""

    _contracts: dict[str, Contract | None] = field(default_factory=dict)
    #: What methods returned for these arguments: a fit asks for the same again and again.
    _products: dict[Hashable, Node] = field(default_factory=dict)

    @cached_property
    def interface(self) -> Interface:
        """What the class has, and how it can be called."""
        return read_interface(self)

    def contract(self, method: str) -> Contract | None:
        """Read a method's contract, ``None`` where the factory has no such method."""
        if method not in self._contracts:
            self._contracts[method] = self._read(method)
        return self._contracts[method]

    def obstacle(self, method: str) -> str | None:
        """Say what the factory lacks for mocks to become calls of a method, ``None`` if nothing."""
        contract = self.contract(method)
        if contract is None:
            nearest = self.nearest(method)
            return f"has no {method}" + (f" (the nearest is {nearest})" if nearest else "")
        if isinstance(contract.product, Opaque):
            return f"has no {method} that can be read ({contract.product.reason})"
        return None

    def _read(self, method: str) -> Contract | None:
        function = self.methods.get(method)
        if function is None:
            return None
        if isinstance(function, ast.AsyncFunctionDef):
            return self._unreadable(method, "the method is async")
        try:
            return self._followed(method, function)
        except RecursionError:
            return self._unreadable(method, "the method is nested too deeply")

    def _unreadable(self, method: str, reason: str) -> Contract:
        instantiate = partial(self.product, method)
        return Contract(method, (), Opaque(reason), instantiate, {}, open_keywords=False)

    def _followed(self, method: str, function: ast.FunctionDef) -> Contract:
        instantiate = partial(self.product, method)
        named = tuple(_named_parameters(self, function))
        landings: dict[Path, str] = {}
        for parameter in named:
            probe = Value((PROBE, parameter.name), truth=True)
            for path in _paths_of(instantiate({parameter.name: probe}), probe):
                landings.setdefault(path, parameter.name)
        product = instantiate({})
        return Contract(
            method,
            named,
            product,
            instantiate,
            landings,
            open_keywords=self._takes_keywords(method, function, (PROBE,)),
            mappings=dict(_mappings(instantiate, named)),
            dotted_keywords=self._takes_keywords(method, function, (PROBE, PROBE_NAME)),
            spec=find_spec(self, function, named, product),
        )

    def _takes_keywords(self, method: str, function: FunctionNode, path: Path) -> bool:
        """Say whether a keyword that spells this path sets what stands there."""
        probe = Value((PROBE,), truth=True)
        if function.args.kwarg is None:
            return False
        product = self.product(method, {".".join(path): probe})
        return isinstance(product, Mock) and follow(product, path) == probe

    def product(self, method: str, arguments: Mapping[str, Node]) -> Node:
        """Read what a method returns for these arguments. A fresh shape on each call."""
        if not all(isinstance(node, Value) for node in arguments.values()):
            return self._product(method, arguments)
        key = (method, *arguments.items())
        if key not in self._products:
            if len(self._products) >= _REMEMBERED:
                self._products.clear()
            self._products[key] = self._product(method, arguments)
        return copied(self._products[key])

    def _product(self, method: str, arguments: Mapping[str, Node]) -> Node:
        return Interpreter(self, 0).call(self.methods[method], dict(arguments))


def _mappings(
    instantiate: Callable[[Mapping[str, Node]], Node], parameters: Iterable[Parameter]
) -> Iterator[tuple[Path, str]]:
    """Find the parameters that take a dict, and where its pairs become attributes."""
    probe = Value((PROBE,))
    for parameter in parameters:
        product = instantiate({parameter.name: mapping_of({PROBE_NAME: probe})})
        for path in _paths_of(product, probe):
            if path[-1] == PROBE_NAME:
                yield path[:-1], parameter.name


def _named_parameters(factory: Factory, function: FunctionNode) -> Iterator[Parameter]:
    arguments = function.args
    positional = arguments.posonlyargs + arguments.args
    defaults = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
    pairs = [*zip(positional, defaults, strict=True)]
    pairs = pairs[implicit(function) :]
    pairs += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    interpreter = Interpreter(factory, 0)
    for argument, default in pairs:
        if argument not in arguments.posonlyargs:
            yield Parameter(argument.arg, interpreter.evaluate(default) if default else None)


def _paths_of(product: Node, probe: Value) -> Iterator[Path]:
    seen: set[int] = set()
    pending: list[tuple[Path, Node]] = [((), product)]
    while pending:
        path, node = pending.pop(0)
        if node == probe and path:
            yield path
        elif isinstance(node, Mock) and id(node) not in seen:
            seen.add(id(node))
            pending += [((*path, step), below) for step, below in node.children.items()]
        elif isinstance(node, Items):
            pending += [((*path, f"[{i}]"), below) for i, below in enumerate(node.items)]
