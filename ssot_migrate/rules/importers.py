"""Say which modules a file imports, by its import statements alone."""
# Strings, not Path objects: every import of a file is tried below many folders.
# ruff: noqa: PTH118, PTH119

import ast
import os
import re
from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from os.path import basename, join
from pathlib import Path

from ssot_migrate.code.source import SourceError, parse_text
from ssot_migrate.frozen import Frozen
from ssot_migrate.model import SourceFile

_REST = rb"(?:\\\r?\n|[^\n;#])*+"
_STATEMENT = (
    rb"(from[ \t]+[\w.\x80-\xff]+[ \t]+import[ \t]*(?:\((?:[^)#]|#[^\n]*+){0,9999}+\)|"
    + _REST
    + rb")|import[ \t]"
    + _REST
    + rb")"
)
_IMPORT = re.compile(rb"^(?:\xef\xbb\xbf)?[ \t]*" + _STATEMENT, re.MULTILINE)
#: The same where others stand before them on their lines; few files have such, and it is slow.
_INLINE_IMPORT = re.compile(rb"(?:^(?:\xef\xbb\xbf)?|[:;])[ \t]*" + _STATEMENT, re.MULTILINE)
_INLINE = (b": import ", b"; import ", b": from ", b"; from ")
_NAME = rb"""["']([\w.\x80-\xff]+)["']"""
_LITERAL = re.compile(_NAME)
_CALLED = re.compile(rb"\(\s*+" + _NAME)
#: What imports a module whose name it is given; what is patched is imported too.
_IMPORTERS = (b"import_module", b"__import__", b"importorskip", b"patch", b".setattr")
_PLUGINS = re.compile(
    rb"^pytest_plugins\b[^=\n]*=\s*+(\([^)]*+\)|\[[^\]]*+\]|[^\n]*+)", re.MULTILINE
)
#: How most modules with mocks start.
_TEST = b"test_"
#: Stands for all that a module holds.
_WHOLE = frozenset({"*"})


class Wanted(Frozen):
    """Names at the top of a module that other files may import."""

    #: The module's path without its ending, those of packages that pass the names on included.
    modules: frozenset[str]
    names: frozenset[str]


def module_path(location: str) -> str:
    """Give the path of a module as an import leads to it: without ending, a package its folder."""
    path = Path(location)
    return str(path.parent if path.stem == "__init__" else path.with_suffix(""))


class Question(Frozen, dict=True):
    """Which of the wanted a file imports."""

    wanted: tuple[Wanted, ...]
    #: Folders in which modules are looked for.
    roots: tuple[str, ...]

    @cached_property
    def _stems(self) -> tuple[Sequence[bytes], Sequence[re.Pattern[bytes]]]:
        """One of them stands in each import of a wanted module; tests' have one pattern.

        What starts alike is found fast by a pattern; one of all stems takes ten times as long.
        """
        modules = {basename(module) for want in self.wanted for module in want.modules}
        stems = [os.fsencode(module) for module in sorted(modules)]
        tests = [re.escape(stem) for stem in stems if stem.startswith(_TEST)]
        others = [stem for stem in stems if not stem.startswith(_TEST)]
        return others, [re.compile(b"|".join(tests))] if tests else []

    def _may_import(self, data: bytes) -> bool:
        words, patterns = self._stems
        return any(p.search(data) for p in patterns) or any(word in data for word in words)

    def answer(self, file: SourceFile) -> frozenset[int]:
        """Give the indexes of what a file imports; nothing for one that cannot be read."""
        try:
            data = file.read()
        except OSError:
            return frozenset()
        if not self._may_import(data):
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
        around = _around(location)
        for match in _IMPORT.finditer(data):
            if self._may_import(match[1]):
                for imported in _statements(match[1]):
                    yield from _targets(imported, self.roots, around)


class Imported(Frozen):
    """A module that is imported, and what is taken from it."""

    #: Its dotted name, in parts; empty for ``from . import …``.
    parts: tuple[str, ...]
    names: frozenset[str] = _WHOLE
    #: So many dots stand before the name.
    level: int = 0


def imported_by(data: bytes) -> Iterator[Imported]:
    """Yield what a file imports by statements, by calls with literal names, and as its plugins."""
    pattern = _INLINE_IMPORT if any(word in data for word in _INLINE) else _IMPORT
    for match in pattern.finditer(data):
        yield from _statements(match[1])
    for match in _CALLED.finditer(data):
        if data.endswith(_IMPORTERS, 0, match.start()):
            yield _named(match[1])
    if b"pytest_plugins" in data:
        for match in _PLUGINS.finditer(data):
            yield from map(_named, _LITERAL.findall(match[1]))


def named(dotted: str) -> Imported:
    """Read the name of a module, dots before it included."""
    name = dotted.lstrip(".")
    return Imported(tuple(name.split(".")), level=len(dotted) - len(name))


def _named(literal: bytes) -> Imported:
    return named(literal.decode("utf-8", "replace"))


def _around(location: str) -> list[str]:
    """List the folders that a file is in, the nearest first."""
    return [str(folder) for folder in Path(location).parents]


@cache
def _statements(text: bytes) -> tuple[Imported, ...]:
    """Read import statements; many files have the same ones."""
    try:
        body = parse_text(text.decode("utf-8", "replace")).body
    except SourceError:
        return ()  # A sentence of a docstring that starts with "from" or "import".
    return tuple(imported for node in body for imported in _of_statement(node))


def _of_statement(node: ast.stmt) -> Iterator[Imported]:
    if isinstance(node, ast.Import):
        yield from (Imported(tuple(alias.name.split("."))) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        parts = tuple(node.module.split(".")) if node.module else ()
        yield Imported(parts, frozenset(alias.name for alias in node.names), node.level)


def _targets(
    imported: Imported, roots: Sequence[str], around: Sequence[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    level = imported.level
    for base in around[level - 1 :][:1] if level else dict.fromkeys([*roots, *around]):
        module = join(base, *imported.parts)
        yield module, imported.names
        yield from ((join(module, name), _WHOLE) for name in imported.names - _WHOLE)
