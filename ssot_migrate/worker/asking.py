"""What files do with the mocks that another one exports."""
# Strings, not Path objects: this runs for every file of a tree.
# ruff: noqa: PTH120

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from ssot_migrate.caching.answers import Answers, Given, Inquiry, Keys
from ssot_migrate.caching.digest import digest
from ssot_migrate.discover import below
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

    def concerns(self, file: SourceFile) -> bool:
        """Say whether a file can use what is exported."""
        below = self.folder is None or file.location.startswith(self.folder + os.sep)
        return below and file.location != self.exporter


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
    for given in answers.ask(inquiries, Users).values():
        for key, new in given.items():
            export = keys[key].export
            found[export] = found[export].joined(new)
    return found


def _questions(
    resolver: Resolver,
    exported: Mapping[SourceFile, Iterable[Export]],
    files: Collection[SourceFile],
) -> Iterator[Question]:
    complete: dict[Path, bool] = {}
    for exporter, exports in exported.items():
        for export in exports:
            own = Path(exporter.location).parent
            folder = own if export.is_fixture else resolver.importers(exporter.location)
            if folder not in complete:
                complete[folder] = all(file in files for file in below(folder, exporter, resolver))
            if complete[folder]:
                # Other projects of the run may find a helper too: how they are run is not known.
                where = str(folder) if export.is_fixture else None
                yield Question(export, where, exporter.location)


def _inquiries(
    keys: Mapping[bytes, Question], files: Iterable[SourceFile]
) -> Iterator[tuple[SourceFile, Inquiry[Users]]]:
    """Yield what each file is asked; the files of a folder are asked the same."""
    exporters = {question.exporter for question in keys.values()}
    of_folders: dict[str, Keys] = {}
    inquiries: dict[Keys, Inquiry[Users]] = {}
    for file in files:
        folder = os.path.dirname(file.location)
        concerned = None if file.location in exporters else of_folders.get(folder)
        if concerned is None:
            concerned = frozenset(key for key, each in keys.items() if each.concerns(file))
            if file.location not in exporters:
                of_folders[folder] = concerned
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
