"""Take back what runs have written, file by file, as far as nobody has changed it since."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum

from ssot_migrate.disk.journal import Entry, File, Journal, JournalError, State, digest
from ssot_migrate.disk.write import write, write_removed
from ssot_migrate.model import Change
from ssot_migrate.settings.toolchain import shown


class Fate(IntEnum):
    """What became of a file; of several batches that wrote it the greatest tells."""

    #: It was as before: the run was killed before it came to it, or somebody took it back.
    KEPT = 0
    RESTORED = 1
    #: It is left alone, and the run is not undone as a whole.
    LEFT = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What undoing did with one file."""

    #: As people want to see it.
    path: str
    fate: Fate
    #: Of a file that is left alone.
    reason: str = ""


def undo(journal: Journal, entries: Sequence[Entry], *, force: bool) -> list[Outcome]:
    """Undo what was recorded, the last first; say what became of each file, sorted by path.

    Needs the journal's lock. What is killed in the middle can be done again. Raises JournalError.
    """
    outcomes: dict[str, Outcome] = {}
    for entry in sorted(entries, key=lambda entry: -entry.number):
        for new in _undo(journal, entry, force=force):
            known = outcomes.setdefault(new.path, new)
            outcomes[new.path] = max(known, new, key=lambda outcome: outcome.fate)
    return sorted(outcomes.values(), key=lambda outcome: outcome.path)


def _undo(journal: Journal, entry: Entry, *, force: bool) -> list[Outcome]:
    state = entry.state
    journal.mark(entry, State.INTERRUPTED)
    found = [_restore(journal, entry, file, force=force) for file in entry.files]
    left = [outcome for outcome in found if outcome.fate is Fate.LEFT]
    if left != found:
        state = State.PARTLY
    if not left:
        state = State.UNDONE
    # Where that fails, undoing it again finds everything as before.
    with suppress(JournalError):
        journal.mark(entry, state)
    return found


def _restore(journal: Journal, entry: Entry, file: File, *, force: bool) -> Outcome:
    location = journal.location(file)
    path = shown(location)
    try:
        now = location.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        now = None
    except OSError as error:
        return Outcome(path, Fate.LEFT, f"cannot be read ({error.strerror})")
    found = None if now is None else digest(now)
    if found == file.before:
        return Outcome(path, Fate.KEPT)
    if found != file.after and not force:
        reason = _later(journal, entry, file, found) if found else "was removed since"
        return Outcome(path, Fate.LEFT, reason)
    change = Change(str(location), path, now or b"", entry.before(file), ())
    failure = write_removed(change, file.mode) if now is None else write(change)
    return Outcome(path, Fate.LEFT, failure.message) if failure else Outcome(path, Fate.RESTORED)


def _later(journal: Journal, entry: Entry, file: File, found: str) -> str:
    """Say who has changed a file since: a later run, or somebody else."""
    for later in journal.entries():
        if later.number > entry.number and later.state is not State.UNDONE:
            if any((f.location, f.after) == (file.location, found) for f in later.files):
                return f"was changed by run {later.group} since; undo that first"
    return "was changed since"
