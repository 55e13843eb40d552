"""Print lines: coloured where that is wanted, plain and never wrapped elsewhere."""

import os
from collections.abc import Iterable, Sequence
from typing import IO, TYPE_CHECKING, Any, cast

from ssot_migrate.report import Color

if TYPE_CHECKING:
    from rich.console import Console

#: Control characters would let a file name or a source line steer the terminal.
_VISIBLE = {
    code: f"\\x{code:02x}" for code in (*range(32), *range(0x7F, 0xA0)) if code != ord("\t")
}

#: Columns of a part's heading.
_LEFT = 12
#: Columns after which a path no longer moves what stands beside others.
_WIDEST = 30
#: By how much a line that goes on is moved to the right.
_HANGING = 2


class Plain:
    """Stands for a console that no terminal is behind; Rich is loaded where more is asked of it."""

    is_terminal = False
    color_system = None

    def __init__(self, file: IO[str]) -> None:
        self.file = file

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (all that a console has)
        from rich.console import Console

        return getattr(Console(file=self.file, color_system=None, no_color=True), name)


def console(file: IO[str], color: Color) -> "Console":
    """Return a console for a stream."""
    if not colored(file, color) and not file.isatty():
        return cast("Console", Plain(file))
    from rich.console import Console

    if not colored(file, color):
        return Console(file=file, color_system=None, no_color=True)
    if color is Color.ALWAYS:
        return Console(file=file, force_terminal=True, no_color=False)
    return Console(file=file)


def colored(file: IO[str], color: Color) -> bool:
    """Tell whether a stream gets colours; a pipe only on request, not by ``FORCE_COLOR``."""
    if color is Color.AUTO:
        return file.isatty() and not os.environ.get("NO_COLOR")
    return color is Color.ALWAYS


def say(target: "Console", text: str, style: str = "") -> None:
    """Print one line as it is, control characters made visible."""
    line = text.translate(_VISIBLE)
    if target.color_system is None:
        target.file.write(f"{line}\n")
    else:
        target.print(line, style=style, markup=False, highlight=False, emoji=False, soft_wrap=True)


def part(target: "Console", heading: str, lines: Iterable[str]) -> None:
    """Print lines beside a heading; nothing where there are none."""
    for number, line in enumerate(line for line in lines if line):
        hang(target, f"  {'' if number else heading:{_LEFT}} ", line)


def beside(rows: Iterable[tuple[str, str]]) -> list[str]:
    """Write what is said of each path beside it; a very long one does not move the others."""
    known = list(rows)
    widest = min(max((len(path) for path, _ in known), default=0), _WIDEST)
    return [f"{path:{widest}}  {said}" if path else said for path, said in known]


def hang(target: "Console", left: str, text: str, style: str = "") -> None:
    """Print a line; on a terminal that it is too wide for, go on below, between words."""
    line = left + text
    if not target.is_terminal or cell_len(line) <= target.width:
        say(target, line, style)
        return
    import textwrap

    indent = " " * min(len(left) + _HANGING, target.width // 2)
    wrapped = textwrap.wrap(
        line,
        target.width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    for one in wrapped:
        say(target, one, style)


def columns(rows: Iterable[Sequence[str]], right: frozenset[int] = frozenset()) -> list[str]:
    """Align rows of cells; ``right`` holds the columns that are aligned to the right."""
    table = [tuple(row) for row in rows]
    widths = [max(map(cell_len, cells)) for cells in zip(*table, strict=True)]
    return ["  ".join(_cells(row, widths, right)).rstrip() for row in table]


def table(
    target: "Console", rows: Sequence[Sequence[str]], right: frozenset[int] = frozenset()
) -> None:
    """Print an empty line and a table, its first row in bold."""
    heading, *body = columns(rows, right)
    say(target, "")
    say(target, heading, "bold")
    for line in body:
        say(target, line)


def cell_len(text: str) -> int:
    """Count the columns that a text takes."""
    if text.isascii() and text.isprintable():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number and its noun: ``1 file``, ``2 files``."""
    return f"{number} {noun}" if number == 1 else f"{number} {plural or f'{noun}s'}"


def _cells(row: Sequence[str], widths: Sequence[int], right: frozenset[int]) -> Iterable[str]:
    for index, (cell, width) in enumerate(zip(row, widths, strict=True)):
        padding = " " * (width - cell_len(cell))
        yield padding + cell if index in right else cell + padding
