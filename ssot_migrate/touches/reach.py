"""What the reach of a block's mock holds: every touch of it, and where it goes out of sight."""

import ast

from msgspec import Struct, field

from ssot_migrate.known import Export, Touch


class Reach(Struct):
    """What was found in a mock's reach."""

    touches: list[Touch] = field(default_factory=list)
    #: Where the mock goes out of sight: a line and a sentence.
    lost: list[tuple[int, str]] = field(default_factory=list)
    #: What other files would have to be asked about.
    exports: list[Export] = field(default_factory=list)
    #: The functions, classes or modules in which the mock is seen.
    places: list[ast.AST] = field(default_factory=list)
    #: More than one mock of this creation can be in one place.
    repeated: bool = False
