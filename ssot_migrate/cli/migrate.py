"""``migrate``: a large suite, batch by batch."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from ssot_migrate.cli.checkout import warn_uncommitted
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
)
from ssot_migrate.cli.running import check_rules, find_files, no_files, send, settings
from ssot_migrate.model import Report, Request, SourceFile, Unit, UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssot_migrate.migrating.batches import Batch
    from ssot_migrate.migrating.migration import Migration, Outcome
    from ssot_migrate.settings.resolver import Resolver


class Format(StrEnum):
    """How a plan is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


By = Annotated[Unit, typer.Option("--by", help="What a batch is made of.")]
Plan = Annotated[bool, typer.Option("--plan", help="Show the batches, and do nothing.")]
PlanFormat = Annotated[
    Format, typer.Option("--output-format", help="How to write the plan: markdown is a task list.")
]
Commit = Annotated[
    bool,
    typer.Option("--commit", help="Commit each batch to git; needs a tree without other changes."),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with the last migration: leave out what it ended.")
]
MaxBatches = Annotated[
    int | None,
    typer.Option("--max-batches", metavar="N", min=1, help="Stop after so many batches."),
]


def migrate(  # noqa: PLR0913 (options)
    common: Common,
    *,
    by: By = Unit.DIRECTORY,
    plan: Plan = False,
    output_format: PlanFormat = Format.TEXT,
    unsafe_fixes: UnsafeFixes = None,
    trial: TrialCommand = None,
    no_trial: NoTrial = False,
    trial_timeout: TrialTimeout = None,
    in_place: InPlace = None,
    commit: Commit = False,
    resume: Resume = False,
    max_batches: MaxBatches = None,
) -> int:
    """Migrate a large suite batch by batch: each is rewritten, tried, written, and committed.

    A batch that fails is left as it was and the next one goes on. The most severe mocks come first.
    """
    from ssot_migrate.cli.migrating import Session, problems, run
    from ssot_migrate.cli.timing import expected
    from ssot_migrate.disk.journal import new_id
    from ssot_migrate.migrating.batches import split
    from ssot_migrate.migrating.migration import Migration
    from ssot_migrate.report.console import console

    acts = bool(commit or resume or max_batches)
    _check(common, plan=plan, acts=acts, output_format=output_format)
    wanted = tried(trial, no_trial=no_trial, timeout=trial_timeout, in_place=in_place)
    given = {"unsafe_fixes": unsafe_fixes, **wanted}
    resolver = settings(common, **given)
    journal = journal_of(resolver)
    if not plan:
        check_proven(journal)
    files, report = _found(common, resolver)
    batches = split(report, {file: resolver.file(file.location) for file in files}, by)
    migration = Migration(journal.cache)
    if plan:
        _plan(batches, expected(batches, resolver, migration), common, output_format)
        problems([report], common)
        return exit_code(report)
    out = console(sys.stdout, common.color)
    if not (commit or resume) and any(batch.fixes for batch in batches):
        warn_uncommitted(resolver.start, console(sys.stderr, common.color))
    undo = undo_command(resolver, common.config_file)
    session = Session(common, given, tuple(files), commit, out, journal, new_id(), undo, migration)
    with migration.lock(command_line()):
        earlier = _earlier(migration, by) if resume else []
        rest = [b for b in batches if b.key not in {one.key for one in earlier}]
        return run(rest, max_batches, (report, earlier), session)


def _check(common: Common, *, plan: bool, acts: bool, output_format: Format) -> None:
    """Raise UserError for options that do not go together."""
    if common.is_piped:
        raise UserError("migrate works on files; give files or folders in place of `-`")
    if plan and acts:
        raise UserError("--plan does nothing; leave out --commit, --resume and --max-batches")
    if output_format is not Format.TEXT and not plan:
        raise UserError(f"--output-format {output_format} is for --plan")


def _found(common: Common, resolver: "Resolver") -> tuple[list[SourceFile], Report]:
    """Find the files of a migration, and all that can be migrated in them."""
    files, failures = find_files(common, resolver)
    check_rules(resolver.projects(files))
    report = send(common, resolver, Request(fix=True), files).report
    warnings = report.warnings if files or failures else (*report.warnings, no_files(common))
    return files, replace(report, failures=(*report.failures, *failures), warnings=warnings)


def _earlier(migration: "Migration", unit: Unit) -> "list[Outcome]":
    """Return the outcomes of the migration that goes on; its batches must be of the same kind."""
    outcomes = migration.outcomes()
    units = {outcome.key.partition("\t")[0] for outcome in outcomes}
    if units - {unit}:
        named = ", ".join(sorted(units))
        raise UserError(f"the migration to go on with was made --by {named}; give the same")
    return outcomes


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
