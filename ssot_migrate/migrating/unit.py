"""The kinds of batch."""

from enum import StrEnum


class Unit(StrEnum):
    """What a batch is made of."""

    #: The files right in a folder, its ``conftest.py`` among them.
    DIRECTORY = "directory"
    FILE = "file"
    #: The mocks of a family, in whatever file.
    FAMILY = "family"
