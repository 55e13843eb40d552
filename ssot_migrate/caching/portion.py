"""The files that are asked at a time, and what earlier runs know of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from math import ceil
from operator import itemgetter
from typing import Any, Final, Generic, TypeVar

import msgspec
from msgspec.structs import replace

from ssot_migrate.caching.digest import of_bytes
from ssot_migrate.caching.record import Entry, News, Place, Record, Signature, signature
from ssot_migrate.executing.executor import Executor, Lost, Progress, Task
from ssot_migrate.frozen import Frozen
from ssot_migrate.model import SourceFile

Answer = TypeVar("Answer")
Doing = TypeVar("Doing")
_ENCODE: Final[Callable[[object], bytes]] = msgspec.msgpack.Encoder().encode
_SECOND: Final[Callable[[tuple[Any, Any]], Any]] = itemgetter(1)
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
    #: Says whether a known answer still is one.
    holds: Callable[[Answer], bool] = lambda _: True


class Terms(Frozen, Generic[Answer], eq=False):
    """What holds for the answers to some questions."""

    kind: type[Answer]
    #: Says whether a new answer is kept.
    lasts: Callable[[Answer], bool] = lambda _: True


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

    record: Record
    signature: Signature
    entry: Entry | None
    #: Whether the entry is known to be that of the file's content.
    sure: bool
    #: Of the content that this run saw.
    digest: bytes = b""
    #: The answers to all questions, where this run found some.
    new: dict[bytes, msgspec.Raw] | None = None
    #: Whether there is more to keep than the entry.
    learnt: bool = False
    #: Whether nothing can be kept: the content changed meanwhile, or could not be read.
    fleeting: bool = False

    @property
    def says_nothing(self) -> bool:
        """Say whether it is known, as of most files, that it had nothing to tell."""
        return self.entry is not None and self.sure and not self.entry.answers

    def known(self, keys: Keys) -> dict[bytes, msgspec.Raw]:
        """Return the answers to some questions, as they are kept."""
        if self.new is not None:
            return self.new
        answers = self.entry.answers if self.entry else {}
        return {key: answer for key, answer in answers.items() if key in keys}

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


class Portion(Generic[Answer]):
    """Some files, with what is kept of them about a topic."""

    def __init__(
        self, sections: Iterable[tuple[Place, Iterable[SourceFile]]], terms: Terms[Answer]
    ) -> None:
        self._terms = terms
        self._decode = msgspec.msgpack.Decoder(terms.kind).decode
        self._files = dict(_opened(sections))
        self._left: dict[tuple[int, int, int], Keys] = {}
        self._tasks: dict[tuple[Inquiry[Any], Keys], Task[Any]] = {}
        #: The files that had to be read.
        self.read: set[SourceFile] = set()
        #: Whether something was to be kept, and the records that could not be written.
        self.is_written = False
        self.unwritten: list[Record] = []

    def ask(
        self,
        executor: Executor,
        inquiries: Mapping[SourceFile, Inquiry[Answer]],
        progress: Progress | None,
    ) -> Iterator[tuple[SourceFile, Given[Answer]]]:
        """Yield the answers of the files that have something to tell; keep what is new."""
        if not self._files:
            plain = {file: self._task(each, each.keys) for file, each in inquiries.items()}
            for one_part in _evenly(plain, executor.portion):
                answers = executor.map(one_part, lambda f, why: inquiries[f].lost(f, why), progress)
                yield from filter(_SECOND, answers.items())
            return
        known: dict[SourceFile, Given[Answer]] = {}
        tasks: dict[SourceFile, _Reading[Answer]] = {}
        for file, inquiry in inquiries.items():
            one = self._files.get(file)
            if one and one.says_nothing and not self._unasked(one, inquiry.keys):
                continue
            given, left = self._recall(file, inquiry)
            if task := self._reading(file, inquiry, left):
                known[file], tasks[file] = given, task
                if one:
                    self.read.add(file)
            elif given:
                yield file, given
        if progress:
            progress(len(inquiries) - len(tasks))
        for some in _evenly(tasks, executor.portion):
            lost = lambda f, why: _Told(b"", inquiries[f].lost(f, why))  # noqa: E731
            told = executor.map(some, lost, progress)
            new = ((file, self._learn(file, known[file], told.pop(file))) for file in some)
            yield from filter(_SECOND, new)
        self._keep(inquiries)

    def _recall(self, file: SourceFile, inquiry: Inquiry[Answer]) -> tuple[Given[Answer], Keys]:
        """Return the answers that are known, and the questions that are left."""
        one, keys = self._files.get(file), inquiry.keys
        if one is None or one.entry is None:
            return {}, keys
        left = self._unasked(one, keys)
        found: Given[Answer] = {}
        for key, raw in one.entry.answers.items():
            if key in keys:
                try:
                    found[key] = self._decode(raw)
                except msgspec.MsgspecError:
                    left |= {key}
        left |= {key for key, answer in found.items() if not inquiry.holds(answer)}
        if left and not one.sure:
            return {}, keys
        return {key: answer for key, answer in found.items() if key not in left}, left

    def _unasked(self, one: _File, keys: Keys) -> Keys:
        """Return those of some questions that a file was not asked; many are asked the same."""
        if one.entry is None:
            return keys
        # There may be thousands of questions: these are not to be compared for each file.
        same = id(one.record), one.entry.asked, id(keys)
        if same not in self._left:
            self._left[same] = keys - one.record.asked[one.entry.asked]
        return self._left[same]

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

    def _learn(self, file: SourceFile, known: Given[Answer], told: _Told[Answer]) -> Given[Answer]:
        one = self._files.get(file)
        if one is None:
            return told.answers or {}
        was_sure = one.sure
        one.saw(told.digest)
        if told.answers is None:
            return known
        one.learnt = True
        one.fleeting |= not all(map(self._terms.lasts, told.answers.values()))
        answers = known | told.answers if was_sure else told.answers
        try:
            one.new = {key: msgspec.Raw(_ENCODE(answer)) for key, answer in answers.items()}
        except UnicodeEncodeError:  # Some systems have paths that are no text.
            one.fleeting = True
        return answers

    def _keep(self, inquiries: Mapping[SourceFile, Inquiry[Answer]]) -> None:
        """Keep what was learnt for later runs, as far as that can be done."""
        if not any(one.learnt for one in self._files.values()):
            return
        by_record: dict[int, dict[SourceFile, _File]] = {}
        for file, one in self._files.items():
            by_record.setdefault(id(one.record), {})[file] = one
        for files in by_record.values():
            record = next(iter(files.values())).record
            if any(one.learnt for one in files.values()):
                lasting = {file: one for file, one in files.items() if not one.fleeting}
                news = [
                    News(
                        file.location,
                        one.lasting,
                        one.digest,
                        inquiries[file].keys,
                        one.known(inquiries[file].keys),
                    )
                    for file, one in lasting.items()
                ]
                self.is_written = True
                if not record.write(news):
                    self.unwritten.append(record)

    def _task(self, inquiry: Inquiry[Answer], keys: Keys) -> Task[Given[Answer]]:
        """Make each task once: processes are sent what many files share once a batch."""
        if (inquiry, keys) not in self._tasks:
            self._tasks[inquiry, keys] = inquiry.task(keys)
        return self._tasks[inquiry, keys]


def _evenly(tasks: Mapping[SourceFile, Doing], most: int) -> Iterator[dict[SourceFile, Doing]]:
    """Yield tasks in parts about as large: what comes of one part is held at a time."""
    items = iter(tasks.items())
    size = ceil(len(tasks) / max(1, len(tasks) // most))
    while part := dict(islice(items, size)):
        yield part


def _opened(
    sections: Iterable[tuple[Place, Iterable[SourceFile]]],
) -> Iterator[tuple[SourceFile, _File]]:
    for place, files in sections:
        # Before its files are looked at: nothing that changes from then on goes unnoticed.
        record = Record.read(*place)
        for file in files:
            if sign := signature(file.location):
                entry = record.files.get(file.location)
                sure = entry is not None and entry.signature == sign
                digest = entry.digest if entry and sure else b""
                yield file, _File(record, sign, entry, sure, digest)
