"""One parsed module: its scopes on demand, and the parents of its nodes."""

import ast
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from pathlib import PurePosixPath
from typing import TypeVar

from msgspec import Struct, field

from ssot_migrate.code.index import Index
from ssot_migrate.code.names import (
    FunctionNode,
    Scope,
    ScopeNode,
    creation_kind,
    open_scope,
    resolve,
    walk,
)
from ssot_migrate.code.source import Source
from ssot_migrate.code.units import Units
from ssot_migrate.code.uses import Root, Uses, uses_of

Node = TypeVar("Node", bound=ast.AST)

Place = TypeVar("Place", bound=ast.expr | ast.stmt)

_ATOMS = frozenset({ast.Name, ast.Constant, ast.arg, ast.Expr})
#: What has names of its own.
SCOPES = (FunctionNode, ast.ClassDef, ast.Module)


class Module(Struct, dict=True):
    """A file while it is being read; never crosses a process."""

    path: str
    source: Source
    #: Lines on which the byte test found something, sorted.
    hits: list[int]
    #: Dotted names under which the factory can be imported, its own included.
    factory: str | None = None
    #: Characters that a line may have.
    line_length: int = 88
    _scopes: dict[ast.AST, Scope] = field(default_factory=dict)
    _assigned: dict[ast.AST, dict[Root, list[ast.expr]]] = field(default_factory=dict)
    _values: dict[tuple[ast.AST, Root], list[ast.expr]] = field(default_factory=dict)
    _uses: dict[ast.AST, dict[Root, Uses]] = field(default_factory=dict)
    _nodes: dict[ast.AST, list[ast.AST]] = field(default_factory=dict)
    _returns: dict[ast.AST, set[Root]] = field(default_factory=dict)

    @property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return self.source.tree

    def scope(self, node: ScopeNode, parent: Scope | None = None) -> Scope:
        """Open the scope of a module, class or function once."""
        if node not in self._scopes:
            self._scopes[node] = open_scope(node, parent, walrus=self._walrus)
        return self._scopes[node]

    @cached_property
    def _walrus(self) -> bool:
        return ":=" in self.source.text

    @property
    def is_test(self) -> bool:
        """Say whether nobody imports from the file: pytest collects it."""
        return is_test_file(self.path)

    @property
    def top(self) -> Scope:
        """The module's own scope."""
        return self.scope(self.tree)

    @cached_property
    def imports(self) -> frozenset[str]:
        """Name what the module imports at its top: the dotted names, and their packages."""
        bindings = (b for found in self.top.bindings.values() for b in found)
        names = [b.qualified for b in bindings if b.qualified]
        return frozenset({*names, *(name.partition(".")[0] for name in names)})

    def hit(self, node: ast.stmt | ast.excepthandler | ast.match_case | ast.expr) -> bool:
        """Say whether a statement's lines, its decorators' included, hold a hit."""
        first, last = extent(node)
        index = bisect_left(self.hits, first)
        return index < len(self.hits) and self.hits[index] <= last

    @cached_property
    def units(self) -> Units:
        """The functions that stand in no other one."""
        return Units(self.source)

    @cached_property
    def index(self) -> Index:
        """Where everything stands."""
        return Index(self.tree, self.units)

    def assigned(self, within: ast.AST, root: Root) -> list[ast.expr]:
        """List what is assigned to a name (or dotted name) anywhere below ``within``."""
        if (within, root) not in self._values:
            self._values[within, root] = [
                value
                for part in self._parts(within, root[-1])
                for value in self._assignments(part).get(root, ())
            ]
        return self._values[within, root]

    def attributes_set(self, owner: ast.ClassDef) -> list[str]:
        """Name the attributes that the methods of a class set on ``self``, the last one first."""
        self.units.on(*extent(owner))
        parts = self._parts(owner, "self")
        roots = (root for part in parts for root in self._assignments(part))
        return [root[1] for root in roots if root[0] == "self" and len(root) == 2]

    def uses(self, within: ast.AST, root: Root) -> Uses:
        """Say how a name or ``self.x`` is used below ``within``."""
        found = Uses()
        for part in self._parts(within, root[-1]):
            if part not in self._uses:
                self._uses[part] = uses_of(self._telling(part))
            if root in self._uses[part]:
                found = found.joined(self._uses[part][root])
        return found

    def _parts(self, within: ast.AST, word: str) -> list[ast.AST]:
        """Give what a node consists of: its functions in which a word stands, and the rest."""
        if isinstance(within, FunctionNode):
            return [within]
        return [*(unit.node for unit in reversed(self.units.below(within, word))), within]

    def _telling(self, part: ast.AST) -> list[ast.AST]:
        """List what stands in a function, or in a class or module outside of functions.

        Names and constants are left out: they tell nothing alone.
        """
        if part not in self._nodes:
            outermost = () if isinstance(part, FunctionNode) else self._outermost
            self._nodes[part] = [
                node for node in walk(part, outermost) if node.__class__ not in _ATOMS
            ]
        return self._nodes[part]

    @cached_property
    def _outermost(self) -> frozenset[ast.AST]:
        return frozenset(unit.node for unit in self.units.all)

    def _assignments(self, part: ast.AST) -> dict[Root, list[ast.expr]]:
        if part not in self._assigned:
            found: dict[Root, list[ast.expr]] = {}
            for node in self._telling(part):
                for target, value in _assignments(node):
                    root = dotted_root(target)
                    if root:
                        found.setdefault(root, []).append(value)
            self._assigned[part] = found
        return self._assigned[part]

    def returns(self, function: FunctionNode) -> set[Root]:
        """Give the names that a function returns or yields."""
        if function not in self._returns:
            results = (
                dotted_root(node.value)
                for node in walk(function)
                if isinstance(node, ast.Return | ast.Yield) and node.value
            )
            self._returns[function] = {root for root in results if root}
        return self._returns[function]

    def factory_method(self, expression: ast.expr, scope: Scope) -> str | None:
        """Name the factory's method that an expression calls, ``None`` for anything else."""
        if not (self.factory and isinstance(expression, ast.Call)):
            return None
        function = expression.func
        if not isinstance(function, ast.Attribute):
            return None
        owner = resolve(function.value, scope) or self._fallback(function.value, scope)
        class_name = self.factory.rpartition(".")[2]
        known = owner is not None and owner.rpartition(".")[2] == class_name
        return function.attr if known else None

    def _fallback(self, owner: ast.expr, scope: Scope) -> str | None:
        """Resolve ``SSotMockFactory`` where ``SSotMockFactory = None`` follows a failed import."""
        found = scope.owner(owner.id) if isinstance(owner, ast.Name) else None
        if found is None or not isinstance(owner, ast.Name):
            return None
        return next((b.qualified for b in found.bindings[owner.id] if b.qualified), None)

    def makes_mock(self, expression: ast.expr, scope: Scope) -> bool:
        """Say whether an expression creates a mock, by hand or by the factory."""
        if not isinstance(expression, ast.Call):
            return False
        return bool(creation_kind(expression, scope) or self.factory_method(expression, scope))


def extent(node: ast.stmt | ast.excepthandler | ast.match_case | ast.expr) -> tuple[int, int]:
    """Give a node's first and last line, decorators included."""
    if isinstance(node, ast.match_case):
        return node.pattern.lineno, node.body[-1].end_lineno or node.body[-1].lineno
    first = node.lineno
    for decorator in getattr(node, "decorator_list", ()):
        first = min(first, decorator.lineno)
    return first, node.end_lineno or node.lineno


def dotted_root(expression: ast.AST) -> Root | None:
    """Split ``self.ws`` into its names, ``None`` for anything but names and attributes."""
    names: list[str] = []
    while isinstance(expression, ast.Attribute):
        names.append(expression.attr)
        expression = expression.value
    return (expression.id, *reversed(names)) if isinstance(expression, ast.Name) else None


def _assignments(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((target, value) for target in targets)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield target, value
        case ast.NamedExpr(target=target, value=value):
            yield target, value
        case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
            yield target, value


def suites(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """Yield the statement lists that a compound statement holds."""
    for name in ("body", "orelse", "finalbody"):
        suite = getattr(node, name, None)
        if isinstance(suite, list) and suite and isinstance(suite[0], ast.stmt):
            yield suite
    for holder in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield holder.body


def decorated(function: FunctionNode, *endings: str) -> ast.expr | None:
    """Find a decorator whose dotted name ends with one of ``endings``, called or not."""
    for decorator in function.decorator_list:
        bare = decorator.func if isinstance(decorator, ast.Call) else decorator
        root = dotted_root(bare)
        if root and root[-1] in endings:
            return decorator
    return None


def fixture_name(function: FunctionNode) -> str | None:
    """Give the name under which tests ask for a fixture, ``None`` for other functions."""
    decorator = decorated(function, "fixture")
    if decorator is None:
        return None
    for keyword in getattr(decorator, "keywords", ()):
        if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
            return str(keyword.value.value)
    return function.name


def bases(node: ast.ClassDef) -> set[str]:
    """Name a class's bases, each by its last part."""
    return {(dotted_root(base) or ("",))[-1] for base in node.bases}


def targets_of(parent: ast.AST | None, node: ast.AST) -> list[ast.expr]:
    """List what a parent binds a node to."""
    match parent:
        case ast.Assign(targets=targets, value=value) if value is node:
            return targets
        case ast.AnnAssign(target=target, value=value) if value is node:
            return [target]
        case ast.withitem(optional_vars=ast.expr() as target):
            return [target]
    return []


def is_test_file(path: str) -> bool:
    """Say whether nobody imports from a file: pytest collects it."""
    name = PurePosixPath(path.replace("\\", "/")).name
    return name.startswith("test_") or name.endswith("_test.py") or name in {"tests.py", "test.py"}
