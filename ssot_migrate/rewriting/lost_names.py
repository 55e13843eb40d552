"""Which names a file uses that it imported before, and no longer does."""

import ast
from collections.abc import Collection, Iterable, Iterator

from ssot_migrate.code.names import FunctionNode, children
from ssot_migrate.code.source import Source
from ssot_migrate.rewriting.within import ImportStatement, Scope, Wanted, bound_by, with_words

#: Names by the scope that they are imported in.
Imported = dict[Scope, set[str]]


def lost_names(was: Imported, now: Imported, after: Source) -> set[str]:
    """List the names that are used where they were imported before, and no longer are."""
    gone = {
        (scope, name) for scope, names in was.items() for name in names - _seen_from(scope, now)
    }
    used = list(_uses(after, {name for _, name in gone})) if gone else []
    return {name for scope, name in gone if (scope, name) in used}


def imported_names(statements: Iterable[ImportStatement]) -> Imported:
    """Map each scope to the names that are imported right in it."""
    imported: Imported = {}
    for scope, statement in statements:
        names = {bound_by(alias) for alias in statement.names}
        imported.setdefault(scope, set()).update(names)
    return imported


def _seen_from(scope: Scope, imported: Imported) -> set[str]:
    """Give what is imported in a scope or around it."""
    return set().union(*(imported.get(scope[:n], set()) for n in range(len(scope) + 1)))


def _uses(source: Source, names: Collection[str]) -> Iterator[tuple[Scope, str]]:
    """Yield where each of some names is used: in a scope, and in all around it."""
    for node, scope in _walk(source.tree, with_words(source, names)):
        if isinstance(node, ast.Name) and node.id in names:
            yield from ((scope[:n], node.id) for n in range(len(scope) + 1))


def _walk(tree: ast.Module, wanted: Wanted) -> Iterator[tuple[ast.AST, Scope]]:
    """Yield the nodes of the statements that are wanted, each with its scope."""
    pending: list[tuple[ast.AST, Scope]] = [(tree, ())]
    while pending:
        node, scope = pending.pop()
        if isinstance(node, ast.stmt) and not wanted(node):
            continue
        if isinstance(node, FunctionNode | ast.ClassDef):
            scope = (*scope, node.name)
        yield node, scope
        pending += [(inner, scope) for inner in children(node)]
