"""What a migration did with its batches, kept so that another run can go on."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import msgspec
from msgspec import field
from msgspec.structs import asdict, replace

from ssot_migrate.disk.cache import make_folder, put
from ssot_migrate.disk.lock import hold
from ssot_migrate.frozen import Frozen
from ssot_migrate.migrating.unit import Unit
from ssot_migrate.model import UserError

_OUTCOMES: Final = "outcomes.json"
_GIVEN: Final = "given.json"
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


class Outcome(Frozen):
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

    def after(self, others: "Iterable[Outcome]") -> "Outcome":
        """Join it with what became of the same mocks before: it was tried again."""
        joined = self
        for other in others:
            numbers = [one.confirmed for one in (other, joined) if one.confirmed is not None]
            is_migrated = other.migrated and joined.status is Status.UNCHANGED
            joined = replace(
                joined,
                status=Status.MIGRATED if is_migrated else joined.status,
                migrated=other.migrated + joined.migrated,
                confirmed=sum(numbers) if numbers else None,
                commit=joined.commit or other.commit,
                seconds=other.seconds + joined.seconds,
            )
        return joined


class Account(Frozen):
    """What became of the batches of a migration, in one run or over several."""

    now: Sequence[Outcome]
    #: What the migration did before it went on.
    earlier: Sequence[Outcome] = ()
    #: Keys of the batches that there are as this run begins.
    keys: Collection[str] = ()

    @property
    def outcomes(self) -> list[Outcome]:
        """Give each batch once, with its last outcome and all that was migrated of it.

        With another trial a batch has another key; what was left of it then is told anew.
        """
        places = {_place(key) for key in self.keys}
        stale = {
            one.key
            for one in self.earlier
            if one.key not in self.keys and _place(one.key) in places
        }
        told = [replace(one, left={}) if one.key in stale else one for one in self.earlier]
        for outcome in self.now:
            place = _place(outcome.key)
            same = [
                one
                for one in told
                if one.key == outcome.key or (one.key in stale and _place(one.key) == place)
            ]
            told = [one for one in told if one not in same] + [outcome.after(same)]
        return told


def _place(key: str) -> str:
    """Return what a batch is called whatever its trial is, and whether it is skipped."""
    return "\t".join(key.split("\t")[:3])


class Given(Frozen):
    """What the command line of a migration gave; ``None`` for what it left to the settings."""

    #: From the root of the file system.
    paths: list[str] | None = None
    by: Unit | None = None
    select: list[str] | None = None
    ignore: list[str] | None = None
    exclude: list[str] | None = None
    extend_exclude: list[str] | None = None
    unsafe_fixes: bool | None = None
    #: Empty for none.
    trial: str | None = None
    trial_timeout: float | None = None
    trial_in_place: bool | None = None
    commit: bool | None = None

    def over(self, other: "Given") -> Self:
        """Return what was given here, and of the rest what was given there."""
        return type(self)(**{**other.known, **self.known})

    def without(self, other: "Given") -> Self:
        """Return what was given here and not there."""
        return type(self)(**{k: v for k, v in self.known.items() if k not in other.known})

    @property
    def options(self) -> dict[str, Any]:
        """Return what are settings of the project otherwise."""
        names = ("unsafe_fixes", "trial", "trial_timeout", "trial_in_place")
        return {name: getattr(self, name) for name in names}

    @property
    def known(self) -> dict[str, Any]:
        """Return what was given, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}


class _Time(Frozen):
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

    def given(self) -> Given:
        """Return what the migration was given."""
        return self._read(_GIVEN, Given) or Given()

    def begin(self, given: Given) -> None:
        """Put what a migration is given in place of what the last one was. Needs the lock."""
        self._write(_GIVEN, given)

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
