"""Whether the tree after a rewrite is what the plan makes of the tree before.

A statement whose lines the plan leaves alone, and which stand in both files byte for byte, is the
same in both: how Python reads it depends on nothing else. Only the others are compared by node.
"""

import ast
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import Any

from ssot_migrate.code.module import extent
from ssot_migrate.code.names import MOCK_MODULES, FunctionNode
from ssot_migrate.code.source import Omitted, Source, last_line, parse_text
from ssot_migrate.rewriting.plan import Fix, Place, Target, place_of
from ssot_migrate.rewriting.within import holds_line


class ExpressionError(Exception):
    """A text that should be one expression is none; the message says which."""


def parse_expression(text: str) -> ast.expr:
    """Parse an expression's text, which may hold comments. Raises ExpressionError."""
    match parse_text(f"({text}\n)").body:
        case [ast.Expr(value=value)]:
            return value
    raise ExpressionError(f"not one expression: {text[:60]}")


#: All of it stands in its header or its body.
_WithBody = FunctionNode | ast.ClassDef | ast.With | ast.AsyncWith


class Comparison:
    """Carries the plan out on the old tree while it goes down both; imports of mocks aside."""

    def __init__(
        self,
        before: Source,
        after: Source,
        fixes: Sequence[Fix],
        target: Target,
        edited: Collection[int] = (),
    ) -> None:
        self.before = before
        self.after = after
        self.target = target
        #: Many calls of a file are the same.
        self.parse = cache(parse_expression)
        self.calls = {fix.creation: fix.call for fix in fixes}
        self.added = {fix.statement: fix.call.after for fix in fixes}
        self.dropped: set[Place] = {place for fix in fixes for place in fix.dropped}
        places = (*self.calls, *self.added, *self.dropped)
        #: Lines on which something is planned.
        self.touched = sorted({line for line, _ in places} | {*edited})
        #: Where something is edited, the tree before is whole.
        self.omitted = {} if edited else before.omitted

    def same(self, old: Any, new: Any) -> bool:  # noqa: ANN401 (whatever a field of a node holds)
        """Say whether the plan makes one of the other: nodes, lists of them, or what they hold."""
        if isinstance(old, ast.Call) and place_of(old) in self.calls:
            return _alike(self._planned(place_of(old)), new)
        if type(old) is not type(new):
            return False
        if isinstance(old, list):
            return self._same_suite(old, new) if _is_suite(old, new) else self._same_all(old, new)
        if isinstance(old, ast.stmt):
            return self._same_statement(old, new)
        return self._same_fields(old, new) if isinstance(old, ast.AST) else repr(old) == repr(new)

    def _same_statement(self, old: ast.stmt, new: Any) -> bool:  # noqa: ANN401 (of a type with it)
        if old.lineno in self.omitted and isinstance(old, FunctionNode):
            left_out = self.omitted[old.lineno]
            return isinstance(new, FunctionNode) and self._has_all_of(left_out, old, new)
        if self._is_as_it_was(old, new):
            return True
        if isinstance(old, _WithBody) and self._has_header_of(old, new):
            return self._same_suite(old.body, new.body)
        return self._same_fields(old, new)

    def _same_fields(self, old: ast.AST, new: ast.AST) -> bool:
        return self._same_all(*([getattr(n, f, None) for f in n._fields] for n in (old, new)))

    def _same_all(self, old: list[Any], new: list[Any]) -> bool:
        return len(old) == len(new) and all(map(self.same, old, new))

    def _same_suite(self, old: list[ast.stmt], new: list[ast.stmt]) -> bool:
        """Compare statements, without those that go and with those that come."""
        wanted = list(self._wanted(old))
        found = [kept for statement in new if (kept := self._kept(statement))]
        if len(wanted) != len(found):
            return False
        pairs = zip(wanted, found, strict=True)
        return all((_alike if is_plain else self.same)(w, f) for (w, is_plain), f in pairs)

    def _wanted(self, old: list[ast.stmt]) -> Iterator[tuple[ast.stmt, bool]]:
        """Yield what has to come of some statements, and whether nothing is planned in it."""
        for statement in old:
            place = place_of(statement)
            if place in self.dropped:
                continue
            if kept := self._kept(statement):
                yield kept, isinstance(kept, ast.Import | ast.ImportFrom)
            for text in self.added.get(place, ()):
                yield from ((node, True) for node in parse_text(text).body)

    def _planned(self, place: Place) -> ast.expr:
        call = self.calls[place]
        arguments = ", ".join(f"{a.head}{a.text}" for a in call.arguments)
        return self.parse(f"{call.function}({arguments})")

    def _is_as_it_was(self, old: ast.stmt, new: ast.stmt) -> bool:
        """Say whether nothing is planned on a statement's lines, and the other one has the same."""
        if old.col_offset != new.col_offset or old.end_col_offset != new.end_col_offset:
            return False
        first, last = extent(old)
        if holds_line(self.touched, first, last):
            return False
        start, end = extent(new)
        return self.before.between(first, last) == self.after.between(start, end)

    def _has_header_of(self, old: _WithBody, new: Any) -> bool:  # noqa: ANN401 (of a type with it)
        """Say whether nothing is planned on the lines above a body, and the other one has them."""
        above, below = _header(self.before, old), _header(self.after, new)
        if above is None or below is None or holds_line(self.touched, *above):
            return False
        return self.before.between(*above) == self.after.between(*below)

    def _has_all_of(self, left_out: Omitted, old: FunctionNode, new: FunctionNode) -> bool:
        """Say whether a function is what was left out, behind which comments may stand."""
        text = self.after.between(new.lineno, last_line(new)).rstrip("\r\n")
        end, *behind = left_out.text[len(text) :].split("\n")
        is_all = not end.strip("\r") and all(line.lstrip()[:1] in {"", "#"} for line in behind)
        is_there = left_out.text.startswith(text) and is_all
        return is_there and self.same(old.decorator_list, new.decorator_list)

    def _kept(self, statement: ast.stmt) -> ast.stmt | None:
        """Leave out of an import what a fix may take away or bring; nothing if that is all."""
        if isinstance(statement, ast.Import):
            names = [a for a in statement.names if a.name not in MOCK_MODULES]
            return ast.Import(names) if names else None
        if not isinstance(statement, ast.ImportFrom) or statement.level:
            return statement
        module = statement.module
        moving = {self.target.class_name} if module == self.target.module else set()
        moving |= {"mock"} if module == "unittest" else set()
        names = [a for a in statement.names if a.name not in moving]
        return ast.ImportFrom(module, names, 0) if names and module not in MOCK_MODULES else None


def _header(source: Source, node: _WithBody) -> tuple[int, int] | None:
    """Give the first and last line above a body, if that starts on a line of its own."""
    inner = node.body[0]
    start, _ = extent(inner)
    is_alone = source.lines[start - 1][: inner.col_offset].isspace()
    return (extent(node)[0], start - 1) if is_alone else None


def _is_suite(old: list[Any], new: list[Any]) -> bool:
    return any(isinstance(node, ast.stmt) for node in (*old[:1], *new[:1]))


def _alike(wanted: ast.AST, found: Any) -> bool:  # noqa: ANN401 (whatever a field of a node holds)
    return isinstance(found, ast.AST) and ast.dump(wanted) == ast.dump(found)
