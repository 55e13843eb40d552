"""Tables that fit into a terminal: what may be shortened is, and no number or name is broken."""

from collections.abc import Callable, Sequence
from typing import Final

from msgspec import field
from msgspec.structs import replace
from rich.cells import cell_len, set_cell_size
from rich.console import Console

from ssot_migrate.frozen import Frozen
from ssot_migrate.report.console import columns, hang, say

#: So narrow may a shortened column become.
_LEAST: Final = 12
_ELLIPSIS: Final = "…"
#: What cells hold where nothing is known.
_NOTHING: Final = frozenset({"", "-"})

Row = tuple[str, ...]


class Table(Frozen):
    """Rows of cells, the heading first; the first cell names the row."""

    rows: Sequence[Row]
    #: Columns of numbers.
    right: frozenset[int]
    #: Whether the names may be shortened: paths, and no ids.
    is_path: bool = True
    #: The column that may be cut at its end.
    tail: int | None = None
    #: The column whose cells stand below the table where it is too wide; it has no heading.
    note: int | None = None
    #: What stands below it, each with the name of its row.
    notes: Sequence[tuple[str, str]] = field(default=())

    @property
    def lines(self) -> list[str]:
        """Write each row in a line."""
        return columns(self.rows, self.right)

    def without(self, column: int | None) -> "Table":
        """Leave a column out."""
        if column is None:
            return self
        kept = [index for index in range(len(self.rows[0])) if index != column]
        moved = {old: new for new, old in enumerate(kept)}
        return replace(
            self,
            rows=[tuple(row[index] for index in kept) for row in self.rows],
            right=frozenset(moved[index] for index in self.right if index in moved),
            tail=None if self.tail is None else moved.get(self.tail),
            note=None if self.note is None else moved.get(self.note),
        )

    def noted(self) -> "Table":
        """Put the notes below the table."""
        if self.note is None:
            return self
        notes = [(row[0], row[self.note]) for row in self.rows[1:] if row[self.note]]
        return replace(self.without(self.note), notes=notes)

    def filled(self) -> "Table":
        """Leave out the columns that hold nothing."""
        for index in reversed(range(1, len(self.rows[0]))):
            if {row[index] for row in self.rows[1:]} <= _NOTHING:
                return self.without(index).filled()
        return self

    def shortened(
        self, column: int | None, width: int, shorten: Callable[[str, int], str]
    ) -> "Table":
        """Make a column so narrow that the table fits, if it can be."""
        if column is None:
            return self
        widest = max(cell_len(row[column]) for row in self.rows)
        room = max(_LEAST, widest - max(0, _width(self) - width))
        rows = [
            (*row[:column], shorten(row[column], room), *row[column + 1 :]) for row in self.rows
        ]
        return replace(self, rows=rows)


def fitted(target: Console, table: Table) -> None:
    """Print a table; on a terminal that is too narrow for it, as much of it as there is room for.

    On a pipe nothing is cut. Where not even the numbers have room each row becomes lines.
    """
    width = target.width if target.file.isatty() else None
    if width is not None and _width(table) > width:
        narrow = _narrowed(table, width)
        if _width(narrow) > width:
            _stacked(target, table.noted())
            return
        table = narrow
    heading, *body = table.lines
    say(target, heading, "bold")
    for line in body:
        say(target, line)
    _notes(target, table)


def _notes(target: Console, table: Table) -> None:
    if table.notes:
        say(target, "")
    for name, note in table.notes:
        hang(target, "", f"{name}: {note}")


def _narrowed(table: Table, width: int) -> Table:
    """Take one step after the other until the table fits."""
    steps: Sequence[Callable[[Table], Table]] = (
        lambda t: t.noted(),
        lambda t: t.filled(),
        lambda t: t.shortened(t.tail, width, cut),
        lambda t: t.shortened(0 if t.is_path else None, width, shorten_path),
    )
    for step in steps:
        if _width(table) > width:
            table = step(table)
    if _width(table) > width and table.tail is not None:
        return _narrowed(table.without(table.tail), width)
    return table


def _width(table: Table) -> int:
    return max(map(cell_len, table.lines))


def _stacked(target: Console, table: Table) -> None:
    """Print each row as its name, and what is said of it."""
    heading, *rows = table.rows
    for name, *cells in rows:
        say(target, shorten_path(name, target.width) if table.is_path else name, "bold")
        told = zip(heading[1:], cells, strict=True)
        hang(
            target, "  ", ", ".join(f"{head} {cell}" for head, cell in told if cell not in _NOTHING)
        )
    _notes(target, table)


def cut(text: str, width: int) -> str:
    """Cut a text at its end, between the parts of a list or else between words, if it has any."""
    if cell_len(text) <= width:
        return text
    head = set_cell_size(text, width - 1)
    for between in (", ", " "):
        if text[len(head) :].startswith(between):
            break
        if between in head.strip():
            return head.rpartition(between)[0].rstrip() + _ELLIPSIS
    return head.rstrip() + _ELLIPSIS


def shorten_path(text: str, width: int) -> str:
    """Leave out the middle of a text: the end of a path says most."""
    if cell_len(text) <= width:
        return text
    head = set_cell_size(text, (width - 1) // 3).rstrip()
    tail = text
    while cell_len(tail) > width - 1 - cell_len(head):
        tail = tail[1:]
    return f"{head}{_ELLIPSIS}{tail}"
