"""The settings of a run's files, each once."""

from array import array
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ssot_migrate.model import SourceFile
from ssot_migrate.settings.resolver import Resolver

if TYPE_CHECKING:
    from ssot_migrate.settings.config import Config


class Configs:
    """Which settings hold for each file of a run, by its number."""

    def __init__(self, files: Iterable[SourceFile], resolver: Resolver) -> None:
        self._resolver = resolver
        #: The different ones, in the order of the files.
        self.each: list[Config] = []
        numbers: dict[Config, int] = {}
        # The resolver keeps each that it returns, and its hash takes long.
        self._by_identity: dict[int, int] = {}
        self._of = array("I")
        for file in files:
            config = resolver.file(file.location)
            number = self._by_identity.get(id(config))
            if number is None:
                number = numbers.setdefault(config, len(numbers))
                self._by_identity[id(config)] = number
                self.each[number:] = self.each[number:] or [config]
            self._of.append(number)

    def __len__(self) -> int:
        """Count the files."""
        return len(self._of)

    def __getitem__(self, number: int) -> int:
        """Return which of the settings hold for a file."""
        return self._of[number]

    def at(self, location: str) -> int:
        """Return which of the settings hold for one of the files, given by its location."""
        return self._by_identity[id(self._resolver.file(location))]
