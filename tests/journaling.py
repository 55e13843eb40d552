"""A project with a journal, and runs that are written without finding anything first."""

from collections.abc import Mapping
from pathlib import Path

from ssot_migrate.disk.journal import Journal
from ssot_migrate.disk.write import write
from ssot_migrate.model import Change
from tests.report.reports import violation


class Journaled:
    """Files below a folder, and the journal of what is done with them."""

    def __init__(self, folder: Path, files: Mapping[str, bytes]) -> None:
        self.folder = folder
        self.journal = Journal(folder / ".cache", folder)
        for name, data in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def changes(self, after: Mapping[str, bytes]) -> list[Change]:
        """Make changes of what files are to become."""
        return [
            Change.of(str(path), name, path.read_bytes(), data, (violation(name),))
            for name, data in after.items()
            for path in [self.folder / name]
        ]

    def record(self, after: Mapping[str, bytes], group: str | None = None) -> str:
        """Begin a run, and be killed before the first file."""
        with self.journal.lock("test"):
            return self.journal.record("test", self.changes(after), group)

    def apply(self, after: Mapping[str, bytes], group: str | None = None) -> str:
        """Do all that a run does."""
        with self.journal.lock("test"):
            changes = self.changes(after)
            run = self.journal.record("test", changes, group)
            written = [change for change in changes if write(change) is None]
            self.journal.finish(run, written)
            return run

    @property
    def contents(self) -> dict[str, bytes]:
        """What the project's files hold."""
        paths = [p for p in self.folder.rglob("*") if p.is_file()]
        cache = self.journal.cache
        return {
            p.relative_to(self.folder).as_posix(): p.read_bytes()
            for p in sorted(paths)
            if not p.is_relative_to(cache)
        }
