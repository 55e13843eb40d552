"""What one file does with the mocks that another one exports."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ssot_migrate.code.module import Module
from ssot_migrate.code.source import SourceError, parse
from ssot_migrate.finding.draft import Users
from ssot_migrate.model import SourceFile
from ssot_migrate.touches.follow import users
from ssot_migrate.touches.reach import Export, Reach


@dataclass(frozen=True, slots=True)
class Question:
    """What a file has to be asked about: its use of another file's fixture or helper."""

    export: Export
    #: Only files below this folder can use it; ``None`` where any file could.
    folder: str | None
    #: The file that offers it, which knows its own uses.
    exporter: str

    def concerns(self, file: SourceFile) -> bool:
        """Say whether a file can use what is exported."""
        below = self.folder is None or Path(self.folder) in Path(file.location).parents
        return below and file.location != self.exporter


def ask(questions: Sequence[Question], file: SourceFile) -> dict[Export, Users]:
    """Say what one file does with exported mocks."""
    exports = [question.export for question in questions if question.concerns(file)]
    try:
        data = file.read()
        exports = [e for e in exports if re.search(rb"\b%s\b" % re.escape(e.name.encode()), data)]
        module = Module(file.path, parse(data), []) if exports else None
        found = {export: users(module, export) for export in exports} if module else {}
    except (OSError, SourceError, RecursionError):
        return silent(questions, file)
    return {export: _told(file, reach) for export, reach in found.items()}


def _told(file: SourceFile, reach: Reach) -> Users:
    """Say which file the places lie in, for those who explain another one."""
    touches = tuple(replace(touch, path=file.path) for touch in reach.touches)
    lost = tuple((0, f"{text} ({file.path}:{line})") for line, text in reach.lost)
    return Users(touches, lost, reach.repeated)


def silent(questions: Sequence[Question], file: SourceFile) -> dict[Export, Users]:
    """Answer for a file that cannot be read: nobody knows what it does."""
    unknown = Users(lost=((0, f"{file.path} cannot be read"),))
    return {question.export: unknown for question in questions if question.concerns(file)}
