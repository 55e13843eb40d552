"""What a name means: scopes, imports, and which calls create mocks."""

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum, StrEnum
from typing import Any

from msgspec import Struct, field

from ssot_migrate.frozen import Frozen

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
ScopeNode = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


class Kind(StrEnum):
    """The class of a mock."""

    MOCK = "Mock"
    MAGIC = "MagicMock"
    ASYNC = "AsyncMock"
    NON_CALLABLE = "NonCallableMock"
    NON_CALLABLE_MAGIC = "NonCallableMagicMock"
    PROPERTY = "PropertyMock"
    AUTOSPEC = "create_autospec"
    OPEN = "mock_open"


KINDS = {kind.value: kind for kind in Kind}
MOCK_MODULES = frozenset({"unittest.mock", "mock", "mock.mock"})


def with_article(kind: str) -> str:
    """Speak of one mock of a class."""
    return f"an {kind}" if kind.startswith("A") else f"a {kind}"


#: pytest-mock's fixtures; they offer the classes of unittest.mock as attributes.
MOCKERS = frozenset({"mocker", "class_mocker", "module_mocker", "package_mocker", "session_mocker"})
_MOCKER_MODULE = "<mocker>"


class Bound(Enum):
    """How a name is bound."""

    IMPORT = "import"
    DEFINITION = "definition"
    PARAMETER = "parameter"
    OTHER = "other"


class Binding(Frozen):
    """One place that binds a name in a scope."""

    how: Bound
    node: ast.AST
    #: Dotted name of what is imported, else ``None``.
    qualified: str | None = None
    #: Stands in a branch that may not run: an ``except`` handler, an ``else``, ``TYPE_CHECKING``.
    guarded: bool = False


class Scope(Struct):
    """A module, class or function and the names that it binds."""

    node: ScopeNode
    parent: "Scope | None"
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    #: Names declared ``global`` or ``nonlocal`` here.
    foreign: set[str] = field(default_factory=set)
    #: Modules imported with a star.
    stars: list[str] = field(default_factory=list)
    #: Expressions may bind names: the file holds a ``:=``.
    walrus: bool = True

    @property
    def name(self) -> str:
        """Dotted name of the enclosing classes and functions."""
        if isinstance(self.node, ast.Module):
            return "<module>"
        outer = self.parent.name if self.parent else "<module>"
        return self.node.name if outer == "<module>" else f"{outer}.{self.node.name}"

    @property
    def module(self) -> "Scope":
        """The outermost scope."""
        return self.parent.module if self.parent else self

    @property
    def enclosing_class(self) -> "Scope | None":
        """The innermost class around, or this scope where it is one."""
        if isinstance(self.node, ast.ClassDef):
            return self
        return self.parent.enclosing_class if self.parent else None

    def chain(self) -> Iterator["Scope"]:
        """Yield the scopes in which a name used here is looked up, innermost first."""
        scope: Scope | None = self
        while scope:
            if scope is self or not isinstance(scope.node, ast.ClassDef):
                yield scope
            scope = scope.parent

    def owner(self, name: str) -> "Scope | None":
        """Find the scope that binds a name used here."""
        for scope in self.chain():
            if name in scope.foreign and scope is not self.module:
                continue
            if name in scope.bindings:
                return scope
        return None

    def add(self, name: str, binding: Binding) -> None:
        """Record a binding."""
        self.bindings.setdefault(name, []).append(binding)


#: Fields that never hold a node worth a visit.
_LEAVES = frozenset(
    "ctx op ops id attr name asname arg module level kind type_comment simple conversion is_async"
    " tag rest kwd_attrs lineno type_ignores".split()
)
_INNER: dict[type, tuple[str, ...]] = {}


def _inner_fields(kind: type[ast.AST]) -> tuple[str, ...]:
    """List the fields of a kind of node that hold nodes."""
    if kind in (ast.Constant, ast.Global, ast.Nonlocal) or kind is ast.MatchSingleton:
        _INNER[kind] = ()
    elif kind.__name__ == "TypeAlias":  # Python 3.12: its name is a node
        _INNER[kind] = kind._fields
    else:
        _INNER[kind] = tuple(f for f in kind._fields if f not in _LEAVES)
    return _INNER[kind]


#: The kinds of nodes that are nine in ten: each is asked for its children many times.
_FREQUENT: dict[type, Callable[[Any], Sequence[ast.AST]]] = {
    ast.Name: lambda _: (),
    ast.Constant: lambda _: (),
    ast.arg: lambda node: (node.annotation,) if node.annotation else (),
    ast.Attribute: lambda node: (node.value,),
    ast.Expr: lambda node: (node.value,),
    ast.keyword: lambda node: (node.value,),
    ast.Await: lambda node: (node.value,),
    ast.Assign: lambda node: (*node.targets, node.value),
    ast.Call: lambda node: (node.func, *node.args, *node.keywords),
    ast.Subscript: lambda node: (node.value, node.slice),
    ast.Compare: lambda node: (node.left, *node.comparators),
    ast.Assert: lambda node: (node.test, node.msg) if node.msg else (node.test,),
    ast.List: lambda node: node.elts,
    ast.Tuple: lambda node: node.elts,
}


def children(node: ast.AST) -> Sequence[ast.AST]:
    """List what stands directly below a node, without operators and the contexts of names."""
    frequent = _FREQUENT.get(node.__class__)
    if frequent:
        return frequent(node)
    found: list[Any] = []
    fields = _INNER.get(node.__class__)
    for field_name in _inner_fields(node.__class__) if fields is None else fields:
        value = getattr(node, field_name)
        if value.__class__ is list:
            found += value
        elif value is not None:
            found.append(value)
    # The keys of `{**rest}` and defaults of keyword-only parameters may be missing.
    return [item for item in found if item is not None] if None in found else found


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all below it, parents first; several times as fast as ``ast.walk``."""
    pending = [node]
    while pending:
        node = pending.pop()
        yield node
        pending += children(node)


def open_scope(node: ScopeNode, parent: Scope | None, *, walrus: bool = True) -> Scope:
    """Collect the names that a module, class or function binds itself.

    Without a ``walrus`` in the file no expression needs a look.
    """
    scope = Scope(node, parent, walrus=walrus)
    if isinstance(node, FunctionNode):
        for argument in parameters(node):
            scope.add(argument.arg, Binding(Bound.PARAMETER, argument))
    _bind_body(scope, node.body, guarded=False)
    return scope


def parameters(function: FunctionNode) -> list[ast.arg]:
    """List all parameters of a function, starred ones included."""
    arguments = function.args
    starred = [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *starred]


def takes(function: FunctionNode, name: str) -> bool:
    """Say whether a function has a parameter of a name."""
    arguments = function.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        if argument.arg == name:
            return True
    starred = arguments.vararg, arguments.kwarg
    return any(argument.arg == name for argument in starred if argument)


def _bind_body(scope: Scope, body: Iterable[ast.AST], *, guarded: bool) -> None:
    """Bind what statements bind; a loop, because expressions can be nested deeply."""
    pending = [*body][::-1]
    while pending:
        node = pending.pop()
        bind = _BINDERS.get(node.__class__)
        if bind:
            bind(scope, node, guarded)
        elif scope.walrus or node.__class__ not in _TARGETS:
            pending += children(node)[::-1]
        else:
            pending += _targets(node)[::-1]


def _targets(node: ast.AST) -> list[ast.AST]:
    """List what below a statement can bind names, if no expression can."""
    found: list[Any] = []
    for field_name in _TARGETS[node.__class__]:
        value = getattr(node, field_name)
        found += value if isinstance(value, list) else [value] if value else []
    return found


def _bind_definition(scope: Scope, node: Any, guarded: bool) -> None:
    scope.add(node.name, Binding(Bound.DEFINITION, node, guarded=guarded))
    _bind_body(scope, node.decorator_list, guarded=guarded)


def _bind_foreign(scope: Scope, node: Any, guarded: bool) -> None:
    scope.foreign.update(node.names)


def _bind_name(scope: Scope, node: Any, guarded: bool) -> None:
    if not isinstance(node.ctx, ast.Load):
        scope.add(node.id, Binding(Bound.OTHER, node, guarded=guarded))


def _bind_try(scope: Scope, node: Any, guarded: bool) -> None:
    _bind_body(scope, node.body, guarded=guarded)
    for handler in node.handlers:
        if handler.name:
            scope.add(handler.name, Binding(Bound.OTHER, handler, guarded=True))
    _bind_body(scope, [*node.handlers, *node.orelse], guarded=True)
    _bind_body(scope, node.finalbody, guarded=guarded)


def _bind_if(scope: Scope, node: Any, guarded: bool) -> None:
    _bind_body(scope, [node.test], guarded=guarded)
    _bind_body(scope, node.body + node.orelse, guarded=True)


def _bind_pattern(scope: Scope, node: Any, guarded: bool) -> None:
    if node.name:
        scope.add(node.name, Binding(Bound.OTHER, node, guarded=guarded))
    _bind_body(scope, children(node), guarded=guarded)


def _bind_rest(scope: Scope, node: Any, guarded: bool) -> None:
    if node.rest:
        scope.add(node.rest, Binding(Bound.OTHER, node, guarded=guarded))
    _bind_body(scope, children(node), guarded=guarded)


def _bind_walrus(scope: Scope, node: Any, guarded: bool) -> None:
    """Bind what ``:=`` binds inside a comprehension or lambda, whose own names are not ours."""
    for inner in walk(node):
        if isinstance(inner, ast.NamedExpr):
            _bind_name(scope, inner.target, guarded)


def _bind_nothing(scope: Scope, node: Any, guarded: bool) -> None:
    """Pass over what cannot bind a name."""


def _bind_import(scope: Scope, node: Any, guarded: bool) -> None:
    for alias in node.names:
        if isinstance(node, ast.Import):
            name = alias.asname or alias.name.partition(".")[0]
            qualified = alias.name if alias.asname else name
        elif alias.name == "*":
            scope.stars.append(node.module or "")
            continue
        else:
            name = alias.asname or alias.name
            qualified = f"{imported_from(node)}{alias.name}"
        scope.add(name, Binding(Bound.IMPORT, node, qualified, guarded))


def imported_from(node: ast.ImportFrom) -> str:
    """Give what stands before the names that are imported: ``app.models.``, ``..``."""
    return "." * node.level + (f"{node.module}." if node.module else "")


#: The fields of a statement that bind names, or hold what does.
_TARGETS: dict[type, tuple[str, ...]] = {
    ast.Assign: ("targets",),
    ast.AnnAssign: ("target",),
    ast.AugAssign: ("target",),
    ast.For: ("target", "body", "orelse"),
    ast.AsyncFor: ("target", "body", "orelse"),
    ast.While: ("body", "orelse"),
    ast.With: ("items", "body"),
    ast.AsyncWith: ("items", "body"),
    ast.withitem: ("optional_vars",),
    ast.Expr: (),
    ast.Return: (),
    ast.Assert: (),
    ast.Raise: (),
    ast.Attribute: (),
    ast.Subscript: (),
    ast.Call: (),
    ast.Compare: (),
    ast.BoolOp: (),
}

_BINDERS: dict[type, Callable[[Scope, Any, bool], None]] = {
    ast.FunctionDef: _bind_definition,
    ast.AsyncFunctionDef: _bind_definition,
    ast.ClassDef: _bind_definition,
    ast.Import: _bind_import,
    ast.ImportFrom: _bind_import,
    ast.Global: _bind_foreign,
    ast.Nonlocal: _bind_foreign,
    ast.Name: _bind_name,
    ast.Try: _bind_try,
    ast.TryStar: _bind_try,
    ast.If: _bind_if,
    ast.MatchAs: _bind_pattern,
    ast.MatchStar: _bind_pattern,
    ast.MatchMapping: _bind_rest,
    ast.Lambda: _bind_walrus,
    ast.ListComp: _bind_walrus,
    ast.SetComp: _bind_walrus,
    ast.DictComp: _bind_walrus,
    ast.GeneratorExp: _bind_walrus,
    ast.Constant: _bind_nothing,
    ast.Pass: _bind_nothing,
}


def resolve(expression: ast.expr, scope: Scope) -> str | None:
    """Give the dotted name of what an expression names through imports, else ``None``."""
    if isinstance(expression, ast.Attribute):
        base = resolve(expression.value, scope)
        return f"{base}.{expression.attr}" if base else None
    if not isinstance(expression, ast.Name):
        return None
    owner = scope.owner(expression.id)
    if owner is None:
        return _resolve_star(expression.id, scope)
    bindings = owner.bindings[expression.id]
    if expression.id in MOCKERS and all(b.how is Bound.PARAMETER for b in bindings):
        return _MOCKER_MODULE
    if any(b.how is not Bound.IMPORT and not b.guarded for b in bindings):
        return None
    imports = [b for b in bindings if b.how is Bound.IMPORT]
    plain = [b for b in imports if not b.guarded] or imports
    return plain[0].qualified if plain else None


def _resolve_star(name: str, scope: Scope) -> str | None:
    for outer in scope.chain():
        for star in outer.stars:
            if star in MOCK_MODULES and name in KINDS:
                return f"{star}.{name}"
    return None


def creation_kind(call: ast.Call, scope: Scope) -> Kind | None:
    """Say which class of mock a call creates, ``None`` where it creates none."""
    function = call.func
    name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", None)
    if name is None or (isinstance(function, ast.Attribute) and name not in KINDS):
        return None
    qualified = resolve(function, scope)
    module, _, member = (qualified or "").rpartition(".")
    if module in MOCK_MODULES or module == _MOCKER_MODULE:
        return KINDS.get(member)
    return None


def creation_kind_of(node: ast.AST | None, scope: Scope) -> Kind | None:
    """Say which class of mock a node creates, ``None`` for anything but such a call."""
    return creation_kind(node, scope) if isinstance(node, ast.Call) else None
