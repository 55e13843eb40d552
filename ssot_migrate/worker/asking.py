"""What files do with the mocks that another one exports."""
# Strings, not Path objects: this runs for every file of a tree.
# ruff: noqa: PTH120

import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path

from ssot_migrate.caching.answers import Answers
from ssot_migrate.caching.digest import digest
from ssot_migrate.caching.portion import Given, Inquiry, Keys, Terms
from ssot_migrate.discover import holds_others, walked_around
from ssot_migrate.executing.executor import Task
from ssot_migrate.files import Files
from ssot_migrate.frozen import Frozen
from ssot_migrate.known import Export, Users
from ssot_migrate.model import SourceFile
from ssot_migrate.settings.resolver import Resolver
from ssot_migrate.shelf import Records


class Question(Frozen):
    """What a file has to be asked about: its use of another file's fixture or helper."""

    export: Export
    #: Only files below this folder can use it; ``None`` where any file could.
    folder: str | None
    #: The file that offers it, which knows its own uses.
    exporter: str


class Uses:
    """What other files do with exports, put aside: there may be some touches for each test."""

    def __init__(self, exports: Iterable[Export] = ()) -> None:
        #: What files were asked about.
        self.exports = tuple(exports)
        self._records = Records(Users)
        #: By export, numbers: of the file, and of its record.
        self._told = {export: array("Q") for export in self.exports}
        self._by_path: dict[str, list[Export]] = {}
        for export in self.exports:
            self._by_path.setdefault(export.path, []).append(export)

    def put(self, export: Export, number: int, users: Users) -> None:
        """Put aside what a file does, by its number."""
        self._told[export].append(number << 32 | self._records.append(users))

    def of(self, path: str) -> dict[Export, Users]:
        """Return what is done with all that a file exports, in the order of the users."""
        return {export: self._joined(export) for export in self._by_path.get(path, ())}

    def key(self, path: str) -> bytes:
        """Stand for what is done with all that a file exports; empty where nobody was asked."""
        return digest([*self.of(path).items()]) if path in self._by_path else b""

    def _joined(self, export: Export) -> Users:
        records = (place & 0xFFFFFFFF for place in sorted(self._told[export]))
        return Users.joined([self._records[record] for record in records])


def ask_users(
    answers: Answers,
    resolver: Resolver,
    exported: Mapping[SourceFile, Iterable[Export]],
    files: Files,
) -> Uses:
    """Collect what other files do with exported mocks, where all that could are among ``files``."""
    questions = list(dict.fromkeys(_questions(resolver, exported, files)))
    keys = {digest("users", question.export): question for question in questions}
    uses = Uses(question.export for question in questions)
    inquire = _inquire(keys, files)
    asked = range(len(files)) if questions else ()
    for number, given in answers.ask("users", files, asked, inquire, Terms(Users)):
        for key, users in given.items():
            uses.put(keys[key].export, number, users)
    return uses


def _questions(
    resolver: Resolver,
    exported: Mapping[SourceFile, Iterable[Export]],
    files: Files,
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
                    listed = resolver.walked[walked]
                    covered[walked] = listed is files or all(file in files for file in listed)
                others = not covered[walked] and holds_others(folder, files, exporter, resolver)
                complete[folder] = not others
            if complete[folder]:
                # Other projects of the run may find a helper too: how they are run is not known.
                where = str(folder) if export.is_fixture else None
                yield Question(export, where, exporter.location)


def _inquire(
    keys: Mapping[bytes, Question], files: Files
) -> Callable[[int], Inquiry[Users] | None]:
    """Return what says what each file is asked; the files of a folder are asked the same."""
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

    def inquiry(concerned: Keys) -> Inquiry[Users] | None:
        if concerned and concerned not in inquiries:
            inquiries[concerned] = _inquiry(keys, concerned)
        return inquiries.get(concerned)

    folders = [concerning(os.path.dirname(folder)) for folder in files.folders]
    of_most = [*map(inquiry, folders)]
    exporting = {os.path.dirname(location) for location in own}
    with_own = [os.path.dirname(folder) in exporting for folder in files.folders]

    def inquire(number: int) -> Inquiry[Users] | None:
        folder = files.folder(number)
        if with_own[folder] and (known := own.get(files[number].location)):
            return inquiry(folders[folder] - known)
        return of_most[folder]

    return inquire


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
