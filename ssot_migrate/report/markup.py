"""GitHub-flavoured Markdown that shows a text as it is, whatever characters it has."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
#: What can be markup in a line; an underscore within a word is none.
_SPECIAL = re.compile(r"[\\`*{}\[\]<>&~|$@#]|(?<![^\W_])_|_(?![^\W_])")
#: Before the name of a person, who would be told, or the number of an issue; GitHub looks for both
#: in what it has rendered, so an escape would not hide them.
_CALLS = frozenset("@#")
_SPAN = re.compile(r"`([^`\s](?:[^`]*[^`\s])?)`")


def code(text: str) -> str:
    """Write a name as code, in one line."""
    line = _line(text)
    if "|" in line:
        # Parsers do not agree on what a backslash before a column's end means.
        return f"<code>{_escaped(line)}</code>"
    fence = "`" * (max(map(len, re.findall("`+", line)), default=0) + 1)
    space = " " if "`" in line else ""
    return f"{fence}{space}{line}{space}{fence}" if line else ""


def prose(text: str) -> str:
    """Write a sentence, not for the start of a line; what stands between backticks is code."""
    texts = _SPAN.split(_line(text))
    return "".join(code(part) if n % 2 else _escaped(part) for n, part in enumerate(texts))


def rows(
    heading: Sequence[str], body: Iterable[Sequence[str]], right: Collection[int] = ()
) -> Iterator[str]:
    """Yield the lines of a table; its cells are Markdown, numbers go to the right."""
    yield _row(heading)
    yield _row(["---:" if n in right else "---" for n in range(len(heading))])
    yield from map(_row, body)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _line(text: str) -> str:
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", " ".join(text.split()))


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: _escape(found[0]), text)


def _escape(sign: str) -> str:
    return f"{sign}<!-- -->" if sign in _CALLS else f"&#{ord(sign)};"
