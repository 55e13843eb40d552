"""Ask files questions, those alone whose answers are not known from an earlier run."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
from msgspec.structs import replace

from ssot_migrate.caching.digest import of_bytes
from ssot_migrate.caching.record import Entry, News, Record, Signature, signature
from ssot_migrate.executing.executor import Executor, Lost, Progress, Task
from ssot_migrate.frozen import Frozen
from ssot_migrate.model import SourceFile

Answer = TypeVar("Answer")
Keys = frozenset[bytes]
#: Answers by the keys of their questions.
Given = dict[bytes, Answer]


class Inquiry(Frozen, Generic[Answer], eq=False):
    """Questions to files; all that an answer depends on beside the file stands in its key."""

    keys: Keys
    #: Makes the task that answers these of them, except for answers that say nothing.
    task: Callable[[Keys], Task[Given[Answer]]]
    #: Answers all of them for a file whose task came to no end.
    lost: Lost[Given[Answer]]


class _Told(Frozen, Generic[Answer]):
    """What a process found out of a file."""

    #: Of its content; empty where that could not be read.
    digest: bytes
    #: ``None`` where the content is the known one.
    answers: Given[Answer] | None


class _Reading(Frozen, Generic[Answer]):
    """Reads a file once, and does its task if the content is not the known one."""

    task: Task[Given[Answer]]
    known: bytes = b""

    def __call__(self, file: SourceFile) -> _Told[Answer]:
        try:
            data = file.read()
        except (OSError, MemoryError):  # The task tells of it.
            return _Told(b"", self.task(file))
        digest = of_bytes(data)
        if digest == self.known:
            return _Told(digest, None)
        return _Told(digest, self.task(replace(file, content=data)))


class _File(msgspec.Struct, gc=False):
    """What is known of a file, and what this run learns."""

    location: str
    record: Record
    signature: Signature
    entry: Entry | None
    #: Whether the entry is known to be that of the file's content.
    sure: bool
    #: Of the content that this run saw.
    digest: bytes = b""
    asked: list[Keys] = []
    answers: Given[Any] = {}
    #: Whether there is more to keep than the entry.
    learnt: bool = False
    was_read: bool = False
    #: Whether nothing can be kept: the content changed meanwhile, or could not be read.
    fleeting: bool = False

    def says_nothing(self, keys: Keys) -> bool:
        """Say whether it is known, as of most files, that it has nothing to tell."""
        entry = self.entry
        if entry is None or not self.sure or entry.answers:
            return False
        return keys <= self.record.asked[entry.asked]

    def saw(self, digest: bytes) -> None:
        """Take note of the content that a process saw."""
        self.fleeting |= not digest or self.digest not in {b"", digest}
        self.digest = digest
        self.sure = self.entry is not None and self.entry.digest == digest
        if not self.sure:
            self.entry = None
        elif self.entry and self.entry.signature != self.lasting:
            self.learnt = True

    @property
    def lasting(self) -> Signature:
        """The signature by which a later run knows the content."""
        return self.signature.before(self.record.moment)

    def told(self) -> News:
        """Return what there is to keep."""
        return News(self.location, self.lasting, self.digest, tuple(self.asked), self.answers)


class Remembered(Frozen):
    """What a run took from earlier ones, and left for later ones."""

    files: int
    #: So many of them were known by what the file system says of them.
    known: int
    #: Caches that could not be written.
    unwritten: tuple[Path, ...]


class Answers:
    """What files answer, kept for later runs where there is a record of them."""

    def __init__(
        self, executor: Executor, records: Mapping[SourceFile, Record] | None = None
    ) -> None:
        self._executor = executor
        self._files = dict(_opened(records or {}))
        self._tasks: dict[tuple[Inquiry[Any], Keys], Task[Any]] = {}

    def ask(
        self,
        inquiries: Mapping[SourceFile, Inquiry[Answer]],
        kind: type[Answer],
        progress: Progress | None = None,
        *,
        holds: Callable[[SourceFile, Answer], bool] = lambda *_: True,
        lasts: Callable[[Answer], bool] = lambda _: True,
    ) -> dict[SourceFile, Given[Answer]]:
        """Ask each file its questions; return the answers of the files that have something to tell.

        ``holds`` says whether a known answer still is one, ``lasts`` whether a new one is kept.
        """
        if not self._files:
            plain = {file: self._task(each, each.keys) for file, each in inquiries.items()}
            found = self._executor.map(
                plain, lambda file, why: inquiries[file].lost(file, why), progress
            )
            return {file: given for file, given in found.items() if given}
        decode = msgspec.msgpack.Decoder(kind).decode
        known: dict[SourceFile, Given[Answer]] = {}
        tasks: dict[SourceFile, _Reading[Answer]] = {}
        for file, inquiry in inquiries.items():
            if one := self._files.get(file):
                one.asked.append(inquiry.keys)
                if one.says_nothing(inquiry.keys):
                    continue
            known[file], left = self._recall(file, inquiry.keys, decode, partial(holds, file))
            if task := self._reading(file, inquiry, left):
                tasks[file] = task
                if one:
                    one.was_read = True
        if progress:
            progress(len(inquiries) - len(tasks))
        told = self._executor.map(
            tasks, lambda f, why: _Told(b"", inquiries[f].lost(f, why)), progress
        )
        for file, new in told.items():
            known[file] = self._learn(file, known[file], new, lasts)
        for file, given in known.items():
            if one := self._files.get(file):
                one.answers |= given
        return {file: given for file, given in known.items() if given}

    def keep(self) -> Remembered | None:
        """Keep what was learnt for later runs, as far as that can be done."""
        by_record: dict[int, list[_File]] = {}
        unwritten: list[Path] = []
        for one in self._files.values():
            by_record.setdefault(id(one.record), []).append(one)
        for files in by_record.values():
            if any(one.learnt for one in files):
                record = files[0].record
                news = [one.told() for one in files if one.asked and not one.fleeting]
                if not record.write(news):
                    unwritten.append(record.cache)
        if not self._files:
            return None
        known = sum(not one.was_read for one in self._files.values())
        return Remembered(len(self._files), known, tuple(dict.fromkeys(unwritten)))

    def _recall(
        self,
        file: SourceFile,
        keys: Keys,
        decode: Callable[[msgspec.Raw], Answer],
        holds: Callable[[Answer], bool],
    ) -> tuple[Given[Answer], Keys]:
        """Return the answers that are known, and the questions that are left."""
        one = self._files.get(file)
        if one is None or one.entry is None:
            return {}, keys
        asked = one.record.asked[one.entry.asked]
        left = frozenset() if keys <= asked else keys - asked
        found: Given[Answer] = {}
        for key, raw in one.entry.answers.items():
            if key in keys:
                try:
                    found[key] = decode(raw)
                except msgspec.MsgspecError:
                    left |= {key}
        left |= {key for key, answer in found.items() if not holds(answer)}
        if left and not one.sure:
            return {}, keys
        return {key: answer for key, answer in found.items() if key not in left}, left

    def _reading(
        self, file: SourceFile, inquiry: Inquiry[Answer], left: Keys
    ) -> "_Reading[Answer] | None":
        """Return what has to be done; nothing where everything is known."""
        one = self._files.get(file)
        if left:
            return _Reading(self._task(inquiry, left))
        if one is None or one.sure or one.entry is None:
            return None
        return _Reading(self._task(inquiry, inquiry.keys), one.entry.digest)

    def _learn(
        self,
        file: SourceFile,
        known: Given[Answer],
        told: _Told[Answer],
        lasts: Callable[[Answer], bool],
    ) -> Given[Answer]:
        one = self._files.get(file)
        if one is None:
            return told.answers or {}
        was_sure = one.sure
        one.saw(told.digest)
        if told.answers is None:
            return known
        one.learnt = True
        one.fleeting |= not all(map(lasts, told.answers.values()))
        return known | told.answers if was_sure else told.answers

    def _task(self, inquiry: Inquiry[Answer], keys: Keys) -> Task[Given[Answer]]:
        """Make each task once: processes are sent what many files share once a batch."""
        if (inquiry, keys) not in self._tasks:
            self._tasks[inquiry, keys] = inquiry.task(keys)
        return self._tasks[inquiry, keys]


def _opened(records: Mapping[SourceFile, Record]) -> Iterator[tuple[SourceFile, _File]]:
    for file, record in records.items():
        sign = signature(file.location) if file.content is None else None
        if sign:
            entry = record.files.get(file.location)
            sure = entry is not None and entry.signature == sign
            digest = entry.digest if entry and sure else b""
            yield file, _File(file.location, record, sign, entry, sure, digest)
