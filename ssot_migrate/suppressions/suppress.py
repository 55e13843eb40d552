"""Accept violations by comments in the code, with a reason."""

import ast
import re
import tokenize
from collections.abc import Collection, Mapping
from typing import Final

from ssot_migrate.code.layout import indent_of, width
from ssot_migrate.code.source import Source, SourceError, parse
from ssot_migrate.frozen import Frozen
from ssot_migrate.suppressions.read import MARK, explains, read, tokens

_NO_PLACE: Final = (
    "no comment can stand here, behind a backslash or in a string; write the statement with"
    " parentheses first"
)
_CROWDED: Final = (
    "it shares its line in brackets with others, and a formatter would move the comment away from"
    " it; put it on a line of its own"
)
_OPEN: Final = frozenset("([{")
_CLOSE: Final = frozenset(")]}")
_ENDS: Final = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE})
#: Python looks for a file's encoding in its first two lines.
_COOKIE_LINES: Final = 2


class SuppressError(Exception):
    """The comment cannot be written; the message says why, and what to do."""


class Commented(Frozen):
    """A file with comments in it."""

    #: What it holds then.
    data: bytes
    #: The lines (1-based, of the file as it was) that cannot have one, and why.
    left: Mapping[int, str]


def comment(rules: str, reason: str, *, of_file: bool = False) -> str:
    """Give the comment that suppresses rules; raise SuppressError for what is no reason."""
    text = " ".join(reason.split())
    if not explains(text):
        raise SuppressError("a suppression needs a reason")
    if re.search(rf"#\s*{MARK}", text):
        raise SuppressError(f"a reason cannot hold `# {MARK}`: it would be a suppression itself")
    if not text.isprintable():
        raise SuppressError(
            "the reason holds characters that cannot be shown; type it in plain text"
        )
    return f"# {MARK}: {'ignore-file' if of_file else 'ignore'}[{rules}] {text}"


def suppress(data: bytes, line: int, rule: str, reason: str, line_length: int) -> bytes:
    """Accept one violation, as ``suppress_lines`` does; raise SuppressError where it cannot be."""
    commented = suppress_lines(data, {line: [rule]}, reason, line_length)
    for number, why in commented.left.items():
        raise SuppressError(f"line {number}: {why}")
    return commented.data


def suppress_lines(
    data: bytes, wanted: Mapping[int, Collection[str]], reason: str, line_length: int
) -> Commented:
    """Write a comment behind each line (1-based), or above it where it would grow too long.

    A comment is only written where the code means what it meant: not into a string, nor behind a
    backslash. Raises SuppressError for what is no reason, SourceError where the file is no Python.
    """
    source = parse(data)
    accepted, ends, crowded = read(source), _ends(source), _crowded(source)
    lines, left = list(source.lines), dict[int, str]()
    for number, rules in wanted.items():
        missing = [rule for rule in rules if not accepted.hold(number, rule)]
        text = comment(", ".join(missing), reason)
        new = _commented(source, number, text, line_length, ends)
        if missing and (new is None or number in crowded):
            left[number] = _CROWDED if new else _NO_PLACE
        elif missing and new:
            lines[number - 1] = new
    return Commented(_checked(source, "".join(lines)), left)


def suppress_file(data: bytes, rules: Collection[str], reason: str) -> bytes:
    """Write one comment for the whole file below the comments with which it begins.

    Raises as ``suppress_lines`` does.
    """
    source = parse(data)
    text = comment(", ".join(rules), reason, of_file=True)
    number = next(n for n, line in enumerate(source.lines) if not line.startswith("#"))
    lines = [*source.lines[:number], text, source.newline, *source.lines[number:]]
    return _checked(source, "".join(lines))


def _ends(source: Source) -> frozenset[int]:
    """List the lines whose end is not inside a string, nor behind a backslash; 0 for the start."""
    return frozenset({0, *(token.end[0] for token in tokens(source) if token.type in _ENDS)})


def _crowded(source: Source) -> set[int]:
    """List the lines that hold several items of a bracket which was opened further up.

    With a comment among them, a formatter gives each item a line of its own.
    """
    crowded: set[int] = set()
    #: The lines of the brackets that are open.
    opened: list[int] = []
    last, previous = "", 0
    for token in tokens(source):
        line = token.start[0]
        if last == "," and token.type not in _ENDS and opened and opened[-1] < line == previous:
            crowded.add(line)
        last, previous = (token.string if token.type == tokenize.OP else ""), token.end[0]
        if last in _OPEN:
            opened.append(line)
        elif last in _CLOSE:
            opened.pop()
    return crowded


def _commented(
    source: Source, number: int, comment: str, line_length: int, ends: Collection[int]
) -> str | None:
    """Give a line with a comment at the better one of the places that it has; else ``None``."""
    whole = source.lines[number - 1]
    content = whole.rstrip("\r\n")
    end = whole[len(content) :]
    behind = f"{content.rstrip()}  {comment}"
    # Alone on one of the first lines, a reason with `coding:` in it would be the file's encoding.
    is_cookie = number <= _COOKIE_LINES and "coding" in comment
    above = number - 1 in ends and not is_cookie
    if number in ends and (not above or width(behind) <= line_length):
        return behind + end
    return f"{indent_of(content)}{comment}{end or source.newline}{whole}" if above else None


def _checked(source: Source, text: str) -> bytes:
    """Encode a text that means what a file meant; raise SuppressError for any other."""
    try:
        after = source.encode(text)
        found = parse(after)
    except UnicodeEncodeError:
        raise SuppressError(f"the reason cannot be written in {source.encoding}") from None
    except SourceError as error:
        raise SuppressError(f"with the comment it would not be read any more: {error}") from None
    if ast.dump(found.tree) != ast.dump(source.tree) or found.encoding != source.encoding:
        raise SuppressError("with the comment the file would mean something else")
    return after
