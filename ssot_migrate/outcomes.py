"""What comes of each file of a run: known from an earlier one, or found out."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from ssot_migrate.caching.answers import Answers
from ssot_migrate.caching.digest import digest, tool
from ssot_migrate.caching.portion import Given, Inquiry, Keys, Terms
from ssot_migrate.caching.record import Place
from ssot_migrate.executing.executor import Task
from ssot_migrate.known import Export, Users
from ssot_migrate.model import Change, FileResult, SourceFile, Violation
from ssot_migrate.packed import Packed, Violations, pack
from ssot_migrate.settings.config import Config
from ssot_migrate.shelf import Shelf, Shelved
from ssot_migrate.worker.leads import Leads
from ssot_migrate.worker.settings import Outcome, Settings


class _Told(msgspec.Struct, array_like=True, frozen=True):
    """An outcome as it travels and is kept."""

    #: Without the violations.
    rest: Outcome
    packed: Packed

    @classmethod
    def of(cls, outcome: Outcome) -> "_Told":
        """Pack the violations of an outcome."""
        return cls(_holding(outcome, ()), pack(outcome.result.violations))


def _holding(outcome: Outcome, violations: Sequence[Violation]) -> Outcome:
    return replace(outcome, result=replace(outcome.result, violations=violations))


class _Slim:
    """Makes of what files told what a run holds to its end."""

    def __init__(self) -> None:
        self._shelf = Shelf()
        self._empty: dict[Any, Any] = {}
        self._nothing = Outcome(FileResult(""))

    def __call__(self, file: SourceFile, told: _Told) -> Outcome:
        """Put the violations aside; what is empty, as most is, is the same for all files."""
        rest, nothing = told.rest, self._nothing
        result = replace(
            rest.result,
            path=file.path,
            change=self._change(rest.result.change),
            violations=Violations(told.packed, self._shelf) if told.packed.number else (),
            adopted=rest.result.adopted or self._empty,
            estimates=rest.result.estimates or self._empty,
            left=rest.result.left or self._empty,
            suppressed=rest.result.suppressed or self._empty,
        )
        same = rest.suppressions == nothing.suppressions
        return replace(
            rest,
            result=result,
            followed=nothing.followed,
            suppressions=nothing.suppressions if same else rest.suppressions,
        )

    def _change(self, change: Change | None) -> Change | None:
        if change is None:
            return None
        texts = change.texts if isinstance(change.texts, Shelved) else self._shelf.put(change.texts)
        fixed = Violations(pack(change.fixed), self._shelf)
        return replace(change, texts=texts, fixed=fixed)


def places(
    configs: Mapping[SourceFile, Config], settings: Mapping[Config, Settings]
) -> Callable[[SourceFile], Place | None]:
    """Say of each file on disk where runs like this one keep what they found out.

    All that an outcome depends on besides its file, and the files that it tells of itself, makes
    the name of a place: a run of another kind has another.
    """
    here = Path.cwd()
    of = {c: Place(c.cache, digest(tool(), here, one).hex()) for c, one in settings.items()}

    def place(file: SourceFile) -> Place | None:
        config = configs.get(file) if file.content is None else None
        return of[config] if config else None

    return place


def process_all(
    answers: Answers,
    topic: str,
    files: Collection[SourceFile],
    configs: Mapping[SourceFile, Config],
    settings: Mapping[Config, Settings],
    progress: Callable[[int], None] | None = None,
) -> dict[SourceFile, Outcome]:
    """Take files through all stages, those alone whose outcomes are not known.

    Files with nothing to tell, as most are, have no outcome.
    """
    leads = {config: Leads.of(one) for config, one in settings.items()}
    users = _by_path(next(iter(settings.values())).users) if settings else {}
    inquiries: dict[tuple[Config, bytes], Inquiry[_Told]] = {}
    asked: dict[SourceFile, Inquiry[_Told]] = {}
    for file in files:
        config = configs[file]
        key = digest(users[file.path]) if file.path in users else b""
        if (config, key) not in inquiries:
            inquiries[config, key] = _inquiry(key, settings[config])
        asked[file] = inquiries[config, key]
    terms = Terms(
        _Told,
        holds=lambda file, told: leads[configs[file]].still(told.rest.followed),
        lasts=lambda told: not told.rest.result.failures,
    )
    found = answers.ask(topic, asked, terms, _Slim(), progress)
    return {file: outcome for file, given in found.items() for outcome in given.values()}


def _task(settings: Settings) -> Task[Outcome]:
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


def _by_path(users: Mapping[Export, Users]) -> dict[str, list[tuple[Export, Users]]]:
    """Sort the users of exports by the file that exports them; no other outcome depends on them."""
    found: dict[str, list[tuple[Export, Users]]] = {}
    for export, of in users.items():
        found.setdefault(export.path, []).append((export, of))
    return found


def _inquiry(key: bytes, settings: Settings) -> Inquiry[_Told]:
    def made(_: Keys) -> Task[Given[_Told]]:
        return partial(_keyed, key, _task(settings))

    def lost(file: SourceFile, why: str) -> Given[_Told]:
        from ssot_migrate.worker import process

        return {key: _Told.of(process.lost(file, why))}

    return Inquiry(frozenset({key}), made, lost)


def _keyed(key: bytes, task: Task[Outcome], file: SourceFile) -> dict[bytes, _Told]:
    """Do a task; a file without anything to tell, as most are, costs next to nothing."""
    outcome = task(file)
    return {} if outcome == _nothing(file) else {key: _Told.of(outcome)}


def _nothing(file: SourceFile) -> Outcome:
    return Outcome(FileResult(file.path))
