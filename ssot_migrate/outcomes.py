"""What comes of each file of a run: known from an earlier one, or found out."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from ssot_migrate.caching.answers import Answers
from ssot_migrate.caching.digest import digest, tool
from ssot_migrate.caching.portion import Given, Inquiry, Keys, Terms
from ssot_migrate.caching.record import Place
from ssot_migrate.executing.executor import Progress, Task
from ssot_migrate.files import Files
from ssot_migrate.frozen import Frozen
from ssot_migrate.known import Export, Users
from ssot_migrate.model import FileResult, SourceFile
from ssot_migrate.settings.configs import Configs
from ssot_migrate.told import Told
from ssot_migrate.worker.asking import Uses
from ssot_migrate.worker.leads import Leads
from ssot_migrate.worker.settings import Outcome, Settings


class Held(Frozen):
    """What the files of a run are held against."""

    configs: Configs
    #: In the order of the configurations.
    each: Sequence[Settings]

    def __getitem__(self, location: str) -> Settings:
        """Return what a file is held against, given by its location."""
        return self.each[self.configs.at(location)]

    def of(self, number: int) -> Settings:
        """Return what a file is held against, given by its number."""
        return self.each[self.configs[number]]


def places(files: Files, held: Held) -> Callable[[int], Place | None]:
    """Say of each file on disk where runs like this one keep what they found out.

    All that an outcome depends on besides its file, and the files that it tells of itself, makes
    the name of a place: a run of another kind has another.
    """
    here = Path.cwd()
    of = [Place(one.config.cache, digest(tool(), here, one).hex()) for one in held.each]
    configs, known, given = held.configs, len(held.configs), files.given

    def place(number: int) -> Place | None:
        if number >= known or (given and files[number] in given):
            return None
        return of[configs[number]]

    return place


def process_all(  # noqa: PLR0913, PLR0917 (what a run is made of)
    answers: Answers,
    topic: str,
    files: Files,
    numbers: Iterable[int],
    held: Held,
    uses: Uses,
    progress: Progress | None = None,
) -> Iterator[tuple[int, Told]]:
    """Take files through all stages, those alone whose outcomes are not known.

    Yields the numbers of files and what they told; those with nothing to tell, as most are, told
    nothing. ``uses`` are what other files do with what these export.
    """
    inquiries: dict[tuple[int, bytes], Inquiry[Told]] = {}

    def inquire(number: int) -> Inquiry[Told]:
        config = held.configs[number]
        path = files[number].path if uses.exports else ""
        key = uses.key(path)
        if (config, key) not in inquiries:
            inquiries[config, key] = _inquiry(key, held.each[config], partial(uses.of, path))
        return inquiries[config, key]

    terms = Terms(Told, lasts=lambda told: not told.rest.result.failures)
    for number, given in answers.ask(topic, files, numbers, inquire, terms, progress):
        for told in given.values():
            yield number, told


def _task(settings: Settings) -> Callable[..., Outcome]:
    """Say what is done with each file of a configuration.

    Only here the stages are imported: a run that knows all its files needs none of them, and one
    that does not has them before it starts processes.
    """
    from ssot_migrate.worker.process import process

    if not settings.request.statistics:
        return partial(process, settings)
    from ssot_migrate.estimate import patterns, process_and_estimate

    config = replace(settings.config, select=(), ignore=())
    whole = settings if config == settings.config else replace(settings, config=config)
    wanted = patterns(settings.families, settings.config)
    return partial(process_and_estimate, settings, whole, wanted)


def _inquiry(
    key: bytes, settings: Settings, users: Callable[[], Mapping[Export, Users]]
) -> Inquiry[Told]:
    leads = Leads.of(settings)

    def made(_: Keys) -> Task[Given[Told]]:
        task = _task(settings)
        return _Informed(key, task, users) if key else partial(_keyed, key, task)

    def lost(file: SourceFile, why: str) -> Given[Told]:
        from ssot_migrate.worker import process

        return {key: Told.of(process.lost(file, why))}

    holds = lambda told: leads.still(told.rest.followed)  # noqa: E731 (one line)
    return Inquiry(frozenset({key}), made, lost, holds)


def _keyed(key: bytes, task: Task[Outcome], file: SourceFile) -> Given[Told]:
    """Do a task; a file without anything to tell, as most are, costs next to nothing."""
    outcome = task(file)
    return {} if outcome == _nothing(file) else {key: Told.of(outcome)}


def _nothing(file: SourceFile) -> Outcome:
    return Outcome(FileResult(file.path))


class _Informed:
    """A task with the users of a file's exports, which may be many.

    They are read only where it is done, or sent to where it is.
    """

    def __init__(
        self,
        key: bytes,
        task: Callable[..., Outcome],
        users: Callable[[], Mapping[Export, Users]],
    ) -> None:
        self._key = key
        self._task = task
        self._users = users

    def __call__(self, file: SourceFile) -> Given[Told]:
        return self._whole()(file)

    def __reduce__(self) -> str | tuple[Any, ...]:
        """Pickle a task that holds the users."""
        return self._whole().__reduce__()

    def _whole(self) -> "partial[Given[Told]]":
        return partial(_keyed, self._key, partial(self._task, users=self._users()))
