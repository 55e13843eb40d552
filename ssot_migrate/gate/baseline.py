"""What was accepted earlier."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True, slots=True)
class Entry:
    """Equal blocks in one scope that were accepted."""

    #: Relative to the project's root, with forward slashes.
    path: str
    rule: str
    scope: str
    fingerprint: str
    #: How many there are.
    count: int = 1
