"""``undo``: take back what a run has written."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ssot_migrate.cli.checkout import revert_command
from ssot_migrate.cli.command import app_of
from ssot_migrate.cli.ending import ERROR
from ssot_migrate.cli.journaling import command_line, journal_of, undo_command
from ssot_migrate.cli.options import ColorOption, ConfigFile, plain
from ssot_migrate.model import UserError
from ssot_migrate.report import Color, Verbosity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from ssot_migrate.disk.journal import Entry, Journal
    from ssot_migrate.migrating.migration import Outcome


Run = Annotated[
    str | None,
    typer.Argument(
        metavar="RUN",
        help="The beginning of the id of a run, or of one batch; the last run by default.",
        show_default=False,
    ),
]
Listed = Annotated[
    bool, typer.Option("--list", help="List the runs that are recorded; undo nothing.")
]
Force = Annotated[
    bool, typer.Option("--force", help="Restore files that were changed or removed since, too.")
]
Project = Annotated[
    Path | None,
    typer.Option(
        "--project", metavar="DIR", help="The project's folder; the current one by default."
    ),
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Print less: totals and errors.")]


def undo(  # noqa: PLR0913 (an option each)
    run: Run = None,
    *,
    listed: Listed = False,
    force: Force = False,
    project: Project = None,
    config_file: ConfigFile = None,
    quiet: Quiet = False,
    color: ColorOption = Color.AUTO,
) -> int:
    """Restore the files that a run has written, byte for byte.

    What every run is about to change is kept first in the project's cache folder, so that this
    works even if it was killed. A file that was changed since is left alone and named, and the exit
    code is 2. What --force replaces is kept as a run of its own, which RUN brings back: without RUN
    it is passed over.

    The last 50 runs are kept, for 30 days, and up to 500 MB together; the last one in any case.
    """
    from ssot_migrate.disk.undo import Fate
    from ssot_migrate.disk.undo import undo as take_back
    from ssot_migrate.report.console import console
    from ssot_migrate.report.journal import left, listing, replaced, undone
    from ssot_migrate.settings.resolver import find

    if listed and (run or force):
        raise UserError("--list undoes nothing; leave out RUN and --force")
    if project and not project.is_dir():
        raise UserError(f"--project {project}: no such folder")
    resolver = find(project or Path(), config_file=config_file)
    journal = journal_of(resolver)
    out, errors = console(sys.stdout, color), console(sys.stderr, color)
    if listed:
        batches = _batches(journal)
        listing(journal.entries(), {run: one.name for run, one in batches.items()}, out)
        return 0
    journal.find(run)  # Where there is nothing to undo, nothing is made, not even a lock.
    with journal.lock(command_line()):
        entries = journal.find(run)
        outcomes = take_back(journal, entries, command_line(), force=force)
    is_batch = run is not None and not entries[0].group.startswith(run)
    verbosity = Verbosity.QUIET if quiet else Verbosity.NORMAL
    undone(entries, outcomes, out, verbosity, is_batch=is_batch)
    out.file.flush()
    _warn_committed(journal, entries, errors)
    again = undo_command(resolver, config_file)
    replaced(outcomes, "had been changed since", again, errors)
    left(entries, outcomes, again, errors)
    return ERROR if any(outcome.fate is Fate.LEFT for outcome in outcomes) else 0


app = app_of(plain(undo))


def _batches(journal: "Journal") -> "dict[str, Outcome]":
    """Return the batches of the last migration, by what the journal knows them by."""
    from ssot_migrate.migrating.migration import Migration

    try:
        outcomes = Migration(journal.cache).outcomes()
    except UserError:  # There was none; undoing needs nothing of it.
        return {}
    return {outcome.run: outcome for outcome in outcomes if outcome.run}


def _warn_committed(journal: "Journal", entries: "Sequence[Entry]", errors: "Console") -> None:
    """Say how commits of what was undone are taken back."""
    from ssot_migrate.report.journal import committed

    undone = {entry.id for entry in entries}
    found = (batch.commit for run, batch in _batches(journal).items() if run in undone)
    if commits := [commit for commit in found if commit]:
        committed(len(commits), revert_command(commits), errors)
