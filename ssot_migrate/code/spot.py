"""Where an expression stands: the scope in which its names are looked up."""

import ast
from collections.abc import Iterator

from ssot_migrate.code.module import Module
from ssot_migrate.code.names import FunctionNode, Scope, walk
from ssot_migrate.frozen import Frozen

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Spot(Frozen):
    """A scope, and the names that lambdas and comprehensions in it bind around an expression."""

    scope: Scope
    hidden: frozenset[str]

    def owner(self, name: str) -> Scope | None:
        """Find the scope that binds a name used here, ``None`` also where a lambda does."""
        return None if name in self.hidden else self.scope.owner(name)


def spot_of(module: Module, node: ast.AST) -> Spot:
    """Find where a node of a module stands."""
    outer: list[FunctionNode | ast.ClassDef] = []
    hidden: set[str] = set()
    below = node
    for above in module.index.above(node):
        if isinstance(above, FunctionNode | ast.ClassDef):
            if any(statement is below for statement in above.body):
                outer.append(above)
        elif not outer:
            hidden.update(_bound_inside(above, below))
        below = above
    scope = module.top
    for inner in reversed(outer):
        scope = module.scope(inner, scope)
    return Spot(scope, frozenset(hidden))


def _bound_inside(above: ast.AST, below: ast.AST) -> Iterator[str]:
    """Yield the names that a lambda or comprehension binds for what is below it."""
    if isinstance(above, ast.Lambda) and below is above.body:
        arguments = above.args
        named = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        starred = (a for a in (arguments.vararg, arguments.kwarg) if a)
        yield from (argument.arg for argument in (*named, *starred))
    elif isinstance(above, _COMPREHENSIONS):
        for generator in above.generators:
            targets = (n for n in walk(generator.target) if isinstance(n, ast.Name))
            yield from (target.id for target in targets)
