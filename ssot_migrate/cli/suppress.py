"""``suppress``: accept what is found, by comments in the code."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ssot_migrate.cli.carrying import carry_out
from ssot_migrate.cli.checkout import warn_uncommitted
from ssot_migrate.cli.command import app_of
from ssot_migrate.cli.diff import show_changes
from ssot_migrate.cli.ending import CHANGES, LEFT, exit_code
from ssot_migrate.cli.journaling import NoJournal, check_proven, journal_of, undo_command
from ssot_migrate.cli.options import Common, with_common
from ssot_migrate.cli.running import found, settings
from ssot_migrate.model import Report, Request, UserError
from ssot_migrate.report import Verbosity

if TYPE_CHECKING:
    from ssot_migrate.pipeline import Run
    from ssot_migrate.settings.resolver import Resolver

Reason = Annotated[
    str,
    typer.Option("--reason", metavar="TEXT", help="Why they are accepted; stands in each comment."),
]
OfFile = Annotated[
    bool,
    typer.Option("--file", help="Write one comment for each file, not one for each line."),
]
Diff = Annotated[
    bool, typer.Option("--diff", help="Show the comments as a patch; nothing is written.")
]


def suppress(
    common: Common,
    *,
    reason: Reason,
    of_file: OfFile = False,
    diff: Diff = False,
    no_journal: NoJournal = False,
) -> int:
    """Accept what `check` would find, by comments that say why.

    `generic`, `patch` and `mock-class` are accepted only where they are selected. Files hold
    nothing but the comments more, and `ssot-migrate undo` takes them out again.
    """
    _check(reason)
    resolver = settings(common, trial="")
    if not (diff or no_journal):
        check_proven(journal_of(resolver))
    run = _accepted(common, resolver, reason, of_file=of_file)
    if diff:
        show_changes(run.report, sys.stdout, common.color)
        sys.stdout.flush()
        report = _told(common, run.report, written=False)
        return exit_code(report, CHANGES if report.changes else 0)
    report = _written(common, resolver, run, no_journal=no_journal)
    return exit_code(report, LEFT if any(result.left for result in report.results) else 0)


app = app_of(with_common(suppress, takes_stdin=False))


def _check(reason: str) -> None:
    """Raise UserError for what is no reason."""
    from ssot_migrate.suppressions.suppress import SuppressError, comment

    try:
        comment("", reason)
    except SuppressError as error:
        raise UserError(f"--reason: {error}") from None


def _accepted(common: Common, resolver: "Resolver", reason: str, *, of_file: bool) -> "Run":
    from ssot_migrate.gate.accept import Comments, accept
    from ssot_migrate.gate.selected import gated

    files, run = found(common, resolver, Request(), adapt=gated)
    return accept(run, files, Comments(reason, of_file))


def _written(common: Common, resolver: "Resolver", run: "Run", *, no_journal: bool) -> Report:
    """Write the comments, and tell of them."""
    from ssot_migrate.report.console import console, say

    out = console(sys.stdout, common.color)
    if run.report.changes:
        warn_uncommitted(resolver.start, console(sys.stderr, common.color))
    carried = carry_out(run, resolver, common, out, None if no_journal else journal_of(resolver))
    report = _told(common, carried.report, written=True)
    if carried.run_id and common.verbosity is not Verbosity.QUIET:
        undo = undo_command(resolver, common.config_file)
        say(out, f"`{undo}` brings the files back as they were.")
    return report


def _told(common: Common, report: Report, *, written: bool) -> Report:
    from ssot_migrate.report import text
    from ssot_migrate.report.console import console
    from ssot_migrate.report.outcome import suppressed

    out = console(sys.stdout if written else sys.stderr, common.color)
    suppressed(report, out, written=written)
    out.file.flush()
    text.problems(report, console(sys.stderr, common.color), common.verbosity)
    return report
