"""Observe, from inside the user's Python processes, which files were loaded from where."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Self

from ssot_migrate.frozen import Frozen
from ssot_migrate.trial.workplace import Workplace

#: The folder whose `sitecustomize` Python imports as it starts.
HERE = Path(__file__).parent


class Sight(Frozen):
    """What was seen of the watched files, by their original location."""

    #: Those that were loaded from where they should be.
    loaded: frozenset[str]
    #: Those that were loaded from the original project instead of the copy.
    elsewhere: frozenset[str]
    #: Whether any process could be asked.
    probed: bool


class Probe(Frozen):
    """What is watched during one execution, and where it is noted."""

    folder: Path
    #: The watched file, by the real path of what should be loaded.
    wanted: Mapping[str, str]
    #: The same by the real path in the original project.
    originals: Mapping[str, str]

    @classmethod
    def of(cls, folder: Path, workplace: Workplace, watch: Collection[str]) -> Self:
        """Say in a folder what is to be watched."""
        wanted = {os.path.realpath(workplace.place(location)): location for location in watch}
        originals = {os.path.realpath(location): location for location in watch}
        places = (str(workplace.source), str(workplace.top), *wanted, *originals)
        (folder / "watched").write_bytes(os.fsencode("\0".join(places)))
        return cls(folder, wanted, originals)

    @property
    def environment(self) -> dict[str, str]:
        """What the processes need, beside the folder on their path."""
        return {"SSOT_MIGRATE_PROBE": str(self.folder), "SSOT_MIGRATE_PROCESS": "0"}

    def seen(self) -> "Sight":
        """Return what the processes have noted."""
        notes = [*self.folder.glob("process-*")]
        paths = {path for note in notes for path in os.fsdecode(note.read_bytes()).split("\0")}
        strange = paths & self.originals.keys() - self.wanted.keys()
        return Sight(
            loaded=frozenset(self.wanted[path] for path in paths & self.wanted.keys()),
            elsewhere=frozenset(self.originals[path] for path in strange),
            probed=bool(notes),
        )
