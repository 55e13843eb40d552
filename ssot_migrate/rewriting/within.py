"""Look into those statements only that can hold what is looked for."""

import ast
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache
from unicodedata import normalize

from ssot_migrate.code.module import extent
from ssot_migrate.code.names import children
from ssot_migrate.code.source import Source

#: Says whether a statement is worth a look.
Wanted = Callable[[ast.stmt], bool]


def walk_within(node: ast.AST, wanted: Wanted) -> Iterator[ast.AST]:
    """Yield a node and all below it, parents first, without the statements that are not wanted."""
    pending = [node]
    while pending:
        node = pending.pop()
        if not isinstance(node, ast.stmt) or wanted(node):
            yield node
            pending += children(node)


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
    text, starts = spelled.text, spelled.starts

    def wanted(statement: ast.stmt) -> bool:
        first, last = extent(statement)
        start, end = starts[first - 1], starts[last]
        return any(text.find(word, start, end) >= 0 for word in words)

    return wanted


@lru_cache(maxsize=4)
def _spelled(text: str) -> Source:
    """Spell a text as Python reads the names in it, line by line."""
    lines = Source(text, "utf-8").lines
    return Source("".join(normalize("NFKC", line) for line in lines), "utf-8")
