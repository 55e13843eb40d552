"""Keep what files held before each run that writes: what ``undo`` reads.

An entry is one file, put in place whole: a zip archive of what the run did (``entry.json``) and of
the bytes before it (``before/HASH``). How far it has come stands beside it (``.json``); where that
is missing the run was interrupted.
"""

import contextlib
import io
import json
import os
import re
import secrets
import stat
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from itertools import groupby, islice
from pathlib import Path
from typing import Final, Self, TypeVar

import msgspec

from ssot_migrate import __version__
from ssot_migrate.disk.cache import make_folder, put
from ssot_migrate.disk.lock import hold
from ssot_migrate.disk.write import sweep
from ssot_migrate.frozen import Frozen
from ssot_migrate.model import Change, UserError
from ssot_migrate.settings.config import Config

#: How many runs are kept, for how long (in seconds), and how many bytes they may have together;
#: the last run is kept in any case.
MOST_RUNS: Final = 50
LONGEST: Final = 30 * 24 * 60 * 60
LARGEST: Final = 500_000_000

_ENTRY: Final = "entry.json"
#: Number, group and id: the order of the runs does not hang on a clock.
_NAME: Final = re.compile(r"(\d+)-(\w+)-(\w+)\.zip")


class JournalError(UserError):
    """A journal that cannot be written; no file of the run was."""


class State(StrEnum):
    """How far a run has come."""

    #: It did not end by itself, nor did its undoing: some of its files may be as they were before.
    INTERRUPTED = "interrupted"
    APPLIED = "applied"
    #: Some of its files were left alone by `undo`.
    PARTLY = "partly undone"
    UNDONE = "undone"


class File(msgspec.Struct, frozen=True):
    """One file that a run was about to write."""

    #: Relative to the project's root, with forward slashes, where it lies below it.
    location: str
    #: Hashes (SHA-256) of its bytes.
    before: str
    after: str
    #: Its permissions before, for the case that it is removed.
    mode: int


class _Recorded(msgspec.Struct, frozen=True):
    """What is known before a run writes."""

    command: str
    time: datetime
    version: str
    #: Number of fixes by family.
    fixes: dict[str, int]
    files: tuple[File, ...]
    forced: bool = False
    #: Whether the files hold this only while a trial runs.
    is_trial: bool = False


class _Progress(msgspec.Struct, frozen=True):
    """What is known since."""

    state: State = State.INTERRUPTED
    #: Locations of the files that were not written after all.
    unwritten: frozenset[str] = frozenset()


_Told = TypeVar("_Told", _Recorded, _Progress)


class Entry(Frozen, dict=True):
    """A run, or one batch of it."""

    #: Its archive.
    path: Path
    #: Runs are numbered as they begin.
    number: int
    #: What the batches of one run share; the id where there is one alone.
    group: str
    id: str

    @cached_property
    def _recorded(self) -> _Recorded:
        return self._decoded(self._read(_ENTRY), _Recorded)

    @cached_property
    def _progress(self) -> _Progress:
        try:
            told = _progress_path(self.path).read_bytes()
        except FileNotFoundError:
            return _Progress()
        return self._decoded(told, _Progress)

    @property
    def command(self) -> str:
        """The command line."""
        return self._recorded.command

    @property
    def time(self) -> datetime:
        """When it was recorded, in the local time zone."""
        return self._recorded.time.astimezone()

    @property
    def is_trial(self) -> bool:
        """Whether its files hold what it wrote only while a trial runs."""
        return self._recorded.is_trial

    @property
    def fixes(self) -> Counter[str]:
        """The number of fixes by family."""
        return Counter(self._recorded.fixes)

    @property
    def forced(self) -> bool:
        """Whether it keeps what a forced restore replaced; it is undone by its id alone."""
        return self._recorded.forced

    @property
    def state(self) -> State:
        """How far it has come, as of when it was first asked."""
        return self._progress.state

    @property
    def unwritten(self) -> frozenset[str]:
        """Locations of the files that were left as they were, for a reason that was told."""
        return self._progress.unwritten

    @property
    def files(self) -> tuple[File, ...]:
        """The files that it wrote, or was about to write."""
        files = self._recorded.files
        return tuple(file for file in files if file.location not in self.unwritten)

    def before(self, file: File) -> bytes:
        """Return what a file held before."""
        return self._read(f"before/{file.before}")

    def _read(self, name: str) -> bytes:
        try:
            with zipfile.ZipFile(self.path) as archive:
                return archive.read(name)
        except (OSError, KeyError, zipfile.BadZipFile, zlib.error) as error:
            raise self._unreadable(error) from None

    def _decoded(self, data: bytes, kind: type[_Told]) -> _Told:
        try:
            return msgspec.convert(json.loads(data), kind)
        except (ValueError, msgspec.ValidationError) as error:
            raise self._unreadable(error) from None

    def _unreadable(self, error: Exception) -> UserError:
        return UserError(
            f"{self.path}: cannot be read ({error}); remove it, its run cannot be undone"
        )


class Journal(Frozen):
    """The journal of a project."""

    #: The folder in which the tool keeps what is its own.
    cache: Path
    #: What locations are relative to; ``None`` where the cache would not move with the project.
    root: Path | None

    @classmethod
    def of(cls, config: Config) -> Self:
        """Return the journal of a project, given by its settings."""
        inside = config.cache.is_relative_to(config.root)
        return cls(config.cache, config.root if inside else None)

    @property
    def _folder(self) -> Path:
        return self.cache / "journal"

    @contextlib.contextmanager
    def lock(self, command: str) -> Iterator[None]:
        """Keep other runs from writing in the project; clear up after those that were killed.

        Raises UserError while another one is at work, JournalError where nothing can be written.
        """
        with contextlib.ExitStack() as held:
            with self._writing():
                held.enter_context(hold(make_folder(self.cache, "journal"), command))
            sweep(self._folders_of_interrupted())
            yield

    def unproven(self) -> Entry | None:
        """Return the trial that was killed while files held what it tried, if they still do."""
        for entry in reversed(self.entries()):
            if entry.state is State.INTERRUPTED and entry.is_trial:
                there = ((file, self.location(file)) for file in entry.files)
                if any(p.exists() and digest(p.read_bytes()) != file.before for file, p in there):
                    return entry
        return None

    def record(
        self,
        command: str,
        changes: Sequence[Change],
        group: str | None = None,
        *,
        forced: bool = False,
        is_trial: bool = False,
    ) -> str:
        """Write down what is about to be changed, durably, and return the run's id.

        Needs the lock. ``group`` comes from ``new_id`` and makes batches one run. Raises
        JournalError.
        """
        before, run = self.entries(), new_id()
        number = before[-1].number + 1 if before else 1
        path = self._folder / f"{number:06}-{group or run}-{run}.zip"
        fixes = dict(Counter(v.family or v.rule for change in changes for v in change.fixed))
        files, now = tuple(map(self._file, changes)), datetime.now(UTC)
        recorded = _Recorded(command, now, __version__, fixes, files, forced, is_trial)
        with self._writing():
            put(path, _archive(recorded, changes))
        # A forced restore may still need the oldest.
        if not forced and (group is None or all(entry.group != group for entry in before)):
            _prune(self.entries())
        return run

    def finish(self, run: str, written: Collection[Change]) -> None:
        """Say that a run has ended by itself, and which of its changes are on disk."""
        (entry,) = (entry for entry in self.entries() if entry.id == run)
        if not written:
            _remove(entry)
            return
        locations = {self._stored(change.location) for change in written}
        unwritten = {file.location for file in entry.files} - locations
        # Only the listing would be better for it: `undo` looks at the files themselves.
        with contextlib.suppress(OSError):
            _set(entry, _Progress(State.APPLIED, frozenset(unwritten)))

    def mark(self, entry: Entry, state: State) -> None:
        """Write down how far an entry has come. Raises JournalError."""
        with self._writing():
            _set(entry, _Progress(state, entry.unwritten))

    def entries(self) -> list[Entry]:
        """List what is recorded, oldest first."""
        named = ((path, _NAME.fullmatch(path.name)) for path in self._folder.glob("*.zip"))
        found = (Entry(path, int(name[1]), name[2], name[3]) for path, name in named if name)
        return sorted(found, key=lambda entry: entry.number)

    def find(self, run: str | None) -> list[Entry]:
        """Return what a run recorded and was not undone, newest first.

        ``run`` is the beginning of its id or of that of one of its batches, ``None`` for the last
        run, those that keep what force replaced apart. Raises UserError where there is none.
        """
        entries = self.entries()
        if run is None:
            last = (e for e in entries[::-1] if e.state is not State.UNDONE and not e.forced)
            chosen = [entry.group for entry in islice(last, 1)]
        else:
            named = {one for e in entries for one in (e.group, e.id) if one.startswith(run)}
            chosen = _single(run, sorted(named))
        found = [entry for entry in entries[::-1] if {entry.group, entry.id} & {*chosen}]
        left = [entry for entry in found if entry.state is not State.UNDONE]
        if not left:
            what = f"run {found[0].group} is undone already" if found else "nothing to undo"
            raise UserError(f"{what}; `ssot-migrate undo --list` shows what is recorded")
        return left

    def location(self, file: File) -> Path:
        """Return where a file is now: the project may have moved."""
        return (self.root or self.cache) / file.location

    def _stored(self, location: str) -> str:
        path = Path(location)
        if self.root and path.is_relative_to(self.root):
            return path.relative_to(self.root).as_posix()
        return location

    def _file(self, change: Change) -> File:
        before, after = map(digest, change.both)
        return File(self._stored(change.location), before, after, _mode(change.location))

    def _folders_of_interrupted(self) -> set[Path]:
        interrupted = [entry for entry in self.entries() if entry.state is State.INTERRUPTED]
        locations = {self.location(file) for entry in interrupted for file in entry.files}
        return {Path(os.path.realpath(location)).parent for location in locations}

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            message = f"the journal cannot be written ({error.strerror}), so nothing else was"
            raise JournalError(f"{self._folder}: {message}") from None


def new_id() -> str:
    """Return an id for a run, or for what the batches of one share."""
    return secrets.token_hex(4)


def digest(data: bytes) -> str:
    """Return the hash that the journal knows bytes by."""
    return sha256(data).hexdigest()


def runs(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Join the batches of each run; entries and runs are in order, the last ones last."""
    last = {entry.group: entry.number for entry in entries}
    together = sorted(entries, key=lambda entry: (last[entry.group], entry.number))
    return [list(batches) for _, batches in groupby(together, lambda entry: entry.group)]


def _archive(recorded: _Recorded, changes: Sequence[Change]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_ENTRY, _json(recorded))
        for name, data in {digest(change.before): change.before for change in changes}.items():
            archive.writestr(f"before/{name}", data)
    return buffer.getvalue()


def _json(value: msgspec.Struct) -> str:
    """Write JSON that also holds file names that are not text."""
    return json.dumps(msgspec.to_builtins(value))


def _mode(location: str) -> int:
    """Return a file's permissions; what is missing will not be written."""
    try:
        return stat.S_IMODE(Path(location).stat().st_mode)
    except OSError:
        return 0o644


def _single(run: str, named: list[str]) -> list[str]:
    match named:
        case [_]:
            return named
        case []:
            raise UserError(f"no run {run}; `ssot-migrate undo --list` shows what is recorded")
        case _:
            raise UserError(f"several runs begin with {run}: {', '.join(named)}")


def _progress_path(archive: Path) -> Path:
    return archive.with_suffix(".json")


def _set(entry: Entry, progress: _Progress) -> None:
    put(_progress_path(entry.path), _json(progress).encode())


def _prune(entries: Sequence[Entry]) -> None:
    """Forget the oldest runs until the rest is within bounds."""
    size, now = 0, time.time()
    for number, run in enumerate(reversed(runs(entries))):
        states = [entry.path.stat() for entry in run]
        size += sum(state.st_size for state in states)
        old = now - max(state.st_mtime for state in states) > LONGEST
        if number and (number >= MOST_RUNS or size > LARGEST or old):
            for entry in run:
                _remove(entry)


def _remove(entry: Entry) -> None:
    """Forget an entry; what is told of it is of no use without it."""
    with contextlib.suppress(OSError):
        entry.path.unlink()
        _progress_path(entry.path).unlink(missing_ok=True)
