"""All that led to a fix, or to the lack of one."""

from ssot_migrate.frozen import Frozen
from ssot_migrate.model import Change, Violation


class Note(Frozen):
    """Something said of one line of a file."""

    #: 1-based.
    line: int
    text: str


class Explanation(Frozen):
    """All that led to a violation's fix, or to the lack of one."""

    violation: Violation
    #: Families that it could have been, and what spoke against each.
    doubts: tuple[tuple[str, str], ...] = ()
    #: What the block makes, by attribute path; the empty path is the mock itself.
    shape: tuple[tuple[str, str], ...] = ()
    #: The factory's method with its parameters, ``None`` where nothing was fitted.
    method: str | None = None
    #: What the method makes for this block's arguments, as ``shape``.
    contract: tuple[tuple[str, str], ...] = ()
    #: ``name=value`` of each argument, with the line that the value comes from.
    arguments: tuple[Note, ...] = ()
    #: Statements that the factory makes superfluous.
    dropped: tuple[Note, ...] = ()
    #: Statements that still configure the mock.
    stays: tuple[Note, ...] = ()
    #: Paths that neither the block nor its reach mentions: the factory decides what they are.
    open_paths: tuple[str, ...] = ()
    #: What would make the fix safe, or the block shorter.
    remedies: tuple[str, ...] = ()
    #: What the fix does to the file, taken alone; ``None`` where there is no edit.
    change: Change | None = None
