"""Carry out what a run found: try the changes, write those that pass, and tell of each."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ssot_migrate.cli.journaling import command_line
from ssot_migrate.cli.options import Common
from ssot_migrate.cli.trying import try_out
from ssot_migrate.frozen import Frozen
from ssot_migrate.model import UNVERIFIED, FileResult, Report, UserError
from ssot_migrate.report import Verbosity

if TYPE_CHECKING:
    from rich.console import Console

    from ssot_migrate.disk.journal import Journal
    from ssot_migrate.pipeline import Run
    from ssot_migrate.settings.resolver import Resolver
    from ssot_migrate.trial.trial import TrialResult


class Carried(Frozen):
    """What became of a run."""

    #: With the changes that are on disk; what was left says why.
    report: Report
    #: One for each command; empty where none is given.
    trials: "tuple[TrialResult, ...]" = ()
    #: What ``undo`` calls it; ``None`` where nothing was written, or no journal was kept.
    run_id: str | None = None


def carry_out(
    run: "Run",
    resolver: "Resolver",
    common: Common,
    out: "Console",
    journal: "Journal | None",
    group: str | None = None,
) -> Carried:
    """Try the changes of a run where a trial is wanted, and write what passes.

    What they replace is kept in the journal first; ``group`` joins it with other batches. Raises
    UserError where that cannot be, or where the trial cannot say anything: nothing is written then.
    """
    from ssot_migrate.disk.journal import JournalError

    if not run.report.changes:
        return Carried(run.report)
    try:
        with journal.lock(command_line()) if journal else contextlib.nullcontext():
            report, trials = try_out(run, resolver, common, out, journal)
            report, run_id = _on_disk(report, journal, group, out, common.verbosity)
    except JournalError as error:
        raise UserError(f"{error}; `--no-journal` goes without it, and without `undo`") from None
    return Carried(report, trials, run_id)


def _on_disk(
    report: Report,
    journal: "Journal | None",
    group: str | None,
    out: "Console",
    verbosity: Verbosity,
) -> tuple[Report, str | None]:
    """Write the changes; return the report with those that are on disk, and the run's id."""
    if not report.changes:
        return report, None
    recorded = journal.record(command_line(), report.changes, group) if journal else None
    report = replace(report, results=tuple(_written(report, out, verbosity)))
    if journal and recorded:
        journal.finish(recorded, report.changes)
    return report, recorded if report.changes else None


def _written(report: Report, out: "Console", verbosity: Verbosity) -> Iterator[FileResult]:
    """Write each change, tell about it at once, and yield the results as they are on disk."""
    from ssot_migrate.disk.write import write
    from ssot_migrate.report.outcome import changed

    for result in report.results:
        failure = write(result.change) if result.change else None
        if result.change and failure:
            left = result.left | dict.fromkeys(result.change.fixed, UNVERIFIED)
            failures = (*result.failures, failure)
            yield replace(result, change=None, failures=failures, left=left)
            continue
        if result.change and verbosity is not Verbosity.QUIET:
            changed(result.change, out)
        yield result
