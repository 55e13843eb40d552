"""What a rewrite is to do, in places of the text: made by the fit, carried out by LibCST."""

import ast
from dataclasses import dataclass, field

from ssot_migrate.model import Violation

#: 1-based line and UTF-8 column of a node's start, as ast has them.
Place = tuple[int, int]


def place_of(node: ast.expr | ast.stmt) -> Place:
    """Say where a node starts."""
    return node.lineno, node.col_offset


@dataclass(frozen=True, slots=True)
class Argument:
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


@dataclass(frozen=True, slots=True)
class Call:
    """The call that replaces a creation."""

    #: ``SSotMockFactory.create_websocket_mock``
    function: str
    arguments: tuple[Argument, ...] = ()
    #: Statements to write after it, without indent.
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Simple statements that share their lines."""

    #: First and last line, 1-based.
    first: int
    last: int
    #: Where each statement starts, in order.
    statements: tuple[Place, ...]
    #: Nothing but blanks stands before the first statement: the lines are the group's own.
    whole_lines: bool


@dataclass(frozen=True, slots=True)
class Fix:
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


@dataclass(frozen=True, slots=True)
class Edit:
    """A fix of one of the engine's own rules: text for text on one line."""

    violation: Violation
    #: 1-based.
    line: int
    #: 0-based columns in characters; the end is exclusive.
    start: int
    end: int
    #: What stands there instead; a line of which only blanks are left goes whole.
    text: str


@dataclass(frozen=True, slots=True)
class Target:
    """Where the factory is imported from."""

    module: str
    class_name: str
    #: Line length of the project's formatter.
    line_length: int = 88
    #: First parts of the module names that belong to the project.
    first_party: frozenset[str] = field(default_factory=frozenset)
