"""``apply``: make the changes."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ssot_migrate.cli.carrying import carry_out
from ssot_migrate.cli.checkout import warn_uncommitted
from ssot_migrate.cli.command import app_of
from ssot_migrate.cli.ending import CHANGES, exit_code
from ssot_migrate.cli.journaling import NoJournal, check_proven, journal_of, undo_command
from ssot_migrate.cli.options import (
    Common,
    InPlace,
    NoTrial,
    TrialCommand,
    TrialTimeout,
    UnsafeFixes,
    tried,
    with_common,
)
from ssot_migrate.cli.running import run, settings, standard_input, start
from ssot_migrate.model import Report, Request, UserError
from ssot_migrate.report import Verbosity

if TYPE_CHECKING:
    from ssot_migrate.disk.journal import Journal
    from ssot_migrate.settings.resolver import Resolver

ExitNonZero = Annotated[
    bool, typer.Option("--exit-non-zero-on-change", help="Exit with 1 when a file was changed.")
]
Interactive = Annotated[
    bool,
    typer.Option(
        "-i",
        "--interactive",
        help="Show each fix, and ask whether to take it; unsafe ones with --unsafe-fixes.",
    ),
]


def apply(  # noqa: PLR0913 (options)
    common: Common,
    *,
    unsafe_fixes: UnsafeFixes = None,
    interactive: Interactive = False,
    trial: TrialCommand = None,
    no_trial: NoTrial = False,
    trial_timeout: TrialTimeout = None,
    in_place: InPlace = None,
    exit_non_zero_on_change: ExitNonZero = False,
    no_journal: NoJournal = False,
) -> int:
    """Rewrite the mocks that the factory can build, in place; each file is written atomically.

    What the files held before is kept first, for `ssot-migrate undo`.

    With `-` the code comes on standard input and the rewritten code goes to standard output.
    """
    if common.is_piped and trial:
        raise UserError("--trial tries files; give files or folders in place of `-`")
    if interactive:
        from ssot_migrate.cli.interactive import check

        check(common)
    given = tried(trial, no_trial=no_trial, timeout=trial_timeout, in_place=in_place)
    resolver = settings(common, unsafe_fixes=unsafe_fixes, **given)
    if common.is_piped:
        report = _piped(common, resolver)
    else:
        journal = None if no_journal else journal_of(resolver)
        report = _written(common, resolver, journal, interactive=interactive)
    return exit_code(report, CHANGES if exit_non_zero_on_change and report.changes else 0)


app = app_of(with_common(apply, spreads=True, shards=True))


def _written(
    common: Common, resolver: "Resolver", journal: "Journal | None", *, interactive: bool
) -> Report:
    """Make the changes in the files, and tell of them."""
    if journal:
        check_proven(journal)
    found = start(common, resolver, Request(fix=True))

    from ssot_migrate.report import text
    from ssot_migrate.report.console import console, say
    from ssot_migrate.report.outcome import outcome

    out, errors = console(sys.stdout, common.color), console(sys.stderr, common.color)
    if found.report.changes:
        warn_uncommitted(resolver.start, errors)
    if interactive:
        from ssot_migrate.cli.interactive import decide

        found = decide(found, out)
    carried = carry_out(found, resolver, common, out, journal)
    outcome(carried.report, out, common.verbosity, written=True)
    if carried.run_id and common.verbosity is not Verbosity.QUIET:
        undo = undo_command(resolver, common.config_file)
        say(out, f"`{undo}` brings the files back as they were.")
    out.file.flush()
    text.problems(carried.report, errors, common.verbosity)
    return carried.report


def _piped(common: Common, resolver: "Resolver") -> Report:
    """Write what came in, rewritten, to stdout; as it came where it cannot be processed."""
    content = standard_input()
    report = run(common, resolver, Request(fix=True), content)

    from ssot_migrate.report import text
    from ssot_migrate.report.console import console
    from ssot_migrate.report.outcome import outcome

    sys.stdout.flush()
    sys.stdout.buffer.write(report.changes[0].after if report.changes else content)
    sys.stdout.buffer.flush()
    errors = console(sys.stderr, common.color)
    outcome(report, errors, common.verbosity, written=True)
    text.problems(report, errors, common.verbosity)
    return report
