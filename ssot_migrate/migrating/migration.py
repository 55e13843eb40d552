"""What a migration did with its batches, kept so that another run can go on."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from ssot_migrate.disk.cache import make_folder, put
from ssot_migrate.disk.lock import hold
from ssot_migrate.model import UserError

_OUTCOMES: Final = "outcomes.json"
_TIMES: Final = "times.json"
#: So many trials tell how long the next one takes.
_KEPT: Final = 50

Content = TypeVar("Content")


class Status(StrEnum):
    """How a batch ended."""

    MIGRATED = "migrated"
    #: There was no fix, or the trial took all of them back.
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch."""

    #: Of the batch.
    key: str
    name: str
    status: Status
    #: Why it was skipped or failed.
    reason: str | None = None
    #: Mocks that come from the factory now.
    migrated: int = 0
    #: Unsafe fixes that a passing test ran; ``None`` without a trial.
    confirmed: int | None = None
    #: Fixes that the trial took back; ``None`` without a trial.
    taken_back: int | None = None
    #: Number of the mocks that are still built by hand, by reason.
    left: dict[str, int] = field(default_factory=dict)
    #: Id of its commit.
    commit: str | None = None
    #: Wall time.
    seconds: float = 0.0
    #: What the journal knows it by; ``None`` where nothing was written.
    run: str | None = None


@dataclass(frozen=True, slots=True)
class _Time:
    """How long a trial took."""

    command: str
    #: Number of test files.
    files: int
    seconds: float


class Migration:
    """The outcomes of a project's last migration, and the times of its trials, in its cache."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._folder = cache / "migration"

    @contextmanager
    def lock(self, command: str) -> Iterator[None]:
        """Keep other migrations of the project out. Raises UserError while there is one."""
        with ExitStack() as held:
            with self._writing():
                held.enter_context(hold(make_folder(self._cache, self._folder.name), command))
            yield

    def outcomes(self) -> list[Outcome]:
        """Return the outcomes in their order. Raises UserError where there was no migration."""
        outcomes = self._read(_OUTCOMES, list[Outcome])
        if outcomes is None:
            raise UserError("there is no migration to go on with; leave out --resume")
        return outcomes

    def keep(self, outcomes: list[Outcome]) -> None:
        """Put the outcomes in place of those kept before. Needs the lock."""
        self._write(_OUTCOMES, outcomes)

    def add_trial(self, command: str, files: int, seconds: float) -> None:
        """Note how long a trial of so many test files took. Needs the lock."""
        times = self._read(_TIMES, list[_Time]) or []
        self._write(_TIMES, [*times, _Time(command, files, seconds)][-_KEPT:])

    def seconds_per_file(self, command: str) -> float | None:
        """Return what a test file took in the last trials; ``None`` where there was none."""
        times = [t for t in self._read(_TIMES, list[_Time]) or [] if t.command == command]
        files = sum(time.files for time in times)
        return sum(time.seconds for time in times) / files if files else None

    def _read(self, name: str, kind: type[Content]) -> Content | None:
        file = self._folder / name
        try:
            return msgspec.json.decode(file.read_bytes(), type=kind)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            raise UserError(f"{file}: cannot be read ({error}); remove it") from None

    def _write(self, name: str, content: object) -> None:
        with self._writing():
            put(self._folder / name, msgspec.json.encode(content))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UserError(f"{self._folder}: cannot be written ({error.strerror})") from None
