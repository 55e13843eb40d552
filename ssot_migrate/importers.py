"""Say which modules a file imports, by its import statements alone."""
# Strings, not Path objects: every import of a file is tried below many folders.
# ruff: noqa: PTH118, PTH119

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from os.path import basename, join
from pathlib import Path

from ssot_migrate.model import SourceFile
from ssot_migrate.source import SourceError, parse_text

_REST = rb"(?:\\\r?\n|[^\n;#])*+"
_IMPORT = re.compile(
    rb"^[ \t]*(from[ \t]+[\w.]+[ \t]+import[ \t]*(?:\((?:[^)#]|#[^\n]*+){0,9999}+\)|"
    + _REST
    + rb")|import[ \t]"
    + _REST
    + rb")",
    re.MULTILINE,
)
#: Stands for all that a module holds.
_WHOLE = frozenset({"*"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Names at the top of a module that other files may import."""

    #: The module's path without its ending, those of packages that pass the names on included.
    modules: frozenset[str]
    names: frozenset[str]


def module_path(location: str) -> str:
    """Give the path of a module as an import leads to it: without ending, a package its folder."""
    path = Path(location)
    return str(path.parent if path.stem == "__init__" else path.with_suffix(""))


@dataclass(frozen=True)
class Question:
    """Which of the wanted a file imports."""

    wanted: tuple[Wanted, ...]
    #: Folders in which modules are looked for.
    roots: tuple[str, ...]

    @cached_property
    def stems(self) -> re.Pattern[bytes]:
        """What an import of a wanted module must hold."""
        stems = {basename(module) for want in self.wanted for module in want.modules}
        return re.compile("|".join(map(re.escape, sorted(stems))).encode())

    def answer(self, file: SourceFile) -> frozenset[int]:
        """Give the indexes of what a file imports; nothing for one that cannot be read."""
        try:
            data = Path(file.location).read_bytes()
        except OSError:
            return frozenset()
        if not self.stems.search(data):
            return frozenset()
        return frozenset(
            index
            for module, names in self._imports(data, file.location)
            for index, want in enumerate(self.wanted)
            if module in want.modules and (names == _WHOLE or names & want.names)
        )

    def _imports(self, data: bytes, location: str) -> Iterator[tuple[str, frozenset[str]]]:
        """Yield the paths that a file's imports may lead to, and the names taken from there.

        Nobody asks which paths exist: each root and each folder around the file gives one.
        """
        for match in _IMPORT.finditer(data):
            if self.stems.search(match[1]):
                for node in _statements(match[1]):
                    yield from _targets(node, self.roots, _around(location))


def _around(location: str) -> list[str]:
    """List the folders that a file is in, the nearest first."""
    return [str(folder) for folder in Path(location).parents]


def _statements(text: bytes) -> list[ast.stmt]:
    try:
        return parse_text(text.decode("utf-8", "replace")).body
    except SourceError:
        return []  # A sentence of a docstring that starts with "from" or "import".


def _targets(
    node: ast.stmt, roots: Sequence[str], around: Sequence[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    bases = dict.fromkeys([*roots, *around])
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield from ((join(base, *alias.name.split(".")), _WHOLE) for base in bases)
    elif isinstance(node, ast.ImportFrom):
        names = frozenset(alias.name for alias in node.names)
        parts = node.module.split(".") if node.module else []
        for base in around[node.level - 1 :][:1] if node.level else bases:
            module = join(base, *parts)
            yield module, names
            yield from ((join(module, name), _WHOLE) for name in names - _WHOLE)
