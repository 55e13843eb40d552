"""Rule ``factory-fallback``: what stands in for the factory where its import fails."""

import ast
from collections.abc import Iterator

from ssot_migrate.code.module import Module
from ssot_migrate.code.names import Binding, FunctionNode, imported_from
from ssot_migrate.code.sites import Told, report
from ssot_migrate.code.spot import spot_of
from ssot_migrate.families.family import Rule
from ssot_migrate.finding.draft import Rules
from ssot_migrate.model import Violation


def find(module: Module, rule: Rule, rules: Rules) -> Iterator[Violation]:
    """Report what binds the factory's name where its import has failed."""
    told: set[ast.AST] = set()
    for node in module.index.nodes(ast.ImportFrom):
        for name in _imported(node, rules):
            scope = spot_of(module, node).scope
            for binding in scope.bindings.get(name, ()):
                statement = _statement(module, binding)
                what = _what(module, rules, statement, node)
                if what and statement not in told:
                    told.add(statement)
                    reason = f"{name} is {what} where its import fails; let the import fail"
                    yield report(module, rule, statement, scope, Told(name, reason))


def _imported(node: ast.ImportFrom, rules: Rules) -> Iterator[str]:
    """Yield the names under which a statement imports the factory, or what is called so."""
    for alias in node.names:
        qualified = f"{imported_from(node)}{alias.name}"
        is_class = alias.name[:1].isupper()
        if alias.name == rules.factory.class_name or (is_class and rules.is_factory(qualified)):
            yield alias.asname or alias.name


def _statement(module: Module, binding: Binding) -> ast.stmt:
    nodes = (binding.node, *module.index.above(binding.node))
    return next(node for node in nodes if isinstance(node, ast.stmt))


def _what(module: Module, rules: Rules, statement: ast.stmt, imported: ast.AST) -> str | None:
    """Say what a statement makes of the name, ``None`` where it is no fallback."""
    match statement:
        case ast.Assign(value=ast.Constant(value=None)):
            return "None"
        case ast.ImportFrom() if any(_imported(statement, rules)):
            return None
    return "something else" if _handles(module, statement, imported) else None


def _handles(module: Module, statement: ast.stmt, imported: ast.AST) -> bool:
    """Say whether a statement stands where it is handled that an import has failed."""
    around = [imported, *module.index.above(imported)]
    below: ast.AST = statement
    for above in module.index.above(statement):
        if isinstance(above, ast.Try) and isinstance(below, ast.ExceptHandler):
            return any(one is tried for tried in above.body for one in around)
        if isinstance(above, FunctionNode | ast.ClassDef):
            return False
        below = above
    return False
