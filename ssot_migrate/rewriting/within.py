"""Look into those statements only that can hold what is looked for."""

import ast
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache
from unicodedata import normalize

from ssot_migrate.code.module import extent, suites
from ssot_migrate.code.names import FunctionNode, children
from ssot_migrate.code.source import Source

#: Says whether a statement is worth a look.
Wanted = Callable[[ast.stmt], bool]
#: The names of the functions and classes around.
Scope = tuple[str, ...]
ImportStatement = tuple[Scope, ast.Import | ast.ImportFrom]


def walk_within(node: ast.AST, wanted: Wanted) -> Iterator[ast.AST]:
    """Yield a node and all below it, parents first, without the statements that are not wanted."""
    pending = [node]
    while pending:
        node = pending.pop()
        if not isinstance(node, ast.stmt) or wanted(node):
            yield node
            pending += children(node)


def bound_by(alias: ast.alias) -> str:
    """Give the name that a part of an import binds."""
    return alias.asname or alias.name.partition(".")[0]


def import_statements(source: Source) -> Iterator[ImportStatement]:
    """Yield all imports, each with its scope."""
    wanted = with_words(source, ["import"])
    pending: list[tuple[Scope, ast.AST]] = [((), source.tree)]
    while pending:
        scope, node = pending.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield scope, node
        inner = (*scope, node.name) if isinstance(node, FunctionNode | ast.ClassDef) else scope
        pending += [(inner, child) for suite in suites(node) for child in filter(wanted, suite)]


def on_lines(lines: Collection[int]) -> Wanted:
    """Want what stands on one of some lines."""
    ordered = sorted(lines)
    return lambda statement: holds_line(ordered, *extent(statement))


def holds_line(lines: Sequence[int], first: int, last: int) -> bool:
    """Say whether one of some lines, which are sorted, is among those from a first to a last."""
    index = bisect_left(lines, first)
    return index < len(lines) and lines[index] <= last


def with_words(source: Source, words: Collection[str]) -> Wanted:
    """Want what has one of some words in its lines: only there can it be a name."""
    spelled = source if source.text.isascii() else _spelled(source.text)
    starts = spelled.starts
    places = sorted(place for word in words for place in _places(spelled.text, word))

    def wanted(statement: ast.stmt) -> bool:
        first, last = extent(statement)
        index = bisect_left(places, starts[first - 1])
        return index < len(places) and places[index] < starts[last]

    return wanted


def is_spelled_otherwise(text: str, words: Collection[str]) -> bool:
    """Say whether Python reads one of some words where another one is written."""
    if text.isascii():
        return False
    spelled = _spelled(text).text
    return any(spelled.count(word) != text.count(word) for word in words)


def _places(text: str, word: str) -> Iterator[int]:
    place = text.find(word)
    while place >= 0:
        yield place
        place = text.find(word, place + 1)


@lru_cache(maxsize=4)
def _spelled(text: str) -> Source:
    """Spell a text as Python reads the names in it; its lines stay."""
    return Source(normalize("NFKC", text), "utf-8")
