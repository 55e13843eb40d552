"""Whether a value means the same when it is evaluated in the creation's place."""

import ast
from collections.abc import Mapping

from ssot_migrate.code.layout import fits_elsewhere, outgrows
from ssot_migrate.code.module import Module
from ssot_migrate.code.names import FunctionNode, Scope, creation_kind_of, walk
from ssot_migrate.code.uses import dotted_root
from ssot_migrate.shapes.block import Finding

_NEVER = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.Starred)
#: What gives the same, whatever ran before: the names in it are looked at on their own.
_STEADY = (ast.Constant, ast.Name, ast.List, ast.Tuple, ast.Set, ast.Dict)


def can_move(
    module: Module,
    finding: Finding,
    statement: ast.stmt | None,
    value: ast.expr,
    moved: Mapping[str, ast.expr],
) -> bool:
    """Say whether a setting's value may move up into the call that replaces the creation."""
    parts = list(walk(value))
    if any(isinstance(part, _NEVER) for part in parts):
        return False
    if not fits_elsewhere(module.source, value):
        return False
    if outgrows(module.source, value, module.line_length):
        return False
    if statement is None:
        return True
    if not is_quiet(value, finding.scope) and _is_guarded(module, statement):
        return False
    if _binds(finding) & {part.attr for part in parts if isinstance(part, ast.Attribute)}:
        return False
    between = _between(finding, statement)
    going = {id(argument) for argument in moved.values()}
    standing = [s for s in between if id(getattr(s, "value", None)) not in going]
    if not _names_stand(value, between, finding.scope):
        return False
    named = any(isinstance(part, ast.Name) for part in parts)
    if not named or all(_is_steady(part) for part in parts):
        return True
    return all(is_quiet(s, finding.scope) for s in standing) and _paths_stand(value, between)


def _is_guarded(module: Module, statement: ast.stmt) -> bool:
    """Say whether code goes on where a statement fails: then the mock is there already."""
    node: ast.AST | None = module.index.parent(statement)
    while node is not None and not isinstance(node, FunctionNode):
        match node:
            case ast.Try(handlers=[_, *_]) | ast.TryStar():
                return True
            case ast.With(items=items) | ast.AsyncWith(items=items):
                if any(_takes_errors(item.context_expr) for item in items):
                    return True
        node = module.index.parent(node)
    return False


def _takes_errors(expression: ast.expr) -> bool:
    """Say whether a context manager is one that waits for an error: ``pytest.raises(…)``."""
    called = dotted_root(expression.func) if isinstance(expression, ast.Call) else None
    return called is not None and called[-1].lower().startswith(
        ("raises", "assertraises", "suppress")
    )


def _binds(finding: Finding) -> set[str]:
    """Give the attributes that the creation's own statement sets: ``x`` of ``self.x``."""
    roots = finding.block.roots if finding.block else ()
    return {root[-1] for root in roots if len(root) > 1}


def _between(finding: Finding, statement: ast.stmt) -> list[ast.stmt]:
    between = finding.block.between if finding.block else [statement]
    return between[: between.index(statement)]


def _is_steady(part: ast.AST) -> bool:
    negative = isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.USub)
    return negative or isinstance(part, (*_STEADY, ast.expr_context, ast.USub))


def _names_stand(value: ast.expr, between: list[ast.stmt], scope: Scope) -> bool:
    """Say whether no name in a value is bound between the creation and the setting."""
    used = {node.id for node in walk(value) if isinstance(node, ast.Name)}
    bound = {name for statement in between for name in _bound_by(statement)}
    return not used & (bound | scope.foreign)


def _bound_by(statement: ast.stmt) -> set[str]:
    found: set[str] = set()
    for node in walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            found.add(node.id)
        elif isinstance(node, FunctionNode | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            found.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            found.add(node.rest)
    return found


def _paths_stand(value: ast.expr, between: list[ast.stmt]) -> bool:
    """Say whether nothing between sets an attribute that a value reads, or any item."""
    read = {node.attr for node in walk(value) if isinstance(node, ast.Attribute)}
    for node in (inner for statement in between for inner in walk(statement)):
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            return False
        if isinstance(node, ast.Attribute) and node.attr in read - _loaded(node):
            return False
    return True


def _loaded(node: ast.Attribute) -> set[str]:
    return {node.attr} if isinstance(node.ctx, ast.Load) else set()


def is_quiet(node: ast.AST, scope: Scope) -> bool:
    """Say whether a statement or value runs nothing but creations of mocks."""
    if isinstance(node, FunctionNode):
        return True
    return not any(
        isinstance(inner, ast.Call | ast.Await | ast.Yield | ast.Import | ast.ImportFrom)
        and not creation_kind_of(inner, scope)
        for inner in walk(node)
    )
