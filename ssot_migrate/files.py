"""The files of a run: of each no more than its name, and the number of its folder."""

import os
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Final, SupportsIndex, overload

from ssot_migrate.lazy import Lazy
from ssot_migrate.model import SourceFile

_PATH: Final = attrgetter("path")
#: Some systems have names that are no text.
_ENCODING: Final = ("utf-8", "surrogatepass")


class Files(Lazy[SourceFile]):
    """Files in some order; each is made when somebody asks for it."""

    __slots__ = ("_contents", "_ends", "_folders", "_is_sorted", "_known", "_names", "_of")

    def __init__(self, files: Iterable[SourceFile] = ()) -> None:
        #: Folders with a slash at their ends, and how much of them people need not see.
        self._folders: list[tuple[str, int]] = []
        self._of = array("I")
        self._names = bytearray()
        #: Where the names end.
        self._ends = array("Q", [0])
        #: Of the few that are not on disk.
        self._contents: dict[int, bytes] = {}
        self._is_sorted = True
        self._known: frozenset[str] | None = None
        numbers: dict[tuple[str, int], int] = {}
        before = ""
        for number, file in enumerate(files):
            start = file.location.rfind(os.sep) + 1
            folder = file.location[:start], file.hidden
            if folder not in numbers:
                numbers[folder] = len(numbers)
                self._folders.append(folder)
            self._of.append(numbers[folder])
            self._names += file.location[start:].encode(*_ENCODING)
            self._ends.append(len(self._names))
            if file.content is not None:
                self._contents[number] = file.content
            path = file.path
            self._is_sorted &= not number or before < path
            before = path

    @classmethod
    def of(cls, files: Iterable[SourceFile]) -> "Files":
        """Return files as they are held in a run."""
        return files if isinstance(files, cls) else cls(files)

    @classmethod
    def sorted(cls, files: Iterable[SourceFile]) -> "Files":
        """Return files by path, each once; where they come so, they are not held beside that."""
        found = cls(files)
        if found._is_sorted:
            return found
        each = {file.location: file for file in found}
        return cls(sorted(each.values(), key=_PATH))

    def __len__(self) -> int:
        return len(self._of)

    def __iter__(self) -> Iterator[SourceFile]:
        return map(self._made, range(len(self)))

    @overload
    def __getitem__(self, index: SupportsIndex) -> SourceFile: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[SourceFile, ...]: ...
    def __getitem__(self, index: SupportsIndex | slice) -> SourceFile | tuple[SourceFile, ...]:
        """Make one file, or some."""
        numbers = range(len(self))[index]
        return self._made(numbers) if isinstance(numbers, int) else tuple(map(self._made, numbers))

    def __contains__(self, file: object) -> bool:
        """Say whether a file is among these, under the same path for people."""
        if not isinstance(file, SourceFile):
            return False
        if self._is_sorted:
            place = bisect_left(self, file.path, key=_PATH)
            return place < len(self) and self[place] == file
        if self._known is None:
            self._known = frozenset(each.location for each in self)
        return file.location in self._known

    @property
    def folders(self) -> "list[str]":
        """The folders of the files, each once or more, with a slash at their ends."""
        return [folder for folder, _ in self._folders]

    def folder(self, number: int) -> int:
        """Return which of the folders a file is in."""
        return self._of[number]

    def some(self, numbers: Iterable[int]) -> list[SourceFile]:
        """Make files, by their numbers."""
        return [*map(self._made, numbers)]

    @property
    def given(self) -> list[SourceFile]:
        """The files whose contents are not those on disk."""
        return self.some(self._contents)

    def in_order(self, numbers: Iterable[int]) -> "array[int]":
        """Return the numbers of files, those first whose paths are."""
        if self._is_sorted:
            return array("I", sorted(numbers))
        return array("I", sorted(numbers, key=lambda number: self._made(number).path))

    def _made(self, number: int) -> SourceFile:
        folder, hidden = self._folders[self._of[number]]
        name = self._names[self._ends[number] : self._ends[number + 1]].decode(*_ENCODING)
        if self._contents:
            return SourceFile(folder + name, hidden, self._contents.get(number))
        return SourceFile(folder + name, hidden)
