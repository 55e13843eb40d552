"""The order of imports, as isort and Ruff have it."""

import ast
import re
import sys
from collections.abc import Iterable

from ssot_migrate.frozen import Frozen

#: Lines from one import to the next that stands together with it: at most a blank between.
_NEAR = 2

Natural = tuple[str, str]
_NUMBER = re.compile(r"\d+")


class Import(Frozen):
    """An import statement and the section that it belongs to."""

    statement: ast.Import | ast.ImportFrom
    section: int

    @property
    def key(self) -> tuple[int, int, Natural, tuple[int, Natural]]:
        """What imports are sorted by."""
        return self.section, *_sort_key(self.statement)


def _sort_key(statement: ast.Import | ast.ImportFrom) -> tuple[int, Natural, tuple[int, Natural]]:
    first = min(member_key(alias.name) for alias in statement.names)
    if isinstance(statement, ast.Import):
        return 0, _natural(statement.names[0].name), first
    return 1, _natural("." * statement.level + (statement.module or "")), first


def _natural(name: str) -> Natural:
    """Order names as isort does: without case first, numbers by their size."""
    return _NUMBER.sub(lambda number: number[0].zfill(12), name.lower()), name


def section_of(statement: ast.Import | ast.ImportFrom, first_party: Iterable[str]) -> int:
    """Give the number of isort's section: future, standard library, third, first party, local."""
    if isinstance(statement, ast.ImportFrom) and statement.level:
        return 4
    name = statement.module if isinstance(statement, ast.ImportFrom) else statement.names[0].name
    package = (name or "").partition(".")[0]
    if package == "__future__":
        return 0
    if package in sys.stdlib_module_names:
        return 1
    return 3 if package in first_party else 2


def last_run(entries: list[Import]) -> list[Import]:
    """Take the last imports of a section that stand together."""
    run = entries[:1]
    for entry in entries[1:]:
        lines = entry.statement.lineno - (run[-1].statement.end_lineno or 0)
        near = lines <= _NEAR
        run = [*run, entry] if near else [entry]
    return run


def is_sorted(entries: list[Import]) -> bool:
    """Say whether imports stand in isort's order."""
    keys = [entry.key for entry in entries]
    return keys == sorted(keys)


def member_key(name: str) -> tuple[int, Natural]:
    """Order members as isort does: a star, constants, classes, the rest."""
    if name == "*":
        return 0, _natural(name)
    kind = 1 if name.isupper() and len(name) > 1 else 2 if name[:1].isupper() else 3
    return kind, _natural(name)
