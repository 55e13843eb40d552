"""Accept one violation by a comment in the code, with a reason."""

import ast
from collections.abc import Iterator

from ssot_migrate.code.source import Source, SourceError, parse
from ssot_migrate.suppressions.read import read


class SuppressError(Exception):
    """The comment cannot be written; the message says why, and what to do."""


def comment(rule: str, reason: str) -> str:
    """Give the comment that suppresses a rule. Raises SuppressError for what is no reason."""
    text = " ".join(reason.split())
    if not text:
        raise SuppressError("a suppression needs a reason")
    if not text.isprintable():
        raise SuppressError(
            "the reason holds characters that cannot be shown; type it in plain text"
        )
    return f"# ssot-migrate: ignore[{rule}] {text}"


def suppress(data: bytes, line: int, rule: str, reason: str, line_length: int) -> bytes:
    """Write the comment behind a line (1-based), or above it where it would grow too long.

    A comment is only written where the code means what it meant: not into a string, nor behind a
    backslash. Raises SuppressError where there is no such place, SourceError where the file is no
    Python.
    """
    source, text = parse(data), comment(rule, reason)
    if read(source).hold(line, rule):
        return data
    meaning = ast.dump(source.tree)
    for candidate in _candidates(source, line, text, line_length):
        try:
            after = source.encode(candidate)
            found = parse(after)
        except UnicodeEncodeError:
            raise SuppressError(f"the reason cannot be written in {source.encoding}") from None
        except SourceError:
            continue
        # A reason with `coding:` in it, alone on the first line, would set the file's encoding.
        if ast.dump(found.tree) == meaning and found.encoding == source.encoding:
            return after
    raise SuppressError(
        f"line {line}: no comment can stand here, behind a backslash or in a string; write"
        " the statement with parentheses first"
    )


def _candidates(source: Source, line: int, comment: str, line_length: int) -> Iterator[str]:
    """Yield the text with the comment at each place where it could stand, the best one first."""
    whole = source.lines[line - 1]
    content = whole.rstrip("\r\n")
    end = whole[len(content) :]
    behind = f"{content.rstrip()}  {comment}"
    indent = content[: len(content) - len(content.lstrip())]
    replacements = [behind + end, f"{indent}{comment}{end or source.newline}{whole}"]
    if len(behind) > line_length:
        replacements.reverse()
    before, after = source.lines[: line - 1], source.lines[line:]
    yield from ("".join((*before, replacement, *after)) for replacement in replacements)
