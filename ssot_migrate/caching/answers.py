"""Ask files questions, those alone whose answers are not known from an earlier run."""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from math import ceil
from pathlib import Path

from ssot_migrate.caching.portion import Answer, Given, Inquiry, Portion, Terms
from ssot_migrate.caching.record import Place, section
from ssot_migrate.disk import results
from ssot_migrate.executing.executor import Executor, Progress
from ssot_migrate.files import Files
from ssot_migrate.frozen import Frozen
from ssot_migrate.model import SourceFile

#: The place and number of a section, and files of it.
_Section = tuple[tuple[Place | None, int], "array[int]"]


def nowhere(_: int) -> None:
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

    def __init__(self, executor: Executor, place: Callable[[int], Place | None] = nowhere) -> None:
        self._executor = executor
        self._place = place
        #: By file: whether it had to be read.
        self._read = bytearray()
        self._is_written = False
        self._unwritten: set[Path] = set()

    def ask(
        self,
        topic: str,
        files: Files,
        numbers: Iterable[int],
        inquire: Callable[[int], Inquiry[Answer] | None],
        terms: Terms[Answer],
        progress: Progress | None = None,
    ) -> Iterator[tuple[int, Given[Answer]]]:
        """Ask files their questions; yield the answers of those that have something to tell.

        ``inquire`` returns what a file is asked, ``None`` for nothing. The files, by their numbers,
        come in no order. A run asks about each topic once: the answers to the last questions are
        kept.
        """
        self._read.extend(bytes(max(0, len(files) - len(self._read))))
        asked = (number for number in numbers if inquire(number))
        for sections in self._portions(files, asked):
            made = [files.some(some) for _, some in sections]
            known = dict(zip(chain(*made), chain(*(some for _, some in sections)), strict=True))
            placed = [
                (place.of(topic, section), some)
                for ((place, section), _), some in zip(sections, made, strict=True)
                if place
            ]
            yield from self._asked(Portion(placed, terms), known, inquire, progress)
            del made, known, placed  # Before there is a next portion.

    def _asked(
        self,
        portion: Portion[Answer],
        numbers: Mapping[SourceFile, int],
        inquire: Callable[[int], Inquiry[Answer] | None],
        progress: Progress | None,
    ) -> Iterator[tuple[int, Given[Answer]]]:
        """Ask the files of a portion, and take note of what became of it."""
        inquiries = {file: one for file, number in numbers.items() if (one := inquire(number))}
        for file, given in portion.ask(self._executor, inquiries, progress):
            yield numbers[file], given
        for file in portion.read:
            self._read[numbers[file]] = True
        self._is_written |= portion.is_written
        self._unwritten |= {record.cache for record in portion.unwritten}

    def remembered(self, files: Files) -> Remembered | None:
        """Say what came from the cache, once all is asked; ``None`` where it has no place for any.

        ``files`` are all files of the run.
        """
        places = map(self._place, range(len(files)))
        number = Counter(place for place in places if place)
        if not number:
            return None
        names: dict[Path, set[str]] = {}
        for place in number:
            names.setdefault(place.cache, set()).add(place.name)
        for cache, own in names.items():
            if self._is_written and not own.isdisjoint(results.forget(cache)):
                self._unwritten.add(cache)
        known = number.total() - sum(self._read)
        return Remembered(number.total(), known, tuple(sorted(self._unwritten)))

    def _portions(self, files: Files, numbers: Iterable[int]) -> Iterator[list[_Section]]:
        """Yield files in portions about as large: whole sections, each of which is read once."""
        of_folders = [*map(section, files.folders)]
        sections: dict[tuple[Place | None, int], array[int]] = {}
        before: tuple[Place | None, int] = (None, -1)
        found = array("I")
        for number in numbers:
            place, folder = self._place(number), files.folder(number)
            if folder != before[1] or place is not before[0]:  # Mostly they are the same.
                before = place, folder
                found = sections.setdefault((place, of_folders[folder]), array("I"))
            found.append(number)
        total = sum(map(len, sections.values()))
        portions = ceil(total / self._executor.portion)
        portion: list[_Section] = []
        size = 0
        for one in sections.items():
            portion.append(one)
            size += len(one[1])
            if size * portions >= total:
                yield portion
                portion, size = [], 0
        if portion:
            yield portion
