"""What files do with the mocks that another one exports."""
# Strings, not Path objects: this runs for every file of a tree.
# ruff: noqa: PTH120

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from ssot_migrate.caching.answers import Answers
from ssot_migrate.caching.digest import digest
from ssot_migrate.caching.portion import Given, Inquiry, Keys, Terms
from ssot_migrate.discover import holds_others, walked_around
from ssot_migrate.executing.executor import Task
from ssot_migrate.frozen import Frozen
from ssot_migrate.known import Export, Users
from ssot_migrate.model import SourceFile
from ssot_migrate.settings.resolver import Resolver


class Question(Frozen):
    """What a file has to be asked about: its use of another file's fixture or helper."""

    export: Export
    #: Only files below this folder can use it; ``None`` where any file could.
    folder: str | None
    #: The file that offers it, which knows its own uses.
    exporter: str


def ask_users(
    answers: Answers,
    resolver: Resolver,
    exported: Mapping[SourceFile, Iterable[Export]],
    files: Collection[SourceFile],
) -> dict[Export, Users]:
    """Collect what other files do with exported mocks, where all that could are among ``files``."""
    questions = list(dict.fromkeys(_questions(resolver, exported, files)))
    keys = {digest("users", question.export): question for question in questions}
    inquiries = dict(_inquiries(keys, files))
    found = {question.export: Users() for question in questions}
    for given in answers.ask("users", inquiries, Terms(Users), _slim()).values():
        for key, new in given.items():
            export = keys[key].export
            found[export] = found[export].joined(new)
    return found


def _slim() -> Callable[[SourceFile, Users], Users]:
    """Make the paths and steps of touches the same objects: there may be some for each test."""
    known: dict[object, Any] = {}

    def slim(file: SourceFile, users: Users) -> Users:
        path = file.path
        touches = (
            replace(
                touch,
                steps=known.setdefault(touch.steps, touch.steps),
                detail=known.setdefault(touch.detail, touch.detail),
                path=path,
            )
            for touch in users.touches
        )
        return replace(users, touches=tuple(touches))

    return slim


def _questions(
    resolver: Resolver,
    exported: Mapping[SourceFile, Iterable[Export]],
    files: Collection[SourceFile],
) -> Iterator[Question]:
    complete: dict[Path, bool] = {}
    # Most runs are for all that was walked.
    covered: dict[str | None, bool] = {None: False}
    for exporter, exports in exported.items():
        for export in exports:
            own = Path(exporter.location).parent
            folder = own if export.is_fixture else resolver.importers(exporter.location)
            if folder not in complete:
                walked = walked_around(folder, exporter, resolver)
                if walked is not None and walked not in covered:
                    covered[walked] = all(file in files for file in resolver.walked[walked])
                others = not covered[walked] and holds_others(folder, files, exporter, resolver)
                complete[folder] = not others
            if complete[folder]:
                # Other projects of the run may find a helper too: how they are run is not known.
                where = str(folder) if export.is_fixture else None
                yield Question(export, where, exporter.location)


def _inquiries(
    keys: Mapping[bytes, Question], files: Iterable[SourceFile]
) -> Iterator[tuple[SourceFile, Inquiry[Users]]]:
    """Yield what each file is asked; the files of a folder are asked the same."""
    own: dict[str, set[bytes]] = {}
    of_folders: dict[str | None, set[bytes]] = {}
    for key, question in keys.items():
        own.setdefault(question.exporter, set()).add(key)
        of_folders.setdefault(question.folder, set()).add(key)

    @cache
    def concerning(folder: str | None) -> Keys:
        """Return the questions for the files right in a folder: those of all above it, too."""
        here = of_folders.get(folder)
        if folder is None:
            return frozenset(here or ())
        above = os.path.dirname(folder)
        outer = concerning(above if above != folder else None)
        return outer | here if here else outer

    inquiries: dict[Keys, Inquiry[Users]] = {}
    for file in files:
        concerned = concerning(os.path.dirname(file.location))
        if file.location in own:
            concerned -= own[file.location]
        if concerned:
            inquiry = inquiries.get(concerned) or _inquiry(keys, concerned)
            yield file, inquiries.setdefault(concerned, inquiry)


def _inquiry(keys: Mapping[bytes, Question], concerned: Keys) -> Inquiry[Users]:
    exports = {key: each.export for key, each in keys.items() if key in concerned}

    def lost(file: SourceFile, _: str) -> Given[Users]:
        from ssot_migrate.worker.asked import unknown

        return unknown(exports, file)

    return Inquiry(concerned, partial(_task, exports), lost)


def _task(exports: Mapping[bytes, Export], keys: Keys) -> Task[Given[Users]]:
    # Before processes are started; a run that knows all answers need not know how to find one.
    from ssot_migrate.worker.asked import ask

    return partial(ask, {key: export for key, export in exports.items() if key in keys})
