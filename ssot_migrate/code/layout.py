"""How code is laid out: calls on one line or one argument a line, values at another indent."""

import ast
import io
import re
import tokenize

from msgspec.structs import replace

from ssot_migrate.code.names import walk
from ssot_migrate.code.source import Source, parse_text
from ssot_migrate.frozen import Frozen

PRAGMA = re.compile(
    r"#\s*(?:noqa\b|type:|pyright:|mypy:|pragma:|fmt:|nosec\b|ruff:)", re.IGNORECASE
)
_OPEN, _CLOSE = "([{", ")]}"


def indent_of(line: str) -> str:
    """Give a line's leading blanks."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def step_of_indent(indent: str) -> str:
    """Give one more level of the indent that a statement has."""
    if "\t" in indent:
        return "\t"
    return "  " if len(indent) % 4 else "    "


def comments(text: str) -> list[str]:
    """List the comments in a text that would stand in brackets."""
    if "#" not in text:
        return []
    tokens = tokenize.generate_tokens(io.StringIO(f"({text}\n)").readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


def fits_elsewhere(source: Source, value: ast.expr) -> bool:
    """Say whether a value's text means the same at another indent: no string runs over lines."""
    if value.lineno == value.end_lineno:
        return True
    text = source.segment(value)
    return not _holds_string_of_lines(value) and (text[:1] in _OPEN or text[-1:] in _CLOSE)


def outgrows(source: Source, value: ast.expr, line_length: int) -> bool:
    """Say whether a line of a value that keeps its lines would be too long one indent deeper."""
    lines = re.split(r"\r\n|\r|\n", value_text(source, value))[1:]
    more = width(step_of_indent(indent_of(source.lines[value.lineno - 1])))
    return any(line_length - more < width(line) <= line_length for line in lines)


def _holds_string_of_lines(value: ast.expr) -> bool:
    strings = (ast.Constant, ast.JoinedStr)
    return any(isinstance(n, strings) and n.lineno != n.end_lineno for n in walk(value))


def value_text(source: Source, value: ast.expr) -> str:
    """Give a value's text, on one line unless a comment or a trailing comma keeps it on several."""
    text = source.segment(value)
    if value.lineno == value.end_lineno:
        return text
    joined = _joined(text)
    return text if joined is None else joined


def _joined(text: str) -> str | None:
    """Join lines inside brackets, except where a comment or a trailing comma keeps them apart."""
    result = ""
    last = ""
    line = 1
    reader = io.StringIO(f"({text})").readline
    column = 1
    for token in tokenize.generate_tokens(reader):
        if token.type == tokenize.COMMENT:
            return None
        if token.type in (tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER):
            continue
        if token.string in tuple(_CLOSE) and last == ",":
            return None
        if token.start[0] != line:
            tight = last in tuple(_OPEN) or token.string in tuple(_CLOSE) or last == ""
            result += "" if tight else " "
        else:
            result += " " * (token.start[1] - column)
        result += token.string
        last = token.string
        line, column = token.end
    return result.strip()[1:-1].strip()


def at_indent(text: str, old: str, new: str, newline: str) -> str:
    """Move a text of several lines from one indent to another."""
    first, *rest = re.split(r"\r\n|\r|\n", text)
    moved = [new + line[len(old) :] if line.startswith(old) else line for line in rest]
    return newline.join([first, *moved])


def value_at(source: Source, value: ast.expr, indent: str) -> str:
    """Give a value's text as it stands after ``indent``; a string that goes over lines stays."""
    if _holds_string_of_lines(value):
        return source.segment(value)
    old = indent_of(source.lines[value.lineno - 1])
    return at_indent(value_text(source, value), old, indent, source.newline)


class Line(Frozen):
    """The lines that a text is laid out for."""

    indent: str
    newline: str
    #: Columns that a line may have.
    length: int

    @property
    def deeper(self) -> "Line":
        """The lines one indent deeper."""
        return replace(self, indent=self.indent + step_of_indent(self.indent))


def width(text: str) -> int:
    """Count a text's columns; a tab has four, as Ruff has it."""
    return len(text.expandtabs(4))


def call_text(
    function: str, arguments: list[tuple[str, str, str, str]], room: int, line: Line
) -> str:
    """Lay out a call as Ruff's formatter does.

    ``arguments`` holds per argument its head (``user_id=``), its text on the call's line, its text
    one indent deeper, and the comment behind it. ``room`` is the number of columns left for the
    call on its line; a comment needs a line for its argument, and one of its own where that line
    has no room for it: the formatter would break the argument.
    """
    flat = f"{function}({', '.join(f'{head}{text}' for head, text, _, _ in arguments)})"
    commented = any(comment for *_, comment in arguments)
    fits = "\n" not in flat and "\r" not in flat and len(flat) <= room
    if not arguments or (fits and not commented):
        return flat
    lines = [
        _commented(assigned(head, deeper, line.deeper, ","), comment, line.deeper)
        for head, _, deeper, comment in arguments
    ]
    return line.newline.join([f"{function}(", *lines, f"{line.indent})"])


def _commented(text: str, comment: str, line: Line) -> str:
    """Put a comment behind a text, or above it where that line would be too long."""
    if not comment:
        return text
    behind = f"{text}  {comment}"
    last = behind.rpartition(line.newline)[2]
    return behind if width(last) <= line.length else f"{line.indent}{comment}{line.newline}{text}"


def assigned(head: str, value: str, line: Line, tail: str = "") -> str:
    """Write ``head value tail`` on one line, or an element of the value a line where it is long."""
    flat = f"{line.indent}{head}{value}{tail}"
    if width(flat) <= line.length or "\n" in flat or "\r" in flat:
        return flat
    opening, items, closing = _elements(value)
    if not items:
        return flat
    lines = [assigned(*_halves(item), line.deeper, ",") for item in items]
    start = f"{line.indent}{head}{opening}"
    return line.newline.join([start, *lines, f"{line.indent}{closing}{tail}"])


def broken(text: str, line: Line) -> str:
    """Break a simple statement of one line at its last bracket, as Black does; else give it back.

    ``text`` comes without its indent and line end.
    """
    if text[-1:] not in tuple(_CLOSE) or "#" in text:
        return f"{line.indent}{text}"
    opening, commas = _brackets(text)
    inside = f"{line.deeper.indent}{text[opening + 1 : -1].strip()}"
    if width(inside) <= line.length and text[opening] == "(" and not inside.endswith(","):
        lines = [inside]
    else:
        starts, ends = [opening, *commas], [*commas, len(text) - 1]
        items = [text[start + 1 : end].strip() for start, end in zip(starts, ends, strict=True)]
        if len(items) != _count(_last_expression(text)) + (not items[-1]):
            return f"{line.indent}{text}"
        lines = [assigned(*_halves(item), line.deeper, ",") for item in items if item]
    return line.newline.join(
        [f"{line.indent}{text[: opening + 1]}", *lines, line.indent + text[-1]]
    )


def _last_expression(text: str) -> ast.AST:
    """Give the outermost display or call that ends where a statement ends."""
    statement = parse_text(text).body[0]
    end = statement.end_col_offset
    ending = (n for n in walk(statement) if getattr(n, "end_col_offset", None) == end)
    kinds = (ast.Call, ast.List, ast.Set, ast.Dict, ast.Tuple)
    return next((n for n in ending if isinstance(n, kinds)), statement)


def _elements(value: str) -> tuple[str, list[str], str]:
    """Split a display or a call at its commas; no elements where a value is none of them."""
    statement = parse_text(value).body[0]
    count = _count(statement.value) if isinstance(statement, ast.Expr) else 0
    opening, commas = _brackets(value)
    starts, ends = [opening, *commas], [*commas, len(value) - 1]
    items = [value[start + 1 : end].strip() for start, end in zip(starts, ends, strict=True)]
    items = [item for item in items if item]
    # A lambda has commas of its own; a tuple may have no brackets.
    return value[: opening + 1], items if len(items) == count else [], value[-1]


def _count(node: ast.AST) -> int:
    """Count the elements of a display, the arguments of a call."""
    match node:
        case ast.Dict(keys=keys):
            return len(keys)
        case ast.List(elts=elements) | ast.Set(elts=elements) | ast.Tuple(elts=elements):
            return len(elements)
        case ast.Call(args=args, keywords=keywords):
            generates = any(isinstance(argument, ast.GeneratorExp) for argument in args)
            return 0 if generates else len(args) + len(keywords)
    return 0


def _brackets(text: str) -> tuple[int, list[int]]:
    """Find where the bracket opens that ends a text of one line, and the commas right inside it."""
    opened: list[tuple[int, list[int]]] = []
    last: tuple[int, list[int]] = (0, [])
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.OP:
            continue
        if token.string in _OPEN:
            opened.append((token.start[1], []))
        elif token.string in _CLOSE:
            last = opened.pop()
        elif token.string == "," and opened:
            opened[-1][1].append(token.start[1])
    return last


def _halves(item: str) -> tuple[str, str]:
    """Split ``"key": value``, ``name=value`` and ``*value`` in front of the value."""
    depth = 0
    for token in tokenize.generate_tokens(io.StringIO(item).readline):
        if token.string == "lambda":
            break
        depth += (token.string in tuple(_OPEN)) - (token.string in tuple(_CLOSE))
        star = token.string in {"*", "**"} and token.start[1] == 0
        if depth == 0 and (star or token.string in {":", "="}):
            value = item[token.end[1] :].lstrip()
            return item[: len(item) - len(value)], value
    return "", item
