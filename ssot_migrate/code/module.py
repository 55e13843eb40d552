"""One parsed module: its scopes on demand, and the parents of its nodes."""

import ast
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from pathlib import PurePosixPath

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
from ssot_migrate.code.uses import Root, Uses, dotted_root, patched_as, uses_at

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
    _values: dict[tuple[ast.AST, Root], list[ast.expr]] = field(default_factory=dict)
    _uses: dict[tuple[ast.AST, Root], Uses] = field(default_factory=dict)
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

    def assigned(self, within: ScopeNode, root: Root) -> list[ast.expr]:
        """List what is assigned to a name (or dotted name) anywhere below ``within``."""
        if (within, root) not in self._values:
            found = (self._value(place) for place in self.index.bindings(root, within))
            self._values[within, root] = [value for value in found if value is not None]
        return self._values[within, root]

    def _value(self, target: ast.expr) -> ast.expr | None:
        match self.index.parent(target):
            case ast.Assign(targets=targets, value=value) if target in targets:
                return value
            case ast.AnnAssign(target=bound, value=given) if bound is target:
                return given
            case ast.NamedExpr(target=bound, value=value) if bound is target:
                return value
            case ast.withitem(optional_vars=bound, context_expr=value) if bound is target:
                return value
        return None

    def attributes_set(self, owner: ast.ClassDef) -> list[str]:
        """Name the attributes that the methods of a class set on ``self``, the last one first."""
        above = (self.index.parent(place) for place in self.index.uses(("self",), owner))
        accesses = (access for access in above if isinstance(access, ast.Attribute))
        return [access.attr for access in accesses if self._value(access)]

    def uses(self, within: ScopeNode, root: Root) -> Uses:
        """Say how a name or ``self.x`` is used below ``within``."""
        if len(root) > 2:
            return Uses()
        if (within, root) not in self._uses:
            uses = uses_at(self.index.uses(root, within), self.index.parent)
            patched = (self._patched(giver, within) for giver in uses.givers)
            uses.givers |= {*filter(None, patched)}
            self._uses[within, root] = uses
        return self._uses[within, root]

    def _patched(self, name: str, within: ScopeNode) -> str | None:
        """Give the dotted end of what is patched where a ``with patch(…) as`` binds a name."""
        places = self.index.uses((name,), within) if "." not in name else ()
        found = (patched_as(place, self.index.parent(place)) for place in places)
        return next(filter(None, found), None)

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
