"""Mend the imports of a rewritten file, without parsing it where that can be told beforehand."""

import ast
from collections.abc import Collection

from ssot_migrate.code.source import Source
from ssot_migrate.rewriting.imports import (
    header_of,
    is_mock,
    mend_imports,
    mock_imports,
    reflects,
    uses,
    with_import,
)
from ssot_migrate.rewriting.plan import Target
from ssot_migrate.rewriting.within import walk_within, with_words


def mend(before: Source, text: str, target: Target | None, touched: Collection[int]) -> str:
    """Give a file's new text with its imports in order, as ``mend_imports`` does.

    ``touched`` are the lines of ``before`` that were rewritten. Where others use all that is
    imported of unittest.mock, no import goes; where all stand below the header, that is as it was.
    """
    if not reflects(text) and not _all_stay(before, touched):
        return mend_imports(before, before.with_text(text), target)
    if target is None:
        return text
    header, end = header_of(before, target)
    above = before.text[: before.starts[end - 1]]
    if not touched or end >= min(touched) or not text.startswith(above):
        return mend_imports(before, before.with_text(text), target)
    tree = ast.Module(header, [])
    return with_import(Source(text, before.encoding, before.bom, tree), target)


def _all_stay(before: Source, touched: Collection[int]) -> bool:
    """Say whether lines that stay use each name of unittest.mock, or none did before."""
    return all(
        _is_used(before, holder, alias.asname or alias.name.partition(".")[0], touched)
        for holder, statement, _ in mock_imports(before)
        for alias in statement.names
        if is_mock(statement, alias)
    )


def _is_used(before: Source, holder: ast.AST, name: str, touched: Collection[int]) -> bool:
    nodes = walk_within(holder, with_words(before, [name]))
    staying = (n for n in nodes if isinstance(n, ast.Name) and n.lineno not in touched)
    return any(node.id == name for node in staying) or not uses(before, before.tree, name)
