"""What a rewrite is to do, in places of the text: made by the fit, carried out by LibCST."""

import ast

from msgspec import field

from ssot_migrate.frozen import Frozen
from ssot_migrate.model import Violation

#: 1-based line and UTF-8 column of a node's start, as ast has them.
Place = tuple[int, int]


def place_of(node: ast.expr | ast.stmt) -> Place:
    """Say where a node starts."""
    return node.lineno, node.col_offset


class Argument(Frozen):
    """An argument of the new call."""

    #: What stands before its value: ``user_id=``, or ``**``.
    head: str
    #: Its text on the call's own line.
    text: str
    #: Its text on a line of its own, one indent deeper.
    deeper: str
    #: The values in it that stood in the block, where that is not the argument itself.
    parts: tuple[str, ...] = ()
    #: What stood behind the statement that it comes from, empty where nothing did.
    comment: str = ""


class Call(Frozen):
    """The call that replaces a creation."""

    #: ``SSotMockFactory.create_websocket_mock``
    function: str
    arguments: tuple[Argument, ...] = ()
    #: Statements to write after it, without indent.
    after: tuple[str, ...] = ()


class Group(Frozen):
    """Simple statements that share their lines."""

    #: First and last line, 1-based.
    first: int
    last: int
    #: Where each statement starts, in order.
    statements: tuple[Place, ...]
    #: Nothing but blanks stands before the first statement: the lines are the group's own.
    whole_lines: bool


class Fix(Frozen):
    """The edits that migrate one block."""

    violation: Violation
    #: Where the statement that holds the creation starts, and its lines.
    statement: Place
    #: The creation, and where it ends.
    creation: Place
    creation_end: Place
    call: Call
    #: Only the creation is replaced, where it stands in a larger statement.
    inline: bool = False
    dropped: tuple[Place, ...] = ()
    groups: tuple[Group, ...] = ()
    #: The factory has to be imported.
    needs_import: bool = True


class Edit(Frozen):
    """A fix of one of the engine's own rules: text for text on one line."""

    violation: Violation
    #: 1-based.
    line: int
    #: 0-based columns in characters; the end is exclusive.
    start: int
    end: int
    #: What stands there instead; a line of which only blanks are left goes whole.
    text: str


class Target(Frozen):
    """Where the factory is imported from."""

    module: str
    class_name: str
    #: Line length of the project's formatter.
    line_length: int = 88
    #: First parts of the module names that belong to the project.
    first_party: frozenset[str] = field(default_factory=frozenset)
