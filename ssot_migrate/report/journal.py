"""What the journal holds, and what undoing did."""

from collections.abc import Mapping, Sequence

from rich.console import Console

from ssot_migrate.disk.journal import Entry, State, runs
from ssot_migrate.disk.undo import Fate, Outcome
from ssot_migrate.report import Verbosity
from ssot_migrate.report.console import count, say
from ssot_migrate.report.fitted import Table, fitted


def listing(entries: Sequence[Entry], names: Mapping[str, str], console: Console) -> None:
    """Print a table of the recorded runs, the last one first; batches stand below their run.

    ``names`` are those of batches, by id.
    """
    if not entries:
        say(console, "No run is recorded.")
        return
    rows: list[tuple[str, ...]] = [("run", "time", "state", "files", "changes", "command")]
    for batches in reversed(runs(entries)):
        rows.append(_row(batches[0].group, batches, batches[0].command))
        if len(batches) > 1:
            rows += [
                _row(f"  {batch.id}", [batch], names.get(batch.id, batch.command))
                for batch in reversed(batches)
            ]
    fitted(console, Table(rows, right=frozenset({3, 4}), is_path=False, tail=5))


def committed(commits: int, revert: str, console: Console) -> None:
    """Warn that what was undone is committed, and say what takes the commits back."""
    them = "the commit" if commits == 1 else f"the {commits} commits"
    line = f"what was undone is committed; `{revert}` takes {them} back, too"
    say(console, f"warning: {line}", "yellow")


def undone(
    entries: Sequence[Entry],
    outcomes: Sequence[Outcome],
    console: Console,
    verbosity: Verbosity,
    *,
    is_batch: bool = False,
) -> None:
    """Print what became of each file, and the totals; ``is_batch`` where one batch was meant."""
    fates = [outcome.fate for outcome in outcomes]
    if {*fates} == {Fate.LEFT}:
        say(console, "Nothing was restored.", "bold")
        return
    if verbosity is not Verbosity.QUIET:
        for outcome in outcomes:
            if outcome.fate is Fate.RESTORED:
                say(console, f"{outcome.path}: restored")
    kept = fates.count(Fate.KEPT)
    totals = f"{count(fates.count(Fate.RESTORED), 'file')} restored"
    totals += f", {kept} as before already" if kept else ""
    done = "Undid part of" if Fate.LEFT in fates else "Undid"
    first = entries[-1]
    what = f"batch {first.id} of run {first.group}" if is_batch else f"run {first.group}"
    say(console, f"{done} {what} (`{first.command}`, {_time(first)}): {totals}.", "bold")


def left(
    entries: Sequence[Entry], outcomes: Sequence[Outcome], again: str, console: Console
) -> None:
    """Print the files that were left alone, and the command (``again``) that would not."""
    files = [outcome for outcome in outcomes if outcome.fate is Fate.LEFT]
    for outcome in files:
        say(console, f"error: {outcome.path}: {outcome.reason}; left alone", "red")
    if files:
        them = "it" if len(files) == 1 else "them"
        say(
            console,
            f"`{again} {entries[0].group} --force` restores {them} all the same;"
            " what is there now is kept as a run of its own.",
        )


def replaced(outcomes: Sequence[Outcome], why: str, undo: str, console: Console) -> None:
    """Print the files whose content was replaced, and the command that brings it back."""
    for outcome in outcomes:
        if outcome.replaced:
            back = f"`{undo} {outcome.replaced}` brings that back"
            say(console, f"warning: {outcome.path} {why}; {back}", "yellow")


def _row(name: str, entries: Sequence[Entry], what: str) -> tuple[str, ...]:
    files = {file.location for entry in entries for file in entry.files}
    fixes = sum(entry.fixes.total() for entry in entries)
    first = entries[0]
    return (name, _time(first), _state(entries), str(len(files)), str(fixes), what)


def _state(entries: Sequence[Entry]) -> State:
    states = {entry.state for entry in entries}
    if len(states) == 1:
        return states.pop()
    return State.INTERRUPTED if State.INTERRUPTED in states else State.PARTLY


def _time(entry: Entry) -> str:
    return f"{entry.time:%Y-%m-%d %H:%M:%S}"
