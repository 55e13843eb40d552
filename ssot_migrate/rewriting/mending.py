"""Mend the imports of a rewritten file, without parsing it where that can be told beforehand."""

import ast
from collections.abc import Collection, Iterator

from ssot_migrate.code.abridge import Focus, abridged
from ssot_migrate.code.module import Module
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
from ssot_migrate.rewriting.within import is_spelled_otherwise, walk_within, with_words

#: What every import of mocks names.
_MOCK = "mock"


def mend(module: Module, text: str, target: Target | None, touched: Collection[int]) -> str:
    """Give a file's new text with its imports in order, as ``mend_imports`` does.

    ``touched`` are the lines of the module that were rewritten. Where others use all that is
    imported of unittest.mock, no import goes; where all stand below the header, that is as it was.
    Functions with such imports are parsed, others where they have to be. Raises OmissionError.
    """
    module.units.holding(_MOCK)
    before = module.source
    bound = list(_mock_names(before))
    words = {name for _, name in bound} | ({target.class_name} if target else set())
    if not reflects(text) and not all(_stays(module, *name, touched) for name in bound):
        for word in words:
            module.units.holding(word)
        return mend_imports(before, _after(before, text, words), target)
    if target is None:
        return text
    header, end = header_of(before, target)
    above = before.text[: before.starts[end - 1]]
    if not touched or end >= min(touched) or not text.startswith(above):
        return mend_imports(before, _after(before, text, words), target)
    return with_import(before.with_text(text, ast.Module(header, [])), target)


def _after(before: Source, text: str, words: Collection[str]) -> Source:
    """Parse the functions of a text with imports of mocks, or some words. Raises SourceError."""
    short = None
    if not is_spelled_otherwise(text, words):
        whole = before.with_text(text, ast.Module([], []))
        short = abridged(whole, Focus((), frozenset({_MOCK, *words})))
    return short or before.with_text(text)


def _stays(module: Module, holder: ast.AST, name: str, touched: Collection[int]) -> bool:
    """Say whether a line that stays uses a name, or none did before."""
    before = module.source
    if _is_used(before, holder, name, touched):
        return True
    module.units.holding(name)
    return _is_used(before, holder, name, touched) or not uses(before, before.tree, name)


def _mock_names(source: Source) -> Iterator[tuple[ast.AST, str]]:
    """Yield the names that are imported of unittest.mock, each with the scope it is bound in."""
    for holder, statement, _ in mock_imports(source):
        for alias in statement.names:
            if is_mock(statement, alias):
                yield holder, alias.asname or alias.name.partition(".")[0]


def _is_used(before: Source, holder: ast.AST, name: str, touched: Collection[int]) -> bool:
    """Say whether a line that stays uses a name, as far as they are parsed."""
    nodes = walk_within(holder, with_words(before, [name]))
    return any(isinstance(n, ast.Name) and n.id == name and n.lineno not in touched for n in nodes)
