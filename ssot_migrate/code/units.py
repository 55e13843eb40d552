"""The outermost functions and methods of a file, those that were left out of its tree too."""

import ast
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import groupby

from msgspec import Struct

from ssot_migrate.code.names import FunctionNode
from ssot_migrate.code.source import Source, SourceError, parse_text

_SUITES = ("body", "orelse", "finalbody", "handlers", "cases")
#: What may stand between two words of a statement, comments aside.
_BETWEEN = "( )\t\\\r\n"
#: Nobody puts more of it between two.
_NEAR = 40
_CLASS = re.compile(r"^[ ]*class\b", re.MULTILINE)
#: What may define something, by the word that it starts with.
_DEFINITIONS = {word: re.compile(word + r"[\s\\]+(\w+)") for word in ("def", "class")}


class OmissionError(Exception):
    """A function that was left out cannot be parsed by itself: the file has to be parsed whole."""


class Unit(Struct, eq=False):
    """A function or method that stands in no other one. Its decorators stand outside."""

    text: str
    first: int
    last: int
    node: FunctionNode
    #: The classes and other statements that it stands in, the outermost first.
    outer: tuple[ast.AST, ...] = ()
    #: Whether the node is nothing but a name yet.
    is_omitted: bool = False


class Units:
    """The units of a file, in their order; what was left out is parsed when it is asked for."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._omitted = source.omitted
        self.all: list[Unit] = []
        found = _outermost(source.tree.body)
        for node, outer in sorted(found, key=lambda one: one[0].lineno):
            left_out = self._omitted.get(node.lineno)
            if left_out:
                text, last = left_out.text, left_out.last
            else:
                last = node.end_lineno or node.lineno
                text = source.text[source.starts[node.lineno - 1] : source.starts[last]]
            self.all.append(Unit(text, node.lineno, last, node, outer, left_out is not None))
        self._firsts = [unit.first for unit in self.all]
        self._holding: dict[str, list[Unit]] = {}

    def holding(self, word: str) -> list[Unit]:
        """List, parsed, the units in which a word stands. Raises OmissionError."""
        return self.parsed(self._with(word))

    def with_classes(self) -> list[Unit]:
        """List, parsed, the units in which classes are defined. Raises OmissionError."""
        return self.parsed([u for u in self.all if "class" in u.text and _CLASS.search(u.text)])

    def defining(self, what: str, name: str) -> list[Unit]:
        """List, parsed, the units that define a function (``def``) or ``class`` of a name."""
        places = self._defining.get((what, name), ())
        found = (self.at(bisect_right(self._source.starts, place)) for place in places)
        return self.parsed([*dict.fromkeys(unit for unit in found if unit)])

    @cached_property
    def _defining(self) -> dict[tuple[str, str], list[int]]:
        """Where each name may be defined: offsets in the text, by ``def`` or ``class`` and name."""
        found: dict[tuple[str, str], list[int]] = {}
        for word, pattern in _DEFINITIONS.items():
            for match in pattern.finditer(self._source.text):
                found.setdefault((word, match[1]), []).append(match.start())
        return found

    def with_own(self, attribute: str) -> list[Unit]:
        """List, parsed, the units in which ``self.x`` stands."""
        found = self._with(attribute)
        return self.parsed([unit for unit in found if _has_own(attribute, unit.text)])

    def below(self, node: ast.AST, word: str, *, bound: bool = False) -> list[Unit]:
        """List, parsed, the units of a class or module in which a word stands, or is ``bound``."""
        found = self._with(word)
        if isinstance(node, ast.ClassDef):
            last = node.end_lineno or node.lineno
            found = [unit for unit in found if node.lineno <= unit.first <= last]
        return self.parsed([unit for unit in found if _binds(word, unit.text)] if bound else found)

    def _with(self, word: str) -> list[Unit]:
        if word not in self._holding:
            found = [u for u in self.all if word in u.text and _stands(word, u.text)]
            self._holding[word] = found
        return self._holding[word]

    def at(self, line: int) -> Unit | None:
        """Find the unit of which a line is a part."""
        index = bisect_right(self._firsts, line) - 1
        found = self.all[index] if index >= 0 else None
        return found if found and line <= found.last else None

    def on(self, first: int, last: int) -> list[Unit]:
        """List, parsed, the units that have some of these lines. Raises OmissionError."""
        start = max(bisect_right(self._firsts, first) - 1, 0)
        near = self.all[start : bisect_right(self._firsts, last)]
        return self.parsed([unit for unit in near if first <= unit.last])

    def parsed(self, units: list[Unit]) -> list[Unit]:
        """Parse those that are not. Raises OmissionError."""
        left_out = [unit for unit in units if unit.is_omitted]
        for unit, node in _parsed(left_out) if left_out else ():
            for field in node._fields:
                if field != "decorator_list":
                    setattr(unit.node, field, getattr(node, field))
            for one in (unit.node, *unit.outer):
                _stretch(one, node)
            unit.is_omitted = False
            del self._omitted[unit.first]
        return units


def _stands(word: str, text: str) -> bool:
    """Say whether a word stands in a text, and not only as a part of others."""
    place = text.find(word)
    while place >= 0:
        end = place + len(word)
        around = text[place - 1 : place] + text[end : end + 1]
        if not any(character == "_" or character.isalnum() for character in around):
            return True
        place = text.find(word, place + 1)
    return False


def _around(word: str, text: str) -> Iterator[tuple[str, str]]:
    """Yield what stands before and behind each mention of a word, as far as that is asked for."""
    place = text.find(word)
    while place >= 0:
        end = place + len(word)
        before, after = text[max(place - _NEAR, 0) : place], text[end : end + _NEAR]
        yield before.rstrip(_BETWEEN), after.lstrip(_BETWEEN)
        place = text.find(word, end)


def _binds(name: str, text: str) -> bool:
    """Say whether something may be assigned to a name or attribute in a text."""
    return any(
        before.endswith("as") or (after[:1] in {":", "="} and after[:2] != "==")
        for before, after in _around(name, text)
    )


def _has_own(attribute: str, text: str) -> bool:
    """Say whether ``self.x`` may stand in a text."""
    befores = (before for before, _ in _around(attribute, text))
    return any(before[:-1].rstrip(_BETWEEN).endswith("self") for before in befores)


def _stretch(node: ast.AST, to: FunctionNode) -> None:
    """Let a node end no sooner than another one."""
    end = to.end_lineno or 0, to.end_col_offset or 0
    # Not all have a place: the cases of a match.
    if isinstance(node, ast.stmt | ast.excepthandler):
        was = node.end_lineno or 0, node.end_col_offset or 0
        node.end_lineno, node.end_col_offset = max(end, was)


def _outermost(body: Iterable[ast.AST]) -> Iterator[tuple[FunctionNode, tuple[ast.AST, ...]]]:
    """Yield the functions that stand in no other one, and what they stand in."""
    pending: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [(node, ()) for node in body]
    while pending:
        node, outer = pending.pop()
        if isinstance(node, FunctionNode):
            yield node, outer
        else:
            inner = (*outer, node)
            for name in _SUITES:
                pending += [(below, inner) for below in getattr(node, name, ())]


def _parsed(units: Iterable[Unit]) -> Iterator[tuple[Unit, FunctionNode]]:
    """Parse units at their places, those that stand equally deep together."""
    ordered = sorted(units, key=lambda unit: (unit.node.col_offset, unit.first))
    for indent, group in groupby(ordered, key=lambda unit: unit.node.col_offset):
        alike = list(group)
        try:
            tree = parse_text("".join(_placed(alike, indent)))
        except SourceError as error:
            raise OmissionError from error
        body = tree.body[0].body if isinstance(tree.body[0], ast.If) else tree.body
        found = [node for node in body if isinstance(node, FunctionNode)]
        if [node.lineno for node in found] != [unit.first for unit in alike]:
            raise OmissionError
        yield from zip(alike, found, strict=True)


def _placed(units: Iterable[Unit], indent: int) -> Iterator[str]:
    """Yield a text that holds units at their lines and columns."""
    line = 1
    if indent:
        yield "if 1:"
    for unit in units:
        yield "\n" * (unit.first - line)
        yield unit.text
        line = unit.last
