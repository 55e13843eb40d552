"""How a place in a file gets at the factory: by a name that is there, or by a new import."""

import ast
from collections.abc import Callable, Iterator

from ssot_migrate.code.names import Binding, Bound, FunctionNode, Scope
from ssot_migrate.frozen import Frozen


class Access(Frozen):
    """What to write for the factory at one place."""

    #: ``SSotMockFactory``, or the name that the file has for it.
    expression: str
    needs_import: bool
    #: Why the factory cannot be named there, else ``None``.
    reason: str | None = None


class Ways:
    """The ways in which the scopes of a file name the factory."""

    def __init__(self, factory: str, is_factory: Callable[[str], bool]) -> None:
        #: Its dotted name.
        self.factory = factory
        self.is_factory = is_factory
        self._found: dict[ast.AST, list[tuple[str, ast.AST]]] = {}

    def of(self, scope: Scope) -> list[tuple[str, ast.AST]]:
        """List the expressions that name the factory in a scope, each with its import."""
        if scope.node not in self._found:
            self._found[scope.node] = [*self._in(scope)]
        return self._found[scope.node]

    def _in(self, scope: Scope) -> Iterator[tuple[str, ast.AST]]:
        for name, bindings in scope.bindings.items():
            if all(b.how is Bound.IMPORT or b.guarded for b in bindings):
                for binding in bindings:
                    plain = binding.how is Bound.IMPORT and not binding.guarded
                    expression = _expression(name, binding, self) if plain else None
                    if expression:
                        yield expression, binding.node


def access(scope: Scope, statement: ast.stmt, ways: Ways) -> Access:
    """Find how a statement can name the factory."""
    class_name = ways.factory.rpartition(".")[2]
    below = False
    for outer in scope.chain():
        for expression, node in ways.of(outer):
            if _Place(outer, statement, below).runs_after(node):
                return Access(expression, needs_import=False)
        if class_name in outer.bindings and _is_other(outer, class_name, ways.is_factory):
            return Access(class_name, needs_import=False, reason=_taken(outer, class_name))
        below = below or isinstance(outer.node, FunctionNode)
    return Access(class_name, needs_import=True)


class _Place(Frozen):
    """A scope, and a statement in it or below it."""

    scope: Scope
    statement: ast.stmt
    #: The statement stands in a function below the scope, which is called later.
    below: bool

    def runs_after(self, node: ast.AST) -> bool:
        """Say whether an import of the scope has run when the statement runs."""
        line = getattr(node, "lineno", 0)
        if isinstance(self.scope.node, FunctionNode):
            return line < self.statement.lineno and node in self.scope.node.body
        return self.below or line < self.statement.lineno


def _expression(name: str, binding: Binding, ways: Ways) -> str | None:
    module, _, class_name = ways.factory.rpartition(".")
    if isinstance(binding.node, ast.Import):
        for alias in binding.node.names:
            if alias.name == module and (alias.asname or alias.name.partition(".")[0]) == name:
                return f"{alias.asname or module}.{class_name}"
        return None
    qualified = binding.qualified or ""
    if qualified == module:
        return f"{name}.{class_name}"
    return name if ways.is_factory(qualified) else None


def _is_other(scope: Scope, name: str, is_factory: Callable[[str], bool]) -> bool:
    """Say whether a name means something other than the factory, or may not be bound yet."""
    if isinstance(scope.node, FunctionNode):
        return True
    return any(
        not (b.qualified and is_factory(b.qualified)) and not (b.guarded and not b.qualified)
        for b in scope.bindings[name]
    )


def _taken(scope: Scope, name: str) -> str:
    binding = scope.bindings[name][0]
    line = getattr(binding.node, "lineno", 1)
    if binding.qualified and isinstance(scope.node, ast.Module):
        return f"{name} is imported from another module on line {line}; import the configured one"
    return f"{name} is bound to something else on line {line}; rename it"
