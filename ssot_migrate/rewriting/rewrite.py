"""Carry out fixes with LibCST, on nothing but the lines of the statements concerned."""

from collections.abc import Sequence
from functools import cache, cached_property, partial

import libcst as cst

from ssot_migrate.code.abridge import long_strings
from ssot_migrate.code.layout import (
    PRAGMA,
    Line,
    assigned,
    broken,
    call_text,
    comments,
    indent_of,
    width,
)
from ssot_migrate.code.source import Source, SourceError, parse_text
from ssot_migrate.rewriting.edits import edited
from ssot_migrate.rewriting.plan import Call, Edit, Fix, Group, Place

#: More columns than any line has: a line that is shared stays one.
_UNBOUND = 1_000_000


class RewriteError(Exception):
    """LibCST cannot carry a fix out; the message says where."""


class _LinesError(Exception):
    """LibCST does not take some lines as they have to be."""


def rewrite(
    source: Source, fixes: Sequence[Fix], line_length: int, edits: Sequence[Edit] = ()
) -> str:
    """Give the text after these fixes; imports are not yet touched. Raises RewriteError.

    No edit may stand on a line that a fix rewrites.
    """
    return _Rewriter(source, fixes, line_length).run(edits)


class _Rewriter:
    def __init__(self, source: Source, fixes: Sequence[Fix], line_length: int) -> None:
        self.source = source
        self.line_length = line_length
        #: Half of the lines that are rewritten stand in the same file once more.
        self.parse = cache(partial(_parse, source.newline))
        self.parse_expression = cache(cst.parse_expression)
        self.calls = {fix.statement: fix.call for fix in fixes if not fix.inline}
        self.fixes = fixes
        self.dropped = {place for fix in fixes for place in fix.dropped}
        self.groups = {group.first: group for fix in fixes for group in fix.groups}
        #: The file's lines; a removed one is ``None``, a rewritten one may be several.
        self.lines: list[str | None] = list(source.lines)
        #: What is left of lines that are gone: comments behind their statements, by first line.
        self.left: dict[int, str] = {}
        #: The comments that move with a value.
        self.moved = [
            comment
            for call in self.calls.values()
            for value in (*(t for a in call.arguments for t in (a.deeper, a.comment)), *call.after)
            for comment in comments(value)
        ]

    def run(self, edits: Sequence[Edit]) -> str:
        group_of = {place: group for group in self.groups.values() for place in group.statements}
        spliced = [f for f in self.fixes if f.inline or not group_of[f.statement].whole_lines]
        for fix in sorted(spliced, key=lambda f: f.creation, reverse=True):
            self._splice(fix)
        for number in {fix.creation[0] for fix in spliced if fix.inline}:
            self._shorten(number)
        for group in self.groups.values():
            if group.whole_lines:
                self._rewrite_group(group)
        for fix in self.fixes:
            self._lift_comments(fix, group_of)
        after = edited(self.source.lines, edits)
        for number in {edit.line for edit in edits}:
            self.lines[number - 1] = after[number - 1] or None
        return "".join(_close_gaps(self.lines))

    def _splice(self, fix: Fix) -> None:
        """Replace an expression inside a larger line by its span."""
        (line, start), (last, end) = fix.creation, fix.creation_end
        start = self.source.column(line, start)
        end = self.source.column(last, end)
        before, behind = (self.lines[line - 1] or "")[:start], (self.lines[last - 1] or "")[end:]
        flat = call_text(*_parts(fix.call), _UNBOUND, Line("", "\n", _UNBOUND))
        starts = self.source.starts
        if self._lost(self.source.text[starts[line - 1] + start : starts[last - 1] + end], flat):
            raise RewriteError(f"line {line}: no place for a comment inside the creation")
        for number in range(line, last):
            self.lines[number] = None
        text = flat
        if fix.inline and not (line == last and self._is_statement(line)):
            at = Line(indent_of(before), self.source.newline, self.line_length)
            room = self.line_length - width(before) - width(behind.rstrip())
            text = call_text(*_parts(fix.call), room, at)
        self.lines[line - 1] = before + "; ".join([text, *fix.call.after]) + behind

    def _is_statement(self, number: int) -> bool:
        """Say whether a line holds a whole simple statement."""
        try:
            return bool(parse_text(self.source.lines[number - 1].strip()).body)
        except SourceError:
            return False

    def _shorten(self, number: int) -> None:
        """Break a statement that has outgrown the one line that it stands on."""
        old, new = self.source.lines[number - 1], self.lines[number - 1] or ""
        text = new.strip()
        line = Line(indent_of(old), self.source.newline, self.line_length)
        if width(old.rstrip()) > line.length or width(new.rstrip()) <= line.length:
            return
        if not self._is_statement(number):
            return
        self.lines[number - 1] = broken(text, line) + new[len(new.rstrip("\r\n")) :]

    def _rewrite_group(self, group: Group) -> None:
        if not self._is_concerned(group):
            return
        whole = "".join(self.source.lines[group.first - 1 : group.last])
        # LibCST loses form feeds at the start of a module.
        text = whole.lstrip("\f")
        feeds = whole[: len(whole) - len(text)]
        line = Line(indent_of(text), self.source.newline, self.line_length)
        staying = [place for place in group.statements if place not in self.dropped]
        try:
            new = self._new_text(group, staying, text, line) if staying else ""
        except cst.ParserSyntaxError as error:
            raise RewriteError(f"line {group.first}: LibCST cannot parse these lines") from error
        except _LinesError as error:
            raise RewriteError(f"line {group.first}: {error}") from error
        for number in range(group.first, group.last + 1):
            self.lines[number - 1] = None
        added = self._added(staying, line) if len(staying) == 1 else []
        above = [f"{line.indent}{comment}{line.newline}" for comment in self._lost(text, new)]
        if not new:
            self.left[group.first] = feeds + "".join(above)
            return
        self.lines[group.first - 1] = "".join([feeds, *above, _ended(new, added, line)])

    def _new_text(self, group: Group, staying: list[Place], text: str, line: Line) -> str:
        """Give what becomes of a group's lines."""
        module, body = self.parse(text.removeprefix(line.indent))
        bodies = [
            new
            for statement, place in zip(body.body, group.statements, strict=True)
            if place in staying
            for new in self._small(statement, place, line, body, alone=len(staying) == 1)
        ]
        if len(bodies) < len(body.body):
            bodies[-1] = bodies[-1].with_changes(semicolon=body.body[-1].semicolon)
        new = module.with_changes(body=[body.with_changes(body=bodies)])
        return line.indent + new.code.removeprefix(line.newline)

    def _lift_comments(self, fix: Fix, group_of: dict[Place, Group]) -> None:
        """Take what is said above statements that are gone to the call that replaces them."""
        if fix.inline:
            return
        first = group_of[fix.statement].first - 1
        lifted: list[str] = []
        for group in (group for group in fix.groups if group.first in self.left):
            left = self.left.pop(group.first)
            if self._goes_on(group, fix):
                self.lines[group.first - 1] = left or None
                continue
            for number in self._above(group):
                lifted.append(self.source.lines[number - 1])
                self.lines[number - 1] = None
            lifted.append(left)
        self.lines[first] = "".join([*lifted, self.lines[first] or ""])

    def _goes_on(self, group: Group, fix: Fix) -> bool:
        """Say whether the next line configures the same mock, and stays."""
        end = group.last
        while end < len(self.lines) and self.lines[end] is None:
            end += 1
        return any(other.first == end + 1 for other in fix.groups)

    def _above(self, group: Group) -> range:
        """Find the comments right above a group that is gone."""
        indent = indent_of(self.source.lines[group.first - 1])
        start = group.first - 1
        while self._speaks(start, indent):
            start -= 1
        return range(start + 1, group.first)

    def _speaks(self, number: int, indent: str) -> bool:
        """Say whether a line is a comment for people, as deep as the statements below it."""
        line = self.source.lines[number - 1] if number else ""
        if not line.strip().startswith("#") or indent_of(line) != indent:
            return False
        is_told = PRAGMA.match(line.strip()) or "ssot-migrate:" in line
        return not is_told and not self._is_in_string(number)

    def _is_in_string(self, number: int) -> bool:
        """Say whether a line starts in a string, also where that is not certain."""
        place = self.source.starts[number - 1]
        goes_on = number > 1 and self.source.lines[number - 2].rstrip("\r\n").endswith("\\")
        if self._strings is None or goes_on:
            return True
        return any(start < place < end for start, end in self._strings)

    @cached_property
    def _strings(self) -> list[tuple[int, int]] | None:
        """From where to where strings go that can have several lines, if that is certain."""
        return long_strings(self.source.text)

    def _is_concerned(self, group: Group) -> bool:
        return any(p in self.dropped or p in self.calls for p in group.statements)

    def _lost(self, old: str, new: str) -> list[str]:
        """List the comments that stand in lines no more, nor move with a value, without pragmas."""
        there = comments(new)
        lost = []
        for comment in comments(old):
            place = next((found for found in (there, self.moved) if comment in found), None)
            if place is not None:
                place.remove(comment)
                continue
            pragma = PRAGMA.search(comment)
            lost.append(comment[: pragma.start()].rstrip() if pragma else comment)
        return [comment for comment in lost if comment]

    def _added(self, staying: list[Place], line: Line) -> list[str]:
        """Lay out the statements that follow a call on lines of their own."""
        return [
            _statement(text, line)
            for place in staying
            if place in self.calls
            for text in self.calls[place].after
        ]

    def _small(
        self,
        statement: cst.BaseSmallStatement,
        place: Place,
        line: Line,
        body: cst.SimpleStatementLine,
        *,
        alone: bool,
    ) -> list[cst.BaseSmallStatement]:
        """Give what becomes of a statement; what follows its call shares a line that is shared."""
        call = self.calls.get(place)
        if call is None:
            return [statement]
        if not isinstance(statement, cst.Assign | cst.AnnAssign) or statement.value is None:
            raise RewriteError(f"line {place[0]}: expected an assignment")
        text = self._lay_out(call, statement, line, body, alone=alone)
        new = statement.with_changes(value=self.parse_expression(text))
        if alone or not call.after:
            return [new]
        after = [_small_statement(text) for text in call.after]
        end = statement.semicolon
        between = new.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
        return [between, *after[:-1], after[-1].with_changes(semicolon=end)]

    def _lay_out(
        self,
        call: Call,
        statement: cst.Assign | cst.AnnAssign,
        line: Line,
        body: cst.SimpleStatementLine,
        *,
        alone: bool,
    ) -> str:
        if not alone:
            return call_text(*_parts(call), _UNBOUND, line)
        hole = statement.with_changes(value=cst.Name("_"))
        before = len(cst.Module([]).code_for_node(hole)) - 1
        comment = body.trailing_whitespace.comment
        after = 0
        if comment and not PRAGMA.match(comment.value):
            after = len(body.trailing_whitespace.whitespace.value) + len(comment.value)
        room = self.line_length - width(line.indent) - before - after
        text = call_text(*_parts(call), room, line)
        if not call.arguments and len(text) > room:
            return _parenthesized(text, line)
        return text


def _parts(call: Call) -> tuple[str, list[tuple[str, str, str, str]]]:
    return call.function, [(a.head, a.text, a.deeper, a.comment) for a in call.arguments]


def _statement(text: str, line: Line) -> str:
    """Lay out an assignment on lines of its own."""
    target, _, value = text.partition(" = ")
    laid_out = assigned(f"{target} = ", value, line)
    if width(laid_out) <= line.length or line.newline in laid_out:
        return laid_out
    return f"{line.indent}{target} = {_parenthesized(value, line)}"


def _parenthesized(text: str, line: Line) -> str:
    inner = f"{line.deeper.indent}{text}"
    if width(inner) > line.length:
        return text
    return line.newline.join(["(", inner, f"{line.indent})"])


def _small_statement(text: str) -> cst.BaseSmallStatement:
    statement = cst.parse_statement(text)
    if not isinstance(statement, cst.SimpleStatementLine):
        raise RewriteError(f"expected a simple statement: {text}")
    return statement.body[0]


def _ended(text: str, added: list[str], line: Line) -> str:
    """Put statements behind a text; the last line of the file may have no end."""
    if added and not text.endswith(("\n", "\r")):
        return line.newline.join([text, *added])
    return "".join([text, *(f"{statement}{line.newline}" for statement in added)])


def _parse(newline: str, lines: str) -> tuple[cst.Module, cst.SimpleStatementLine]:
    """Parse the lines of a group alone, without the indent before the first.

    The line end above them is what LibCST takes for that of all lines.
    """
    text = newline + lines
    module = cst.parse_module(text)
    if module.code != text:
        raise _LinesError("LibCST does not give these lines back as they are")
    statement = module.body[0]
    if not isinstance(statement, cst.SimpleStatementLine):
        raise _LinesError("expected simple statements")
    return module, statement


def _close_gaps(lines: list[str | None]) -> list[str]:
    """Leave out removed lines; where blank lines meet across them, keep the larger number."""
    kept: list[str | None] = []
    done = 0
    for gone in [number for number, line in enumerate(lines) if line is None]:
        if gone < done:
            continue
        first = gone
        while first > done and _is_blank(lines[first - 1]):
            first -= 1
        kept += lines[done:first]
        # Blank lines, split where lines were removed.
        runs: list[list[str | None]] = [[]]
        for done in range(first, len(lines) + 1):
            if done == len(lines) or not _is_blank(lines[done]):
                break
            if lines[done] is None:
                runs.append([])
            else:
                runs[-1].append(lines[done])
        longest: list[str | None] = max(runs, key=len)
        kept += longest if done < len(lines) else runs[-1]
    return [line for line in (*kept, *lines[done:]) if line is not None]


def _is_blank(line: str | None) -> bool:
    """Say whether nothing is left of a line, or nothing was there."""
    return not (line and line.strip())
