"""``migrate``: a large suite, batch by batch."""

import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from ssot_migrate.cli.checkout import warn_uncommitted
from ssot_migrate.cli.command import app_of
from ssot_migrate.cli.ending import exit_code
from ssot_migrate.cli.journaling import check_proven, command_line, journal_of, undo_command
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
from ssot_migrate.cli.running import found, settings
from ssot_migrate.migrating.unit import Unit
from ssot_migrate.model import Report, Request, SourceFile, UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssot_migrate.disk.journal import Journal
    from ssot_migrate.migrating.batches import Batch
    from ssot_migrate.migrating.migration import Given, Migration, Outcome
    from ssot_migrate.settings.resolver import Resolver


class Format(StrEnum):
    """How a plan is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


By = Annotated[
    Unit | None,
    typer.Option("--by", help="What a batch is made of; a directory by default."),
]
Plan = Annotated[bool, typer.Option("--plan", help="Show the batches, and do nothing.")]
PlanFormat = Annotated[
    Format, typer.Option("--output-format", help="How to write the plan: markdown is a task list.")
]
Commit = Annotated[
    bool | None,
    typer.Option(
        "--commit/--no-commit",
        help="Commit each batch to git; needs a tree without other changes.",
        show_default=False,
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Go on with the last migration: leave out what it ended. Its PATHS and options hold"
        " where none are given.",
    ),
]
MaxBatches = Annotated[
    int | None,
    typer.Option("--max-batches", metavar="N", min=1, help="Stop after so many batches."),
]


def migrate(  # noqa: PLR0913 (options)
    common: Common,
    *,
    by: By = None,
    plan: Plan = False,
    output_format: PlanFormat = Format.TEXT,
    unsafe_fixes: UnsafeFixes = None,
    trial: TrialCommand = None,
    no_trial: NoTrial = False,
    trial_timeout: TrialTimeout = None,
    in_place: InPlace = None,
    commit: Commit = None,
    resume: Resume = False,
    max_batches: MaxBatches = None,
) -> int:
    """Migrate a large suite batch by batch: each is rewritten, tried, written, and committed.

    A batch that fails is left as it was and the next one goes on. The most severe mocks come first.
    """
    from ssot_migrate.cli.resuming import rooted, take_over
    from ssot_migrate.migrating.migration import Given

    acts = bool(commit or resume or max_batches)
    _check(common, plan=plan, acts=acts, output_format=output_format)
    given = Given(
        paths=rooted(common.paths),
        by=by,
        select=common.select,
        ignore=common.ignore,
        exclude=common.exclude,
        extend_exclude=common.extend_exclude,
        unsafe_fixes=unsafe_fixes,
        **tried(trial, no_trial=no_trial, timeout=trial_timeout, in_place=in_place),
        commit=commit,
    )
    if resume:
        common, given = take_over(common, given)
    if plan:
        return _planned(common, given, output_format)
    return _migrated(common, given, max_batches, resume=resume)


app = app_of(with_common(migrate, takes_stdin=False, spreads=True))


def _planned(common: Common, given: "Given", output_format: Format) -> int:
    """Show the batches."""
    from ssot_migrate.cli.migrating import problems
    from ssot_migrate.cli.timing import expected
    from ssot_migrate.migrating.migration import Migration

    resolver = settings(common, **given.options)
    batches, _, report = _found(common, given, resolver)
    times = expected(batches, resolver, Migration(journal_of(resolver).cache))
    _plan(batches, times, common, output_format)
    problems([report], common)
    return exit_code(report)


def _migrated(common: Common, given: "Given", limit: int | None, *, resume: bool) -> int:
    """Carry out the batches, or those that the last migration has not ended."""
    from ssot_migrate.cli.migrating import Session, run
    from ssot_migrate.disk.journal import new_id
    from ssot_migrate.migrating.migration import Migration
    from ssot_migrate.report.console import console

    resolver = settings(common, **given.options)
    journal = journal_of(resolver)
    check_proven(journal)
    batches, files, report = _found(common, given, resolver)
    out = console(sys.stdout, common.color)
    if not (given.commit or resume) and any(batch.fixes for batch in batches):
        warn_uncommitted(resolver.start, console(sys.stderr, common.color))
    undo = undo_command(resolver, common.config_file)
    migration = Migration(journal.cache)
    session = Session(common, given, files, report, out, journal, new_id(), undo, migration)
    with migration.lock(command_line()):
        earlier = _earlier(migration, journal, _unit(given)) if resume else None
        return run(batches, limit, earlier, session)


def _check(common: Common, *, plan: bool, acts: bool, output_format: Format) -> None:
    """Raise UserError for options that do not go together."""
    if common.is_piped:
        raise UserError("migrate works on files; give files or folders in place of `-`")
    if plan and acts:
        raise UserError("--plan does nothing; leave out --commit, --resume and --max-batches")
    if output_format is not Format.TEXT and not plan:
        raise UserError(f"--output-format {output_format} is for --plan")


def _unit(given: "Given") -> Unit:
    return given.by or Unit.DIRECTORY


def _found(
    common: Common, given: "Given", resolver: "Resolver"
) -> "tuple[list[Batch], tuple[SourceFile, ...], Report]":
    """Find the batches of a migration, its files, and all that can be migrated in them."""
    from ssot_migrate.migrating.batches import split

    files, run = found(common, resolver, Request(fix=True))
    configs = {file: resolver.file(file.location) for file in files}
    return split(run.report, configs, _unit(given)), tuple(files), run.report


def _earlier(migration: "Migration", journal: "Journal", unit: Unit) -> "list[Outcome]":
    """Return the outcomes of the migration that goes on, without those that were undone.

    Its batches must be of the same kind.
    """
    from ssot_migrate.disk.journal import State

    outcomes = migration.outcomes()
    units = {outcome.key.partition("\t")[0] for outcome in outcomes}
    if units - {unit}:
        named = ", ".join(sorted(units))
        raise UserError(f"the migration to go on with was made --by {named}; give the same")
    undone = {e.id for e in journal.entries() if e.state in {State.UNDONE, State.PARTLY}}
    return [outcome for outcome in outcomes if outcome.run not in undone]


def _plan(
    batches: "Sequence[Batch]", times: Mapping[str, float], common: Common, output_format: Format
) -> None:
    from ssot_migrate.report import batches as shown
    from ssot_migrate.report.console import console

    match output_format:
        case Format.TEXT:
            shown.plan(batches, times, console(sys.stdout, common.color), common.verbosity)
        case Format.MARKDOWN:
            sys.stdout.write(shown.checklist(batches, times))
        case Format.JSON:
            sys.stdout.write(shown.document(batches, times))
    sys.stdout.flush()
