"""The lines of a file in which one fix shows, apart from the imports that it mends."""

import ast
from collections.abc import Collection, Iterator

from ssot_migrate.code.alignment import hunks
from ssot_migrate.code.names import children
from ssot_migrate.code.source import Source
from ssot_migrate.frozen import Frozen

#: Names of the classes and functions around a statement, and what it says.
Said = tuple[tuple[str, ...], str]


class Stretch(Frozen):
    """Lines before and after a fix, 0-based, the ends exclusive."""

    old: range
    new: range


def find_stretch(before: Source, after: Source) -> Stretch | None:
    """Give the statements that differ, from the first to the last; None where none does."""
    theirs, ours = _import_lines(before.tree), _import_lines(after.tree)
    differing = [
        (i1, i2, j1, j2)
        for hunk in hunks(_encoded(before), _encoded(after))
        for tag, i1, i2, j1, j2 in hunk
        if tag != "equal"
        and not (_within(before, range(i1, i2), theirs) and _within(after, range(j1, j2), ours))
    ]
    if not differing:
        return None
    old = range(differing[0][0], differing[-1][1])
    new = range(differing[0][2], differing[-1][3])
    whole = _whole_statements(after.tree, new)
    return Stretch(
        range(old.start - (new.start - whole.start), old.stop + (whole.stop - new.stop)), whole
    )


def _import_lines(tree: ast.Module) -> set[int]:
    """List the lines (0-based) of all imports."""
    return {
        number
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for number in range(node.lineno - 1, node.end_lineno or node.lineno)
    }


def outside(tree: ast.Module, stretches: Collection[range]) -> list[Said]:
    """List the simple statements, but the imports, that no line of the stretches belongs to."""
    return [
        (scope, ast.dump(statement))
        for statement, scope in _simple(tree)
        if not isinstance(statement, ast.Import | ast.ImportFrom)
        and not any(_overlap(statement, stretch) for stretch in stretches)
    ]


def _encoded(source: Source) -> list[bytes]:
    return [line.encode("utf-8", "surrogatepass") for line in source.lines]


def _within(source: Source, lines: range, imports: Collection[int]) -> bool:
    """Say whether lines hold nothing but imports."""
    return all(number in imports or not source.lines[number].strip() for number in lines)


def _whole_statements(tree: ast.Module, lines: range) -> range:
    """Widen a range to the whole of the simple statements in it."""
    for statement, _ in _simple(tree):
        if _overlap(statement, lines):
            last = statement.end_lineno or statement.lineno
            lines = range(min(lines.start, statement.lineno - 1), max(lines.stop, last))
    return lines


def _overlap(statement: ast.stmt, lines: range) -> bool:
    last = statement.end_lineno or statement.lineno
    return statement.lineno - 1 < lines.stop and last > lines.start


def _simple(tree: ast.Module) -> Iterator[tuple[ast.stmt, tuple[str, ...]]]:
    """Yield statements that hold no others, the last first, with the names of what is around."""
    pending: list[tuple[ast.AST, tuple[str, ...]]] = [(tree, ())]
    while pending:
        node, scope = pending.pop()
        holds = hasattr(node, "body") or isinstance(node, ast.Match)
        if isinstance(node, ast.stmt) and not holds:
            yield node, scope
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            scope = (*scope, node.name)
        pending += [(child, scope) for child in children(node)]
