"""Mend the imports of a rewritten file, without parsing it where that can be told beforehand."""

import ast
from collections.abc import Collection, Iterable, Iterator

from ssot_migrate.code.abridge import Focus, abridged
from ssot_migrate.code.module import Module, extent
from ssot_migrate.code.names import FunctionNode, walk
from ssot_migrate.code.source import Source
from ssot_migrate.rewriting.imports import (
    header_of,
    is_mock,
    mend_imports,
    mock_imports,
    reflects,
    with_import,
)
from ssot_migrate.rewriting.plan import Target
from ssot_migrate.rewriting.within import bound_by, is_spelled_otherwise

Lines = Collection[int]


def mend(module: Module, text: str, target: Target | None, touched: Lines) -> str:
    """Give a file's new text with its imports in order, as ``mend_imports`` does.

    ``touched`` are the lines of the module that were rewritten. Where others use all that is
    imported of unittest.mock, no import goes; where all stand below the header, that is as it was.
    Functions with such imports are parsed, others where they have to be. Raises OmissionError.
    """
    module.units.holding("mock")
    before = module.source
    bound = list(_mock_names(before))
    leaving: set[str] = set()
    if not reflects(text):
        leaving = {name for holder, name in bound if not _stays(module, holder, name, touched)}
    header, end = header_of(before, target)
    if not leaving:
        if target is None:
            return text
        above = before.text[: before.starts[end - 1]]
        if touched and end < min(touched) and text.startswith(above):
            return with_import(before.with_text(text, ast.Module(header, [])), target)
    for name in leaving:
        module.units.holding(name)
    words = {"import", *leaving}
    if target and any(isinstance(node, FunctionNode) for one in header for node in walk(one)):
        words.add(target.class_name)
    staying = {name for _, name in bound} - leaving
    return mend_imports(before, _after(before, text, words), target, staying)


def _after(before: Source, text: str, words: Collection[str]) -> Source:
    """Parse the functions of a text that hold some words. Raises SourceError."""
    short = None
    if not is_spelled_otherwise(text, words):
        whole = before.with_text(text, ast.Module([], []))
        short = abridged(whole, Focus((), frozenset(words)))
    return short or before.with_text(text)


def _stays(module: Module, holder: ast.stmt | ast.Module, name: str, touched: Lines) -> bool:
    """Say whether a line that stays uses a name, or none did before."""

    def is_among(uses: Iterable[ast.Name]) -> bool:
        return any(use.lineno in lines and use.lineno not in touched for use in uses)

    last = len(module.source.lines)
    first, last = (1, last) if isinstance(holder, ast.Module) else extent(holder)
    lines = range(first, last + 1)
    if is_among(module.index.known(name)):
        return True
    uses = module.index.names(name)
    return is_among(uses) or not uses


def _mock_names(source: Source) -> Iterator[tuple[ast.stmt | ast.Module, str]]:
    """Yield the names that are imported of unittest.mock, each with the scope it is bound in."""
    for holder, statement, _ in mock_imports(source):
        for alias in statement.names:
            if is_mock(statement, alias):
                yield holder, bound_by(alias)
