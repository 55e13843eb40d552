"""Ask files questions, those alone whose answers are not known from an earlier run."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from math import ceil
from pathlib import Path
from typing import TypeVar

from ssot_migrate.caching.portion import Answer, Given, Inquiry, Portion, Terms
from ssot_migrate.caching.record import Place, section
from ssot_migrate.disk import results
from ssot_migrate.executing.executor import Executor, Progress
from ssot_migrate.frozen import Frozen
from ssot_migrate.model import SourceFile

Slim = TypeVar("Slim")
#: The place and number of a section, and files of it.
_Section = tuple[tuple[Place | None, int], list[SourceFile]]


def nowhere(_: SourceFile) -> None:
    """Give no place: a run that does without what others found out."""


class Remembered(Frozen):
    """What a run took from earlier ones, and left for later ones."""

    files: int
    #: So many of them were known by what the file system says of them.
    known: int
    #: Caches that could not be written, or not hold what was.
    unwritten: tuple[Path, ...]


class Answers:
    """What files answer, kept for later runs where there is a place for it.

    Files are asked in portions, and all that is known of a portion is forgotten with it, except for
    what its files answered: a run may go through more files than it could hold.
    """

    def __init__(
        self, executor: Executor, place: Callable[[SourceFile], Place | None] = nowhere
    ) -> None:
        self._executor = executor
        self._place = place
        self._read: set[SourceFile] = set()
        self._is_written = False
        self._unwritten: set[Path] = set()

    def ask(
        self,
        topic: str,
        inquiries: Mapping[SourceFile, Inquiry[Answer]],
        terms: Terms[Answer],
        slim: Callable[[SourceFile, Answer], Slim],
        progress: Progress | None = None,
    ) -> dict[SourceFile, Given[Slim]]:
        """Ask each file its questions; return the answers of the files that have something to tell.

        A run asks about each topic once: the answers to the last questions are kept. ``slim``
        returns what the run holds of an answer.
        """
        found: dict[SourceFile, Given[Slim]] = {}
        for sections in self._portions(inquiries):
            placed = [(p.of(topic, number), files) for (p, number), files in sections if p]
            portion = Portion(placed, terms)
            asked = {file: inquiries[file] for _, files in sections for file in files}
            for file, given in portion.ask(self._executor, asked, progress).items():
                found[file] = {key: slim(file, answer) for key, answer in given.items()}
            self._read |= portion.read
            self._is_written |= portion.is_written
            self._unwritten |= {record.cache for record in portion.unwritten}
        return {file: found[file] for file in inquiries if file in found}

    def remembered(self, files: Iterable[SourceFile]) -> Remembered | None:
        """Say what came from the cache, once all is asked; ``None`` where it has no place for any.

        ``files`` are all files of the run.
        """
        number = Counter(place for file in files if (place := self._place(file)))
        if not number:
            return None
        names: dict[Path, set[str]] = {}
        for place in number:
            names.setdefault(place.cache, set()).add(place.name)
        for cache, own in names.items():
            if self._is_written and not own.isdisjoint(results.forget(cache)):
                self._unwritten.add(cache)
        known = number.total() - len(self._read)
        return Remembered(number.total(), known, tuple(sorted(self._unwritten)))

    def _portions(self, files: Collection[SourceFile]) -> Iterator[list[_Section]]:
        """Yield files in portions about as large: whole sections, each of which is read once."""
        sections: dict[tuple[Place | None, int], list[SourceFile]] = {}
        for file in files:
            key = (self._place(file), section(file.location))
            sections.setdefault(key, []).append(file)
        number = ceil(len(files) / self._executor.portion)
        portion: list[_Section] = []
        size = 0
        for one in sections.items():
            portion.append(one)
            size += len(one[1])
            if size * number >= len(files):
                yield portion
                portion, size = [], 0
        if portion:
            yield portion


def whole(_: SourceFile, answer: Answer) -> Answer:
    """Hold an answer as it is."""
    return answer
