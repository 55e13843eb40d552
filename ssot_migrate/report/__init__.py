"""Show the outcome of a run: to people, to programs, as a patch. Only this package prints."""

from enum import IntEnum, StrEnum


class Verbosity(IntEnum):
    """How much a report tells."""

    #: The totals only.
    QUIET = 0
    #: What a person wants to know.
    NORMAL = 1
    #: Each single place.
    VERBOSE = 2


class By(StrEnum):
    """What a scan's table has a row for."""

    DIRECTORY = "directory"
    FILE = "file"
    FAMILY = "family"
    SCOPE = "scope"


class Color(StrEnum):
    """When to colour."""

    #: On a terminal, unless ``NO_COLOR`` is set.
    AUTO = "auto"
    #: Also into a pipe or a file.
    ALWAYS = "always"
    #: Not at all.
    NEVER = "never"
