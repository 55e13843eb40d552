"""Take back what runs have written, file by file, as far as nobody has changed it since."""

from collections.abc import Sequence
from contextlib import suppress
from enum import IntEnum

from msgspec import Struct, field
from msgspec.structs import replace

from ssot_migrate.disk.journal import (
    Entry,
    File,
    Journal,
    JournalError,
    State,
    digest,
    new_id,
)
from ssot_migrate.disk.write import write, write_removed
from ssot_migrate.frozen import Frozen
from ssot_migrate.model import Change
from ssot_migrate.settings.toolchain import shown


class Fate(IntEnum):
    """What became of a file; of several batches that wrote it the greatest tells."""

    #: It was as before: the run was killed before it came to it, or somebody took it back.
    KEPT = 0
    RESTORED = 1
    #: It is left alone, and the run is not undone as a whole.
    LEFT = 2


class Outcome(Frozen):
    """What undoing did with one file."""

    #: As people want to see it.
    path: str
    fate: Fate
    #: Of a file that is left alone.
    reason: str = ""
    #: The run that brings back what force replaced; ``None`` where nothing was lost.
    replaced: str | None = None


def undo(journal: Journal, entries: Sequence[Entry], command: str, *, force: bool) -> list[Outcome]:
    """Undo what was recorded, the last first; say what became of each file, sorted by path.

    With ``force`` a file is restored whatever it holds; that is recorded first, as a run of its own
    whose command line begins with ``command``.

    Needs the journal's lock. What is killed in the middle can be done again. Raises JournalError.
    """
    outcomes: dict[str, Outcome] = {}
    keeping = _Keeping(journal, command) if force else None
    for entry in sorted(entries, key=lambda entry: -entry.number):
        for new in _undo(journal, entry, keeping):
            known = outcomes.get(new.path, new)
            worst = max(known, new, key=lambda outcome: outcome.fate)
            outcomes[new.path] = replace(worst, replaced=known.replaced or new.replaced)
    return sorted(outcomes.values(), key=lambda outcome: outcome.path)


class _Restoration(Frozen):
    """A file that is to be what it was."""

    change: Change
    file: File
    is_there: bool
    #: It holds what the run left, and nothing else.
    is_ours: bool


class _Keeping(Struct):
    """Keeps what a forced restore replaces, each step of it, so that it can be undone as one."""

    journal: Journal
    command: str
    group: str = field(default_factory=new_id)
    #: Locations of the files.
    replaced: set[str] = field(default_factory=set)

    def restore(self, looked: Sequence[Outcome | _Restoration]) -> list[Outcome]:
        """Restore files; what they hold is on disk before. Raises JournalError."""
        steps = [one for one in looked if isinstance(one, _Restoration)]
        self.replaced |= {s.change.location for s in steps if s.is_there and not s.is_ours}
        kept = {s.change.path: s.change for s in steps if s.change.location in self.replaced}
        if not kept:
            return [_carried_out(one) for one in looked]
        command = f"{self.command} (what it replaced)"
        run = self.journal.record(command, [*kept.values()], self.group, forced=True)
        outcomes = [_carried_out(one) for one in looked]
        done = {o.path for o in outcomes if o.path in kept and o.fate is Fate.RESTORED}
        self.journal.finish(run, [kept[path] for path in done])
        return [replace(o, replaced=self.group) if o.path in done else o for o in outcomes]


def _undo(journal: Journal, entry: Entry, keeping: _Keeping | None) -> list[Outcome]:
    state = entry.state
    journal.mark(entry, State.INTERRUPTED)
    looked = (_look(journal, entry, file, force=keeping is not None) for file in entry.files)
    found = keeping.restore([*looked]) if keeping else [_carried_out(one) for one in looked]
    left = [outcome for outcome in found if outcome.fate is Fate.LEFT]
    if left != found:
        state = State.PARTLY
    if not left:
        state = State.UNDONE
    # Where that fails, undoing it again finds everything as before.
    with suppress(JournalError):
        journal.mark(entry, state)
    return found


def _carried_out(one: Outcome | _Restoration) -> Outcome:
    if isinstance(one, Outcome):
        return one
    change = one.change
    failure = write(change) if one.is_there else write_removed(change, one.file.mode)
    if failure:
        return Outcome(change.path, Fate.LEFT, failure.message)
    return Outcome(change.path, Fate.RESTORED)


def _look(journal: Journal, entry: Entry, file: File, *, force: bool) -> Outcome | _Restoration:
    """Say how a file is to be restored, or why it is not."""
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
    change = Change.of(str(location), path, now or b"", entry.before(file))
    return _Restoration(change, file, is_there=now is not None, is_ours=found == file.after)


def _later(journal: Journal, entry: Entry, file: File, found: str) -> str:
    """Say who has changed a file since: a later run, or somebody else."""
    for later in journal.entries():
        if later.number > entry.number and later.state is not State.UNDONE:
            if any((f.location, f.after) == (file.location, found) for f in later.files):
                return f"was changed by run {later.group} since; undo that first"
    return "was changed since"
