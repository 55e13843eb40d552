"""What a run that writes needs of the journal, and what it says about ``undo``."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ssot_migrate.model import UserError

if TYPE_CHECKING:
    from ssot_migrate.disk.journal import Journal
    from ssot_migrate.settings.resolver import Resolver

#: Of the commands that write.
NoJournal = Annotated[
    bool,
    typer.Option("--no-journal", help="Keep nothing for `undo`: where its disk is full, say."),
]


def journal_of(resolver: "Resolver") -> "Journal":
    """Return the journal of a run: that of the project in which all of its paths lie."""
    from ssot_migrate.disk.journal import Journal

    return Journal.of(resolver.folder(str(resolver.start)))


def check_proven(journal: "Journal") -> None:
    """Raise UserError where files still hold what a trial in place tried when it was killed."""
    if journal.unproven():
        # It may be at work yet: then the lock says so.
        with journal.lock(command_line()):
            if entry := journal.unproven():
                raise UserError(
                    f"run {entry.id} was stopped in the middle of a trial in place, and files hold"
                    f" fixes that nothing has proven; `ssot-migrate undo {entry.id}` takes them out"
                )


def command_line() -> str:
    """Return the command as the user gave it."""
    return shlex.join(["ssot-migrate", *sys.argv[1:]])


def undo_command(resolver: "Resolver", config_file: Path | None = None) -> str:
    """Return the command that undoes the last run of a project, from the current folder."""
    from ssot_migrate.settings.resolver import find
    from ssot_migrate.settings.toolchain import shown

    command = ["ssot-migrate", "undo"]
    if config_file:
        return shlex.join([*command, "--config", str(config_file)])
    here = find(Path())
    if journal_of(here) != journal_of(resolver):
        command += ["--project", shown(resolver.start)]
    return shlex.join(command)
